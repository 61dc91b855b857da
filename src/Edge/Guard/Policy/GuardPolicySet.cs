using System.Collections.Concurrent;
using Edge.Configuration;

namespace Edge.Guard.Policy;

/// <summary>What the levels above a caller say of the guard: policies by name from the top down, and modes that must hold.</summary>
/// <param name="Names">Joined by spaces, which no name holds.</param>
/// <param name="Modes">A bit for each <see cref="ComplianceMode"/>.</param>
internal readonly record struct GuardWishes(string Names, uint Modes)
{
    public static readonly GuardWishes None = new("", 0);

    public GuardWishes With(TenantPolicyConfig own)
    {
        var names = own.Guard is { } name && !Names.Split(' ').Contains(name) ? (Names.Length == 0 ? name : $"{Names} {name}") : Names;
        return new(names, own.ComplianceMode == ComplianceMode.None ? Modes : Modes | (1u << (int)own.ComplianceMode));
    }
}

/// <summary>Every policy of the guard that a configuration can lead to, each made once, when somebody needs it. Any thread.</summary>
public sealed class GuardPolicySet
{
    private readonly GuardConfig _guard;
    private readonly SecurityConfig _security;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<GuardWishes, Lazy<GuardPolicy>> _made = new();

    public GuardPolicySet(GuardConfig guard, SecurityConfig security, TimeProvider time)
    {
        _guard = guard;
        _security = security;
        _time = time;
        Own = Make(guard.Policy);
    }

    /// <summary>For whoever's levels say nothing.</summary>
    public GuardPolicy Own { get; }

    /// <summary>The policies of the names and modes together: of each part the stricter one. A name that does not exist (any more) counts as the guard's own.</summary>
    internal GuardPolicy Of(GuardWishes wishes)
    {
        if (wishes == GuardWishes.None) return Own;
        return _made.GetOrAdd(wishes, static (wishes, set) => new Lazy<GuardPolicy>(() => set.Combine(wishes)), this).Value;
    }

    private GuardPolicy Combine(GuardWishes wishes)
    {
        GuardPolicyConfig? all = null;
        foreach (var name in wishes.Names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var one = _guard.Policies.GetValueOrDefault(name, _guard.Policy);
            all = all is null ? one : StricterPolicy.Of(all, one, _security);
        }
        all ??= _guard.Policy;
        for (var mode = ComplianceMode.None + 1; mode <= ComplianceMode.Soc2; mode++)
        {
            if ((wishes.Modes & (1u << (int)mode)) != 0) all = StricterPolicy.Of(all, new GuardPolicyConfig { Mode = mode }, _security);
        }
        return Make(all);
    }

    private GuardPolicy Make(GuardPolicyConfig config)
    {
        var policy = PolicyBuilder.Build(config, _guard, _security, _time);
        // Who uses the guard will ask for more of it; who does not keeps the megabytes.
        if (!policy.IsOff) policy.Prepare();
        return policy;
    }
}
