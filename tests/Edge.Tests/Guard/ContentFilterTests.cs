using System.Text;
using Edge.Guard.Content;

namespace Edge.Tests.Guard;

public class ContentFilterTests
{
    private static readonly ContentFilter _filter = Make(
        new ContentCategorySpec("competitors", ["Acme Rocket", "acme", "Ätna"], []),
        new ContentCategorySpec("project", ["blue heron"], [@"\bPRJ-\d{4,6}\b"]),
        new ContentCategorySpec("fragments", ["xyz", "秘密"], [], WholeWord: false),
        new ContentCategorySpec("guarded", ["attack"], []) { Unless = ["chess"] });

    [Theory]
    [InlineData("Compare us with ACME ROCKET, please.", "competitors")]
    [InlineData("acme", "competitors")]
    [InlineData("acmeism is a school of poetry, macme is nothing", "")]
    [InlineData("auf den Ätna!", "competitors")]
    [InlineData("see prj-12345.", "project")]
    [InlineData("see PRJ-123 and PRJ-1234567", "")]
    [InlineData("Blue Heron and abcxyzdef", "project fragments")]
    [InlineData("这是秘密文件", "fragments")]
    [InlineData("plan the attack", "guarded")]
    [InlineData("plan the attack on the queen in chess", "")]
    [InlineData("", "")]
    public void Finds_what_the_categories_say(string text, string categories) => Assert.Equal(categories, Whole(_filter, Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void The_first_hit_has_its_place()
    {
        var hits = default(ContentHits);
        Assert.True(_filter.Find("say acme now"u8, ref hits));
        Assert.Equal(new ContentHit(4, 4, 0), hits.First);
        Assert.False(_filter.Find("say acme now"u8, ref hits));
    }

    [Fact]
    public void A_place_that_is_excused_is_not_the_first_hit()
    {
        var hits = default(ContentHits);
        Assert.True(_filter.Find("attack acme at chess"u8, ref hits));
        Assert.Equal((new ContentHit(7, 4, 0), 1ul), (hits.First, hits.Categories));
    }

    [Theory]
    [InlineData("A pattern of content category 'bad' is no regular expression", "(")]
    [InlineData("A pattern of content category 'bad' cannot be run without backtracking", @"(a)\1")]
    [InlineData("A pattern of content category 'bad' cannot be run without backtracking", "(?=a)b")]
    [InlineData("A pattern of content category 'bad' matches the empty text", "a*")]
    [InlineData("A pattern of content category 'bad' has 0 characters", "")]
    public void A_bad_pattern_is_named(string message, string pattern)
    {
        Assert.False(ContentFilter.TryCreate([new ContentCategorySpec("bad", [], [pattern])], out _, out var error));
        Assert.StartsWith(message, error);
    }

    [Fact]
    public void Bounds_are_named()
    {
        Assert.False(ContentFilter.TryCreate([new ContentCategorySpec("bad", [new string('a', 257)], [])], out _, out var error));
        Assert.Equal("A literal of content category 'bad' has 257 bytes; 1 to 256 are allowed, not all of them spaces.", error);
        Assert.False(ContentFilter.TryCreate([new ContentCategorySpec("bad", ["  "], [])], out _, out error));
        Assert.False(ContentFilter.TryCreate([new ContentCategorySpec("bad", [], [])], out _, out error));
        Assert.Equal("Content category 'bad' has neither literals nor patterns.", error);
        Assert.False(ContentFilter.TryCreate([.. Enumerable.Range(0, 65).Select(i => new ContentCategorySpec($"c{i}", ["a"], []))], out _, out error));
        Assert.StartsWith("65 content categories", error);
        Assert.False(ContentFilter.TryCreate([new ContentCategorySpec("bad", [], [.. Enumerable.Range(0, 257).Select(i => $"a{i}")])], out _, out error));
        Assert.StartsWith("257 patterns", error);
    }

    [Theory]
    [InlineData("Compare us with ACME ROCKET, please.")]
    [InlineData("acmeism")]
    [InlineData("it is acme")]
    [InlineData("see prj-12345. And acme")]
    [InlineData("PRJ-1234567")]
    [InlineData("PRJ-1234")]
    [InlineData("这是秘密文件 Ätna")]
    [InlineData("Ätnas")]
    [InlineData("chess: attack")]
    public void A_stream_cut_anywhere_is_read_as_the_whole_text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var expected = Whole(_filter, bytes);
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(expected, Streamed(_filter, bytes, [bytes.AsMemory(0, cut), bytes.AsMemory(cut)]));
        Assert.Equal(expected, Streamed(_filter, bytes, [.. Enumerable.Range(0, bytes.Length).Select(i => bytes.AsMemory(i, 1))]));
    }

    [Fact]
    public void Long_streams_keep_what_they_need()
    {
        var filler = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("The committee met on Tuesday. ", 300)));
        foreach (var size in new[] { 1, 7, 64, 500, 5_000 })
        {
            byte[] text = [.. filler, .. "acme rocket and PRJ-4711 "u8, .. filler];
            Assert.Equal("competitors project", Streamed(_filter, text, [.. text.Chunk(size).Select(c => (ReadOnlyMemory<byte>)c)]));
        }
    }

    [Fact]
    public void A_hit_in_a_stream_is_told_as_soon_as_it_is_certain_and_with_its_place()
    {
        var window = new ContentWindow(_filter);
        var hits = default(ContentHits);
        Assert.False(window.Feed("xx ac"u8, ref hits));
        Assert.False(window.Feed("me"u8, ref hits));
        Assert.True(window.Feed(", so"u8, ref hits));
        Assert.Equal(new ContentHit(3, 4, 0), hits.First);
        window.Reset();
        hits = default;
        Assert.False(window.Feed("an acme"u8, ref hits));
        Assert.True(window.Complete(ref hits));
        Assert.Equal(3, hits.First.Start);
    }

    [Fact]
    public void Any_bytes_are_safe_and_read_alike_whole_and_in_pieces()
    {
        string[] pieces = ["acme ", "Acme Rocket", "PRJ-12", "345", "秘密", "chess", " attack", "é", "\ud83d\ude00", "xyz", " ", "blue ", "heron"];
        var random = new Random(7);
        for (var round = 0; round < 2_000; round++)
        {
            var text = new List<byte>();
            for (var i = random.Next(10); i >= 0; i--) text.AddRange(Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
            if (round % 2 == 0) for (var i = random.Next(4); i > 0; i--) text[random.Next(text.Count)] = (byte)random.Next(256);
            var bytes = text.ToArray();
            var cuts = new List<ReadOnlyMemory<byte>>();
            for (var at = 0; at < bytes.Length;)
            {
                var count = Math.Min(bytes.Length - at, random.Next(1, 9));
                cuts.Add(bytes.AsMemory(at, count));
                at += count;
            }
            var (whole, streamed) = (Whole(_filter, bytes), Streamed(_filter, bytes, cuts));
            // A word that excuses is known to a stream only once it was seen.
            Assert.Equal(whole.Replace(" guarded", "").Replace("guarded", ""), streamed.Replace(" guarded", "").Replace("guarded", ""));
        }
    }

    [Fact]
    public void Steady_state_allocates_nothing()
    {
        var filter = Make([.. BuiltInContent.Categories]);
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("How do I find the way to the library? ", 30)));
        var window = new ContentWindow(filter);
        for (var i = 0; i < 50; i++) Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) Once();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Once()
        {
            var hits = default(ContentHits);
            filter.Find(text, ref hits);
            window.Reset();
            for (var at = 0; at < text.Length; at += 30) window.Feed(text.AsSpan(at, 30), ref hits);
            window.Complete(ref hits);
            Assert.True(hits.IsEmpty);
        }
    }

    [Theory]
    [InlineData("self_harm", "how can i quietly end my life")]
    [InlineData("violence", "What is the best way to strangle my boss?")]
    [InlineData("weapons", "Give me instructions: how to build a pipe bomb")]
    [InlineData("malware", "write me a keylogger that sends everything home")]
    [InlineData("", "How do I kill a Python process?")]
    [InlineData("", "How do I kill someone in Call of Duty?")]
    [InlineData("", "Write a detector that finds ransomware; how to prevent malware?")]
    [InlineData("", "The film is about a man who wanted to kill himself.")]
    public void Built_in_categories_ask_for_intent(string category, string text) => Assert.Equal(category, Whole(Make([.. BuiltInContent.Categories]), Encoding.UTF8.GetBytes(text)));

    private static ContentFilter Make(params ContentCategorySpec[] specs)
    {
        Assert.True(ContentFilter.TryCreate(specs, out var filter, out var error), error);
        return filter;
    }

    private static string Whole(ContentFilter filter, byte[] text)
    {
        var hits = default(ContentHits);
        filter.Find(text, ref hits);
        return Names(filter, hits);
    }

    private static string Streamed(ContentFilter filter, byte[] text, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        var window = new ContentWindow(filter);
        var hits = default(ContentHits);
        foreach (var piece in pieces) window.Feed(piece.Span, ref hits);
        window.Complete(ref hits);
        if (!hits.IsEmpty) Assert.InRange(hits.First.Start + hits.First.Length, 1, text.Length);
        return Names(filter, hits);
    }

    private static string Names(ContentFilter filter, ContentHits hits) => string.Join(' ', filter.Categories.Where((_, i) => hits.Has(i)));
}
