using Edge.Providers;

namespace Edge.Configuration;

/// <summary>How targets that could all serve a request are ordered.</summary>
public enum SelectionStrategy
{
    /// <summary>The configured order.</summary>
    Priority,
    CostOptimized,
    LatencyOptimized,

    /// <summary><c>quality_first</c> and <c>quality</c> are the same.</summary>
    QualityFirst,
    Balanced,
    Weighted,
    RoundRobin,
    Sticky,
}

internal static class RoutingKinds
{
    public static readonly ScalarKind<SelectionStrategy> Strategy = Kinds.OneOf(
        ("priority", SelectionStrategy.Priority), ("cost_optimized", SelectionStrategy.CostOptimized),
        ("latency_optimized", SelectionStrategy.LatencyOptimized), ("quality_first", SelectionStrategy.QualityFirst),
        ("quality", SelectionStrategy.QualityFirst), ("balanced", SelectionStrategy.Balanced), ("weighted", SelectionStrategy.Weighted),
        ("round_robin", SelectionStrategy.RoundRobin), ("sticky", SelectionStrategy.Sticky));

    public static readonly ScalarKind<SelectionStrategy?> OptionalStrategy = Kinds.OneOf(
        ("priority", (SelectionStrategy?)SelectionStrategy.Priority), ("cost_optimized", SelectionStrategy.CostOptimized),
        ("latency_optimized", SelectionStrategy.LatencyOptimized), ("quality_first", SelectionStrategy.QualityFirst),
        ("quality", SelectionStrategy.QualityFirst), ("balanced", SelectionStrategy.Balanced), ("weighted", SelectionStrategy.Weighted),
        ("round_robin", SelectionStrategy.RoundRobin), ("sticky", SelectionStrategy.Sticky));

    public static readonly ScalarKind<bool?> OptionalBool = Kinds.OneOf(("true", (bool?)true), ("false", false));

    /// <summary>What a model may lack although its provider has it, by name.</summary>
    public static readonly (string Name, Capability Value)[] Capabilities =
    [
        ("tools", Capability.Tools), ("vision", Capability.Vision), ("pdf", Capability.Pdf), ("audio_input", Capability.AudioInput), ("json_schema", Capability.JsonSchema),
        ("several_choices", Capability.SeveralChoices),
    ];

    public static readonly ScalarKind<Capability> CapabilityList = new(
        "text", "names with commas between them: " + string.Join(", ", Capabilities.Select(pair => pair.Name)),
        (string text, out Capability value) =>
        {
            value = Capability.None;
            foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
            {
                var found = Array.Find(Capabilities, pair => pair.Name == name).Value;
                if (found == Capability.None) return "holds an unknown name";
                value |= found;
            }
            return null;
        },
        value => string.Join(", ", Capabilities.Where(pair => (value & pair.Value) != 0).Select(pair => pair.Name)),
        json => Alternatives.WriteTypes(json, "string", "null"));

    public static string? CheckModel(string key) => key.Length == 0 ? "is empty" : null;
}
