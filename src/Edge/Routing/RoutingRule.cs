using System.Text;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Routing;

/// <summary>One rule of <c>routing.rules</c>, ready to be asked.</summary>
public sealed class RoutingRule
{
    private readonly RoutingRuleConfig _config;
    private readonly byte[][] _models;
    private readonly (byte[] Key, string Pattern)[] _metadata;

    /// <param name="name">In the configuration.</param>
    /// <param name="config">Its conditions.</param>
    /// <param name="use">Where such requests go; null = where they would go anyhow.</param>
    public RoutingRule(string name, RoutingRuleConfig config, RoutePlan? use)
    {
        Name = name;
        Use = use;
        UseName = config.Use is { } target ? Model.GatewayStateBuilder.Escaped(target) : [];
        _config = config;
        _models = [.. config.Models.Select(Encoding.UTF8.GetBytes)];
        _metadata = [.. config.Metadata.Select(pair => (Encoding.UTF8.GetBytes(pair.Key), pair.Value))];
    }

    public string Name { get; }

    public RoutePlan? Use { get; }

    /// <summary>The name that <see cref="Use"/> was found by, as JSON text.</summary>
    internal byte[] UseName { get; }

    /// <summary>It says where requests go, whether or not that is in service.</summary>
    public bool IsDirected => _config.Use is not null;

    public SelectionStrategy? Strategy => _config.Strategy;

    /// <summary>Every condition holds.</summary>
    /// <param name="context">With its body.</param>
    /// <param name="model">Its model's name as JSON text in its shortest form.</param>
    /// <param name="needs">What it asks for.</param>
    public bool Fits(RequestContext context, ReadOnlySpan<byte> model, in RequestNeeds needs)
    {
        if (_models.Length > 0 && !AnyModel(model)) return false;
        if (_config.Tools is { } tools && tools != needs.Has(Capability.Tools)) return false;
        if (_config.Vision is { } vision && vision != needs.Has(Capability.Vision)) return false;
        if (_config.Stream is { } stream && stream != context.Fields.Stream) return false;
        if (needs.InputTokens < _config.MinInputTokens || needs.InputTokens > _config.MaxInputTokens) return false;
        if (_config.Keys.Count > 0 && !HasKey(context)) return false;
        foreach (var (header, pattern) in _config.Headers)
        {
            if (!context.Request.Headers.TryGetValue(header, out var value) || !Wildcard.Fits(pattern, value.ToString())) return false;
        }
        if (_metadata.Length == 0) return true;
        var metadata = new JsonValue(context.Body.Span, context.Index.Tokens)["metadata"u8];
        foreach (var (key, pattern) in _metadata)
        {
            if (metadata.Kind != JsonKind.Object || metadata[key].GetString() is not { } text || !Wildcard.Fits(pattern, text)) return false;
        }
        return true;
    }

    private bool AnyModel(ReadOnlySpan<byte> model)
    {
        foreach (var pattern in _models)
        {
            if (Wildcard.Fits<byte>(pattern, model, (byte)'*')) return true;
        }
        return false;
    }

    private bool HasKey(RequestContext context) =>
        context.Caller.Name is { } name && _config.Keys.Contains(name);
}

/// <summary>Patterns in which <c>*</c> stands for any text.</summary>
public static class Wildcard
{
    public static bool Fits(string pattern, string text) => Fits<char>(pattern, text, '*');

    /// <summary>In time of at most pattern times text, whatever the two are.</summary>
    public static bool Fits<T>(ReadOnlySpan<T> pattern, ReadOnlySpan<T> text, T any)
        where T : IEquatable<T>
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p].Equals(any))
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && pattern[p].Equals(text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p].Equals(any)) p++;
        return p == pattern.Length;
    }
}
