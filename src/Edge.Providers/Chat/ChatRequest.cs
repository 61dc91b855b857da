using Edge.Providers.Json;

namespace Edge.Providers.Chat;

/// <summary>Names the field that a part's <see cref="ChatPart.Text"/> came from, in the client's own dialect, for error texts.</summary>
/// <param name="message">The message that holds the part.</param>
/// <param name="part">The part.</param>
public delegate string ChatPartPath(in ChatMessage message, in ChatPart part);

/// <summary>
/// A chat request in the words that all dialects share. A client dialect's decoder fills it, a provider dialect's encoder reads it. It holds places in the
/// client's body, not copies: text stays as it stands there, escapes included, and goes into the provider's body byte for byte. Reusable; everything is
/// valid until <see cref="Clear"/> or until the body's memory is given back.
/// </summary>
public sealed class ChatRequest
{
    /// <summary>
    /// Tools, or names of allowed tools, that a decoder takes at most. Encoders compare each of the one with each of the other, and the work is the product: without a limit
    /// one request of a few megabytes could occupy a thread for minutes. OpenAI itself takes 128.
    /// </summary>
    public const int MaxTools = 1024;

    /// <summary>What an error says of more than <see cref="MaxTools"/>.</summary>
    internal const string TooManyTools = "Must hold at most 1024 tools.";

    // What is kept for the next request: a common agent's conversation, not the longest that ever came.
    private const int Keep = 256;

    private ChatMessage[] _messages = new ChatMessage[16];
    private ChatPart[] _parts = new ChatPart[16];
    private ChatTool[] _tools = new ChatTool[8];
    private BodyRange[] _stops = new BodyRange[4];
    private BodyRange[] _allowedTools = new BodyRange[4];
    private int _messageCount;
    private int _partCount;
    private int _toolCount;
    private int _stopCount;
    private int _allowedToolCount;
    private readonly Dialects.ByteBuffer _derived = new();

    /// <summary>The client's body, into which every range points.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    public BodyRange Model { get; set; }

    public ReadOnlySpan<ChatMessage> Messages => _messages.AsSpan(0, _messageCount);

    public ReadOnlySpan<ChatTool> Tools => _tools.AsSpan(0, _toolCount);

    /// <summary>Sequences at which the model stops.</summary>
    public ReadOnlySpan<BodyRange> Stops => _stops.AsSpan(0, _stopCount);

    /// <summary>Names of the tools to which this turn is limited, where <see cref="ToolChoice.IsLimited"/>.</summary>
    public ReadOnlySpan<BodyRange> AllowedTools => _allowedTools.AsSpan(0, _allowedToolCount);

    public ToolChoice ToolChoice;

    public ResponseFormat ResponseFormat;

    public ReasoningSettings Reasoning;

    public WebSearch WebSearch;

    public bool? ParallelToolCalls { get; set; }

    /// <summary>Output tokens at most; null = the provider's default.</summary>
    public long? MaxTokens { get; set; }

    public double? Temperature { get; set; }

    public double? TopP { get; set; }

    public long? TopK { get; set; }

    public double? PresencePenalty { get; set; }

    public double? FrequencyPenalty { get; set; }

    public long? Seed { get; set; }

    /// <summary>Choices that are wanted.</summary>
    public long? Choices { get; set; }

    /// <summary>Raw JSON object: token -> bias.</summary>
    public BodyRange LogitBias { get; set; }

    public bool? Logprobs { get; set; }

    public long? TopLogprobs { get; set; }

    public bool Stream { get; set; }

    /// <summary>The client wants usage at the end of the stream.</summary>
    public bool IncludeUsage { get; set; }

    /// <summary>The client's own end user.</summary>
    public BodyRange User { get; set; }

    /// <summary>Raw JSON object.</summary>
    public BodyRange Metadata { get; set; }

    public BodyRange ServiceTier { get; set; }

    /// <summary>How wordy the answer shall be: <c>low</c>, <c>medium</c>, <c>high</c>.</summary>
    public BodyRange Verbosity { get; set; }

