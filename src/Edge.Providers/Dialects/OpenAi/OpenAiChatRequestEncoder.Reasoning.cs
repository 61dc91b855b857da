using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

public sealed partial class OpenAiChatRequestEncoder
{
    /// <summary>The wish for reasoning, and the reasoning of earlier turns.</summary>
    private ref partial struct Body
    {
        // The effort that the request comes down to; Unset = nothing is said.
        private readonly ReasoningEffort WishedEffort() => Has(ChatTraits.OpenAi) && _request.Tools.Length > 0 ? _model.EffortBesideTools(ClientsEffort()) : ClientsEffort();

        private readonly ReasoningEffort ClientsEffort()
        {
            ref readonly var wish = ref _request.Reasoning;
            if (wish.Mode == ThinkingMode.Disabled) return ReasoningEffort.None;
            if (wish.Effort != ReasoningEffort.Unset) return wish.Effort;
            if (wish.Budget is { } budget) return AnthropicThinkingPlan.EffortOf(budget);
            return wish.Mode == ThinkingMode.Unset ? ReasoningEffort.Unset : ReasoningEffort.Medium;
        }

        private void Reasoning()
        {
            var effort = WishedEffort();
            ref readonly var wish = ref _request.Reasoning;
            if (effort != ClientsEffort() && ClientsEffort() is not (ReasoningEffort.Unset or ReasoningEffort.None)) _dropped.Drop(wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
            if (effort == ReasoningEffort.Unset) return;
            if (Has(ChatTraits.ReasoningDetails))
            {
                RoutedReasoning(effort);
                return;
            }
            if (Has(ChatTraits.HighOrNoEffort))
            {
                AllOrNothing(effort);
                return;
            }
            if (Has(ChatTraits.ThinkingSwitch))
            {
                _json.Raw(effort == ReasoningEffort.None ? ",\"thinking\":{\"type\":\"disabled\"}"u8 : ",\"thinking\":{\"type\":\"enabled\"}"u8);
                if (effort == ReasoningEffort.None) return;
            }
            if (Has(ChatTraits.OpenAi) && !_model.Reasons)
            {
                // Not to think is what these models do.
                if (effort != ReasoningEffort.None) _dropped.Drop(wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
                return;
            }
            var text = Has(ChatTraits.OpenAi) ? _model.EffortText(effort) : EffortText(effort);
            if (text.IsEmpty) _dropped.Drop(wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
            else Member(",\"reasoning_effort\":"u8, JsonText.Plain(text));
        }

        // "none" is to think minimally and to show none of it there, which is what minimal asks for; low asks for more than that and medium for less than high. A client that turns thinking on
        // wants to see it, whatever its budget.
        private void AllOrNothing(ReasoningEffort effort)
        {
            var isSwitched = _request.Reasoning.Mode is not (ThinkingMode.Unset or ThinkingMode.Disabled);
            var thinks = isSwitched || effort >= ReasoningEffort.Medium;
            var isExact = isSwitched || (_isMagistral ? effort >= ReasoningEffort.High : effort is not (ReasoningEffort.Low or ReasoningEffort.Medium));
            if (!isExact) _dropped.Drop(_request.Reasoning.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
            if (!_isMagistral) _json.Raw(thinks ? ",\"reasoning_effort\":\"high\""u8 : ",\"reasoning_effort\":\"none\""u8);
        }

        // https://openrouter.ai/docs/use-cases/reasoning-tokens
        private void RoutedReasoning(ReasoningEffort effort)
        {
            ref readonly var wish = ref _request.Reasoning;
            if (effort == ReasoningEffort.None) _json.Raw(",\"reasoning\":{\"enabled\":false"u8);
            else if (wish is { Effort: ReasoningEffort.Unset, Budget: { } budget }) Number(",\"reasoning\":{\"max_tokens\":"u8, budget);
            else
            {
                Member(",\"reasoning\":{\"effort\":"u8, JsonText.Plain(effort switch
                {
                    ReasoningEffort.Minimal => "minimal"u8,
                    ReasoningEffort.XHigh or ReasoningEffort.Max => "xhigh"u8,
                    _ => EffortText(effort),
                }));
            }
            if (wish.Visible == false) _json.Raw(",\"exclude\":true"u8);
            _json.Raw("}"u8);
        }

        // The three efforts that every server knows that knows any.
        private readonly ReadOnlySpan<byte> EffortText(ReasoningEffort effort) => effort switch
        {
            ReasoningEffort.None => "none"u8,
            ReasoningEffort.Minimal or ReasoningEffort.Low => "low"u8,
            ReasoningEffort.Medium => "medium"u8,
            ReasoningEffort.XHigh or ReasoningEffort.Max when Has(ChatTraits.MaxEffort) => "max"u8,
            _ => "high"u8,
        };

        private void EarlierReasoning(ReadOnlySpan<ChatPart> parts, bool hasCalls)
        {
            if (Has(ChatTraits.ReasoningDetails))
            {
                Details(parts);
                return;
            }
            var takesText = _isMagistral || Has(ChatTraits.ReasoningContent);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == ChatPartKind.RedactedThinking) _dropped.Drop("messages.thinking_blocks");
                else if (part.Kind == ChatPartKind.Thinking && !takesText) _dropped.Drop(part.Position < 0 ? "messages.reasoning_content" : "messages.thinking_blocks");
            }
            if (!Has(ChatTraits.ReasoningContent)) return;
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind != ChatPartKind.Thinking || part.Text.Length == 0) continue;
                if (!any) _json.Raw(",\"reasoning_content\":\""u8);
                any = true;
                _json.Text(_request.Text(part.Text));
            }
            // A turn with calls that another model took has none; the field must be there all the same.
            if (any) _json.Raw("\""u8);
            else if (hasCalls && WishedEffort() != ReasoningEffort.None) _json.Raw(",\"reasoning_content\":\"\""u8);
        }

        private void Details(ReadOnlySpan<ChatPart> parts)
        {
            var count = 0;
            foreach (ref readonly var part in parts)
            {
                var signature = _request.Text(part.Signature);
                switch (part.Kind)
                {
                    case ChatPartKind.Thinking:
                        if (part.Text.Length > 0) Detail(ref count, "reasoning.text"u8, "text"u8, _request.Text(part.Text), signature, default);
                        else if (!signature.IsEmpty) Encrypted(ref count, signature, default);
                        break;
                    case ChatPartKind.RedactedThinking:
                        Encrypted(ref count, _request.Text(part.Text), default);
                        break;
                    case ChatPartKind.ToolCall when !signature.IsEmpty:
                        Encrypted(ref count, signature, part.Id);
                        break;
                    default:
                        break;
                }
            }
            if (count > 0) _json.Raw("]"u8);
        }

        private void Encrypted(ref int count, JsonText data, BodyRange call) => Detail(ref count, "reasoning.encrypted"u8, "data"u8, data, default, call);

        private void Detail(ref int count, ReadOnlySpan<byte> type, ReadOnlySpan<byte> member, JsonText text, JsonText signature, BodyRange call)
        {
            _json.Raw(count == 0 ? ",\"reasoning_details\":[{\"type\":\""u8 : ",{\"type\":\""u8);
            _json.Raw(type);
            _json.Raw("\",\""u8);
            _json.Raw(member);
            _json.Raw("\":"u8);
            var mark = signature.IsEmpty ? text : signature;
            var isSealed = !signature.IsEmpty || member.SequenceEqual("data"u8);
            ReadOnlySpan<byte> format = default;
            if (isSealed)
            {
                if (SignatureOrigin.TryTake(mark, SignatureOrigin.OpenAi, out mark)) format = "openai-responses-v1"u8;
                else if (SignatureOrigin.TryTake(mark, SignatureOrigin.Gemini, out mark)) format = "google-gemini-v1"u8;
                else format = "anthropic-claude-v1"u8;
            }
            _json.String(signature.IsEmpty ? mark : text);
            if (!signature.IsEmpty)
            {
                _json.Raw(",\"signature\":"u8);
                _json.String(mark);
            }
            if (!format.IsEmpty)
            {
                _json.Raw(",\"format\":\""u8);
                _json.Raw(format);
                _json.Raw("\""u8);
            }
            if (call.IsPresent) Member(",\"id\":"u8, call);
            Number(",\"index\":"u8, count++);
            _json.Raw("}"u8);
        }
    }
}
