using System.Text;
using Edge.Tests.Configuration;
using Edge.Upstream.Credentials.Aws;
using Clock = Edge.Tests.Simulator.ManualTime;

namespace Edge.Tests.Upstream.Credentials.Aws;

public class AwsKeyChainTests
{
    private const string Expiration = "2026-01-31T12:00:00Z";

    private static readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    private static FakeEnvironment Nowhere() => new FakeEnvironment().With("HOME", "/home/u").With("AWS_EC2_METADATA_DISABLED", "true");

    private static async Task<string> FindAsync(FakeEnvironment environment, AwsSettings? settings = null)
    {
        var result = await new AwsKeyChain(settings ?? new(), "eu-central-1", environment, new Clock()).FetchAsync(_stop);
        if (result.Keys is not { } keys) return $"problem: {result.Problem}";
        return $"{Encoding.ASCII.GetString(keys.AccessKeyId)} {Encoding.ASCII.GetString(keys.Secret)} {Encoding.ASCII.GetString(keys.SessionToken)} {keys.Expires:u}".TrimEnd();
    }

    [Fact]
    public async Task Nothing_anywhere_is_said()
    {
        Assert.StartsWith("problem: No AWS credentials were found", await FindAsync(Nowhere()));
    }

    [Fact]
    public async Task The_configuration_goes_first_then_the_environment_then_the_files()
    {
        var environment = Nowhere().WithFile("/home/u/.aws/credentials", "[default]\naws_access_key_id = file\naws_secret_access_key = sf\n");
        Assert.Equal("file sf", await FindAsync(environment));

        environment.With("AWS_ACCESS_KEY_ID", "env").With("AWS_SECRET_ACCESS_KEY", "se\n").With("AWS_SESSION_TOKEN", "te");
        Assert.Equal("env se te", await FindAsync(environment));
        Assert.Equal("given sg", await FindAsync(environment, new() { AccessKeyId = "given", SecretAccessKey = "sg" }));
        Assert.Equal("problem: The configuration holds half an AWS access key.", await FindAsync(environment, new() { AccessKeyId = "given" }));
        // A profile that is asked for by name goes before the environment.
        Assert.Equal("file sf", await FindAsync(environment, new() { Profile = "default" }));
        Assert.Equal("problem: The shared AWS files hold no profile other.", await FindAsync(environment, new() { Profile = "other" }));
    }

    [Fact]
    public async Task Files_are_read_as_AWS_writes_them()
    {
        var environment = Nowhere().With("AWS_SHARED_CREDENTIALS_FILE", "/c").With("AWS_CONFIG_FILE", "/f").With("AWS_PROFILE", "work")
            .WithFile("/c", "# comment\r\n[default]\r\naws_access_key_id=no\r\n[work]\r\nAWS_ACCESS_KEY_ID = id ; said so\r\naws_secret_access_key = a#b=c/+\r\n")
            .WithFile("/f", "[profile work]\nregion = us-west-2\naws_access_key_id = older\ns3 =\n  max_queue_size = 1\n[sso-session work]\nregion = no\n[services x]\n");

        Assert.Equal("id a#b=c/+", await FindAsync(environment));
        Assert.Equal("us-west-2", AwsCredentials.Region(new(), environment));
    }

    [Theory]
    [InlineData("region = eu-west-1", "problem: No AWS credentials were found")]
    [InlineData("aws_access_key_id = x", "problem: The AWS profile default holds half an access key.")]
    [InlineData("sso_session = x", "problem: The AWS profile default uses sso_session, which is not supported.")]
    [InlineData("credential_process = /absent/x --secret s", "problem: The credential_process of the AWS profile default cannot be started: An error occurred trying to start process '/absent/x'")]
    [InlineData("credential_process = \"open", "problem: The credential_process of the AWS profile default is no command line.")]
    [InlineData("role_arn = r", "problem: The AWS profile default has a role_arn but neither")]
    [InlineData("role_arn = r\nsource_profile = gone", "problem: The shared AWS files hold no profile gone.")]
    [InlineData("role_arn = r\nsource_profile = default", "problem: The AWS profile default holds no keys.")]
    [InlineData("role_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = c\n[profile c]\nrole_arn = r\nsource_profile = b", "problem: The source profiles of the AWS profile")]
    [InlineData("role_arn = r\ncredential_source = Environment", "problem: The AWS profile default finds no keys at its credential_source Environment.")]
    public async Task Profiles_that_give_no_keys_say_why(string profile, string expected)
    {
        Assert.StartsWith(expected, await FindAsync(Nowhere().WithFile("/home/u/.aws/config", $"[default]\n{profile}\n")));
    }

