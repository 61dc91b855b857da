using System.Runtime.CompilerServices;
using System.Text;

namespace Edge.Guard.Injection;

/// <summary>Which classes a word has. One table for all languages; looked up at the beginning of each word.</summary>
internal static partial class Lexicon
{
    private const int Buckets = 2048;

    private readonly record struct Entry(byte[] Text, bool IsStem, WordClass Class);

    // All entries, those of one bucket side by side; _starts[b].._starts[b + 1] are those of bucket b.
    private static readonly Entry[] _entries;
    private static readonly ushort[] _starts = new ushort[Buckets + 1];

    static Lexicon()
    {
        var classes = new Dictionary<(string Text, bool Stem), WordClass>();
        var triggers = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (wordClass, words) in _words)
        {
            foreach (var word in words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                var isTrigger = word.Length > 1 && word[0] == '!';
                // An image's mark begins with an exclamation mark itself: "![".
                if (word == "![") isTrigger = false;
                // Korean hangs its particles on the word.
                var isParticled = word[^1] is >= '\uac00' and <= '\ud7a3';
                var isStem = word.Length > 1 && word[^1] == '*';
                var text = word[(isTrigger ? 1 : 0)..(word.Length - (isStem ? 1 : 0))].Replace('_', ' ').Replace('~', '\n');
                if (wordClass == WordClass.Template && text.Contains("im ", StringComparison.Ordinal)) text = text.Replace(' ', '_');
                if (isTrigger) triggers.Add(text);
                isStem |= isParticled;
                classes[(text, isStem)] = classes.GetValueOrDefault((text, isStem)) | wordClass;
            }
        }
        // One that holds another one finds nothing more.
        Triggers = [.. triggers.Where(t => !triggers.Any(other => other != t && t.Contains(other, StringComparison.Ordinal))).Select(Encoding.UTF8.GetBytes)];
        var entries = classes.Select(e => new Entry(Encoding.UTF8.GetBytes(e.Key.Text), e.Key.Stem, e.Value)).ToList();
        _entries = [.. entries.OrderBy(e => Bucket(e.Text, 0))];
        foreach (var entry in _entries) _starts[Bucket(entry.Text, 0) + 1]++;
        for (var i = 0; i < Buckets; i++) _starts[i + 1] += _starts[i];
    }

    /// <summary>The literals one of which every text holds that is worth a closer look: lower case.</summary>
    public static byte[][] Triggers { get; }

    /// <summary>The classes of the word that begins at a place of a folded text.</summary>
    /// <param name="text">Folded text.</param>
    /// <param name="at">Where the word begins.</param>
    /// <param name="length">The word's bytes: an entry that is longer has several words.</param>
    /// <param name="whole">Whether the script divides words, so that an entry that is no stem must be the whole word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordClass Find(ReadOnlySpan<byte> text, int at, int length, bool whole)
    {
        var result = WordClass.None;
        var bucket = Bucket(text, at);
        for (int i = _starts[bucket], end = _starts[bucket + 1]; i < end; i++)
        {
            ref readonly var entry = ref _entries[i];
            var word = entry.Text;
            if (text.Length - at < word.Length || !text.Slice(at, word.Length).SequenceEqual(word)) continue;
            if (whole && !entry.IsStem && IsWordByte(text, at + word.Length, word[^1])) continue;
            if (word.Length < length && whole && !entry.IsStem) continue;
            result |= entry.Class;
        }
        return result;
    }

    // An entry that ends with punctuation needs no boundary behind it.
    private static bool IsWordByte(ReadOnlySpan<byte> text, int at, byte last) =>
        (char.IsAsciiLetterOrDigit((char)last) || last >= 0x80) && (uint)at < (uint)text.Length && (char.IsAsciiLetterOrDigit((char)text[at]) || text[at] >= 0x80);

    // The first two bytes, since the shortest words have two; behind a lead byte of three the third says more than the first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bucket(ReadOnlySpan<byte> text, int at)
    {
        uint first = text[at], second = at + 1 < text.Length ? text[at + 1] : 0u;
        if (second is ' ' or '.' or ',' or '\n' or ':' or '!' or '?') second = 0;
        if (first >= 0xe0 && at + 2 < text.Length) second = (second << 6) ^ text[at + 2];
        return (int)((((first << 8) ^ second) * 0x9e3779b1u) >> 21);
    }
}
