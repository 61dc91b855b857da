using System.Text;
using Edge.Cache.Semantic.Embedding;

namespace Edge.Tests.Cache.Semantic;

public class TokenizerTests
{
    private static readonly string[] s_words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "the", "cafe", ",", "!", "run", "##ning", "中"];

    [Theory]
    [InlineData("unaffable, the running!", new[] { 2, 4, 5, 6, 9, 7, 11, 12, 10, 3 }, 0)]
    [InlineData("The CAFÉ", new[] { 2, 7, 8, 3 }, 0)]
    [InlineData("the zebra", new[] { 2, 7, 1, 3 }, 5)]
    [InlineData("the中!", new[] { 2, 7, 13, 10, 3 }, 0)]
    [InlineData("", new[] { 2, 3 }, 0)]
    public void WordPiece_takes_the_longest_pieces(string text, int[] expected, int unknown)
    {
        var ids = new long[32];
        var result = new WordPieceTokenizer(Encoding.UTF8.GetBytes(string.Join('\n', s_words)), lowerCase: true).Encode(text, ids);
        Assert.Equal(expected.Select(i => (long)i), ids.Take(result.Count));
        Assert.Equal(unknown, result.Unknown);
        Assert.False(result.Clipped);
    }

    [Fact]
    public void What_does_not_fit_is_clipped_and_told_in_both_kinds()
    {
        var ids = new long[6];
        var piece = new WordPieceTokenizer(Encoding.UTF8.GetBytes(string.Join('\n', s_words)), true).Encode("the the the the the the the", ids);
        Assert.Equal((6, true), (piece.Count, piece.Clipped));
        Assert.Equal(3, ids[5]);
        var unigram = Unigram().Encode("a b a b a b a b", ids);
        Assert.Equal((6, true), (unigram.Count, unigram.Clipped));
    }

    [Fact]
    public void Unigram_takes_the_likeliest_cut_and_merges_unknown_runs()
    {
        var ids = new long[32];
        // "▁ab" (-1) beats "▁a" + "b" (-4).
        Assert.Equal([3L, 4], ids.Take(Unigram().Encode("ab c", ids).Count));
        var unknown = Unigram().Encode("ab x漢😀y", ids);
        Assert.Equal([3L, 6, 0], ids.Take(unknown.Count));
        Assert.Equal(4, unknown.Unknown);
    }

    [Fact]
    public void A_SentencePiece_model_reads_like_its_vocabulary_in_lines()
    {
        var lines = UnigramVocabulary.Read(Encoding.UTF8.GetBytes("<unk>\t0\n<s>\t0\n</s>\t0\n\u2581a\t-1.5\nb\t-2\n"));
        using var model = new MemoryStream();
        foreach (var (piece, score, type) in new[] { ("<unk>", 0f, 2), ("<s>", 0f, 3), ("</s>", 0f, 3), ("\u2581a", -1.5f, 1), ("b", -2f, 1) })
        {
            var text = Encoding.UTF8.GetBytes(piece);
            byte[] inner = [0x0A, (byte)text.Length, .. text, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)type];
            model.Write([0x0A, (byte)inner.Length, .. inner]);
        }
        var read = UnigramVocabulary.Read(model.ToArray());
        Assert.Equal(lines.Pieces, read.Pieces);
        Assert.Equal(lines.Scores, read.Scores);
        Assert.Equal((0, 1, 2), (read.UnknownId, read.BeginId, read.EndId));
        var ids = new long[8];
        Assert.Equal([1L, 3, 4, 2], ids.Take(new UnigramTokenizer(read).Encode("ab", ids).Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("EUV1")]
    [InlineData("EUV1\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u00FF")]
    [InlineData("\n\u00FF")]
    [InlineData("\n\u0005ab")]
    [InlineData("piece without score\n")]
    [InlineData("a\tnot a number\n")]
    public void A_vocabulary_that_is_none_is_refused(string content) => Assert.Throws<InvalidDataException>(() => UnigramVocabulary.Read(Encoding.Latin1.GetBytes(content)));

    [Fact]
    public void A_BERT_vocabulary_without_its_marks_is_refused() => Assert.Throws<InvalidDataException>(() => new WordPieceTokenizer("a\nb\n"u8, true));

    [Fact]
    public void A_compact_vocabulary_reads_as_it_was_written()
    {
        (string, float)[] pieces = [("<unk>", 0), ("r", 0), ("\u2581the", -1), ("é", -2.5f)];
        var read = UnigramVocabulary.Read(UnigramVocabulary.Write(pieces, reserved: 2));
        Assert.Equal(pieces.Select(p => p.Item1), read.Pieces);
        Assert.Equal([false, false, true, true], read.IsText);
    }

    [Theory]
    [InlineData("Ｆｕｌｌ　１２", "Full 12")]
    [InlineData("ﬁne…", "fine...")]
    [InlineData("e\u0301te\u0301", "été")]
    [InlineData("10\u00A0km²", "10 km2")]
    [InlineData("plain", "plain")]
    public void Compatible_characters_are_folded(string text, string expected) => Assert.Equal(expected, CompatibilityFolding.Fold(text));

    private static UnigramTokenizer Unigram() => new(UnigramVocabulary.Read(UnigramVocabulary.Write([("<unk>", 0), ("\u2581a", -2), ("b", -2), ("\u2581ab", -1), ("\u2581c", -1), ("a", -3), ("\u2581", -4), ("\u2581b", -2)], reserved: 1)));
}
