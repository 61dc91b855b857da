using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;

namespace Edge.Providers.Dialects.Bedrock;

public sealed partial class BedrockRequestEncoder
{
    /// <summary>How a wish for reasoning is put to the model's family.</summary>
    private readonly ref struct AdditionalFields
    {
        public AnthropicThinkingPlan Claude { get; private init; }

        /// <summary>The family's own word for the effort; empty = none.</summary>
        public ReadOnlySpan<byte> Effort { get; private init; }

        public bool IsOn => Claude.IsOn || !Effort.IsEmpty;

        /// <summary>Nova 2 refuses sampling parameters and a bound of tokens together with its highest effort.</summary>
        public bool ForbidsSampling { get; private init; }

        /// <summary>The bound to send where the client gives none: more than the budget of thinking; 0 = none.</summary>
        public long MinMaxTokens { get; private init; }

        public static AdditionalFields Plan(ChatRequest request, BedrockModel model, List<string>? dropped)
        {
            if (model.Family == BedrockFamily.Claude)
            {
                var plan = AnthropicThinkingPlan.Make(request, model.Claude, dropped);
                // Without a bound Converse takes the model's largest, which no budget of ours exceeds.
                return new AdditionalFields { Claude = plan };
            }
            ref readonly var wish = ref request.Reasoning;
            var effort = EffortOf(wish);
            if (effort == ReasoningEffort.Unset) return default;
            var field = wish.Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive ? "thinking" : "reasoning_effort";
            if (model.Family is not (BedrockFamily.Nova2 or BedrockFamily.GptOss or BedrockFamily.Qwen))
            {
                dropped.Drop(field);
                return default;
            }
            var high = effort >= ReasoningEffort.High;
            if (model.Family == BedrockFamily.Nova2 && high && request.MaxTokens is not null)
            {
                // The client's bound outranks the last step of effort.
                dropped.Drop(field);
                return new AdditionalFields { Effort = "medium"u8 };
            }
            if (effort is ReasoningEffort.Minimal or ReasoningEffort.XHigh or ReasoningEffort.Max) dropped.Drop(field);
            return new AdditionalFields
            {
                Effort = high ? "high"u8 : effort == ReasoningEffort.Medium ? "medium"u8 : "low"u8,
                ForbidsSampling = high && model.Family == BedrockFamily.Nova2,
            };
        }

        private static ReasoningEffort EffortOf(in ReasoningSettings wish)
        {
            if (wish.Mode == ThinkingMode.Disabled || wish.Effort == ReasoningEffort.None) return ReasoningEffort.Unset;
            if (wish.Effort != ReasoningEffort.Unset) return wish.Effort;
            if (wish.Mode == ThinkingMode.Unset) return ReasoningEffort.Unset;
            return wish.Budget switch
            {
                <= 2048 => ReasoningEffort.Low,
                > 8192 => ReasoningEffort.High,
                _ => ReasoningEffort.Medium,
            };
        }
    }

    private ref partial struct Body
    {
        private void Additional(in AdditionalFields fields)
        {
            var any = false;
            if (fields.Claude.IsOn) Thinking(ref any, fields.Claude);
            if (!fields.Claude.Effort.IsEmpty)
            {
                Field(ref any, "\"output_config\":{\"effort\":\""u8);
                _json.Raw(fields.Claude.Effort);
                _json.Raw("\"}"u8);
            }
            if (!fields.Effort.IsEmpty)
            {
                Field(ref any, _model.Family switch
                {
                    BedrockFamily.Nova2 => "\"reasoningConfig\":{\"type\":\"enabled\",\"maxReasoningEffort\":\""u8,
                    BedrockFamily.Qwen => "\"reasoning_config\":\""u8,
                    _ => "\"reasoning_effort\":\""u8,
                });
                _json.Raw(fields.Effort);
                _json.Raw(_model.Family == BedrockFamily.Nova2 ? "\"}"u8 : "\""u8);
            }
            TopK(ref any, fields);
            ClaudeToolChoice(ref any);
            if (any) _json.Raw("}"u8);
            // Which of them it was, Converse does not tell; Claude's own answer does. A path that leads nowhere is ignored.
            if (IsClaude && _request.Stops.Length > 0) _json.Raw(",\"additionalModelResponseFieldPaths\":[\"/stop_sequence\"]"u8);
        }

        private void Thinking(ref bool any, in AnthropicThinkingPlan plan)
        {
            Field(ref any, "\"thinking\":"u8);
            if (plan.IsRaw)
            {
                _json.Raw(_request.Raw(_request.Reasoning.Raw));
            }
            else if (plan.Budget > 0)
            {
                _json.Raw("{\"type\":\"enabled\",\"budget_tokens\":"u8);
                _json.Number(plan.Budget);
                _json.Raw("}"u8);
            }
            else
            {
                _json.Raw(_model.Claude.HidesThinking ? "{\"type\":\"adaptive\",\"display\":\"summarized\"}"u8 : "{\"type\":\"adaptive\"}"u8);
            }
        }

        private void TopK(ref bool any, in AdditionalFields fields)
        {
            if (_request.TopK is not { } topK) return;
            var refused = IsClaude ? fields.IsOn || !_model.Claude.TakesSampling : fields.ForbidsSampling;
            if (refused || _model.Family is BedrockFamily.Other or BedrockFamily.GptOss)
            {
                _dropped.Drop("top_k");
                return;
            }
            var nova = _model.Family is BedrockFamily.Nova or BedrockFamily.Nova2;
            Field(ref any, nova ? "\"inferenceConfig\":{\"topK\":"u8 : "\"top_k\":"u8);
            _json.Number(topK);
            if (nova) _json.Raw("}"u8);
        }

        // None, and one call at a time, are said within Claude's own choice, which stands here in place of Converse's.
        private void ClaudeToolChoice(ref bool any)
        {
            if (!UsesClaudeToolChoice) return;
            if (ForbidsTools)
            {
                Field(ref any, "\"tool_choice\":{\"type\":\"none\"}"u8);
                return;
            }
            Field(ref any, "\"tool_choice\":{\"type\":\""u8);
            _json.Raw(_request.ToolChoice.Mode switch
            {
                ToolChoiceMode.Required => "any\""u8,
                ToolChoiceMode.Named => "tool\",\"name\":"u8,
                _ => "auto\""u8,
            });
            if (_request.ToolChoice.Mode == ToolChoiceMode.Named) _json.String(_request.Text(_request.ToolChoice.Name));
            _json.Raw(",\"disable_parallel_tool_use\":true}"u8);
        }

        private void Field(ref bool any, ReadOnlySpan<byte> name)
        {
            _json.Raw(any ? ","u8 : ",\"additionalModelRequestFields\":{"u8);
            _json.Raw(name);
            any = true;
        }
    }
}
