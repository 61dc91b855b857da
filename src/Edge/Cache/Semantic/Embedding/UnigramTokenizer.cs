using System.Buffers;

namespace Edge.Cache.Semantic.Embedding;

/// <summary>
/// SentencePiece's unigram model (Kudo, 2018): of all ways to cut a text into pieces the one whose scores sum highest, found by Viterbi's algorithm. A space becomes U+2581, another one leads the text.
/// Runs of unknown characters are one token. Ties and characters without a piece are settled as the shipped model's reference implementation settles them, so that its tokens come out the same.
/// </summary>
internal sealed class UnigramTokenizer : ITokenizer
{
    private const char Space = '\u2581';
    private const int Unreached = -1;

    private readonly PieceTrie _trie;
    private readonly float[] _scores;
    private readonly int[] _lengths;
    private readonly int _unknown, _begin, _end;
    private readonly float _unknownScore;

    public UnigramTokenizer(UnigramVocabulary vocabulary)
    {
        _trie = new PieceTrie(vocabulary.Pieces.Select((piece, id) => (piece, id)).Where(p => vocabulary.IsText[p.id]));
        _scores = [.. vocabulary.Scores];
        _lengths = [.. vocabulary.Pieces.Select(p => p.Length)];
        (_unknown, _begin, _end, _unknownScore) = (vocabulary.UnknownId, vocabulary.BeginId, vocabulary.EndId, vocabulary.UnknownScore);
    }

    public TokenizedText Encode(ReadOnlySpan<char> text, Span<long> ids)
    {
        var folded = CompatibilityFolding.Fold(text.ToString());
        if (folded.Length == 0) return default;
        var length = folded.Length + 1;
        var characters = ArrayPool<char>.Shared.Rent(length);
        var best = ArrayPool<double>.Shared.Rent(length + 1);
        var pieces = ArrayPool<int>.Shared.Rent(length + 1);
        try
        {
            characters[0] = Space;
            folded.AsSpan().Replace(characters.AsSpan(1), ' ', Space);
            Cut(characters.AsSpan(0, length), best, pieces);
            return Collect(characters.AsSpan(0, length), pieces, ids);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
            ArrayPool<double>.Shared.Return(best);
            ArrayPool<int>.Shared.Return(pieces);
        }
    }

    // Fills in, for each place, the piece that ends there on the best way to it.
    private void Cut(ReadOnlySpan<char> text, Span<double> best, Span<int> pieces)
    {
        best[..(text.Length + 1)].Clear();
        pieces[..(text.Length + 1)].Fill(Unreached);
        for (var start = 0; start < text.Length; start++)
        {
            if (start > 0 && pieces[start] == Unreached) continue;
            if (char.IsLowSurrogate(text[start]) && start > 0 && char.IsHighSurrogate(text[start - 1])) continue;
            var found = false;
            var node = _trie.Begin(text[start]);
            for (var end = start + 1; node >= 0; end++)
            {
                var id = _trie.IdOf(node);
                if (id >= 0)
                {
                    found = true;
                    Offer(best, pieces, end, best[start] + _scores[id], id);
                }
                node = end < text.Length ? _trie.Next(node, text[end]) : -1;
            }
            if (!found) Offer(best, pieces, start + Step(text, start), best[start] + _unknownScore, _unknown);
        }
    }

    private static void Offer(Span<double> best, Span<int> pieces, int end, double score, int id)
    {
        if (pieces[end] != Unreached && best[end] != 0 && score < best[end]) return;
        best[end] = score;
        pieces[end] = id;
    }

    private TokenizedText Collect(ReadOnlySpan<char> text, ReadOnlySpan<int> pieces, Span<long> ids)
    {
        var (characters, unknown) = (0, 0);
        foreach (var c in text) characters += c is Space || char.IsLowSurrogate(c) || char.IsWhiteSpace(c) ? 0 : 1;

        // From the end backwards; turned round below. What does not fit is the text's end, so it is written first and dropped.
        var reversed = ArrayPool<int>.Shared.Rent(text.Length);
        var count = 0;
        for (var at = text.Length; at > 0;)
        {
            var id = pieces[at];
            if (id == _unknown)
            {
                var step = at > 1 && char.IsLowSurrogate(text[at - 1]) && char.IsHighSurrogate(text[at - 2]) ? 2 : 1;
                if (text[at - 1] != Space && !char.IsWhiteSpace(text[at - 1])) unknown++;
                at -= step;
                if (count > 0 && reversed[count - 1] == _unknown) continue;
            }
            else at -= _lengths[id];
            reversed[count++] = id;
        }
        var room = ids.Length - (_begin >= 0 ? 1 : 0) - (_end >= 0 ? 1 : 0);
        var (kept, written) = (Math.Min(count, room), 0);
        if (_begin >= 0) ids[written++] = _begin;
        for (var i = 0; i < kept; i++) ids[written++] = reversed[count - 1 - i];
        if (_end >= 0) ids[written++] = _end;
        ArrayPool<int>.Shared.Return(reversed);
        return new TokenizedText(written, characters, unknown, count > room);
    }

    private static int Step(ReadOnlySpan<char> text, int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
}
