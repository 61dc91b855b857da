using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

public static partial class ResponsesRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Tools(JsonValue tools)
        {
            if (!tools.IsNullOrAbsent && tools.Kind != JsonKind.Array) return Fail("tools", "Must be an array of tools.");
            var position = 0;
            foreach (var tool in tools.Elements)
            {
                // Those of the input count too.
                if (position == ChatRequest.MaxTools || _request.Tools.Length == ChatRequest.MaxTools) return Fail("tools", ChatRequest.TooManyTools);
                if (!Tool(FieldName.Element("tools", position), position, tool)) return false;
                position++;
            }
            return true;
        }

        private bool Tool(in FieldName at, int position, JsonValue tool)
        {
            if (tool.Kind != JsonKind.Object) return Fail(at, "Must be an object with a type.");
            var type = tool["type"u8];
            if (type.Kind != JsonKind.String) return Fail(at.Dot("type"), "Must be function, custom or the name of a built-in tool.");
            if (type.IsString("function"u8)) return Function(at, position, tool);
            if (type.IsString("custom"u8)) return Custom(at, position, tool);
            // Built-in tools run at OpenAI; but for a search of the web, which others have too, the model then answers without them, which the caller's policy may refuse.
            var name = DroppedNames.Visible("tools." + type.Text.ToString());
            // web_search, web_search_2025_08_26, web_search_preview ...
            if (type.Text.Bytes.StartsWith("web_search"u8)) WebSearches.Read(_request, name, tool);
            _request.Unsupported.Drop(name);
            return true;
        }

        private bool Function(in FieldName at, int position, JsonValue tool)
        {
            ref var added = ref _request.AddTool(position);
            if (!Text(at.Dot("name"), tool["name"u8], out added.Name)) return false;
            if (!OptionalText(at.Dot("description"), tool["description"u8], out added.Description)) return false;
            if (!Object(at.Dot("parameters"), tool["parameters"u8])) return false;
            added.Parameters = BodyRange.Of(tool["parameters"u8]);
            return Boolean(at.Dot("strict"), tool["strict"u8], out added.Strict);
        }

        // Elsewhere tools take JSON alone: the free text becomes its one member. A grammar for it cannot go along.
        private bool Custom(in FieldName at, int position, JsonValue tool)
        {
            if (!Text(at.Dot("name"), tool["name"u8], out var name)) return false;
            if (!OptionalText(at.Dot("description"), tool["description"u8], out var description)) return false;
            var format = tool["format"u8];
            if (!Object(at.Dot("format"), format)) return false;
            if (!format.IsNullOrAbsent && !format["type"u8].IsString("text"u8)) _request.Unsupported.Drop("tools.format");
            ref var added = ref _request.AddTool(position);
            added.Name = name;
            added.Description = description;
            added.Parameters = _request.Derive(CustomTools.Schema, default, default);
            return true;
        }

        private bool Choice(JsonValue choice)
        {
            ref var result = ref _request.ToolChoice;
            if (choice.IsNullOrAbsent) return true;
            if (choice.IsString("auto"u8)) result.Mode = ToolChoiceMode.Auto;
            else if (choice.IsString("none"u8)) result.Mode = ToolChoiceMode.None;
            else if (choice.IsString("required"u8)) result.Mode = ToolChoiceMode.Required;
            else if (choice.Kind != JsonKind.Object) return Fail("tool_choice", "Must be none, auto, required or an object that names a tool.");
            else
            {
                var type = choice["type"u8];
                if (type.Kind != JsonKind.String) return Fail("tool_choice.type", "Must be function, custom or allowed_tools.");
                if (type.IsString("allowed_tools"u8)) return AllowedTools(choice, ref result);
                if (type.IsString("function"u8) || type.IsString("custom"u8))
                {
                    result.Mode = ToolChoiceMode.Named;
                    return Text("tool_choice.name", choice["name"u8], out result.Name);
                }
                _request.Unsupported.Drop("tool_choice");
            }
            return true;
        }

        private bool AllowedTools(JsonValue choice, ref ToolChoice result)
        {
            if (choice["mode"u8].IsString("auto"u8)) result.Mode = ToolChoiceMode.Auto;
            else if (choice["mode"u8].IsString("required"u8)) result.Mode = ToolChoiceMode.Required;
            else return Fail("tool_choice.mode", "Must be auto or required.");
            if (choice["tools"u8].Kind != JsonKind.Array) return Fail("tool_choice.tools", "Must be an array of tools.");
            result.IsLimited = true;
            var position = 0;
            foreach (var tool in choice["tools"u8].Elements)
            {
                if (position == ChatRequest.MaxTools) return Fail("tool_choice.tools", ChatRequest.TooManyTools);
                var at = FieldName.Element("tool_choice.tools", position++);
                if (tool.Kind != JsonKind.Object) return Fail(at, "Must be an object with type and name.");
                var type = tool["type"u8];
                if (type.Kind != JsonKind.String) return Fail(at.Dot("type"), "Must be function, custom or the name of a built-in tool.");
                // A built-in tool is not offered in the first place.
                if (!type.IsString("function"u8) && !type.IsString("custom"u8)) continue;
                if (!Text(at.Dot("name"), tool["name"u8], out var name)) return false;
                _request.AddAllowedTool(name);
            }
            return true;
        }

        private bool TextSettings(JsonValue value)
        {
            if (!Object("text", value)) return false;
            var verbosity = value["verbosity"u8];
            if (!verbosity.IsNullOrAbsent && !verbosity.IsString("low"u8) && !verbosity.IsString("medium"u8) && !verbosity.IsString("high"u8))
            {
                return Fail("text.verbosity", "Must be low, medium or high.");
            }
            _request.Verbosity = BodyRange.Of(verbosity);
            var given = value["format"u8];
            if (given.IsNullOrAbsent) return true;
            if (given.Kind != JsonKind.Object) return Fail("text.format", "Must be an object with a type.");
            ref var format = ref _request.ResponseFormat;
            var type = given["type"u8];
            if (type.IsString("text"u8)) format.Kind = ResponseFormatKind.Text;
            else if (type.IsString("json_object"u8)) format.Kind = ResponseFormatKind.JsonObject;
            else if (type.IsString("json_schema"u8))
            {
                format.Kind = ResponseFormatKind.JsonSchema;
                if (!Text("text.format.name", given["name"u8], out format.Name)) return false;
                if (!OptionalText("text.format.description", given["description"u8], out format.Description)) return false;
                if (given["schema"u8].Kind != JsonKind.Object) return Fail("text.format.schema", "Must be an object: the JSON schema.");
                format.Schema = BodyRange.Of(given["schema"u8]);
                return Boolean("text.format.strict", given["strict"u8], out format.Strict);
            }
            else return Fail("text.format.type", "Must be text, json_object or json_schema.");
            return true;
        }

        private bool ReasoningSettings(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("reasoning", "Must be an object.");
            ref var reasoning = ref _request.Reasoning;
            foreach (var member in value.Members)
            {
                if (member.Name.Is("effort"u8))
                {
                    if (!Effort(member.Value, ref reasoning.Effort)) return false;
                }
                else if (member.Name.Is("summary"u8) || member.Name.Is("generate_summary"u8))
                {
                    var summary = member.Value;
                    if (summary.IsNullOrAbsent || summary.IsString("none"u8)) continue;
                    if (!summary.IsString("auto"u8) && !summary.IsString("concise"u8) && !summary.IsString("detailed"u8))
                    {
                        return Fail(member.Name.Is("summary"u8) ? "reasoning.summary" : "reasoning.generate_summary", "Must be auto, concise or detailed.");
                    }
                    // Absent is not "hidden": what the provider shows costs nothing more, and its signature goes with it.
                    reasoning.Visible = true;
                }
                else if (!member.Value.IsNullOrAbsent) _request.Unsupported.Drop(DroppedNames.Visible("reasoning." + member.Name.ToString()));
            }
            return true;
        }

        private bool Effort(JsonValue value, ref ReasoningEffort effort)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.IsString("none"u8)) effort = ReasoningEffort.None;
            else if (value.IsString("minimal"u8)) effort = ReasoningEffort.Minimal;
            else if (value.IsString("low"u8)) effort = ReasoningEffort.Low;
            else if (value.IsString("medium"u8)) effort = ReasoningEffort.Medium;
            else if (value.IsString("high"u8)) effort = ReasoningEffort.High;
            else if (value.IsString("xhigh"u8)) effort = ReasoningEffort.XHigh;
            else if (value.IsString("max"u8)) effort = ReasoningEffort.Max;
            else return Fail("reasoning.effort", "Must be none, minimal, low, medium, high, xhigh or max.");
            return true;
        }

        private bool Include(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Array) return Fail("include", "Must be an array of strings.");
            var position = 0;
            foreach (var element in value.Elements)
            {
                if (element.Kind != JsonKind.String) return Fail(FieldName.Element("include", position), "Must be a string.");
                // Encrypted reasoning is included always; the rest are details of built-in tools.
                if (element.IsString("message.output_text.logprobs"u8)) _request.Logprobs = true;
                position++;
            }
            return true;
        }
    }
}
