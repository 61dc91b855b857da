using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Edge.Upstream.Credentials.Google;

/// <summary>One of the ways to an access token: what is asked of whom. All answer <c>{"access_token":..,"expires_in":..}</c> (RFC 6749, section 5.1).</summary>
internal abstract class GoogleTokenSource : IDisposable
{
    /// <summary>What every call of Vertex AI needs, and all that it needs.</summary>
    protected const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    /// <summary>Whom we ask, for error texts.</summary>
    public abstract string Endpoint { get; }

    /// <summary>A project that pays in place of the credential's own; null = its own.</summary>
    public string? QuotaProject { get; init; }

    /// <param name="now">When it is sent.</param>
    public abstract HttpRequestMessage CreateRequest(DateTimeOffset now);

    /// <summary>Whether the answer is from whom we asked.</summary>
    public virtual bool IsGenuine(HttpResponseMessage response) => true;

    public virtual void Dispose()
    {
    }
}

/// <summary>A service account's key: a signed assertion for a token (RFC 7523). https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests</summary>
internal sealed class GoogleServiceAccount(string email, string? keyId, RSA key, Uri tokenUri) : GoogleTokenSource
{
    // The longest that Google takes.
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    public override string Endpoint => tokenUri.Host;

    public override HttpRequestMessage CreateRequest(DateTimeOffset now) => new(HttpMethod.Post, tokenUri)
    {
        Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", Assertion(now))]),
    };

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

    public override HttpRequestMessage CreateRequest(DateTimeOffset now) => new(HttpMethod.Post, tokenUri)
    {
        Content = new FormUrlEncodedContent(
            [new("grant_type", "refresh_token"), new("client_id", clientId), new("client_secret", clientSecret), new("refresh_token", refreshToken)]),
    };
}

/// <summary>The identity of the machine or pod that this runs on. https://cloud.google.com/compute/docs/access/authenticate-workloads</summary>
/// <param name="host">Host and port; null = the usual place.</param>
internal sealed class GoogleMetadataServer(string? host) : GoogleTokenSource
{
    private const string Flavor = "Metadata-Flavor";

    private readonly string _host = string.IsNullOrEmpty(host) ? "metadata.google.internal" : host;

    public override string Endpoint => _host;

    public override HttpRequestMessage CreateRequest(DateTimeOffset now)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri($"http://{_host}/computeMetadata/v1/instance/service-accounts/default/token?scopes={Uri.EscapeDataString(Scope)}"));
        request.Headers.Add(Flavor, "Google");
        return request;
    }

    // Some router that answers in its place has no token of ours, and must not be believed.
    public override bool IsGenuine(HttpResponseMessage response) => response.Headers.TryGetValues(Flavor, out var values) && values.Contains("Google");
}
