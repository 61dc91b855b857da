using System.Diagnostics.CodeAnalysis;
using Edge.Configuration;
using Edge.Guard.Content;

namespace Edge.Guard.Policy;

/// <summary>Which categories of content act, and how.</summary>
internal sealed class ContentPolicy
{
    // One for all policies that take the built-in categories as they are: some megabytes, and a tenth of a second.
    private static readonly Lazy<ContentFilter> _builtIn = new(static () => ContentFilter.TryCreate(BuiltInContent.Categories, out var filter, out var error) ? filter : throw new InvalidOperationException(error));

    private ContentPolicy(ContentFilter filter, VerdictAction[] actions, bool isOutput) => (Filter, Actions, IsOutput) = (filter, actions, isOutput);

    public ContentFilter Filter { get; }

    /// <summary>By the filter's category.</summary>
    public IReadOnlyList<VerdictAction> Actions { get; }

    /// <summary>Answers are looked at too.</summary>
    public bool IsOutput { get; }

    /// <summary>What is wrong with the categories of a configuration; null = nothing. The built-in ones, which take their time, are not made for it.</summary>
    public static string? Check(ContentConfig config)
    {
        var specs = config.Categories.Where(pair => pair.Value.Literals.Count + pair.Value.Patterns.Count > 0 || BuiltInContent.Categories.All(builtIn => builtIn.Name != pair.Key))
            .Select(static pair => new ContentCategorySpec(pair.Key, pair.Value.Literals, pair.Value.Patterns, pair.Value.WholeWords)).ToList();
        return specs.Count == 0 || ContentFilter.TryCreate(specs, out _, out var error) ? null : error;
    }

    /// <summary>What is done about a category; what is declared nowhere is off.</summary>
    public static VerdictAction ActionOf(ContentConfig config, string category)
    {
        var own = config.Categories.GetValueOrDefault(category);
        var isBuiltIn = BuiltInContent.Categories.Any(builtIn => builtIn.Name == category);
        return own?.Action ?? config.Action ?? (own is null || isBuiltIn ? VerdictAction.Off : VerdictAction.Block);
    }

    /// <summary>Makes one.</summary>
    /// <param name="config">The section.</param>
    /// <param name="isAsked">A request asks for the filter: what is off blocks.</param>
    /// <param name="policy">Null also where no category acts.</param>
    /// <param name="error">Null = fine.</param>
    public static bool TryCreate(ContentConfig config, bool isAsked, out ContentPolicy? policy, [NotNullWhen(false)] out string? error)
    {
        policy = null;
        error = null;
        var specs = new List<ContentCategorySpec>();
        var actions = new List<VerdictAction>();
        var forAll = isAsked && config.Action is null or VerdictAction.Off ? VerdictAction.Block : config.Action;
        foreach (var builtIn in BuiltInContent.Categories)
        {
            var own = config.Categories.GetValueOrDefault(builtIn.Name);
            var action = Asked(own?.Action) ?? forAll ?? VerdictAction.Off;
            if (action == VerdictAction.Off) continue;
            specs.Add(own is null ? builtIn : builtIn with { Literals = [.. builtIn.Literals, .. own.Literals], Patterns = own.Patterns });
            actions.Add(action);
        }
        foreach (var (name, own) in config.Categories)
        {
            var action = Asked(own.Action) ?? forAll ?? VerdictAction.Block;
            if (action == VerdictAction.Off || BuiltInContent.Categories.Any(builtIn => builtIn.Name == name)) continue;
            specs.Add(new ContentCategorySpec(name, own.Literals, own.Patterns, own.WholeWords));
            actions.Add(action);
        }
        if (specs.Count == 0) return true;
        if (specs.SequenceEqual(BuiltInContent.Categories))
        {
            policy = new ContentPolicy(_builtIn.Value, [.. actions], config.Output);
            return true;
        }
        if (!ContentFilter.TryCreate(specs, out var filter, out error)) return false;
        policy = new ContentPolicy(filter, [.. actions], config.Output);
        return true;

        VerdictAction? Asked(VerdictAction? action) => isAsked && action == VerdictAction.Off ? VerdictAction.Block : action;
    }
}
