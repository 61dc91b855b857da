using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>How a request's wish for reasoning is put to a model, so that the API accepts it.</summary>
internal readonly ref struct AnthropicThinkingPlan
{
    /// <summary>A <c>thinking</c> object is sent.</summary>
    public bool IsOn { get; private init; }

    /// <summary>Tokens of the budget; 0 = adaptive.</summary>
    public long Budget { get; private init; }

    /// <summary>The client's own object is sent as it is.</summary>
    public bool IsRaw { get; private init; }

    /// <summary>Value of <c>output_config.effort</c>; empty = not sent.</summary>
    public ReadOnlySpan<byte> Effort { get; private init; }

    // The least budget that the API takes.
    private const long MinBudget = 1024;

    // What a bound keeps for the answer at least: thinking that eats all of it leaves the client with an empty one.
    private const long MinAnswer = 1024;

    /// <summary>Tokens of thinking for an effort, for models that know budgets alone. Above 32,000 the API's documentation advises batch processing.</summary>
    public static long BudgetOf(ReasoningEffort effort) => effort switch
    {
        ReasoningEffort.Minimal => MinBudget,
        ReasoningEffort.Low => 2048,
        ReasoningEffort.High => 16384,
        ReasoningEffort.XHigh => 24576,
        ReasoningEffort.Max => 32000,
        _ => 8192,
    };

    /// <summary>
    /// An effort's budget within the client's bound, which includes reasoning: a quarter of the bound, and at least 1,024 tokens, stay for the answer.
    /// 0 = the bound has no room for the least budget (it is below 2,048).
    /// </summary>
    public static long BudgetWithin(long? bound, ReasoningEffort effort)
    {
        var budget = BudgetOf(effort);
        if (bound is not { } max) return budget;
        var room = max - Math.Max(MinAnswer, max / 4);
        return room < MinBudget ? 0 : Math.Min(budget, room);
    }

    public static AnthropicThinkingPlan Make(ChatRequest request, AnthropicModel model, List<string>? dropped)
    {
        ref readonly var wish = ref request.Reasoning;
        var isExplicit = wish.Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive;
        if (wish.Mode == ThinkingMode.Disabled || (!isExplicit && wish.Effort is ReasoningEffort.Unset or ReasoningEffort.None))
        {
            // Off is the default, and the models that think on their own refuse to be told not to.
            if (wish.Effort is not (ReasoningEffort.Unset or ReasoningEffort.None)) dropped.Drop("reasoning_effort");
            return default;
        }
        if (!isExplicit && wish.IsEffortAlone && model.Thinking is AnthropicThinking.Adaptive or AnthropicThinking.Both)
        {
            return new AnthropicThinkingPlan { Effort = EffortText(wish.Effort, model) };
        }
        var field = isExplicit ? "thinking" : "reasoning_effort";
        if (model.Thinking == AnthropicThinking.None)
        {
            dropped.Drop(field);
            return default;
        }
        var plan = Wish(wish, model, request.MaxTokens);
        if (!plan.IsOn)
        {
            dropped.Drop(field);
            return default;
        }
        var forced = request.Tools.Length > 0 && request.ToolChoice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named;
        // Where a model takes one of the two, the explicit one goes.
        if (plan is { IsRaw: true, Budget: > 0 } && wish.Effort != ReasoningEffort.Unset) dropped.Drop("reasoning_effort");
        else if (!plan.IsRaw && plan.Budget == 0 && wish.Budget is not null) dropped.Drop("thinking.budget_tokens");
        if (!forced && (plan.Budget == 0 || !IsInToolUseWithoutThinking(request))) return plan;

        // Refused by the API: thinking with a forced tool, and by budget in the middle of tool use whose thinking blocks the client did not send back.
        // An explicit tool or history outranks the wish to think; effort alone is allowed.
        dropped.Drop(field);
        return new AnthropicThinkingPlan { Effort = plan.Effort };
    }

    private static AnthropicThinkingPlan Wish(in ReasoningSettings wish, AnthropicModel model, long? bound)
    {
        if (model.Thinking == AnthropicThinking.Budget)
        {
            // The client's own budget goes as it is: the provider refuses one that exceeds the bound, and says so better than a silent change would.
            if (wish is { Mode: ThinkingMode.Enabled, Budget: { } given }) return new AnthropicThinkingPlan { IsOn = true, IsRaw = true, Budget = given };
            var within = BudgetWithin(bound, wish.Effort);
            return new AnthropicThinkingPlan { IsOn = within > 0, Budget = within };
        }
        if (model.Thinking == AnthropicThinking.Both && wish is { Mode: ThinkingMode.Enabled, Budget: { } budget })
        {
            return new AnthropicThinkingPlan { IsOn = true, IsRaw = true, Budget = budget };
        }
        var effort = wish.Effort != ReasoningEffort.Unset || wish.Budget is null ? wish.Effort : EffortOf(wish.Budget.Value);
        return new AnthropicThinkingPlan { IsOn = true, IsRaw = wish.Mode == ThinkingMode.Adaptive, Effort = EffortText(effort, model) };
    }

    /// <summary>The effort that stands for a budget, for models that know efforts alone.</summary>
    public static ReasoningEffort EffortOf(long budget) => budget switch
    {
        <= 2048 => ReasoningEffort.Low,
        <= 8192 => ReasoningEffort.Medium,
        _ => ReasoningEffort.High,
    };

    private static ReadOnlySpan<byte> EffortText(ReasoningEffort effort, AnthropicModel model) => effort switch
    {
        ReasoningEffort.Minimal or ReasoningEffort.Low => "low"u8,
        ReasoningEffort.Medium => "medium"u8,
        ReasoningEffort.High => "high"u8,
        ReasoningEffort.XHigh => model.HidesThinking ? "xhigh"u8 : "high"u8,
        ReasoningEffort.Max => "max"u8,
        _ => default,
    };

    private static bool IsInToolUseWithoutThinking(ChatRequest request)
    {
        var messages = request.Messages;
        for (var i = messages.Length - 1; i >= 0; i--)
        {
            if (messages[i].Role is ChatRole.User) return false;
            if (messages[i].Role is not ChatRole.Assistant) continue;
            var calls = false;
            foreach (ref readonly var part in request.PartsOf(messages[i]))
            {
                if (part.Kind == ChatPartKind.RedactedThinking && SignatureOrigin.IsAnthropic(request.Text(part.Text))) return false;
                if (part.Kind == ChatPartKind.Thinking && part.Signature.Length > 0 && SignatureOrigin.IsAnthropic(request.Text(part.Signature))) return false;
                calls |= part.Kind == ChatPartKind.ToolCall;
            }
            return calls;
        }
        return false;
    }
}
