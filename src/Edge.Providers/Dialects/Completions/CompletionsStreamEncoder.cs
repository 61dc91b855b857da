using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Completions;

/// <summary>
/// Events -> the server-sent events of a streamed legacy completion. https://platform.openai.com/docs/api-reference/completions/object
/// <code>
/// stream = *( "data: " text_completion LF LF ) ( "data: [DONE]" / "data: " error ) LF LF
/// </code>
/// The dialect has text alone: a refusal is text to it, reasoning and what belongs to tools has no place. One instance serves one stream at a time.
/// </summary>
public sealed class CompletionsStreamEncoder : IChatEncoder
{
    private readonly ByteBuffer _head = new();
    private IBufferWriter<byte> _output = null!;
    private ChatOutput _settings;
    private Usage _usage;
    private bool _closed;

    public ProviderError? Failure { get; private set; }

    public bool IsWritten => _closed && Failure is null;

    /// <summary>Starts a stream.</summary>
    /// <param name="output">Takes each event as soon as it is complete.</param>
    /// <param name="settings">What the provider does not say.</param>
    public void Begin(IBufferWriter<byte> output, in ChatOutput settings)
    {
        _output = output;
        _settings = settings;
        _usage = new();
        _closed = false;
        Failure = null;
        BuildHead(default);
    }

    public void Start(in ChatStart start) => BuildHead(start);

    public void Text(int choice, JsonText text)
    {
        var json = Open(text.Bytes.Length);
        json.Text(text);
        json.Raw("\",\"index\":"u8);
        json.Number(choice);
        json.Raw(",\"logprobs\":null,\"finish_reason\":null}]"u8);
        Close(ref json);
    }

    public void Refusal(int choice, JsonText text) => Text(choice, text);

    public void Thinking(int choice, JsonText text)
    {
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
    }

    public void RedactedThinking(int choice, JsonText data)
    {
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
    }

    public void Citation(int choice, in ChatCitation citation)
    {
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        var json = Open(64);
        json.Raw("\",\"index\":"u8);
        json.Number(choice);
        json.Raw(",\"logprobs\":null,\"finish_reason\":\""u8);
        json.Raw(CompletionsText.Finish(reason));
        json.Raw("\""u8);
        OpenAiChatText.NativeFinish(ref json, reason, detail);
        json.Raw("}]"u8);
        Close(ref json);
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
        OpenAiChatText.EndStream(_output, _head.Span, _settings.IncludeUsage, _usage, default);
    }

    private void BuildHead(in ChatStart start)
    {
        _head.Clear();
        var json = new JsonOut(_head);
        json.Raw("data: "u8);
        CompletionsText.Head(ref json, start.Id, start.Model, start.Created, _settings);
        json.Flush();
    }

    private JsonOut Open(int size)
    {
        var json = new JsonOut(_output, _head.Length + size + 128);
        json.Raw(_head.Span);
        json.Raw("{\"text\":\""u8);
        return json;
    }

    private void Close(ref JsonOut json)
    {
        json.Raw(_settings.IncludeUsage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
        json.Flush();
    }
}
