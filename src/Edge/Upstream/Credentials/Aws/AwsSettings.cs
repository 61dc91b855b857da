namespace Edge.Upstream.Credentials.Aws;

/// <summary>How a target on AWS is spoken to as whom. What is not given is looked for where AWS's own SDKs look: <see cref="AwsKeyChain"/>.</summary>
public sealed record AwsSettings
{
    /// <summary>Such as <c>us-east-1</c>; null = AWS_REGION, AWS_DEFAULT_REGION or the profile's. <see cref="AwsCredentials.Region"/></summary>
    public string? Region { get; init; }

    /// <summary>The service's name in a signature.</summary>
    public string Service { get; init; } = "bedrock";

    /// <summary>A Bedrock API key; then nothing is signed.</summary>
    public string? ApiKey { get; init; }

    public string? AccessKeyId { get; init; }

    public string? SecretAccessKey { get; init; }

    public string? SessionToken { get; init; }

    /// <summary>A profile of the shared files; it goes before every source but given keys.</summary>
    public string? Profile { get; init; }

    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"Region = {Region}, Service = {Service}, Profile = {Profile}");
        return true;
    }
}
