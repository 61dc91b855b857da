using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// An answer of OpenAI's Responses, streamed or whole -> events. https://platform.openai.com/docs/api-reference/responses-streaming
/// <para>
/// Items are told apart by their place in the output, since some servers change their ids on the way. What a server says only when an item is done, or only in the last event, is taken from
/// there. Calls of built-in tools are the provider's own business and left out; a custom tool's free text becomes the one member of its arguments.
/// </para>
/// One instance serves one answer at a time.
/// </summary>
public sealed partial class ResponsesDecoder : IChatResponseDecoder
{
    private struct Item
    {
        public long Index;

        /// <summary>Of a call: its number from 1; 0 = it has not begun.</summary>
        public int Call;

        public bool HasText;
        public bool HasThinking;
        public bool HasSummary;
        public bool HasArguments;
        public bool HasSignature;
        public bool HasCitations;
        public bool IsDone;

        /// <summary>Of the summary text that came last.</summary>
        public long Part;
    }

    private readonly List<Item> _items = [];
    private readonly ByteBuffer _scratch = new();
    private int _calls;
    private int _texts;
    private bool _started;

    public bool IsClosed { get; private set; }

    public void Reset()
    {
        _items.Clear();
        _scratch.Clear();
        (_calls, _texts) = (0, 0);
        _started = false;
        IsClosed = false;
    }

    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        // The dialect has no such mark, but some compatible servers end every stream with it.
        if (IsClosed || data.SequenceEqual("[DONE]"u8)) return;
        try
        {
            JsonReading.RequireUtf8(data);
            Event(ResponsesFrame.Read(data), data, sink);
        }
        catch (JsonException)
        {
            Fail(Malformed("A stream event is not a valid event of Responses."), sink);
        }
    }

    /// <summary>The last event says that the answer is whole; without it, it is not.</summary>
    public bool TryEnd(IChatEventSink sink) => false;

    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        if (answer["output"u8].Kind != JsonKind.Array)
        {
            Fail(answer["error"u8].IsNullOrAbsent ? Malformed("The answer has no output array.") : OpenAiErrors.FromEvent(answer.Raw), sink);
            return;
        }
        try
        {
            Start(answer.Raw, sink);
            var status = answer["status"u8];
            if (status.IsString("failed"u8) || !answer["error"u8].IsNullOrAbsent) Fail(ResponsesErrors.FromResponse(answer.Raw), sink);
            else if (status.IsString("completed"u8) || status.IsString("requires_action"u8) || status.IsString("incomplete"u8) || status.IsNullOrAbsent) Completed(answer.Raw, sink);
            else Fail(Malformed("The answer is not complete."), sink);
        }
        catch (JsonException)
        {
            Fail(Malformed("An output item is not valid."), sink);
        }
    }

    private void Event(scoped in ResponsesFrame frame, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        var type = frame.Type;
        if (type.Is("error"u8) || type.Is("response.failed"u8) || type.Is("response.cancelled"u8))
        {
            Fail(ResponsesErrors.FromEvent(data), sink);
            return;
        }
        if (!_started) Start(frame.Response, sink);
        if (type.Is("response.output_text.delta"u8))
        {
            ref var item = ref Find(frame.OutputIndex);
            Text(ref item, frame.Delta, sink);
            Logprobs(frame.Logprobs, sink);
        }
        else if (type.Is("response.function_call_arguments.delta"u8))
        {
            ref var item = ref Find(frame.OutputIndex);
            // A call that was never announced is taken from its end.
            if (item.Call == 0 || frame.Delta.IsEmpty) return;
            item.HasArguments = true;
            sink.ToolCallArguments(0, item.Call - 1, frame.Delta);
        }
        else if (type.Is("response.reasoning_summary_text.delta"u8)) Summary(frame, sink);
        else if (type.Is("response.reasoning_text.delta"u8))
        {
            ref var item = ref Find(frame.OutputIndex);
            if (item.HasSummary || frame.Delta.IsEmpty) return;
            item.HasThinking = true;
            sink.Thinking(0, frame.Delta);
        }
        else if (type.Is("response.refusal.delta"u8))
        {
            Find(frame.OutputIndex).HasText = true;
            if (!frame.Delta.IsEmpty) sink.Refusal(0, frame.Delta);
        }
        else if (type.Is("response.output_text.annotation.added"u8))
        {
            Find(frame.OutputIndex).HasCitations = true;
            if (!frame.Annotation.IsEmpty) Citation(frame.Annotation, sink);
        }
        else if (type.Is("response.output_item.added"u8))
        {
            if (!frame.Item.IsEmpty) Begin(ref Find(frame.OutputIndex), ResponsesItemFrame.Read(frame.Item), sink);
        }
        else if (type.Is("response.output_item.done"u8))
        {
            if (!frame.Item.IsEmpty) Complete(ref Find(frame.OutputIndex), frame.Item, sink);
        }
        else if (type.Is("response.completed"u8) || type.Is("response.incomplete"u8)) Completed(frame.Response, sink);
    }

    private void Text(ref Item item, JsonText text, IChatEventSink sink)
    {
        if (!item.HasText) _texts++;
        item.HasText = true;
        if (!text.IsEmpty) sink.Text(0, text);
    }

    private void Summary(scoped in ResponsesFrame frame, IChatEventSink sink)
    {
        ref var item = ref Find(frame.OutputIndex);
        // A server that shows the reasoning itself may show its summary as well.
        if (item.HasThinking || frame.Delta.IsEmpty) return;
        if (item.HasSummary && frame.PartIndex != item.Part) sink.Thinking(0, new JsonText("\\n\\n"u8, isEscaped: true));
        item.HasSummary = true;
        item.Part = frame.PartIndex;
        sink.Thinking(0, frame.Delta);
    }

    private void Start(ReadOnlySpan<byte> response, IChatEventSink sink)
    {
        _started = true;
        JsonText id = default, model = default, tier = default;
        long created = 0;
        if (!response.IsEmpty)
        {
            var reader = new Utf8JsonReader(response, ResponsesFrame.Options);
            reader.Read();
            while (JsonReading.NextMember(ref reader))
            {
                if (reader.Is("id"u8)) id = JsonReading.String(ref reader);
                else if (reader.Is("model"u8)) model = JsonReading.String(ref reader);
                else if (reader.Is("created_at"u8)) created = ResponsesFrame.Number(ref reader);
                else if (reader.Is("service_tier"u8)) tier = JsonReading.String(ref reader);
                else reader.Skip();
            }
        }
        // "auto" is the wish, not the tier that serves it.
        sink.Start(new ChatStart { Id = id, Model = model, Created = created, ServiceTier = tier.Is("auto"u8) ? default : tier });
    }

    // The last event repeats the whole output: what came before is not said again.
    private void Completed(ReadOnlySpan<byte> response, IChatEventSink sink)
    {
        if (response.IsEmpty) throw new JsonException();
        var reader = new Utf8JsonReader(response, ResponsesFrame.Options);
        reader.Read();
        var finish = FinishReason.None;
        JsonText reason = default, tier = default;
        Usage? usage = null;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("output"u8)) Output(response, ref reader, sink);
            else if (reader.Is("status"u8)) finish = ResponsesFinish.OfStatus(ref reader);
            else if (reader.Is("incomplete_details"u8)) reason = ResponsesFinish.OfDetails(ref reader);
            else if (reader.Is("service_tier"u8)) tier = JsonReading.String(ref reader);
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) usage = ResponsesUsage.Read(ref reader);
                else reader.Skip();
            }
            else reader.Skip();
        }
        if (usage is { } totals) sink.Usage(totals);
        // Which one it became is known at the end where "auto" was wished for.
        if (!tier.IsEmpty && !tier.Is("auto"u8)) sink.ServiceTier(tier);
        if (finish == FinishReason.None) finish = FinishReason.Stop;
        IsClosed = true;
        sink.Finish(0, ResponsesFinish.Of(finish, reason, _calls > 0), finish == FinishReason.Length ? FinishWords.Detail(reason) : default);
        sink.End();
    }

    private void Output(ReadOnlySpan<byte> response, scoped ref Utf8JsonReader reader, IChatEventSink sink)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        // Of a stream only items that it began: some servers leave items out of one of the two, and then the places differ.
        var isAll = _items.Count == 0;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!isAll && !_items.Exists(known => known.Index == index)) continue;
            ref var item = ref Find(index);
            if (!item.IsDone) Complete(ref item, response[start..(int)reader.BytesConsumed], sink);
        }
    }

    private ref Item Find(long index)
    {
        var items = CollectionsMarshal.AsSpan(_items);
        for (var i = items.Length - 1; i >= 0; i--)
        {
            if (items[i].Index == index) return ref items[i];
        }
        if (items.Length == AnswerLimits.MaxCalls) throw new JsonException();
        _items.Add(new Item { Index = index });
        return ref CollectionsMarshal.AsSpan(_items)[^1];
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
