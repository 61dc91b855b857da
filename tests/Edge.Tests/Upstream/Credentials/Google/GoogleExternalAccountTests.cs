using System.Text;
using System.Text.Json;
using Edge.Tests.Configuration;
using Edge.Upstream;
using Edge.Upstream.Credentials.Google;

namespace Edge.Tests.Upstream.Credentials.Google;

/// <summary>Workload identity federation as <see href="https://google.aip.dev/auth/4117"/> has it, and the errors of each of its steps.</summary>
public sealed class GoogleExternalAccountTests : IDisposable
{
    private const string Audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p";
    private const string Account = "/v1/projects/-/serviceAccounts/bot@p.iam.gserviceaccount.com:generateAccessToken";
    private const string FromFile = "\"credential_source\":{\"file\":\"/var/run/token\"}";

    private readonly TokenServer _server = new();
    private readonly Simulator.ManualTime _time = new();
    private readonly FakeEnvironment _environment = new FakeEnvironment().WithFile("/var/run/token", "jwt.one\n");

    public GoogleExternalAccountTests()
    {
        _server.AnswerTo = request => request switch
        {
            _ when request.StartsWith("GET /subject", StringComparison.Ordinal) => (200, """{"id_token":"jwt.url","access_token":7}"""),
            _ when request.StartsWith("POST /sts", StringComparison.Ordinal) => (200, """{"access_token":"federated","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}"""),
            _ => (200, $$"""{"accessToken":"account","expireTime":"{{_time.GetUtcNow().AddMinutes(30):yyyy-MM-ddTHH:mm:ssZ}}"}"""),
        };
    }

    public void Dispose() => _server.Dispose();

    private GoogleCredential Make(string more) => new(
        $$"""{"type":"external_account","audience":"{{Audience}}","subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"http://{{_server.Host}}/sts",{{more}}}""",
        null, _time, network: null, _environment);

    private string Impersonated => $"\"service_account_impersonation_url\":\"http://{_server.Host}{Account}\"";

    private static async Task<string> Ask(GoogleCredential credential)
    {
        Assert.Null(credential.ConfigurationProblem);
        var authorization = await credential.AuthorizeAsync(new UpstreamRequest(), TestContext.Current.CancellationToken);
        return authorization.Problem ?? Encoding.ASCII.GetString(authorization.Lines.Span);
    }

