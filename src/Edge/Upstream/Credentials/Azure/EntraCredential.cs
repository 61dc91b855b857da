using System.Globalization;
using Edge.Configuration;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Credentials.Azure;

/// <summary>
/// Microsoft Entra tokens for Azure OpenAI, <c>authorization: Bearer</c>. The first of these that is there:
/// <list type="number">
/// <item>the machine's identity, where the configuration says so;</item>
/// <item>a client secret (<c>AZURE_TENANT_ID</c>, <c>AZURE_CLIENT_ID</c>, <c>AZURE_CLIENT_SECRET</c>),
/// <see href="https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow"/>;</item>
/// <item>workload identity: the token file of <c>AZURE_FEDERATED_TOKEN_FILE</c> as a client assertion, read anew for every fetch because the cluster replaces it,
/// <see href="https://learn.microsoft.com/azure/aks/workload-identity-overview"/>;</item>
/// <item>the identity of an App Service (<c>IDENTITY_ENDPOINT</c>, <c>IDENTITY_HEADER</c>),
/// <see href="https://learn.microsoft.com/azure/app-service/overview-managed-identity"/>.</item>
/// </list>
/// The machine's identity is the App Service's where it has one, else that of the instance metadata service,
/// <see href="https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token"/>.
/// </summary>
public sealed class EntraCredential : ICredential, IDisposable
{
    private const int MaxAnswer = 256 * 1024;
    private const int MaxTokenFile = 64 * 1024;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(15);

    private readonly EntraOptions _options;
    private readonly ConfigEnvironment _environment;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly RefreshingToken _token;

    /// <param name="options">As configured.</param>
    /// <param name="environment">Variables and files.</param>
    /// <param name="time">For expiry.</param>
    /// <param name="network">The way to token endpoints; null = the process's own.</param>
    public EntraCredential(EntraOptions options, ConfigEnvironment environment, TimeProvider time, TokenNetwork? network = null)
    {
        (_options, _environment, _time) = (options, environment, time);
        // The metadata service must not be asked through a proxy; RefreshingToken sets the time-out.
        _http = new HttpClient(TokenNetwork.CreateHandler(network, UsesMachine)) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
        _token = new RefreshingToken(FetchAsync, time, _timeout);
    }

    /// <summary>For tests: the fetch that was begun last.</summary>
    internal Task Flight => _token.Flight;

    private string? Tenant => Given(_options.TenantId, "AZURE_TENANT_ID");

    private string? Client => Given(_options.ClientId, "AZURE_CLIENT_ID");

    private string? ClientSecret => _options.ClientSecret.HasValue ? _options.ClientSecret.Reveal() : Given(null, "AZURE_CLIENT_SECRET");

    private string? TokenFile => Given(null, "AZURE_FEDERATED_TOKEN_FILE");

    private bool UsesMachine => _options.ManagedIdentity || (ClientSecret is null && TokenFile is null);

    /// <inheritdoc/>
    public ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel) => _token.GetAsync(cancel);

    /// <inheritdoc/>
    public void Report(int used, int status, TimeSpan? retryAfter)
    {
        if (status == 401) _token.Refused();
    }

    public void Dispose() => _http.Dispose();

    private async Task<FetchedToken> FetchAsync(CancellationToken cancel)
    {
        using var request = Request(out var problem);
        if (request is null) return FetchedToken.None(problem);
        using var response = await _http.SendAsync(request, cancel);
        return Read((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel));
    }

    private HttpRequestMessage? Request(out string problem)
    {
        problem = "";
        if (_options.ManagedIdentity) return MachineRequest();
        if (ClientSecret is null && TokenFile is null)
        {
            if (Given(null, "IDENTITY_ENDPOINT") is not null) return MachineRequest();
            problem = "no Entra identity: set azure.client_secret, AZURE_FEDERATED_TOKEN_FILE or azure.managed_identity";
            return null;
        }
        if (Tenant is not { } tenant || Client is not { } client)
        {
            problem = "an Entra application needs azure.tenant_id and azure.client_id (AZURE_TENANT_ID, AZURE_CLIENT_ID)";
            return null;
        }
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = client, ["scope"] = _options.Scope };
        if (ClientSecret is { } secret)
        {
            form["client_secret"] = secret;
        }
        else
        {
            form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            form["client_assertion"] = System.Text.Encoding.ASCII.GetString(_environment.ReadFile(TokenFile!, MaxTokenFile)).Trim();
        }
        var authority = (Given(null, "AZURE_AUTHORITY_HOST") ?? "https://login.microsoftonline.com").TrimEnd('/');
        if (!Uri.TryCreate($"{authority}/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            problem = "AZURE_AUTHORITY_HOST is no http(s) URL";
            return null;
        }
        return new HttpRequestMessage(HttpMethod.Post, uri) { Content = new FormUrlEncodedContent(form) };
    }

    private HttpRequestMessage MachineRequest()
    {
        // These endpoints want the resource, not one of its scopes.
        var resource = _options.Scope.EndsWith("/.default", StringComparison.Ordinal) ? _options.Scope[..^"/.default".Length] : _options.Scope;
        var query = "resource=" + Uri.EscapeDataString(resource) + (Client is { } client ? "&client_id=" + Uri.EscapeDataString(client) : "");
        if (Given(null, "IDENTITY_ENDPOINT") is { } endpoint && Given(null, "IDENTITY_HEADER") is { } header
            && Uri.TryCreate($"{endpoint}?api-version=2019-08-01&{query}", UriKind.Absolute, out var own))
        {
            var request = new HttpRequestMessage(HttpMethod.Get, own);
            request.Headers.TryAddWithoutValidation("X-IDENTITY-HEADER", header);
            return request;
        }
        var instance = new HttpRequestMessage(HttpMethod.Get, new Uri(_options.MetadataEndpoint, "/metadata/identity/oauth2/token?api-version=2018-02-01&" + query));
        instance.Headers.TryAddWithoutValidation("Metadata", "true");
        return instance;
    }

    private FetchedToken Read(int status, byte[] body)
    {
        using var index = new JsonIndex();
        var root = index.TryBuild(body, maxDepth: 16, maxTokens: 1000, out _) ? new JsonValue(body, index.Tokens) : default;
        if (status != 200)
        {
            // "invalid_client: AADSTS7000215: Invalid client secret provided. ...": Entra's own words; they name the application, never its secret.
            var code = root["error"u8].GetString();
            var words = root["error_description"u8].GetString();
            return FetchedToken.None($"the Entra token endpoint answered {status}{(code is null ? "" : $", {Short(code)}")}{(words is null ? "" : $": {Short(words)}")}");
        }
        var seconds = Number(root["expires_in"u8]);
        // App Service says when, not how long.
        if (seconds <= 0 && Number(root["expires_on"u8]) is > 0 and var on) seconds = on - _time.GetUtcNow().ToUnixTimeSeconds();
        return new FetchedToken(root["access_token"u8].GetString(), TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 7 * 86400)), null);
    }

    // The metadata services write numbers as strings.
    private static long Number(JsonValue value)
    {
        if (value.TryGetInt64(out var number)) return number;
        return long.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number : 0;
    }

    private static string Short(string text)
    {
        var line = text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;
        return line.Length > 300 ? line[..300] : line;
    }

    private string? Given(string? configured, string variable)
    {
        var value = string.IsNullOrWhiteSpace(configured) ? _environment.Variable(variable) : configured;
        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }
}
