using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// <see cref="ChatRequest"/> -> a body of Anthropic's Messages API. https://docs.claude.com/en/api/messages
/// <para>
/// What the API would refuse is adapted where the meaning survives: system and developer messages become system blocks wherever they stand, neighbours of one role
/// become one message, empty texts and blank stop sequences fall away, the ids of calls that other providers made are rewritten into the allowed alphabet. What
/// has no counterpart and only tunes the answer (seed, penalties, logit_bias, logprobs ...) is left out and named, as is what goes along changed (a clamped
/// temperature, a format as an instruction); what the client would miss (several choices, audio) is an error.
/// </para>
/// <para>
/// A JSON schema goes out as <c>output_config.format</c>, the API's own structured outputs: the answer stays text, streams as such and is enforced by the
/// provider, whereas the older trick of a forced tool would forbid the client's own tools and thinking. The API takes closed schemas alone
/// (additionalProperties false in every object) from Claude 4.1 on; a schema that is open and not strict, an older model and <c>json_object</c> get an instruction
/// in the system prompt instead, which is all that those promise.
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class AnthropicRequestEncoder : IChatRequestEncoder
{
    private readonly ByteBuffer _scratch = new();

    /// <summary>Writes the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">What the client does not say.</param>
    /// <param name="output">Takes the body; where the result is false, what it holds must be thrown away.</param>
    /// <param name="dropped">Takes the names of the client's fields that could not be carried over, or not as they were: each once, visible ASCII; may be null.</param>
    /// <param name="error">What the API cannot do.</param>
    public bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        var model = options.Model.IsEmpty ? request.Text(request.Model) : JsonText.Plain(options.Model.Span);
        var traits = AnthropicModel.Of(model.Bytes);
        var plan = AnthropicThinkingPlan.Make(request, traits, dropped);
        var body = new Body(request, traits, output, _scratch, dropped);
        body.Write(model, options.Sheet?.AnthropicVersionInBody, MaxTokens(request, plan, options), plan);
        error = body.Error;
        _scratch.Clear();
        return error is null;
    }

    /// <summary>The <c>max_tokens</c> that <see cref="TryEncode"/> writes: the worst case that a budget has to reserve.</summary>
    public static long MaxTokens(ChatRequest request, in ChatEncodeOptions options)
    {
        var model = options.Model.IsEmpty ? request.Text(request.Model).Bytes : options.Model.Span;
        return MaxTokens(request, AnthropicThinkingPlan.Make(request, AnthropicModel.Of(model), null), options);
    }

    // Both APIs count reasoning in the bound, so the client's own is never exceeded. Without one the default is for the answer, and the API demands more than the budget.
    private static long MaxTokens(ChatRequest request, in AnthropicThinkingPlan plan, in ChatEncodeOptions options)
    {
        if (request.MaxTokens is { } bound) return bound;
        return options.DefaultMaxTokens > plan.Budget ? options.DefaultMaxTokens : plan.Budget + options.DefaultMaxTokens;
    }

    private ref partial struct Body
    {
        private readonly ChatRequest _request;
        private readonly AnthropicModel _model;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private readonly SchemaNeeds _schemaNeeds;
        private JsonOut _json;
        private bool _isOpen;
        private bool _isAssistant;
        private int _messages;

        public Body(ChatRequest request, AnthropicModel model, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _model, _scratch, _dropped) = (request, model, scratch, dropped);
            if (request.ResponseFormat.Schema.IsPresent) _schemaNeeds = JsonSchemas.NeedsOf(request.Raw(request.ResponseFormat.Schema));
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
        }

        public RequestError? Error { get; private set; }

        public void Write(JsonText model, string? version, long maxTokens, in AnthropicThinkingPlan plan)
        {
            if (!CheckWishes()) return;
            if (version is null)
            {
                _json.Raw("{\"model\":"u8);
                _json.String(model);
            }
            else
            {
                Span<byte> ascii = stackalloc byte[64];
                _json.Raw("{\"anthropic_version\":\""u8);
                _json.Raw(ascii[..Encoding.ASCII.GetBytes(version, ascii)]);
                _json.Raw("\""u8);
            }
            _json.Raw(",\"max_tokens\":"u8);
            _json.Number(maxTokens);
            if (!System() || !Messages()) return;
            Tools();
            Thinking(plan);
            OutputConfig(plan.Effort);
            Sampling(plan.IsOn);
            Stops();
            Rest();
            _json.Raw("}"u8);
            _json.Flush();
        }

        private bool Fail(string field, string message)
        {
            Error = new RequestError(field, message);
            return false;
        }

        private bool CheckWishes()
        {
            if (_request.Choices > 1) return Fail("n", "Must be 1: Anthropic's models give one answer a request.");
            if (_request.WantsAudio) return Fail("modalities", "Must be [\"text\"]: Anthropic's models give no audio.");
            if (_dropped is null) return true;
            if (_request.Seed is not null) _dropped.Drop("seed");
            if (_request.PresencePenalty is not (null or 0)) _dropped.Drop("presence_penalty");
            if (_request.FrequencyPenalty is not (null or 0)) _dropped.Drop("frequency_penalty");
            if (HasMembers(_request.LogitBias)) _dropped.Drop("logit_bias");
            if (_request.Logprobs == true) _dropped.Drop("logprobs");
            if (_request.TopLogprobs > 0) _dropped.Drop("top_logprobs");
            if (HasMembers(_request.Metadata)) _dropped.Drop("metadata");
            if (_request.Verbosity.IsPresent) _dropped.Drop("verbosity");
            if (_request.PromptCacheKey.Length > 0) _dropped.Drop("prompt_cache_key");
            if (_request.User.Length > 0 && _request.SafetyIdentifier.Length > 0) _dropped.Drop("user");
            CheckFormat();
            WebSearches.DropUnsupported(_request, _dropped, WebSearches.IsWanted(_request));
            return true;
        }

        // The schema's name is a label that OpenAI demands; its description would have told the model something.
        private readonly void CheckFormat()
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind is not (ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema)) return;
            if (!UsesNativeSchema()) _dropped.Drop("response_format");
            else
            {
                if (format.Description.Length > 0) _dropped.Drop("response_format.json_schema.description");
                if ((_schemaNeeds & SchemaNeeds.Moving) != 0) _dropped.Drop("response_format.json_schema.schema");
            }
        }

        private readonly bool HasMembers(BodyRange json) => json.IsPresent && _request.Raw(json)[1..].TrimStart(" \t\r\n"u8) is not [(byte)'}', ..];

        private void Thinking(in AnthropicThinkingPlan plan)
        {
            if (!plan.IsOn) return;
            _json.Raw(",\"thinking\":"u8);
            if (plan.IsRaw)
            {
                _json.Raw(_request.Raw(_request.Reasoning.Raw));
            }
            else if (plan.Budget > 0)
            {
                _json.Raw("{\"type\":\"enabled\",\"budget_tokens\":"u8);
                _json.Number(plan.Budget);
                _json.Raw("}"u8);
            }
            else
            {
                _json.Raw(_model.HidesThinking ? "{\"type\":\"adaptive\",\"display\":\"summarized\"}"u8 : "{\"type\":\"adaptive\"}"u8);
            }
        }

        private void OutputConfig(ReadOnlySpan<byte> effort)
        {
            var native = UsesNativeSchema();
            if (!native && effort.IsEmpty) return;
            _json.Raw(",\"output_config\":{"u8);
            if (native)
            {
                _json.Raw("\"format\":{\"type\":\"json_schema\",\"schema\":"u8);
                EnforcedSchema(_request.Raw(_request.ResponseFormat.Schema), _schemaNeeds);
                _json.Raw(effort.IsEmpty ? "}"u8 : "},"u8);
            }
            if (!effort.IsEmpty)
            {
                _json.Raw("\"effort\":\""u8);
                _json.Raw(effort);
                _json.Raw("\""u8);
            }
            _json.Raw("}"u8);
        }

        private void EnforcedSchema(ReadOnlySpan<byte> schema, SchemaNeeds needs)
        {
            if (needs == SchemaNeeds.None)
            {
                _json.Raw(schema);
                return;
            }
            var adapted = new ByteBuffer();
            JsonSchemas.Adapt(schema, adapted);
            _json.Raw(adapted.Span);
        }

        private readonly bool UsesNativeSchema()
        {
            if (!_model.StructuredOutputs || _request.ResponseFormat is not { Kind: ResponseFormatKind.JsonSchema, Schema.IsPresent: true }) return false;
            // One that is not strict promises no more than an instruction does.
            return _schemaNeeds == SchemaNeeds.None || (_request.ResponseFormat.Strict == true && (_schemaNeeds & SchemaNeeds.Impossible) == 0);
        }

        // Temperature: OpenAI's range is 0..2, Anthropic's 0..1. With thinking on it must be 1 or absent, top_p at least 0.95, and top_k absent.
        private void Sampling(bool thinking)
        {
            var temperature = _request.Temperature;
            var topP = _request.TopP;
            if (!_model.TakesSampling || thinking)
            {
                if (temperature is not (null or 1)) _dropped.Drop("temperature");
                temperature = null;
                if (topP is not null && (!_model.TakesSampling || topP < 0.95))
                {
                    if (topP != 1) _dropped.Drop("top_p");
                    topP = null;
                }
                if (_request.TopK is not null) _dropped.Drop("top_k");
            }
            else if (_request.TopK is { } topK)
            {
                _json.Raw(",\"top_k\":"u8);
                _json.Number(topK);
            }
            if (temperature is not null && topP is not null && !_model.TakesTemperatureWithTopP)
            {
                if (topP != 1) _dropped.Drop("top_p");
                topP = null;
            }
            if (temperature is { } t)
            {
                _json.Raw(",\"temperature\":"u8);
                if (t > 1) _dropped.Drop("temperature");
                _json.Number(Math.Min(t, 1));
            }
            if (topP is { } p)
            {
                _json.Raw(",\"top_p\":"u8);
                _json.Number(p);
            }
        }

        private void Stops()
        {
            var any = false;
            foreach (var stop in _request.Stops)
            {
                var text = _request.Text(stop);
                if (AnthropicText.IsBlank(text))
                {
                    _dropped.Drop("stop");
                    continue;
                }
                _json.Raw(any ? ","u8 : ",\"stop_sequences\":["u8);
                _json.String(text);
                any = true;
            }
            if (any) _json.Raw("]"u8);
        }

        private void Rest()
        {
            // OpenAI's safety_identifier succeeds its user, and is for what user_id is for: whom to look at where a policy is violated.
            var user = _request.SafetyIdentifier.Length > 0 ? _request.SafetyIdentifier : _request.User;
            if (user.Length > 0)
            {
                _json.Raw(",\"metadata\":{\"user_id\":"u8);
                _json.String(_request.Text(user));
                _json.Raw("}"u8);
            }
            if (_request.ServiceTier.IsPresent)
            {
                var tier = _request.Text(_request.ServiceTier);
                if (tier.Is("auto"u8)) _json.Raw(",\"service_tier\":\"auto\""u8);
                else if (tier.Is("default"u8)) _json.Raw(",\"service_tier\":\"standard_only\""u8);
                else _dropped.Drop("service_tier");
            }
            if (_request.CacheControl.IsPresent)
            {
                _json.Raw(",\"cache_control\":"u8);
                _json.Raw(_request.Raw(_request.CacheControl));
            }
            if (_request.Stream) _json.Raw(",\"stream\":true"u8);
        }
    }
}
