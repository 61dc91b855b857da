using System.Buffers;
using Edge.Providers;
using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Guard.Restore;

internal sealed partial class AnswerFilter
{
    // As for whole answers.
    private const int MaxDepth = 256, MaxTokens = 8_000_000;

    private readonly JsonIndex _index = new();
    private ArrayBufferWriter<byte> _edited = new(256), _before = new(256);
    private IBufferWriter<byte> _target = null!;
    private int _copied;
    private bool _isLast;
    private long _number;
    private int _added;

    /// <summary>An event of a stream that passes through. Where nothing changes, it passes as the bytes that came; a rest that was held goes before the event that ends its text.</summary>
    /// <param name="wire">The event.</param>
    /// <param name="output">Takes what the client gets.</param>
    public void Event(in WireEvent wire, IBufferWriter<byte> output)
    {
        // With values every event is read: how one text ends tells what the next may begin with.
        if (!wire.HasData || (_guard is null && _vault.IsEmpty))
        {
            output.Write(wire.Raw);
            return;
        }
        var data = wire.Data;
        if (!_index.TryBuild(data, MaxDepth, MaxTokens, out _))
        {
            if (data.SequenceEqual("[DONE]"u8)) End(output);
            if (Blocked is not null) return;
            output.Write(wire.Raw);
            return;
        }
        _before.ResetWrittenCount();
        _edited.ResetWrittenCount();
        _target = _edited;
        _copied = 0;
        _isLast = false;
        if (Blocked is not null) return;
        var root = new JsonValue(data, _index.Tokens);
        switch (_dialect)
        {
            case Dialect.Anthropic:
                MessagesEvent(data, root);
                break;
            case Dialect.Responses:
                ResponsesEvent(data, root, wire.Type);
                break;
            default:
                ChatEvent(data, root);
                break;
        }
        // What was found in this event may stand in it anywhere.
        if (Blocked is not null) return;
        output.Write(_before.WrittenSpan);
        if (_copied == 0) output.Write(wire.Raw);
        else Splice(wire, output);
    }

    /// <summary>The stream is over: what is held goes out as events of its own.</summary>
    public void End(IBufferWriter<byte> output)
    {
        if (_openBytes == 0) return;
        _before.ResetWrittenCount();
        EndTexts(null);
        output.Write(_before.WrittenSpan);
    }

    private void ClearEvents()
    {
        _added = 0;
        _number = 0;
        _index.Clear();
        Wipe(ref _edited);
        Wipe(ref _before);
        _target = null!;
    }

    private void Splice(in WireEvent wire, IBufferWriter<byte> output)
    {
        if (wire.Raw.Overlaps(wire.Data, out var at))
        {
            output.Write(wire.Raw[..at]);
            output.Write(_edited.WrittenSpan);
            output.Write(wire.Data[_copied..]);
            output.Write(wire.Raw[(at + wire.Data.Length)..]);
            return;
        }
        // Its data came in several lines. Between values a line feed says nothing, and in a string there is none.
        if (!wire.Type.IsEmpty)
        {
            output.Write("event: "u8);
            output.Write(wire.Type);
            output.Write("\n"u8);
        }
        output.Write("data: "u8);
        foreach (var b in _edited.WrittenSpan) output.Write([b == '\n' ? (byte)' ' : b]);
        foreach (var b in wire.Data[_copied..]) output.Write([b == '\n' ? (byte)' ' : b]);
        output.Write("\n\n"u8);
    }

    // A string of the data: the next bit of a text, or without slot a whole one.
    private void Text(ReadOnlySpan<byte> data, JsonToken token, AnswerSlot? slot, int depth, bool isSaid = false)
    {
        _text.ResetWrittenCount();
        var text = data.Slice(token.Start, token.Length);
        if (!(!isSaid ? Next(slot, text, depth, _isLast, _text) : _isCited ? NextCited(text, _text) : NextSaid(text, depth, _text))) return;
        _target.Write(data[_copied..token.Start]);
        _target.Write(_text.WrittenSpan);
        _copied = token.Start + token.Length;
    }

    private void AnyMember(ReadOnlySpan<byte> data, in JsonValue.Member member, bool isSaid = false)
    {
        Text(data, member.NameToken, null, 1);
        var name = member.Name;
        // The tokens that the model produced: a placeholder is spread over several.
        if (member.Value.Kind is JsonKind.Object or JsonKind.Array && name.Is("logprobs"u8))
        {
            if (!HidesLogprobs) return;
            var token = member.Value.Token;
            _target.Write(data[_copied..token.Begin]);
            _target.Write(token.Kind == JsonKind.Array ? "[]"u8 : "null"u8);
            _copied = token.End;
            return;
        }
        _isExact = _dialect == Dialect.Anthropic && name.Is("thinking"u8);
        // An id or a signature is nothing that a model says.
        var wasCited = _isCited;
        if (_guard is not null)
        {
            if (_isCited) isSaid = member.Value.Kind != JsonKind.String || MemberNames.Find(name) != MemberName.NoText;
            else if (!isSaid) isSaid = IsSaid(name, member.Value.Kind) || (_isCited = IsCitation(name));
        }
        Any(data, member.Value, name.Is("arguments"u8) || name.Is("partial_json"u8) ? 2 : 1, isSaid);
        _isExact = false;
        _isCited = wasCited;
    }

    // What an answer tells of its sources; search_results and citations at the top are those of Perplexity and xAI.
    private static bool IsCitation(JsonText name) => name.Is("annotations"u8) || name.Is("annotation"u8) || name.Is("citations"u8) || name.Is("citation"u8) || name.Is("search_results"u8);

    private static bool IsSaid(JsonText name, JsonKind kind) => kind switch
    {
        JsonKind.String => name.Is("text"u8) || name.Is("content"u8) || name.Is("arguments"u8) || name.Is("refusal"u8) || name.Is("reasoning"u8) || name.Is("reasoning_content"u8) || name.Is("thinking"u8)
            || name.Is("transcript"u8) || name.Is("summary"u8) || name.Is("input"u8) || name.Is("code"u8) || name.Is("partial_json"u8) || name.Is("delta"u8),
        JsonKind.Object => name.Is("input"u8),
        _ => false,
    };

    // What is no text that goes on: every string of it is whole.
    private void Any(ReadOnlySpan<byte> data, JsonValue value, int depth = 1, bool isSaid = false)
    {
        switch (value.Kind)
        {
            case JsonKind.String:
                Text(data, value.Token, null, depth, isSaid);
                break;
            case JsonKind.Object:
                foreach (var member in value.Members) AnyMember(data, member, isSaid);
                break;
            case JsonKind.Array:
                foreach (var element in value.Elements) Any(data, element, depth, isSaid);
                break;
        }
    }

    // What is held of a group's texts, or of all, as events before this one.
    private void EndTexts(int? group)
    {
        if (_openBytes == 0) return;
        foreach (var (key, slot) in _slots)
        {
            if (slot.Open > 0 && (group is not { } one || key.Group == one)) EndText(slot);
            if (Blocked is not null) return;
        }
    }

    private void EndText(AnswerSlot slot)
    {
        _held.ResetWrittenCount();
        Flush(slot, _held);
        if (_held.WrittenCount == 0 || Blocked is not null) return;
        slot.Event.Write(_before, _held.WrittenSpan, _number + _added);
        _added += _dialect == Dialect.Responses ? 1 : 0;
    }

    private static int IndexOf(JsonValue value) => value.TryGetInt64(out var number) && number is >= 0 and <= int.MaxValue ? (int)number : 0;
}
