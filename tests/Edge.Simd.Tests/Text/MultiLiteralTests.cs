using System.Text;
using Edge.Simd.Text;

namespace Edge.Simd.Tests.Text;

public class MultiLiteralTests
{
    public static TheoryData<string> Variants => ["Dispatched", "Scalar", "Vector128", "Vector256"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_finds_what_the_definition_says(string variant)
    {
        Assert.SkipUnless(MultiLiteralHarness.Has(variant), $"This machine has no {variant}.");
        for (var seed = 0; seed < 300; seed++) MultiLiteralHarness.Check(variant, seed);
    }

    // Keys that many phrases share, at many offsets and beyond the 63 that one can have; some hundred literals, so that there are two sets of tables.
    [Theory]
    [MemberData(nameof(Variants))]
    public void Phrases_that_share_their_rare_words_are_found_as_the_definition_says(string variant)
    {
        Assert.SkipUnless(MultiLiteralHarness.Has(variant), $"This machine has no {variant}.");
        for (var seed = 0; seed < 60; seed++) MultiLiteralHarness.CheckPhrases(variant, seed);
    }

    [Theory]
    [InlineData("Vector128")]
    [InlineData("Vector256")]
    public void Every_variant_of_the_prefilter_gives_the_masks_of_the_scalar_one(string variant)
    {
        Assert.SkipUnless(MultiLiteralHarness.Has(variant), $"This machine has no {variant}.");
        for (var seed = 0; seed < 300; seed++) MultiLiteralHarness.CheckMasks(variant, seed);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_literal_is_found_wherever_it_stands_also_at_the_very_end(string variant)
    {
        Assert.SkipUnless(MultiLiteralHarness.Has(variant), $"This machine has no {variant}.");
        foreach (var literal in (string[])["x", "xy", "xyz", "wxyz", "sk-live-0123456789-0123456789"])
        {
            var set = new MultiLiteral([Encoding.UTF8.GetBytes(literal)], ignoreCase: false);
            for (var length = literal.Length; length < 210; length++)
            {
                var text = new byte[length];
                for (var at = 0; at <= length - literal.Length; at++)
                {
                    Array.Fill(text, (byte)' ');
                    Encoding.UTF8.GetBytes(literal, text.AsSpan(at));
                    Assert.Equal((at, 0), MultiLiteralHarness.Find(set, variant, text, 0));
                    Assert.Equal((-1, -1), MultiLiteralHarness.Find(set, variant, text, at + 1));
                    // What is cut off by the end of the text is not there, whatever lies behind it in memory.
                    Assert.Equal((-1, -1), MultiLiteralHarness.Find(set, variant, text.AsSpan(0, at + literal.Length - 1), 0));
                }
            }
        }
    }

    [Fact]
    public void The_first_position_wins_then_the_longest_then_the_first_of_equals()
    {
        var set = Of(false, "cd", "abc", "ab", "abc", "b");
        Assert.Equal(1, set.Find("xabcd"u8, 0, out var literal));
        Assert.Equal(1, literal);
        Assert.Equal(2, set.Find("xabcd"u8, 2, out literal));
        Assert.Equal(4, literal);
    }

    [Fact]
    public void All_are_found_overlapping_ones_and_equal_ones_too()
    {
        var set = Of(false, "cd", "abc", "ab", "abc", "b");
        var found = new List<LiteralMatch>();
        foreach (var match in set.FindAll("xabcd"u8)) found.Add(match);
        Assert.Equal([new(1, 3, 1), new(1, 3, 3), new(1, 2, 2), new(2, 1, 4), new(3, 2, 0)], found);
    }

    [Fact]
    public void Case_is_ignored_where_asked_for_in_ASCII_alone()
    {
        var set = Of(true, "Ignore ALL", "ÄRGER", "[\\]");
        Assert.Equal(2, set.Find(". iGNORE aLL"u8, 0, out _));
        Assert.Equal(0, set.Find("Ärger"u8, 0, out _));
        Assert.Equal(-1, set.Find("ärger"u8, 0, out _));
        Assert.Equal(-1, set.Find("{|}"u8, 0, out _));
        Assert.Equal(-1, Of(false, "Ignore ALL").Find("ignore all"u8, 0, out _));
    }

    [Fact]
    public void Ten_thousand_literals_are_found_each()
    {
        var random = new Random(20251002);
        var words = Enumerable.Range(0, MultiLiteral.MaxCount).Select(i => Word(random, 2 + random.Next(12)) + i.ToString("x4", null)).ToArray();
        var set = Of(true, words);
        var text = Encoding.UTF8.GetBytes(string.Join(' ', words));
        var expected = 0;
        for (var i = 0; i < words.Length; i++)
        {
            Assert.True(set.FindAll(text, expected).MoveNext());
            var found = new HashSet<int>();
            foreach (var match in set.FindAll(text.AsSpan(0, expected + words[i].Length), expected)) found.Add(match.Literal);
            Assert.Contains(i, found);
            expected += words[i].Length + 1;
        }
    }

    [Fact]
    public void Literals_that_begin_alike_in_a_text_that_repeats_the_beginning()
    {
        // 1,000 literals that part only at the end, and one for each length: a search that tried them one by one would need millions of comparisons for each position.
        var beginning = new string('a', 200);
        var set = Of(true, [.. Enumerable.Range(0, 1_000).Select(i => $"{beginning}{i:x3}"), .. Enumerable.Range(1, 200).Select(i => new string('a', i) + "b")]);
        var text = Encoding.UTF8.GetBytes(new string('A', 10_000));
        Assert.Equal(-1, set.Find(text, 0, out _));
        text[^1] = (byte)'B';
        Assert.Equal(text.Length - 201, set.Find(text, 0, out var literal));
        Assert.Equal(1_199, literal);
        Assert.Equal(0, Allocations.Of(() => set.Find(text, 0, out _)));
    }

    [Fact]
    public void Searching_allocates_nothing()
    {
        var set = Of(true, "key", "token", "ey", "e");
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("A Key is no toKEN. ", 50)));
        var count = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            foreach (var match in set.FindAll(text)) count += match.Length;
        }));
        Assert.NotEqual(0, count);
    }

    [Fact]
    public void What_a_set_cannot_hold_is_refused()
    {
        Assert.Contains("0 literals", Assert.Throws<ArgumentException>(() => Of(false)).Message);
        Assert.Contains("10001 literals", Assert.Throws<ArgumentException>(() => Of(false, [.. Enumerable.Repeat("x", 10_001)])).Message);
        Assert.Contains("Literal 1 has 0 bytes", Assert.Throws<ArgumentException>(() => Of(false, "x", "")).Message);
        Assert.Contains("Literal 0 has 257 bytes", Assert.Throws<ArgumentException>(() => Of(false, new string('x', 257))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(false, "x").Find("x"u8, 2, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(false, "x").FindAll("x"u8, -1));
        Assert.Equal(-1, Of(false, "x").Find("x"u8, 1, out _));
        Assert.Equal(-1, Of(false, "x").Find([], 0, out _));
    }

    [Fact]
    public void A_set_keeps_its_own_copy()
    {
        var literal = "abc"u8.ToArray();
        var set = new MultiLiteral([literal], ignoreCase: false);
        literal[0] = (byte)'x';
        Assert.Equal(0, set.Find("abc"u8, 0, out _));
        Assert.Equal((1, 3, 3), (set.Count, set.LongestLength, set.LengthOf(0)));
    }

    private static MultiLiteral Of(bool ignoreCase, params string[] literals) => new([.. literals.Select(Encoding.UTF8.GetBytes)], ignoreCase);

    private static string Word(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26))));
}
