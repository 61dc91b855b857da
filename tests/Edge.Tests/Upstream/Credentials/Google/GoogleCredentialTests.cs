using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Edge.TestSupport;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Credentials.Google;

namespace Edge.Tests.Upstream.Credentials.Google;

public sealed class GoogleCredentialTests : IDisposable
{
    private readonly TokenServer _server = new();
    private readonly Simulator.ManualTime _time = new();
    private readonly RSA _key = RSA.Create(2048);

    public void Dispose()
    {
        _server.Dispose();
        _key.Dispose();
    }

    private string ServiceAccount(string more = "") =>
        $$"""{"type":"service_account","client_email":"bot@p.iam.gserviceaccount.com","private_key_id":"kid-1","private_key":{{JsonSerializer.Serialize(_key.ExportPkcs8PrivateKeyPem())}},"token_uri":"http://{{_server.Host}}/token"{{more}}}""";

    private GoogleCredential Metadata() => new(null, _server.Host, _time);

    private static async Task<Authorization> Ask(GoogleCredential credential) => await credential.AuthorizeAsync(new UpstreamRequest(), TestContext.Current.CancellationToken);

    private static string Lines(Authorization authorization)
    {
        Assert.Null(authorization.Problem);
        return Encoding.ASCII.GetString(authorization.Lines.Span);
    }

