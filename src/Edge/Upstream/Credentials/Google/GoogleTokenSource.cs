using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Credentials.Google;

/// <summary>What an attempt to get a token came to.</summary>
/// <param name="Text">The token; null = none came.</param>
/// <param name="Lifetime">How long it is valid from the attempt's beginning on.</param>
/// <param name="Problem">Why none came; names no secret.</param>
internal readonly record struct GoogleToken(string? Text, TimeSpan Lifetime, string? Problem)
{
    public static GoogleToken None(string problem) => new(null, default, problem);
}

/// <summary>One of the ways to an access token: what is asked of whom.</summary>
internal abstract class GoogleTokenSource : IDisposable
{
    /// <summary>What every call of Vertex AI needs, and all that it needs.</summary>
    protected const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    /// <summary>Whom we ask, for error texts.</summary>
    public abstract string Endpoint { get; }

    /// <summary>A project that pays in place of the credential's own; null = its own.</summary>
    public string? QuotaProject { get; init; }

    /// <summary>Asks for one. May throw what networks and files throw.</summary>
    /// <param name="client">Reaches token endpoints.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancel">The time-out.</param>
    public abstract Task<GoogleToken> FetchAsync(HttpClient client, DateTimeOffset now, CancellationToken cancel);

    public virtual void Dispose()
    {
    }

    /// <summary>
    /// One exchange. The answer is an OAuth server's, <c>{"access_token":..,"expires_in":..}</c> (RFC 6749, section 5.1), or that of the IAM credentials API,
    /// <c>{"accessToken":..,"expireTime":"2026-01-31T12:00:00Z"}</c>; errors likewise.
    /// </summary>
    protected static async Task<GoogleToken> ExchangeAsync(HttpClient client, HttpRequestMessage request, DateTimeOffset now, CancellationToken cancel, string? genuine = null)
    {
        using (request)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
            var body = await response.Content.ReadAsByteArrayAsync(cancel);
            var isGenuine = genuine is null || (response.Headers.TryGetValues(genuine, out var values) && values.Contains("Google"));
            return Read(request.RequestUri!.Host, (int)response.StatusCode, isGenuine, body, now);
        }
    }

    private static GoogleToken Read(string host, int status, bool isGenuine, byte[] body, DateTimeOffset now)
    {
        using var index = new JsonIndex();
        var answer = index.TryBuild(body, maxDepth: 16, maxTokens: 1000, out _) ? new JsonValue(body, index.Tokens) : default;
        if (status != 200)
        {
            var error = answer["error"u8];
            string?[] words = error.Kind == JsonKind.Object ? [error["status"u8].GetString(), error["message"u8].GetString()] : [error.GetString(), answer["error_description"u8].GetString()];
            var said = string.Join(": ", words.Where(static text => !string.IsNullOrEmpty(text)));
            if (said.Length > 300) said = said[..300];
            return GoogleToken.None(string.Create(CultureInfo.InvariantCulture, $"{host} answered {status} to the request for an access token{(said.Length > 0 ? ": " + said : ".")}"));
        }
        if (!isGenuine) return GoogleToken.None($"What answered in place of {host} is no metadata server.");
        var text = answer["access_token"u8].GetString() ?? answer["accessToken"u8].GetString();
        var lifetime = TimeSpan.Zero;
        if (answer["expires_in"u8].TryGetInt64(out var seconds)) lifetime = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86400));
        else if (DateTimeOffset.TryParse(answer["expireTime"u8].GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)) lifetime = end - now;
        return text is not null && GoogleKeyFile.IsVisible(text) && lifetime > TimeSpan.Zero ? new GoogleToken(text, lifetime, null) : GoogleToken.None($"{host} answered with no access token.");
    }
}

/// <summary>A service account's key: a signed assertion for a token (RFC 7523). https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests</summary>
internal sealed class GoogleServiceAccount(string email, string? keyId, RSA key, Uri tokenUri) : GoogleTokenSource
{
    // The longest that Google takes.
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    public override string Endpoint => tokenUri.Host;

    public override Task<GoogleToken> FetchAsync(HttpClient client, DateTimeOffset now, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, tokenUri)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", Assertion(now))]),
        };
        return ExchangeAsync(client, request, now, cancel);
    }

    public override void Dispose()
    {
        key.Dispose();
        base.Dispose();
    }

    private string Assertion(DateTimeOffset now)
    {
        var header = Json(json =>
        {
            json.WriteString("alg"u8, "RS256"u8);
            json.WriteString("typ"u8, "JWT"u8);
            if (keyId is not null) json.WriteString("kid"u8, keyId);
        });
        var claims = Json(json =>
        {
            json.WriteString("iss"u8, email);
            json.WriteString("scope"u8, Scope);
            json.WriteString("aud"u8, tokenUri.OriginalString);
            json.WriteNumber("iat"u8, now.ToUnixTimeSeconds());
            json.WriteNumber("exp"u8, (now + _lifetime).ToUnixTimeSeconds());
        });
        var signed = header + "." + claims;
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    private static string Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}

/// <summary>A person's own credentials, as <c>gcloud auth application-default login</c> leaves them: a refresh token for a token (RFC 6749, section 6).</summary>
internal sealed class GoogleAuthorizedUser(string clientId, string clientSecret, string refreshToken, Uri tokenUri) : GoogleTokenSource
{
    public override string Endpoint => tokenUri.Host;

    public override Task<GoogleToken> FetchAsync(HttpClient client, DateTimeOffset now, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, tokenUri)
        {
            Content = new FormUrlEncodedContent(
                [new("grant_type", "refresh_token"), new("client_id", clientId), new("client_secret", clientSecret), new("refresh_token", refreshToken)]),
        };
        return ExchangeAsync(client, request, now, cancel);
    }
}

/// <summary>The identity of the machine or pod that this runs on. https://cloud.google.com/compute/docs/access/authenticate-workloads</summary>
/// <param name="host">Host and port; null = the usual place.</param>
internal sealed class GoogleMetadataServer(string? host) : GoogleTokenSource
{
    private const string Flavor = "Metadata-Flavor";

    private readonly string _host = string.IsNullOrEmpty(host) ? "metadata.google.internal" : host;

    public override string Endpoint => _host;

    public override Task<GoogleToken> FetchAsync(HttpClient client, DateTimeOffset now, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri($"http://{_host}/computeMetadata/v1/instance/service-accounts/default/token?scopes={Uri.EscapeDataString(Scope)}"));
        request.Headers.Add(Flavor, "Google");
        // Some router that answers in its place has no token of ours, and must not be believed: the answer says the same.
        return ExchangeAsync(client, request, now, cancel, Flavor);
    }
}