    [Fact]
    public async Task A_role_is_assumed_with_another_profiles_keys_and_a_signature()
    {
        using var sts = new AwsEndpoint(_ => (200, AwsEndpoint.StsAnswer("AssumeRole", "role", Expiration)));
        var environment = Nowhere().With("AWS_ENDPOINT_URL_STS", sts.Url).WithFile(
            "/home/u/.aws/config",
            "[profile work]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = e x\nrole_session_name = me\n[profile base]\naws_access_key_id = b\naws_secret_access_key = sb\naws_session_token = tb\n");

        Assert.Equal("role s/+role t+role 2026-01-31 12:00:00Z", await FindAsync(environment, new() { Profile = "work" }));

        var asked = Assert.Single(sts.Requests);
        Assert.Equal("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=me&ExternalId=e%20x", asked.Body);
        Assert.StartsWith(
            "AWS4-HMAC-SHA256 Credential=b/19700102/eu-central-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=", asked.Header("authorization"));
        Assert.Equal("tb", asked.Header("x-amz-security-token"));
        Assert.Equal("19700102T000000Z", asked.Header("x-amz-date"));
    }

    [Fact]
    public async Task A_web_identity_is_changed_for_keys_and_its_file_read_each_time()
    {
        using var sts = new AwsEndpoint(asked => asked.Body.Contains("one", StringComparison.Ordinal)
            ? (200, AwsEndpoint.StsAnswer("AssumeRoleWithWebIdentity", "web", Expiration))
            : (400, "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code><Message>secret two</Message></Error></ErrorResponse>"));
        var environment = Nowhere().With("AWS_ENDPOINT_URL_STS", sts.Url).With("AWS_WEB_IDENTITY_TOKEN_FILE", "/token").With("AWS_ROLE_ARN", "arn:r").With("AWS_ROLE_SESSION_NAME", "pod")
            .WithFile("/token", "one\n");

        Assert.Equal("web s/+web t+web 2026-01-31 12:00:00Z", await FindAsync(environment));
        environment.WithFile("/token", "two");
        Assert.Equal("problem: AWS STS refused with status 400 (ExpiredTokenException).", await FindAsync(environment));
        environment.Delete("/token");
        Assert.Equal("problem: The web identity token file /token cannot be read or is empty.", await FindAsync(environment));

        Assert.Equal(2, sts.Requests.Count);
        Assert.True(sts.Requests.TryPeek(out var first));
        Assert.Equal("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=pod&WebIdentityToken=one", first.Body);
        Assert.Null(first.Header("authorization"));
    }

    [Fact]
    public async Task A_container_shows_its_token()
    {
        using var agent = new AwsEndpoint(asked => asked.Header("authorization") == "tok en" ? (200, AwsEndpoint.Json("box", Expiration)) : (403, "no"));
        var environment = Nowhere().With("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{agent.Url}/v1/credentials?x=y").With("AWS_CONTAINER_AUTHORIZATION_TOKEN", "old")
            .With("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/auth").WithFile("/auth", "tok en\n");

        Assert.Equal("box sbox tbox 2026-01-31 12:00:00Z", await FindAsync(environment));
        Assert.Equal("/v1/credentials?x=y", Assert.Single(agent.Requests).Path);
        environment.WithFile("/auth", "wrong");
        Assert.Equal("problem: The container's credentials endpoint refused with status 403.", await FindAsync(environment));
        environment.WithFile("/auth", "a\r\nx-evil: b");
        Assert.Equal("problem: The container's authorization token cannot stand in a header.", await FindAsync(environment));
    }

