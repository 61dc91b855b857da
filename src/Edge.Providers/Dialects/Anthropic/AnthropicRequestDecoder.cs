using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// A body of Anthropic's Messages API -> <see cref="ChatRequest"/>. Every field that is read is checked; what is wrong is a <see cref="RequestError"/> whose field
/// is spelled as <see cref="AnthropicPath"/> says, never an exception. https://docs.claude.com/en/api/messages
/// <para>
/// A user message is taken apart: its tool results come first, as one tool message each, then one user message of all other blocks. The API demands that order
/// itself, and every other provider refuses a user's words between calls and their results. Neighbouring messages of one role stay apart.
/// </para>
/// <para>
/// What only Anthropic's own servers can do (server tools and their results in the history, containers, MCP servers, context management) is named in
/// <see cref="ChatRequest.Unsupported"/>. A <c>search_result</c> keeps its words, as a text document with its title; that it lost its own kind is named likewise.
/// </para>
/// </summary>
public static partial class AnthropicRequestDecoder
{
    /// <summary>Reads a request.</summary>
    /// <param name="body">The client's body; must live as long as <paramref name="request"/> is used.</param>
    /// <param name="tokens">The body's index.</param>
    /// <param name="request">Cleared and filled.</param>
    /// <param name="error">What is wrong first.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        TryDecode(body, tokens, request, needsMaxTokens: true, out error);

    /// <summary>Reads a body of <c>/v1/messages/count_tokens</c>: the same without <c>max_tokens</c>.</summary>
    public static bool TryDecodeForCount(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        TryDecode(body, tokens, request, needsMaxTokens: false, out error);

    private static bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, bool needsMaxTokens, [NotNullWhen(false)] out RequestError? error)
    {
        request.Clear();
        request.Body = body;
        request.PartPath = _partPath;
        // The dialect's streams always end with the usage.
        request.IncludeUsage = true;
        var decoder = new Decoder(request, needsMaxTokens);
        decoder.Root(new JsonValue(body.Span, tokens));
        error = decoder.Error;
        return error is null;
    }

    private static readonly ChatPartPath _partPath = (in ChatMessage message, in ChatPart part) =>
    {
        if (message.Position < 0) return part.Position < 0 ? "system" : $"system.{part.Position}.text";
        var content = $"messages.{message.Position}.content";
        if (message.Role == ChatRole.Tool) content += $".{message.Block}.tool_result.content";
        if (part.Position < 0) return content;
        var kind = part.Kind switch
        {
            ChatPartKind.Image => "image.source",
            ChatPartKind.File => "document.source",
            ChatPartKind.ToolCall => "tool_use.input",
            ChatPartKind.Thinking => "thinking",
            ChatPartKind.RedactedThinking => "redacted_thinking",
            _ => "text",
        };
        var at = $"{content}.{part.Position}.{kind}";
        if (part.Kind is not (ChatPartKind.Image or ChatPartKind.File)) return at;
        return part.Source switch
        {
            ChatSource.Base64 => $"{at}.base64",
            ChatSource.FileId => $"{at}.file.file_id",
            ChatSource.Text => $"{at}.text",
            _ => $"{at}.url",
        };
    };

