using Edge.Providers.Chat;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

public sealed partial class ResponsesRequestEncoder
{
    /// <summary>Where Perplexity's Agent API has another form than Responses, <see cref="ChatTraits.AgentApi"/>. https://docs.perplexity.ai/api-reference/responses-post</summary>
    private ref partial struct Body
    {
        private const string AgentInput = "Must be text or an image: the provider takes nothing else.";

        private void AgentFormat()
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind == ResponseFormatKind.JsonSchema && format.Schema.IsPresent)
            {
                // The name is required; other dialects have none.
                _json.Raw(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"u8);
                _json.String(format.Name.Length > 0 ? _request.Text(format.Name) : JsonText.Plain("response"u8));
                if (format.Description.Length > 0) Member(",\"description\":"u8, format.Description);
                _json.Raw(",\"schema\":"u8);
                _json.Raw(_request.Raw(format.Schema));
                if (format.Strict is { } strict) _json.Raw(strict ? ",\"strict\":true"u8 : ",\"strict\":false"u8);
                _json.Raw("}}"u8);
            }
            else if (format.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema)
            {
                // Without a schema there is no format to ask for, so the model is told.
                _json.Raw(",\"instructions\":\"Answer with one valid JSON object and nothing else: no prose around it, no code fence.\""u8);
                _dropped.Drop("response_format");
            }
            if (_request.Verbosity.Length > 0) _ = Takes("verbosity");
        }

        // Three efforts for every model, and no summary of what it thought.
        private void AgentReasoning()
        {
            ref readonly var wish = ref _request.Reasoning;
            var name = wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking";
            var effort = WishedEffort();
            if (effort == ReasoningEffort.Unset) return;
            if (effort is not (ReasoningEffort.Low or ReasoningEffort.Medium or ReasoningEffort.High) || wish.Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive) _dropped.Drop(name);
            if (effort == ReasoningEffort.None) return;
            _json.Raw(effort switch
            {
                ReasoningEffort.Minimal or ReasoningEffort.Low => ",\"reasoning\":{\"effort\":\"low\"}"u8,
                ReasoningEffort.Medium => ",\"reasoning\":{\"effort\":\"medium\"}"u8,
                _ => ",\"reasoning\":{\"effort\":\"high\"}"u8,
            });
        }

        private void AgentSearch(bool isFirst)
        {
            ref readonly var search = ref _request.WebSearch;
            _json.Raw(isFirst ? ",\"tools\":[{\"type\":\"web_search\""u8 : ",{\"type\":\"web_search\""u8);
            if (search.AllowedDomains.IsPresent)
            {
                _json.Raw(",\"filters\":{\"search_domain_filter\":"u8);
                _json.Raw(_request.Raw(search.AllowedDomains));
                _json.Raw("}"u8);
            }
            if (search.City.Length > 0 || search.Region.Length > 0 || search.Country.Length > 0)
            {
                var any = false;
                Place("\"city\":"u8, search.City, ref any);
                Place("\"region\":"u8, search.Region, ref any);
                Place("\"country\":"u8, search.Country, ref any);
                _json.Raw("}"u8);
            }
            _json.Raw("}"u8);
            if (search.Timezone.Length > 0) _dropped.Drop("web_search_options.user_location.timezone");
            if (search.ContextSize.Length > 0) _dropped.Drop("web_search_options.search_context_size");
            if (search.MaxUses is not null) _dropped.Drop("tools.web_search.max_uses");
        }

        private void Place(ReadOnlySpan<byte> name, BodyRange text, ref bool any)
        {
            if (text.Length == 0) return;
            _json.Raw(any ? ","u8 : ",\"user_location\":{"u8);
            any = true;
            Member(name, text);
        }

        // It came with the call and goes back with it: the models that sign their thoughts refuse a call without.
        private void AgentSignature(in ChatPart call)
        {
            if (GeminiSignatures.TryTake(_request.Text(call.Signature), out var kind, out var own) && kind == SignedPart.Call) Member(",\"thought_signature\":"u8, own);
        }

        private bool AgentOutput(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            _json.Raw("\""u8);
            if (IsMarked(message, parts)) _json.Raw("Error: "u8);
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i].Kind != ChatPartKind.Text) return FailPart(message, parts[i], "Must be text: the provider takes nothing else as the result of a tool.");
                if (i > 0) _json.Raw("\\n"u8);
                _json.Text(_request.Text(parts[i].Text));
            }
            _json.Raw("\"}"u8);
            return true;
        }
    }
}
