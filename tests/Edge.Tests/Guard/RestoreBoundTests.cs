using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Edge.Guard.Restore;
using Edge.Providers;

namespace Edge.Tests.Guard;

/// <summary>What is held back of an answer: never more than the vault says, and in the worst case exactly that.</summary>
public sealed partial class RestoreBoundTests
{
    private static readonly string[] _opens = ["<", "\\\\<", "\\\\\\\\<", "\\u003c", "\\\\\\u003c", "\\\\\\\\\\u003c", "\\\\u003c", "\\\\\\\\u003c", "\\\\\\\\\\\\u003c", "&lt;", "\\u0026lt;", "%3c", "[", "{", ""];
    private static readonly string[] _underscores = ["_", "\\\\_", "\\\\\\\\_", "%5f", " ", "-"];

    private static readonly string[] _closes =
    [
        ">", "\\\\>", "\\\\\\\\>", "\\u003e", "\\\\\\u003e", "\\\\\\\\\\u003e", "\\\\u003e", "\\\\\\\\u003e", "&gt;", "\\u0026gt;", "%3e", "]", "](", "}", " = x", "  x", "\\\" : x", "\\\\\\\": x", "\\\\\\\\\\\\\\\" : x", "` =x",
        "\\u0022 : x", "\\\\\\u0022  :x", "\\\\\\\\\\\\\\\\", ".", "-", "\\\\\\\\\\\\ x",
    ];

    [Theory]
    [InlineData("KEY", 1)]
    [InlineData("EMAIL", 1)]
    [InlineData("EMAIL", 12)]
    [InlineData("CREDIT_CARD", 3)]
    [InlineData("A_B_C_D", 1)]
    public void The_longest_that_is_ever_held(string name, int count)
    {
        using var vault = new Vault();
        for (var i = 0; i < count; i++) vault.Placeholder(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes($"{i}@x.org"));
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi);
        var (most, worst) = (0, "");
        var slots = 0;
        foreach (var open in _opens)
        {
            foreach (var underscore in _underscores)
            {
                foreach (var close in _closes)
                {
                    var said = open + name.Replace("_", underscore, StringComparison.Ordinal) + underscore + count + close;
                    if (slots++ % 4000 == 0) filter.Begin(vault, Dialect.OpenAi);
                    var slot = filter.Slot(slots, 0, 0, 1)!;
                    var output = new ArrayBufferWriter<byte>(256);
                    foreach (Match unit in Unit().Matches(said))
                    {
                        var bytes = Encoding.UTF8.GetBytes(unit.Value);
                        if (!filter.Next(slot, bytes, 1, isLast: false, output)) output.Write(bytes);
                        if (slot.HeldLength > most) (most, worst) = (slot.HeldLength, said);
                    }
                    filter.Flush(slot, output);
                    Assert.Equal(0, slot.HeldLength);
                }
            }
        }
        Assert.Equal((vault.LongestHeld, true), (most, worst.Length > 0));
        Assert.InRange(most, 1, vault.LongestSpelling - 1);
    }

    /// <summary>Pieces of placeholders in any order: no text is held longer, and none is lost.</summary>
    [Fact]
    public void No_text_holds_more()
    {
        string[] words =
        [
            "\\\\", "<", ">", "\\u003c", "\\u003e", "u003c", "u003e", "u003", "&", "\\u0026", "lt;", "gt;", "%3c", "%3e", "%5f", "%5", "_", "EMAIL", "LIST", "EMAIL_1", "EMAIL\\\\_LIST\\\\_1", "EMAIL_LIST_1", "KEY", "KEY_1", "email_1", "1", "2",
            " ", "[", "]", "(", "{", "}", "\\\"", "\\u0022", "=", ":", "`", "x", "\\n", "-", ".", "é",
        ];
        using var vault = new Vault();
        vault.Reserve("<EMAIL_1>"u8);
        foreach (var name in new[] { "EMAIL", "EMAIL", "KEY", "EMAIL_LIST" }) vault.Placeholder(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes($"{vault.Count}"));
        var filter = new AnswerFilter();
        Gen.Select(Gen.Int[0, words.Length - 1].Array[1, 16], Gen.Int[1, 9]).Sample(
            (picked, size) =>
            {
                var units = Unit().Matches(string.Concat(picked.Select(word => words[word]))).Select(static unit => unit.Value).ToArray();
                var whole = Restore([string.Concat(units)]);
                // By units, and by as many of them as it happens.
                Assert.Equal(whole, Restore(units));
                Assert.Equal(whole, Restore([.. units.Chunk(size).Select(static bits => string.Concat(bits))]));
            },
            iter: 20_000, threads: 1);

        string Restore(string[] bits)
        {
            filter.Begin(vault, Dialect.OpenAi);
            var slot = filter.Slot(0, 0, 0, 1)!;
            var output = new ArrayBufferWriter<byte>(256);
            foreach (var bit in bits)
            {
                var bytes = Encoding.UTF8.GetBytes(bit);
                if (!filter.Next(slot, bytes, 1, isLast: false, output)) output.Write(bytes);
                Assert.InRange(filter.HeldBytes, 0, vault.LongestHeld);
            }
            filter.Flush(slot, output);
            Assert.Equal(0, filter.HeldBytes);
            return Encoding.UTF8.GetString(output.WrittenSpan);
        }
    }

    // What a stream's events cannot cut: an escape is one.
    [GeneratedRegex(@"\\u[0-9a-f]{4}|\\.|.")]
    private static partial Regex Unit();
}
