using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// Events -> the server-sent events of a streamed OpenAI chat completion. https://platform.openai.com/docs/api-reference/chat-streaming
/// <code>
/// stream = *( "data: " chunk LF LF ) ( "data: [DONE]" / "data: " error ) LF LF
/// </code>
/// Reasoning goes out as <c>delta.reasoning_content</c> as it comes, as DeepSeek introduced it. When the signature comes that closes a block, without which
/// Anthropic does not take the block back on the next turn, the whole block follows as one entry of <c>delta.thinking_blocks</c>:
/// <c>[{"index":0,"type":"thinking","thinking":"...","signature":"..."}]</c>, an encrypted block as <c>[{"index":1,"type":"redacted_thinking","data":"..."}]</c>.
/// A client that appends the entries to a list and sends it back in its assistant message replays the blocks unaltered. A Gemini thought signature goes out in the
/// call's <c>extra_content</c>, as at Google's own OpenAI interface; pictures in <c>delta.images</c>, as at OpenRouter; sources in <c>delta.annotations</c>.
/// One instance serves one stream at a time; <see cref="Begin"/> makes it ready for the next.
/// </summary>
public sealed class OpenAiChatStreamEncoder : IChatEncoder
{
    private readonly ByteBuffer _head = new();
    private readonly List<ThinkingBlocks> _thinking = [];
    private readonly ByteBuffer _scratch = new();

    // Calls of custom tools: what they are called with is known when it is whole.
    private readonly List<CustomCall> _custom = [];
    private int _customUsed;
    private int _tierAt;
    private int _thinkingUsed;
    private IBufferWriter<byte> _output = null!;
    private ChatOutput _settings;
    private Usage _usage;
    private UInt128 _started;
    private bool _closed;

    private sealed class CustomCall
    {
        public int Choice;
        public int Call;
        public readonly ByteBuffer Arguments = new();
    }

    public ProviderError? Failure { get; private set; }

    public bool IsWritten => _closed && Failure is null;

    /// <summary>
    /// Raw JSON members that stand at the end of the usage chunk, e.g. <c>"x_edge":{...}</c>; empty = none. May be set until <see cref="End"/>, when the
    /// usage is known.
    /// </summary>
    public ReadOnlyMemory<byte> UsageChunkMembers { get; set; }

    /// <summary>Starts a stream.</summary>
    /// <param name="output">Takes each event as soon as it is complete.</param>
    /// <param name="settings">What the provider does not say.</param>
    public void Begin(IBufferWriter<byte> output, in ChatOutput settings)
    {
        _output = output;
        _settings = settings;
        _usage = new();
        _started = 0;
        _closed = false;
        Failure = null;
        _thinkingUsed = _customUsed = 0;
        UsageChunkMembers = default;
        BuildHead(default);
    }

    public void Start(in ChatStart start) => BuildHead(start);

    // In the chunks from here on: a client reads the last one's.
    public void ServiceTier(JsonText tier)
    {
        _head.Truncate(_tierAt);
        var json = new JsonOut(_head);
        if (!tier.IsEmpty)
        {
            json.Raw(",\"service_tier\":"u8);
            json.String(tier);
        }
        json.Raw(",\"system_fingerprint\":null,\"choices\":["u8);
        json.Flush();
    }

    public void Text(int choice, JsonText text)
    {
        EndThinking(choice);
        Delta(choice, "\"content\":\""u8, text, "\""u8);
    }

    public void Refusal(int choice, JsonText text) => Delta(choice, "\"refusal\":\""u8, text, "\""u8);

