using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Edge.TestSupport;

/// <summary>
/// Recomputes a request's AWS Signature Version 4, as AWS does where the request arrives:
/// <see href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"/>. Shares no code with the gateway.
/// </summary>
public static class AwsSignature
{
    /// <summary>What is wrong with the request's signature; null = nothing.</summary>
    /// <param name="exchange">As it arrived.</param>
    /// <param name="keyId">The access key's id that must stand in it.</param>
    /// <param name="secret">The secret access key.</param>
    /// <param name="region">Of the scope.</param>
    /// <param name="service">Of the scope.</param>
    public static string? Problem(FakeExchange exchange, string keyId, string secret, string region, string service)
    {
        var authorization = exchange.Header("authorization") ?? "";
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal)) return $"no signature: {authorization}";
        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var time = exchange.Header("x-amz-date") ?? "";
        if (!DateTimeOffset.TryParseExact(time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return $"x-amz-date: {time}";
        if ((DateTimeOffset.UtcNow - at).Duration() > TimeSpan.FromMinutes(5)) return $"signed at {time}";
        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        if (parts["Credential"] != $"{keyId}/{scope}") return $"credential {parts["Credential"]}, not {keyId}/{scope}";

        var names = parts["SignedHeaders"].Split(';');
        if (!names.Contains("host") || !names.Contains("x-amz-date")) return $"signed headers {parts["SignedHeaders"]}";
        if (exchange.Header("x-amz-security-token") is not null && !names.Contains("x-amz-security-token")) return "the session token is not signed";
        var target = exchange.Target.Split('?', 2);
        var canonical = new StringBuilder()
            .Append(exchange.RequestLine.Split(' ')[0]).Append('\n')
            // Every service but S3 encodes the path that is sent once more.
            .Append(string.Join('/', target[0].Split('/').Select(Uri.EscapeDataString))).Append('\n')
            .Append(target.Length > 1 ? string.Join('&', target[1].Split('&').Order(StringComparer.Ordinal)) : "").Append('\n');
        foreach (var name in names) canonical.Append(name).Append(':').Append(exchange.Header(name)).Append('\n');
        canonical.Append('\n').Append(parts["SignedHeaders"]).Append('\n').Append(Convert.ToHexStringLower(SHA256.HashData(exchange.Body)));

        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var step in new[] { time[..8], region, service, "aws4_request" }) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return parts["Signature"] == expected ? null : $"signature {parts["Signature"]}, not {expected}, for:\n{canonical}";
    }
}
