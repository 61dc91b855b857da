using System.Text;
using Edge.Configuration;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>Makes the credential of a target on AWS.</summary>
public static class AwsCredentials
{
    /// <summary>
    /// A Bedrock API key where there is one (given, or in AWS_BEARER_TOKEN_BEDROCK while no keys and no profile are given), else signatures with the keys of the chain.
    /// </summary>
    /// <param name="settings">What the configuration says.</param>
    /// <param name="region">Of <see cref="Region"/>.</param>
    /// <param name="environment">Variables and files.</param>
    /// <param name="time">The clock.</param>
    /// <param name="network">The way to STS; null = the process's own.</param>
    public static ICredential Create(AwsSettings settings, string region, ConfigEnvironment environment, TimeProvider time, TokenNetwork? network = null)
    {
        var bearer = settings.ApiKey;
        if (string.IsNullOrEmpty(bearer) && settings is { AccessKeyId: null, SecretAccessKey: null, Profile: null }) bearer = new AwsEnvironment(environment)["AWS_BEARER_TOKEN_BEDROCK"];
        return string.IsNullOrEmpty(bearer)
            ? new AwsCredential(new AwsKeyChain(settings, region, environment, time, network), region, settings.Service, time)
            : new AwsBearerCredential(bearer);
    }

    /// <summary>The region: given, AWS_REGION, AWS_DEFAULT_REGION or the profile's; null = none of them says one that is.</summary>
    public static string? Region(AwsSettings settings, ConfigEnvironment environment)
    {
        var aws = new AwsEnvironment(environment);
        var region = settings.Region ?? aws["AWS_REGION"] ?? aws["AWS_DEFAULT_REGION"]
            ?? AwsProfiles.Read(aws).Find(settings.Profile ?? aws["AWS_PROFILE"] ?? "default")?.GetValueOrDefault("region");
        // It becomes a part of a host's name.
        return region is { Length: > 0 and <= 64 } && region.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? region : null;
    }
}

/// <summary>A Bedrock API key: <c>authorization: Bearer KEY</c>. https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html</summary>
internal sealed class AwsBearerCredential(string key) : ICredential
{
    private readonly Authorization _authorization = AwsKeys.IsVisible(key)
        ? new Authorization(Encoding.ASCII.GetBytes($"authorization: Bearer {key}\r\n"), 0, null)
        : Authorization.None("The Bedrock API key holds characters that cannot stand in a header.");

    public ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel) => new(_authorization);
}
