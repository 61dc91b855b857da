namespace Edge.Configuration;

/// <summary>Which AWS identity signs the requests of a <c>bedrock</c> provider. Empty = the usual chain: environment, profile, web identity, container, instance.</summary>
public sealed record ProviderAwsConfig
{
    public Secret AccessKeyId { get; init; }

    public Secret SecretAccessKey { get; init; }

    public Secret SessionToken { get; init; }

    public string? Profile { get; init; }

    /// <summary>Whether the configuration itself says who signs; then no key of the environment takes its place.</summary>
    public bool NamesIdentity => AccessKeyId.HasValue || SecretAccessKey.HasValue || Profile is not null;

    internal static ConfigSection<ProviderAwsConfig> Section { get; } = new ConfigSection<ProviderAwsConfig>(
            "provider_aws", "Which AWS identity signs the requests; without any, the usual chain: environment, profile, web identity, container, instance.", new())
        .Field("access_key_id", Kinds.Secret, c => c.AccessKeyId, (c, v) => c with { AccessKeyId = v }, "A static access key; `secret_access_key` goes with it.")
        .Field("secret_access_key", Kinds.Secret, c => c.SecretAccessKey, (c, v) => c with { SecretAccessKey = v }, "The secret of `access_key_id`.")
        .Field("session_token", Kinds.Secret, c => c.SessionToken, (c, v) => c with { SessionToken = v }, "The session token of temporary keys.")
        .Field("profile", Kinds.OptionalText, c => c.Profile, (c, v) => c with { Profile = v }, "A profile of the shared credentials and config files.",
            defaultText: "`AWS_PROFILE`, else `default`");
}

/// <summary>Which Google identity a <c>vertex</c> provider uses. Empty = application default credentials: the file that the environment names, else the metadata server.</summary>
public sealed record ProviderGoogleConfig
{
    public Secret Credentials { get; init; }

    internal static ConfigSection<ProviderGoogleConfig> Section { get; } = new ConfigSection<ProviderGoogleConfig>(
            "provider_google", "Which Google identity is used; without one, the file that `GOOGLE_APPLICATION_CREDENTIALS` names, else the metadata server of the machine.", new())
        .Field("credentials", Kinds.Secret, c => c.Credentials, (c, v) => c with { Credentials = v },
            "The JSON of a service account (or of an authorized user), most often `${file:/run/secrets/google.json}`.");
}

/// <summary>Which Microsoft Entra identity an <c>azure_openai</c> provider uses where it has no key.</summary>
public sealed record ProviderAzureConfig
{
    public string? TenantId { get; init; }

    public string? ClientId { get; init; }

    public Secret ClientSecret { get; init; }

    public bool ManagedIdentity { get; init; }

    internal static ConfigSection<ProviderAzureConfig> Section { get; } = new ConfigSection<ProviderAzureConfig>(
            "provider_azure", "Which Microsoft Entra identity is used where there is no `api_key`.", new())
        .Field("tenant_id", Kinds.OptionalText, c => c.TenantId, (c, v) => c with { TenantId = v }, "The tenant.", defaultText: "`AZURE_TENANT_ID`")
        .Field("client_id", Kinds.OptionalText, c => c.ClientId, (c, v) => c with { ClientId = v }, "The application, or the user-assigned managed identity.",
            defaultText: "`AZURE_CLIENT_ID`")
        .Field("client_secret", Kinds.Secret, c => c.ClientSecret, (c, v) => c with { ClientSecret = v },
            "The application's secret; without one, workload identity where `AZURE_FEDERATED_TOKEN_FILE` is set.", defaultText: "`AZURE_CLIENT_SECRET`")
        .Field("managed_identity", Kinds.Bool, c => c.ManagedIdentity, (c, v) => c with { ManagedIdentity = v }, "Use the identity of the machine that this runs on.");
}

/// <summary>Which of its surfaces a provider is spoken to by, where it has two.</summary>
public enum ProviderApi
{
    /// <summary>The type's own choice.</summary>
    Default,

    /// <summary>Azure OpenAI: <c>/openai/v1</c>, the model in the body.</summary>
    V1,

    /// <summary>Azure OpenAI: <c>/openai/deployments/NAME</c> with <c>api-version</c>.</summary>
    Deployments,

    /// <summary>Ollama: <c>/api/chat</c>.</summary>
    Native,

    /// <summary>OpenAI's Responses for every request, for models that are served there alone.</summary>
    Responses,

    /// <summary>Ollama: <c>/v1/chat/completions</c>; Bedrock: its OpenAI-compatible endpoint.</summary>
    OpenAi,
}
