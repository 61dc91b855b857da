using System.Text;
using System.Text.Json;
using Edge.Guard.Pii;
using Edge.TestSupport;

namespace Edge.Tests.Guard;

public class PiiGuardTextTests
{
    [Theory]
    [InlineData("plain text, 1 line", "plain text, 1 line")]
    [InlineData(@"a\u0040b.example", "a@b.example")]
    [InlineData(@"a\""b\\c\/d\b\f\n\r\te", "a\"b\\c/d\b\f\n\r\te")]
    [InlineData(@"\uD83D\uDE00!", "😀!")]
    [InlineData(@"\uD83D!\uDE00\uD83D\u0041", "\uFFFD!\uFFFD\uFFFDA")]
    [InlineData(@"cut \u12", @"cut \u12")]
    [InlineData(@"cut \", @"cut \")]
    [InlineData(@"\x41 \u00zz", @"\x41 \u00zz")]
    [InlineData("４１１１　１１１１", "4111 1111")]
    [InlineData("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "jane@example.com")]
    [InlineData("٠١٢٣ ०१२३ 𝟎𝟏𝟐𝟑 ๐๑๒๓", "0123 0123 0123 0123")]
    [InlineData("𝐣𝐚𝐧𝐞 ⓙⓐⓝⓔ", "jane jane")]
    [InlineData("1️⃣2️⃣ 5³⁶", "12 536")]
    [InlineData("53\u200B6-2\u00AD2-\uFEFF12\u202E34\uFE0F", "536-22-1234")]
    [InlineData("53\uDB40\uDC416", "536")]
    [InlineData("536\u00A022\u20091234\u3000x", "536 22 1234 x")]
    [InlineData("536–22−1234 536—22 a—b", "536-22-1234 536-22 a b")]
    [InlineData("jane﹫example。com ‘q’ “q”", "jane@example.com 'q' \"q\"")]
    [InlineData("größe, кот, 東京, naïve", "größe, кот, 東京, naïve")]
    public void Reads_what_a_person_reads(string raw, string text)
    {
        Assert.Equal(text, Read(raw));
        // Escaped as a string once more it is the same, also where every character is written as \uXXXX.
        if (raw.Contains('\\', StringComparison.Ordinal)) return;
        Assert.Equal(text, Encoding.UTF8.GetString(new GuardText().Load(Encoding.UTF8.GetBytes(raw), isEscaped: false)));
        Assert.Equal(text, Read(Escaped(raw)));
        Assert.Equal(text, Read(Escaped(Escaped(raw)), depth: 2));
    }

    [Fact]
    public void Tool_arguments_are_read_through_both_layers()
    {
        var view = new GuardText();
        var raw = """{\"to\": \"a\\u0040b.example\", \"note\": \"say \\\"hi\\\" \\ud83d\\ude00\\n\"}"""u8;
        var text = view.Load(raw, depth: 2);
        Assert.Equal("""{"to": "a@b.example", "note": "say "hi" 😀""" + "\n\"}", Encoding.UTF8.GetString(text));
        var at = text.IndexOf("a@b.example"u8);
        var (start, length) = view.ToRaw(at, "a@b.example"u8.Length);
        Assert.Equal(@"a\\u0040b.example", Encoding.UTF8.GetString(raw.Slice(start, length)));
    }

    [Fact]
    public void A_plain_string_is_not_copied()
    {
        var raw = "nothing to decode in 2024: a-b"u8;
        var view = new GuardText();
        Assert.True(view.Load(raw) == raw);
        Assert.True(view.IsRaw);
        Assert.Equal((3, 5), view.ToRaw(3, 5));
    }

    [Fact]
    public void A_range_covers_what_is_hidden_within_and_nothing_around()
    {
        var view = new GuardText();
        var raw = Encoding.UTF8.GetBytes("x\u200B53\u200B6\\n\u200B7");
        Assert.Equal("x536\n7", Encoding.UTF8.GetString(view.Load(raw)));
        var (start, length) = view.ToRaw(1, 3);
        Assert.Equal("53\u200B6", Encoding.UTF8.GetString(raw.AsSpan(start, length)));
        (start, length) = view.ToRaw(4, 1);
        Assert.Equal("\\n", Encoding.UTF8.GetString(raw.AsSpan(start, length)));
        Assert.Equal((raw.Length, 0), view.ToRaw(6, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.ToRaw(3, 4));
    }

    // What a range maps to reads as that range again, and ranges that touch in the text do not overlap in the raw string.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_range_maps_back(int depth)
    {
        string[] pieces =
        [
            "a", "7", " ", "@", "\\n", "\\\"", "\\\\", "\\/", "\\u0040", "\\u00e9", "\\uD83D\\uDE00", "\\uD83D", "\\uDE00", "\\\\u0041", "\\\\n", "\\\\\\\"", "é", "東", "😀", "\u200B", "\u00AD", "４", "𝟎", "　", "–", "—", "\\", "\\u12", "\\x",
        ];
        var random = new Random(20260711);
        var view = new GuardText();
        var again = new GuardText();
        for (var round = 0; round < 4_000; round++)
        {
            var raw = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)])));
            if (random.Next(4) == 0) raw = raw[random.Next(raw.Length)..];
            if (random.Next(4) == 0) raw[random.Next(raw.Length)] = (byte)random.Next(256);
            var text = view.Load(raw, depth).ToArray();
            Assert.True(text.Length <= raw.Length);
            var last = 0;
            for (var start = 0; start < text.Length; start++)
            {
                for (var end = start + 1; end <= text.Length; end++)
                {
                    var range = view.ToRaw(start, end - start);
                    Assert.True(range.Start >= 0 && range.Length > 0 && range.Start + range.Length <= raw.Length);
                    // A dash is read by its neighbours, and a broken piece may be whole without them.
                    if (!IsStart(text, start) || !IsStart(text, end) || raw.AsSpan().IndexOf("—"u8) >= 0 || !Encoding.UTF8.GetString(raw).EnumerateRunes().SequenceEqual(Encoding.UTF8.GetString(raw).EnumerateRunes().Where(r => r.Value != 0xFFFD))) continue;
                    Assert.Equal(text.AsSpan(start, end - start), again.Load(raw.AsSpan(range.Start, range.Length), depth));
                }
                if (!IsStart(text, start)) continue;
                var next = start + 1;
                while (!IsStart(text, next)) next++;
                var one = view.ToRaw(start, next - start);
                Assert.True(one.Start >= last);
                last = one.Start + one.Length;
            }
        }
    }

