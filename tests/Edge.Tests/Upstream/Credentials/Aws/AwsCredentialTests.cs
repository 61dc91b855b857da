using System.Security.Cryptography;
using System.Text;
using Edge.Tests.Configuration;
using Edge.TestSupport;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Credentials.Aws;
using Clock = Edge.Tests.Simulator.ManualTime;

namespace Edge.Tests.Upstream.Credentials.Aws;

public class AwsCredentialTests
{
    private static readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    /// <summary>Gives what the test says, when it says so.</summary>
    private sealed class Source : IAwsKeySource
    {
        public int Fetches;

        public TaskCompletionSource<AwsKeyResult> Next { get; set; } = new();

        public async ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
        {
            Interlocked.Increment(ref Fetches);
            return await Next.Task;
        }

        public void Gives(AwsKeyResult result) => (Next = new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult(result);
    }

    private readonly Clock _time = new();
    private readonly Source _source = new();

    private static UpstreamRequest Request(params string[] segments)
    {
        var request = new UpstreamRequest
        {
            Path = "/model/anthropic.claude-v2%3A1/converse"u8.ToArray(),
            TargetHeaders = "host: bedrock-runtime.us-east-1.amazonaws.com\r\nuser-agent: x\r\ncontent-type: application/json\r\naccept-encoding: identity\r\n"u8.ToArray(),
        };
        foreach (var segment in segments) request.Body.Add(Encoding.UTF8.GetBytes(segment));
        return request;
    }

    private AwsCredential Credential() => new(_source, "us-east-1", "bedrock", _time);

    private AwsKeys Keys(string id, double minutes) => AwsKeys.Make(id, "secret", "token", _time.GetUtcNow().AddMinutes(minutes))!;

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        await Patience.For(Loop(), "what another thread was to do");

        async Task Loop()
        {
            while (!await isSo()) await Task.Yield();
        }
    }

    private static async Task<string> LinesAsync(ICredential credential, UpstreamRequest? request = null)
    {
        var authorization = await credential.AuthorizeAsync(request ?? Request("{}"), _stop);
        return authorization.Problem ?? Encoding.ASCII.GetString(authorization.Lines.Span);
    }

    private static async Task<string> IdAsync(ICredential credential) => (await LinesAsync(credential)) is var lines && lines.Contains("Credential=", StringComparison.Ordinal)
        ? lines.Split("Credential=")[1].Split('/')[0]
        : lines;