    /// <summary>Key under which the provider may find a cached prompt again.</summary>
    public BodyRange PromptCacheKey { get; set; }

    /// <summary>The client's end user, hashed, for the provider's abuse detection.</summary>
    public BodyRange SafetyIdentifier { get; set; }

    /// <summary>What was fetched for URLs of the request, for providers that take bytes alone.</summary>
    public List<ChatAttachment> Attachments { get; } = [];

    /// <summary>The last message is the beginning of the answer, with which the model shall go on: <see cref="Continuation"/>.</summary>
    public bool IsContinued { get; set; }

    /// <summary>Audio output is wanted.</summary>
    public bool WantsAudio { get; set; }

    /// <summary>Raw JSON of Anthropic's cache mark for the whole request.</summary>
    public BodyRange CacheControl { get; set; }

    /// <summary>Members of the client's body that this model has no word for; an encoder cannot carry them over. Each once, visible ASCII, 64 at most.</summary>
    public List<string> Unsupported { get; } = [];

    /// <summary>
    /// Top-level members of a chat-completions body that this model has no word for, <c>"name":value</c> as they stand there, under the name that is in <see cref="Unsupported"/>: an encoder of
    /// the same dialect may carry them over. As many as there are names there.
    /// </summary>
    public List<(string Name, BodyRange Member)> Extras { get; } = [];

    /// <summary>Set by the decoder.</summary>
    public ChatPartPath? PartPath { get; set; }

    /// <summary>
    /// The bytes of an image, sound or file where they are here: base64 of the body, of a <c>data:</c> URL, or fetched. False = it is a URL or a file id, or its
    /// media type is not told.
    /// </summary>
    /// <param name="part">The part.</param>
    /// <param name="mediaType">Such as <c>image/png</c>; of <see cref="ChatPartKind.Audio"/> the format alone (<c>wav</c>).</param>
    /// <param name="base64">The data.</param>
    public bool TryMedia(scoped in ChatPart part, out JsonText mediaType, out JsonText base64)
    {
        if (part.Attachment > 0)
        {
            var attachment = Attachments[part.Attachment - 1];
            mediaType = JsonText.Plain(attachment.MediaType.Span);
            base64 = JsonText.Plain(attachment.Base64.Span);
            return true;
        }
        if (part.Source == ChatSource.Url) return Dialects.DataUrl.TryParse(Text(part.Text), out mediaType, out base64);
        mediaType = Text(part.MediaType);
        base64 = Text(part.Text);
        return part.Source == ChatSource.Base64 && !mediaType.IsEmpty;
    }

    /// <summary>The part at that number within the request, for what is found out about it later (a fetched URL).</summary>
    public ref ChatPart PartAt(int number) => ref _parts[number];

    /// <summary>Parts of all messages.</summary>
    public int PartCount => _partCount;

    /// <summary>The string at that place; empty where it is absent.</summary>
    public JsonText Text(BodyRange range) => new(Raw(range), range.Escaped);

    /// <summary>The raw JSON at that place; empty where it is absent.</summary>
    public ReadOnlySpan<byte> Raw(BodyRange range) =>
        range.Start < Body.Length || range.Length == 0
            ? Body.Span.Slice(range.Length == 0 ? 0 : range.Start, range.Length)
            : _derived.Span.Slice(range.Start - Body.Length, range.Length);

    /// <summary>
    /// A text that the body does not hold in the form in which the model needs it (a signature with its mark, a schema that a dialect leaves out). It is kept here; its place lies behind
    /// the body's end, so that readers need not know. <see cref="Body"/> must be set before.
    /// </summary>
    /// <param name="before">Needs no escape.</param>
    /// <param name="text">A place of the body.</param>
    /// <param name="behind">Needs no escape.</param>
    public BodyRange Derive(ReadOnlySpan<byte> before, BodyRange text, ReadOnlySpan<byte> behind)
    {
        var start = _derived.Length;
        _derived.Append(before);
        _derived.Append(Raw(text));
        _derived.Append(behind);
        return new(Body.Length + start, _derived.Length - start, text.Escaped);
    }

