using System.Security.Cryptography;
using System.Text;
using Edge.Model;
using Edge.Upstream;

namespace Edge.Tests.Configuration;

/// <summary>Which identity of a cloud is used, and that one which cannot work is found by the check of the configuration.</summary>
public class IdentityTests
{
    [Theory]
    [InlineData("aws: {access_key_id: AKIDB, secret_access_key: s}", false)]
    [InlineData("aws: {profile: b}", false)]
    [InlineData("region: us-west-2", true)]
    public async Task A_bedrock_key_of_the_environment_gives_way_to_the_files_own_identity(string yaml, bool isBearer)
    {
        var env = new FakeEnvironment().With("AWS_BEARER_TOKEN_BEDROCK", "account-a").With("HOME", "/home/u")
            .WithFile("/home/u/.aws/credentials", "[b]\naws_access_key_id = AKIDB\naws_secret_access_key = s\n");
        var config = env.Load($"providers: {{bedrock: {{{yaml}}}}}").Valid();
        var target = GatewayStateBuilder.Build(config, TimeProvider.System, null, env).Targets[0];

        var authorization = await target.Credential!.AuthorizeAsync(new UpstreamRequest { Path = "/"u8.ToArray() }, TestContext.Current.CancellationToken);

        Assert.Null(authorization.Problem);
        var lines = Encoding.ASCII.GetString(authorization.Lines.Span);
        Assert.Equal((isBearer, !isBearer), (lines.Contains("Bearer account-a", StringComparison.Ordinal), lines.Contains("Credential=AKIDB/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("vertex: {project: p, google: {credentials: 'no json'}}", "providers.vertex.google.credentials: The Google credentials are not JSON")]
    [InlineData("vertex: {project: p, google: {credentials: '{\"type\":\"x\"}'}}", "providers.vertex.google.credentials: The Google credentials' type must be")]
    [InlineData("vertex: {project: p, google: {credentials: '{\"type\":\"service_account\",\"client_email\":\"e\",\"private_key\":\"-----BEGIN\"}'}}", "providers.vertex.google.credentials: The Google credentials' private_key is no RSA key")]
    [InlineData("bedrock: {aws: {access_key_id: AKID}}", "providers.bedrock.aws.access_key_id: has no secret")]
    [InlineData("bedrock: {aws: {secret_access_key: s}}", "providers.bedrock.aws.secret_access_key: has no key")]
    [InlineData("azure_openai: {url: 'https://x', azure: {client_secret: s, client_id: c}}", "providers.azure_openai.azure.client_secret: needs azure.tenant_id")]
    [InlineData("azure_openai: {url: 'https://x', azure: {client_secret: s, tenant_id: t}}", "providers.azure_openai.azure.client_secret: needs azure.client_id")]
    public void What_cannot_be_an_identity_is_an_error_at_its_place(string provider, string error) =>
        Assert.Contains(error, Assert.Single(new FakeEnvironment().Load($"providers: {{{provider}}}").ErrorTexts()), StringComparison.Ordinal);

    [Fact]
    public void Half_an_identity_may_be_completed_by_the_environment_or_left_out_with_it()
    {
        var azure = new FakeEnvironment().With("AZURE_TENANT_ID", "t").With("AZURE_CLIENT_ID", "c");
        azure.Load("providers: {azure_openai: {url: 'https://x', azure: {client_secret: s}}}").Valid();

        // A variable that is not set takes its provider out of service, here as everywhere.
        Assert.False(new FakeEnvironment().Load("providers: {bedrock: {aws: {access_key_id: a, secret_access_key: '${GONE}'}}}").Valid().Providers[0].Enabled);
    }

    [Fact]
    public void A_usable_key_file_says_nothing_and_one_of_the_environment_that_is_not_warns()
    {
        using var rsa = RSA.Create(2048);
        var json = $$"""{"type":"service_account","client_email":"e@x","private_key":"{{rsa.ExportPkcs8PrivateKeyPem().ReplaceLineEndings("\\n")}}"}""";
        const string Yaml = "providers: {vertex: {project: p, google: {credentials: '${file:/key.json}'}}}";
        Assert.Empty(new FakeEnvironment().WithFile("/key.json", json).Load(Yaml).ErrorTexts());

        const string Bare = "providers: {vertex: {project: p}}";
        var named = new FakeEnvironment().With("GOOGLE_APPLICATION_CREDENTIALS", "/adc.json");
        Assert.Contains(named.Load(Bare).Warnings, warning => warning.Contains("providers.vertex.google.credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read", StringComparison.Ordinal));
        Assert.Contains(named.WithFile("/adc.json", "{}").Load(Bare).Warnings, warning => warning.Contains("The Google credentials' type must be", StringComparison.Ordinal));
        Assert.DoesNotContain(named.WithFile("/adc.json", json).Load(Bare).Warnings, warning => warning.Contains("google.credentials", StringComparison.Ordinal));
    }
}
