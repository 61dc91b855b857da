using System.Text;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>An access key. Secret: its text form says nothing.</summary>
/// <param name="AccessKeyId">Plain ASCII.</param>
/// <param name="Secret">Plain ASCII.</param>
/// <param name="SessionToken">Of temporary keys; empty = none.</param>
/// <param name="Expires">Null = never.</param>
public sealed record AwsKeys(byte[] AccessKeyId, byte[] Secret, byte[] SessionToken, DateTimeOffset? Expires)
{
    /// <summary>Null where a part is missing or cannot stand in a header.</summary>
    public static AwsKeys? Make(string? accessKeyId, string? secret, string? sessionToken, DateTimeOffset? expires = null)
    {
        if (string.IsNullOrEmpty(accessKeyId) || string.IsNullOrEmpty(secret)) return null;
        sessionToken ??= "";
        if (!IsVisible(accessKeyId) || !IsVisible(secret) || !IsVisible(sessionToken)) return null;
        return new AwsKeys(Encoding.ASCII.GetBytes(accessKeyId), Encoding.ASCII.GetBytes(secret), Encoding.ASCII.GetBytes(sessionToken), expires);
    }

    /// <summary>The text may stand in a header as it is.</summary>
    public static bool IsVisible(string text) => text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    public override string ToString() => nameof(AwsKeys);
}

/// <summary>What a source of keys says.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Problem">Why there are none although the source is configured; names no secret.</param>
public readonly record struct AwsKeyResult(AwsKeys? Keys, string? Problem)
{
    /// <summary>The source is not configured: the next one is asked.</summary>
    public static AwsKeyResult None => default;

    public static AwsKeyResult Failed(string problem) => new(null, problem);

    public static AwsKeyResult Of(AwsKeys? keys, string otherwise) => keys is null ? Failed(otherwise) : new AwsKeyResult(keys, null);
}

/// <summary>A place where keys are found.</summary>
public interface IAwsKeySource
{
    /// <summary>Fetches them. Never throws for what the network or the environment does.</summary>
    ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel);
}
