namespace Edge.Guard.Restore;

/// <summary>
/// In how many JSON strings a place of a text stands, one inside the other: a value that is put there is escaped as often. Fed with the text as it comes; a state machine, so that no cut changes its answer.
/// </summary>
/// <remarks>
/// The rule. A text is JSON where it is known to be (a call's arguments) or begins so: an object's first name, or an array that begins with a string, an object or such an array (<c>[1]</c> is a footnote). It may begin at
/// the beginning of the text, behind a JSON value that ended, or behind the first line of a Markdown fence; a string inside it may be JSON in its turn by the same rule. What is no JSON counts as prose until the next fence: a
/// quotation mark in prose begins no string. A client that asked for JSON need not be believed: its answer then begins so.
/// </remarks>
internal struct JsonNesting
{
    /// <summary>JSON inside of JSON inside of ...: of what is nested deeper the strings around count no more.</summary>
    public const int MaxLevels = 4;

    private enum Look : byte
    {
        // Before the first character that says what it is.
        Start,
        Object,
        Array,
        Json,
        Prose,

        // Behind three backticks, before the end of the line.
        Fence,
    }

    private enum Escape : byte
    {
        None,
        Begun,

        // Four digits follow, three, two, one.
        Four,
        Three,
        Two,
        One,
    }

    private struct Level
    {
        public Look Look;
        public bool InString, IsKnown;
        public byte Ticks;
        public int Open;

        // Of its string's content, which is the next level's text.
        public Escape Escape;
        public int Code;
    }

    [System.Runtime.CompilerServices.InlineArray(MaxLevels)]
    private struct Levels
    {
        private Level _first;
    }

    private Levels _levels;
    private Escape _escape;
    private int _code;

    /// <param name="isJson">The text is known to be JSON.</param>
    public void Begin(bool isJson)
    {
        this = default;
        _levels[0].IsKnown = isJson;
        if (isJson) _levels[0].Look = Look.Json;
    }

    /// <summary>JSON strings around the place behind what was fed, that of the text itself not counted.</summary>
    public readonly int Depth
    {
        get
        {
            var depth = 0;
            while (depth < MaxLevels && _levels[depth].InString) depth++;
            return depth;
        }
    }

    /// <summary>The next bit of a text, as it stands in a JSON string.</summary>
    public void FeedEscaped(ReadOnlySpan<byte> raw)
    {
        foreach (var b in raw)
        {
            if (TryUnescape(ref _escape, ref _code, b, out var c)) Push(0, c);
        }
    }

    /// <summary>The next bit of a text.</summary>
    public void Feed(ReadOnlySpan<byte> text)
    {
        foreach (var b in text) Push(0, b);
    }

    private void Push(int at, byte c)
    {
        while (true)
        {
            ref var level = ref _levels[at];
            if (!level.InString)
            {
                Read(ref level, c, at);
                return;
            }
            if (c == '"' && level.Escape == Escape.None)
            {
                level.InString = false;
                return;
            }
            // No JSON string has a line break: it was none.
            if (c == '\n' && !level.IsKnown)
            {
                level.InString = false;
                level.Look = Look.Prose;
                return;
            }
            if (!TryUnescape(ref level.Escape, ref level.Code, c, out c) || ++at == MaxLevels) return;
        }
    }

    private void Read(ref Level level, byte c, int at)
    {
        if (level.Look == Look.Fence)
        {
            if (c == '\n') (level.Look, level.Ticks) = (Look.Start, 0);
            return;
        }
        level.Ticks = c == '`' ? (byte)(level.Ticks + 1) : (byte)0;
        if (c == '`')
        {
            if (!level.IsKnown) (level.Look, level.Open) = (level.Ticks == 3 ? Look.Fence : Look.Prose, 0);
            return;
        }
        if (level.Look == Look.Prose || c is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') return;
        switch (c)
        {
            case (byte)'"' when level.Look != Look.Start:
                level.Look = Look.Json;
                level.InString = true;
                level.Escape = Escape.None;
                if (at + 1 < MaxLevels) _levels[at + 1] = default;
                break;
            case (byte)'{' when level.Look != Look.Object:
                level.Open++;
                if (level.Look != Look.Json) level.Look = Look.Object;
                break;
            case (byte)'[' when level.Look != Look.Object:
                level.Open++;
                if (level.Look != Look.Json) level.Look = Look.Array;
                break;
            case (byte)'}' or (byte)']' when level.Look == Look.Json:
                if (--level.Open <= 0 && !level.IsKnown) (level.Look, level.Open) = (Look.Start, 0);
                break;
            default:
                if (level.Look != Look.Json) (level.Look, level.Open) = (Look.Prose, 0);
                break;
        }
    }

    // False: an escape is not whole. What is not of ASCII says nothing here.
    private static bool TryUnescape(ref Escape state, ref int code, byte b, out byte c)
    {
        c = b;
        switch (state)
        {
            case Escape.None:
                if (b != '\\') return true;
                state = Escape.Begun;
                return false;
            case Escape.Begun:
                (state, code) = (b == 'u' ? Escape.Four : Escape.None, 0);
                c = b switch { (byte)'n' => (byte)'\n', (byte)'r' => (byte)'\r', (byte)'t' => (byte)'\t', (byte)'b' => (byte)'\b', (byte)'f' => (byte)'\f', _ => b };
                return b != 'u';
            default:
                code = (code << 4) | (char.IsAsciiHexDigit((char)b) ? (b & 15) + (b > '9' ? 9 : 0) : 0);
                state = state == Escape.One ? Escape.None : state + 1;
                c = code is > 0 and < 0x80 ? (byte)code : (byte)0x80;
                return state == Escape.None;
        }
    }
}
