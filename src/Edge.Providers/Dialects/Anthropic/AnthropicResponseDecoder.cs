using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// Answers of the Messages API, streamed or whole -> events. https://docs.claude.com/en/docs/build-with-claude/streaming
/// <code>
/// stream  = message_start *( block / ping ) *message_delta message_stop    (or an error event anywhere)
/// block   = content_block_start *content_block_delta content_block_stop
/// </code>
/// Blocks of tools that Anthropic runs itself (<c>server_tool_use</c>, <c>web_search_tool_result</c>, <c>mcp_tool_use</c> ...) are left out: the client did
/// not declare those tools and could not answer such a call; what the model makes of them comes as text.
/// A block's citations come before its text, but say which text they are of, so they are held until the block's end.
/// One instance serves one response at a time; <see cref="Reset"/> makes it ready for the next.
/// </summary>
public sealed class AnthropicResponseDecoder : IChatResponseDecoder
{
    // Per open or closed tool_use block: its index in the message, its number among the calls, and whether arguments were seen.
    private readonly List<ToolBlock> _tools = [];
    private readonly HeldCitations _citations = new();
    private AnthropicUsage _usage = new();
    private bool _started;
    private bool _hasContent;
    private bool _finished;

    // UTF-16 units of all text so far, and up to the open block.
    private int _length;
    private int _blockStart;

    private record struct ToolBlock(long Index, bool HasArguments);

    /// <summary>The end mark or an error came; what follows is ignored.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Ready for another response.</summary>
    public void Reset()
    {
        _tools.Clear();
        _usage = new();
        _started = false;
        _hasContent = false;
        _finished = false;
        _length = _blockStart = 0;
        _citations.Clear();
        IsClosed = false;
    }

