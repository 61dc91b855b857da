using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// A body of OpenAI's Responses -> <see cref="ChatRequest"/>, for providers that do not serve Responses themselves: nothing is kept between requests, whatever <c>store</c> says.
/// Every field that is read is checked; what is wrong is a <see cref="RequestError"/> that names the field by its path here (<c>input[2].content[0].image_url</c>) and says what is
/// allowed, never an exception. As at OpenAI, null counts as absent where a field is optional. https://platform.openai.com/docs/api-reference/responses/create
/// <para>
/// Items of the assistant that follow each other (reasoning, messages, calls) are one turn and become one message: providers want all calls of a turn in one place.
/// What only makes sense with the provider's own storage or its own tools is an error where the answer would rest on it, else it is named in <see cref="ChatRequest.Unsupported"/>.
/// </para>
/// </summary>
public static partial class ResponsesRequestDecoder
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

    // Of an assistant's part the position is that of its item, because a turn is made of several; of all others that of the part within its item.
    private static readonly ChatPartPath _partPath = (in ChatMessage message, in ChatPart part) =>
    {
        if (message.Position < 0) return message.Role == ChatRole.User ? "input" : "instructions";
        if (message.Role == ChatRole.Assistant)
        {
            var item = $"input[{part.Position}]";
            return part.Kind switch
            {
                ChatPartKind.ToolCall => part.ArgumentsAreJson ? $"{item}.input" : $"{item}.arguments",
                ChatPartKind.Thinking or ChatPartKind.RedactedThinking => item,
                _ => $"{item}.content",
            };
        }
        var list = message.Role == ChatRole.Tool ? "output" : "content";
        var place = part.Position < 0 ? $"input[{message.Position}].{list}" : $"input[{message.Position}].{list}[{part.Position}]";
        return part.Kind switch
        {
            ChatPartKind.Image => part.Source == ChatSource.FileId ? $"{place}.file_id" : $"{place}.image_url",
            ChatPartKind.Audio => $"{place}.input_audio",
            ChatPartKind.File when part.Source == ChatSource.FileId => $"{place}.file_id",
            ChatPartKind.File => $"{place}.file_data",
            _ => place,
        };
    };

    /// <summary>Reads with one shared place for the first error; every reader returns false where there is one.</summary>
    private ref partial struct Decoder(ChatRequest request)
    {
        private readonly ChatRequest _request = request;

        // The assistant's last turn: number of its message (-1 = there was none yet), and whether the next item of the assistant still belongs to it.
        private int _turn = -1;
        private bool _isAssistantsTurn;

        // Signatures whose calls have not come yet in this turn.
        private List<(BodyRange CallId, BodyRange Signature)>? _bound;

        public RequestError? Error { get; private set; }

        public bool Root(JsonValue root)
        {
            if (root.Kind != JsonKind.Object) return Fail("", "The request body must be a JSON object.");
            JsonValue input = default, instructions = default, tools = default, toolChoice = default;
            foreach (var member in root.Members)
            {
                var value = member.Value;
                switch (ResponsesFields.Find(member.Name))
                {
                    case ResponsesField.Input:
                        input = value;
                        break;
                    case ResponsesField.Instructions:
                        instructions = value;
                        break;
                    case ResponsesField.Tools:
                        tools = value;
                        break;
                    case ResponsesField.ToolChoice:
                        toolChoice = value;
                        break;
                    case ResponsesField.Ignored:
                        break;
                    case ResponsesField.Unknown:
                        if (!value.IsNullOrAbsent) _request.Unsupported.Drop(DroppedNames.Visible(member.Name.ToString()));
                        break;
                    case var field:
                        if (!Setting(field, value)) return false;
                        break;
                }
            }
            if (!_request.Model.IsPresent) return Fail("model", "The field is missing; it must be a non-empty string.");
            // The answer reports usage always.
            _request.IncludeUsage = true;
            return Instructions(instructions) && Input(input) && Tools(tools) && Choice(toolChoice);
        }

        private bool Setting(ResponsesField field, JsonValue value)
        {
            switch (field)
            {
                case ResponsesField.Model:
                    if (!Text("model", value, out var model)) return false;
                    _request.Model = model;
                    return true;
                case ResponsesField.Stream:
                    if (!Boolean("stream", value, out var stream)) return false;
                    _request.Stream = stream == true;
                    return true;
                case ResponsesField.StreamOptions:
                    // include_obfuscation: our deltas are not padded either way.
                    return Object("stream_options", value) && Boolean("stream_options.include_obfuscation", value["include_obfuscation"u8], out _);
                case ResponsesField.Temperature:
                    if (!Number("temperature", value, 0, 2, out var temperature)) return false;
                    _request.Temperature = temperature;
                    return true;
                case ResponsesField.TopP:
                    if (!Number("top_p", value, 0, 1, out var topP)) return false;
                    _request.TopP = topP;
                    return true;
                case ResponsesField.PresencePenalty:
                    if (!Number("presence_penalty", value, -2, 2, out var presence)) return false;
                    _request.PresencePenalty = presence;
                    return true;
                case ResponsesField.FrequencyPenalty:
                    if (!Number("frequency_penalty", value, -2, 2, out var frequency)) return false;
                    _request.FrequencyPenalty = frequency;
                    return true;
                case ResponsesField.TopLogprobs:
                    if (!Integer("top_logprobs", value, 0, 20, out var top)) return false;
                    _request.TopLogprobs = top;
                    return true;
                case ResponsesField.MaxOutputTokens:
                    if (!Integer("max_output_tokens", value, 1, long.MaxValue, out var max)) return false;
                    _request.MaxTokens = max;
                    return true;
                case ResponsesField.MaxToolCalls:
                    // It bounds calls of built-in tools alone; those of functions end the answer anyway.
                    if (!Integer("max_tool_calls", value, 1, long.MaxValue, out var calls)) return false;
                    if (calls is not null) _request.Unsupported.Drop("max_tool_calls");
                    return true;
                case ResponsesField.ParallelToolCalls:
                    if (!Boolean("parallel_tool_calls", value, out var parallel)) return false;
                    _request.ParallelToolCalls = parallel;
                    return true;
                case ResponsesField.User:
                    if (!OptionalText("user", value, out var user)) return false;
                    _request.User = user;
                    return true;
                case ResponsesField.SafetyIdentifier:
                    if (!OptionalText("safety_identifier", value, out var safety)) return false;
                    _request.SafetyIdentifier = safety;
                    return true;
                case ResponsesField.PromptCacheKey:
                    if (!OptionalText("prompt_cache_key", value, out var key)) return false;
                    _request.PromptCacheKey = key;
                    return true;
                case ResponsesField.ServiceTier:
                    if (!OptionalText("service_tier", value, out var tier)) return false;
                    _request.ServiceTier = tier;
                    return true;
                case ResponsesField.Metadata:
                    if (!Object("metadata", value)) return false;
                    _request.Metadata = BodyRange.Of(value);
                    return true;
                case ResponsesField.Text:
                    return TextSettings(value);
                case ResponsesField.Reasoning:
                    return ReasoningSettings(value);
                case ResponsesField.Include:
                    return Include(value);
                case ResponsesField.Truncation:
                    if (value.IsNullOrAbsent || value.IsString("disabled"u8)) return true;
                    if (!value.IsString("auto"u8)) return Fail("truncation", "Must be auto or disabled.");
                    _request.Unsupported.Drop("truncation");
                    return true;
                case ResponsesField.Store:
                    if (!Boolean("store", value, out var store)) return false;
                    if (store == true) _request.Unsupported.Drop("store");
                    return true;
                case ResponsesField.Background:
                    if (!Boolean("background", value, out var background)) return false;
                    return background != true || Fail("background", "Must be false: " + NeedsState());
                case ResponsesField.PreviousResponseId:
                    return value.IsNullOrAbsent || Fail("previous_response_id", $"Must be absent: {NeedsState()} Send the whole conversation in input.");
                case ResponsesField.Conversation:
                    return value.IsNullOrAbsent || Fail("conversation", $"Must be absent: {NeedsState()} Send the whole conversation in input.");
                case ResponsesField.Prompt:
                    return value.IsNullOrAbsent || Fail("prompt", $"Must be absent: {NeedsState()} Send the prompt's text in instructions or input.");
                default:
                    return true;
            }
        }
    }

    private static string NeedsState()
    {
        var names = string.Join(", ", ProviderCatalog.All.Where(provider => provider.StatefulResponses).Select(provider => provider.Name));
        return $"this model's provider keeps nothing between requests; only one that serves Responses itself and stores them does ({names}).";
    }
}
