using Edge.Model;
using Edge.Tests.Configuration;

namespace Edge.Tests.Model;

/// <summary>A reload keeps what a credential has learnt, as long as it is the same identity.</summary>
public class CredentialReloadTests
{
    private const string Before = "providers: {openai: {api_keys: [one, two]}, bedrock: {region: eu-west-1, aws: {access_key_id: a, secret_access_key: b}}}";

    [Theory]
    [InlineData("providers: {openai: {api_keys: [one, two], timeout: 5s, models: [m]}, bedrock: {region: eu-west-1, aws: {access_key_id: a, secret_access_key: b}}}", true, true)]
    [InlineData("providers: {openai: {api_keys: [one, three]}, bedrock: {region: eu-west-1, aws: {access_key_id: a, secret_access_key: c}}}", false, false)]
    [InlineData("providers: {openai: {api_keys: [onetwo]}, bedrock: {region: us-east-1, aws: {access_key_id: a, secret_access_key: b}}}", false, false)]
    [InlineData("providers: {openai: {api_keys: [one, two], headers: {authorization: Basic x}}, bedrock: {region: eu-west-1, aws: {access_key_id: a, secret_access_key: b, profile: p}}}", false, false)]
    public void The_same_identity_is_kept_another_one_is_not(string after, bool keepsKeys, bool keepsAws)
    {
        var environment = new FakeEnvironment();
        var first = GatewayStateBuilder.Build(environment.Load(Before).Valid(), TimeProvider.System);

        var second = GatewayStateBuilder.Build(environment.Load(after).Valid(), TimeProvider.System, first);

        Assert.Equal(keepsKeys, ReferenceEquals(first.Targets[0].Credential, second.Targets[0].Credential));
        Assert.Equal(keepsAws, ReferenceEquals(first.Targets[1].Credential, second.Targets[1].Credential));
    }

    [Fact]
    public void No_secret_stands_in_an_identity()
    {
        var state = GatewayStateBuilder.Build(new FakeEnvironment().Load(Before).Valid(), TimeProvider.System);

        Assert.All(state.Targets, target => Assert.Matches("^[0-9A-F]{64}$", target.Identity));
    }
}
