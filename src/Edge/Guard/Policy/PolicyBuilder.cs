using System.Security.Cryptography;
using System.Text;
using Edge.Configuration;
using Edge.Guard.Injection;
using Edge.Guard.Moderation;
using Edge.Guard.Pii;
using Edge.Guard.Restore;

namespace Edge.Guard.Policy;

/// <summary>Makes policies from a valid configuration.</summary>
internal static class PolicyBuilder
{
    // For hashes without a configured key: they hold until the next start.
    private static readonly byte[] _randomKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>The policy of the guard itself.</summary>
    public static GuardPolicy Build(GuardConfig guard, SecurityConfig security, TimeProvider time) => Build(guard.Policy, guard, security, time);

    /// <summary>It looks for personal data.</summary>
    public static bool IsPii(GuardPolicyConfig config, SecurityConfig security) => config.Pii.Enabled ?? (security.PiiDetection || config.Mode != ComplianceMode.None);

    /// <summary>What it does about attempts to take over the model.</summary>
    public static VerdictAction InjectionOf(InjectionConfig config, SecurityConfig security) => config.Action ?? (security.PromptFiltering ? VerdictAction.Block : VerdictAction.Off);

    /// <summary>What it does about each entity, where it looks for them.</summary>
    public static GuardAction[] ActionsOf(GuardPolicyConfig config, CustomDetectors? custom, bool isOutput) => isOutput
        ? Actions(config.Pii.OutputActions, config.Pii.OutputAction, custom, entity => CompliancePresets.Output(config.Mode, entity))
        : Actions(config.Pii.Actions, config.Pii.Action, custom, entity => CompliancePresets.Input(config.Mode, entity));

    /// <summary>One policy.</summary>
    public static GuardPolicy Build(GuardPolicyConfig config, GuardConfig guard, SecurityConfig security, TimeProvider time)
    {
        var custom = CustomOf(config.Pii, out _);
        var asked = new Lazy<ContentPolicy?>(() => ContentOf(config, isAsked: true));
        var own = ContentOf(config, isAsked: false);
        return Make(SafetyFlags.None);

        GuardPolicy Make(SafetyFlags flags) => Build(config, guard, security, time, flags, custom, (flags & SafetyFlags.Content) != 0 ? asked.Value : own, flags == SafetyFlags.None ? Make : null);
    }

    // The configuration has been checked: it can be made.
    private static ContentPolicy? ContentOf(GuardPolicyConfig config, bool isAsked) => ContentPolicy.TryCreate(config.Content, isAsked, out var content, out _) ? content : null;

    private static GuardPolicy Build(
        GuardPolicyConfig config, GuardConfig guard, SecurityConfig security, TimeProvider time, SafetyFlags asked, CustomDetectors? custom, ContentPolicy? content, Func<SafetyFlags, GuardPolicy>? tighten)
    {
        var isPii = IsPii(config, security) || (asked & SafetyFlags.Pii) != 0;
        var injection = (asked & SafetyFlags.Injection) != 0 ? VerdictAction.Block : InjectionOf(config.Injection, security);
        if (injection != VerdictAction.Off)
        {
            InjectionDetector.Prepare();
            content?.Filter.Prepare();
        }
        var actions = ActionsOf(config, custom, isOutput: false);
        return new GuardPolicy(actions, custom)
        {
            Pii = isPii,
            MinConfidence = (byte)config.Pii.MinConfidence,
            Injection = injection,
            Content = content,
            InjectionThreshold = config.Injection.Threshold,
            Moderation = config.Moderation.Url is null || config.Moderation.Action == VerdictAction.Off ? null : new ModerationClient(config.Moderation, time),
            Unscanned = config.Unscanned ?? CompliancePresets.Unscanned(config.Mode),
            HashKey = guard.HashKey.HasValue ? SHA256.HashData(Encoding.UTF8.GetBytes(guard.HashKey.Reveal())) : _randomKey,
            Output = OutputOf(config, isPii, custom, content, entity => custom?.NameOf(entity) ?? entity.Name()),
            Tighten = tighten,
        };
    }

    private static GuardAction[] Actions(
        IReadOnlyDictionary<string, GuardAction> named, GuardAction? all, CustomDetectors? custom, Func<PiiEntity, GuardAction> preset)
    {
        var actions = new GuardAction[byte.MaxValue + 1];
        for (var i = 0; i < actions.Length; i++)
        {
            var entity = (PiiEntity)i;
            // What the preset lets pass (dates, links) is not meant by an action for all: who wants it names it.
            var fallback = i < PiiEntityNames.All.Count ? preset(entity) : preset(PiiEntity.EmailAddress);
            var isLeftOut = fallback == GuardAction.Allow && preset(PiiEntity.EmailAddress) != GuardAction.Allow;
            actions[i] = isLeftOut || (all is not null && CompliancePresets.IsIncidental(entity)) ? fallback : all ?? fallback;
        }
        foreach (var (name, action) in named)
        {
            if (custom?.TryParse(name, out var entity) ?? PiiEntityNames.TryParse(name, out entity)) actions[(int)entity] = action;
        }
        return actions;
    }

    /// <summary>The detectors that a section declares.</summary>
    /// <param name="config">The section.</param>
    /// <param name="error">What is wrong; empty where nothing is.</param>
    public static CustomDetectors? CustomOf(PiiConfig config, out string error)
    {
        error = "";
        if (config.Custom.Count == 0) return null;
        var specs = config.Custom.Select(static pair => new CustomDetectorSpec
        {
            Name = pair.Key,
            Literals = pair.Value.Literals,
            Regex = pair.Value.Regex,
            Context = pair.Value.Context,
            Validator = pair.Value.Validator,
            Confidence = pair.Value.Confidence,
        });
        return CustomDetectors.TryCreate([.. specs], out var set, out error) ? set : null;
    }

    // Null = nothing is done about answers.
    private static OutputPolicy? OutputOf(GuardPolicyConfig config, bool isPii, CustomDetectors? custom, ContentPolicy? content, Func<PiiEntity, string> nameOf)
    {
        var actions = isPii ? ActionsOf(config, custom, isOutput: true) : new GuardAction[byte.MaxValue + 1];
        var isContent = content is { IsOutput: true };
        if (!isContent && Array.TrueForAll(actions, static action => action == GuardAction.Allow)) return null;
        return new OutputPolicy
        {
            Actions = actions,
            MinConfidence = (byte)config.Pii.MinConfidence,
            NameOf = nameOf,
            Custom = custom,
            Content = isContent ? content!.Filter : null,
            ContentActions = isContent ? [.. content!.Actions] : [],
        };
    }
}