    public void Thinking(int choice, JsonText text)
    {
        ThinkingOf(choice).Add(text);
        Delta(choice, "\"reasoning_content\":\""u8, text, "\""u8);
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        var blocks = ThinkingOf(choice);
        var json = Open(choice, blocks.Size + signature.Bytes.Length);
        json.Raw("\"thinking_blocks\":["u8);
        blocks.WriteSigned(ref json, signature);
        json.Raw("]"u8);
        Close(ref json);
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        var json = Open(choice, data.Bytes.Length);
        json.Raw("\"thinking_blocks\":["u8);
        ThinkingOf(choice).WriteRedacted(ref json, data);
        json.Raw("]"u8);
        Close(ref json);
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        EndThinking(choice);
        var json = Open(choice);
        json.Raw("\"tool_calls\":[{\"index\":"u8);
        json.Number(call);
        json.Raw(",\"id\":"u8);
        json.String(id.IsEmpty ? OpenAiChatText.MakeCallId(stackalloc byte[64], _settings.FallbackId.Span, choice, call) : id);
        var isCustom = CustomTools.IsDeclared(_settings.Echo.Span, name, _scratch);
        json.Raw(isCustom ? ",\"type\":\"custom\",\"custom\":{\"name\":"u8 : ",\"type\":\"function\",\"function\":{\"name\":"u8);
        json.String(name);
        json.Raw(isCustom ? ",\"input\":\"\"}}]"u8 : ",\"arguments\":\"\"}}]"u8);
        Close(ref json);
        if (!isCustom) return;
        if (_customUsed == _custom.Count) _custom.Add(new CustomCall());
        var custom = _custom[_customUsed++];
        (custom.Choice, custom.Call) = (choice, call);
        custom.Arguments.Clear();
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        if (FindCustom(choice, call) is { } custom)
        {
            fragment.WriteEscaped(custom.Arguments);
            return;
        }
        var json = Open(choice);
        json.Raw("\"tool_calls\":[{\"index\":"u8);
        json.Number(call);
        json.Raw(",\"function\":{\"arguments\":\""u8);
        json.Text(fragment);
        json.Raw("\"}}]"u8);
        Close(ref json);
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
        // Only Gemini binds state to calls, and clients of its OpenAI interface know the place and want it unmarked.
        if (!SignatureOrigin.TryTake(signature, SignatureOrigin.Gemini, out var own)) return;
        var json = Open(choice, own.Bytes.Length + 128);
        json.Raw("\"tool_calls\":[{\"index\":"u8);
        json.Number(call);
        // Clients' schemas demand a function in every delta of a call.
        json.Raw(FindCustom(choice, call) is null ? ",\"function\":{\"arguments\":\"\"},"u8 : ",\"custom\":{\"input\":\"\"},"u8);
        OpenAiChatText.ThoughtSignature(ref json, own);
        json.Raw("}]"u8);
        Close(ref json);
    }

    public void Citation(int choice, in ChatCitation citation)
    {
        var json = Open(choice);
        json.Raw("\"annotations\":["u8);
        OpenAiChatText.Citation(ref json, citation);
        json.Raw("]"u8);
        Close(ref json);
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
        var isFirst = !HasStarted(choice);
        var json = Open(choice, tokens.Length);
        json.Raw(isFirst ? "\"content\":\"\"},\"logprobs\":{\"content\":["u8 : "},\"logprobs\":{\"content\":["u8);
        json.Raw(tokens);
        json.Raw("],\"refusal\":null},\"finish_reason\":null}]"u8);
        EndChunk(ref json);
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        if (!mediaType.Bytes.StartsWith("image/"u8)) return;
        var json = Open(choice, data.Bytes.Length + 128);
        json.Raw("\"images\":["u8);
        OpenAiChatText.Image(ref json, mediaType, data);
        json.Raw("]"u8);
        Close(ref json);
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        CustomInputs(choice);
        if (!HasStarted(choice)) Delta(choice, "\"content\":\""u8, default, "\""u8);
        var json = Open(choice);
        json.Raw("},\"logprobs\":null,\"finish_reason\":\""u8);
        json.Raw(OpenAiChatText.Finish(reason));
        json.Raw("\""u8);
        OpenAiChatText.NativeFinish(ref json, reason, detail);
        json.Raw("}]"u8);
        EndChunk(ref json);
    }

