using System.Globalization;
using System.Net;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>Keys that the configuration holds.</summary>
internal sealed class StaticKeySource(AwsSettings settings) : IAwsKeySource
{
    public ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel) =>
        new(settings.AccessKeyId is null && settings.SecretAccessKey is null
            ? AwsKeyResult.None
            : AwsKeyResult.Of(AwsKeys.Make(settings.AccessKeyId, settings.SecretAccessKey, settings.SessionToken), "The configuration holds half an AWS access key."));
}

/// <summary>AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.</summary>
internal sealed class EnvironmentKeySource(AwsEnvironment environment) : IAwsKeySource
{
    public ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
    {
        if (environment["AWS_ACCESS_KEY_ID"] is null || environment["AWS_SECRET_ACCESS_KEY"] is null) return new(AwsKeyResult.None);
        var keys = AwsKeys.Make(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_SESSION_TOKEN"]);
        return new(AwsKeyResult.Of(keys, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY hold no access key."));
    }
}

/// <summary>A role for the token in a file, as EKS mounts one (IRSA): AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME.</summary>
internal sealed class WebIdentityKeySource(AwsEnvironment environment, AwsSts sts) : IAwsKeySource
{
    public async ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel) =>
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] is { } file && environment["AWS_ROLE_ARN"] is { } role
            ? await AssumeAsync(environment, sts, file, role, environment["AWS_ROLE_SESSION_NAME"], cancel)
            : AwsKeyResult.None;

    /// <summary>Reads the file each time: the token in it is renewed.</summary>
    public static async ValueTask<AwsKeyResult> AssumeAsync(AwsEnvironment environment, AwsSts sts, string file, string role, string? session, CancellationToken cancel)
    {
        if (environment.ReadFile(file)?.Trim() is not { Length: > 0 } token) return AwsKeyResult.Failed($"The web identity token file {file} cannot be read or is empty.");
        return await sts.AssumeWithTokenAsync(role, session ?? "edge-gateway", token, cancel);
    }
}

/// <summary>
/// The endpoint that ECS, Fargate and EKS Pod Identity offer a container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, with a token.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
/// </summary>
internal sealed class ContainerKeySource(AwsEnvironment environment) : IAwsKeySource
{
    // Where a plain http URL may point: the container's own machine, ECS' and EKS' agents.
    private static readonly IPAddress[] _agents = [IPAddress.Parse("169.254.170.2"), IPAddress.Parse("169.254.170.23"), IPAddress.Parse("fd00:ec2::23")];

    public async ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
    {
        var text = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] is { } relative
            ? $"http://169.254.170.2/{relative.TrimStart('/')}"
            : environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        if (text is null) return AwsKeyResult.None;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || !IsAllowed(url))
        {
            return AwsKeyResult.Failed("AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http at a loopback address, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23].");
        }
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
        if (environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] is { } file)
        {
            token = environment.ReadFile(file)?.Trim();
            if (token is null) return AwsKeyResult.Failed($"The container's authorization token file {file} cannot be read.");
        }
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (token is not null)
        {
            // A line end in it would begin another header.
            if (token.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0) return AwsKeyResult.Failed("The container's authorization token cannot stand in a header.");
            request.Headers.TryAddWithoutValidation("authorization", token);
        }
        var (status, body) = await AwsHttp.Local.SendAsync(request, cancel);
        if (status == 0) return AwsKeyResult.Failed($"The container's credentials endpoint did not answer: {body}.");
        return status == 200
            ? AwsKeyResult.Of(AwsHttp.ReadKeys(body), "The container's credentials endpoint gave no keys.")
            : AwsKeyResult.Failed(string.Create(CultureInfo.InvariantCulture, $"The container's credentials endpoint refused with status {status}."));
    }

    private static bool IsAllowed(Uri url)
    {
        if (url.Scheme == "https") return true;
        if (url.Scheme != "http") return false;
        if (url.IsLoopback) return true;
        return IPAddress.TryParse(url.DnsSafeHost, out var address) && _agents.Contains(address);
    }
}

/// <summary>
/// An EC2 instance's own role by its metadata service, version 2 alone: a token is asked for first, which a forged request from elsewhere cannot do.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
/// </summary>
internal sealed class InstanceKeySource(AwsEnvironment environment) : IAwsKeySource
{
    private const string Credentials = "/latest/meta-data/iam/security-credentials/";

    public async ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
    {
        if (string.Equals(environment["AWS_EC2_METADATA_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)) return AwsKeyResult.None;
        var isV6 = string.Equals(environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"], "ipv6", StringComparison.OrdinalIgnoreCase);
        var root = (environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? (isV6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")).TrimEnd('/');
        if (!Uri.TryCreate(root, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return AwsKeyResult.Failed("AWS_EC2_METADATA_SERVICE_ENDPOINT is no http(s) URL.");

        var ask = new HttpRequestMessage(HttpMethod.Put, $"{root}/latest/api/token");
        ask.Headers.TryAddWithoutValidation("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        var (status, token) = await AwsHttp.Local.SendAsync(ask, cancel);
        // Nobody there: this is no instance.
        if (status == 0) return AwsKeyResult.None;
        if (status != 200 || !AwsKeys.IsVisible(token = token.Trim())) return Refused("token", status);

        (status, var roles) = await GetAsync(root + Credentials, token, cancel);
        if (status == 404) return AwsKeyResult.None;
        var role = roles.Split('\n')[0].Trim();
        if (status != 200 || role.Length == 0) return Refused("role", status);
        (status, var body) = await GetAsync(root + Credentials + Uri.EscapeDataString(role), token, cancel);
        return status == 200 ? AwsKeyResult.Of(AwsHttp.ReadKeys(body), "The instance's metadata service gave no keys.") : Refused("keys", status);
    }

    private static Task<(int Status, string Body)> GetAsync(string url, string token, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("x-aws-ec2-metadata-token", token);
        return AwsHttp.Local.SendAsync(request, cancel);
    }

    private static AwsKeyResult Refused(string what, int status) =>
        AwsKeyResult.Failed(string.Create(CultureInfo.InvariantCulture, $"The instance's metadata service gave no {what} (status {status})."));
}
