using Edge.Metering;

namespace Edge.Tests.Metering;

public sealed class PriceCatalogTests
{
    [Theory]
    [InlineData("openai", "gpt-4o-2024-08-06", "gpt-4o")]
    [InlineData("openai", "GPT-4o", "gpt-4o")]
    [InlineData("openai", "gpt-4o-2031-01-01", "gpt-4o")]
    [InlineData("openai", "gpt-4o-mini", "gpt-4o-mini")]
    [InlineData("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13")]
    [InlineData("azure_openai", "gpt-4.1", "gpt-4.1")]
    [InlineData("azure_openai_deployments", "gpt-4.1", "gpt-4.1")]
    [InlineData("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5")]
    [InlineData("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5")]
    [InlineData("anthropic", "claude-haiku-4-5@20251001", "claude-haiku-4-5")]
    [InlineData("gemini", "models/gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("gemini", "gemini-2.5-flash-lite", "gemini-2.5-flash-lite")]
    [InlineData("gemini", "gemini-2.5-flash-001", "gemini-2.5-flash")]
    [InlineData("vertex", "publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("vertex", "google/gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("vertex_anthropic", "claude-sonnet-4-6", "claude-4-sonnet")]
    [InlineData("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "regional.anthropic.claude-haiku-4-5-20251001-v1:0")]
    [InlineData("bedrock", "global.anthropic.claude-haiku-4-5-20251001-v1:0", "global.anthropic.claude-haiku-4-5-20251001-v1:0")]
    [InlineData("bedrock", "eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0")]
    [InlineData("bedrock", "arn:aws:bedrock:us-east-1:1234:inference-profile/us.amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0")]
    [InlineData("openrouter", "openai/gpt-5-mini", "openai/gpt-5-mini")]
    [InlineData("openrouter", "openai/gpt-5-mini:nitro", "openai/gpt-5-mini")]
    [InlineData("openrouter", "some/model:free", "*:free")]
    [InlineData("ollama", "llama3.2:1b", "*")]
    [InlineData("groq", "openai/gpt-oss-120b", "openai/gpt-oss-120b")]
    public void A_model_is_found_under_the_names_it_is_asked_by(string type, string model, string line) => Assert.Equal(line, PriceCatalog.Embedded.Find("mine", type, model)?.Model);

    [Theory]
    [InlineData("openai", "gpt-4o-ultra")]
    [InlineData("openai", "gpt-")]
    [InlineData("openai", "")]
    [InlineData("openai", "*")]
    [InlineData("anthropic", "gpt-4o")]
    [InlineData("openai_compatible", "gpt-4o")]
    [InlineData("nobody", "gpt-4o")]
    public void What_is_not_known_has_no_price(string type, string model) => Assert.Null(PriceCatalog.Embedded.Find("mine", type, model));

    [Fact]
    public void A_name_without_end_is_refused_and_many_names_do_not_fill_the_memory()
    {
        var catalog = new PriceCatalog(Prices.Lines("""{"provider":"openai","model":"x*","input":1}"""));
        Assert.Null(catalog.Find("p", "openai", new string('x', 5000)));
        for (var i = 0; i < 6000; i++) Assert.NotNull(catalog.Find("p", "openai", $"x{i}"));
    }

    [Fact]
    public void The_first_list_goes_before_the_next_and_a_name_before_a_type()
    {
        var catalog = new PriceCatalog(
            Prices.Lines("""{"provider":"mine","model":"gpt-4o","input":1}"""),
            Prices.Lines("""{"provider":"openai","model":"gpt-4o*","input":2}""", """{"provider":"mine","model":"gpt-4o","input":3}"""));
        Assert.Equal(1_000_000_000, catalog.Find("Mine", "openai", "gpt-4o-2024-08-06")!.Standard(Prices.Noon).Input);
        Assert.Equal(2_000_000_000, catalog.Find("other", "openai", "gpt-4o-2024-08-06")!.Standard(Prices.Noon).Input);
        Assert.Equal("gpt-5", catalog.Find("other", "openai", "gpt-5")!.Model);
    }

    [Fact]
    public void A_compatible_provider_may_bear_the_name_of_one_that_has_prices()
    {
        Assert.NotNull(PriceCatalog.Embedded.Find("cerebras", "openai_compatible", "gpt-oss-120b"));
        // Not so where the type says who it is.
        Assert.Equal("*", PriceCatalog.Embedded.Find("openai", "vllm", "gpt-4o")!.Model);
    }

    [Fact]
    public void The_longest_pattern_holds()
    {
        var catalog = new PriceCatalog(Prices.Lines("""{"provider":"p","model":"a*","input":1}""", """{"provider":"p","model":"abc*","input":2}""", """{"provider":"p","model":"*c*d","input":3}""", """{"provider":"p","model":"abcd","input":4}"""));
        Assert.Equal("a*", Found("ab"));
        Assert.Equal("abc*", Found("abcx"));
        Assert.Equal("abc*", Found("abcxd"));
        Assert.Equal("*c*d", Found("xcyd"));
        Assert.Equal("abcd", Found("abcd"));
        Assert.Null(Found("xcy"));

        string? Found(string model) => catalog.Find("p", "p", model)?.Model;
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b", "xxaxxbxx", false)]
    public void Patterns_match_whole_names(string pattern, string name, bool expected) => Assert.Equal(expected, ModelNames.Matches(pattern, name));
}
