using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Guard.Restore;

/// <summary>Restores a translated answer, event by event, before the encoder of the client's dialect sees it; so what the encoder adds up for a last event is restored, too.</summary>
internal sealed class FilteredEncoder(AnswerFilter filter) : IChatEncoder
{
    private enum Kind
    {
        Text,
        Refusal,
        Thinking,
        Arguments,
    }

    // Besides Escape's result, the text that was restored from it.
    private ArrayBufferWriter<byte> _text = new(256), _escaped = new(256), _title = new(64), _cited = new(64), _url = new(64);
    private readonly List<AnswerSlot> _open = [];
    private IChatEncoder _encoder = null!;
    private bool _isSigned;

    /// <param name="encoder">Takes what is restored.</param>
    /// <param name="isSigned">The provider checks the reasoning that comes back to it.</param>
    public FilteredEncoder Begin(IChatEncoder encoder, bool isSigned)
    {
        Clear();
        _isSigned = isSigned;
        _encoder = encoder;
        return this;
    }

    public void Clear()
    {
        _open.Clear();
        AnswerFilter.Wipe(ref _text);
        AnswerFilter.Wipe(ref _escaped);
        AnswerFilter.Wipe(ref _title);
        AnswerFilter.Wipe(ref _cited);
        AnswerFilter.Wipe(ref _url);
        _encoder = null!;
    }

    public ProviderError? Failure => _encoder.Failure;

    public bool IsWritten => _encoder.IsWritten;

    public void Begin(IBufferWriter<byte> output, in ChatOutput settings) => _encoder.Begin(output, settings);

    public void Start(in ChatStart start) => _encoder.Start(start);

    public void Text(int choice, JsonText text)
    {
        EndOthers(choice, Kind.Text);
        if (Next(Kind.Text, choice, 0, ref text)) _encoder.Text(choice, text);
    }

    public void Refusal(int choice, JsonText text)
    {
        EndOthers(choice, Kind.Refusal);
        if (Next(Kind.Refusal, choice, 0, ref text)) _encoder.Refusal(choice, text);
    }

    public void Thinking(int choice, JsonText text)
    {
        EndOthers(choice, Kind.Thinking);
        if (Next(Kind.Thinking, choice, 0, ref text)) _encoder.Thinking(choice, text);
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        EndOthers(choice, null);
        _encoder.ThinkingSignature(choice, signature);
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        EndOthers(choice, null);
        _encoder.RedactedThinking(choice, data);
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        // Calls may come side by side, so the arguments of another are not over.
        EndOthers(choice, Kind.Arguments);
        _encoder.ToolCallStart(choice, call, id, name);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        EndOthers(choice, Kind.Arguments);
        if (Next(Kind.Arguments, choice, call, ref fragment)) _encoder.ToolCallArguments(choice, call, fragment);
    }

    public void ToolCallSignature(int choice, int call, JsonText signature) => _encoder.ToolCallSignature(choice, call, signature);

    public void Citation(int choice, in ChatCitation citation)
    {
        EndOthers(choice, null);
        // A place that was counted with placeholders in the text would point elsewhere.
        var isMoved = filter.Slot((int)Kind.Text, choice, 0, 1) is { IsChanged: true };
        var url = Cited(citation.Url, _url);
        var title = Cited(citation.Title, _title);
        var cited = Cited(citation.CitedText, _cited);
        if (filter.Blocked is not null) return;
        _encoder.Citation(choice, new ChatCitation
        {
            Url = url,
            Title = title,
            CitedText = cited,
            Start = isMoved ? -1 : citation.Start,
            End = isMoved ? -1 : citation.End,
            Document = citation.Document,
            SourceId = citation.SourceId,
            Place = citation.Place,
            From = citation.From,
            To = citation.To,
        });
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
        if (!filter.HidesLogprobs) _encoder.Logprobs(choice, tokens);
    }

    public void Media(int choice, JsonText mediaType, JsonText data) => _encoder.Media(choice, mediaType, data);

    public void Usage(in Usage usage) => _encoder.Usage(usage);

