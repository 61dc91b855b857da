using System.Security.Cryptography;
using System.Text;
using Edge.Configuration;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Credentials.Google;

/// <summary>The JSON in which Google gives credentials away. https://cloud.google.com/docs/authentication/application-default-credentials</summary>
internal static class GoogleKeyFile
{
    private const string UsualTokenUri = "https://oauth2.googleapis.com/token";

    /// <summary>What the file holds; else what is wrong with it, without a word of its secrets.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="problem">For whoever wrote the configuration.</param>
    /// <param name="environment">Where a workload's token is read from; null = the process's own.</param>
    public static GoogleTokenSource? Read(string json, out string problem, ConfigEnvironment? environment = null)
    {
        problem = "";
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = new JsonIndex();
        if (!index.TryBuild(bytes, maxDepth: 16, maxTokens: 1000, out var error))
        {
            problem = $"The Google credentials are not JSON: {error.Kind} at byte {error.Offset}.";
            return null;
        }
        var file = new JsonValue(bytes, index.Tokens);
        var type = Text(file, "type"u8);
        var uri = Text(file, "token_uri"u8) ?? UsualTokenUri;
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var tokenUri) || tokenUri.Scheme is not ("https" or "http"))
        {
            problem = "The Google credentials' token_uri is no http(s) URL.";
            return null;
        }
        var project = Text(file, "quota_project_id"u8);
        if (project is not null && !IsVisible(project))
        {
            problem = "The Google credentials' quota_project_id is no name of a project.";
            return null;
        }
        switch (type)
        {
            case "service_account":
                return ServiceAccount(file, tokenUri, project, out problem);
            case "authorized_user":
                if (Text(file, "client_id"u8) is { } id && Text(file, "client_secret"u8) is { } secret && Text(file, "refresh_token"u8) is { } refresh)
                {
                    return new GoogleAuthorizedUser(id, secret, refresh, tokenUri) { QuotaProject = project };
                }
                problem = "The Google credentials of an authorized_user must have client_id, client_secret and refresh_token.";
                return null;
            case "external_account":
                return GoogleExternalAccount.Read(file, project, environment ?? ConfigEnvironment.Process, out problem);
            default:
                problem = $"The Google credentials' type must be service_account, authorized_user or external_account, not {(type is { Length: <= 40 } && IsVisible(type) ? type : "what it is")}.";
                return null;
        }
    }

    /// <summary>Fit for a header's value.</summary>
    public static bool IsVisible(string text) => text.Length > 0 && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    private static GoogleServiceAccount? ServiceAccount(JsonValue file, Uri tokenUri, string? project, out string problem)
    {
        problem = "";
        if (Text(file, "client_email"u8) is not { } email || Text(file, "private_key"u8) is not { } pem)
        {
            problem = "The Google credentials of a service_account must have client_email and private_key.";
            return null;
        }
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return new GoogleServiceAccount(email, Text(file, "private_key_id"u8), key, tokenUri) { QuotaProject = project };
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            problem = "The Google credentials' private_key is no RSA key in PEM.";
            return null;
        }
    }

    private static string? Text(JsonValue file, ReadOnlySpan<byte> name) => file[name].GetString() is { Length: > 0 } text ? text : null;
}
