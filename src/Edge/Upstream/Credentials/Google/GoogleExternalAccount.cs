using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Edge.Configuration;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Credentials.Google;

/// <summary>
/// Workload identity federation: the token of another identity provider, out of a file or from a URL, is exchanged for one of Google's at its security token service, and that, where
/// the file names a service account, for one of the account's. The file is what <c>gcloud iam workload-identity-pools create-cred-config</c> writes.
/// https://google.aip.dev/auth/4117
/// </summary>
internal sealed class GoogleExternalAccount : GoogleTokenSource
{
    private const int MaxToken = 64 * 1024;

    // What generateAccessToken gives where nobody asks for more.
    private const long UsualSeconds = 3600;

    private readonly Settings _settings;
    private readonly ConfigEnvironment _environment;
    private readonly HttpClient? _local;

    // Audience to Field: as the file says. Field = the member of the JSON that the token stands in; null = the token is all there is.
    private sealed record Settings(
        string Audience, string SubjectTokenType, Uri TokenUrl, Uri? ImpersonationUrl, long ImpersonationSeconds, string? BasicLogin, string? File, Uri? Url,
        IReadOnlyList<(string Name, string Value)> Headers, string? Field);

    private GoogleExternalAccount(Settings settings, ConfigEnvironment environment)
    {
        (_settings, _environment) = (settings, environment);
        // The machine's own service has no way through a proxy; the one of a build server may have to be reached through it.
        if (settings.Url is { } url && IsLocal(url)) _local = new HttpClient(TokenNetwork.CreateHandler(null, isLocal: true)) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxToken };
    }

    public override string Endpoint => _settings.TokenUrl.Host;

    /// <summary>Null = the problem says what is wrong, without a word of its secrets.</summary>
    public static GoogleExternalAccount? Read(JsonValue file, string? quotaProject, ConfigEnvironment environment, out string problem)
    {
        problem = Check(file) is { } wrong ? "The Google credentials' " + wrong : "";
        if (problem.Length > 0) return null;
        var source = file["credential_source"u8];
        var format = source["format"u8];
        var path = Text(source["file"u8]);
        var headers = new List<(string, string)>();
        foreach (var member in source["headers"u8].Members) headers.Add((member.Name.ToString(), member.Value.GetString()!));
        var settings = new Settings(
            Text(file["audience"u8])!, Text(file["subject_token_type"u8])!, Url(file["token_url"u8])!, Url(file["service_account_impersonation_url"u8]),
            file["service_account_impersonation"u8]["token_lifetime_seconds"u8].TryGetInt64(out var seconds) ? seconds : UsualSeconds,
            Text(file["client_id"u8]) is { } id ? Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{Text(file["client_secret"u8])}")) : null,
            path, path is null ? Url(source["url"u8]) : null, headers, format["type"u8].IsString("json"u8) ? Text(format["subject_token_field_name"u8]) : null);
        return new GoogleExternalAccount(settings, environment) { QuotaProject = quotaProject };
    }

    private static string? Check(JsonValue file)
    {
        if (Text(file["audience"u8]) is null || Text(file["subject_token_type"u8]) is null) return "external_account must have audience and subject_token_type.";
        if (Url(file["token_url"u8]) is null) return "token_url is no http(s) URL.";
        if (Text(file["service_account_impersonation_url"u8]) is not null && Url(file["service_account_impersonation_url"u8]) is null) return "service_account_impersonation_url is no http(s) URL.";
        if (!IsSafe(file["token_url"u8]) || !IsSafe(file["service_account_impersonation_url"u8])) return "token_url and service_account_impersonation_url must be https: a workload's token and the client's secret go there.";
        if (Text(file["workforce_pool_user_project"u8]) is not null) return "workforce_pool_user_project is not supported: only workloads are.";
        var lifetime = file["service_account_impersonation"u8]["token_lifetime_seconds"u8];
        if (!lifetime.IsNullOrAbsent && (!lifetime.TryGetInt64(out var seconds) || seconds is < 600 or > 43200)) return "token_lifetime_seconds must be from 600 to 43200.";
        var source = file["credential_source"u8];
        // Others: an AWS workload's signature, a command, a certificate.
        if (Text(source["environment_id"u8]) is not null || (Text(source["file"u8]) is null && Text(source["url"u8]) is null)) return "credential_source must have a file or a url; others are not supported.";
        if (Text(source["file"u8]) is null && Url(source["url"u8]) is null) return "credential_source.url is no http(s) URL.";
        var format = source["format"u8];
        var isJson = format["type"u8].IsString("json"u8);
        if (!isJson && !format["type"u8].IsNullOrAbsent && !format["type"u8].IsString("text"u8)) return "credential_source.format.type must be text or json.";
        if (isJson && Text(format["subject_token_field_name"u8]) is null) return "credential_source.format of type json must have a subject_token_field_name.";
        foreach (var member in source["headers"u8].Members)
        {
            if (!GoogleKeyFile.IsVisible(member.Name.ToString()) || member.Value.GetString() is not { } value || value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
            {
                return "credential_source.headers hold what is no header.";
            }
        }
        return null;
    }

    public override async Task<GoogleToken> FetchAsync(HttpClient client, DateTimeOffset now, CancellationToken cancel)
    {
        var (subject, problem) = await SubjectAsync(client, cancel);
        if (subject is null) return GoogleToken.None(problem!);
        var federated = await ExchangeAsync(client, Exchange(subject), now, cancel);
        return federated.Text is { } text && _settings.ImpersonationUrl is { } account ? await ExchangeAsync(client, Impersonation(account, text), now, cancel) : federated;
    }

    public override void Dispose()
    {
        _local?.Dispose();
        base.Dispose();
    }

    // Fetched anew each time: whoever issues it replaces it, and it lives as short as a token does.
    private async Task<(string? Token, string? Problem)> SubjectAsync(HttpClient client, CancellationToken cancel)
    {
        if (_settings.File is { } file) return Extract(_environment.ReadFile(file, MaxToken), $"The file {file}");
        using var request = new HttpRequestMessage(HttpMethod.Get, _settings.Url);
        foreach (var (name, value) in _settings.Headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await (_local ?? client).SendAsync(request, cancel);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"{_settings.Url!.Host} answered {(int)response.StatusCode} to the request for a workload's token."));
        }
        return Extract(await response.Content.ReadAsByteArrayAsync(cancel), _settings.Url!.Host);
    }

    private (string? Token, string? Problem) Extract(byte[] bytes, string origin)
    {
        string? token;
        if (_settings.Field is not { } field)
        {
            token = Encoding.UTF8.GetString(bytes).Trim();
        }
        else
        {
            using var index = new JsonIndex();
            token = index.TryBuild(bytes, maxDepth: 16, maxTokens: 10_000, out _) ? new JsonValue(bytes, index.Tokens)[Encoding.UTF8.GetBytes(field)].GetString() : null;
        }
        return string.IsNullOrEmpty(token) || bytes.Length > MaxToken ? (null, $"{origin} holds no workload's token.") : (token, null);
    }

    // RFC 8693, section 2.1.
    private HttpRequestMessage Exchange(string subject)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _settings.TokenUrl)
        {
            Content = new FormUrlEncodedContent(
            [
                new("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), new("audience", _settings.Audience), new("scope", Scope),
                new("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"), new("subject_token_type", _settings.SubjectTokenType), new("subject_token", subject),
            ]),
        };
        if (_settings.BasicLogin is { } login) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", login);
        return request;
    }

    // https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
    private HttpRequestMessage Impersonation(Uri account, string token)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("scope"u8);
            json.WriteStringValue(Scope);
            json.WriteEndArray();
            json.WriteString("lifetime"u8, string.Create(CultureInfo.InvariantCulture, $"{_settings.ImpersonationSeconds}s"));
            json.WriteEndObject();
        }
        var request = new HttpRequestMessage(HttpMethod.Post, account) { Content = new ByteArrayContent(buffer.WrittenSpan.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static Uri? Url(JsonValue text) => Uri.TryCreate(text.GetString(), UriKind.Absolute, out var url) && url.Scheme is "https" or "http" ? url : null;

    // Nobody listens between the gateway and its own machine.
    private static bool IsSafe(JsonValue text) => Url(text) is not { } url || url.Scheme == "https" || url.IsLoopback;

    private static bool IsLocal(Uri url) => url.IsLoopback
        || (IPAddress.TryParse(url.DnsSafeHost, out var address) && (address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..])));

    private static string? Text(JsonValue value) => value.GetString() is { Length: > 0 } text ? text : null;
}
