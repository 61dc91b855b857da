using System.Text;
using Edge.Model;
using Edge.Tests.Configuration;

namespace Edge.Tests.Model;

/// <summary>The gateway's keys never reach a client, even where a provider quotes them.</summary>
public class TargetSecretsTests
{
    private readonly Target _target = GatewayStateBuilder.Build(
        new FakeEnvironment().Load("providers: {openai: {api_keys: [sk-secret-one, sk-secret-two], headers: {x-proxy-key: proxy-secret}}}").Valid(), TimeProvider.System).Targets[0];

    [Theory]
    [InlineData("Incorrect API key provided: sk-secret-two.", "Incorrect API key provided: [redacted].")]
    [InlineData("proxy-secret sk-secret-one proxy-secret", "[redacted] [redacted] [redacted]")]
    [InlineData("nothing of it", "nothing of it")]
    public void They_are_taken_out_of_text_and_bodies(string said, string passed)
    {
        Assert.Equal(passed, _target.WithoutSecrets(said));
        Assert.Equal(passed, Encoding.UTF8.GetString(_target.WithoutSecrets(Encoding.UTF8.GetBytes(said)).Span));
    }

    [Fact]
    public void A_body_without_them_is_the_same_memory()
    {
        ReadOnlyMemory<byte> body = "{\"error\":{}}"u8.ToArray();

        Assert.Equal(body, _target.WithoutSecrets(body));
    }
}