    /// <summary>Reads with one shared place for the first error; every reader returns false where there is one.</summary>
    private ref partial struct Decoder(ChatRequest request, bool needsMaxTokens)
    {
        private readonly ChatRequest _request = request;
        private readonly bool _needsMaxTokens = needsMaxTokens;

        // The assistant's last turn among the request's messages (-1 = there was none yet), and whether the next assistant message still belongs to it.
        private int _turnStart = -1;
        private int _turnEnd;
        private bool _isAssistantsTurn;

        // The turn that parts go to; it is added with its first part, so that a message whose blocks all went is none.
        private ChatRole _role;
        private int _position;
        private bool _isAdded;

        // Tools that Anthropic runs were offered.
        private bool _hasServerTools;

        public RequestError? Error { get; private set; }

        public bool Root(JsonValue root)
        {
            if (root.Kind != JsonKind.Object) return Fail("", "The request body must be a JSON object.");
            JsonValue messages = default, system = default, tools = default, choice = default, maxTokens = default, config = default, format = default;
            foreach (var member in root.Members)
            {
                var name = member.Name;
                var value = member.Value;
                if (name.Is("model"u8))
                {
                    if (!Text("model", value, out var model)) return false;
                    _request.Model = model;
                }
                else if (name.Is("messages"u8)) messages = value;
                else if (name.Is("system"u8)) system = value;
                else if (name.Is("max_tokens"u8)) maxTokens = value;
                else if (name.Is("tools"u8)) tools = value;
                else if (name.Is("tool_choice"u8)) choice = value;
                else if (name.Is("output_config"u8)) config = value;
                else if (name.Is("output_format"u8) && value.Kind is JsonKind.Object) format = value;
                else if (!Setting(name, value)) return false;
            }
            if (!_request.Model.IsPresent) return Fail("model", "The field is missing; it must be a non-empty string.");
            if (!Integer("max_tokens", maxTokens, 1, long.MaxValue, out var bound)) return false;
            if (bound is null && _needsMaxTokens) return Fail("max_tokens", "The field is missing; it must be an integer of at least 1.");
            _request.MaxTokens = bound;
            return System(system) && Messages(messages) && Tools(tools) && Choice(choice) && OutputConfig(config) && Format("output_format", format);
        }

        private bool Setting(JsonText name, JsonValue value)
        {
            if (name.Is("stream"u8))
            {
                if (!Boolean("stream", value, out var stream)) return false;
                _request.Stream = stream == true;
                return true;
            }
            if (name.Is("temperature"u8))
            {
                if (!Number("temperature", value, 0, 1, out var temperature)) return false;
                _request.Temperature = temperature;
                return true;
            }
            if (name.Is("top_p"u8))
            {
                if (!Number("top_p", value, 0, 1, out var topP)) return false;
                _request.TopP = topP;
                return true;
            }
            if (name.Is("top_k"u8))
            {
                if (!Integer("top_k", value, 0, int.MaxValue, out var topK)) return false;
                _request.TopK = topK;
                return true;
            }
            if (name.Is("stop_sequences"u8)) return Stops(value);
            if (name.Is("thinking"u8)) return Thinking(value);
            if (name.Is("metadata"u8)) return Metadata(value);
            if (name.Is("service_tier"u8)) return ServiceTier(value);
            if (name.Is("cache_control"u8))
            {
                if (!CacheControl("cache_control", value, out var mark)) return false;
                _request.CacheControl = mark;
                return true;
            }
            return IsGatewaysOwn(name) || Unknown(name, value);
        }

        private bool Unknown(JsonText name, JsonValue value)
        {
            if (IsEmpty(value)) return true;
            if (name.Is("speed"u8) && value.IsString("standard"u8)) return true;
            _request.Unsupported.Drop(DroppedNames.Visible(name.ToString()));
            return true;
        }

        // The extension fields: consumed before, not lost.
        private static bool IsGatewaysOwn(JsonText name) =>
            name.Is("routing"u8) || name.Is("cache"u8) || name.Is("safety"u8) || name.Is("budget"u8);

        private bool Stops(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Array) return Fail("stop_sequences", "Must be an array of strings.");
            var i = 0;
            foreach (var element in value.Elements)
            {
                if (!Text(AnthropicPath.Element("stop_sequences", i++), element, out var stop)) return false;
                _request.AddStop(stop);
            }
            return true;
        }

