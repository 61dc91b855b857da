using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.OpenAi;

public static partial class OpenAiChatRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Tools(JsonValue tools, JsonValue functions)
        {
            if (!tools.IsNullOrAbsent && tools.Kind != JsonKind.Array) return Fail("tools", "Must be an array of tools.");
            if (!functions.IsNullOrAbsent && functions.Kind != JsonKind.Array) return Fail("functions", "Must be an array of functions.");
            var position = 0;
            foreach (var tool in tools.Elements)
            {
                if (position == ChatRequest.MaxTools) return Fail("tools", ChatRequest.TooManyTools);
                var at = FieldName.Element("tools", position);
                if (tool.Kind != JsonKind.Object) return Fail(at, "Must be an object with type and function.");
                if (tool["type"u8].IsString("custom"u8))
                {
                    if (!Custom(at, position++, tool["custom"u8])) return false;
                    continue;
                }
                if (!tool["type"u8].IsString("function"u8)) return Fail(at.Dot("type"), "Must be function or custom; other tools exist at one provider alone.");
                var cacheControl = tool["cache_control"u8];
                if (!Object(at.Dot("cache_control"), cacheControl)) return false;
                var function = tool["function"u8];
                if (function.Kind != JsonKind.Object) return Fail(at.Dot("function"), "Must be an object with a name.");
                ref var added = ref _request.AddTool(position);
                if (!Function(at, function, ref added, isNested: true)) return false;
                // Both places are in use among clients.
                if (cacheControl.IsNullOrAbsent) cacheControl = function["cache_control"u8];
                if (!Object(at.Dot("function.cache_control"), cacheControl)) return false;
                added.CacheControl = BodyRange.Of(cacheControl);
                foreach (var member in tool.Members)
                {
                    if (!member.Name.Is("type"u8) && !member.Name.Is("function"u8) && !member.Name.Is("cache_control"u8)) Unknown("tools", member);
                }
                position++;
            }
            position = 0;
            foreach (var function in functions.Elements)
            {
                if (position == ChatRequest.MaxTools) return Fail("functions", ChatRequest.TooManyTools);
                var at = FieldName.Element("functions", position);
                if (function.Kind != JsonKind.Object) return Fail(at, "Must be an object with a name.");
                // The older form of the same list: where both are given its names may repeat those of the tools, which providers refuse.
                var ignored = default(ChatTool);
                if (!Function(at, function, ref tools.IsNullOrAbsent ? ref _request.AddTool(position) : ref ignored, isNested: false)) return false;
                position++;
            }
            return true;
        }

        private bool Function(in FieldName at, JsonValue function, ref ChatTool tool, bool isNested)
        {
            if (!Text(at.Dot(isNested ? "function.name" : "name"), function["name"u8], out tool.Name)) return false;
            if (!OptionalText(at.Dot(isNested ? "function.description" : "description"), function["description"u8], out tool.Description)) return false;
            if (!Object(at.Dot(isNested ? "function.parameters" : "parameters"), function["parameters"u8])) return false;
            tool.Parameters = BodyRange.Of(function["parameters"u8]);
            foreach (var member in function.Members)
            {
                var isKnown = member.Name.Is("name"u8) || member.Name.Is("description"u8) || member.Name.Is("parameters"u8) || member.Name.Is("strict"u8) || member.Name.Is("cache_control"u8);
                if (!isKnown) Unknown(isNested ? "tools.function" : "functions", member);
            }
            return Boolean(at.Dot(isNested ? "function.strict" : "strict"), function["strict"u8], out tool.Strict);
        }

        private bool Custom(in FieldName at, int position, JsonValue custom)
        {
            if (custom.Kind != JsonKind.Object) return Fail(at.Dot("custom"), "Must be an object with a name.");
            if (!Text(at.Dot("custom.name"), custom["name"u8], out var name)) return false;
            if (!OptionalText(at.Dot("custom.description"), custom["description"u8], out var description)) return false;
            var format = custom["format"u8];
            if (!Object(at.Dot("custom.format"), format)) return false;
            if (!format.IsNullOrAbsent && !format["type"u8].IsString("text"u8)) _request.Unsupported.Drop("tools.custom.format");
            ref var added = ref _request.AddTool(position);
            (added.Name, added.Description) = (name, description);
            added.Parameters = _request.Derive(CustomTools.Schema, default, default);
            return true;
        }

        // Of {"type":"function","function":{"name":..}} or {"type":"custom","custom":{"name":..}}.
        private bool NamedTool(in FieldName at, JsonValue tool, out BodyRange name)
        {
            name = default;
            var isCustom = tool["type"u8].IsString("custom"u8);
            var named = isCustom ? tool["custom"u8] : tool["function"u8];
            if (named.Kind != JsonKind.Object) return Fail(at.Dot(isCustom ? "custom" : "function"), "Must be an object with a name.");
            return Text(at.Dot(isCustom ? "custom.name" : "function.name"), named["name"u8], out name);
        }

        private bool Choice(JsonValue choice, JsonValue functionCall)
        {
            if (choice.IsNullOrAbsent) return LegacyChoice(functionCall);
            ref var result = ref _request.ToolChoice;
            if (choice.IsString("auto"u8)) result.Mode = ToolChoiceMode.Auto;
            else if (choice.IsString("none"u8)) result.Mode = ToolChoiceMode.None;
            // Mistral's own word is any.
            else if (choice.IsString("required"u8) || choice.IsString("any"u8)) result.Mode = ToolChoiceMode.Required;
            else if (choice.Kind != JsonKind.Object) return Fail("tool_choice", "Must be none, auto, required or an object that names a function.");
            else if (choice["type"u8].IsString("function"u8) || choice["type"u8].IsString("custom"u8))
            {
                if (!NamedTool(FieldName.Of("tool_choice"), choice, out result.Name)) return false;
                result.Mode = ToolChoiceMode.Named;
            }
            else if (choice["type"u8].IsString("allowed_tools"u8)) return AllowedTools(choice["allowed_tools"u8], ref result);
            else return Fail("tool_choice.type", "Must be function, custom or allowed_tools.");
            return true;
        }

        private bool AllowedTools(JsonValue allowed, ref ToolChoice result)
        {
            if (allowed.Kind != JsonKind.Object) return Fail("tool_choice.allowed_tools", "Must be an object with mode and tools.");
            if (allowed["mode"u8].IsString("auto"u8)) result.Mode = ToolChoiceMode.Auto;
            else if (allowed["mode"u8].IsString("required"u8)) result.Mode = ToolChoiceMode.Required;
            else return Fail("tool_choice.allowed_tools.mode", "Must be auto or required.");
            if (allowed["tools"u8].Kind != JsonKind.Array) return Fail("tool_choice.allowed_tools.tools", "Must be an array of tools.");
            result.IsLimited = true;
            var position = 0;
            foreach (var tool in allowed["tools"u8].Elements)
            {
                if (position == ChatRequest.MaxTools) return Fail("tool_choice.allowed_tools.tools", ChatRequest.TooManyTools);
                var at = FieldName.Element("tool_choice.allowed_tools.tools", position++);
                if (tool.Kind != JsonKind.Object) return Fail(at, "Must be an object with type and function.");
                if (!tool["type"u8].IsString("function"u8) && !tool["type"u8].IsString("custom"u8)) return Fail(at.Dot("type"), "Must be function or custom.");
                if (!NamedTool(at, tool, out var name)) return false;
                _request.AddAllowedTool(name);
            }
            return true;
        }

        private bool LegacyChoice(JsonValue choice)
        {
            ref var result = ref _request.ToolChoice;
            if (choice.IsNullOrAbsent) return true;
            if (choice.IsString("auto"u8)) result.Mode = ToolChoiceMode.Auto;
            else if (choice.IsString("none"u8)) result.Mode = ToolChoiceMode.None;
            else if (choice.Kind != JsonKind.Object) return Fail("function_call", "Must be none, auto or an object with a name.");
            else if (!Text("function_call.name", choice["name"u8], out result.Name)) return false;
            else result.Mode = ToolChoiceMode.Named;
            return true;
        }

        private bool Format(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("response_format", "Must be an object with a type.");
            foreach (var member in value.Members)
            {
                if (!member.Name.Is("type"u8) && !member.Name.Is("json_schema"u8)) Unknown("response_format", member);
            }
            ref var format = ref _request.ResponseFormat;
            var type = value["type"u8];
            if (type.IsString("text"u8)) format.Kind = ResponseFormatKind.Text;
            else if (type.IsString("json_object"u8)) format.Kind = ResponseFormatKind.JsonObject;
            else if (type.IsString("json_schema"u8))
            {
                format.Kind = ResponseFormatKind.JsonSchema;
                var schema = value["json_schema"u8];
                if (schema.Kind != JsonKind.Object) return Fail("response_format.json_schema", "Must be an object with name and schema.");
                if (!Text("response_format.json_schema.name", schema["name"u8], out format.Name)) return false;
                if (!OptionalText("response_format.json_schema.description", schema["description"u8], out format.Description)) return false;
                if (!Object("response_format.json_schema.schema", schema["schema"u8])) return false;
                format.Schema = BodyRange.Of(schema["schema"u8]);
                return Boolean("response_format.json_schema.strict", schema["strict"u8], out format.Strict);
            }
            else return Fail("response_format.type", "Must be text, json_object or json_schema.");
            return true;
        }

        private bool Effort(JsonValue value)
        {
            ref var effort = ref _request.Reasoning.Effort;
            if (value.IsNullOrAbsent) return true;
            if (value.IsString("none"u8)) effort = ReasoningEffort.None;
            else if (value.IsString("minimal"u8)) effort = ReasoningEffort.Minimal;
            else if (value.IsString("low"u8)) effort = ReasoningEffort.Low;
            else if (value.IsString("medium"u8)) effort = ReasoningEffort.Medium;
            else if (value.IsString("high"u8)) effort = ReasoningEffort.High;
            else if (value.IsString("xhigh"u8)) effort = ReasoningEffort.XHigh;
            else if (value.IsString("max"u8)) effort = ReasoningEffort.Max;
            else return Fail("reasoning_effort", "Must be none, minimal, low, medium, high, xhigh or max.");
            return true;
        }

        private bool Thinking(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("thinking", "Must be an object with a type.");
            ref var reasoning = ref _request.Reasoning;
            var type = value["type"u8];
            if (type.IsString("enabled"u8)) reasoning.Mode = ThinkingMode.Enabled;
            else if (type.IsString("disabled"u8)) reasoning.Mode = ThinkingMode.Disabled;
            else if (type.IsString("adaptive"u8)) reasoning.Mode = ThinkingMode.Adaptive;
            else return Fail("thinking.type", "Must be enabled, disabled or adaptive.");
            reasoning.Raw = BodyRange.Of(value);
            return Integer("thinking.budget_tokens", value["budget_tokens"u8], 1, int.MaxValue, out reasoning.Budget);
        }
    }
}