    [Fact]
    public async Task A_request_is_signed_as_it_is_sent()
    {
        _source.Gives(new(AwsKeys.Make("AKID", "secret", "tok"), null));

        var lines = await LinesAsync(Credential(), Request("{\"a\":", "\"é\"}"));

        // The whole of the algorithm once more, by its definition, without ours.
        var body = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("{\"a\":\"é\"}")));
        var canonical = "POST\n/model/anthropic.claude-v2%253A1/converse\n\ncontent-type:application/json\nhost:bedrock-runtime.us-east-1.amazonaws.com\n"
            + $"x-amz-date:19700102T000000Z\nx-amz-security-token:tok\n\ncontent-type;host;x-amz-date;x-amz-security-token\n{body}";
        var toSign = $"AWS4-HMAC-SHA256\n19700102T000000Z\n19700102/us-east-1/bedrock/aws4_request\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4secret");
        foreach (var part in new[] { "19700102", "us-east-1", "bedrock", "aws4_request" }) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        Assert.Equal(
            "authorization: AWS4-HMAC-SHA256 Credential=AKID/19700102/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
            + $"Signature={signature}\r\nx-amz-date: 19700102T000000Z\r\nx-amz-security-token: tok\r\n",
            lines);
    }

    [Fact]
    public async Task The_key_of_a_day_is_good_for_that_day()
    {
        _source.Gives(new(AwsKeys.Make("AKID", "secret", null), null));
        var credential = Credential();

        var first = await LinesAsync(credential);
        Assert.Equal(first, await LinesAsync(credential));
        Assert.NotEqual(first, await LinesAsync(credential, Request("{ }")));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Contains("Credential=AKID/19700103/", await LinesAsync(credential), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromDays(-1));
        Assert.Equal(first, await LinesAsync(credential));
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task All_who_wait_share_one_fetch_and_one_who_leaves_ends_nothing()
    {
        var credential = Credential();
        using var leaving = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 10).Select(_ => IdAsync(credential)).ToArray();
        var left = credential.AuthorizeAsync(Request("{}"), leaving.Token).AsTask();
        await leaving.CancelAsync();

        Assert.NotNull((await left).Problem);
        _source.Next.SetResult(new(Keys("one", 60), null));
        Assert.All(await Task.WhenAll(waiting), id => Assert.Equal("one", id));
        Assert.Equal(1, _source.Fetches);
        // From now on without waiting.
        var ready = credential.AuthorizeAsync(Request("{}"), _stop).AsTask();
        Assert.True(ready.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Whatever_a_source_throws_is_a_problem_and_the_source_is_left_alone_for_a_while()
    {
        _source.Next.SetException(new ArithmeticException("secret"));
        var credential = Credential();

        Assert.Equal("The AWS credentials could not be fetched (ArithmeticException).", await LinesAsync(credential));
        await LinesAsync(credential);
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task Keys_are_renewed_in_the_background_before_they_expire()
    {
        _source.Gives(new(Keys("one", 60), null));
        var credential = Credential();
        Assert.Equal("one", await IdAsync(credential));
        _source.Next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        _time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("one", await IdAsync(credential));
        Assert.Equal(1, _source.Fetches);
        _time.Advance(TimeSpan.FromMinutes(2));
        // The request that finds them old starts the fetch and goes on with them.
        Assert.Equal("one", await IdAsync(credential));
        _source.Next.SetResult(new(Keys("two", 60), null));
        await UntilAsync(async () => await IdAsync(credential) == "two");
        Assert.Equal(2, _source.Fetches);
    }

    [Fact]
    public async Task The_last_good_keys_are_kept_while_their_source_fails()
    {
        _source.Gives(new(Keys("one", 60), null));
        var credential = Credential();
        Assert.Equal("one", await IdAsync(credential));
        _source.Gives(AwsKeyResult.Failed("down"));

        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("one", await IdAsync(credential));
        Assert.Equal(2, _source.Fetches);
        // Not asked at each request.
        Assert.Equal("one", await IdAsync(credential));
        Assert.Equal(2, _source.Fetches);
        _source.Gives(new(Keys("two", 60), null));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("two", await IdAsync(credential));
    }

    [Fact]
    public async Task A_source_that_fails_is_asked_again_after_a_pause()
    {
        _source.Gives(AwsKeyResult.Failed("down"));
        var credential = Credential();
        Assert.Equal("down", await LinesAsync(credential));
        Assert.Equal("down", await LinesAsync(credential));
        Assert.Equal(1, _source.Fetches);

        _source.Gives(new(Keys("one", 60), null));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("one", await IdAsync(credential));
    }

    [Fact]
    public async Task Keys_that_are_refused_are_asked_for_again()
    {
        _source.Gives(new(AwsKeys.Make("one", "secret", null), null));
        var credential = Credential();
        Assert.Equal("one", await IdAsync(credential));
        _source.Gives(new(AwsKeys.Make("two", "secret", null), null));

        // Just fetched: the source would give the same.
        credential.Report(0, 403, null);
        Assert.Equal("one", await IdAsync(credential));
        _time.Advance(TimeSpan.FromMinutes(1));
        credential.Report(0, 429, null);
        Assert.Equal("one", await IdAsync(credential));
        Assert.Equal(1, _source.Fetches);
        credential.Report(0, 403, null);
        await UntilAsync(async () => await IdAsync(credential) == "two");
        Assert.Equal(2, _source.Fetches);
    }

    [Fact]
    public async Task A_source_that_hangs_does_not_hold_requests_for_ever()
    {
        var credential = Credential();
        var waiting = LinesAsync(credential);
        await UntilAsync(() => Task.FromResult(_source.Fetches == 1 && _time.Created > 0));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("The AWS credentials were not there within 30 s.", await waiting);
    }

    [Fact]
    public async Task A_Bedrock_API_key_is_a_bearer()
    {
        var environment = new FakeEnvironment().With("AWS_BEARER_TOKEN_BEDROCK", "from-env").With("AWS_EC2_METADATA_DISABLED", "true").With("HOME", "/h");
        Task<string> With(AwsSettings settings) => LinesAsync(AwsCredentials.Create(settings, "us-east-1", environment, _time));

        Assert.Equal("authorization: Bearer from-env\r\n", await With(new()));
        Assert.Equal("authorization: Bearer given\r\n", await With(new() { ApiKey = "given" }));
        Assert.StartsWith("authorization: AWS4-HMAC-SHA256 Credential=a/", await With(new() { AccessKeyId = "a", SecretAccessKey = "b" }));
        Assert.StartsWith("The Bedrock API key holds", await With(new() { ApiKey = "a\r\nb" }));
    }
}
