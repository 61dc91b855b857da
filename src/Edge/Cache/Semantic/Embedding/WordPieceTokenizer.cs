using System.Buffers;
using System.Globalization;
using System.Text;

namespace Edge.Cache.Semantic.Embedding;

/// <summary>BERT's tokenizer: words and marks of punctuation each by itself, a word cut into the longest pieces from its beginning; [CLS] before the text, [SEP] behind it.</summary>
internal sealed class WordPieceTokenizer : ITokenizer
{
    // Longer words become unknown, as in the original.
    private const int MaxWordLength = 100;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly bool _lowerCase;
    private readonly int _unknown, _begin, _end;

    /// <param name="vocabulary"><c>vocab.txt</c>: a token a line, its id the line's number from 0.</param>
    /// <param name="lowerCase">Put text into lower case without accents first.</param>
    /// <exception cref="InvalidDataException">[UNK], [CLS] or [SEP] is missing.</exception>
    public WordPieceTokenizer(ReadOnlySpan<byte> vocabulary, bool lowerCase)
    {
        var id = 0;
        foreach (var line in Encoding.UTF8.GetString(vocabulary).Split('\n')) _ids[line.TrimEnd('\r')] = id++;
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _lowerCase = lowerCase;
        (_unknown, _begin, _end) = (Special("[UNK]"), Special("[CLS]"), Special("[SEP]"));
    }

    public TokenizedText Encode(ReadOnlySpan<char> text, Span<long> ids)
    {
        var folded = Prepare(CompatibilityFolding.Fold(text.ToString()));
        var result = new Output { Room = ids.Length - 1 };
        result.Add(ids, _begin);
        for (var at = 0; at < folded.Length;)
        {
            var c = folded[at];
            if (char.IsWhiteSpace(c) || char.IsControl(c))
            {
                at++;
                continue;
            }
            var end = at + 1;
            if (!StandsAlone(c))
            {
                while (end < folded.Length && !char.IsWhiteSpace(folded[end]) && !char.IsControl(folded[end]) && !StandsAlone(folded[end])) end++;
            }
            Word(folded.AsSpan(at, end - at), ids, ref result);
            at = end;
        }
        ids[result.Count++] = _end;
        return new TokenizedText(result.Count, result.Characters, result.Unknown, result.Clipped);
    }

    private void Word(ReadOnlySpan<char> word, Span<long> ids, ref Output output)
    {
        output.Characters += word.Length;
        var pieces = ArrayPool<int>.Shared.Rent(word.Length);
        var piece = ArrayPool<char>.Shared.Rent(word.Length + 2);
        var count = 0;
        for (var start = 0; start < word.Length && count >= 0;)
        {
            var end = word.Length > MaxWordLength ? start : word.Length;
            for (; end > start; end--)
            {
                var prefix = start == 0 ? 0 : 2;
                "##".CopyTo(piece);
                word[start..end].CopyTo(piece.AsSpan(prefix));
                if (!_lookup.TryGetValue(piece.AsSpan(0, prefix + end - start), out var id)) continue;
                pieces[count++] = id;
                break;
            }
            if (end == start) count = -1;
            else start = end;
        }
        if (count < 0)
        {
            output.Unknown += word.Length;
            output.Add(ids, _unknown);
        }
        for (var i = 0; i < count; i++) output.Add(ids, pieces[i]);
        ArrayPool<int>.Shared.Return(pieces);
        ArrayPool<char>.Shared.Return(piece);
    }

    private string Prepare(string text)
    {
        if (!_lowerCase) return text;
        var output = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var lower = char.ToLowerInvariant(c);
            if (CharUnicodeInfo.GetUnicodeCategory(lower) == UnicodeCategory.NonSpacingMark) continue;
            output.Append(Accents.Strip(lower));
        }
        return output.ToString();
    }

    // Punctuation and every Chinese character are words by themselves.
    private static bool StandsAlone(char c) => char.IsPunctuation(c) || (char.IsAscii(c) && char.IsSymbol(c)) || c is >= '\u4E00' and <= '\u9FFF' or >= '\u3400' and <= '\u4DBF' or >= '\uF900' and <= '\uFAFF';

    private int Special(string token) => _ids.TryGetValue(token, out var id) ? id : throw new InvalidDataException($"The vocabulary has no {token}: expected a BERT vocab.txt.");

    private struct Output
    {
        public int Count, Room, Characters, Unknown;
        public bool Clipped;

        public void Add(Span<long> ids, int id)
        {
            if (Count < Room) ids[Count++] = id;
            else Clipped = true;
        }
    }
}
