using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// <see cref="ChatRequest"/> -> the body of Google's generateContent, of the Gemini API and of Vertex AI alike. https://ai.google.dev/api/generate-content
/// <para>
/// The model and the wish to stream stand in the path, not here. System and developer messages become the system instruction wherever they stand; neighbours of one
/// role become one content, but results of functions keep a content of their own, in the order of the calls they answer. Schemas go out as JSON schema
/// (<c>parametersJsonSchema</c>, <c>responseJsonSchema</c>), of which the model ignores what it does not know, and not as the older OpenAPI subset, which refuses it.
/// </para>
/// <para>
/// Thought signatures go back on the part they came with (see <see cref="GeminiSignatures"/>). Gemini 3 refuses a call of the history without one; calls that
/// other providers made get the value that Google documents for that: https://ai.google.dev/gemini-api/docs/thought-signatures
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class GeminiRequestEncoder : IChatRequestEncoder
{
    // https://ai.google.dev/api/generate-content#generationconfig
    private const int MaxStops = 5;
    private const int MaxChoices = 8;
    private const int MaxLogprobs = 20;

    private readonly ByteBuffer _scratch = new();

    /// <inheritdoc/>
    public bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        var model = GeminiModel.Of(options.Model.IsEmpty ? request.Text(request.Model).Bytes : options.Model.Span);
        var body = new Body(request, model, options.Sheet, output, _scratch, dropped);
        body.Write();
        error = body.Error;
        _scratch.Clear();
        return error is null;
    }

    private ref partial struct Body
    {
        private readonly ChatRequest _request;
        private readonly GeminiModel _model;
        private readonly bool _isVertex;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private JsonOut _json;
        private Speaker _speaker;
        private bool _isPartOpen;
        private bool _openPartIsText;
        private bool _hasCall;
        private int _contents;

        // A signature that waits for the part it belongs to: the next call or text of the same turn.
        private SignedPart _pendingKind;
        private JsonText _pending;
        private JsonText _ending;

        public Body(ChatRequest request, GeminiModel model, Provider? sheet, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _model, _scratch, _dropped) = (request, model, scratch, dropped);
            _isVertex = sheet?.KeyScheme == KeyScheme.GoogleOAuth;
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
        }

        public RequestError? Error { get; private set; }

        public void Write()
        {
            if (!CheckWishes()) return;
            _json.Raw("{\"contents\":["u8);
            if (!Contents()) return;
            _json.Raw("]"u8);
            System();
            Tools();
            GenerationConfig();
            if (ServiceTier() is { IsEmpty: false } tier)
            {
                _json.Raw(",\"serviceTier\":\""u8);
                _json.Raw(tier);
                _json.Raw("\""u8);
            }
            _json.Raw("}"u8);
            _json.Flush();
        }

        // Two of OpenAI's tiers have the same name and meaning at the Gemini API; Vertex AI has headers for it. https://ai.google.dev/gemini-api/docs/priority-inference
        private readonly ReadOnlySpan<byte> ServiceTier()
        {
            if (_isVertex || !_request.ServiceTier.IsPresent) return default;
            var tier = _request.Text(_request.ServiceTier);
            if (tier.Is("priority"u8)) return "priority"u8;
            return tier.Is("flex"u8) ? "flex"u8 : default;
        }

        private bool Fail(string field, string message)
        {
            Error = new RequestError(field, message);
            return false;
        }

        private bool CheckWishes()
        {
            if (_request.Choices > MaxChoices) return Fail("n", "Must be 8 at most: Gemini's models give no more candidates a request.");
            if (_request.WantsAudio) return Fail("modalities", "Must be [\"text\"]: audio output of Gemini's models is not supported.");
            if (_request.Stops.Length > MaxStops) return Fail("stop", "Must hold 5 sequences at most.");
            if (_dropped is null) return true;
            if (!_model.TakesPenalties)
            {
                if (_request.PresencePenalty is not (null or 0)) _dropped.Drop("presence_penalty");
                if (_request.FrequencyPenalty is not (null or 0)) _dropped.Drop("frequency_penalty");
            }
            if (_request.Seed is < int.MinValue or > int.MaxValue) _dropped.Drop("seed");
            if (HasMembers(_request.LogitBias)) _dropped.Drop("logit_bias");
            if (HasMembers(_request.Metadata)) _dropped.Drop("metadata");
            if (_request.User.Length > 0) _dropped.Drop("user");
            if (_request.Verbosity.IsPresent) _dropped.Drop("verbosity");
            if (_request.PromptCacheKey.Length > 0) _dropped.Drop("prompt_cache_key");
            if (_request.SafetyIdentifier.Length > 0) _dropped.Drop("safety_identifier");
            if (RequestParts.HasCacheMarks(_request)) _dropped.Drop("cache_control");
            if (_request.ServiceTier.IsPresent && ServiceTier().IsEmpty && !_request.Text(_request.ServiceTier).Is("auto"u8) && !_request.Text(_request.ServiceTier).Is("default"u8))
            {
                _dropped.Drop("service_tier");
            }
            if (_request.ResponseFormat.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema)
            {
                if (FormatIsInstruction()) _dropped.Drop("response_format");
                else if (_request.ResponseFormat.Description.Length > 0) _dropped.Drop("response_format.json_schema.description");
            }
            WebSearches.DropUnsupported(_request, _dropped, SearchesWeb());
            return true;
        }

        private readonly bool HasMembers(BodyRange json) => json.IsPresent && _request.Raw(json)[1..].TrimStart(" \t\r\n"u8) is not [(byte)'}', ..];

        // Before Gemini 3 the API refuses a format beside function declarations: the model is asked for it in words then.
        private readonly bool FormatIsInstruction() =>
            _request.ResponseFormat.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema && !_model.IsGemini3 && DeclaresTools();

        private void System()
        {
            var any = false;
            foreach (ref readonly var message in _request.Messages)
            {
                // A tool's result needs no name: its call has it.
                if (message.Role != ChatRole.Tool && message.Name.Length > 0) _dropped.Drop("messages.name");
                if (message.CacheControl.IsPresent) _dropped.Drop("cache_control");
                if (message.Role is not (ChatRole.System or ChatRole.Developer)) continue;
                foreach (ref readonly var part in _request.PartsOf(message))
                {
                    if (part.Text.Length == 0) continue;
                    _json.Raw(any ? ",{\"text\":"u8 : ",\"systemInstruction\":{\"parts\":[{\"text\":"u8);
                    _json.String(_request.Text(part.Text));
                    _json.Raw("}"u8);
                    any = true;
                }
            }
            if (FormatIsInstruction())
            {
                _json.Raw(any ? ",{\"text\":\""u8 : ",\"systemInstruction\":{\"parts\":[{\"text\":\""u8);
                _json.Raw("Unless you call a function, answer with one valid JSON object and nothing else: no prose around it, no code fence."u8);
                if (_request.ResponseFormat.Schema.IsPresent)
                {
                    _json.Raw(" It must match this JSON schema: "u8);
                    _json.Text(JsonText.Plain(_request.Raw(_request.ResponseFormat.Schema)));
                }
                _json.Raw("\"}"u8);
                any = true;
            }
            if (any) _json.Raw("]}"u8);
        }

        private void GenerationConfig()
        {
            var any = false;
            Number(ref any, "maxOutputTokens"u8, _request.MaxTokens);
            Number(ref any, "temperature"u8, _request.Temperature);
            Number(ref any, "topP"u8, _request.TopP);
            Number(ref any, "topK"u8, _request.TopK);
            if (_request.Seed is >= int.MinValue and <= int.MaxValue) Number(ref any, "seed"u8, _request.Seed);
            if (_request.Choices > 1) Number(ref any, "candidateCount"u8, _request.Choices);
            if (_model.TakesPenalties)
            {
                if (_request.PresencePenalty is not 0) Number(ref any, "presencePenalty"u8, _request.PresencePenalty);
                if (_request.FrequencyPenalty is not 0) Number(ref any, "frequencyPenalty"u8, _request.FrequencyPenalty);
            }
            Logprobs(ref any);
            Stops(ref any);
            Format(ref any);
            Thinking(ref any);
            if (any) _json.Raw("}"u8);
        }

        private void Logprobs(ref bool any)
        {
            if (_request.Logprobs != true) return;
            Member(ref any, "responseLogprobs"u8);
            _json.Raw("true"u8);
            if (_request.TopLogprobs > 0) Number(ref any, "logprobs"u8, Math.Min(_request.TopLogprobs.Value, MaxLogprobs));
        }

        private void Stops(ref bool any)
        {
            var anyStop = false;
            foreach (var stop in _request.Stops)
            {
                if (stop.Length == 0)
                {
                    _dropped.Drop("stop");
                    continue;
                }
                if (anyStop) _json.Raw(","u8);
                else
                {
                    Member(ref any, "stopSequences"u8);
                    _json.Raw("["u8);
                }
                _json.String(_request.Text(stop));
                anyStop = true;
            }
            if (anyStop) _json.Raw("]"u8);
        }

        private void Format(ref bool any)
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind is not (ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema) || FormatIsInstruction()) return;
            Member(ref any, "responseMimeType"u8);
            _json.Raw("\"application/json\""u8);
            if (format.Kind != ResponseFormatKind.JsonSchema || !format.Schema.IsPresent) return;
            Member(ref any, "responseJsonSchema"u8);
            _json.Raw(_request.Raw(format.Schema));
        }

        private void Thinking(ref bool any)
        {
            var plan = GeminiThinkingPlan.Make(_request, _model, _dropped);
            if (plan.IsEmpty) return;
            Member(ref any, "thinkingConfig"u8);
            var inner = true;
            _json.Raw("{"u8);
            if (plan.Budget is { } budget)
            {
                _json.Raw("\"thinkingBudget\":"u8);
                _json.Number(budget);
            }
            else if (!plan.Level.IsEmpty)
            {
                _json.Raw("\"thinkingLevel\":\""u8);
                _json.Raw(plan.Level);
                _json.Raw("\""u8);
            }
            else inner = false;
            if (plan.IncludeThoughts) _json.Raw(inner ? ",\"includeThoughts\":true"u8 : "\"includeThoughts\":true"u8);
            _json.Raw("}"u8);
        }

        private void Number(ref bool any, scoped ReadOnlySpan<byte> name, long? value)
        {
            if (value is not { } number) return;
            Member(ref any, name);
            _json.Number(number);
        }

        private void Number(ref bool any, scoped ReadOnlySpan<byte> name, double? value)
        {
            if (value is not { } number) return;
            Member(ref any, name);
            _json.Number(number);
        }

        private void Member(ref bool any, scoped ReadOnlySpan<byte> name)
        {
            _json.Raw(any ? ",\""u8 : ",\"generationConfig\":{\""u8);
            _json.Raw(name);
            _json.Raw("\":"u8);
            any = true;
        }

        // Valid until the next call.
        private readonly ReadOnlySpan<byte> Unescaped(JsonText text)
        {
            if (!text.IsEscaped) return text.Bytes;
            _scratch.Clear();
            _scratch.Advance(text.Unescape(_scratch.GetSpan(text.Bytes.Length)));
            return _scratch.Span;
        }

        // The body's own depth limit is 512 and a string may hold as much again, so 512 is not the caller's concern here.
        private static bool IsJson(ReadOnlySpan<byte> text, out JsonTokenType kind)
        {
            kind = JsonTokenType.None;
            try
            {
                var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 512 });
                if (!reader.Read()) return false;
                kind = reader.TokenType;
                reader.Skip();
                return !reader.Read();
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}
