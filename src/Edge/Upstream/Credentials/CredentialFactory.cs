using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Configuration;
using Edge.Providers;
using Edge.Upstream.Credentials.Aws;
using Edge.Upstream.Credentials.Azure;
using Edge.Upstream.Credentials.Google;

namespace Edge.Upstream.Credentials;

/// <summary>Makes what shows a provider who we are, from its configuration and its data sheet.</summary>
internal static class CredentialFactory
{
    // Set by whoever wants this process to have an identity: a person, a cluster's workload identity, an App Service.
    private static readonly string[] _entraVariables = ["AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT"];

    /// <summary>Null = nobody asks, or a configured header shows it.</summary>
    public static ICredential? Create(ProviderConfig provider, Provider sheet, ConfigEnvironment environment, TimeProvider time)
    {
        // A configured header of that name wins over every credential, as it wins over every other line.
        var header = KeyRing.HeaderName(sheet.KeyScheme) ?? "authorization";
        if (provider.Headers.Keys.Any(name => name.Equals(header, StringComparison.OrdinalIgnoreCase))) return null;
        return sheet.KeyScheme switch
        {
            KeyScheme.Aws => Aws(provider, sheet, environment, time),
            KeyScheme.GoogleOAuth => Google(provider, environment, time),
            KeyScheme.ApiKey when !provider.HasKey => Entra(provider, environment, time),
            _ => Keys(provider, sheet.KeyScheme, time),
        };
    }

    /// <summary>
    /// Tells whether two configurations show a provider the same identity, so that a reload keeps what the credential knows: tokens, and which keys rest. A hash, because
    /// it is kept beside the target and must hold no secret.
    /// </summary>
    public static string Fingerprint(ProviderConfig provider, ConfigEnvironment environment)
    {
        var (aws, azure) = (provider.Aws, provider.Azure);
        string?[] parts =
        [
            provider.Type.ToString(), provider.Api.ToString(), provider.Region, Text(provider.ApiKey), .. provider.ApiKeys.Select(key => $"{key.Weight} {key.Key.Reveal()}"),
            provider.ApiKeyRest.ToString(), Text(aws.AccessKeyId), Text(aws.SecretAccessKey), Text(aws.SessionToken), aws.Profile, Text(provider.Google.Credentials), azure.TenantId, azure.ClientId,
            Text(azure.ClientSecret), azure.ManagedIdentity.ToString(), provider.Upstream.Proxy?.ToString(), provider.Upstream.Proxy?.Address?.Authorization,
            provider.Tls.CaFile is { } authorities ? environment.Stamp(authorities) : null, .. provider.Headers.Keys.Order(StringComparer.Ordinal),
        ];
        // A length before each part: no two lists of parts give one text.
        var text = string.Concat(parts.Select(static part => part is null ? "-;" : $"{part.Length}:{part};"));
        return Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    private static KeyRing? Keys(ProviderConfig provider, KeyScheme scheme, TimeProvider time)
    {
        if (!provider.HasKey || KeyRing.HeaderName(scheme) is null) return null;
        IReadOnlyList<ApiKeyConfig> keys = provider.ApiKey.HasValue ? [new() { Key = provider.ApiKey }] : provider.ApiKeys;
        return new KeyRing(scheme, [.. keys.Select(key => key.Key.Reveal())], time, provider.ApiKeyRest, [.. keys.Select(key => key.Weight)]);
    }

    private static ICredential Aws(ProviderConfig provider, Provider sheet, ConfigEnvironment environment, TimeProvider time)
    {
        if (provider.ApiKeys.Count > 0) return Keys(provider, KeyScheme.Bearer, time)!;
        var settings = new AwsSettings
        {
            Region = provider.Region,
            Service = sheet.Name == "bedrock_mantle" ? "bedrock-mantle" : "bedrock",
            ApiKey = Text(provider.ApiKey),
            AccessKeyId = Text(provider.Aws.AccessKeyId),
            SecretAccessKey = Text(provider.Aws.SecretAccessKey),
            SessionToken = Text(provider.Aws.SessionToken),
            Profile = provider.Aws.Profile,
        };
        return AwsCredentials.Create(settings, provider.Region!, environment, time, Network(provider, environment));
    }

    private static GoogleCredential Google(ProviderConfig provider, ConfigEnvironment environment, TimeProvider time)
    {
        var json = Text(provider.Google.Credentials);
        if (json is null && environment.Variable("GOOGLE_APPLICATION_CREDENTIALS") is { Length: > 0 } path)
        {
            try
            {
                json = System.Text.Encoding.UTF8.GetString(environment.ReadFile(path, 64 * 1024));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                // No JSON that could be read: the credential says so with every request that needs it.
                json = "{}";
            }
        }
        return new GoogleCredential(json, environment.Variable("GCE_METADATA_HOST"), time, Network(provider, environment), environment);
    }

    private static EntraCredential? Entra(ProviderConfig provider, ConfigEnvironment environment, TimeProvider time)
    {
        var azure = provider.Azure;
        var isAsked = azure.ManagedIdentity || azure.TenantId is not null || azure.ClientId is not null || azure.ClientSecret.HasValue
            || _entraVariables.Any(name => !string.IsNullOrWhiteSpace(environment.Variable(name)));
        if (!isAsked) return null;
        var options = new EntraOptions { TenantId = azure.TenantId, ClientId = azure.ClientId, ClientSecret = azure.ClientSecret, ManagedIdentity = azure.ManagedIdentity };
        return new EntraCredential(options, environment, time, Network(provider, environment));
    }

    private static TokenNetwork Network(ProviderConfig provider, ConfigEnvironment environment)
    {
        X509Certificate2Collection? roots = null;
        if (provider.Tls.CaFile is { } file)
        {
            roots = [];
            roots.ImportFromPemFile(file);
        }
        return new TokenNetwork(provider.Upstream.Proxy, roots, environment);
    }

    private static string? Text(Secret secret) => secret.HasValue ? secret.Reveal() : null;
}
