using Edge.Configuration;
using Edge.Guard.Pii;

namespace Edge.Guard.Policy;

/// <summary>Two policies of the guard as one: of each part the stricter, so that a level can add to what the levels above it demand and never take away.</summary>
internal static class StricterPolicy
{
    /// <param name="upper">Of the level above.</param>
    /// <param name="lower">Of the one below.</param>
    /// <param name="security">What is on unless a policy says otherwise.</param>
    public static GuardPolicyConfig Of(GuardPolicyConfig upper, GuardPolicyConfig lower, SecurityConfig security) => new()
    {
        Pii = Pii(upper, lower, security),
        Injection = Injection(upper.Injection, lower.Injection, security),
        Content = Content(upper.Content, lower.Content),
        // Of two services the upper level's is asked: the lower one cannot choose a friendlier judge.
        Moderation = IsOn(upper.Moderation) ? upper.Moderation : lower.Moderation,
        Unscanned = Max(upper.Unscanned ?? CompliancePresets.Unscanned(upper.Mode), lower.Unscanned ?? CompliancePresets.Unscanned(lower.Mode)),
    };

    // How little of a value reaches the provider. A placeholder says no more than a redaction, but the answer brings the value back.
    private static int Rank(GuardAction action) => action switch
    {
        GuardAction.Allow => 0,
        GuardAction.Flag => 1,
        GuardAction.Mask => 2,
        GuardAction.Hash => 3,
        GuardAction.Tokenize => 4,
        GuardAction.Redact => 5,
        _ => 6,
    };

    private static PiiConfig Pii(GuardPolicyConfig upper, GuardPolicyConfig lower, SecurityConfig security)
    {
        var isUpper = PolicyBuilder.IsPii(upper, security);
        var isLower = PolicyBuilder.IsPii(lower, security);
        if (!isUpper && !isLower) return new PiiConfig { Enabled = false };
        var custom = new Dictionary<string, CustomDetectorConfig>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, detector) in isLower ? lower.Pii.Custom : new Dictionary<string, CustomDetectorConfig>()) custom[name] = detector;
        foreach (var (name, detector) in isUpper ? upper.Pii.Custom : new Dictionary<string, CustomDetectorConfig>()) custom[name] = detector;
        return new PiiConfig
        {
            Enabled = true,
            Action = GuardAction.Allow,
            Actions = Actions(isOutput: false),
            MinConfidence = Math.Min(isUpper ? upper.Pii.MinConfidence : 100, isLower ? lower.Pii.MinConfidence : 100),
            OutputAction = GuardAction.Allow,
            OutputActions = Actions(isOutput: true),
            Custom = custom,
        };

        Dictionary<string, GuardAction> Actions(bool isOutput)
        {
            var all = new Dictionary<string, GuardAction>(StringComparer.OrdinalIgnoreCase);
            foreach (var (config, isOn) in new[] { (upper, isUpper), (lower, isLower) })
            {
                if (!isOn) continue;
                var set = PolicyBuilder.CustomOf(config.Pii, out _);
                var actions = PolicyBuilder.ActionsOf(config, set, isOutput);
                for (var i = 0; i < PiiEntityNames.All.Count; i++) Take(PiiEntityNames.All[i], actions[i]);
                for (var i = 0; set is not null && i < set.Count; i++) Take(set.NameOf((PiiEntity)((int)CustomDetectors.First + i)), actions[(int)CustomDetectors.First + i]);
            }
            return all;

            void Take(string name, GuardAction action)
            {
                if (!all.TryGetValue(name, out var other) || Rank(action) > Rank(other)) all[name] = action;
            }
        }
    }

    private static InjectionConfig Injection(InjectionConfig upper, InjectionConfig lower, SecurityConfig security)
    {
        var (up, low) = (PolicyBuilder.InjectionOf(upper, security), PolicyBuilder.InjectionOf(lower, security));
        // A threshold of a level that does nothing says nothing.
        var threshold = Math.Min(up == VerdictAction.Off ? 1 : upper.Threshold, low == VerdictAction.Off ? 1 : lower.Threshold);
        return new InjectionConfig { Action = Max(up, low), Threshold = up == VerdictAction.Off && low == VerdictAction.Off ? lower.Threshold : threshold };
    }

    private static ContentConfig Content(ContentConfig upper, ContentConfig lower)
    {
        var categories = new Dictionary<string, ContentCategoryConfig>();
        foreach (var name in upper.Categories.Keys.Union(lower.Categories.Keys))
        {
            var (up, low) = (upper.Categories.GetValueOrDefault(name), lower.Categories.GetValueOrDefault(name));
            categories[name] = new ContentCategoryConfig
            {
                Action = Max(ContentPolicy.ActionOf(upper, name), ContentPolicy.ActionOf(lower, name)),
                Literals = [.. (up?.Literals ?? []).Union(low?.Literals ?? [])],
                Patterns = [.. (up?.Patterns ?? []).Union(low?.Patterns ?? [])],
                WholeWords = (up?.WholeWords ?? true) && (low?.WholeWords ?? true),
            };
        }
        var (forUpper, forLower) = (upper.Action ?? VerdictAction.Off, lower.Action ?? VerdictAction.Off);
        return new ContentConfig { Action = upper.Action is null && lower.Action is null ? null : Max(forUpper, forLower), Output = (upper.Output && IsOn(upper)) || (lower.Output && IsOn(lower)), Categories = categories };
    }

    private static bool IsOn(ContentConfig config) => config.Action is not null || config.Categories.Count > 0;

    private static bool IsOn(ModerationConfig config) => config.Url is not null && config.Action != VerdictAction.Off;

    private static VerdictAction Max(VerdictAction a, VerdictAction b) => a > b ? a : b;
}
