using Edge.Cli;
using Edge.Metering;
using Edge.Tests.Configuration;

namespace Edge.Tests.Metering;

public sealed class PricesConfigTests
{
    private const string PricePath = "/etc/edge/prices.jsonl";

    [Fact]
    public void Prices_of_the_configuration_go_before_the_file_and_the_file_before_the_binary()
    {
        var env = new FakeEnvironment().WithFile(PricePath, """
            {"provider":"openai","model":"gpt-5","input":7}
            {"provider":"openai","model":"gpt-4o","input":7}
            """);
        var config = env.Load("""
            prices:
              file: prices.jsonl
              models:
                OpenAI/GPT-5*: { input: 0.1, output: "0.30", cache_read: 0.000000001, batch: 0.5, context: 1000 }
            """).Valid();
        var catalog = PriceCatalog.Of(config.Prices);
        var price = catalog.Find("mine", "openai", "gpt-5")!;
        Assert.Equal((100_000_000L, 300_000_000L, 1L, 50_000_000L, 1000), (price.Standard(Prices.Noon).Input, price.Standard(Prices.Noon).Output, price.Standard(Prices.Noon).CacheRead, price.At(Prices.Noon, ServiceTier.Batch).Input, price.ContextWindow));
        Assert.Equal(7_000_000_000, catalog.Find("mine", "openai", "gpt-4o")!.Standard(Prices.Noon).Input);
        Assert.Equal(2_000_000_000, catalog.Find("mine", "openai", "gpt-4.1")!.Standard(Prices.Noon).Input);
    }

    [Fact]
    public void What_is_wrong_is_told_with_its_place()
    {
        var env = new FakeEnvironment().WithFile(PricePath, "{\"provider\":\"openai\",\"model\":\"m\",\"input\":1}\n{\"provider\":\"openai\",\"model\":\"m\",\"inputs\":1}");
        Assert.Equal(
            [
                "prices.jsonl:2:1: inputs: is unknown; did you mean 'input'?",
                "edge.yaml:4:5: prices.models.gpt-5: is no provider and model; allowed: provider/model such as openai/gpt-5 or openai/gpt-5*",
                "edge.yaml:5:28: prices.models.openai/gpt-5.input: is not an amount of money (value '-1'); allowed: an amount in US dollars such as 0.10 or 2.5, at most 1000000",
                "edge.yaml:6:19: prices.models.openai/gpt-6: has no price; allowed: input and output, at least",
            ],
            env.Load("""
                prices:
                  file: prices.jsonl
                  models:
                    gpt-5: { input: 1 }
                    openai/gpt-5: { input: -1 }
                    openai/gpt-6: {}
                """).ErrorTexts());
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Assert.Equal(["edge.yaml:2:9: prices.file: cannot read the file 'nowhere' (there is no such file)"], new FakeEnvironment().Load("prices:\n  file: nowhere").ErrorTexts());

    [Fact]
    public void A_change_of_the_file_is_a_change_of_the_configuration() =>
        Assert.Contains(new FakeEnvironment().WithFile(PricePath, "").Load("prices: { file: prices.jsonl }").Sources, source => source.Path == PricePath);

    [Fact]
    public void A_price_for_nobody_is_a_warning() =>
        Assert.Contains(new FakeEnvironment().Load("prices: { models: { opnai/x: { input: 1 } } }").Warnings, warning => warning.Contains("no provider is named 'opnai'", StringComparison.Ordinal));

    [Theory]
    [InlineData("{\"provider\":\"openai\",\"model\":\"m\",\"input\":1}\n", 0, "openai               1 models|p.jsonl: 1 lines, valid.", "")]
    [InlineData("{\"provider\":\"openai\",\"model\":\"m\"}\n", 1, "", "p.jsonl:1:1: input: is missing: the line has no price|edge: 1 error(s) in the price file.")]
    [InlineData(null, 1, "", "p.jsonl: cannot be read (there is no such file)|edge: 1 error(s) in the price file.")]
    public void The_command_checks_a_file(string? text, int code, string said, string problems)
    {
        var env = new FakeEnvironment();
        if (text is not null) env.WithFile("p.jsonl", text);
        var line = CommandLine.Parse(["prices", "--file", "p.jsonl"]);
        Assert.Equal(Command.Prices, line.Command);
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.Equal(code, PricesCommand.Run(line.File, env, output, errors));
        Assert.Equal((said, problems), (Joined(output), Joined(errors)));

        static string Joined(StringWriter writer) => string.Join('|', writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Without_a_file_it_says_what_the_binary_knows()
    {
        var output = new StringWriter();
        Assert.Equal(0, PricesCommand.Run(null, new FakeEnvironment(), output, output));
        Assert.Contains("anthropic", output.ToString(), StringComparison.Ordinal);
    }
}