    /// <summary>The same for a text that comes from elsewhere.</summary>
    /// <param name="plain">Plain UTF-8; it is escaped where it is written.</param>
    public BodyRange Derive(ReadOnlySpan<byte> plain)
    {
        var start = _derived.Length;
        _derived.Append(plain);
        return new(Body.Length + start, plain.Length, Escaped: false);
    }

    public ReadOnlySpan<ChatPart> PartsOf(scoped in ChatMessage message) => _parts.AsSpan(message.FirstPart, message.PartCount);

    /// <summary>The parts of a run of messages.</summary>
    internal ReadOnlySpan<ChatPart> PartsOf(scoped in ChatMessage first, scoped in ChatMessage last) =>
        _parts.AsSpan(first.FirstPart, last.FirstPart + last.PartCount - first.FirstPart);

    /// <summary>Adds a message; the parts that are added next are its own.</summary>
    public ref ChatMessage AddMessage(ChatRole role, int position)
    {
        ref var message = ref Add(ref _messages, ref _messageCount);
        message.Role = role;
        message.Position = position;
        message.FirstPart = _partCount;
        return ref message;
    }

    /// <summary>Adds a part to the message that was added last. The reference is valid until the next part is added.</summary>
    public ref ChatPart AddPart(ChatPartKind kind, int position)
    {
        _messages[_messageCount - 1].PartCount++;
        ref var part = ref Add(ref _parts, ref _partCount);
        part.Kind = kind;
        part.Position = position;
        return ref part;
    }

    /// <summary>The part that was added last.</summary>
    public ref ChatPart LastPart => ref _parts[_partCount - 1];

    /// <summary>The reference is valid until the next tool is added.</summary>
    public ref ChatTool AddTool(int position)
    {
        ref var tool = ref Add(ref _tools, ref _toolCount);
        tool.Position = position;
        return ref tool;
    }

    public void AddStop(BodyRange stop) => Add(ref _stops, ref _stopCount) = stop;

    public void AddAllowedTool(BodyRange name) => Add(ref _allowedTools, ref _allowedToolCount) = name;

    /// <summary>The field that the part's text came from, in the client's own dialect.</summary>
    public string PathOf(in ChatMessage message, in ChatPart part) => PartPath?.Invoke(message, part) ?? $"messages[{message.Position}]";

    /// <summary>Forgets the request and the body.</summary>
    public void Clear()
    {
        Reset(ref _messages, ref _messageCount);
        Reset(ref _parts, ref _partCount);
        Reset(ref _tools, ref _toolCount);
        Reset(ref _stops, ref _stopCount);
        Reset(ref _allowedTools, ref _allowedToolCount);
        Body = default;
        Model = LogitBias = User = Metadata = ServiceTier = CacheControl = Verbosity = PromptCacheKey = SafetyIdentifier = default;
        Attachments.Clear();
        _derived.Clear();
        (ToolChoice, ResponseFormat, Reasoning, WebSearch) = (default, default, default, default);
        (ParallelToolCalls, Logprobs) = (null, null);
        (MaxTokens, TopK, Seed, Choices, TopLogprobs) = (null, null, null, null, null);
        (Temperature, TopP, PresencePenalty, FrequencyPenalty) = (null, null, null, null);
        (Stream, IncludeUsage, WantsAudio, IsContinued) = (false, false, false, false);
        Unsupported.Clear();
        Extras.Clear();
        PartPath = null;
    }

    private static ref T Add<T>(ref T[] items, ref int count)
        where T : struct
    {
        if (count == items.Length) Array.Resize(ref items, count * 2);
        ref var item = ref items[count++];
        item = default;
        return ref item;
    }

    private static void Reset<T>(ref T[] items, ref int count)
        where T : struct
    {
        if (items.Length > Keep) items = new T[16];
        count = 0;
    }
}