    [Fact]
    public void Any_bytes_are_survived()
    {
        var random = new Random(99);
        var view = new GuardText();
        var buffer = new byte[64];
        for (var round = 0; round < 20_000; round++)
        {
            random.NextBytes(buffer);
            foreach (ref var b in buffer.AsSpan())
            {
                if (random.Next(3) == 0) b = @"\u00dD8"u8[random.Next(7)];
            }
            var raw = buffer.AsSpan(0, random.Next(buffer.Length));
            var text = view.Load(raw, random.Next(1, 3));
            if (text.Length > 0) view.ToRaw(random.Next(text.Length), 1);
        }
    }

    [Fact]
    public void Strings_that_are_hard_for_others_are_read()
    {
        var view = new GuardText();
        foreach (var record in SharedData.Lines("robustness/naughty_strings.jsonl"))
        {
            foreach (var member in record.EnumerateObject().Where(static m => m.Value.ValueKind == JsonValueKind.String))
            {
                var raw = Encoding.UTF8.GetBytes(member.Value.GetRawText()[1..^1]);
                var length = view.Load(raw).Length;
                if (length > 0) Assert.True(view.ToRaw(0, length).Length <= raw.Length);
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated_once_the_buffers_are_there()
    {
        var raw = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(@"line\n\u0040 é 😀 ４2\\n ", 100)));
        var view = new GuardText();
        view.Load(raw, 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) view.Load(raw, 2);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>There is one for each idle connection.</summary>
    [Fact]
    public void A_long_prompt_leaves_nothing_behind_and_the_next_one_allocates_nothing()
    {
        var raw = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(@"a line\n", 25_000)));
        var view = new GuardText();
        var allocated = long.MaxValue;
        // The least of several: a collection that another test caused empties the shared pool in between.
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(7 * 25_000, view.Load(raw).Length);
            Assert.True(view.Capacity > 7 * 25_000);
            view.Trim();
            Assert.InRange(view.Capacity, 0, 16 * 1024);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.InRange(allocated, 0, 1024);
        // What most prompts need stays.
        view.Load(@"hello\nyou"u8);
        view.Trim();
        Assert.NotEqual(0, view.Capacity);
    }

    [Fact]
    public void Every_folded_character_is_no_longer_than_it_was()
    {
        for (var code = 0; code < 0x110000; code++)
        {
            if (code is >= 0xD800 and < 0xE000) continue;
            var folded = TextFolding.Fold(code);
            if (folded == TextFolding.Nothing || folded == code) continue;
            Assert.InRange(folded, 1, 0x7F);
            Assert.True(code >= 0x80);
        }
    }

    private static bool IsStart(ReadOnlySpan<byte> text, int at) => at == text.Length || (text[at] & 0xC0) != 0x80;

    private static string Escaped(string text) => string.Concat(text.Select(static c => c == '\\' ? @"\\" : $@"\u{(int)c:x4}"));

    private static string Read(string raw, int depth = 1) => Encoding.UTF8.GetString(new GuardText().Load(Encoding.UTF8.GetBytes(raw), depth));
}
