using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>
/// <see cref="ChatRequest"/> -> a body of Bedrock's Converse and ConverseStream (which of the two, and the model, stand in the path).
/// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
/// <para>
/// What Converse has no field for goes into <c>additionalModelRequestFields</c> as the model's family wants it: Claude's <c>thinking</c>, <c>output_config</c> and
/// <c>top_k</c>, Nova's <c>reasoningConfig</c> and <c>topK</c>, gpt-oss' <c>reasoning_effort</c>, Qwen's <c>reasoning_config</c>; of another model it is left out and named.
/// </para>
/// <para>
/// A JSON schema goes out as <c>outputConfig.textFormat</c>: the answer stays text and streams as such. The models that do not take it get an instruction in the system
/// prompt; a forced tool instead would forbid the client's own tools.
/// </para>
/// <para>
/// Converse has no way to say that no tool may be called, and refuses a history with calls and results in it without declared tools ("The toolConfig field must be defined when using
/// toolUse and toolResult content blocks"). So <c>none</c> leaves the tools out where the history holds no call, and else keeps them; a history whose tools the client did not send again
/// gets them declared by name, for any arguments. That none of them may be called only Claude's own <c>tool_choice</c> can say; of another model the wish is left out and named.
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class BedrockRequestEncoder : IChatRequestEncoder
{
    private readonly ByteBuffer _scratch = new();

    /// <inheritdoc/>
    public bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        var name = options.Model.IsEmpty ? request.Text(request.Model).Bytes : options.Model.Span;
        var body = new Body(request, BedrockModel.Of(name), output, _scratch, dropped);
        body.Write();
        error = body.Error;
        _scratch.Clear();
        return error is null;
    }

    private ref partial struct Body
    {
        private readonly ChatRequest _request;
        private readonly BedrockModel _model;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private readonly SchemaNeeds _schemaNeeds;
        private readonly bool _hasToolHistory;
        private JsonOut _json;
        private bool _isOpen;
        private bool _isAssistant;
        private bool _hasText;
        private bool _hasDocument;
        private int _messages;

        // Names of the documents so far: Converse refuses two of one name.
        private HashSet<string>? _documents;

        public Body(ChatRequest request, BedrockModel model, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _model, _scratch, _dropped) = (request, model, scratch, dropped);
            if (request.ResponseFormat.Schema.IsPresent) _schemaNeeds = JsonSchemas.NeedsOf(request.Raw(request.ResponseFormat.Schema));
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
            foreach (ref readonly var message in request.Messages)
            {
                _hasToolHistory |= message.Role == ChatRole.Tool;
                foreach (ref readonly var part in request.PartsOf(message)) _hasToolHistory |= part.Kind == ChatPartKind.ToolCall;
            }
        }

        public RequestError? Error { get; private set; }

        private readonly bool IsClaude => _model.Family == BedrockFamily.Claude;

        public void Write()
        {
            if (!CheckWishes()) return;
            _json.Raw("{\"messages\":["u8);
            if (!Messages()) return;
            System();
            var thinking = AdditionalFields.Plan(_request, _model, _dropped);
            InferenceConfig(thinking);
            Tools();
            OutputConfig();
            Additional(thinking);
            Metadata();
            ServiceTier();
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
            if (_request.Choices > 1) return Fail("n", "Must be 1: Bedrock gives one answer a request.");
            if (_request.WantsAudio) return Fail("modalities", "Must be [\"text\"]: Bedrock's chat gives no audio.");
            if (_dropped is null) return true;
            if (_request.Seed is not null) _dropped.Drop("seed");
            if (_request.PresencePenalty is not (null or 0)) _dropped.Drop("presence_penalty");
            if (_request.FrequencyPenalty is not (null or 0)) _dropped.Drop("frequency_penalty");
            if (HasMembers(_request.LogitBias)) _dropped.Drop("logit_bias");
            if (_request.Logprobs == true) _dropped.Drop("logprobs");
            if (_request.TopLogprobs > 0) _dropped.Drop("top_logprobs");
            if (_request.User.Length > 0) _dropped.Drop("user");
            if (_request.Verbosity.IsPresent) _dropped.Drop("verbosity");
            if (_request.PromptCacheKey.IsPresent) _dropped.Drop("prompt_cache_key");
            if (_request.SafetyIdentifier.IsPresent) _dropped.Drop("safety_identifier");
            if (_request.CacheControl.IsPresent && !_model.TakesCachePoints) _dropped.Drop("cache_control");
            foreach (var name in _request.Unsupported) _dropped.Drop(name);
            return true;
        }

        private readonly bool HasMembers(BodyRange json) => json.IsPresent && _request.Raw(json)[1..].TrimStart(" \t\r\n"u8) is not [(byte)'}', ..];

        private void System()
        {
            var any = false;
            foreach (ref readonly var message in _request.Messages)
            {
                if (message.Role != ChatRole.Tool && message.Name.Length > 0) _dropped.Drop("messages.name");
                if (message.Role is not (ChatRole.System or ChatRole.Developer)) continue;
                var parts = _request.PartsOf(message);
                for (var i = 0; i < parts.Length; i++)
                {
                    var text = _request.Text(parts[i].Text);
                    if (AnthropicText.IsBlank(text)) continue;
                    OpenSystem(ref any);
                    _json.Raw("{\"text\":"u8);
                    _json.String(text);
                    _json.Raw("}"u8);
                    CachePoint(CacheControlOf(message, parts, i));
                }
            }
            if (NeedsFormatInstruction())
            {
                OpenSystem(ref any);
                _json.Raw("{\"text\":\"Answer with one valid JSON object and nothing else: no prose around it, no code fence."u8);
                if (_request.ResponseFormat.Schema.IsPresent)
                {
                    _json.Raw(" It must match this JSON schema: "u8);
                    _json.Text(JsonText.Plain(_request.Raw(_request.ResponseFormat.Schema)));
                }
                _json.Raw("\"}"u8);
                _dropped.Drop("response_format");
            }
            if (any) _json.Raw("]"u8);
        }

        private void OpenSystem(ref bool any)
        {
            _json.Raw(any ? ","u8 : ",\"system\":["u8);
            any = true;
        }

        private readonly bool NeedsFormatInstruction() =>
            _request.ResponseFormat.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema && !UsesNativeSchema();

        private readonly bool UsesNativeSchema()
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind != ResponseFormatKind.JsonSchema || !format.Schema.IsPresent || !_model.StructuredOutputs) return false;
            // Claude refuses an open schema; one that is not strict promises no more than an instruction does.
            return !IsClaude || _schemaNeeds == SchemaNeeds.None || (format.Strict == true && (_schemaNeeds & SchemaNeeds.Impossible) == 0);
        }

        // {"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"<JSON in a string>","name":..,"description":..}}}}
        private void OutputConfig()
        {
            if (!UsesNativeSchema()) return;
            ref readonly var format = ref _request.ResponseFormat;
            _json.Raw(",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":{\"schema\":\""u8);
            var schema = _request.Raw(format.Schema);
            if (IsClaude && _schemaNeeds != SchemaNeeds.None)
            {
                if ((_schemaNeeds & SchemaNeeds.Moving) != 0) _dropped.Drop("response_format.json_schema.schema");
                var adapted = new ByteBuffer();
                JsonSchemas.Adapt(schema, adapted);
                schema = adapted.Span;
            }
            _json.Text(JsonText.Plain(schema));
            _json.Raw("\""u8);
            if (format.Name.Length > 0)
            {
                _json.Raw(",\"name\":"u8);
                _json.String(_request.Text(format.Name));
            }
            if (format.Description.Length > 0)
            {
                _json.Raw(",\"description\":"u8);
                _json.String(_request.Text(format.Description));
            }
            _json.Raw("}}}}"u8);
        }

        // The ranges are Converse's own (0..1 for both); which of them a Claude takes, and with what, are Anthropic's rules.
        private void InferenceConfig(in AdditionalFields thinking)
        {
            var (temperature, topP) = (_request.Temperature, _request.TopP);
            if (temperature > 1)
            {
                _dropped.Drop("temperature");
                temperature = 1;
            }
            if (IsClaude && (!_model.Claude.TakesSampling || thinking.IsOn))
            {
                if (temperature is not (null or 1)) _dropped.Drop("temperature");
                temperature = null;
                if (topP is not null && (!_model.Claude.TakesSampling || topP < 0.95))
                {
                    if (topP != 1) _dropped.Drop("top_p");
                    topP = null;
                }
            }
            if (IsClaude && temperature is not null && topP is not null && !_model.Claude.TakesTemperatureWithTopP)
            {
                if (topP != 1) _dropped.Drop("top_p");
                topP = null;
            }
            if (thinking.ForbidsSampling)
            {
                if (temperature is not null) _dropped.Drop("temperature");
                if (topP is not null) _dropped.Drop("top_p");
                (temperature, topP) = (null, null);
            }
            var any = false;
            if (_request.MaxTokens is { } bound)
            {
                Member(ref any, ",\"inferenceConfig\":{"u8, "\"maxTokens\":"u8);
                _json.Number(bound);
            }
            else if (thinking.MinMaxTokens > 0)
            {
                Member(ref any, ",\"inferenceConfig\":{"u8, "\"maxTokens\":"u8);
                _json.Number(thinking.MinMaxTokens);
            }
            if (temperature is { } t)
            {
                Member(ref any, ",\"inferenceConfig\":{"u8, "\"temperature\":"u8);
                _json.Number(t);
            }
            if (topP is { } p)
            {
                Member(ref any, ",\"inferenceConfig\":{"u8, "\"topP\":"u8);
                _json.Number(p);
            }
            Stops(ref any);
            if (any) _json.Raw("}"u8);
        }

        private void Stops(ref bool any)
        {
            var anyStop = false;
            foreach (var stop in _request.Stops)
            {
                var text = _request.Text(stop);
                if (text.IsEmpty || (IsClaude && AnthropicText.IsBlank(text)))
                {
                    _dropped.Drop("stop");
                    continue;
                }
                if (anyStop) _json.Raw(","u8);
                else Member(ref any, ",\"inferenceConfig\":{"u8, "\"stopSequences\":["u8);
                _json.String(text);
                anyStop = true;
            }
            if (anyStop) _json.Raw("]"u8);
        }

        private void Member(ref bool any, ReadOnlySpan<byte> open, ReadOnlySpan<byte> name)
        {
            _json.Raw(any ? ","u8 : open);
            _json.Raw(name);
            any = true;
        }

        // OpenAI's metadata are strings by name too; Converse takes 16 of them out of a smaller alphabet.
        private void Metadata()
        {
            if (!HasMembers(_request.Metadata)) return;
            var reader = new Utf8JsonReader(_request.Raw(_request.Metadata), new JsonReaderOptions { MaxDepth = 512 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                _dropped.Drop("metadata");
                return;
            }
            var count = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = new JsonText(reader.ValueSpan, reader.ValueIsEscaped);
                var isString = reader.Read() && reader.TokenType == JsonTokenType.String;
                var value = isString ? new JsonText(reader.ValueSpan, reader.ValueIsEscaped) : default;
                reader.Skip();
                if (!isString || count == 16 || name.IsEmpty || !BedrockText.IsMetadata(name) || !BedrockText.IsMetadata(value))
                {
                    _dropped.Drop("metadata");
                    continue;
                }
                _json.Raw(count++ == 0 ? ",\"requestMetadata\":{"u8 : ","u8);
                _json.String(name);
                _json.Raw(":"u8);
                _json.String(value);
            }
            if (count > 0) _json.Raw("}"u8);
        }

        // "default" is what a request without one gets, and not every model knows the field.
        private void ServiceTier()
        {
            if (!_request.ServiceTier.IsPresent) return;
            var tier = _request.Text(_request.ServiceTier);
            if (tier.Is("flex"u8)) _json.Raw(",\"serviceTier\":{\"type\":\"flex\"}"u8);
            else if (tier.Is("priority"u8)) _json.Raw(",\"serviceTier\":{\"type\":\"priority\"}"u8);
            else if (!tier.Is("auto"u8) && !tier.Is("default"u8)) _dropped.Drop("service_tier");
        }
    }
}
