using Edge.Metering;
using Edge.Providers;

namespace Edge.Routing;

/// <summary>What is known of a provider's model before it is called. Immutable.</summary>
public sealed record ModelFacts
{
    public static readonly ModelFacts Unknown = new();

    /// <summary>Tokens that fit into it, prompt and answer together; 0 = not known.</summary>
    public long ContextWindow { get; init; }

    /// <summary>Nano-dollars for a million input tokens; -1 = not known.</summary>
    public long InputPrice { get; init; } = -1;

    /// <summary>Nano-dollars for a million output tokens; -1 = not known.</summary>
    public long OutputPrice { get; init; } = -1;

    /// <summary>All of its prices; null = not known.</summary>
    public ModelPrice? Price { get; init; }

    /// <summary>What it lacks although its provider has it, as configured.</summary>
    public Capability Lacks { get; init; }

    /// <summary>0..1, as configured.</summary>
    public double Quality { get; init; } = 0.5;
}
