using System.Text;
using Edge.Guard.Moderation;
using Edge.Guard.Pii;
using Edge.Guard.Restore;

namespace Edge.Guard.Policy;

/// <summary>What a request asks the guard to do besides its policy: the extension field <c>safety</c>. It can only tighten.</summary>
[Flags]
public enum SafetyFlags : byte
{
    None = 0,
    Pii = 1,
    Content = 2,
    Injection = 4,
}

/// <summary>What the guard does for one tenant. Immutable.</summary>
public sealed class GuardPolicy
{
    private readonly GuardAction[] _actions;
    private readonly bool[] _allowed;
    private readonly Task<GuardPolicy>?[] _tightened = new Task<GuardPolicy>?[8];
    private readonly byte[][] _names;

    internal GuardPolicy(GuardAction[] actions, CustomDetectors? custom)
    {
        _actions = actions;
        _allowed = [.. actions.Select(static action => action == GuardAction.Allow)];
        Custom = custom;
        _names = [.. Enumerable.Range(0, actions.Length).Select(i => Encoding.ASCII.GetBytes(Short(EntityName((PiiEntity)i))))];
    }

    private static string Short(string name) => name switch
    {
        "EMAIL_ADDRESS" => "EMAIL",
        "PHONE_NUMBER" => "PHONE",
        "IBAN_CODE" => "IBAN",
        _ => name.ToUpperInvariant(),
    };

    /// <summary>Where nothing is configured.</summary>
    public static GuardPolicy Off { get; } = PolicyBuilder.Build(new(), new(), TimeProvider.System);

    /// <summary>Requests are searched for personal data and secrets.</summary>
    public bool Pii { get; init; }

    /// <summary>1..100.</summary>
    internal byte MinConfidence { get; init; }

    internal CustomDetectors? Custom { get; }

    internal VerdictAction Injection { get; init; }

    /// <summary>0..1.</summary>
    internal double InjectionThreshold { get; init; }

    /// <summary>Null = no category acts.</summary>
    internal ContentPolicy? Content { get; init; }

    /// <summary>Null = nothing is done about answers but restoring.</summary>
    internal OutputPolicy? Output { get; init; }

    /// <summary>Null = nobody is asked.</summary>
    internal ModerationClient? Moderation { get; init; }

    /// <summary>What is done about what cannot be scanned while <see cref="Pii"/> is on.</summary>
    internal VerdictAction Unscanned { get; init; }

    /// <summary>Of the action hash.</summary>
    internal byte[] HashKey { get; init; } = [];

    /// <summary>Requests pass as they are.</summary>
    internal bool IsOff => !Pii && Injection == VerdictAction.Off && Content is null && Moderation is null && Output is null;

    /// <summary>How the parts that are off would act if a request asked for them.</summary>
    internal Func<SafetyFlags, GuardPolicy>? Tighten { get; init; }

    /// <summary>In headers, errors and metrics.</summary>
    internal string EntityName(PiiEntity entity) =>
        (int)entity < PiiEntityNames.All.Count ? entity.Name() : Custom is not null && entity >= CustomDetectors.First && entity - CustomDetectors.First < Custom.Count ? Custom.NameOf(entity) : "";

    /// <summary>In placeholders: short where the entity's own name says no more.</summary>
    internal ReadOnlySpan<byte> PlaceholderName(PiiEntity entity) => _names[(int)entity];

    /// <summary>By entity: nothing is done about it.</summary>
    internal ReadOnlySpan<bool> Allowed => _allowed;

    internal GuardAction ActionOf(PiiEntity entity) => _actions[(int)entity];

    /// <summary>This policy with what a request asks for in addition. Where nobody has asked for it yet it is made on another thread, as thousands of phrases take a tenth of a second to index.</summary>
    internal ValueTask<GuardPolicy> With(SafetyFlags flags)
    {
        if (flags == SafetyFlags.None || Tighten is null) return new(this);
        var task = Volatile.Read(ref _tightened[(int)flags]) ?? Start(flags, Tighten);
        return task.IsCompletedSuccessfully ? new(task.Result) : new(task);
    }

    /// <summary>Begins to make, on another thread, what the first request that asks for more would have to wait for.</summary>
    internal void Prepare()
    {
        const SafetyFlags All = SafetyFlags.Pii | SafetyFlags.Content | SafetyFlags.Injection;
        if (Tighten is not null && _tightened[(int)All] is null) _ = Start(All, Tighten);
    }

    private Task<GuardPolicy> Start(SafetyFlags flags, Func<SafetyFlags, GuardPolicy> tighten)
    {
        var task = new Task<GuardPolicy>(() => tighten(flags));
        if (Interlocked.CompareExchange(ref _tightened[(int)flags], task, null) is { } other) return other;
        task.Start(TaskScheduler.Default);
        return task;
    }
}