    private static Dictionary<string, string> Form(string request) =>
        request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));

    [Fact]
    public async Task A_service_account_signs_an_assertion()
    {
        using var credential = new GoogleCredential(ServiceAccount(), null, _time);

        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));

        var request = Assert.Single(_server.Requests);
        Assert.StartsWith("POST /token HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/x-www-form-urlencoded", request, StringComparison.Ordinal);
        var form = Form(request);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", form["grant_type"].Replace('+', ' '));
        var parts = form["assertion"].Split('.');
        Assert.Equal(3, parts.Length);
        Assert.True(_key.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
        Assert.Equal(("RS256", "JWT", "kid-1"), (header.GetProperty("alg").GetString(), header.GetProperty("typ").GetString(), header.GetProperty("kid").GetString()));
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal("bot@p.iam.gserviceaccount.com", claims.GetProperty("iss").GetString());
        Assert.Equal("https://www.googleapis.com/auth/cloud-platform", claims.GetProperty("scope").GetString());
        Assert.Equal($"http://{_server.Host}/token", claims.GetProperty("aud").GetString());
        Assert.Equal((now, now + 3600), (claims.GetProperty("iat").GetInt64(), claims.GetProperty("exp").GetInt64()));
    }

    [Fact]
    public async Task A_person_gives_a_refresh_token()
    {
        using var credential = new GoogleCredential(
            $$"""{"type":"authorized_user","client_id":"id","client_secret":"s&=","refresh_token":"1//r","quota_project_id":"payer","token_uri":"http://{{_server.Host}}/t"}""", null, _time);

        Assert.Equal("authorization: Bearer T1\r\nx-goog-user-project: payer\r\n", Lines(await Ask(credential)));

        var form = Form(Assert.Single(_server.Requests));
        Assert.Equal(("refresh_token", "id", "s&=", "1//r"), (form["grant_type"], form["client_id"], form["client_secret"], form["refresh_token"]));
    }

    [Fact]
    public async Task The_metadata_server_is_asked_where_there_is_no_JSON()
    {
        using var credential = Metadata();

        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));

        var request = Assert.Single(_server.Requests);
        Assert.StartsWith(
            "GET /computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nMetadata-Flavor: Google\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_answers_in_the_place_of_the_metadata_server_is_not_believed()
    {
        _server.Header = "Server: router";
        using var credential = Metadata();
        Assert.Contains("no metadata server", (await Ask(credential)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_serves_until_it_is_renewed_in_the_background()
    {
        using var credential = Metadata();
        await Ask(credential);
        _server.Answer = (200, TokenServer.Token("T2", 3600));

        _time.Advance(TimeSpan.FromSeconds(3600 - 226));
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));
        Assert.Single(_server.Requests);

        // Within the last minutes the old one is still good; nobody waits for the new one.
        var gate = new TaskCompletionSource();
        (_server.Gate, _server.Asked) = (gate.Task, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _time.Advance(TimeSpan.FromSeconds(2));
        var during = credential.AuthorizeAsync(new UpstreamRequest(), TestContext.Current.CancellationToken);
        Assert.True(during.IsCompletedSuccessfully);
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await during));
        await _server.Asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));
        gate.SetResult();

        await Patience.For(credential.Flight, "renewal");
        Assert.Equal("authorization: Bearer T2\r\n", Lines(await Ask(credential)));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Many_that_wait_share_one_flight()
    {
        var gate = new TaskCompletionSource();
        _server.Gate = gate.Task;
        using var credential = Metadata();
        var waiting = Enumerable.Range(0, 50).Select(_ => Ask(credential)).ToList();
        using var gone = new CancellationTokenSource();
        var leaver = credential.AuthorizeAsync(new UpstreamRequest(), gone.Token);
        await _server.Asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        await gone.CancelAsync();

        Assert.NotNull((await leaver).Problem);
        gate.SetResult();

        Assert.All(await Task.WhenAll(waiting), authorization => Assert.Equal("authorization: Bearer T1\r\n", Lines(authorization)));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task While_renewal_fails_the_old_token_serves_as_long_as_it_is_valid()
    {
        using var credential = Metadata();
        await Ask(credential);
        _server.Answer = (503, "busy");

        _time.Advance(TimeSpan.FromSeconds(3500));
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));
        await Patience.For(credential.Flight, "renewal");
        Assert.Equal(2, _server.Requests.Count);
        // 10 seconds before its end it is not sent any more.
        _time.Advance(TimeSpan.FromSeconds(91));
        Assert.Contains("answered 503", (await Ask(credential)).Problem, StringComparison.Ordinal);

        _server.Answer = (200, TokenServer.Token("T2", 60));
        // After a failure there is a pause, of two minutes never.
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("authorization: Bearer T2\r\n", Lines(await Ask(credential)));
    }

    [Fact]
    public async Task After_a_failure_nobody_is_asked_until_the_pause_is_over()
    {
        _server.Answer = (400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""");
        using var credential = new GoogleCredential(ServiceAccount(), null, _time);

        var first = await Ask(credential);
        var second = await Ask(credential);

        Assert.Equal("127.0.0.1 answered 400 to the request for an access token: invalid_grant: Invalid JWT Signature.", first.Problem);
        Assert.Equal(first.Problem, second.Problem);
        Assert.Single(_server.Requests);
        _server.Answer = (200, TokenServer.Token("T1", 3600));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_replaced_and_a_fresh_one_that_is_refused_is_not()
    {
        using var credential = Metadata();
        var first = await Ask(credential);
        _server.Answer = (200, TokenServer.Token("T2", 3600));

        credential.Report(first.Key, 401, null);
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));
        _time.Advance(TimeSpan.FromSeconds(30));
        credential.Report(first.Key, 403, null);
        Assert.Equal("authorization: Bearer T1\r\n", Lines(await Ask(credential)));
        credential.Report(first.Key, 401, null);
        Assert.Equal("authorization: Bearer T2\r\n", Lines(await Ask(credential)));
        _time.Advance(TimeSpan.FromSeconds(30));
        // A late answer to the old one says nothing of the new one.
        credential.Report(first.Key, 401, null);
        Assert.Equal("authorization: Bearer T2\r\n", Lines(await Ask(credential)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("""{"access_token":"T","expires_in":"x"}""")]
    [InlineData("""{"access_token":"T","expires_in":0}""")]
    [InlineData("""{"access_token":"T\r\nx: y","expires_in":60}""")]
    [InlineData("""{"access_token":7,"expires_in":60}""")]
    public async Task Answers_without_a_token_are_a_problem(string body)
    {
        _server.Answer = (200, body);
        using var credential = Metadata();
        Assert.Contains("no access token", (await Ask(credential)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_problem()
    {
        var host = _server.Host;
        _server.Dispose();
        using var credential = new GoogleCredential(null, host, _time);
        Assert.Contains("could not be asked", (await Ask(credential)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        _server.Gate = new TaskCompletionSource().Task;
        using var credential = Metadata();
        var waiting = Ask(credential);
        await _server.Asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("did not answer in time", (await waiting).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "type must be")]
    [InlineData("""{"type":"impersonated_service_account"}""", "not impersonated_service_account")]
    [InlineData("""{"type":"service_account","client_email":"a"}""", "private_key")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"-----BEGIN SECRET-----"}""", "no RSA key")]
    [InlineData("""{"type":"authorized_user","client_id":"a"}""", "refresh_token")]
    [InlineData("""{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"c","token_uri":"ftp://x"}""", "token_uri")]
    [InlineData("""{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"c","quota_project_id":"x\r\ny"}""", "quota_project_id")]
    public async Task Credentials_that_make_no_sense_say_so_at_once(string json, string says)
    {
        using var credential = new GoogleCredential(json, _server.Host, _time);
        Assert.Contains(says, credential.ConfigurationProblem, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", credential.ConfigurationProblem, StringComparison.Ordinal);
        Assert.Equal(credential.ConfigurationProblem, (await Ask(credential)).Problem);
        Assert.Empty(_server.Requests);
    }
}