        private bool Thinking(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("thinking", "Must be an object with a type.");
            ref var reasoning = ref _request.Reasoning;
            var type = value["type"u8];
            string at;
            if (type.IsString("enabled"u8))
            {
                (reasoning.Mode, at) = (ThinkingMode.Enabled, "thinking.enabled.display");
                if (!Integer("thinking.enabled.budget_tokens", value["budget_tokens"u8], 1024, int.MaxValue, out reasoning.Budget)) return false;
                if (reasoning.Budget is null) return Fail("thinking.enabled.budget_tokens", "The field is missing; it must be an integer of at least 1024.");
            }
            else if (type.IsString("adaptive"u8)) (reasoning.Mode, at) = (ThinkingMode.Adaptive, "thinking.adaptive.display");
            else if (type.IsString("disabled"u8)) (reasoning.Mode, at) = (ThinkingMode.Disabled, "thinking.disabled.display");
            else if (type.IsString("between_tools"u8))
            {
                // No other provider has a word for thinking between calls alone.
                _request.Unsupported.Drop("thinking");
                return true;
            }
            else return Fail("thinking.type", "Must be enabled, adaptive, disabled or between_tools.");
            reasoning.Raw = BodyRange.Of(value);
            var display = value["display"u8];
            if (display.IsNullOrAbsent) return true;
            reasoning.Visible = display.IsString("summarized"u8);
            return reasoning.Visible == true || display.IsString("omitted"u8) || Fail(at, "Must be summarized or omitted.");
        }

        private bool Metadata(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("metadata", "Must be an object.");
            foreach (var member in value.Members)
            {
                if (!member.Name.Is("user_id"u8))
                {
                    if (!member.Value.IsNullOrAbsent) _request.Unsupported.Drop("metadata");
                    continue;
                }
                if (!OptionalText("metadata.user_id", member.Value, out var user)) return false;
                _request.User = user;
            }
            return true;
        }

        private bool ServiceTier(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.IsString("auto"u8)) _request.ServiceTier = BodyRange.Of(value);
            // The request's tier is in OpenAI's words, and the body has none of them here. To leave it out costs money at worst, so it is named.
            else if (value.IsString("standard_only"u8)) _request.Unsupported.Drop("service_tier");
            else return Fail("service_tier", "Must be auto or standard_only.");
            return true;
        }

        private bool OutputConfig(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail("output_config", "Must be an object.");
            foreach (var member in value.Members)
            {
                if (member.Name.Is("effort"u8))
                {
                    if (!Effort(member.Value)) return false;
                }
                else if (member.Name.Is("format"u8))
                {
                    if (!Format("output_config.format", member.Value)) return false;
                }
                else if (!member.Value.IsNullOrAbsent) _request.Unsupported.Drop(DroppedNames.Visible($"output_config.{member.Name.ToString()}"));
            }
            return true;
        }

        private bool Effort(JsonValue value)
        {
            ref var effort = ref _request.Reasoning.Effort;
            if (value.IsNullOrAbsent) return true;
            if (value.IsString("low"u8)) effort = ReasoningEffort.Low;
            else if (value.IsString("medium"u8)) effort = ReasoningEffort.Medium;
            else if (value.IsString("high"u8)) effort = ReasoningEffort.High;
            else if (value.IsString("xhigh"u8)) effort = ReasoningEffort.XHigh;
            else if (value.IsString("max"u8)) effort = ReasoningEffort.Max;
            else return Fail("output_config.effort", "Must be low, medium, high, xhigh or max.");
            _request.Reasoning.IsEffortAlone = true;
            return true;
        }

        private bool Format(string at, JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail(at, "Must be an object with type and schema.");
            if (!value["type"u8].IsString("json_schema"u8)) return Fail($"{at}.type", "Must be json_schema.");
            if (value["schema"u8].Kind != JsonKind.Object) return Fail($"{at}.schema", "Must be a JSON schema object.");
            // The API enforces every schema that it takes.
            _request.ResponseFormat = new ResponseFormat { Kind = ResponseFormatKind.JsonSchema, Schema = BodyRange.Of(value["schema"u8]), Strict = true };
            return true;
        }
    }
}
