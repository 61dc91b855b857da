using System.Security.Cryptography;
using System.Text;
using Edge.Configuration;
using Edge.Model;

namespace Edge.Tests.Configuration;

/// <summary>Promises of SECURITY.md that the configuration and the state keep.</summary>
public class SecurityPromiseTests
{
    private const string KeysAndProvider = "auth: {api_keys: [client-48151]}\nproviders: {p: {url: 'http://127.0.0.1:1', api_key: sk-48151}}";

    [Fact]
    public void Requests_are_compared_with_hashes_of_the_client_keys()
    {
        var state = GatewayStateBuilder.Build(new FakeEnvironment().Load(KeysAndProvider).Valid(), TimeProvider.System);
        var hasher = state.Tenancy.Hasher;
        var hash = hasher.Hash("client-48151");
        Assert.Equal(1, state.Tenancy.Keys.Count);
        Assert.NotNull(state.Tenancy.Keys.Find(hash));
        // Keyed: what everybody can compute from a guess is not what is kept.
        Assert.NotEqual(SHA256.HashData("client-48151"u8), hash);
    }

    [Fact]
    public void What_a_loaded_configuration_prints_holds_no_key()
    {
        var result = new FakeEnvironment().Load(KeysAndProvider);
        var config = result.Valid();
        var printed = new StringBuilder().Append(result).Append(config).Append(config.Auth).Append(config.Providers[0])
            .AppendJoin(',', config.Auth.ApiKeys).AppendJoin(',', result.Warnings);
        Assert.DoesNotContain("48151", printed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_listeners_are_on_loopback_unless_the_file_says_otherwise()
    {
        var config = ConfigLoader.Load(null, new FakeEnvironment()).Valid();
        Assert.All([.. config.Server.Listen, .. config.Admin.Listen], address => Assert.Equal("127.0.0.1", address.Address!.ToString()));
    }

    [Theory]
    [InlineData("*:8080", true)]
    [InlineData("0.0.0.0:8080", true)]
    [InlineData("[::]:8080", true)]
    [InlineData("192.0.2.1:8080", true)]
    [InlineData("127.0.0.1:8080", false)]
    [InlineData("127.9.9.9:8080", false)]
    [InlineData("[::1]:8080", false)]
    [InlineData("localhost:8080", false)]
    [InlineData("unix:/run/edge.sock", false)]
    public void An_open_listener_without_client_keys_is_warned_about(string listen, bool warned)
    {
        var yaml = $"server: {{listen: '{listen}'}}\nproviders: {{p: {{url: 'http://127.0.0.1:1', api_key: k}}}}";
        Assert.Equal(warned, new FakeEnvironment().Load(yaml).Warnings.Any(warning => warning.Contains("auth.api_keys: none is set", StringComparison.Ordinal)));
        Assert.Empty(new FakeEnvironment().Load(yaml + "\nauth: {api_keys: [k]}").Warnings);
    }
}
