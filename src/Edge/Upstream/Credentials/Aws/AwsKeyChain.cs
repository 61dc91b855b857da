using Edge.Configuration;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>
/// Where keys are looked for, in AWS's own order: the configuration, a named profile, the environment, a web identity (EKS), the shared files, a container, the instance.
/// The first that is configured counts: one that fails is not covered up by the next.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
/// </summary>
public sealed class AwsKeyChain : IAwsKeySource
{
    private readonly IAwsKeySource[] _sources;

    /// <param name="settings">What the configuration says.</param>
    /// <param name="region">For STS.</param>
    /// <param name="environment">Variables and files.</param>
    /// <param name="time">For signatures.</param>
    /// <param name="network">The way to STS; null = the process's own.</param>
    public AwsKeyChain(AwsSettings settings, string region, ConfigEnvironment environment, TimeProvider time, TokenNetwork? network = null)
    {
        var aws = new AwsEnvironment(environment);
        var sts = new AwsSts(aws, region, time, network);
        var named = settings.Profile is { Length: > 0 };
        _sources =
        [
            new StaticKeySource(settings),
            .. named ? [new ProfileKeySource(aws, sts, settings.Profile)] : Array.Empty<IAwsKeySource>(),
            new EnvironmentKeySource(aws),
            new WebIdentityKeySource(aws, sts),
            new ProfileKeySource(aws, sts, null),
            new ContainerKeySource(aws),
            new InstanceKeySource(aws),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
    {
        foreach (var source in _sources)
        {
            var result = await source.FetchAsync(cancel);
            if (result.Keys is not null || result.Problem is not null) return result;
        }
        return AwsKeyResult.Failed("No AWS credentials were found in the configuration, the environment, the shared files, a container's or an instance's endpoint.");
    }
}
