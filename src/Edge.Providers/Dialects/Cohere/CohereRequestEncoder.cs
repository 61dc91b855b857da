using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Cohere;

/// <summary>
/// <see cref="ChatRequest"/> -> a body of Cohere's v2 chat. https://docs.cohere.com/reference/chat
/// <para>
/// Adapted where the meaning survives: developer messages are system messages; a tool that must be called is offered alone and demanded (there is no way to name one);
/// what the assistant said beside its calls is their plan; text files are <c>documents</c>, which the model cites; a response format beside tools or documents, where
/// the API takes none, is an instruction. Penalties, <c>p</c> and <c>k</c> are held within the API's bounds and named when that changes them.
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class CohereRequestEncoder : IChatRequestEncoder
{
    /// <summary>Begins the ids of the request's documents, so that citations tell which of them they mean.</summary>
    internal static ReadOnlySpan<byte> DocumentPrefix => "edge_doc_"u8;

    private const int MaxStops = 5;

    private readonly ByteBuffer _scratch = new();

    /// <inheritdoc/>
    public bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        var model = options.Model.IsEmpty ? request.Text(request.Model) : JsonText.Plain(options.Model.Span);
        var body = new Body(request, IsKnownNotToThink(model.Bytes), output, _scratch, dropped);
        body.Write(model);
        error = body.Error;
        _scratch.Clear();
        return error is null;
    }

    // The API refuses the wish to think where the model cannot. Names of private deployments tell nothing: there the client's word counts.
    private static bool IsKnownNotToThink(ReadOnlySpan<byte> model) =>
        model.IndexOf("reasoning"u8) < 0
        && (model.StartsWith("command-r"u8) || model.StartsWith("command-a-03"u8) || model.StartsWith("command-a-vision"u8)
            || model.StartsWith("command-a-translate"u8) || model.StartsWith("command-light"u8) || model.StartsWith("c4ai"u8) || model.SequenceEqual("command"u8));

    private ref partial struct Body
    {
        private readonly ChatRequest _request;
        private readonly bool _cannotThink;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private JsonOut _json;
        private int _messages;
        private int _documents;

        public Body(ChatRequest request, bool cannotThink, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _cannotThink, _scratch, _dropped) = (request, cannotThink, scratch, dropped);
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
        }

        public RequestError? Error { get; private set; }

        public void Write(JsonText model)
        {
            if (!CheckWishes()) return;
            // Always: a body says itself which of the two forms its answer has.
            _json.Raw(_request.Stream ? "{\"stream\":true,\"model\":"u8 : "{\"stream\":false,\"model\":"u8);
            _json.String(model);
            if (!Messages() || !Documents()) return;
            var tools = Tools();
            if (!IsInstructed(tools)) Format();
            Thinking();
            Sampling();
            Stops();
            _json.Raw("}"u8);
            _json.Flush();
        }

        private bool Fail(string field, string message)
        {
            Error = new RequestError(field, message);
            return false;
        }

        private bool FailPart(in ChatMessage message, in ChatPart part, string text) => Fail(_request.PathOf(message, part), text);

        private bool CheckWishes()
        {
            if (_request.Choices > 1) return Fail("n", "Must be 1: Cohere's models give one answer a request.");
            if (_request.WantsAudio) return Fail("modalities", "Must be [\"text\"]: Cohere's models give no audio.");
            if (_dropped is null) return true;
            if (RequestParts.HasMembers(_request, _request.LogitBias)) _dropped.Drop("logit_bias");
            if (RequestParts.HasMembers(_request, _request.Metadata)) _dropped.Drop("metadata");
            if (_request.TopLogprobs > 0) _dropped.Drop("top_logprobs");
            if (_request.User.IsPresent) _dropped.Drop("user");
            if (_request.ServiceTier.IsPresent && !_request.Text(_request.ServiceTier).Is("auto"u8)) _dropped.Drop("service_tier");
            if (_request.Verbosity.IsPresent) _dropped.Drop("verbosity");
            if (_request.PromptCacheKey.IsPresent) _dropped.Drop("prompt_cache_key");
            if (_request.SafetyIdentifier.IsPresent) _dropped.Drop("safety_identifier");
            if (RequestParts.HasCacheMarks(_request)) _dropped.Drop("cache_control");
            if (_request.ParallelToolCalls == false && _request.Tools.Length > 0) _dropped.Drop("parallel_tool_calls");
            foreach (var name in _request.Unsupported) _dropped.Drop(name);
            return true;
        }

        // True where a tool is offered.
        private bool Tools()
        {
            var (any, strict, loose) = (false, false, false);
            foreach (ref readonly var tool in _request.Tools)
            {
                if (!RequestParts.IsOffered(_request, tool)) continue;
                _json.Raw(any ? ",{\"type\":\"function\",\"function\":{\"name\":"u8 : ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"u8);
                any = true;
                _json.String(_request.Text(tool.Name));
                if (tool.Description.Length > 0)
                {
                    _json.Raw(",\"description\":"u8);
                    _json.String(_request.Text(tool.Description));
                }
                _json.Raw(",\"parameters\":"u8);
                _json.Raw(RequestParts.Schema(_request, tool.Parameters));
                _json.Raw("}}"u8);
                if (tool.Strict == true) strict = true;
                else loose = true;
                if (tool.CacheControl.IsPresent) _dropped.Drop("cache_control");
            }
            var mode = _request.ToolChoice.Mode;
            if (!any)
            {
                if (mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _dropped.Drop("tool_choice");
                return false;
            }
            _json.Raw("]"u8);
            // One switch for all of them, and a schema that was not written for it is refused.
            if (strict && !loose) _json.Raw(",\"strict_tools\":true"u8);
            else if (strict) _dropped.Drop("tools.strict");
            if (mode == ToolChoiceMode.None) _json.Raw(",\"tool_choice\":\"NONE\""u8);
            else if (mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _json.Raw(",\"tool_choice\":\"REQUIRED\""u8);
            return true;
        }

        private readonly bool WantsJson => _request.ResponseFormat.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema;

        // response_format stands neither with tools nor with documents.
        private readonly bool IsInstructed(bool tools) => WantsJson && (tools || _documents > 0);

        private void Format()
        {
            if (!WantsJson) return;
            ref readonly var format = ref _request.ResponseFormat;
            _json.Raw(",\"response_format\":{\"type\":\"json_object\""u8);
            if (format.Schema.IsPresent)
            {
                _json.Raw(",\"json_schema\":"u8);
                _json.Raw(_request.Raw(format.Schema));
            }
            _json.Raw("}"u8);
            if (format.Description.Length > 0) _dropped.Drop("response_format.json_schema.description");
        }

        private void Thinking()
        {
            ref readonly var wish = ref _request.Reasoning;
            var isOff = wish.Mode == ThinkingMode.Disabled || (wish.Mode == ThinkingMode.Unset && wish.Effort == ReasoningEffort.None);
            if (wish.Mode == ThinkingMode.Unset && wish.Effort == ReasoningEffort.Unset) return;
            if (_cannotThink)
            {
                if (!isOff) _dropped.Drop(wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
                return;
            }
            if (isOff)
            {
                _json.Raw(",\"thinking\":{\"type\":\"disabled\"}"u8);
                return;
            }
            _json.Raw(",\"thinking\":{\"type\":\"enabled\""u8);
            // Unbounded is the model's own default: what an effort below high stands for is a bound.
            var budget = wish.Budget;
            if (budget is null && wish.Effort is ReasoningEffort.Minimal or ReasoningEffort.Low or ReasoningEffort.Medium)
            {
                budget = AnthropicThinkingPlan.BudgetWithin(_request.MaxTokens, wish.Effort);
                if (budget == 0) budget = null;
            }
            if (budget is { } tokens)
            {
                _json.Raw(",\"token_budget\":"u8);
                _json.Number(tokens);
            }
            _json.Raw("}"u8);
        }

        private void Sampling()
        {
            if (_request.MaxTokens is { } max) Number(",\"max_tokens\":"u8, max);
            if (_request.Temperature is { } temperature) Number(",\"temperature\":"u8, temperature);
            // 1 means the same as 0.99 to all intents: no nucleus.
            if (_request.TopP is { } p) Number(",\"p\":"u8, Held(p, 0.01, 0.99, p == 1 ? null : "top_p"));
            if (_request.TopK is { } k) Number(",\"k\":"u8, (long)Held(k, 0, 500, "top_k"));
            if (_request.FrequencyPenalty is { } frequency) Number(",\"frequency_penalty\":"u8, Held(frequency, 0, 1, "frequency_penalty"));
            if (_request.PresencePenalty is { } presence) Number(",\"presence_penalty\":"u8, Held(presence, 0, 1, "presence_penalty"));
            if (_request.Seed is >= 0 and { } seed) Number(",\"seed\":"u8, seed);
            else if (_request.Seed is not null) _dropped.Drop("seed");
            if (_request.Logprobs == true) _json.Raw(",\"logprobs\":true"u8);
        }

        private readonly double Held(double value, double least, double most, string? name)
        {
            var held = Math.Clamp(value, least, most);
            if (held != value && name is not null) _dropped.Drop(name);
            return held;
        }

        private void Stops()
        {
            var count = 0;
            foreach (var stop in _request.Stops)
            {
                if (stop.Length == 0) continue;
                if (count == MaxStops)
                {
                    _dropped.Drop("stop");
                    break;
                }
                _json.Raw(count++ > 0 ? ","u8 : ",\"stop_sequences\":["u8);
                _json.String(_request.Text(stop));
            }
            if (count > 0) _json.Raw("]"u8);
        }

        private void Number(ReadOnlySpan<byte> name, long value)
        {
            _json.Raw(name);
            _json.Number(value);
        }

        private void Number(ReadOnlySpan<byte> name, double value)
        {
            _json.Raw(name);
            _json.Number(value);
        }
    }
}
