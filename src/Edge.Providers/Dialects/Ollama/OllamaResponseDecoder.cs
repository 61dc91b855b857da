using System.Globalization;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Ollama;

/// <summary>
/// Answers of Ollama's own chat, streamed (one JSON object a line) or whole -> events. https://docs.ollama.com/api/chat
/// Every line has the form of a whole answer; the last one says <c>"done":true</c>, why, and what was counted. A call of a tool comes complete in one line, its arguments
/// as an object. Older servers give calls no id: then one is made of the line's time and the call's number, so that it differs from those of other turns.
/// One instance serves one response at a time; <see cref="Reset"/> makes it ready for the next.
/// </summary>
public sealed class OllamaResponseDecoder : IChatResponseDecoder
{
    private bool _started;
    private int _calls;

    /// <inheritdoc/>
    public bool IsClosed { get; private set; }

    /// <inheritdoc/>
    public void Reset() => (_started, _calls, IsClosed) = (false, 0, false);

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        if (IsClosed) return;
        OllamaFrame frame;
        try
        {
            JsonReading.RequireUtf8(data);
            frame = OllamaFrame.Read(data);
        }
        catch (JsonException)
        {
            Fail(Malformed("A line of the stream is not valid JSON."), sink);
            return;
        }
        if (frame.HasError) Fail(OllamaErrors.FromLine(data), sink);
        else Take(ref frame, sink);
    }

    /// <summary>Never: <c>"done":true</c> is the only end that Ollama's streams have.</summary>
    public bool TryEnd(IChatEventSink sink) => false;

    /// <inheritdoc/>
    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        var isAnswer = answer["message"u8].Kind == JsonKind.Object;
        Push(default, answer.Raw, sink);
        if (!IsClosed) Fail(Malformed(isAnswer ? "The answer is not done." : "The answer has no message."), sink);
    }

    private void Take(ref OllamaFrame frame, IChatEventSink sink)
    {
        if (!_started)
        {
            _started = true;
            sink.Start(new ChatStart { Model = frame.Model, Created = SecondsOf(frame.CreatedAt) });
        }
        if (!frame.Thinking.IsEmpty) sink.Thinking(0, frame.Thinking);
        if (!frame.Content.IsEmpty) sink.Text(0, frame.Content);
        // The elements have the members of OpenAI's.
        if (frame.Logprobs.Length > 0) sink.Logprobs(0, frame.Logprobs);
        if (frame.ToolCalls.Length > 0) Calls(frame.ToolCalls, frame.CreatedAt.Bytes, sink);
        if (!frame.Done || IsClosed) return;
        IsClosed = true;
        if (frame.Input >= 0 || frame.Output >= 0) sink.Usage(new Usage { Input = frame.Input, Output = frame.Output });
        sink.Finish(0, FinishOf(frame.DoneReason), frame.DoneReason.IsEmpty ? default : FinishWords.Detail(frame.DoneReason));
        sink.End();
    }

    private void Calls(ReadOnlySpan<byte> calls, ReadOnlySpan<byte> time, IChatEventSink sink)
    {
        using var index = new JsonIndex();
        if (!index.TryBuild(calls, maxDepth: 512, maxTokens: 1_000_000, out _)) return;
        Span<byte> made = stackalloc byte[40];
        foreach (var call in new JsonValue(calls, index.Tokens).Elements)
        {
            if (_calls == AnswerLimits.MaxCalls)
            {
                Fail(Malformed(AnswerLimits.TooManyCalls), sink);
                return;
            }
            var function = call["function"u8];
            scoped var id = call["id"u8].Text;
            // Without a time nothing here differs from one turn to the next: the encoder makes the id of the gateway's own.
            if (id.IsEmpty && !time.IsEmpty) id = JsonText.Plain(made[..MakeId(time, _calls, made)]);
            sink.ToolCallStart(0, _calls, id, function["name"u8].Text);
            var arguments = function["arguments"u8];
            sink.ToolCallArguments(0, _calls, arguments.Kind switch
            {
                JsonKind.Object => JsonText.Plain(arguments.Raw),
                JsonKind.String => arguments.Text,
                _ => JsonText.Plain("{}"u8),
            });
            _calls++;
        }
    }

    // FNV-1a: as long as two turns do not share their nanosecond, their calls do not share an id.
    private static int MakeId(ReadOnlySpan<byte> time, int number, Span<byte> id)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in time) hash = (hash ^ b) * 1099511628211UL;
        "call_"u8.CopyTo(id);
        hash.TryFormat(id[5..], out _, "x16", CultureInfo.InvariantCulture);
        id[21] = (byte)'_';
        number.TryFormat(id[22..], out var digits, default, CultureInfo.InvariantCulture);
        return 22 + digits;
    }

    private static long SecondsOf(JsonText time) =>
        time.Bytes.Length is > 0 and <= 64 && DateTimeOffset.TryParse(time.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.ToUnixTimeSeconds() : 0;

    // Ollama says "stop" after calls too. Servers before 0.3 give no reason.
    private FinishReason FinishOf(JsonText reason)
    {
        var finish = reason.IsEmpty ? FinishReason.Stop : FinishWords.Of(reason);
        return _calls > 0 && finish is FinishReason.Stop or FinishReason.Other ? FinishReason.ToolCalls : finish;
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