    public void ServiceTier(JsonText tier) => _encoder.ServiceTier(tier);

    public void Finish(int choice, FinishReason reason, JsonText stopSequence)
    {
        EndOthers(choice, null);
        // What the policy does not let the model say is no answer, however it ends.
        if (filter.Blocked is not null) return;
        _encoder.Finish(choice, reason, Whole(stopSequence, _title));
    }

    public void Error(ProviderError error)
    {
        EndAll();
        _encoder.Error(error with { Message = filter.Restore(error.Message) });
    }

    public void End()
    {
        EndAll();
        if (filter.Blocked is null) _encoder.End();
    }

    // False: all of it is held back.
    private bool Next(Kind kind, int choice, int part, ref JsonText text)
    {
        var slot = filter.Slot((int)kind, choice, part, kind == Kind.Arguments ? 2 : 1, isExact: kind == Kind.Thinking && _isSigned);
        var escaped = Escape(text);
        _text.ResetWrittenCount();
        if (slot is null ? filter.NextSaid(escaped, kind == Kind.Arguments ? 2 : 1, _text) : filter.Next(slot, escaped, slot.Depth, isLast: false, _text))
        {
            // An empty bit of text that came as such goes on.
            if ((_text.WrittenCount == 0 && !text.IsEmpty) || filter.Blocked is not null)
            {
                Remember(slot);
                return false;
            }
            text = new JsonText(_text.WrittenSpan, _text.WrittenSpan.Contains((byte)'\\'));
        }
        Remember(slot);
        return true;
    }

    private void Remember(AnswerSlot? slot)
    {
        if (slot is not { Open: > 0 }) return;
        foreach (var open in _open)
        {
            if (ReferenceEquals(open, slot)) return;
        }
        _open.Add(slot);
    }

    // The other texts of a choice end where the next one begins; null: all of them do.
    private void EndOthers(int choice, Kind? kind)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var slot = _open[i];
            if (slot.Key.Group != choice || (kind is { } same && slot.Key.Kind == (int)same)) continue;
            _open.RemoveAt(i);
            Flush(slot);
        }
    }

    private void EndAll()
    {
        foreach (var slot in _open) Flush(slot);
        _open.Clear();
    }

    private void Flush(AnswerSlot slot)
    {
        if (slot.Open == 0) return;
        _text.ResetWrittenCount();
        filter.Flush(slot, _text);
        if (_text.WrittenCount == 0 || filter.Blocked is not null) return;
        var text = new JsonText(_text.WrittenSpan, _text.WrittenSpan.Contains((byte)'\\'));
        var key = slot.Key;
        switch ((Kind)key.Kind)
        {
            case Kind.Text:
                _encoder.Text(key.Group, text);
                break;
            case Kind.Refusal:
                _encoder.Refusal(key.Group, text);
                break;
            case Kind.Thinking:
                _encoder.Thinking(key.Group, text);
                break;
            default:
                _encoder.ToolCallArguments(key.Group, key.Part, text);
                break;
        }
    }

    private JsonText Whole(JsonText text, ArrayBufferWriter<byte> output)
    {
        if (text.IsEmpty) return text;
        output.ResetWrittenCount();
        return filter.Next(null, Escape(text), 1, isLast: true, output) ? new JsonText(output.WrittenSpan, output.WrittenSpan.Contains((byte)'\\')) : text;
    }

    private JsonText Cited(JsonText text, ArrayBufferWriter<byte> output)
    {
        if (text.IsEmpty) return text;
        output.ResetWrittenCount();
        return filter.NextCited(Escape(text), output) ? new JsonText(output.WrittenSpan, output.WrittenSpan.Contains((byte)'\\')) : text;
    }

    // All text as the inside of a JSON string: then a value is escaped alike, however its decoder read the text.
    private ReadOnlySpan<byte> Escape(JsonText text)
    {
        if (text.IsEscaped || !ValueWriter.NeedsEscape(text.Bytes)) return text.Bytes;
        _escaped.ResetWrittenCount();
        ValueWriter.WriteJson(_escaped, text.Bytes, 1);
        return _escaped.WrittenSpan;
    }
}
