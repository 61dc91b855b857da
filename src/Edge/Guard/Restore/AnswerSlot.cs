namespace Edge.Guard.Restore;

/// <summary>One of the texts that an answer says bit by bit: a choice's content, its reasoning, the arguments of a call.</summary>
/// <param name="Kind">What it is; each dialect has its own numbers.</param>
/// <param name="Group">The choice, block or output item that it belongs to: they end together.</param>
/// <param name="Part">Which of several of its kind.</param>
internal readonly record struct SlotKey(int Kind, int Group, int Part);

/// <summary>What a text's filter must know from one event to the next. Used again for other texts.</summary>
internal sealed class AnswerSlot
{
    private const int HeadSize = 48;

    private readonly byte[] _head = new byte[HeadSize];
    private byte[] _held = [];
    private int _headLength;

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
        _headLength = HeldLength = 0;
        Event.Clear();
    }

    /// <summary>Nothing of the text stays in memory.</summary>
    public void Clear()
    {
        _held.AsSpan(0, HeldLength).Clear();
        _head.AsSpan(0, _headLength).Clear();
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

    /// <summary>Keeps how the text begins.</summary>
    public void Look(ReadOnlySpan<byte> text)
    {
        var more = Math.Min(HeadSize - _headLength, text.Length);
        if (more <= 0) return;
        text[..more].CopyTo(_head.AsSpan(_headLength));
        _headLength += more;
    }

    /// <summary>The text itself is JSON: it begins so.</summary>
    public bool SaysJson => JsonLook.IsJson(_head.AsSpan(0, _headLength));
}

/// <summary>
/// Whether a model's text is JSON in its turn, so that a value in it needs escaping twice. It matters for values with quotes, backslashes or line breaks alone. Told by how the text begins: an object's first name, an array's
/// first value that prose does not begin with (<c>[1]</c> is a footnote), in a Markdown fence or not. A client that asked for JSON need not be believed: the answer then begins so.
/// </summary>
internal static class JsonLook
{
    /// <param name="head">The first bytes between the string's quotes, escapes as they stand.</param>
    public static bool IsJson(ReadOnlySpan<byte> head)
    {
        head = SkipSpace(head);
        var fence = head.StartsWith("```"u8) ? 3 : head.StartsWith("\\u0060\\u0060\\u0060"u8) ? 18 : 0;
        if (fence > 0)
        {
            head = head[fence..];
            if (head.StartsWith("json"u8)) head = head[4..];
            head = SkipSpace(head);
        }
        if (head.IsEmpty) return false;
        var isObject = head[0] == '{';
        if (!isObject && head[0] != '[') return false;
        head = SkipSpace(head[1..]);
        return head.StartsWith("\\\""u8) || head.StartsWith("\\u0022"u8) || (!isObject && !head.IsEmpty && head[0] is (byte)'{' or (byte)'[' && IsJson(head));
    }

    private static ReadOnlySpan<byte> SkipSpace(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            if (text.StartsWith(" "u8)) text = text[1..];
            else if (text.Length > 1 && text[0] == '\\' && text[1] is (byte)'n' or (byte)'r' or (byte)'t') text = text[2..];
            else return text;
        }
    }
}
