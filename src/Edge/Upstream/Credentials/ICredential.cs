namespace Edge.Upstream.Credentials;

/// <summary>What a credential gives for one request.</summary>
/// <param name="Lines">Header lines in HTTP/1.1 wire form (<c>name: value\r\n</c>, lower-case names), valid until the request is answered. Secret: never logged.</param>
/// <param name="Key">Which of several keys it was, for <see cref="ICredential.Report"/>; 0 where there is one.</param>
/// <param name="Problem">Why there is none (no credentials found, a token endpoint that refuses); names no secret. Null = there is one.</param>
public readonly record struct Authorization(ReadOnlyMemory<byte> Lines, int Key, string? Problem)
{
    public static Authorization None(string problem) => new(default, 0, problem);
}

/// <summary>
/// Shows a provider who we are: a static key, one of several in turn, a signature over the request, or a short-lived token that is fetched and renewed in the
/// background. One per target, used from any thread.
/// </summary>
public interface ICredential
{
    /// <summary>
    /// Called once the request's method, path, headers and body are final, before each attempt. Completes synchronously unless there is no valid token yet; never throws for
    /// what the network or the environment does.
    /// </summary>
    ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel);

    /// <summary>What the provider said to it: 401, 403 and 429 count against the key that was used.</summary>
    /// <param name="used">The authorization's <see cref="Authorization.Key"/>.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="retryAfter">The provider's own word on how long to stay away.</param>
    void Report(int used, int status, TimeSpan? retryAfter)
    {
    }
}
