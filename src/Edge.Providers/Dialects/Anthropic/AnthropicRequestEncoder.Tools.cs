using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

public sealed partial class AnthropicRequestEncoder
{
    private ref partial struct Body
    {
        private void Tools()
        {
            var any = false;
            foreach (ref readonly var tool in _request.Tools)
            {
                if (_request.ToolChoice.IsLimited && !IsAllowed(tool)) continue;
                _json.Raw(any ? ",{\"name\":"u8 : ",\"tools\":[{\"name\":"u8);
                any = true;
                _json.String(_request.Text(tool.Name));
                if (tool.Description.Length > 0)
                {
                    _json.Raw(",\"description\":"u8);
                    _json.String(_request.Text(tool.Description));
                }
                var isStrict = tool.Strict == true && _model.StructuredOutputs;
                var schema = tool.Parameters.IsPresent ? _request.Raw(tool.Parameters) : "{\"type\":\"object\",\"properties\":{}}"u8;
                schema = JsonSchemas.OfTool(schema, ref isStrict, out var isMoved);
                if (tool.Strict == true && (!isStrict || isMoved)) _dropped.Drop("tools.strict");
                _json.Raw(",\"input_schema\":"u8);
                InputSchema(schema);
                if (isStrict) _json.Raw(",\"strict\":true"u8);
                EndBlock(tool.CacheControl);
            }
            WebSearch(ref any);
            if (!any)
            {
                if (_request.ToolChoice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _dropped.Drop("tool_choice");
                return;
            }
            _json.Raw("]"u8);
            Choice();
        }

        // https://docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool
        private void WebSearch(ref bool any)
        {
            if (!WebSearches.IsWanted(_request)) return;
            ref readonly var search = ref _request.WebSearch;
            _json.Raw(any ? ",{\"type\":\"web_search_20250305\",\"name\":\"web_search\""u8 : ",\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\""u8);
            any = true;
            if (search.MaxUses is { } uses)
            {
                _json.Raw(",\"max_uses\":"u8);
                _json.Number(uses);
            }
            // One of the two: the API refuses both, and what is not among the allowed needs no block.
            if (search.AllowedDomains.IsPresent)
            {
                if (search.BlockedDomains.IsPresent) _dropped.Drop("tools.web_search.blocked_domains");
                _json.Raw(",\"allowed_domains\":"u8);
                _json.Raw(_request.Raw(search.AllowedDomains));
            }
            else if (search.BlockedDomains.IsPresent)
            {
                _json.Raw(",\"blocked_domains\":"u8);
                _json.Raw(_request.Raw(search.BlockedDomains));
            }
            WebSearches.Location(ref _json, _request);
            _json.Raw("}"u8);
            if (search.ContextSize.Length > 0) _dropped.Drop("web_search_options.search_context_size");
        }

        // The API demands "type":"object" at the root; OpenAI does not.
        private void InputSchema(ReadOnlySpan<byte> schema)
        {
            if (JsonSchemas.HasType(schema))
            {
                _json.Raw(schema);
                return;
            }
            var members = schema[1..].TrimStart(" \t\r\n"u8);
            if (members is [(byte)'}'])
            {
                _json.Raw("{\"type\":\"object\",\"properties\":{}}"u8);
                return;
            }
            _json.Raw("{\"type\":\"object\","u8);
            _json.Raw(members);
        }

        private void Choice()
        {
            ref readonly var choice = ref _request.ToolChoice;
            var mode = choice.Mode;
            // One call at a time is said within the choice, so that there must be one.
            if (mode == ToolChoiceMode.Unset && _request.ParallelToolCalls == false) mode = ToolChoiceMode.Auto;
            if (mode == ToolChoiceMode.Unset) return;
            _json.Raw(mode switch
            {
                ToolChoiceMode.None => ",\"tool_choice\":{\"type\":\"none\""u8,
                ToolChoiceMode.Required => ",\"tool_choice\":{\"type\":\"any\""u8,
                ToolChoiceMode.Named => ",\"tool_choice\":{\"type\":\"tool\",\"name\":"u8,
                _ => ",\"tool_choice\":{\"type\":\"auto\""u8,
            });
            if (mode == ToolChoiceMode.Named) _json.String(_request.Text(choice.Name));
            if (_request.ParallelToolCalls == false && mode != ToolChoiceMode.None) _json.Raw(",\"disable_parallel_tool_use\":true"u8);
            _json.Raw("}"u8);
        }

        private readonly bool IsAllowed(in ChatTool tool)
        {
            var name = _request.Text(tool.Name);
            foreach (var allowed in _request.AllowedTools)
            {
                if (Same(_request.Text(allowed), name)) return true;
            }
            return false;
        }

        private static bool Same(JsonText a, JsonText b)
        {
            if (!a.IsEscaped) return b.Is(a.Bytes);
            return b.IsEscaped ? a.Bytes.SequenceEqual(b.Bytes) : a.Is(b.Bytes);
        }
    }
}