    /// <summary>Translates one event of a stream.</summary>
    /// <param name="eventType">The event field; may be empty (Bedrock and Vertex frames have none), the data's own type decides.</param>
    /// <param name="data">The event's data.</param>
    /// <param name="sink">Takes the events.</param>
    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        if (IsClosed || eventType.SequenceEqual("ping"u8)) return;
        AnthropicFrame frame;
        try
        {
            JsonReading.RequireUtf8(data);
            frame = AnthropicFrame.ReadEvent(data);
        }
        catch (JsonException)
        {
            Fail(Malformed("A stream event is not valid JSON."), sink);
            return;
        }
        var type = frame.Type.IsEmpty ? JsonText.Plain(eventType) : frame.Type;
        if (type.Is("content_block_delta"u8)) Delta(ref frame, sink);
        else if (type.Is("content_block_start"u8)) BlockStart(ref frame, sink);
        else if (type.Is("content_block_stop"u8)) BlockStop(frame.Index, sink);
        else if (type.Is("message_delta"u8)) MessageDelta(ref frame, sink);
        else if (type.Is("message_start"u8)) MessageStart(ref frame, sink);
        else if (type.Is("message_stop"u8)) End(sink);
        else if (type.Is("error"u8)) Fail(AnthropicErrors.FromEvent(frame.ErrorType, frame.ErrorMessage), sink);
    }

    /// <summary>Never: <c>message_stop</c> is the only end that Anthropic's streams have.</summary>
    public bool TryEnd(IChatEventSink sink) => false;

    /// <summary>Translates a whole answer.</summary>
    /// <param name="answer">The answer's root value; an error envelope becomes an Error event, anything but a message Error(Malformed).</param>
    /// <param name="sink">Takes the events.</param>
    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        if (answer["type"u8].IsString("error"u8))
        {
            var error = answer["error"u8];
            Fail(AnthropicErrors.FromEvent(error["type"u8].Text, error["message"u8].Text), sink);
            return;
        }
        if (answer["content"u8].Kind != Simd.Json.JsonKind.Array)
        {
            Fail(Malformed("The answer has no content array."), sink);
            return;
        }
        sink.Start(new ChatStart { Id = answer["id"u8].Text, Model = answer["model"u8].Text, ServiceTier = answer["usage"u8]["service_tier"u8].Text });
        var index = 0;
        foreach (var block in answer["content"u8].Elements)
        {
            var frame = new AnthropicFrame
            {
                Index = index++,
                PartType = block["type"u8].Text,
                Text = block["text"u8].Text,
                Thinking = block["thinking"u8].Text,
                Signature = block["signature"u8].Text,
                Data = block["data"u8].Text,
                Id = block["id"u8].Text,
                Name = block["name"u8].Text,
                Input = block["input"u8].Raw,
            };
            BlockStart(ref frame, sink);
            foreach (var citation in block["citations"u8].Elements) Citation(citation);
            BlockStop(frame.Index, sink);
            if (IsClosed) return;
        }
        var end = new AnthropicFrame { StopReason = answer["stop_reason"u8].Text, StopSequence = answer["stop_sequence"u8].Text, Explanation = answer["stop_details"u8]["explanation"u8].Text };
        end.Usage = AnthropicUsage.Read(answer["usage"u8]);
        MessageDelta(ref end, sink);
        End(sink);
    }

    private void MessageStart(ref AnthropicFrame frame, IChatEventSink sink)
    {
        if (_hasContent)
        {
            // Some proxy spliced a retry into the stream. What was begun (half a tool call, say) can neither be finished nor taken back.
            Fail(Malformed("The stream began a second message."), sink);
            return;
        }
        if (_started) return;
        _started = true;
        sink.Start(new ChatStart { Id = frame.MessageId, Model = frame.Model, ServiceTier = frame.ServiceTier });
        TakeUsage(frame.Usage, sink);
    }

    private void BlockStart(ref AnthropicFrame frame, IChatEventSink sink)
    {
        _hasContent = true;
        if (frame.PartType.Is("text"u8))
        {
            _blockStart = _length;
            Text(frame.Text, sink);
        }
        else if (frame.PartType.Is("thinking"u8))
        {
            if (!frame.Thinking.IsEmpty) sink.Thinking(0, frame.Thinking);
            if (!frame.Signature.IsEmpty) sink.ThinkingSignature(0, frame.Signature);
        }
        else if (frame.PartType.Is("tool_use"u8))
        {
            var call = _tools.Count;
            if (call == AnswerLimits.MaxCalls)
            {
                Fail(Malformed(AnswerLimits.TooManyCalls), sink);
                return;
            }
            sink.ToolCallStart(0, call, frame.Id, frame.Name);
            // A stream opens the block with {} and sends the arguments as deltas; a whole answer has them all here.
            var hasArguments = frame.Input is [(byte)'{', ..] && frame.Input[1..].TrimStart(" \t\r\n"u8) is not [(byte)'}', ..];
            _tools.Add(new ToolBlock(frame.Index, hasArguments));
            if (hasArguments) sink.ToolCallArguments(0, call, JsonText.Plain(frame.Input));
        }
        else if (frame.PartType.Is("redacted_thinking"u8))
        {
            sink.RedactedThinking(0, frame.Data);
        }
    }

    private void Delta(ref AnthropicFrame frame, IChatEventSink sink)
    {
        if (frame.PartType.Is("text_delta"u8))
        {
            Text(frame.Text, sink);
        }
        else if (frame.PartType.Is("input_json_delta"u8))
        {
            var call = CallOf(frame.Index);
            if (call < 0 || frame.PartialJson.IsEmpty) return;
            _tools[call] = _tools[call] with { HasArguments = true };
            sink.ToolCallArguments(0, call, frame.PartialJson);
        }
        else if (frame.PartType.Is("thinking_delta"u8))
        {
            if (!frame.Thinking.IsEmpty) sink.Thinking(0, frame.Thinking);
        }
        else if (frame.PartType.Is("signature_delta"u8))
        {
            if (!frame.Signature.IsEmpty) sink.ThinkingSignature(0, frame.Signature);
        }
        else if (frame.HasCitation)
        {
            _citations.Add(new ChatCitation
            {
                Url = frame.Url,
                Title = frame.Title,
                CitedText = frame.CitedText,
                Document = HeldCitations.Count(frame.Document),
                SourceId = frame.FileId,
                Place = HeldCitations.PlaceOf(frame.CitationType),
                From = HeldCitations.Count(frame.CitedFrom),
                To = HeldCitations.Count(frame.CitedTo),
            });
        }
    }

    private void Text(JsonText text, IChatEventSink sink)
    {
        if (text.IsEmpty) return;
        _length += AnthropicText.Utf16Length(text);
        sink.Text(0, text);
    }

    private void Citation(JsonValue citation)
    {
        var url = citation["url"u8].Text;
        var title = citation["title"u8].Text;
        var place = HeldCitations.PlaceOf(citation["type"u8].Text);
        _citations.Add(new ChatCitation
        {
            Url = url.IsEmpty ? citation["source"u8].Text : url,
            Title = title.IsEmpty ? citation["document_title"u8].Text : title,
            CitedText = citation["cited_text"u8].Text,
            Document = Number(citation[place == CitationPlace.SearchResult ? "search_result_index"u8 : "document_index"u8]),
            SourceId = citation["file_id"u8].Text,
            Place = place,
            From = Number(citation[place switch { CitationPlace.Pages => "start_page_number"u8, CitationPlace.Characters => "start_char_index"u8, _ => "start_block_index"u8 }]),
            To = Number(citation[place switch { CitationPlace.Pages => "end_page_number"u8, CitationPlace.Characters => "end_char_index"u8, _ => "end_block_index"u8 }]),
        });

        static int Number(JsonValue value) => value.TryGetInt64(out var number) ? HeldCitations.Count(number) : -1;
    }

    // A call without arguments gets no delta at all; everywhere else its arguments are an empty object.
    private void BlockStop(long index, IChatEventSink sink)
    {
        if (!_citations.IsEmpty)
        {
            if (_length > _blockStart) _citations.Push(_blockStart, _length, sink);
            _citations.Clear();
        }
        var call = CallOf(index);
        if (call < 0 || _tools[call].HasArguments) return;
        _tools[call] = _tools[call] with { HasArguments = true };
        sink.ToolCallArguments(0, call, JsonText.Plain("{}"u8));
    }

    private void MessageDelta(ref AnthropicFrame frame, IChatEventSink sink)
    {
        TakeUsage(frame.Usage, sink);
        if (frame.StopReason.IsEmpty || _finished) return;
        _finished = true;
        var reason = FinishWords.Of(frame.StopReason);
        // Behind an answer that broke off it would read as a part of it.
        if (reason == FinishReason.ContentFilter && _length == 0 && _tools.Count == 0 && !frame.Explanation.IsEmpty) sink.Refusal(0, frame.Explanation);
        sink.Finish(0, reason, reason == FinishReason.StopSequence ? frame.StopSequence : FinishWords.Detail(frame.StopReason));
    }

    private void TakeUsage(in AnthropicUsage usage, IChatEventSink sink)
    {
        if (usage.IsEmpty) return;
        _usage.Replace(usage);
        sink.Usage(_usage.ToUsage());
    }

    private void End(IChatEventSink sink)
    {
        IsClosed = true;
        sink.End();
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    // Blocks come one behind the other, so the wanted one is the last nearly always.
    private int CallOf(long index)
    {
        for (var call = _tools.Count - 1; call >= 0; call--)
        {
            if (_tools[call].Index == index) return call;
        }
        return -1;
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
