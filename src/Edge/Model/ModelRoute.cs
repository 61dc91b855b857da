using Edge.Routing;
using Edge.Routing.Health;
using Microsoft.Extensions.Primitives;

namespace Edge.Model;

/// <summary>Where a model's name leads.</summary>
/// <param name="Target">The provider.</param>
/// <param name="Model">The name that the provider knows, as JSON text between quotes (escaped where needed).</param>
/// <param name="ModelHeader">The same as a response header value; empty where it holds what a header cannot.</param>
/// <param name="Paths">The provider's paths for that model.</param>
/// <param name="State">What was learnt of it.</param>
public sealed record ModelRoute(Target Target, ReadOnlyMemory<byte> Model, StringValues ModelHeader, TargetPaths Paths, TargetState State)
{
    private readonly Lazy<ModelFacts>? _facts;

    /// <summary>What is known of the model. Looked up when first asked for: the price table takes longer to read than the gateway to start.</summary>
    public ModelFacts Facts => _facts?.Value ?? ModelFacts.Unknown;

    /// <summary>Where it is looked up.</summary>
    public Func<ModelFacts> FindFacts
    {
        init => _facts = new(value, LazyThreadSafetyMode.PublicationOnly);
    }
}
