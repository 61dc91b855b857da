using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

public sealed partial class BedrockRequestEncoder
{
    private ref partial struct Body
    {
        // Left out altogether where there is nothing to call, or nothing may be called.
        private readonly bool SendsTools => _hasToolHistory || (_request.Tools.Length > 0 && _request.ToolChoice.Mode != ToolChoiceMode.None);

        // The tools stand there for the history's sake alone.
        private readonly bool ForbidsTools => _hasToolHistory && (_request.ToolChoice.Mode == ToolChoiceMode.None || _request.Tools.Length == 0);

        private readonly bool TakesClaudeToolChoice => IsClaude && _model.StructuredOutputs;

        private readonly bool UsesClaudeToolChoice =>
            TakesClaudeToolChoice && (ForbidsTools || (_request.ParallelToolCalls == false && _request.Tools.Length > 0 && _request.ToolChoice.Mode != ToolChoiceMode.None));

        private void Tools()
        {
            ref readonly var choice = ref _request.ToolChoice;
            if (_request.Tools.Length == 0 && choice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _dropped.Drop("tool_choice");
            if (!SendsTools) return;
            var any = false;
            foreach (ref readonly var tool in _request.Tools)
            {
                if (choice.IsLimited && !IsAllowed(tool)) continue;
                OpenTool(ref any, _request.Text(tool.Name));
                if (!AnthropicText.IsBlank(_request.Text(tool.Description)))
                {
                    _json.Raw(",\"description\":"u8);
                    _json.String(_request.Text(tool.Description));
                }
                var isStrict = tool.Strict == true && _model.StructuredOutputs;
                var schema = tool.Parameters.IsPresent ? _request.Raw(tool.Parameters) : "{\"type\":\"object\",\"properties\":{}}"u8;
                var isMoved = false;
                if (IsClaude) schema = JsonSchemas.OfTool(schema, ref isStrict, out isMoved);
                if (tool.Strict == true && (!isStrict || isMoved)) _dropped.Drop("tools.strict");
                _json.Raw(",\"inputSchema\":{\"json\":"u8);
                InputSchema(schema);
                _json.Raw("}"u8);
                if (isStrict) _json.Raw(",\"strict\":true"u8);
                _json.Raw("}}"u8);
                // Nova caches messages and system prompts alone.
                if (IsClaude) CachePoint(tool.CacheControl);
                else if (tool.CacheControl.IsPresent) _dropped.Drop("tools.cache_control");
            }
            if (!any) ToolsOfHistory(ref any);
            if (!any) return;
            _json.Raw("]"u8);
            Choice();
            _json.Raw("}"u8);
        }

        // A handful of names at most that differ, so that comparing each with all before it costs little; the bound is for a hostile history.
        private void ToolsOfHistory(ref bool any)
        {
            const int MaxNames = 64;
            var names = new BodyRange[MaxNames];
            var count = 0;
            foreach (ref readonly var message in _request.Messages)
            {
                foreach (ref readonly var part in _request.PartsOf(message))
                {
                    if (part.Kind != ChatPartKind.ToolCall || count == MaxNames || IsAmong(names.AsSpan(0, count), part.Name)) continue;
                    names[count++] = part.Name;
                    OpenTool(ref any, _request.Text(part.Name));
                    _json.Raw(",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}"u8);
                }
            }
            // Results without a call: refused in any case, but with a text about that.
            if (count > 0) return;
            OpenTool(ref any, JsonText.Plain("none"u8));
            _json.Raw(",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}"u8);
        }

        private void OpenTool(ref bool any, JsonText name)
        {
            _json.Raw(any ? ",{\"toolSpec\":{\"name\":"u8 : ",\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":"u8);
            _json.String(name);
            any = true;
        }

        // Converse demands "type":"object" at the root; OpenAI does not.
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

        // "auto" is what a request without a choice gets, and several families refuse the field.
        private void Choice()
        {
            ref readonly var choice = ref _request.ToolChoice;
            if (_request.ParallelToolCalls == false && choice.Mode != ToolChoiceMode.None && _request.Tools.Length > 0)
            {
                if (UsesClaudeToolChoice) return;
                _dropped.Drop("parallel_tool_calls");
            }
            if (_request.Tools.Length == 0) return;
            if (choice.Mode == ToolChoiceMode.None)
            {
                if (!UsesClaudeToolChoice) _dropped.Drop("tool_choice");
            }
            else if (choice.Mode == ToolChoiceMode.Required) _json.Raw(",\"toolChoice\":{\"any\":{}}"u8);
            else if (choice.Mode == ToolChoiceMode.Named)
            {
                _json.Raw(",\"toolChoice\":{\"tool\":{\"name\":"u8);
                _json.String(_request.Text(choice.Name));
                _json.Raw("}}"u8);
            }
        }

        private readonly bool IsAllowed(in ChatTool tool) => IsAmong(_request.AllowedTools, tool.Name);

        private readonly bool IsAmong(ReadOnlySpan<BodyRange> names, BodyRange wanted)
        {
            var name = _request.Text(wanted);
            foreach (var other in names)
            {
                if (Same(_request.Text(other), name)) return true;
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
