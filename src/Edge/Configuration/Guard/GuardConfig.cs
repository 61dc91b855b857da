using Edge.Guard.Policy;

namespace Edge.Configuration;

/// <summary>A policy of the guard.</summary>
public sealed record GuardPolicyConfig
{
    public ComplianceMode Mode { get; init; }

    public PiiConfig Pii { get; init; } = new();

    public InjectionConfig Injection { get; init; } = new();

    public ContentConfig Content { get; init; } = new();

    public ModerationConfig Moderation { get; init; } = new();

    /// <summary>Null = the compliance mode's.</summary>
    public VerdictAction? Unscanned { get; init; }

    internal static ConfigSection<GuardPolicyConfig> Section { get; } =
        AddTo(new ConfigSection<GuardPolicyConfig>("guard_policy", "A policy of the guard for some keys. It starts from what `guard` itself says.", new()), c => c, (_, v) => v);

    internal static ConfigSection<T> AddTo<T>(ConfigSection<T> section, Func<T, GuardPolicyConfig> get, Func<T, GuardPolicyConfig, T> with)
        where T : class => section
        .Field("mode", GuardKinds.Mode, c => get(c).Mode, (c, v) => with(c, get(c) with { Mode = v }), "A preset of actions; what the other keys say goes before it.")
        .Field("pii", new SectionKind<PiiConfig>(PiiConfig.Section), c => get(c).Pii, (c, v) => with(c, get(c) with { Pii = v! }), PiiConfig.Section.Doc)
        .Field("injection", new SectionKind<InjectionConfig>(InjectionConfig.Section), c => get(c).Injection, (c, v) => with(c, get(c) with { Injection = v! }), InjectionConfig.Section.Doc)
        .Field("content", new SectionKind<ContentConfig>(ContentConfig.Section), c => get(c).Content, (c, v) => with(c, get(c) with { Content = v! }), ContentConfig.Section.Doc)
        .Field("moderation", new SectionKind<ModerationConfig>(ModerationConfig.Section), c => get(c).Moderation, (c, v) => with(c, get(c) with { Moderation = v! }), ModerationConfig.Section.Doc)
        .Field("unscanned", GuardKinds.Verdict, c => get(c).Unscanned, (c, v) => with(c, get(c) with { Unscanned = v }),
            "What the guard cannot read (uploads, sound, realtime sessions) while it looks for personal data: `off` and it passes, `flag`, or `block`.", defaultText: "`off`; `block` with `mode: hipaa`");
}

/// <summary>The guard: what may not leave toward a provider, and what may not come from a client.</summary>
public sealed record GuardConfig
{
    /// <summary>For every key that names no other.</summary>
    public GuardPolicyConfig Policy { get; init; } = new();

    /// <summary>By name, for keys that name one.</summary>
    public IReadOnlyDictionary<string, GuardPolicyConfig> Policies { get; init; } = new Dictionary<string, GuardPolicyConfig>();

    /// <summary>Of the action <c>hash</c>; without one, hashes hold until the next start.</summary>
    public Secret HashKey { get; init; }

    internal static ConfigSection<GuardConfig> Section { get; } = GuardPolicyConfig
        .AddTo(new ConfigSection<GuardConfig>("guard", "What may not leave toward a provider, and what may not come from a client: docs/guard.md.", new()),
            c => c.Policy, (c, v) => c with { Policy = v })
        .Field("hash_key", Kinds.Secret, c => c.HashKey, (c, v) => c with { HashKey = v },
            "The key of the action `hash`. Without one, a random key serves until the next start.")
        // Last: each policy starts from what stands before it.
        .Field(new PoliciesField());

    private sealed class PoliciesField : ConfigField<GuardConfig>
    {
        private static readonly SectionMapKind<GuardPolicyConfig> _kind = Of(null);

        public PoliciesField()
            : base("policies", null, "Policies for some keys (`auth.api_keys[].guard`). Each starts from what `guard` itself says.")
        {
        }

        public override ValueKind Kind => _kind;

        public override string DefaultText => "";

        public override bool IsNotBuilt => false;

        public override GuardConfig Bind(BindContext context, YamlNode node, string path, GuardConfig section)
        {
            if (!Of(section.Policy).TryBind(context, node, path, section.Policies, out var policies)) return section;
            context.Note(path, node);
            return section with { Policies = policies };
        }

        public override void WriteSchema(System.Text.Json.Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("description", Doc);
            _kind.WriteSchema(json);
            json.WriteEndObject();
        }

        private static SectionMapKind<GuardPolicyConfig> Of(GuardPolicyConfig? start) =>
            new(GuardPolicyConfig.Section, "name", SectionMapKind<GuardPolicyConfig>.CheckName, start);
    }
}