    /// <summary>Writes the error as the stream's last event; no <c>[DONE]</c> follows, so that no client takes the answer for whole.</summary>
    public void Error(ProviderError error)
    {
        if (_closed) return;
        _closed = true;
        Failure = error;
        OpenAiChatText.ErrorEvent(_output, error);
    }

    public void End()
    {
        if (_closed) return;
        _closed = true;
        OpenAiChatText.EndStream(_output, _head.Span, _settings.IncludeUsage, _usage, UsageChunkMembers.Span);
    }

    private CustomCall? FindCustom(int choice, int call)
    {
        for (var i = 0; i < _customUsed; i++)
        {
            if (_custom[i].Choice == choice && _custom[i].Call == call) return _custom[i];
        }
        return null;
    }

    private void CustomInputs(int choice)
    {
        for (var i = 0; i < _customUsed; i++)
        {
            var call = _custom[i];
            if (call.Choice != choice) continue;
            CustomTools.Unwrap(call.Arguments, _scratch);
            var json = Open(choice, call.Arguments.Length + 64);
            json.Raw("\"tool_calls\":[{\"index\":"u8);
            json.Number(call.Call);
            json.Raw(",\"custom\":{\"input\":\""u8);
            json.Raw(call.Arguments.Span);
            json.Raw("\"}}]"u8);
            Close(ref json);
        }
    }

    // Everything up to the choices is the same in every chunk, so it is made once and then copied.
    private void BuildHead(in ChatStart start)
    {
        _head.Clear();
        var json = new JsonOut(_head);
        json.Raw("data: {\"id\":\""u8);
        OpenAiChatText.Id(ref json, start.Id, _settings.FallbackId.Span);
        json.Raw("\",\"object\":\"chat.completion.chunk\",\"created\":"u8);
        json.Number(start.Created > 0 ? start.Created : _settings.Created);
        json.Raw(",\"model\":"u8);
        json.String(start.Model.IsEmpty ? JsonText.Plain(_settings.FallbackModel.Span) : start.Model);
        json.Flush();
        _tierAt = _head.Length;
        ServiceTier(start.ServiceTier);
    }

    private void Delta(int choice, ReadOnlySpan<byte> before, JsonText text, ReadOnlySpan<byte> behind)
    {
        var json = Open(choice, before.Length + text.Bytes.Length + behind.Length);
        json.Raw(before);
        json.Text(text);
        json.Raw(behind);
        Close(ref json);
    }

    // The role goes with the first delta instead of into a chunk of its own at Start: until something was said, another provider may still be tried.
    private JsonOut Open(int choice, int size = 256)
    {
        var json = new JsonOut(_output, _head.Length + size + 160);
        json.Raw(_head.Span);
        json.Raw("{\"index\":"u8);
        json.Number(choice);
        json.Raw(",\"delta\":{"u8);
        if (!HasStarted(choice))
        {
            _started |= UInt128.One << (choice & 127);
            json.Raw("\"role\":\"assistant\","u8);
        }
        return json;
    }

    private ThinkingBlocks ThinkingOf(int choice)
    {
        for (var i = 0; i < _thinkingUsed; i++)
        {
            if (_thinking[i].Choice == choice) return _thinking[i];
        }
        if (_thinkingUsed == _thinking.Count) _thinking.Add(new ThinkingBlocks());
        var blocks = _thinking[_thinkingUsed++];
        blocks.Clear(choice);
        return blocks;
    }

    // Text or a call behind reasoning that was not signed: a signature that comes later is of another block.
    private void EndThinking(int choice)
    {
        if (_thinkingUsed > 0) ThinkingOf(choice).Drop();
    }

    private bool HasStarted(int choice) => (_started & (UInt128.One << (choice & 127))) != 0;

    private void Close(ref JsonOut json)
    {
        json.Raw("},\"logprobs\":null,\"finish_reason\":null}]"u8);
        EndChunk(ref json);
    }

    private void EndChunk(ref JsonOut json)
    {
        json.Raw(_settings.IncludeUsage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
        json.Flush();
    }
}
