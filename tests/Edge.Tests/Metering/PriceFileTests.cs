using System.Text;
using Edge.Metering;

namespace Edge.Tests.Metering;

public sealed class PriceFileTests
{
    [Fact]
    public void A_line_gives_its_model_and_prices()
    {
        var line = Assert.Single(Prices.Lines("# a remark", "", "\uFEFF"[..0] + """ {"provider":"OpenAI","model":"GPT-X","also":["gpt-x-*"],"input":0.000000001,"output":10,"context":400000,"max_output":128000} """ + "\r"));
        Assert.Equal("openai", line.Provider);
        Assert.Equal(["gpt-x", "gpt-x-*"], line.Models);
        Assert.Equal((400000, 128000), (line.Period.ContextWindow, line.Period.MaxOutput));
        Assert.Equal((1L, 10_000_000_000L), (line.Period.Cards[0].Input, line.Period.Cards[0].Output));
    }

    [Theory]
    [InlineData("""{"model":"m","input":1}""", "provider: is missing; allowed: a provider's type or name, such as openai")]
    [InlineData("""{"provider":"p","input":1}""", "model: is missing")]
    [InlineData("""{"provider":"p","model":"m"}""", "input: is missing: the line has no price")]
    [InlineData("""{"provider":"p","model":"m","input":-1}""", "input: is not a plain decimal number (value '-1'); allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":1e-6}""", "input: is not a plain decimal number (value '1e-6'); allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":0.0000000001}""", "input: is finer than can be kept (value '0.0000000001'); allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":1000000.1}""", "input: is too large (value '1000000.1'); allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":99999999999999999999999}""", "input: is too large (value '99999999999999999999999'); allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":"1"}""", "input: is text; allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":1,"output":null}""", "output: is null; allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":1,"ouput":1}""", "ouput: is unknown; did you mean 'output'?")]
    [InlineData("""{"provider":"p","model":"m","input":1,"input":2}""", "input: is given twice")]
    [InlineData("""{"provider":"p","model":"","input":1}""", "model: is no model's name; allowed: 1 to 200 characters without space, * for any run of them")]
    [InlineData("""{"provider":"p","model":"m","also":"x","input":1}""", "also: is text; allowed: a list of names")]
    [InlineData("""{"provider":"p","model":"m","also":["x",3],"input":1}""", "also: is another number; allowed: text")]
    [InlineData("""{"provider":"p","model":"m","from":"2026-13-01","input":1}""", "from: is no day; allowed: yyyy-mm-dd, meant in UTC")]
    [InlineData("""{"provider":"p","model":"m","from":"2026-05-02","until":"2026-05-02","input":1}""", "until: is not after from")]
    [InlineData("""{"provider":"p","model":"m","hours":"8-12","input":1}""", "hours: is no part of a day; allowed: hh:mm-hh:mm in UTC")]
    [InlineData("""{"provider":"p","model":"m","hours":"08:00-25:00","input":1}""", "hours: is no part of a day; allowed: hh:mm-hh:mm in UTC")]
    [InlineData("""{"provider":"p","model":"m","input":1,"above":{"input":2}}""", "above.tokens: is missing: above how many input tokens?")]
    [InlineData("""{"provider":"p","model":"m","input":1,"above":{"tokens":1.5,"input":2}}""", "above.tokens: is another number; allowed: a whole number of tokens, at least 1|above.tokens: is missing: above how many input tokens?")]
    [InlineData("""{"provider":"p","model":"m","input":1,"above":{"tokens":5}}""", "above: has no price")]
    [InlineData("""{"provider":"p","model":"m","input":1,"flex":{"tokens":5,"input":1}}""", "flex.tokens: is unknown; allowed: input, output, cache_read, cache_write, cache_write_1h, reasoning, audio_input, audio_output, image_input, image_output, per_request, per_search")]
    [InlineData("""{"provider":"p","model":"m","input":1,"batch":"half"}""", "batch: is text; allowed: a number from 0 to 1000000 with at most nine decimals, without sign or exponent")]
    [InlineData("""{"provider":"p","model":"m","input":1,"context":0}""", "context: is another number; allowed: a whole number of tokens, at least 1")]
    [InlineData("""{"provider":"p","model":"m","input":1,"context":99999999999}""", "context: is another number; allowed: a whole number of tokens, at least 1")]
    [InlineData("""[1]""", "is no JSON object; allowed: one object a line")]
    [InlineData("""{"provider":"p","model":"m","input":1} {}""", "is not JSON (at byte 40 of the line)")]
    [InlineData("""{"provider":"p","model":"m","input":1""", "is not JSON (at byte 38 of the line)")]
    [InlineData("""{"provider":"\ud800","model":"m","input":1}""", "holds text that is not Unicode")]
    [InlineData("""{"provider":"p","model":"m","input":1,"above":{"tokens":{"a":{"b":{}}}}}""", "is not JSON (at byte 67 of the line)")]
    public void What_is_wrong_names_line_and_field(string line, string expected) =>
        Assert.Equal(expected.Split('|').Select(error => $"prices.jsonl:2:1: {error}"), Prices.Errors("# a remark\n" + line));

    [Fact]
    public void Every_wrong_line_is_told_and_the_right_ones_are_kept()
    {
        Assert.Equal(["prices.jsonl:1:1: is not JSON (at byte 1 of the line)", "prices.jsonl:3:1: input: is missing: the line has no price"],
            Prices.Errors("x\n{\"provider\":\"p\",\"model\":\"m\",\"input\":1}\n{\"provider\":\"p\",\"model\":\"m\"}"));
    }

    [Fact]
    public void A_file_of_rubbish_says_so_a_hundred_times_at_most()
    {
        Assert.Equal(100, Prices.Errors(string.Concat(Enumerable.Repeat("x\n", 5000))).Length);
        Assert.Equal("prices.jsonl: is larger than 16MB", Assert.Single(Prices.Errors(new byte[PriceFile.MaxBytes + 1])).Replace("MiB", "MB", StringComparison.Ordinal));
    }

    [Fact]
    public void No_bytes_make_it_throw()
    {
        var line = Encoding.UTF8.GetBytes("""{"provider":"p","model":"m","also":["a*"],"from":"2026-01-01","hours":"01:00-02:00","input":1.5,"above":{"tokens":5,"input":2},"flex":0.5,"batch":{"input":1},"context":5}""");
        for (var cut = 1; cut < line.Length; cut++) Assert.Single(Prices.Errors(line[..cut]));
        for (var at = 0; at < line.Length; at++)
        {
            foreach (var wrong in (byte[])[0, (byte)'"', (byte)'{', (byte)'[', (byte)'\\', 0x80, 0xFF, (byte)'9', (byte)'\n'])
            {
                var copy = line.ToArray();
                copy[at] = wrong;
                Prices.Errors(copy);
            }
        }
    }
}
