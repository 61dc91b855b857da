using System.Text;
using Edge.Providers;
using Edge.Upstream.Credentials.Google;

namespace Edge.Configuration;

/// <summary>Whether a cloud's credentials can be used at all: a reload with half of them is refused, instead of failing every request afterwards.</summary>
internal static class IdentityRules
{
    private const int MaxKeyFile = 64 * 1024;

    /// <summary>An error for what the file gives; a warning for what the environment names, which may be there by the time it is needed.</summary>
    public static void Check(BindContext context, ProviderConfig provider, Provider? sheet, string path)
    {
        switch (sheet?.KeyScheme)
        {
            case KeyScheme.GoogleOAuth:
                Google(context, provider.Google, path + ".google.credentials");
                break;
            case KeyScheme.Aws:
                Aws(context, provider.Aws, path + ".aws");
                break;
            case KeyScheme.ApiKey when !provider.HasKey:
                Azure(context, provider.Azure, path + ".azure");
                break;
        }
    }

    private static void Google(BindContext context, ProviderGoogleConfig google, string path)
    {
        if (google.Credentials.HasValue)
        {
            if (Problem(google.Credentials.Reveal()) is { } problem) context.Error(path, problem);
            return;
        }
        const string Variable = "GOOGLE_APPLICATION_CREDENTIALS";
        if (context.Environment.Variable(Variable) is not { Length: > 0 } file) return;
        try
        {
            if (Problem(Encoding.UTF8.GetString(context.Environment.ReadFile(file, MaxKeyFile))) is { } problem) context.Warn(path, $"in the file that {Variable} names: {problem}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            context.Warn(path, $"the file that {Variable} names cannot be read ({Expander.Reason(e)})");
        }
    }

    private static string? Problem(string json)
    {
        using var source = GoogleKeyFile.Read(json, out var problem);
        return source is null ? problem : null;
    }

    private static void Aws(BindContext context, ProviderAwsConfig aws, string path)
    {
        if (aws.AccessKeyId.HasValue && !aws.SecretAccessKey.HasValue) context.Error(path + ".access_key_id", "has no secret; allowed: access_key_id and secret_access_key together");
        if (aws.SecretAccessKey.HasValue && !aws.AccessKeyId.HasValue) context.Error(path + ".secret_access_key", "has no key; allowed: access_key_id and secret_access_key together");
    }

    private static void Azure(BindContext context, ProviderAzureConfig azure, string path)
    {
        if (!azure.ClientSecret.HasValue || azure.ManagedIdentity) return;
        if (IsMissing(azure.TenantId, "AZURE_TENANT_ID")) context.Error(path + ".client_secret", "needs azure.tenant_id (or AZURE_TENANT_ID)");
        else if (IsMissing(azure.ClientId, "AZURE_CLIENT_ID")) context.Error(path + ".client_secret", "needs azure.client_id (or AZURE_CLIENT_ID)");

        bool IsMissing(string? given, string variable) => string.IsNullOrWhiteSpace(given) && string.IsNullOrWhiteSpace(context.Environment.Variable(variable));
    }
}
