using System.Runtime.CompilerServices;
using System.Text;
using Edge.Simd.Text;

namespace Edge.Guard.Injection;

/// <summary>Who looks at the windows of a text: the detector, and the training.</summary>
internal interface IWindowVisitor
{
    /// <param name="window">Folded text.</param>
    /// <param name="tokens">Its words.</param>
    /// <param name="start">Where the window begins in the chunk, folded.</param>
    void Visit(scoped ReadOnlySpan<byte> window, scoped ReadOnlySpan<Token> tokens, int start);
}

/// <summary>
/// Cuts out of a text what is worth a closer look: the surroundings of the triggers. Text without any is passed over at the speed of one search for literals.
/// </summary>
internal static class TriggerWindows
{
    // An order fits in a window with what leads up to it; a longer one would let the words of a document drown it.
    private const int Before = 160, Size = 640;

    // Triggers so near to the end of a window begin another one: what they lead to has not been seen.
    private const int Tail = 160;

    private static readonly MultiLiteral _triggers = new(Lexicon.Triggers, ignoreCase: true);

    // Fewer literals are a faster search, and most text is ASCII.
    private static readonly MultiLiteral _asciiTriggers = new([.. Lexicon.Triggers.Where(t => Ascii.IsValid(t))], ignoreCase: true);

    private static readonly MultiLiteral _plainTriggers = new(Plain, ignoreCase: true, atWordStarts: true);

    /// <summary>What is looked for in text that needed no folding. Only where words begin: there the words of a window are looked up, and an order whose words are glued together needs folding.</summary>
    public static byte[][] Plain => [.. Lexicon.Triggers.Where(t => Ascii.IsValid(t))];

    /// <summary>Visits the windows of a chunk that is ASCII and needed no folding.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="from">No trigger begins before.</param>
    /// <param name="visitor">Who looks at them.</param>
    /// <returns>How many there were.</returns>
    public static int VisitPlain<TVisitor>(ReadOnlySpan<byte> chunk, int from, ref TVisitor visitor)
        where TVisitor : IWindowVisitor, allows ref struct => Visit(chunk, _plainTriggers, from, ref visitor);

    /// <summary>Visits the windows of a chunk that was folded, or decoded.</summary>
    /// <returns>How many there were.</returns>
    public static int Visit<TVisitor>(ReadOnlySpan<byte> chunk, ref TVisitor visitor)
        where TVisitor : IWindowVisitor, allows ref struct => Visit(chunk, Ascii.IsValid(chunk) ? _asciiTriggers : _triggers, 0, ref visitor);

    [SkipLocalsInit]
    private static int Visit<TVisitor>(ReadOnlySpan<byte> chunk, MultiLiteral triggers, int from, ref TVisitor visitor)
        where TVisitor : IWindowVisitor, allows ref struct
    {
        var hit = triggers.Find(chunk, from, out _);
        return hit < 0 ? 0 : VisitFrom(chunk, triggers, hit, ref visitor);
    }

    // By itself: room for windows is not made for text without any.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int VisitFrom<TVisitor>(ReadOnlySpan<byte> chunk, MultiLiteral triggers, int hit, ref TVisitor visitor)
        where TVisitor : IWindowVisitor, allows ref struct
    {
        Span<byte> folded = stackalloc byte[Size];
        Span<Token> tokens = stackalloc Token[Tokens.Max];
        var count = 0;
        for (; hit >= 0; count++)
        {
            var start = WordBorder(chunk, Math.Max(0, hit - Before));
            var length = Math.Min(Size, chunk.Length - start);
            AsciiFold.ToLower(chunk.Slice(start, length), folded);
            var atLineStart = start == 0 || chunk[start - 1] == '\n';
            var tokenCount = Tokens.Cut(folded[..length], atLineStart, tokens);
            visitor.Visit(folded[..length], tokens[..tokenCount], start);
            if (start + length == chunk.Length)
            {
                count++;
                break;
            }
            hit = triggers.Find(chunk, Math.Max(hit + 1, start + length - Tail), out _);
        }
        return count;
    }

    // Not in the middle of a word or of a character, unless it is a very long one.
    private static int WordBorder(ReadOnlySpan<byte> text, int at)
    {
        if (at == 0) return 0;
        for (var i = at; i < Math.Min(text.Length, at + 32); i++)
        {
            if (text[i] <= ' ') return i + 1;
        }
        while (at < text.Length && (text[at] & 0xc0) == 0x80) at++;
        return at;
    }
}
