using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>How a request's wish for reasoning is put to a model, so that the API accepts it. https://ai.google.dev/gemini-api/docs/thinking</summary>
internal readonly ref struct GeminiThinkingPlan
{
    // What a bound keeps for the answer at least: maxOutputTokens counts thoughts too, and thinking that eats all of it leaves the client with an empty answer.
    private const long MinAnswer = 1024;

    private GeminiThinkingPlan(long? budget, ReadOnlySpan<byte> level, bool includeThoughts)
    {
        Budget = budget;
        Level = level;
        IncludeThoughts = includeThoughts;
    }

    /// <summary>Value of <c>thinkingBudget</c>; null = not sent.</summary>
    public long? Budget { get; }

    /// <summary>Value of <c>thinkingLevel</c>; empty = not sent.</summary>
    public ReadOnlySpan<byte> Level { get; }

    public bool IncludeThoughts { get; }

    public bool IsEmpty => Budget is null && Level.IsEmpty && !IncludeThoughts;

    public static GeminiThinkingPlan Make(ChatRequest request, GeminiModel model, List<string>? dropped)
    {
        ref readonly var wish = ref request.Reasoning;
        var isOff = wish.Mode == ThinkingMode.Disabled || (wish.Mode == ThinkingMode.Unset && wish.Effort == ReasoningEffort.None);
        var isOn = !isOff && (wish.Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive || wish.Effort != ReasoningEffort.Unset || wish.Budget is not null);
        var field = wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking";
        if (model.Thinking == GeminiThinking.None)
        {
            if (isOn) dropped.Drop(field);
            return default;
        }
        if (isOff) return Off(model, field, dropped);
        var shown = wish.Visible ?? isOn;
        if (!isOn) return new(null, default, shown);
        return model.Thinking == GeminiThinking.Budget
            ? new(BudgetOf(wish, request.MaxTokens, model, dropped), default, shown)
            : new(null, LevelOf(wish, model, dropped), shown);
    }

    // Gemini 2.5 Pro and all of Gemini 3 cannot be told not to think: the least there is.
    private static GeminiThinkingPlan Off(GeminiModel model, string field, List<string>? dropped)
    {
        if (model is { Thinking: GeminiThinking.Budget, IsPro: false }) return new(0, default, false);
        dropped.Drop(field);
        if (model.Thinking == GeminiThinking.Budget) return new(model.LeastBudget, default, false);
        return new(null, model.IsPro ? "low"u8 : "minimal"u8, false);
    }

    private static long? BudgetOf(in ReasoningSettings wish, long? bound, GeminiModel model, List<string>? dropped)
    {
        if (wish.Budget is { } given)
        {
            var taken = Math.Clamp(given, model.LeastBudget, model.GreatestBudget);
            if (taken != given) dropped.Drop("thinking.budget_tokens");
            return taken;
        }
        // -1 = as the model sees fit.
        if (wish.Effort == ReasoningEffort.Unset) return -1;
        // Google's own table for its OpenAI surface: https://ai.google.dev/gemini-api/docs/openai
        var budget = wish.Effort switch
        {
            ReasoningEffort.Minimal or ReasoningEffort.Low => 1024,
            ReasoningEffort.Medium => 8192,
            ReasoningEffort.High => 24576,
            _ => model.GreatestBudget,
        };
        if (bound is not { } max) return budget;
        var room = max - Math.Max(MinAnswer, max / 4);
        return Math.Min(budget, Math.Max(room, model.LeastBudget));
    }

    private static ReadOnlySpan<byte> LevelOf(in ReasoningSettings wish, GeminiModel model, List<string>? dropped)
    {
        var effort = wish.Effort;
        if (wish.Budget is { } budget)
        {
            dropped.Drop("thinking.budget_tokens");
            if (effort == ReasoningEffort.Unset)
            {
                effort = budget switch
                {
                    <= 2048 => ReasoningEffort.Low,
                    <= 8192 => ReasoningEffort.Medium,
                    _ => ReasoningEffort.High,
                };
            }
        }
        return effort switch
        {
            ReasoningEffort.Unset => default,
            ReasoningEffort.None or ReasoningEffort.Minimal => model.IsPro ? "low"u8 : "minimal"u8,
            ReasoningEffort.Low => "low"u8,
            ReasoningEffort.Medium => model.HasMediumLevel ? "medium"u8 : "high"u8,
            _ => "high"u8,
        };
    }
}
