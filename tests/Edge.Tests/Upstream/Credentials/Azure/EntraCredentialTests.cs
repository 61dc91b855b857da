using System.Text;
using System.Web;
using Edge.Configuration;
using Edge.Tests.Configuration;
using Edge.TestSupport;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Credentials.Azure;

namespace Edge.Tests.Upstream.Credentials.Azure;

public class EntraCredentialTests
{
    private static readonly EntraOptions _secret = new() { TenantId = "tenant 1", ClientId = "app", ClientSecret = new Secret("s&cret") };

    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    [Fact]
    public async Task A_client_secret_is_exchanged_for_a_token()
    {
        await using var server = new TokenServer();
        using var credential = Make(_secret, server);

        var authorization = await Get(credential);

        Assert.Equal(("authorization: Bearer t1\r\n", null), (Text(authorization), authorization.Problem));
        var asked = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/tenant%201/oauth2/v2.0/token"), (asked.Method, asked.Path));
        var form = HttpUtility.ParseQueryString(asked.Body);
        Assert.Equal(("client_credentials", "app", "s&cret", "https://cognitiveservices.azure.com/.default"), (form["grant_type"], form["client_id"], form["client_secret"], form["scope"]));
    }

    [Fact]
    public async Task The_environment_gives_what_the_configuration_does_not()
    {
        await using var server = new TokenServer();
        var environment = new FakeEnvironment().With("AZURE_TENANT_ID", "t").With("AZURE_CLIENT_ID", "c").With("AZURE_CLIENT_SECRET", "x");
        using var credential = Make(new EntraOptions(), server, environment);

        Assert.Null((await Get(credential)).Problem);
        var form = HttpUtility.ParseQueryString(Assert.Single(server.Requests).Body);
        Assert.Equal(("c", "x"), (form["client_id"], form["client_secret"]));
    }

