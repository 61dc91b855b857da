using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// A body of OpenAI chat completions -> <see cref="ChatRequest"/>. Every field that is read is checked; what is wrong is a <see cref="RequestError"/> that names
/// the field and what is allowed, never an exception. As at OpenAI, null counts as absent where a field is optional.
/// https://platform.openai.com/docs/api-reference/chat/create
/// <para>
/// Beyond OpenAI's own fields it takes those that its clients send through gateways: <c>top_k</c>, <c>thinking</c>, <c>cache_control</c> (on the request, messages,
/// parts and tools), <c>reasoning_content</c> and <c>thinking_blocks</c> of assistant messages.
/// </para>
/// </summary>
public static partial class OpenAiChatRequestDecoder
{
    /// <summary>Reads a request.</summary>
    /// <param name="body">The client's body; must live as long as <paramref name="request"/> is used.</param>
    /// <param name="tokens">The body's index.</param>
    /// <param name="request">Cleared and filled.</param>
    /// <param name="error">What is wrong first.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error)
    {
        request.Clear();
        request.Body = body;
        request.PartPath = _partPath;
        var decoder = new Decoder(request);
        decoder.Root(new JsonValue(body.Span, tokens));
        error = decoder.Error;
        return error is null;
    }

    private static readonly ChatPartPath _partPath = (in ChatMessage message, in ChatPart part) =>
    {
        var at = $"messages[{message.Position}]";
        var content = part.Position < 0 ? $"{at}.content" : $"{at}.content[{part.Position}]";
        return part.Kind switch
        {
            ChatPartKind.ToolCall when part.Position < 0 => $"{at}.function_call.arguments",
            ChatPartKind.ToolCall => $"{at}.tool_calls[{part.Position}].function.arguments",
            ChatPartKind.Thinking or ChatPartKind.RedactedThinking => $"{at}.thinking_blocks[{part.Position}]",
            ChatPartKind.Image => $"{content}.image_url.url",
            ChatPartKind.Audio => $"{content}.input_audio",
            ChatPartKind.File when part.Source == ChatSource.FileId => $"{content}.file.file_id",
            ChatPartKind.File => $"{content}.file.file_data",
            _ => content,
        };
    };

