using System.Globalization;
using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects;

/// <summary>Keeps what a decoder pushed, folded: a streamed answer and the same answer whole must give equal recorders.</summary>
internal sealed class Recorder : IChatEventSink
{
    private readonly SortedDictionary<string, ByteBuffer> _parts = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public string Id { get; private set; } = "";

    public string Model { get; private set; } = "";

    public Usage UsageTotals { get; private set; } = new();

    public Dictionary<int, FinishReason> Finishes { get; } = [];

    /// <summary>The provider's own words for the reasons.</summary>
    public Dictionary<int, string> Words { get; } = [];

    public ProviderError? Failure { get; private set; }

    public int Starts { get; private set; }

    public int Ends { get; private set; }

    public int Calls { get; private set; }

    /// <summary>A part's text, escapes resolved: <c>text:0</c>, <c>refusal:0</c>, <c>thinking:0</c>, <c>signature:0</c>, <c>redacted:0</c>, <c>args:0:1</c>, <c>id:0:1</c>, <c>name:0:1</c>, <c>callsignature:0:1</c>, <c>citation:0</c>, <c>logprobs:0</c>, <c>media:0</c>.</summary>
    public string this[string part] => _parts.TryGetValue(part, out var bytes) ? new JsonText(bytes.Span, isEscaped: true).ToString() : "";

    /// <summary>The parts in the order in which they began.</summary>
    public IEnumerable<string> Parts => _order;

    public int ToolCalls(int choice) => _parts.Keys.Count(key => key.StartsWith($"id:{choice}:", StringComparison.Ordinal));

    public void Start(in ChatStart start)
    {
        Starts++;
        (Id, Model) = (start.Id.ToString(), start.Model.ToString());
    }

    public void Text(int choice, JsonText text) => Add($"text:{choice}", text);

    public void Refusal(int choice, JsonText text) => Add($"refusal:{choice}", text);

    public void Thinking(int choice, JsonText text) => Add($"thinking:{choice}", text);

    public void ThinkingSignature(int choice, JsonText signature) => Add($"signature:{choice}", signature);

    public void RedactedThinking(int choice, JsonText data) => Add($"redacted:{choice}", data);

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        Assert.False(_parts.ContainsKey($"id:{choice}:{call}"), "a call started twice");
        Add($"id:{choice}:{call}", id);
        Add($"name:{choice}:{call}", name);
        Add($"args:{choice}:{call}", default);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        Assert.True(_parts.ContainsKey($"id:{choice}:{call}"), "arguments before the call's start");
        Add($"args:{choice}:{call}", fragment);
    }

    public void ToolCallSignature(int choice, int call, JsonText signature) => Add($"callsignature:{choice}:{call}", signature);

    public void Citation(int choice, in ChatCitation citation) => Add($"citation:{choice}", JsonText.Plain(Encoding.UTF8.GetBytes(
        $"[{citation.Url.ToString()}|{citation.Title.ToString()}|{citation.CitedText.ToString()}|{citation.Start}..{citation.End}|{citation.Document}]")));

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens) => Add($"logprobs:{choice}", JsonText.Plain(tokens));

    public void Media(int choice, JsonText mediaType, JsonText data) => Add($"media:{choice}", JsonText.Plain(Encoding.UTF8.GetBytes($"[{mediaType.ToString()};{data.ToString()}]")));

    public void Usage(in Usage usage) => UsageTotals = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        Assert.True(Finishes.TryAdd(choice, reason), "a choice finished twice");
        if (reason == FinishReason.StopSequence && !detail.IsEmpty) Add($"stop:{choice}", detail);
        if (reason != FinishReason.StopSequence && !detail.IsEmpty) Words[choice] = detail.ToString();
    }

    public void Error(ProviderError error)
    {
        Assert.Null(Failure);
        Failure = error;
    }

    public void End()
    {
        Assert.Null(Failure);
        Ends++;
    }

    /// <summary>Everything that counts, in one comparable text.</summary>
    public string Fold()
    {
        var fold = new StringBuilder();
        foreach (var (key, _) in _parts) fold.Append(CultureInfo.InvariantCulture, $"{key}={this[key]}\n");
        foreach (var (choice, reason) in Finishes.OrderBy(f => f.Key)) fold.Append(CultureInfo.InvariantCulture, $"finish:{choice}={reason} {Words.GetValueOrDefault(choice)}\n");
        fold.Append(CultureInfo.InvariantCulture, $"{UsageTotals}\n{Failure}\nends={Ends}\n");
        return fold.ToString();
    }

    private void Add(string part, JsonText text)
    {
        Calls++;
        if (!_parts.TryGetValue(part, out var bytes))
        {
            _parts[part] = bytes = new ByteBuffer();
            _order.Add(part);
        }
        text.WriteEscaped(bytes);
    }
}