    // https://learn.microsoft.com/entra/workload-id/workload-identity-federation
    [Fact]
    public async Task A_workloads_token_file_is_an_assertion_and_is_read_for_every_fetch()
    {
        await using var server = new TokenServer();
        var time = new TokenTime();
        var environment = new FakeEnvironment().With("AZURE_TENANT_ID", "t").With("AZURE_CLIENT_ID", "c").With("AZURE_FEDERATED_TOKEN_FILE", "/token").WithFile("/token", "jwt.one\n");
        using var credential = Make(new EntraOptions(), server, environment, time);
        await Get(credential);

        environment.WithFile("/token", "jwt.two");
        time.Advance(TimeSpan.FromHours(2));
        await Get(credential);

        var forms = server.Requests.Select(asked => HttpUtility.ParseQueryString(asked.Body)).ToArray();
        Assert.Equal(["jwt.one", "jwt.two"], forms.Select(form => form["client_assertion"]));
        Assert.All(forms, form => Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form["client_assertion_type"]));
        Assert.All(forms, form => Assert.Null(form["client_secret"]));
    }

    // https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
    [Fact]
    public async Task The_machines_identity_comes_from_its_metadata_service()
    {
        await using var server = new TokenServer { Answer = (200, """{"access_token":"m1","client_id":"c","expires_in":"86399","expires_on":"1","not_before":"1","resource":"r","token_type":"Bearer"}""") };
        using var credential = Make(new EntraOptions { ManagedIdentity = true, ClientId = "user assigned", MetadataEndpoint = new Uri(server.Url) }, server);

        Assert.Equal("authorization: Bearer m1\r\n", Text(await Get(credential)));
        var asked = Assert.Single(server.Requests);
        Assert.Equal(("GET", "true"), (asked.Method, asked.Headers["Metadata"]));
        Assert.Equal("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=user%20assigned", asked.Path);
    }

    // https://learn.microsoft.com/azure/app-service/overview-managed-identity
    [Fact]
    public async Task An_app_services_identity_comes_from_its_own_endpoint()
    {
        var time = new TokenTime();
        var end = time.GetUtcNow().ToUnixTimeSeconds() + 3600;
        await using var server = new TokenServer { Answer = (200, $$"""{"access_token":"a1","expires_on":"{{end}}","resource":"r","token_type":"Bearer"}""") };
        var environment = new FakeEnvironment().With("IDENTITY_ENDPOINT", server.Url + "/msi/token").With("IDENTITY_HEADER", "853b9a84");
        using var credential = Make(new EntraOptions(), server, environment, time);

        Assert.Equal("authorization: Bearer a1\r\n", Text(await Get(credential)));
        var asked = Assert.Single(server.Requests);
        Assert.Equal("853b9a84", asked.Headers["X-IDENTITY-HEADER"]);
        Assert.Equal("/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com", asked.Path);
    }

    [Fact]
    public async Task Many_requests_at_once_fetch_one_token()
    {
        await using var server = new TokenServer { Gate = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        using var credential = Make(_secret, server);
        var waiting = Enumerable.Range(0, 50).Select(_ => Get(credential)).ToArray();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        server.Gate.SetResult();

        Assert.All(await Task.WhenAll(waiting), got => Assert.Equal("authorization: Bearer t1\r\n", Text(got)));
        Assert.Single(server.Requests);
        Assert.True(Get(credential).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_token_is_renewed_in_the_background_before_it_ends_and_kept_where_that_fails()
    {
        await using var server = new TokenServer { Answer = (200, TokenServer.Token("t1", 86400)) };
        var time = new TokenTime();
        using var credential = Make(_secret, server, time: time);
        await Get(credential);

        // A day's token is renewed at its half.
        time.Advance(TimeSpan.FromHours(11));
        await Now(credential);
        Assert.Single(server.Requests);

        server.Answer = (503, "busy");
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("authorization: Bearer t1\r\n", Text(await Now(credential)));
        await Patience.For(credential.Flight, "the renewal that fails");
        Assert.Equal(2, server.Requests.Count);

        // Until the next attempt is due, and while it is under way, the old one serves.
        server.Answer = (200, TokenServer.Token("t2"));
        Assert.Equal("authorization: Bearer t1\r\n", Text(await Now(credential)));
        Assert.Equal(2, server.Requests.Count);
        time.Advance(RefreshingToken.RetryDelay);
        Assert.Equal("authorization: Bearer t1\r\n", Text(await Now(credential)));
        await Patience.For(credential.Flight, "the renewal");
        Assert.Equal("authorization: Bearer t2\r\n", Text(await Now(credential)));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task An_expired_token_is_not_shown()
    {
        await using var server = new TokenServer();
        var time = new TokenTime();
        using var credential = Make(_secret, server, time: time);
        await Get(credential);
        server.Answer = (400, """{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.\r\nTrace ID: 1","error_codes":[7000222]}""");

        time.Advance(TimeSpan.FromHours(1));
        var authorization = await Get(credential);

        Assert.Equal(("", "the Entra token endpoint answered 400, invalid_client: AADSTS7000222: The provided client secret keys are expired."), (Text(authorization), authorization.Problem));
    }

    [Fact]
    public async Task After_a_failure_the_endpoint_is_left_alone_for_a_while()
    {
        await using var server = new TokenServer { Answer = (500, "<html>") };
        var time = new TokenTime();
        using var credential = Make(_secret, server, time: time);

        for (var i = 0; i < 10; i++) Assert.Equal("the Entra token endpoint answered 500", (await Get(credential)).Problem);
        Assert.Single(server.Requests);

        server.Answer = (200, TokenServer.Token("t3"));
        time.Advance(RefreshingToken.RetryDelay);
        Assert.Equal("authorization: Bearer t3\r\n", Text(await Get(credential)));
    }

    [Fact]
    public async Task A_refused_token_is_fetched_anew_but_a_new_one_is_not()
    {
        await using var server = new TokenServer();
        var time = new TokenTime();
        using var credential = Make(_secret, server, time: time);
        await Get(credential);
        credential.Report(0, 401, null);
        await Get(credential);
        Assert.Single(server.Requests);

        time.Advance(TimeSpan.FromMinutes(2));
        server.Answer = (200, TokenServer.Token("t2"));
        credential.Report(0, 429, null);
        await Get(credential);
        Assert.Single(server.Requests);
        credential.Report(0, 401, null);
        Assert.Equal("authorization: Bearer t2\r\n", Text(await Get(credential)));
    }

    [Theory]
    [InlineData("""{"access_token":"a\r\nx-evil: 1","expires_in":3599}""")]
    [InlineData("""{"access_token":"","expires_in":3599}""")]
    [InlineData("""{"access_token":"a","expires_in":0}""")]
    [InlineData("""{"access_token":7,"expires_in":"x"}""")]
    [InlineData("""[1]""")]
    [InlineData("")]
    public async Task Answers_that_hold_no_usable_token_are_a_problem_and_no_exception(string answer)
    {
        await using var server = new TokenServer { Answer = (200, answer) };
        using var credential = Make(_secret, server);
        var authorization = await Get(credential);
        Assert.Equal(("", "the token endpoint's answer holds no usable token"), (Text(authorization), authorization.Problem));
    }

    [Fact]
    public async Task What_is_missing_or_unreachable_is_a_problem_and_no_exception()
    {
        await using var server = new TokenServer();
        using var nothing = Make(new EntraOptions(), server);
        Assert.StartsWith("no Entra identity", (await Get(nothing)).Problem, StringComparison.Ordinal);
        using var half = Make(new EntraOptions { ClientSecret = new Secret("x") }, server);
        Assert.StartsWith("an Entra application needs", (await Get(half)).Problem, StringComparison.Ordinal);
        using var file = Make(new EntraOptions(), server, new FakeEnvironment().With("AZURE_TENANT_ID", "t").With("AZURE_CLIENT_ID", "c").With("AZURE_FEDERATED_TOKEN_FILE", "/absent"));
        Assert.StartsWith("the token could not be fetched", (await Get(file)).Problem, StringComparison.Ordinal);
        using var down = new EntraCredential(_secret, new FakeEnvironment().With("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1/"), new TokenTime());
        Assert.StartsWith("the token could not be fetched", (await Get(down)).Problem, StringComparison.Ordinal);
        using var wrong = new EntraCredential(_secret, new FakeEnvironment().With("AZURE_AUTHORITY_HOST", "nowhere"), new TokenTime());
        Assert.Equal("AZURE_AUTHORITY_HOST is no http(s) URL", (await Get(wrong)).Problem);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_endpoint_that_hangs_times_out_and_a_client_that_leaves_does_not_wait()
    {
        await using var server = new TokenServer { Gate = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        var time = new TokenTime();
        using var credential = Make(_secret, server, time: time);
        using var gone = new CancellationTokenSource();
        var left = credential.AuthorizeAsync(new UpstreamRequest(), gone.Token).AsTask();
        var waits = Get(credential);
        await Patience.For(server.Asked, "the request");

        await gone.CancelAsync();
        Assert.NotNull((await left).Problem);
        Assert.False(waits.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("the token endpoint did not answer in time", (await waits).Problem);
    }

    private static EntraCredential Make(EntraOptions options, TokenServer server, FakeEnvironment? environment = null, TokenTime? time = null) =>
        new(options, (environment ?? new FakeEnvironment()).With("AZURE_AUTHORITY_HOST", server.Url + "/"), time ?? new TokenTime());

    private static Task<Authorization> Get(EntraCredential credential) => credential.AuthorizeAsync(new UpstreamRequest(), TestContext.Current.CancellationToken).AsTask();

    // Without waiting: there is a token that serves.
    private static async Task<Authorization> Now(EntraCredential credential)
    {
        var task = Get(credential);
        Assert.True(task.IsCompletedSuccessfully);
        return await task;
    }

    private static string Text(Authorization authorization) => Encoding.ASCII.GetString(authorization.Lines.Span);
}