    /// <summary>Reads with one shared place for the first error; every reader returns false where there is one.</summary>
    private ref partial struct Decoder(ChatRequest request)
    {
        private readonly ChatRequest _request = request;

        // The assistant's last turn: its messages (-1 = there was none yet), and whether the next assistant message still belongs to it.
        private int _turnStart = -1;
        private int _turnEnd;
        private bool _isAssistantsTurn;

        // Calls without an id so far, and those of them that were answered or can be no more.
        private int _numbered;
        private int _answered;

        // Members inside of others that were named.
        private int _nested;

        public RequestError? Error { get; private set; }

        public bool Root(JsonValue root)
        {
            if (root.Kind != JsonKind.Object) return Fail("", "The request body must be a JSON object.");
            JsonValue messages = default, functions = default, tools = default, functionCall = default, toolChoice = default;
            JsonValue maxTokens = default, maxCompletionTokens = default;
            foreach (var member in root.Members)
            {
                var value = member.Value;
                var name = member.Name;
                switch (OpenAiChatFields.Find(name))
                {
                    case OpenAiChatField.Model:
                        if (!Text("model", value, out var model)) return false;
                        _request.Model = model;
                        break;
                    case OpenAiChatField.Messages:
                        messages = value;
                        break;
                    case OpenAiChatField.Tools:
                        tools = value;
                        break;
                    case OpenAiChatField.Functions:
                        functions = value;
                        break;
                    case OpenAiChatField.ToolChoice:
                        toolChoice = value;
                        break;
                    case OpenAiChatField.FunctionCall:
                        functionCall = value;
                        break;
                    case OpenAiChatField.MaxTokens:
                        maxTokens = value;
                        break;
                    case OpenAiChatField.MaxCompletionTokens:
                        maxCompletionTokens = value;
                        break;
                    case OpenAiChatField.Ignored:
                        break;
                    case OpenAiChatField.Unknown:
                        if (!value.IsNullOrAbsent) Extra(member.NameToken, name, value);
                        break;
                    case OpenAiChatField.Store:
                        if (!Boolean("store", value, out var store)) return false;
                        if (store == true) _request.Unsupported.Drop("store");
                        break;
                    case var field:
                        if (!Setting(field, value)) return false;
                        break;
                }
            }
            if (!_request.Model.IsPresent) return Fail("model", "The field is missing; it must be a non-empty string.");
            // The newer name wins where both are given, wherever they stand; both are checked.
            if (!Integer("max_tokens", maxTokens, 1, long.MaxValue, out var legacyMax)) return false;
            if (!Integer("max_completion_tokens", maxCompletionTokens, 1, long.MaxValue, out var max)) return false;
            _request.MaxTokens = max ?? legacyMax;
            if (max is not null && legacyMax is not null && max != legacyMax) _request.Unsupported.Drop("max_tokens");
            if (!tools.IsNullOrAbsent && !functions.IsNullOrAbsent) _request.Unsupported.Drop("functions");
            if (!toolChoice.IsNullOrAbsent && !functionCall.IsNullOrAbsent) _request.Unsupported.Drop("function_call");
            return Messages(messages) && Tools(tools, functions) && Choice(toolChoice, functionCall);
        }

        private readonly void Extra(JsonToken token, JsonText name, JsonValue value)
        {
            var visible = DroppedNames.Visible(name.ToString());
            if (name.Is("web_search_options"u8)) WebSearches.Read(_request, visible, value);
            var known = _request.Unsupported.Count;
            _request.Unsupported.Drop(visible);
            // The first of a name; one that could not be named is not carried either.
            if (_request.Unsupported.Count > known) _request.Extras.Add((visible, new(token.Begin, value.Token.End - token.Begin, Escaped: false)));
        }

        // A member inside of another one, which no encoder will see. Once each, and few: a conversation may repeat it in every message.
        private void Unknown(string at, JsonValue.Member member)
        {
            const int MaxNested = 32;
            // Null, "", [] and {} say nothing: SDKs send such members of an answer back.
            if (_nested == MaxNested || member.Value.IsNullOrAbsent || (member.Value.Raw.Length <= 2 && member.Value.Kind is (JsonKind.String or JsonKind.Array or JsonKind.Object))) return;
            var known = _request.Unsupported.Count;
            _request.Unsupported.Drop($"{at}.{DroppedNames.Visible(member.Name.ToString())}");
            if (_request.Unsupported.Count > known) _nested++;
        }

        private bool Setting(OpenAiChatField field, JsonValue value)
        {
            switch (field)
            {
                case OpenAiChatField.Stream:
                    if (!Boolean("stream", value, out var stream)) return false;
                    _request.Stream = stream == true;
                    return true;
                case OpenAiChatField.StreamOptions:
                    if (!Object("stream_options", value)) return false;
                    if (!Boolean("stream_options.include_usage", value["include_usage"u8], out var usage)) return false;
                    _request.IncludeUsage = usage == true;
                    return true;
                case OpenAiChatField.Temperature:
                    if (!Number("temperature", value, 0, 2, out var temperature)) return false;
                    _request.Temperature = temperature;
                    return true;
                case OpenAiChatField.TopP:
                    if (!Number("top_p", value, 0, 1, out var topP)) return false;
                    _request.TopP = topP;
                    return true;
                case OpenAiChatField.TopK:
                    if (!Integer("top_k", value, 0, int.MaxValue, out var topK)) return false;
                    _request.TopK = topK;
                    return true;
                case OpenAiChatField.PresencePenalty:
                    if (!Number("presence_penalty", value, -2, 2, out var presence)) return false;
                    _request.PresencePenalty = presence;
                    return true;
                case OpenAiChatField.FrequencyPenalty:
                    if (!Number("frequency_penalty", value, -2, 2, out var frequency)) return false;
                    _request.FrequencyPenalty = frequency;
                    return true;
                case OpenAiChatField.Seed:
                    if (!Integer("seed", value, long.MinValue, long.MaxValue, out var seed)) return false;
                    _request.Seed = seed;
                    return true;
                case OpenAiChatField.N:
                    if (!Integer("n", value, 1, 128, out var choices)) return false;
                    _request.Choices = choices;
                    return true;
                case OpenAiChatField.Logprobs:
                    if (!Boolean("logprobs", value, out var logprobs)) return false;
                    _request.Logprobs = logprobs;
                    return true;
                case OpenAiChatField.TopLogprobs:
                    if (!Integer("top_logprobs", value, 0, 20, out var top)) return false;
                    _request.TopLogprobs = top;
                    return true;
                case OpenAiChatField.LogitBias:
                    if (!Object("logit_bias", value)) return false;
                    _request.LogitBias = BodyRange.Of(value);
                    return true;
                case OpenAiChatField.Stop:
                    return Stop(value);
                case OpenAiChatField.User:
                    if (!OptionalText("user", value, out var user)) return false;
                    _request.User = user;
                    return true;
                case OpenAiChatField.Metadata:
                    if (!Object("metadata", value)) return false;
                    _request.Metadata = BodyRange.Of(value);
                    return true;
                case OpenAiChatField.ServiceTier:
                    if (!OptionalText("service_tier", value, out var tier)) return false;
                    _request.ServiceTier = tier;
                    return true;
                case OpenAiChatField.Verbosity:
                    if (!OptionalText("verbosity", value, out var verbosity)) return false;
                    if (!value.IsNullOrAbsent && !value.IsString("low"u8) && !value.IsString("medium"u8) && !value.IsString("high"u8)) return Fail("verbosity", "Must be low, medium or high.");
                    _request.Verbosity = verbosity;
                    return true;
                case OpenAiChatField.PromptCacheKey:
                    if (!OptionalText("prompt_cache_key", value, out var cacheKey)) return false;
                    _request.PromptCacheKey = cacheKey;
                    return true;
                case OpenAiChatField.SafetyIdentifier:
                    if (!OptionalText("safety_identifier", value, out var identifier)) return false;
                    _request.SafetyIdentifier = identifier;
                    return true;
                case OpenAiChatField.ParallelToolCalls:
                    if (!Boolean("parallel_tool_calls", value, out var parallel)) return false;
                    _request.ParallelToolCalls = parallel;
                    return true;
                case OpenAiChatField.ResponseFormat:
                    return Format(value);
                case OpenAiChatField.ReasoningEffort:
                    return Effort(value);
                case OpenAiChatField.Thinking:
                    return Thinking(value);
                case OpenAiChatField.Modalities:
                    return Modalities(value);
                case OpenAiChatField.CacheControl:
                    if (!Object("cache_control", value)) return false;
                    _request.CacheControl = BodyRange.Of(value);
                    return true;
                default:
                    return true;
            }
        }

        private bool Stop(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind == JsonKind.String)
            {
                _request.AddStop(BodyRange.Of(value));
                return true;
            }
            if (value.Kind != JsonKind.Array) return Fail("stop", "Must be a string or an array of strings.");
            var i = 0;
            foreach (var element in value.Elements)
            {
                if (element.Kind != JsonKind.String) return Fail($"stop[{i}]", "Must be a string.");
                _request.AddStop(BodyRange.Of(element));
                i++;
            }
            return true;
        }

        private bool Modalities(JsonValue value)
        {
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Array) return Fail("modalities", "Must be an array of \"text\" and \"audio\".");
            var i = 0;
            foreach (var element in value.Elements)
            {
                var audio = element.IsString("audio"u8);
                if (!audio && !element.IsString("text"u8)) return Fail($"modalities[{i}]", "Must be \"text\" or \"audio\".");
                _request.WantsAudio |= audio;
                i++;
            }
            return true;
        }
    }
}
