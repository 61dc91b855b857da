using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Edge.Providers.Wire;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>The security token service: keys of a role, for a token of an identity provider or for other keys. https://docs.aws.amazon.com/STS/latest/APIReference/</summary>
internal sealed class AwsSts(AwsEnvironment environment, string region, TimeProvider time, TokenNetwork? network = null)
{
    private readonly AwsHttp _http = AwsHttp.Remote(network);

    /// <summary>For the token of an identity provider; the request is not signed.</summary>
    public Task<AwsKeyResult> AssumeWithTokenAsync(string role, string session, string token, CancellationToken cancel) =>
        SendAsync(
            [("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role), ("RoleSessionName", session), ("WebIdentityToken", token)], null, cancel);

    /// <summary>For other keys, which sign the request.</summary>
    public Task<AwsKeyResult> AssumeAsync(string role, string session, string? externalId, AwsKeys keys, CancellationToken cancel)
    {
        List<(string, string)> fields = [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role), ("RoleSessionName", session)];
        if (externalId is not null) fields.Add(("ExternalId", externalId));
        return SendAsync(fields, keys, cancel);
    }

    private async Task<AwsKeyResult> SendAsync(List<(string Name, string Value)> fields, AwsKeys? keys, CancellationToken cancel)
    {
        var suffix = region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";
        var endpoint = environment["AWS_ENDPOINT_URL_STS"] ?? environment["AWS_ENDPOINT_URL"] ?? $"https://sts.{region}.{suffix}";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return AwsKeyResult.Failed("The endpoint of AWS STS is no http(s) URL.");
        var body = Encoding.ASCII.GetBytes(string.Join('&', fields.Select(static field => $"{field.Name}={Uri.EscapeDataString(field.Value)}")));
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        if (keys is not null) Sign(request, url, body, keys);

        var (status, answer) = await _http.SendAsync(request, cancel);
        if (status == 0) return AwsKeyResult.Failed($"AWS STS did not answer: {answer}.");
        if (status != (int)HttpStatusCode.OK) return AwsKeyResult.Failed($"AWS STS refused with status {status}{Reason(answer)}.");
        if (!AwsHttp.TryTime(Element(answer, "Expiration"), out var expires)) return AwsKeyResult.Failed("AWS STS gave a time of expiry that is none.");
        return AwsKeyResult.Of(AwsKeys.Make(Element(answer, "AccessKeyId"), Element(answer, "SecretAccessKey"), Element(answer, "SessionToken"), expires), "AWS STS gave no keys.");
    }

    private void Sign(HttpRequestMessage request, Uri url, byte[] body, AwsKeys keys)
    {
        var now = Encoding.ASCII.GetBytes(time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var regionBytes = Encoding.ASCII.GetBytes(region);
        var key = new byte[SigV4.KeySize];
        SigV4.DeriveKey(keys.Secret, now.AsSpan(0, 8), regionBytes, "sts"u8, key);
        var lines = new ArrayBufferWriter<byte>(1024);
        SigV4.Sign(
            new SigV4Request
            {
                Method = "POST"u8,
                Path = Encoding.ASCII.GetBytes(url.AbsolutePath),
                Headers = Encoding.ASCII.GetBytes($"content-type: application/x-www-form-urlencoded; charset=utf-8\r\nhost: {url.Authority}\r\n"),
                BodyHash = SHA256.HashData(body),
                Time = now,
                Region = regionBytes,
                Service = "sts"u8,
                AccessKeyId = keys.AccessKeyId,
                SessionToken = keys.SessionToken,
            },
            key,
            lines);
        foreach (var line in Encoding.ASCII.GetString(lines.WrittenSpan).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim());
        }
    }

    // <ErrorResponse><Error><Code>AccessDenied</Code><Message>...</Message>: the code is enough and never holds what was sent.
    private static string Reason(string answer) =>
        Element(answer, "Code") is { Length: > 0 and <= 64 } code && code.All(char.IsAsciiLetterOrDigit) ? $" ({code})" : "";

    // The answers are flat and generated; their values hold no markup but the five entities.
    private static string? Element(string xml, string name)
    {
        var start = xml.IndexOf($"<{name}>", StringComparison.Ordinal);
        if (start < 0) return null;
        start += name.Length + 2;
        var end = xml.IndexOf("</", start, StringComparison.Ordinal);
        return end < 0 ? null : WebUtility.HtmlDecode(xml[start..end].Trim());
    }
}
