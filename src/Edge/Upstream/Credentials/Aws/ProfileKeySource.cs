namespace Edge.Upstream.Credentials.Aws;

/// <summary>
/// A profile of the shared files: its keys, those that its command prints, or the role that it assumes with another profile's, the environment's, the container's or the instance's keys, or with a token.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
/// </summary>
internal sealed class ProfileKeySource(AwsEnvironment environment, AwsSts sts, string? name) : IAwsKeySource
{
    // A chain of source profiles that is longer is a circle, or nobody can follow it.
    private const int MaxDepth = 5;

    public ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
    {
        // Read each time: the files are rewritten by whoever renews the keys in them.
        var profiles = AwsProfiles.Read(environment);
        var wanted = name ?? environment["AWS_PROFILE"];
        if (profiles.Find(wanted ?? "default") is null)
        {
            return new(wanted is null ? AwsKeyResult.None : AwsKeyResult.Failed($"The shared AWS files hold no profile {wanted}."));
        }
        return ResolveAsync(profiles, wanted ?? "default", MaxDepth, cancel);
    }

    private async ValueTask<AwsKeyResult> ResolveAsync(AwsProfiles profiles, string profileName, int depth, CancellationToken cancel)
    {
        if (profiles.Find(profileName) is not { } profile) return AwsKeyResult.Failed($"The shared AWS files hold no profile {profileName}.");
        string? Setting(string key) => profile.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;

        // A profile that is its own source means its own keys, not its role again.
        if (Setting("role_arn") is { } role && depth > 0)
        {
            var session = Setting("role_session_name") ?? "edge-gateway";
            if (Setting("web_identity_token_file") is { } file) return await WebIdentityKeySource.AssumeAsync(environment, sts, file, role, session, cancel);
            var source = await SourceAsync(profiles, profileName, Setting("source_profile"), Setting("credential_source"), depth, cancel);
            return source.Keys is { } keys ? await sts.AssumeAsync(role, session, Setting("external_id"), keys, cancel) : source;
        }
        if (Setting("aws_access_key_id") is { } id)
        {
            return AwsKeyResult.Of(AwsKeys.Make(id, Setting("aws_secret_access_key"), Setting("aws_session_token")), $"The AWS profile {profileName} holds half an access key.");
        }
        if (Setting("credential_process") is { } command) return await new ProcessKeySource(profileName, command).FetchAsync(cancel);
        foreach (var unsupported in new[] { "sso_session", "sso_start_url", "login_session" })
        {
            if (Setting(unsupported) is not null) return AwsKeyResult.Failed($"The AWS profile {profileName} uses {unsupported}, which is not supported.");
        }
        // A profile that says a region alone is common, and no wish for keys.
        return depth == MaxDepth && name is null ? AwsKeyResult.None : AwsKeyResult.Failed($"The AWS profile {profileName} holds no keys.");
    }

    private async ValueTask<AwsKeyResult> SourceAsync(AwsProfiles profiles, string profileName, string? sourceProfile, string? credentialSource, int depth, CancellationToken cancel)
    {
        if (sourceProfile is not null)
        {
            if (depth == 1) return AwsKeyResult.Failed($"The source profiles of the AWS profile {profileName} are a circle or too long a chain.");
            return await ResolveAsync(profiles, sourceProfile, sourceProfile == profileName ? 0 : depth - 1, cancel);
        }
        IAwsKeySource? source = credentialSource switch
        {
            "Environment" => new EnvironmentKeySource(environment),
            "EcsContainer" => new ContainerKeySource(environment),
            "Ec2InstanceMetadata" => new InstanceKeySource(environment),
            _ => null,
        };
        if (source is null) return AwsKeyResult.Failed($"The AWS profile {profileName} has a role_arn but neither source_profile nor a credential_source of Environment, EcsContainer or Ec2InstanceMetadata.");
        var result = await source.FetchAsync(cancel);
        return result is { Keys: null, Problem: null } ? AwsKeyResult.Failed($"The AWS profile {profileName} finds no keys at its credential_source {credentialSource}.") : result;
    }
}
