using System.Text;
using Edge.Simd.Text;

namespace Edge.Simd.Tests.Text;

public class Utf8ValidationTests
{
    // Both ends of each range that the grammar names, and their neighbours.
    private static readonly byte[] _deciding =
        [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF];

    [Fact]
    public void Four_deciding_bytes_in_any_order_wherever_they_stand()
    {
        // Two bytes on either side of a border between blocks, and one before it with the end of the text behind them.
        foreach (var at in (int[])[62, 127])
        {
            // One byte short of it, the text ends with the fourth.
            var text = new byte[at + 4 + (at % 2)];
            Array.Fill(text, (byte)'x');
            foreach (var a in _deciding)
            {
                foreach (var b in _deciding)
                {
                    foreach (var c in _deciding)
                    {
                        foreach (var d in _deciding)
                        {
                            (text[at], text[at + 1], text[at + 2], text[at + 3]) = (a, b, c, d);
                            if (Utf8ValidationHarness.Disagreement(text) is { } disagreement) Assert.Fail(disagreement);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Every_character_at_the_border_of_a_block()
    {
        Span<byte> text = stackalloc byte[140];
        for (var value = 0x80; value <= 0x10FFFF; value += value < 0x1000 ? 1 : 61)
        {
            if (!Rune.IsValid(value)) continue;
            text.Fill((byte)'x');
            new Rune(value).EncodeToUtf8(text[(61 + (value % 4))..]);
            Assert.True(Utf8Validation.IsValid(text));
            if (Utf8ValidationHarness.Disagreement(text) is { } disagreement) Assert.Fail(disagreement);
        }
    }

    [Fact]
    public void Texts_with_faults_and_without()
    {
        for (var seed = 0; seed < 5_000; seed++) Utf8ValidationHarness.Check(seed);
    }

    [Fact]
    public void A_text_that_is_cut_inside_a_character_is_not_valid()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("aé漢😀", 40)));
        for (var length = 0; length <= text.Length; length++)
        {
            var whole = length == text.Length || (text[length] & 0xC0) != 0x80;
            Assert.Equal(whole, Utf8Validation.IsValid(text.AsSpan(0, length)));
            // What begins inside a character has lost its lead.
            Assert.Equal(whole, Utf8Validation.IsValid(text.AsSpan(length)));
        }
    }
}
