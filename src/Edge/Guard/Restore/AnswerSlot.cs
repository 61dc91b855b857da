namespace Edge.Guard.Restore;

/// <summary>One of the texts that an answer says bit by bit: a choice's content, its reasoning, the arguments of a call.</summary>
/// <param name="Kind">What it is; each dialect has its own numbers.</param>
/// <param name="Group">The choice, block or output item that it belongs to: they end together.</param>
/// <param name="Part">Which of several of its kind.</param>
internal readonly record struct SlotKey(int Kind, int Group, int Part);

/// <summary>What a text's filter must know from one event to the next. Used again for other texts.</summary>
internal sealed class AnswerSlot
{
    private byte[] _held = [];
    private JsonNesting _nesting;

    public SlotKey Key { get; private set; }

    /// <summary>JSON strings around the text: 1, or 2 for JSON that stands in a string.</summary>
    public int Depth { get; private set; }

    /// <summary>Signed: see <see cref="AnswerFilter"/>.</summary>
    public bool IsExact { get; private set; }

    /// <summary>What may be the beginning of a placeholder, as it came; the client has not got it.</summary>
    public ReadOnlySpan<byte> Held => _held.AsSpan(0, HeldLength);

    public int HeldLength { get; private set; }

    /// <summary>The output guard's view of the text; null = there is no such guard.</summary>
    public GuardWindow? Window { get; private set; }

    /// <summary>Bytes that the client has not got although they came.</summary>
    public int Waiting { get; set; }

    /// <summary>The same, and bytes that the client has and that the output guard has not decided about yet.</summary>
    public int Open { get; set; }

    /// <summary>A value was put back here: places in the text that the provider counted are no longer true.</summary>
    public bool IsChanged { get; set; }

    /// <summary>The number of the last event that said some of it.</summary>
    public long LastEvent { get; set; }

    /// <summary>The event that says the rest of the text: what stands before it and behind. Kept while something is held.</summary>
    public SlotEvent Event { get; } = new();

    public void Begin(SlotKey key, int depth, OutputGuard? guard = null, bool isExact = false)
    {
        if (guard is not null) (Window ??= new()).Begin(guard);
        Waiting = Open = 0;
        LastEvent = 0;
        Key = key;
        Depth = depth;
        IsExact = isExact;
        IsChanged = false;
        HeldLength = 0;
        Tail = 0;
        _nesting.Begin(isJson: depth == 2);
        Event.Clear();
    }

    /// <summary>Nothing of the text stays in memory.</summary>
    public void Clear()
    {
        _held.AsSpan(0, HeldLength).Clear();
        Window?.Clear();
        Begin(default, 0);
    }

    public void Hold(ReadOnlySpan<byte> begun)
    {
        if (_held.Length < begun.Length) _held = new byte[Math.Max(64, begun.Length * 2)];
        begun.CopyTo(_held);
        HeldLength = begun.Length;
    }

    public void Release() => HeldLength = 0;

    /// <summary>The last bytes of what was read, eight at most, the last one lowest: what stands before a word tells whether it is one.</summary>
    public ulong Tail { get; set; }

    /// <summary>Text that goes to the client as it came, in its order; asked for where <see cref="JsonStrings"/> will be.</summary>
    public void Track(ReadOnlySpan<byte> text) => _nesting.FeedEscaped(text);

    /// <summary>How many JSON strings are around the place behind what was tracked.</summary>
    public int JsonStrings => 1 + _nesting.Depth;
}
