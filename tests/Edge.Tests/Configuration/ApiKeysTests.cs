using System.Text;
using Edge.Model;

namespace Edge.Tests.Configuration;

public class ApiKeysTests
{
    [Fact]
    public void Several_keys_are_read_and_shown_in_turn()
    {
        var env = new FakeEnvironment().With("B", "sk-b");
        var config = env.Load("providers: {openai: {api_keys: [sk-a, '${B}', {key: sk-c, weight: 2}], api_key_rest: 90s}}").Valid();
        var provider = config.Providers[0];
        Assert.Equal([("sk-a", 1), ("sk-b", 1), ("sk-c", 2)], provider.ApiKeys.Select(key => (key.Key.Reveal(), key.Weight)));
        Assert.Equal(TimeSpan.FromSeconds(90), provider.ApiKeyRest);
        Assert.True(provider.Enabled);
        Assert.DoesNotContain("sk-", string.Join(' ', provider.ApiKeys), StringComparison.Ordinal);
        var target = GatewayStateBuilder.Build(config, TimeProvider.System).Targets[0];
        Assert.Equal(["sk-a", "sk-b", "sk-c", "sk-c"], Enumerable.Range(0, 4).Select(_ => Shown(target)["authorization: Bearer ".Length..].Trim()).Order());
        Assert.DoesNotContain("authorization", Encoding.ASCII.GetString(target.Headers.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_without_its_variable_is_left_out_and_the_provider_only_without_any()
    {
        var some = new FakeEnvironment().With("B", "sk-b").Load("providers: {openai: {api_keys: ['${A}', '${B}']}}");
        Assert.Equal("sk-b", Assert.Single(some.Valid().Providers[0].ApiKeys).Key.Reveal());
        Assert.True(some.Valid().Providers[0].Enabled);
        Assert.Contains("providers.openai.api_keys: left out: A is not set", Assert.Single(some.Warnings), StringComparison.Ordinal);

        var none = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o").Load("providers: {openai: {api_keys: ['${A}', {key: '${B}'}]}}");
        var provider = none.Valid().Providers[0];
        Assert.Equal((false, "A is not set, B is not set"), (provider.Enabled, provider.DisabledBecause));
        Assert.False(provider.HasKey);
    }

    [Fact]
    public void Keys_of_the_file_win_over_the_environment()
    {
        var provider = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o").Load("providers: {openai: {api_keys: [sk-a]}}").Valid().Providers[0];
        Assert.False(provider.ApiKey.HasValue);
    }

    [Theory]
    [InlineData("api_key: sk-a, api_keys: [sk-b]", "providers.openai.api_keys: stands beside api_key; allowed: one of the two")]
    [InlineData("api_keys: [sk-a, sk-a]", "providers.openai.api_keys[1]: is listed twice")]
    [InlineData("api_keys: [sk-a, ]", null)]
    [InlineData("api_keys: [sk-a, ~]", "providers.openai.api_keys[1]: holds no key")]
    [InlineData("api_keys: [{weight: 3}]", "providers.openai.api_keys[0]: holds no key")]
    [InlineData("api_keys: [{key: sk-a, weight: 0}]", "providers.openai.api_keys[0].weight: is out of range")]
    [InlineData("api_keys: [[sk-a]]", "providers.openai.api_keys[0]: holds no key")]
    [InlineData("api_keys: sk-a", "providers.openai.api_keys: is text; allowed: a list of keys")]
    public void What_is_wrong_is_said_without_the_key(string yaml, string? error)
    {
        var result = new FakeEnvironment().Load($"providers: {{openai: {{{yaml}}}}}");
        if (error is null)
        {
            result.Valid();
            return;
        }
        var text = Assert.Single(result.ErrorTexts());
        Assert.Contains(error, text, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configured_header_wins_over_the_key()
    {
        var config = new FakeEnvironment().Load("providers: {openai: {api_key: sk-a, headers: {Authorization: Basic x}}}").Valid();
        var target = GatewayStateBuilder.Build(config, TimeProvider.System).Targets[0];
        Assert.Null(target.Credential);
        Assert.Contains("authorization: Basic x\r\n", Encoding.ASCII.GetString(target.Headers.Span), StringComparison.Ordinal);
    }

    private static string Shown(Target target) => Encoding.ASCII.GetString(((Edge.Upstream.Credentials.KeyRing)target.Credential!).Next().Lines.Span);
}