    [Theory]
    [InlineData("http://example.com/x")]
    [InlineData("http://169.254.169.254/x")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("nonsense")]
    public async Task A_containers_endpoint_is_never_somewhere_else(string url)
    {
        Assert.StartsWith("problem: AWS_CONTAINER_CREDENTIALS_FULL_URI must be https", await FindAsync(Nowhere().With("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)));
    }

    [Fact]
    public async Task An_instance_is_asked_with_a_session()
    {
        using var imds = new AwsEndpoint(asked => (asked.Method, asked.Path) switch
        {
            ("PUT", "/latest/api/token") when asked.Header("x-aws-ec2-metadata-token-ttl-seconds") == "21600" => (200, "session"),
            ("GET", "/latest/meta-data/iam/security-credentials/") when asked.Header("x-aws-ec2-metadata-token") == "session" => (200, "my-role\n"),
            ("GET", "/latest/meta-data/iam/security-credentials/my-role") when asked.Header("x-aws-ec2-metadata-token") == "session" => (200, AwsEndpoint.Json("ec2", Expiration)),
            _ => (401, ""),
        });
        var environment = new FakeEnvironment().With("HOME", "/home/u").With("AWS_EC2_METADATA_SERVICE_ENDPOINT", $"{imds.Url}/");

        Assert.Equal("ec2 sec2 tec2 2026-01-31 12:00:00Z", await FindAsync(environment));
        Assert.StartsWith("problem: No AWS credentials", await FindAsync(environment.With("AWS_EC2_METADATA_DISABLED", "TRUE")));
        Assert.Equal(3, imds.Requests.Count);
    }

    [Theory]
    [InlineData(404, "", "problem: No AWS credentials were found")]
    [InlineData(200, "role", "problem: The instance's metadata service gave no keys")]
    [InlineData(500, "", "problem: The instance's metadata service gave no role (status 500).")]
    public async Task An_instance_without_a_role_is_no_source(int status, string role, string expected)
    {
        using var imds = new AwsEndpoint(asked => asked.Method == "PUT" ? (200, "session") : asked.Path.EndsWith('/') ? (status, role) : (200, """{"Code":"Failed"}"""));
        Assert.StartsWith(expected, await FindAsync(new FakeEnvironment().With("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.Url)));
    }

    [Fact]
    public async Task Nobody_at_the_metadata_address_is_no_instance()
    {
        string url;
        using (var gone = new AwsEndpoint(_ => (200, ""))) url = gone.Url;
        Assert.StartsWith("problem: No AWS credentials were found", await FindAsync(new FakeEnvironment().With("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"AccessKeyId\":\"a\"")]
    [InlineData("{\"AccessKeyId\":\"a\\ud800\",\"SecretAccessKey\":\"b\"}")]
    [InlineData("{\"AccessKeyId\":\"a\\r\\nx: y\",\"SecretAccessKey\":\"b\"}")]
    [InlineData("{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Expiration\":\"tomorrow\"}")]
    [InlineData("<html>")]
    public async Task Hostile_answers_are_no_keys(string body)
    {
        using var agent = new AwsEndpoint(_ => (200, body));
        Assert.Equal("problem: The container's credentials endpoint gave no keys.", await FindAsync(Nowhere().With("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.Url)));
    }

    [Theory]
    [InlineData("us-east-1", "us-east-1")]
    [InlineData("evil.example/", null)]
    [InlineData("", null)]
    public void A_region_is_a_part_of_a_host(string given, string? region)
    {
        Assert.Equal(region, AwsCredentials.Region(new() { Region = given }, Nowhere()));
        Assert.Equal("eu-west-3", AwsCredentials.Region(new(), Nowhere().With("AWS_DEFAULT_REGION", "eu-west-3")));
        Assert.Null(AwsCredentials.Region(new(), Nowhere()));
    }

    [Fact]
    public void Secrets_do_not_show()
    {
        Assert.DoesNotContain("hush", $"{AwsKeys.Make("hush", "hush", "hush")}{new AwsSettings { AccessKeyId = "hush", SecretAccessKey = "hush", SessionToken = "hush", ApiKey = "hush" }}", StringComparison.Ordinal);
    }
}
