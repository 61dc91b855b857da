using System.Text;
using Edge.Upstream.Simulator;

namespace Edge.Tests.Simulator;

public class EscapedTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("word", "word")]
    [InlineData("two words", "two| words")]
    [InlineData("  a  b  ", "  a|  b|  ")]
    [InlineData("12345678", "12345678")]
    [InlineData("123456789", "12345678|9")]
    [InlineData("a\\nb\\tc", "a|\\nb|\\tc")]
    [InlineData("a\\u0020b", "a|\\u0020b")]
    [InlineData("\u4e16\u754c\u4e16\u754c", "\u4e16\u754c|\u4e16\u754c")]
    [InlineData("\\u4e16\u754c\\u4E16\u754c", "\\u4e16\u754c|\\u4E16\u754c")]
    [InlineData("\\ud83d\\ude00\\ud83d\\ude00\\ud83d\\ude00", "\\ud83d\\ude00\\ud83d\\ude00|\\ud83d\\ude00")]
    [InlineData("\\ude00\\ud83d", "\\ude00\\ud83d")]
    [InlineData("1234567\\\"\\\\", "1234567\\\"|\\\\")]
    public void Tokens(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new List<string>();
        for (var at = 0; at < bytes.Length;)
        {
            var end = EscapedText.NextToken(bytes, at);
            Assert.True(end > at);
            tokens.Add(Encoding.UTF8.GetString(bytes, at, end - at));
            at = end;
        }
        Assert.Equal(expected, string.Join('|', tokens));
        Assert.Equal(tokens.Count, EscapedText.CountTokens(bytes));
        Assert.Equal(bytes.Length, EscapedText.Skip(bytes, 0, tokens.Count));
        Assert.Equal(0, EscapedText.Skip(bytes, 0, 0));
    }

    [Theory]
    [InlineData("abcabd", "abd", 3)]
    [InlineData("abcabd", "abe", -1)]
    [InlineData("aaab", "aab", 1)]
    [InlineData("abababac", "ababac", 2)]
    [InlineData("", "a", -1)]
    [InlineData("a", "ab", -1)]
    [InlineData("x\\u00e9", "\u00e9", 1)]
    [InlineData("x\u00e9y", "\\u00E9y", 1)]
    [InlineData("\\\\n\\n", "\\n", 3)]
    [InlineData("\\ud83d\\ude00", "\\ude00", -1)]
    public void Search_goes_by_what_the_text_says(string text, string sought, int expected) =>
        Assert.Equal(expected, EscapedText.IndexOf(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(sought)));

    [Fact]
    public void Search_agrees_with_string_search_on_every_short_text()
    {
        string[] Texts(int length) => length == 0 ? [""] : [.. Texts(length - 1).SelectMany(t => new[] { t + "a", t + "b" })];
        foreach (var text in Texts(8))
        {
            foreach (var sought in Enumerable.Range(1, 4).SelectMany(Texts))
            {
                Assert.Equal(text.IndexOf(sought, StringComparison.Ordinal), EscapedText.IndexOf(Encoding.ASCII.GetBytes(text), Encoding.ASCII.GetBytes(sought)));
            }
        }
    }
}
