using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// <see cref="ChatRequest"/> -> a body of OpenAI chat completions, for OpenAI and for those that speak its dialect, as their data sheet's <see cref="ChatTraits"/> say.
/// https://platform.openai.com/docs/api-reference/chat/create
/// <para>
/// What the dialect has another place for is put there: media of a tool's result go into the user message behind the results, because a tool message is text; a failed
/// tool's text begins with "Error"; a text document becomes text under its name; ids of calls that a provider would refuse are replaced, the same on both sides. A
/// budget of thinking becomes an effort by the thresholds of the reverse direction: to 2,048 tokens low, to 8,192 medium, above high. Reasoning of earlier turns goes
/// along only where the provider takes it back; elsewhere it is left out and named, as are cache marks.
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class OpenAiChatRequestEncoder : IChatRequestEncoder
{
    private readonly ByteBuffer _scratch = new();

    /// <summary>Writes the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">What the client does not say.</param>
    /// <param name="output">Takes the body; where the result is false, what it holds must be thrown away.</param>
    /// <param name="dropped">Takes the names of the client's fields that could not be carried over, or not as they were; may be null.</param>
    /// <param name="error">What the provider cannot do and the client would miss.</param>
    public bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        var model = options.Model.IsEmpty ? request.Text(request.Model) : JsonText.Plain(options.Model.Span);
        var body = new Body(request, options.Sheet, model, output, _scratch, dropped);
        body.Write(model);
        error = body.Error;
        _scratch.Clear();
        return error is null;
    }

    private ref partial struct Body
    {
        // OpenAI's limit; nobody takes fewer.
        private const int MaxStops = 4;

        // OpenAI's limit of user, safety_identifier and prompt_cache_key.
        private const int MaxIdentifier = 64;

        private readonly ChatRequest _request;
        private readonly ChatTraits _traits;
        private readonly bool _streamOptions;
        private readonly IReadOnlyList<string> _refused;
        private readonly IReadOnlyList<string>? _own;
        private readonly bool _isMagistral;
        private readonly bool _isFinalMessage;
        private readonly OpenAiModel _model;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private JsonOut _json;

        public Body(ChatRequest request, Provider? sheet, JsonText model, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _scratch, _dropped) = (request, scratch, dropped);
            _traits = sheet?.Traits ?? ChatTraits.None;
            _streamOptions = sheet?.StreamOptions ?? true;
            _refused = sheet?.Refused ?? [];
            _own = sheet?.OwnMembers;
            _isFinalMessage = request.IsContinued && sheet?.Continuation == Continuation.FinalMessage;
            _isMagistral = Has(ChatTraits.Translated) && model.Bytes.StartsWith("magistral"u8);
            _model = Has(ChatTraits.OpenAi) ? OpenAiModel.Of(model.Bytes) : default;
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
        }

        public RequestError? Error { get; private set; }

        public void Write(JsonText model)
        {
            if (_request.WantsAudio)
            {
                Fail("modalities", "Must be [\"text\"]: audio output is not translated.");
                return;
            }
            _json.Raw("{\"model\":"u8);
            _json.String(model);
            if (!Messages()) return;
            if (_isFinalMessage) _json.Raw(",\"continue_final_message\":true,\"add_generation_prompt\":false"u8);
            Tools();
            Format();
            Reasoning();
            Sampling();
            Stops();
            Rest();
            if (_dropped is not null && !Has(ChatTraits.CacheControl) && RequestParts.HasCacheMarks(_request)) _dropped.Drop("cache_control");
            WebSearch();
            Unsupported();
            _json.Raw("}"u8);
            _json.Flush();
        }

        // Of OpenAI's models some search and the others refuse the field. A client of this very dialect has the member among the others.
        private readonly bool SearchesWeb =>
            WebSearches.IsWanted(_request) && _request.Extras.Count == 0 && !_request.WebSearch.HasDomains && _model.SearchesWeb;

        // https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat
        private void WebSearch()
        {
            if (!SearchesWeb) return;
            ref readonly var search = ref _request.WebSearch;
            _json.Raw(",\"web_search_options\":{\"search_context_size\":"u8);
            _json.String(search.ContextSize.Length > 0 ? _request.Text(search.ContextSize) : JsonText.Plain("medium"u8));
            if (search.HasLocation)
            {
                _json.Raw(",\"user_location\":{\"type\":\"approximate\",\"approximate\":{\"type\":\"approximate\""u8);
                WebSearches.Places(ref _json, _request);
                _json.Raw("}}"u8);
            }
            _json.Raw("}"u8);
            if (search.MaxUses is not null) _dropped.Drop("tools.web_search.max_uses");
        }

        private void Unsupported()
        {
            var next = 0;
            var searches = SearchesWeb;
            foreach (var name in _request.Unsupported)
            {
                if (searches && name == _request.WebSearch.Name) continue;
                // In the same order, with names between them that are no members of the top level.
                if (next == _request.Extras.Count || _request.Extras[next].Name != name)
                {
                    _dropped.Drop(name);
                    continue;
                }
                var member = _request.Extras[next++].Member;
                if (_refused.Contains(name) || _own?.Contains(name) == false || (name == "random_seed" && _request.Seed is not null))
                {
                    _dropped.Drop(name);
                    continue;
                }
                _json.Raw(","u8);
                _json.Raw(_request.Raw(member));
            }
        }

        private readonly bool Has(ChatTraits trait) => (_traits & trait) != 0;

        private bool Fail(string field, string message)
        {
            Error = new RequestError(field, message);
            return false;
        }

        private void Format()
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind is ResponseFormatKind.Unset or ResponseFormatKind.Text) return;
            if (format.Kind == ResponseFormatKind.JsonObject || !TakesSchema())
            {
                if (format.Kind == ResponseFormatKind.JsonSchema) _dropped.Drop("response_format");
                _json.Raw(",\"response_format\":{\"type\":\"json_object\"}"u8);
                return;
            }
            // The name is required; other dialects have none.
            _json.Raw(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"u8);
            _json.String(format.Name.Length > 0 ? _request.Text(format.Name) : JsonText.Plain("response"u8));
            if (format.Description.Length > 0) Member(",\"description\":"u8, format.Description);
            if (format.Schema.IsPresent)
            {
                _json.Raw(",\"schema\":"u8);
                _json.Raw(_request.Raw(format.Schema));
            }
            if (format.Strict is { } strict) Flag(",\"strict\":"u8, strict);
            _json.Raw("}}"u8);
        }

        private readonly bool TakesSchema() => !Has(ChatTraits.NoJsonSchema);

        private void Sampling()
        {
            var takes = _model.TakesSampling(WishedEffort());
            if (_request.Temperature is { } temperature) Tuning("temperature", ",\"temperature\":"u8, temperature, takes, otherwise: 1);
            if (_request.TopP is { } topP) Tuning("top_p", ",\"top_p\":"u8, topP, takes, otherwise: 1);
            if (_request.PresencePenalty is { } presence) Tuning("presence_penalty", ",\"presence_penalty\":"u8, presence, takes, otherwise: 0);
            if (_request.FrequencyPenalty is { } frequency) Tuning("frequency_penalty", ",\"frequency_penalty\":"u8, frequency, takes, otherwise: 0);
            if (_request.TopK is { } topK)
            {
                if (Has(ChatTraits.TopK)) Number(",\"top_k\":"u8, topK);
                else _dropped.Drop("top_k");
            }
            if (_request.Seed is { } seed) Number(Has(ChatTraits.RandomSeed) ? ",\"random_seed\":"u8 : ",\"seed\":"u8, seed);
            if (_request.Choices is { } choices and not 1) Number(",\"n\":"u8, choices);
            takes &= !Has(ChatTraits.Strict | ChatTraits.NoNamesOrLogits);
            if (_request.LogitBias.IsPresent)
            {
                if (takes) RawMember(",\"logit_bias\":"u8, _request.LogitBias);
                else _dropped.Drop("logit_bias");
            }
            if (_request.Logprobs == true)
            {
                if (takes) _json.Raw(",\"logprobs\":true"u8);
                else _dropped.Drop("logprobs");
            }
            if (_request.TopLogprobs is { } top)
            {
                if (takes && _request.Logprobs == true) Number(",\"top_logprobs\":"u8, top);
                else if (top > 0) _dropped.Drop("top_logprobs");
            }
        }

        // A value that is the default says nothing, and a model that refuses the field refuses it all the same.
        private void Tuning(string name, ReadOnlySpan<byte> member, double value, bool takes, double otherwise)
        {
            if (takes)
            {
                _json.Raw(member);
                _json.Number(value);
            }
            else if (value != otherwise) _dropped.Drop(name);
        }

        private void Stops()
        {
            var stops = _request.Stops;
            if (stops.Length == 0) return;
            if (!_model.TakesStop(WishedEffort()))
            {
                _dropped.Drop("stop");
                return;
            }
            for (var i = 0; i < Math.Min(stops.Length, MaxStops); i++)
            {
                _json.Raw(i == 0 ? ",\"stop\":["u8 : ","u8);
                _json.String(_request.Text(stops[i]));
            }
            _json.Raw("]"u8);
            if (stops.Length > MaxStops) _dropped.Drop("stop");
        }

        private void Rest()
        {
            if (_request.MaxTokens is { } max) Number(Has(ChatTraits.MaxCompletionTokens) ? ",\"max_completion_tokens\":"u8 : ",\"max_tokens\":"u8, max);
            if (_request.User.Length > 0)
            {
                if (Has(ChatTraits.Strict)) _dropped.Drop("user");
                else Identifier(",\"user\":"u8, _request.User);
            }
            // OpenAI takes metadata for answers that it stores alone, and it stores only where it is told to.
            if (_request.Metadata.IsPresent && Has(ChatTraits.Translated)) RawMember(",\"metadata\":"u8, _request.Metadata);
            else if (!IsEmptyObject(_request.Metadata)) _dropped.Drop("metadata");
            if (_request.SafetyIdentifier.Length > 0)
            {
                if (Has(ChatTraits.SafetyIdentifier)) Identifier(",\"safety_identifier\":"u8, _request.SafetyIdentifier);
                else _dropped.Drop("safety_identifier");
            }
            if (_request.PromptCacheKey.Length > 0)
            {
                if (Has(ChatTraits.PromptCacheKey)) Identifier(",\"prompt_cache_key\":"u8, _request.PromptCacheKey);
                else _dropped.Drop("prompt_cache_key");
            }
            if (_request.Verbosity.Length > 0)
            {
                if (_model.Major >= 5) Member(",\"verbosity\":"u8, _request.Verbosity);
                else _dropped.Drop("verbosity");
            }
            ServiceTier();
            if (_request.CacheControl.IsPresent && Has(ChatTraits.CacheControl)) RawMember(",\"cache_control\":"u8, _request.CacheControl);
            if (!_request.Stream) return;
            // Asked for always: the gateway meters by it, and the encoder for the client shows it only to one that wants it.
            _json.Raw(_streamOptions ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"u8 : ",\"stream\":true"u8);
        }

        private void ServiceTier()
        {
            if (_request.ServiceTier.Length == 0) return;
            var tier = _request.Text(_request.ServiceTier);
            var isStandard = tier.Is("standard_only"u8) || tier.Is("default"u8);
            if (Has(ChatTraits.ServiceTier)) Member(",\"service_tier\":"u8, isStandard ? JsonText.Plain("default"u8) : tier);
            else if (!isStandard && !tier.Is("auto"u8)) _dropped.Drop("service_tier");
        }

        // These only tell users apart, so a longer one (Claude Code's holds device, account and session) is as good as its hash, which is 64 digits.
        private void Identifier(ReadOnlySpan<byte> member, BodyRange range)
        {
            var text = _request.Text(range);
            if (range.Length <= MaxIdentifier)
            {
                Member(member, text);
                return;
            }
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Unescaped(text), hash);
            Span<byte> digits = stackalloc byte[MaxIdentifier];
            for (var i = 0; i < MaxIdentifier; i++) digits[i] = "0123456789abcdef"u8[(hash[i / 2] >> ((i & 1) == 0 ? 4 : 0)) & 15];
            Member(member, JsonText.Plain(digits));
        }

        private readonly bool IsEmptyObject(BodyRange json) => !json.IsPresent || _request.Raw(json)[1..].TrimStart(" \t\r\n"u8) is [(byte)'}', ..];

        private void Member(ReadOnlySpan<byte> name, BodyRange text) => Member(name, _request.Text(text));

        private void Member(ReadOnlySpan<byte> name, scoped JsonText text)
        {
            _json.Raw(name);
            _json.String(text);
        }

        private void RawMember(ReadOnlySpan<byte> name, BodyRange json)
        {
            _json.Raw(name);
            _json.Raw(_request.Raw(json));
        }

        private void Number(ReadOnlySpan<byte> name, long value)
        {
            _json.Raw(name);
            _json.Number(value);
        }

        private void Flag(ReadOnlySpan<byte> name, bool value)
        {
            _json.Raw(name);
            _json.Boolean(value);
        }

        private readonly ReadOnlySpan<byte> Unescaped(JsonText text)
        {
            if (!text.IsEscaped) return text.Bytes;
            _scratch.Clear();
            _scratch.Advance(text.Unescape(_scratch.GetSpan(text.Bytes.Length)));
            return _scratch.Span;
        }
    }
}
