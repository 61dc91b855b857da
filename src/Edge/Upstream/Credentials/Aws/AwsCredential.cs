using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Edge.Providers.Wire;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>Signs each request with AWS Signature Version 4. The body is hashed (about 2 GB/s where the processor has SHA instructions); the day's key is kept.</summary>
public sealed class AwsCredential : ICredential
{
    [ThreadStatic]
    private static IncrementalHash? _bodyHash;

    private readonly AwsKeyCache _keys;
    private readonly byte[] _region;
    private readonly byte[] _service;
    private readonly TimeProvider _time;
    private volatile SigningKey? _signingKey;

    private sealed record SigningKey(AwsKeys Keys, DateOnly Day, byte[] Key);

    /// <param name="source">Where the keys come from.</param>
    /// <param name="region">Such as <c>us-east-1</c>.</param>
    /// <param name="service">Such as <c>bedrock</c>.</param>
    /// <param name="time">The clock of signatures and of renewal.</param>
    public AwsCredential(IAwsKeySource source, string region, string service, TimeProvider time)
    {
        _keys = new AwsKeyCache(source, time);
        _region = Encoding.ASCII.GetBytes(region);
        _service = Encoding.ASCII.GetBytes(service);
        _time = time;
    }

    /// <inheritdoc/>
    public ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel) =>
        _keys.Current is { } result ? new(Authorize(request, result)) : AuthorizeLaterAsync(request, cancel);

    /// <inheritdoc/>
    public void Report(int used, int status, TimeSpan? retryAfter)
    {
        if (status is 401 or 403) _keys.Suspect();
    }

    private async ValueTask<Authorization> AuthorizeLaterAsync(UpstreamRequest request, CancellationToken cancel)
    {
        try
        {
            return Authorize(request, await _keys.WaitAsync(cancel));
        }
        catch (OperationCanceledException)
        {
            return Authorization.None("The request was cancelled while AWS credentials were fetched.");
        }
    }

    private Authorization Authorize(UpstreamRequest request, in AwsKeyResult result) =>
        result.Keys is { } keys ? new Authorization(Sign(request, keys), 0, null) : Authorization.None(result.Problem ?? "There are no AWS credentials.");

    private ReadOnlyMemory<byte> Sign(UpstreamRequest request, AwsKeys keys)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        Span<byte> time = stackalloc byte[16];
        now.TryFormat(time, out _, "yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var key = KeyOf(keys, DateOnly.FromDateTime(now), time[..8]);

        var target = request.Path.Span;
        var query = target.IndexOf((byte)'?');
        Span<byte> hash = stackalloc byte[32];
        HashBody(request.Body, hash);
        // The headers that are signed are few and short; a host has 255 bytes at most.
        Span<byte> headers = stackalloc byte[512];
        var lines = new ArrayBufferWriter<byte>(320 + keys.AccessKeyId.Length + (2 * keys.SessionToken.Length));
        SigV4.Sign(
            new SigV4Request
            {
                Method = Encoding.ASCII.GetBytes(request.Method),
                Path = query < 0 ? target : target[..query],
                Query = query < 0 ? default : target[(query + 1)..],
                Headers = headers[..SignedHeaders(request.TargetHeaders.Span, headers)],
                BodyHash = hash,
                Time = time,
                Region = _region,
                Service = _service,
                AccessKeyId = keys.AccessKeyId,
                SessionToken = keys.SessionToken,
            },
            key,
            lines);
        return lines.WrittenMemory;
    }

    private byte[] KeyOf(AwsKeys keys, DateOnly day, ReadOnlySpan<byte> dayText)
    {
        if (_signingKey is { } kept && ReferenceEquals(kept.Keys, keys) && kept.Day == day) return kept.Key;
        var key = new byte[SigV4.KeySize];
        SigV4.DeriveKey(keys.Secret, dayText, _region, _service, key);
        _signingKey = new SigningKey(keys, day, key);
        return key;
    }

    private static void HashBody(BodySegments body, Span<byte> hash)
    {
        if (body.Segments is [var single])
        {
            SHA256.HashData(single.Span, hash);
            return;
        }
        var all = _bodyHash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var segment in body.Segments) all.AppendData(segment.Span);
        all.GetHashAndReset(hash);
    }

    // Those that say where the request goes and what it is. Not user-agent and accept-encoding, which a proxy may change.
    private static int SignedHeaders(ReadOnlySpan<byte> lines, Span<byte> signed)
    {
        var length = 0;
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf("\r\n"u8);
            var line = end < 0 ? lines : lines[..(end + 2)];
            lines = lines[line.Length..];
            var isSigned = line.StartsWith("host:"u8) || line.StartsWith("content-type:"u8) || (line.StartsWith("x-amz-"u8) && !line.StartsWith("x-amz-date:"u8));
            if (!isSigned || line.Length > signed.Length - length) continue;
            line.CopyTo(signed[length..]);
            length += line.Length;
        }
        return length;
    }
}
