using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// Events -> the output items of a Responses answer, streamed or whole. Both forms keep all items to the end, because a stream's last event repeats its whole output. Memory is thus
/// bounded by the answer's own size; buffers are used again for the next answer.
/// <para>
/// Reasoning is an item with its text as summary and its signature as <c>encrypted_content</c> (<see cref="ResponsesReasoning"/>); text and refusals are parts of messages; each call is
/// an item, open until the end, because arguments of parallel calls may come in turns. Responses knows one choice alone: what other choices say is left out.
/// </para>
/// One instance serves one answer at a time; <see cref="Begin"/> makes it ready for the next.
/// </summary>
public abstract partial class ResponsesAnswerEncoder : IChatEncoder
{
    // Items that are kept for the next answer: an agent's turn has a handful.
    private const int Keep = 32;

    private readonly bool _isStream;
    private readonly List<ResponsesItem> _items = [];

    // Those of the items that are calls: messages and reasoning may be many more.
    private readonly List<ResponsesItem> _calls = [];
    private readonly ByteBuffer _id = new();
    private readonly ByteBuffer _stem = new();
    private readonly ByteBuffer _model = new();
    private readonly ByteBuffer _tier = new();
    private readonly ByteBuffer _detail = new();
    private readonly ByteBuffer _scratch = new();
    private IBufferWriter<byte> _output = null!;
    private ChatOutput _settings;
    private long _created;
    private Usage _usage;
    private FinishReason _reason;
    private int _count;
    private int _open;

    // Of all text, in UTF-16 units.
    private int _units;
    private long _sequence;
    private bool _closed;

    private protected ResponsesAnswerEncoder(bool isStream) => _isStream = isStream;

    public ProviderError? Failure { get; private set; }

    public bool IsWritten => _closed && Failure is null;

    /// <summary>Raw JSON members that stand at the end of the final response object, e.g. <c>"x_edge":{...}</c>; empty = none. May be set until <see cref="End"/>.</summary>
    public ReadOnlyMemory<byte> FinalMembers { get; set; }

    /// <summary>Starts an answer.</summary>
    /// <param name="output">Takes each event as soon as it is complete, or the whole JSON at <see cref="End"/>.</param>
    /// <param name="settings">What the provider does not say; <see cref="ChatOutput.Echo"/> as <see cref="ResponsesEcho"/> writes it.</param>
    public void Begin(IBufferWriter<byte> output, in ChatOutput settings)
    {
        _output = output;
        _settings = settings;
        _usage = new();
        _reason = FinishReason.None;
        _detail.Clear();
        if (_items.Count > Keep) _items.RemoveRange(Keep, _items.Count - Keep);
        _count = 0;
        _units = 0;
        _calls.Clear();
        _open = -1;
        _sequence = 0;
        _closed = false;
        Failure = null;
        FinalMembers = default;
        Head(default);
    }

    public void Start(in ChatStart start) => Head(start);

    public void Text(int choice, JsonText text)
    {
        if (choice != 0 || _closed) return;
        var part = MessagePart(isRefusal: false);
        text.WriteEscaped(part.Text);
        var units = Anthropic.AnthropicText.Utf16Length(text);
        part.Units += units;
        _units += units;
        if (!_isStream) return;
        var json = Delta("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\""u8, part, text);
        json.Raw("\",\"logprobs\":[]}\n\n"u8);
        json.Flush();
    }

    public void Refusal(int choice, JsonText text)
    {
        if (choice != 0 || _closed) return;
        var part = MessagePart(isRefusal: true);
        text.WriteEscaped(part.Text);
        if (!_isStream) return;
        var json = Delta("event: response.refusal.delta\ndata: {\"type\":\"response.refusal.delta\""u8, part, text);
        json.Raw("\"}\n\n"u8);
        json.Flush();
    }

