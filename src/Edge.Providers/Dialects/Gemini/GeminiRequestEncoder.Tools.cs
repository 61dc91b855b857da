using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

public sealed partial class GeminiRequestEncoder
{
    private ref partial struct Body
    {
        private readonly bool DeclaresTools()
        {
            if (!_request.ToolChoice.IsLimited) return _request.Tools.Length > 0;
            foreach (ref readonly var tool in _request.Tools)
            {
                if (IsAllowed(tool)) return true;
            }
            return false;
        }

        // Names may be limited in mode ANY alone; in mode AUTO the declarations themselves are.
        private void Tools()
        {
            var choice = _request.ToolChoice;
            var (any, strict) = (false, false);
            foreach (ref readonly var tool in _request.Tools)
            {
                if (choice.IsLimited && !IsAllowed(tool)) continue;
                _json.Raw(any ? ",{\"name\":"u8 : ",\"tools\":[{\"functionDeclarations\":[{\"name\":"u8);
                any = true;
                _json.String(_request.Text(tool.Name));
                if (tool.Description.Length > 0)
                {
                    _json.Raw(",\"description\":"u8);
                    _json.String(_request.Text(tool.Description));
                }
                Parameters(tool.Parameters);
                _json.Raw("}"u8);
                strict |= tool.Strict == true;
                if (tool.CacheControl.IsPresent) _dropped.Drop("cache_control");
            }
            if (!any && SearchesWeb())
            {
                // No member of it takes what other dialects say more.
                _json.Raw(",\"tools\":[{\"googleSearch\":{}}]"u8);
                if (_request.WebSearch.HasLocation) _dropped.Drop("web_search_options.user_location");
                if (_request.WebSearch.ContextSize.Length > 0) _dropped.Drop("web_search_options.search_context_size");
                if (_request.WebSearch.MaxUses is not null) _dropped.Drop("tools.web_search.max_uses");
            }
            if (!any)
            {
                if (choice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _dropped.Drop("tool_choice");
                return;
            }
            _json.Raw("]}]"u8);
            if (_request.ParallelToolCalls == false && choice.Mode != ToolChoiceMode.None) _dropped.Drop("parallel_tool_calls");
            Choice(strict);
        }

        // Beside functions the API refuses it, or wants a mode in which it answers otherwise; beside a format the families before Gemini 3 do.
        // https://ai.google.dev/gemini-api/docs/google-search
        private readonly bool SearchesWeb() =>
            WebSearches.IsWanted(_request) && _model.SearchesWeb && !_request.WebSearch.HasDomains && !DeclaresTools()
            && (_model.IsGemini3 || _request.ResponseFormat.Kind is ResponseFormatKind.Unset or ResponseFormatKind.Text);

        // No parameters at all is allowed; a schema must say that it is an object's.
        private void Parameters(BodyRange parameters)
        {
            if (!parameters.IsPresent) return;
            var schema = _request.Raw(parameters);
            var members = schema[1..].TrimStart(" \t\r\n"u8);
            if (members is [(byte)'}', ..]) return;
            _json.Raw(",\"parametersJsonSchema\":"u8);
            if (JsonSchemas.HasType(schema))
            {
                _json.Raw(schema);
                return;
            }
            _json.Raw("{\"type\":\"object\","u8);
            _json.Raw(members);
        }

        // VALIDATED is AUTO with arguments that match the schema, ANY matches it always. https://ai.google.dev/gemini-api/docs/function-calling
        private void Choice(bool strict)
        {
            ref readonly var choice = ref _request.ToolChoice;
            var isFree = choice.Mode is ToolChoiceMode.Unset or ToolChoiceMode.Auto;
            var validated = strict && isFree && _model.IsGemini3;
            if (strict && isFree && !validated) _dropped.Drop("tools.strict");
            if (choice.Mode == ToolChoiceMode.Unset && !validated) return;
            _json.Raw(",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\""u8);
            _json.Raw(choice.Mode switch
            {
                _ when validated => "VALIDATED\""u8,
                ToolChoiceMode.None => "NONE\""u8,
                ToolChoiceMode.Required or ToolChoiceMode.Named => "ANY\""u8,
                _ => "AUTO\""u8,
            });
            if (choice.Mode == ToolChoiceMode.Named)
            {
                _json.Raw(",\"allowedFunctionNames\":["u8);
                _json.String(_request.Text(choice.Name));
                _json.Raw("]"u8);
            }
            _json.Raw("}}"u8);
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
            if (!b.IsEscaped) return a.Is(b.Bytes);
            return a.Bytes.SequenceEqual(b.Bytes) || a.ToString() == b.ToString();
        }
    }
}
