using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>Small requests to token endpoints, off the hot path. Every failure is a text.</summary>
internal sealed class AwsHttp
{
    private const int MaxBody = 256 * 1024;

    // The addresses of metadata and containers are local to the machine: a proxy could not reach them and must not see them.
    private static readonly HttpClient _direct = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { MaxResponseContentBufferSize = MaxBody };
    private static readonly HttpClient _proxied = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { MaxResponseContentBufferSize = MaxBody };

    /// <summary>For STS.</summary>
    /// <param name="network">The way there; null = the process's own.</param>
    public static AwsHttp Remote(TokenNetwork? network) => new(
        network is null ? _proxied : new HttpClient(TokenNetwork.CreateHandler(network, isLocal: false)) { MaxResponseContentBufferSize = MaxBody }, TimeSpan.FromSeconds(10));

    /// <summary>For the endpoints of containers and instances: where there is none, nobody answers.</summary>
    public static AwsHttp Local { get; } = new(_direct, TimeSpan.FromSeconds(2));

    private readonly HttpClient _client;
    private readonly TimeSpan _timeout;

    private AwsHttp(HttpClient client, TimeSpan timeout) => (_client, _timeout) = (client, timeout);

    /// <summary>The answer's status and body; status 0 = there was none, and the body says why.</summary>
    public async Task<(int Status, string Body)> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(_timeout);
        try
        {
            using (request)
            {
                using var response = await _client.SendAsync(request, timeout.Token);
                return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(timeout.Token));
            }
        }
        catch (OperationCanceledException)
        {
            return (0, string.Create(CultureInfo.InvariantCulture, $"no answer within {_timeout.TotalSeconds} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or NotSupportedException)
        {
            return (0, e.Message);
        }
    }

    /// <summary>
    /// The keys in a JSON answer of a container's or an instance's endpoint:
    /// <c>{"AccessKeyId":..,"SecretAccessKey":..,"Token":..,"Expiration":"2026-01-31T12:00:00Z"}</c>. Null where it holds none.
    /// </summary>
    /// <param name="json">The answer.</param>
    /// <param name="isProcess">A command's output: its token is <c>SessionToken</c>, and <c>"Version":1</c> must stand there.</param>
    public static AwsKeys? ReadKeys(string json, bool isProcess = false)
    {
        var isVersion = !isProcess;
        string? id = null, secret = null, token = null, expiration = null;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                if (reader.TokenType != JsonTokenType.String)
                {
                    isVersion |= name == "Version" && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version) && version == 1;
                    reader.Skip();
                    continue;
                }
                var value = reader.GetString();
                if (name == "AccessKeyId") id = value;
                else if (name == "SecretAccessKey") secret = value;
                else if (name == (isProcess ? "SessionToken" : "Token")) token = value;
                else if (name == "Expiration") expiration = value;
            }
            // Something behind the object throws, like all that is no JSON.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid UTF-16.
            return null;
        }
        return isVersion && TryTime(expiration, out var expires) ? AwsKeys.Make(id, secret, token, expires) : null;
    }

    /// <summary>False where there is a text that is no time; no text = never.</summary>
    public static bool TryTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text)) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)) return false;
        time = parsed;
        return true;
    }
}