    public void Thinking(int choice, JsonText text)
    {
        if (choice != 0 || _closed) return;
        var item = OpenItem(ResponsesItemKind.Reasoning);
        var part = item.PartCount > 0 ? item.Last : AddSummary(item);
        text.WriteEscaped(part.Text);
        if (!_isStream) return;
        var json = Delta("event: response.reasoning_summary_text.delta\ndata: {\"type\":\"response.reasoning_summary_text.delta\""u8, part, text);
        json.Raw("\"}\n\n"u8);
        json.Flush();
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        if (choice != 0 || _closed) return;
        var item = OpenItem(ResponsesItemKind.Reasoning);
        item.Data.Append(ResponsesReasoning.Mark(signature, out var rest));
        rest.WriteEscaped(item.Data);
        // Signed is closed: what comes next is another block's.
        CloseOpen();
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        if (choice != 0 || _closed) return;
        CloseOpen();
        var item = OpenItem(ResponsesItemKind.Reasoning);
        item.Data.Append(ResponsesReasoning.Redacted);
        data.WriteEscaped(item.Data);
        CloseOpen();
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        if (choice != 0 || _closed) return;
        CloseOpen();
        var isCustom = CustomTools.IsDeclared(_settings.Echo.Span, name, _scratch);
        var item = Add(isCustom ? ResponsesItemKind.CustomCall : ResponsesItemKind.FunctionCall);
        item.Call = call;
        _calls.Add(item);
        if (id.IsEmpty)
        {
            item.CallId.Append("call_"u8);
            item.CallId.Append(item.Id.Span[3..]);
        }
        id.WriteEscaped(item.CallId);
        name.WriteEscaped(item.Name);
        PlaceOf(item, item.AddPart(), default);
        Announce(item);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        if (choice != 0 || _closed || CallOf(call) is not { } item) return;
        var part = item.Last;
        fragment.WriteEscaped(part.Text);
        if (!_isStream || item.Kind == ResponsesItemKind.CustomCall) return;
        var json = Delta("event: response.function_call_arguments.delta\ndata: {\"type\":\"response.function_call_arguments.delta\""u8, part, fragment);
        json.Raw("\"}\n\n"u8);
        json.Flush();
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
        if (choice != 0 || _closed || CallOf(call) is not { } bound) return;
        CloseOpen();
        var item = OpenItem(ResponsesItemKind.Reasoning);
        ResponsesReasoning.WriteCallMark(item.Data, bound.CallId.Span);
        signature.WriteEscaped(item.Data);
        CloseOpen();
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
        if (choice != 0 || _closed || tokens.IsEmpty || OpenText() is not { } part) return;
        if (part.Logprobs.Length > 0) part.Logprobs.Append(","u8);
        part.Logprobs.Append(tokens);
        if (!_isStream) return;
        // They come behind their text, whose delta is gone by then, so they go in one that adds no text.
        var json = Delta("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\""u8, part, default, tokens.Length);
        json.Raw("\",\"logprobs\":["u8);
        json.Raw(tokens);
        json.Raw("]}\n\n"u8);
        json.Flush();
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        // A sound has no place among the output items.
        if (choice != 0 || _closed || !mediaType.Bytes.StartsWith("image"u8)) return;
        CloseOpen();
        var item = Add(ResponsesItemKind.Image);
        Announce(item);
        data.WriteEscaped(item.Data);
        CloseItem(item);
    }

    public void ServiceTier(JsonText tier)
    {
        _tier.Clear();
        tier.WriteEscaped(_tier);
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        if (choice != 0) return;
        _reason = reason;
        _detail.Clear();
        detail.WriteEscaped(_detail);
    }

    /// <summary>Ends a stream with <c>error</c> and <c>response.failed</c>, as OpenAI does; of a whole answer nothing is written.</summary>
    public void Error(ProviderError error)
    {
        if (_closed) return;
        if (_isStream) Failed(error);
        _closed = true;
        Failure = error;
    }

    public void End()
    {
        if (_closed) return;
        var reason = ResponsesText.Incomplete(_reason, _detail.Span);
        if (!reason.IsEmpty && _count > 0) _items[_count - 1].IsIncomplete = _items[_count - 1].IsOpen;
        CloseOpen();
        for (var i = 0; i < _count; i++)
        {
            if (_items[i].IsOpen) CloseItem(_items[i]);
        }
        if (_isStream) Completed(reason);
        else
        {
            var json = new JsonOut(_output, 2048);
            Response(ref json, reason.IsEmpty ? "completed"u8 : "incomplete"u8, isFinal: true, reason, null);
            json.Flush();
        }
        _closed = true;
    }

