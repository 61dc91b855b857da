using Edge.Guard.Policy;

namespace Edge.Configuration;

/// <summary>What holds between the keys of the guard.</summary>
internal static class GuardRules
{
    public static void Check(BindContext context, EdgeConfig config)
    {
        CheckPolicy(context, config.Guard.Policy, "guard");
        foreach (var (name, policy) in config.Guard.Policies) CheckPolicy(context, policy, $"guard.policies.{name}");
    }

    private static void CheckPolicy(BindContext context, GuardPolicyConfig policy, string path)
    {
        CheckEntities(context, policy.Pii, policy.Pii.Actions.Keys, path + ".pii.actions");
        CheckEntities(context, policy.Pii, policy.Pii.OutputActions.Keys, path + ".pii.output_actions");
        PolicyBuilder.CustomOf(policy.Pii, out var custom);
        if (custom.Length > 0) Report(context, path, ".pii.custom", custom);
        if (ContentPolicy.Check(policy.Content) is { } problem) Report(context, path, ".content.categories", problem);
        if (policy.Moderation.Url is { Scheme: "http", IsLoopback: false } && policy.Moderation.ApiKey.HasValue)
        {
            context.Warn(path + ".moderation.url", "the api_key is sent without TLS");
        }
        if (policy.Moderation.Url is null && policy.Moderation.Action is VerdictAction.Flag or VerdictAction.Block)
        {
            context.Error(path + ".moderation.action", "asks for a service, and there is no url");
        }
    }

    // A policy inherits what the guard itself says: reported there.
    private static void Report(BindContext context, string path, string key, string error)
    {
        if (path == "guard" || context.IsSet(path + key)) context.Error(path + key, error);
    }

    private static void CheckEntities(BindContext context, PiiConfig pii, IEnumerable<string> names, string path)
    {
        foreach (var name in names)
        {
            // A policy inherits what the guard itself says: reported there.
            if (context.IsSet($"{path}.{name}") && GuardKinds.CheckEntity(name, pii.Custom.Keys) is { } error) context.Error($"{path}.{name}", error);
        }
    }
}
