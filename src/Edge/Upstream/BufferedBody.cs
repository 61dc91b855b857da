using Edge.Pipeline;

namespace Edge.Upstream;

/// <summary>How reading a response body into memory ended.</summary>
/// <param name="Failure">None = the body is whole.</param>
/// <param name="IsTooLarge">The body is longer than allowed; the rest was not read.</param>
public readonly record struct BufferedBody(UpstreamFailure Failure, bool IsTooLarge)
{
    public bool IsWhole => Failure == UpstreamFailure.None && !IsTooLarge;

    /// <summary>Reads a body to its end.</summary>
    /// <param name="response">Whose head is there.</param>
    /// <param name="limit">Bytes at most.</param>
    /// <param name="into">Takes the body, or what came of it.</param>
    public static async ValueTask<BufferedBody> ReadAsync(UpstreamResponse response, long limit, PooledBuffer into)
    {
        if (response.ContentLength > limit) return new(UpstreamFailure.None, IsTooLarge: true);
        // An announced length is rented at once, but for no more than a megabyte on the provider's word alone.
        if (response.ContentLength is { } announced) into.Ensure((int)Math.Min(announced, 1 << 20));
        while (true)
        {
            if (!response.TryRead(out var read)) read = await response.ReadAsync();
            if (read.Kind != UpstreamReadKind.Data) return new(read.Failure, IsTooLarge: false);
            if (into.Length + read.Data.Length > limit) return new(UpstreamFailure.None, IsTooLarge: true);
            into.Append(read.Data.Span);
        }
    }
}