    private void Head(in ChatStart start)
    {
        _id.Clear();
        _stem.Clear();
        _model.Clear();
        _tier.Clear();
        _created = start.Created > 0 ? start.Created : _settings.Created;
        // The provider's id keeps the answer traceable in the provider's logs; a client may look at the prefix.
        var id = start.Id.IsEmpty ? JsonText.Plain(_settings.FallbackId.Span) : start.Id;
        if (id.Bytes.StartsWith("resp_"u8)) id = new JsonText(id.Bytes["resp_".Length..], id.IsEscaped);
        id.WriteEscaped(_stem);
        _id.Append("resp_"u8);
        _id.Append(_stem.Span);
        (start.Model.IsEmpty ? JsonText.Plain(_settings.FallbackModel.Span) : start.Model).WriteEscaped(_model);
        start.ServiceTier.WriteEscaped(_tier);
    }

    private ResponsesItem Add(ResponsesItemKind kind)
    {
        if (_count == _items.Count) _items.Add(new ResponsesItem());
        var item = _items[_count];
        item.Clear(kind, _count);
        var json = new JsonOut(item.Id);
        json.Raw(kind switch
        {
            ResponsesItemKind.Message => "msg_"u8,
            ResponsesItemKind.Reasoning => "rs_"u8,
            ResponsesItemKind.FunctionCall => "fc_"u8,
            ResponsesItemKind.CustomCall => "ct_"u8,
            _ => "ig_"u8,
        });
        json.Raw(_stem.Span);
        json.Raw("_"u8);
        json.Number(_count++);
        json.Flush();
        return item;
    }

    // A message or a reasoning: one of them at most is open, while calls stay open beside it.
    private ResponsesItem OpenItem(ResponsesItemKind kind)
    {
        if (_open >= 0 && _items[_open].Kind == kind) return _items[_open];
        CloseOpen();
        var item = Add(kind);
        _open = _count - 1;
        Announce(item);
        return item;
    }

    private ResponsesPart MessagePart(bool isRefusal)
    {
        var item = OpenItem(ResponsesItemKind.Message);
        if (item.PartCount > 0)
        {
            if (item.Last.IsRefusal == isRefusal) return item.Last;
            if (_isStream) EndContent(item);
        }
        var part = item.AddPart();
        part.IsRefusal = isRefusal;
        part.Before = _units;
        PlaceOf(item, part, ",\"content_index\":"u8);
        if (_isStream) AnnounceContent(part);
        return part;
    }

    private ResponsesPart AddSummary(ResponsesItem item)
    {
        var part = item.AddPart();
        PlaceOf(item, part, ",\"summary_index\":"u8);
        if (_isStream) AnnounceSummary(part);
        return part;
    }

    private ResponsesPart? OpenText() =>
        _open >= 0 && _items[_open] is { Kind: ResponsesItemKind.Message, PartCount: > 0 } item && !item.Last.IsRefusal ? item.Last : null;

    private ResponsesPart? LastText()
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_items[i] is { Kind: ResponsesItemKind.Message, PartCount: > 0 } item && !item.Last.IsRefusal) return item.Last;
        }
        return null;
    }

    private ResponsesItem? CallOf(int call)
    {
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            if (_calls[i].Call == call) return _calls[i];
        }
        return null;
    }

    private static void PlaceOf(ResponsesItem item, ResponsesPart part, ReadOnlySpan<byte> index)
    {
        var json = new JsonOut(part.Head);
        json.Raw(",\"item_id\":\""u8);
        json.Raw(item.Id.Span);
        json.Raw("\",\"output_index\":"u8);
        json.Number(item.Index);
        if (!index.IsEmpty)
        {
            json.Raw(index);
            json.Number(item.PartCount - 1);
        }
        json.Flush();
    }

    private void CloseOpen()
    {
        if (_open < 0) return;
        var item = _items[_open];
        _open = -1;
        CloseItem(item);
    }

    private void CloseItem(ResponsesItem item)
    {
        if (item.Kind == ResponsesItemKind.CustomCall) CustomTools.Unwrap(item.Last.Text, _scratch);
        item.IsOpen = false;
        if (_isStream) EndItem(item);
        else if (item.Kind == ResponsesItemKind.FunctionCall) FillArguments(item);
    }

    // A call without arguments: clients parse them, and nothing is no JSON.
    private static bool FillArguments(ResponsesItem call)
    {
        if (call.Last.Text.Length > 0 || call.IsIncomplete) return false;
        call.Last.Text.Append("{}"u8);
        return true;
    }
}
