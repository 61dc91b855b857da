using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Cache;

/// <summary>Takes an answer down on its way to the client, before anything is put back into it.</summary>
internal sealed class RecordingEncoder : IChatEncoder
{
    private IChatEventSink _recorder = null!;
    private IChatEncoder _encoder = null!;

    public RecordingEncoder Begin(AnswerRecorder recorder, IChatEncoder encoder)
    {
        recorder.Restart();
        _recorder = recorder;
        _encoder = encoder;
        return this;
    }

    public void Clear() => (_recorder, _encoder) = (null!, null!);

    public ProviderError? Failure => _encoder.Failure;

    public bool IsWritten => _encoder.IsWritten;

    public void Begin(IBufferWriter<byte> output, in ChatOutput settings) => _encoder.Begin(output, settings);

    public void Start(in ChatStart start)
    {
        _recorder.Start(start);
        _encoder.Start(start);
    }

    public void Text(int choice, JsonText text)
    {
        _recorder.Text(choice, text);
        _encoder.Text(choice, text);
    }

    public void Refusal(int choice, JsonText text)
    {
        _recorder.Refusal(choice, text);
        _encoder.Refusal(choice, text);
    }

    public void Thinking(int choice, JsonText text)
    {
        _recorder.Thinking(choice, text);
        _encoder.Thinking(choice, text);
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        _recorder.ThinkingSignature(choice, signature);
        _encoder.ThinkingSignature(choice, signature);
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        _recorder.RedactedThinking(choice, data);
        _encoder.RedactedThinking(choice, data);
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        _recorder.ToolCallStart(choice, call, id, name);
        _encoder.ToolCallStart(choice, call, id, name);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        _recorder.ToolCallArguments(choice, call, fragment);
        _encoder.ToolCallArguments(choice, call, fragment);
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
        _recorder.ToolCallSignature(choice, call, signature);
        _encoder.ToolCallSignature(choice, call, signature);
    }

    public void Citation(int choice, in ChatCitation citation)
    {
        _recorder.Citation(choice, citation);
        _encoder.Citation(choice, citation);
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
        _recorder.Logprobs(choice, tokens);
        _encoder.Logprobs(choice, tokens);
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        _recorder.Media(choice, mediaType, data);
        _encoder.Media(choice, mediaType, data);
    }

    public void ServiceTier(JsonText tier)
    {
        _recorder.ServiceTier(tier);
        _encoder.ServiceTier(tier);
    }

    public void Usage(in Usage usage)
    {
        _recorder.Usage(usage);
        _encoder.Usage(usage);
    }

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        _recorder.Finish(choice, reason, detail);
        _encoder.Finish(choice, reason, detail);
    }

    public void Error(ProviderError error)
    {
        _recorder.Error(error);
        _encoder.Error(error);
    }

    public void End()
    {
        _recorder.End();
        _encoder.End();
    }
}
