using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Cohere;

/// <summary>
/// Answers of Cohere's v2 chat, streamed or whole -> events. https://docs.cohere.com/v2/docs/streaming
/// <code>
/// stream  = message-start *( content / plan / call / citation ) message-end
/// content = content-start *content-delta content-end      plan     = *tool-plan-delta
/// call    = tool-call-start *tool-call-delta tool-call-end    citation = citation-start citation-end
/// </code>
/// The tool plan is what the model says before it calls tools, which is text in every other dialect; the encoder of requests makes a plan of it again.
/// One instance serves one response at a time; <see cref="Reset"/> makes it ready for the next.
/// </summary>
public sealed class CohereResponseDecoder : IChatResponseDecoder
{
    private readonly List<Call> _calls = [];
    private bool _started;

    private record struct Call(long Index, bool HasArguments, bool IsOpen);

    /// <inheritdoc/>
    public bool IsClosed { get; private set; }

    /// <inheritdoc/>
    public void Reset()
    {
        _calls.Clear();
        _started = false;
        IsClosed = false;
    }

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        if (IsClosed || data.SequenceEqual("[DONE]"u8)) return;
        CohereFrame frame;
        try
        {
            JsonReading.RequireUtf8(data);
            frame = CohereFrame.Read(data);
        }
        catch (JsonException)
        {
            Fail(Malformed("A stream event is not valid JSON."), sink);
            return;
        }
        var type = frame.Type.IsEmpty ? JsonText.Plain(eventType) : frame.Type;
        if (type.IsEmpty)
        {
            // An error that breaks a stream off comes as the bare object that a failed response has for a body.
            Fail(CohereErrors.FromResponse(500, data), sink);
            return;
        }
        if (!_started)
        {
            _started = true;
            sink.Start(new ChatStart { Id = frame.Id });
        }
        if (type.Is("content-delta"u8) || type.Is("content-start"u8)) Content(ref frame, sink);
        else if (type.Is("tool-plan-delta"u8)) Text(frame.ToolPlan, sink);
        else if (type.Is("tool-call-start"u8)) CallStart(frame.Index, frame.CallId, frame.CallName, frame.Arguments, sink);
        else if (type.Is("tool-call-delta"u8)) CallDelta(CallOf(frame.Index), frame.Arguments, sink);
        else if (type.Is("tool-call-end"u8)) CallEnd(CallOf(frame.Index), sink);
        else if (type.Is("citation-start"u8)) StreamedCitation(frame.Citations, sink);
        else if (type.Is("message-end"u8)) MessageEnd(frame.FinishReason, frame.Error, frame.Usage, sink);
    }

    /// <summary>Never: <c>message-end</c> is the only end that Cohere's streams have.</summary>
    public bool TryEnd(IChatEventSink sink) => false;

    /// <inheritdoc/>
    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        var message = answer["message"u8];
        if (message.Kind != JsonKind.Object)
        {
            Fail(message.Kind == JsonKind.String ? CohereErrors.FromResponse(500, answer.Raw) : Malformed("The answer has no message."), sink);
            return;
        }
        _started = true;
        sink.Start(new ChatStart { Id = answer["id"u8].Text });
        // As a stream has them: reasoning first, which Anthropic's clients must send back in front of everything else, then the plan, then the text.
        var plan = message["tool_plan"u8].Text;
        foreach (var content in message["content"u8].Elements)
        {
            Thinking(content["thinking"u8].Text, sink);
            var text = content["text"u8].Text;
            if (text.IsEmpty) continue;
            Text(plan, sink);
            plan = default;
            Text(text, sink);
        }
        Text(plan, sink);
        foreach (var entry in answer["logprobs"u8].Elements) CohereLogprobs.Push(entry, sink);
        var index = 0;
        foreach (var call in message["tool_calls"u8].Elements)
        {
            var function = call["function"u8];
            CallStart(index, call["id"u8].Text, function["name"u8].Text, function["arguments"u8].Text, sink);
            if (IsClosed) return;
            CallEnd(index++, sink);
        }
        foreach (var citation in message["citations"u8].Elements) Citation(citation, sink);
        MessageEnd(answer["finish_reason"u8].Text, default, CohereUsage.Read(answer["usage"u8]), sink);
    }

    private static void Content(ref CohereFrame frame, IChatEventSink sink)
    {
        Thinking(frame.Thinking, sink);
        Text(frame.Text, sink);
        if (frame.Logprobs.IsEmpty) return;
        using var index = new JsonIndex();
        if (index.TryBuild(frame.Logprobs, maxDepth: 16, maxTokens: 100_000, out _)) CohereLogprobs.Push(new JsonValue(frame.Logprobs, index.Tokens), sink);
    }

    private static void Text(JsonText text, IChatEventSink sink)
    {
        if (!text.IsEmpty) sink.Text(0, text);
    }

    private static void Thinking(JsonText text, IChatEventSink sink)
    {
        if (!text.IsEmpty) sink.Thinking(0, text);
    }

    private void CallStart(long index, JsonText id, JsonText name, JsonText arguments, IChatEventSink sink)
    {
        if (CallOf(index) >= 0)
        {
            // Its arguments would run into those of the call that has this number.
            Fail(Malformed("A tool call began twice."), sink);
            return;
        }
        if (_calls.Count == AnswerLimits.MaxCalls)
        {
            Fail(Malformed(AnswerLimits.TooManyCalls), sink);
            return;
        }
        _calls.Add(new Call(index, HasArguments: false, IsOpen: true));
        sink.ToolCallStart(0, _calls.Count - 1, id, name);
        CallDelta(_calls.Count - 1, arguments, sink);
    }

    private void CallDelta(int call, JsonText arguments, IChatEventSink sink)
    {
        // A tool without parameters gets "null" or nothing for its arguments, which no client takes for an object.
        if (call < 0 || arguments.IsEmpty || (!_calls[call].HasArguments && arguments.Is("null"u8))) return;
        _calls[call] = _calls[call] with { HasArguments = true };
        sink.ToolCallArguments(0, call, arguments);
    }

    private void CallEnd(int call, IChatEventSink sink)
    {
        if (call < 0 || !_calls[call].IsOpen) return;
        if (!_calls[call].HasArguments) sink.ToolCallArguments(0, call, JsonText.Plain("{}"u8));
        _calls[call] = _calls[call] with { HasArguments = true, IsOpen = false };
    }

    private static void StreamedCitation(ReadOnlySpan<byte> citation, IChatEventSink sink)
    {
        if (citation.IsEmpty) return;
        using var index = new JsonIndex();
        if (index.TryBuild(citation, maxDepth: 64, maxTokens: 100_000, out _)) Citation(new JsonValue(citation, index.Tokens), sink);
    }

    // One event a source. What a tool put out has no place that a client could be sent to, unless the tool named one.
    private static void Citation(JsonValue citation, IChatEventSink sink)
    {
        // Of the plan or of the reasoning: their places are none of the answer's text.
        var type = citation["type"u8];
        if (type.Kind == JsonKind.String && !type.IsString("TEXT_CONTENT"u8)) return;
        foreach (var source in citation["sources"u8].Elements)
        {
            var document = source["document"u8];
            var isTool = document.IsNullOrAbsent;
            if (isTool) document = source["tool_output"u8];
            var words = document["snippet"u8].Text;
            if (words.IsEmpty) words = document["text"u8].Text;
            if (words.IsEmpty) words = document["content"u8].Text;
            // What a tool put out has the members that the tool chose.
            if (words.IsEmpty && isTool && document.Kind == JsonKind.Object) words = JsonText.Plain(document.Raw);
            var found = new ChatCitation
            {
                Url = document["url"u8].Text,
                Title = document["title"u8].Text,
                CitedText = words,
                Start = Place(citation["start"u8]),
                End = Place(citation["end"u8]),
                Document = DocumentOf(source["id"u8].RawText),
                // An id that CohereRequestEncoder made says nothing to the client.
                SourceId = source["id"u8].RawText.StartsWith(CohereRequestEncoder.DocumentPrefix) ? default : source["id"u8].Text,
            };
            if (!found.Url.IsEmpty || !found.Title.IsEmpty || !found.SourceId.IsEmpty || !words.IsEmpty || found.Document >= 0) sink.Citation(0, found);
        }
    }

    private static int Place(JsonValue value) => value.TryGetInt64(out var place) && place is >= 0 and <= int.MaxValue ? (int)place : -1;

    // The ids that CohereRequestEncoder gives the request's documents: edge_doc_0, edge_doc_1 ...
    private static int DocumentOf(ReadOnlySpan<byte> id) =>
        id.StartsWith(CohereRequestEncoder.DocumentPrefix)
            && int.TryParse(id[CohereRequestEncoder.DocumentPrefix.Length..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number : -1;

    private void MessageEnd(JsonText reason, JsonText error, CohereUsage usage, IChatEventSink sink)
    {
        if (IsClosed) return;
        for (var call = 0; call < _calls.Count; call++) CallEnd(call, sink);
        if (!usage.IsEmpty) sink.Usage(usage.ToUsage());
        if (!error.IsEmpty || FinishWords.IsFailure(reason, _calls.Count > 0))
        {
            Fail(CohereErrors.FromFinish(reason, error), sink);
            return;
        }
        IsClosed = true;
        if (!reason.IsEmpty) sink.Finish(0, FinishWords.Of(reason), FinishWords.Detail(reason));
        sink.End();
    }

    private int CallOf(long index)
    {
        for (var call = _calls.Count - 1; call >= 0; call--)
        {
            if (_calls[call].Index == index) return call;
        }
        return -1;
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        if (IsClosed) return;
        IsClosed = true;
        sink.Error(error);
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
