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
    /// <summary>What is known of the model.</summary>
    public ModelFacts Facts { get; init; } = ModelFacts.Unknown;
}