    private static Dictionary<string, string> Form(string request) =>
        request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));

    [Fact]
    public async Task A_files_token_is_exchanged()
    {
        using var credential = Make(FromFile + ",\"quota_project_id\":\"payer\"");

        Assert.Equal("authorization: Bearer federated\r\nx-goog-user-project: payer\r\n", await Ask(credential));

        var request = Assert.Single(_server.Requests);
        Assert.DoesNotContain("Authorization", request, StringComparison.OrdinalIgnoreCase);
        var form = Form(request);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
                ["audience"] = Audience,
                ["scope"] = "https://www.googleapis.com/auth/cloud-platform",
                ["requested_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
                ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
                ["subject_token"] = "jwt.one",
            },
            form);
    }

    [Fact]
    public async Task The_file_is_read_anew_for_every_exchange()
    {
        using var credential = Make(FromFile);
        await Ask(credential);
        _environment.WithFile("/var/run/token", "jwt.two");
        _time.Advance(TimeSpan.FromHours(2));

        await Ask(credential);

        Assert.Equal(["jwt.one", "jwt.two"], _server.Requests.Select(request => Form(request)["subject_token"]));
    }

    [Fact]
    public async Task A_URLs_token_is_fetched_with_its_headers_out_of_its_member()
    {
        using var credential = Make(
            $$$""" "credential_source":{"url":"http://{{{_server.Host}}}/subject?resource=r","headers":{"Metadata":"True","x-b":"c d"},"format":{"type":"json","subject_token_field_name":"id_token"}}""");

        Assert.Equal("authorization: Bearer federated\r\n", await Ask(credential));

        var requests = _server.Requests.ToArray();
        Assert.Equal(2, requests.Length);
        Assert.StartsWith("GET /subject?resource=r HTTP/1.1\r\n", requests[0], StringComparison.Ordinal);
        Assert.Contains("\r\nMetadata: True\r\nx-b: c d\r\n", requests[0], StringComparison.Ordinal);
        Assert.Equal("jwt.url", Form(requests[1])["subject_token"]);
    }

    [Theory]
    [InlineData("", "3600s")]
    [InlineData(",\"service_account_impersonation\":{\"token_lifetime_seconds\":2800}", "2800s")]
    public async Task A_service_account_is_impersonated_with_what_the_exchange_gave(string more, string lifetime)
    {
        using var credential = Make(FromFile + "," + Impersonated + more);

        Assert.Equal("authorization: Bearer account\r\n", await Ask(credential));

        var request = _server.Requests.Last();
        Assert.StartsWith($"POST {Account} HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer federated\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json\r\n", request, StringComparison.Ordinal);
        var body = JsonDocument.Parse(request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]).RootElement;
        Assert.Equal(lifetime, body.GetProperty("lifetime").GetString());
        Assert.Equal("https://www.googleapis.com/auth/cloud-platform", Assert.Single(body.GetProperty("scope").EnumerateArray()).GetString());

        // It lives as long as its own answer says.
        _time.Advance(TimeSpan.FromMinutes(25));
        Assert.Equal("authorization: Bearer account\r\n", await Ask(credential));
        Assert.Equal(2, _server.Requests.Count);
        _time.Advance(TimeSpan.FromMinutes(6));
        await Ask(credential);
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task A_client_shows_itself_to_the_exchange()
    {
        using var credential = Make(FromFile + ",\"client_id\":\"c\",\"client_secret\":\"s\"");
        await Ask(credential);
        Assert.Contains("Authorization: Basic Yzpz\r\n", Assert.Single(_server.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sts", 400, """{"error":"invalid_grant","error_description":"The audience does not match."}""", "127.0.0.1 answered 400 to the request for an access token: invalid_grant: The audience does not match.")]
    [InlineData("/v1", 403, """{"error":{"code":403,"message":"Permission denied.","status":"PERMISSION_DENIED"}}""", "127.0.0.1 answered 403 to the request for an access token: PERMISSION_DENIED: Permission denied.")]
    [InlineData("/v1", 200, """{"accessToken":"a","expireTime":"1960-01-01T00:00:00Z"}""", "127.0.0.1 answered with no access token.")]
    [InlineData("/v1", 200, """{"accessToken":"a\r\nx: y","expireTime":"2999-01-01T00:00:00Z"}""", "127.0.0.1 answered with no access token.")]
    [InlineData("/v1", 200, """{"accessToken":"a","expireTime":7}""", "127.0.0.1 answered with no access token.")]
    [InlineData("/v1", 200, "<html>", "127.0.0.1 answered with no access token.")]
    [InlineData("/subject", 404, "SECRET", "127.0.0.1 answered 404 to the request for a workload's token.")]
    [InlineData("/subject", 200, """{"id_token":""}""", "127.0.0.1 holds no workload's token.")]
    [InlineData("/subject", 200, """{"id_token":7}""", "127.0.0.1 holds no workload's token.")]
    [InlineData("/subject", 200, "SECRET", "127.0.0.1 holds no workload's token.")]
    public async Task Every_step_may_fail_and_says_which(string path, int status, string answer, string says)
    {
        var usual = _server.AnswerTo!;
        _server.AnswerTo = request => request.Split(' ')[1].StartsWith(path, StringComparison.Ordinal) ? (status, answer) : usual(request);
        using var credential = Make($$$""" "credential_source":{"url":"http://{{{_server.Host}}}/subject","format":{"type":"json","subject_token_field_name":"id_token"}},{{{Impersonated}}}""");

        Assert.Equal(says, await Ask(credential));
    }

    [Fact]
    public async Task A_file_that_is_missing_or_empty_is_a_problem_and_no_exception()
    {
        _environment.WithFile("/var/run/token", " \n");
        using var empty = Make(FromFile);
        Assert.Equal("The file /var/run/token holds no workload's token.", await Ask(empty));
        _environment.Delete("/var/run/token");
        using var absent = Make(FromFile);
        Assert.StartsWith("127.0.0.1 could not be asked for an access token: ", await Ask(absent), StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("\"x\":1", "credential_source must have a file or a url")]
    [InlineData("\"credential_source\":{\"environment_id\":\"aws1\",\"url\":\"http://169.254.169.254/\"}", "credential_source must have a file or a url")]
    [InlineData("\"credential_source\":{\"executable\":{\"command\":\"/x\"}}", "credential_source must have a file or a url")]
    [InlineData("\"credential_source\":[1]", "credential_source must have a file or a url")]
    [InlineData("\"credential_source\":{\"url\":\"ftp://x\"}", "credential_source.url is no http(s) URL")]
    [InlineData("\"credential_source\":{\"file\":\"f\",\"format\":{\"type\":\"xml\"}}", "format.type must be text or json")]
    [InlineData("\"credential_source\":{\"file\":\"f\",\"format\":{\"type\":\"json\"}}", "must have a subject_token_field_name")]
    [InlineData("\"credential_source\":{\"url\":\"http://x\",\"headers\":{\"a\":\"b\\r\\nc: d\"}}", "headers hold what is no header")]
    [InlineData("\"credential_source\":{\"url\":\"http://x\",\"headers\":{\"a b\":\"c\"}}", "headers hold what is no header")]
    [InlineData("\"credential_source\":{\"url\":\"http://x\",\"headers\":{\"a\":1}}", "headers hold what is no header")]
    [InlineData(FromFile + ",\"service_account_impersonation_url\":\"x\"", "service_account_impersonation_url is no http(s) URL")]
    [InlineData(FromFile + ",\"service_account_impersonation_url\":\"http://iam.example/x\"", "must be https")]
    [InlineData(FromFile + ",\"service_account_impersonation\":{\"token_lifetime_seconds\":60}", "must be from 600 to 43200")]
    [InlineData(FromFile + ",\"workforce_pool_user_project\":\"p\"", "workforce_pool_user_project is not supported")]
    public void What_makes_no_sense_or_is_not_supported_is_said_at_once(string more, string says)
    {
        using var credential = Make(more);
        Assert.Contains(says, credential.ConfigurationProblem, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("""{"type":"external_account"}""", "audience and subject_token_type")]
    [InlineData("""{"type":"external_account","audience":"a","subject_token_type":"t"}""", "token_url")]
    public void What_every_file_must_hold_is_said(string json, string says)
    {
        using var credential = new GoogleCredential(json, null, _time);
        Assert.Contains(says, credential.ConfigurationProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_takes_it_and_refuses_half_of_it()
    {
        string Yaml(string json) => $"providers: {{vertex: {{project: p, region: r, google: {{credentials: '{json}'}}}}}}";
        _environment.Load(Yaml($$"""{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://sts.googleapis.com/v1/token",{{FromFile}}}""")).Valid();
        Assert.Contains("token_url", Assert.Single(_environment.Load(Yaml("""{"type":"external_account","audience":"a","subject_token_type":"t"}""")).ErrorTexts()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://sts.example/token", "must be https")]
    [InlineData("https://sts.example/token", null)]
    [InlineData("http://localhost:1/token", null)]
    [InlineData("http://[::1]/token", null)]
    [InlineData("sts.example", "token_url is no http(s) URL")]
    public void A_workloads_token_leaves_the_machine_encrypted_alone(string url, string? says)
    {
        using var credential = new GoogleCredential(
            $$"""{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"{{url}}","client_id":"c","client_secret":"s",{{FromFile}}}""", null, _time, network: null, _environment);

        if (says is null) Assert.Null(credential.ConfigurationProblem);
        else Assert.Contains(says, credential.ConfigurationProblem, StringComparison.Ordinal);
    }
}
