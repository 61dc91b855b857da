using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

public static partial class AnthropicRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Tools(JsonValue tools)
        {
            if (tools.IsNullOrAbsent) return true;
            if (tools.Kind != JsonKind.Array) return Fail("tools", "Must be an array of tools.");
            var position = 0;
            foreach (var tool in tools.Elements)
            {
                if (position == ChatRequest.MaxTools) return Fail("tools", ChatRequest.TooManyTools);
                var at = AnthropicPath.Element("tools", position);
                if (tool.Kind != JsonKind.Object) return Fail(at, "Must be an object with name and input_schema.");
                var type = tool["type"u8];
                if (type.IsNullOrAbsent || type.IsString("custom"u8))
                {
                    if (!Tool(at, position, tool)) return false;
                }
                else
                {
                    // A tool that Anthropic's models know, or its servers run, by the name of its version (web_search_20250305).
                    if (!Text(at.Dot("type"), type, out _)) return false;
                    _hasServerTools = true;
                    var name = DroppedNames.Visible($"tools.{type.Text.ToString()}");
                    if (type.Text.Bytes.StartsWith("web_search_"u8)) WebSearches.Read(_request, name, tool);
                    _request.Unsupported.Drop(name);
                }
                position++;
            }
            return true;
        }

        private bool Tool(in AnthropicPath at, int position, JsonValue value)
        {
            JsonValue name = default, description = default, schema = default, strict = default, cacheControl = default;
            foreach (var member in value.Members)
            {
                if (member.Name.Is("name"u8)) name = member.Value;
                else if (member.Name.Is("description"u8)) description = member.Value;
                else if (member.Name.Is("input_schema"u8)) schema = member.Value;
                else if (member.Name.Is("strict"u8)) strict = member.Value;
                else if (member.Name.Is("cache_control"u8)) cacheControl = member.Value;
                else if (!member.Name.Is("type"u8) && member.Value.Kind is not (JsonKind.Null or JsonKind.False) && !IsEmpty(member.Value))
                {
                    _request.Unsupported.Drop(DroppedNames.Visible($"tools.{member.Name.ToString()}"));
                }
            }
            ref var tool = ref _request.AddTool(position);
            if (!Text(at.Dot("custom.name"), name, out tool.Name) || !OptionalText(at.Dot("custom.description"), description, out tool.Description)) return false;
            if (schema.Kind != JsonKind.Object) return Fail(at.Dot("custom.input_schema"), "Must be a JSON schema object.");
            tool.Parameters = BodyRange.Of(schema);
            return Boolean(at.Dot("custom.strict"), strict, out tool.Strict) && CacheControl(at.Dot("custom.cache_control"), cacheControl, out tool.CacheControl);
        }

        private bool Choice(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("tool_choice", "Must be an object with a type.");
            ref var choice = ref _request.ToolChoice;
            var type = value["type"u8];
            string at;
            if (type.IsString("auto"u8)) (choice.Mode, at) = (ToolChoiceMode.Auto, "tool_choice.auto.disable_parallel_tool_use");
            else if (type.IsString("any"u8)) (choice.Mode, at) = (ToolChoiceMode.Required, "tool_choice.any.disable_parallel_tool_use");
            else if (type.IsString("none"u8)) (choice.Mode, at) = (ToolChoiceMode.None, "tool_choice.none.disable_parallel_tool_use");
            else if (type.IsString("tool"u8))
            {
                (choice.Mode, at) = (ToolChoiceMode.Named, "tool_choice.tool.disable_parallel_tool_use");
                if (!Text("tool_choice.tool.name", value["name"u8], out choice.Name)) return false;
                if (!IsOffered(choice.Name)) return Fail("tool_choice.tool.name", "Must be the name of a tool with an input_schema; only Anthropic runs the others.");
            }
            else return Fail("tool_choice.type", "Must be auto, any, tool or none.");
            if (!Boolean(at, value["disable_parallel_tool_use"u8], out var single)) return false;
            if (single is not null) _request.ParallelToolCalls = !single;
            if (_request.Tools.Length > 0 || !_hasServerTools) return true;
            // All tools were Anthropic's own: what is left is a choice among none, which other providers refuse.
            if (choice.Mode == ToolChoiceMode.Required) _request.Unsupported.Drop("tool_choice");
            (choice, _request.ParallelToolCalls) = (default, null);
            return true;
        }

        private readonly bool IsOffered(BodyRange name)
        {
            var wanted = _request.Text(name);
            foreach (ref readonly var tool in _request.Tools)
            {
                if (RequestParts.Same(_request.Text(tool.Name), wanted)) return true;
            }
            return false;
        }
    }
}
