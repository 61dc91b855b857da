using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// <see cref="ChatRequest"/> -> a body of OpenAI's Responses, for models that are served there alone. https://platform.openai.com/docs/api-reference/responses/create
/// <para>
/// Nothing is stored (<c>store: false</c>), so reasoning comes back encrypted and goes in again with the next turn; other families' reasoning is left out. A tool is strict only where the
/// client says so, whatever this API's default is. What has no counterpart and only tunes the answer (stop, seed, penalties, logit_bias) is left out and named.
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class ResponsesRequestEncoder : IChatRequestEncoder
{
    private readonly ByteBuffer _scratch = new();

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
        // The API's least bound.
        private const long LeastTokens = 16;

        private readonly ChatRequest _request;
        private readonly OpenAiModel _model;
        private readonly IReadOnlyList<string> _refused;
        private readonly bool _isAgent;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private JsonOut _json;

        public Body(ChatRequest request, Provider? sheet, JsonText model, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _scratch, _dropped) = (request, scratch, dropped);
            _model = OpenAiModel.Of(model.Bytes);
            _isAgent = ((sheet?.Traits ?? ChatTraits.None) & ChatTraits.AgentApi) != 0;
            // Of a provider that has chat completions as well, the list speaks of those.
            _refused = _isAgent ? sheet!.Refused : [];
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
        }

        public RequestError? Error { get; private set; }

        public void Write(JsonText model)
        {
            if (_request.Choices > 1)
            {
                Fail("n", "Must be 1: Responses gives one answer a request.");
                return;
            }
            if (_request.WantsAudio)
            {
                Fail("modalities", "Must be [\"text\"]: Responses gives no audio.");
                return;
            }
            _json.Raw("{\"model\":"u8);
            _json.String(model);
            if (!_isAgent) _json.Raw(",\"store\":false"u8);
            if (!Input()) return;
            Tools();
            if (_isAgent)
            {
                AgentFormat();
                AgentReasoning();
            }
            else
            {
                Text();
                Reasoning();
            }
            Sampling();
            Rest();
            WebSearches.DropUnsupported(_request, _dropped, SearchesWeb);
            _json.Raw("}"u8);
            _json.Flush();
        }

        private bool Fail(string field, string message)
        {
            Error = new RequestError(field, message);
            return false;
        }

        // Says where that is not so.
        private readonly bool Takes(string name)
        {
            if (!_refused.Contains(name)) return true;
            _dropped.Drop(name);
            return false;
        }

        private void Tools()
        {
            var tools = _request.Tools;
            // Where no choice can be said, tools that are not to be called stay away.
            if (_isAgent && _request.ToolChoice.Mode == ToolChoiceMode.None) return;
            if (tools.Length == 0 && !SearchesWeb) return;
            for (var i = 0; i < tools.Length; i++)
            {
                Member(i == 0 ? ",\"tools\":[{\"type\":\"function\",\"name\":"u8 : ",{\"type\":\"function\",\"name\":"u8, tools[i].Name);
                if (tools[i].Description.Length > 0) Member(",\"description\":"u8, tools[i].Description);
                _json.Raw(",\"parameters\":"u8);
                _json.Raw(tools[i].Parameters.IsPresent ? _request.Raw(tools[i].Parameters) : "{\"type\":\"object\",\"properties\":{}}"u8);
                _json.Raw(tools[i].Strict == true ? ",\"strict\":true}"u8 : ",\"strict\":false}"u8);
            }
            if (SearchesWeb)
            {
                if (_isAgent) AgentSearch(isFirst: tools.Length == 0);
                else WebSearch(isFirst: tools.Length == 0);
            }
            _json.Raw("]"u8);
            if (_request.ToolChoice is { Mode: ToolChoiceMode.Unset or ToolChoiceMode.Auto, IsLimited: false } || Takes("tool_choice")) Choice();
            if (_request.ParallelToolCalls is { } parallel && (!_isAgent || (!parallel && Takes("parallel_tool_calls")))) _json.Raw(parallel ? ",\"parallel_tool_calls\":true"u8 : ",\"parallel_tool_calls\":false"u8);
        }

        private readonly bool SearchesWeb => WebSearches.IsWanted(_request) && !_request.WebSearch.BlockedDomains.IsPresent;

        // https://platform.openai.com/docs/guides/tools-web-search
        private void WebSearch(bool isFirst)
        {
            ref readonly var search = ref _request.WebSearch;
            _json.Raw(isFirst ? ",\"tools\":[{\"type\":\"web_search\""u8 : ",{\"type\":\"web_search\""u8);
            if (search.AllowedDomains.IsPresent)
            {
                _json.Raw(",\"filters\":{\"allowed_domains\":"u8);
                _json.Raw(_request.Raw(search.AllowedDomains));
                _json.Raw("}"u8);
            }
            WebSearches.Member(ref _json, ",\"search_context_size\":"u8, _request.Text(search.ContextSize));
            WebSearches.Location(ref _json, _request);
            _json.Raw("}"u8);
            if (search.MaxUses is not null) _dropped.Drop("tools.web_search.max_uses");
        }

        private void Choice()
        {
            ref readonly var choice = ref _request.ToolChoice;
            if (choice.IsLimited && choice.Mode is ToolChoiceMode.Auto or ToolChoiceMode.Required)
            {
                _json.Raw(choice.Mode == ToolChoiceMode.Auto ? ",\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":["u8 : ",\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"required\",\"tools\":["u8);
                var any = false;
                foreach (var name in _request.AllowedTools)
                {
                    Member(any ? ",{\"type\":\"function\",\"name\":"u8 : "{\"type\":\"function\",\"name\":"u8, name);
                    _json.Raw("}"u8);
                    any = true;
                }
                _json.Raw("]}"u8);
                return;
            }
            switch (choice.Mode)
            {
                case ToolChoiceMode.None:
                    _json.Raw(",\"tool_choice\":\"none\""u8);
                    break;
                case ToolChoiceMode.Auto:
                    if (_isAgent) break;
                    _json.Raw(",\"tool_choice\":\"auto\""u8);
                    break;
                case ToolChoiceMode.Required:
                    _json.Raw(",\"tool_choice\":\"required\""u8);
                    break;
                case ToolChoiceMode.Named:
                    Member(",\"tool_choice\":{\"type\":\"function\",\"name\":"u8, choice.Name);
                    _json.Raw("}"u8);
                    break;
                default:
                    break;
            }
        }

        private void Text()
        {
            ref readonly var format = ref _request.ResponseFormat;
            var hasFormat = format.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema;
            if (!hasFormat && _request.Verbosity.Length == 0) return;
            _json.Raw(",\"text\":{"u8);
            if (format.Kind == ResponseFormatKind.JsonSchema && format.Schema.IsPresent)
            {
                // The name is required; other dialects have none.
                _json.Raw("\"format\":{\"type\":\"json_schema\",\"name\":"u8);
                _json.String(format.Name.Length > 0 ? _request.Text(format.Name) : JsonText.Plain("response"u8));
                if (format.Description.Length > 0) Member(",\"description\":"u8, format.Description);
                _json.Raw(",\"schema\":"u8);
                _json.Raw(_request.Raw(format.Schema));
                _json.Raw(format.Strict == true ? ",\"strict\":true}"u8 : ",\"strict\":false}"u8);
            }
            else if (hasFormat) _json.Raw("\"format\":{\"type\":\"json_object\"}"u8);
            if (_request.Verbosity.Length > 0) Member(hasFormat ? ",\"verbosity\":"u8 : "\"verbosity\":"u8, _request.Verbosity);
            _json.Raw("}"u8);
        }

        // The effort that the request comes down to; Unset = nothing is wished.
        private readonly ReasoningEffort WishedEffort()
        {
            ref readonly var wish = ref _request.Reasoning;
            if (wish.Mode == ThinkingMode.Disabled) return ReasoningEffort.None;
            if (wish.Effort != ReasoningEffort.Unset) return wish.Effort;
            if (wish.Budget is { } budget) return AnthropicThinkingPlan.EffortOf(budget);
            return wish.Mode == ThinkingMode.Unset ? ReasoningEffort.Unset : ReasoningEffort.Medium;
        }

        private void Reasoning()
        {
            ref readonly var wish = ref _request.Reasoning;
            var effort = WishedEffort();
            if (!_model.Reasons)
            {
                if (effort is not (ReasoningEffort.Unset or ReasoningEffort.None)) _dropped.Drop(wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
                Include(encrypted: false);
                return;
            }
            var text = effort == ReasoningEffort.Unset ? default : _model.EffortText(effort);
            if (text.IsEmpty && effort != ReasoningEffort.Unset) _dropped.Drop(wish.Mode == ThinkingMode.Unset ? "reasoning_effort" : "thinking");
            // A summary is given to verified organisations alone, so it is asked for only where the client wants to see something.
            var summary = wish.Visible ?? wish.Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive;
            if (!text.IsEmpty || summary)
            {
                _json.Raw(",\"reasoning\":{"u8);
                if (!text.IsEmpty) Member("\"effort\":"u8, JsonText.Plain(text));
                if (summary) _json.Raw(text.IsEmpty ? "\"summary\":\"auto\""u8 : ",\"summary\":\"auto\""u8);
                _json.Raw("}"u8);
            }
            Include(encrypted: true);
        }

        // Models that do not reason refuse to be asked for encrypted reasoning.
        private void Include(bool encrypted)
        {
            var logprobs = _request.Logprobs == true && TakesSampling();
            if (!encrypted && !logprobs) return;
            _json.Raw(",\"include\":["u8);
            if (encrypted) _json.Raw("\"reasoning.encrypted_content\""u8);
            if (logprobs) _json.Raw(encrypted ? ",\"message.output_text.logprobs\""u8 : "\"message.output_text.logprobs\""u8);
            _json.Raw("]"u8);
        }

        private readonly bool TakesSampling() => _model.TakesSampling(WishedEffort());

        private void Sampling()
        {
            var takes = TakesSampling();
            if (_request.Temperature is { } temperature) Tuning("temperature", ",\"temperature\":"u8, temperature, takes);
            if (_request.TopP is { } topP) Tuning("top_p", ",\"top_p\":"u8, topP, takes);
            if (_request.TopLogprobs is { } top and > 0)
            {
                if (takes && _request.Logprobs == true && Takes("top_logprobs")) Number(",\"top_logprobs\":"u8, top);
                else _dropped.Drop("top_logprobs");
            }
            if (_request.Logprobs == true && (!takes || !Takes("logprobs"))) _dropped.Drop("logprobs");
            if (_request.TopK is not null) _dropped.Drop("top_k");
            if (_request.Seed is not null) _dropped.Drop("seed");
            if (_request.PresencePenalty is not (null or 0)) _dropped.Drop("presence_penalty");
            if (_request.FrequencyPenalty is not (null or 0)) _dropped.Drop("frequency_penalty");
            if (!IsEmptyObject(_request.LogitBias)) _dropped.Drop("logit_bias");
            if (_request.Stops.Length > 0) _dropped.Drop("stop");
        }

        private void Tuning(string name, ReadOnlySpan<byte> member, double value, bool takes)
        {
            if (takes && !_refused.Contains(name))
            {
                _json.Raw(member);
                _json.Number(value);
            }
            else if (value != 1) _dropped.Drop(name);
        }

        private void Rest()
        {
            if (_request.MaxTokens is { } max)
            {
                if (max < LeastTokens) _dropped.Drop("max_tokens");
                Number(",\"max_output_tokens\":"u8, Math.Max(max, LeastTokens));
            }
            if (!IsEmptyObject(_request.Metadata) && Takes("metadata"))
            {
                _json.Raw(",\"metadata\":"u8);
                _json.Raw(_request.Raw(_request.Metadata));
            }
            Identifier("user", ",\"user\":"u8, _request.User);
            Identifier("safety_identifier", ",\"safety_identifier\":"u8, _request.SafetyIdentifier);
            Identifier("prompt_cache_key", ",\"prompt_cache_key\":"u8, _request.PromptCacheKey);
            if (_request.ServiceTier.Length > 0 && Takes("service_tier"))
            {
                var tier = _request.Text(_request.ServiceTier);
                Member(",\"service_tier\":"u8, tier.Is("standard_only"u8) ? JsonText.Plain("default"u8) : tier);
            }
            if (_request.Stream) _json.Raw(",\"stream\":true"u8);
        }

        // Longer ones are refused.
        private void Identifier(string name, ReadOnlySpan<byte> member, BodyRange text)
        {
            const int Longest = 64;
            if (text.Length is > 0 and <= Longest && !_refused.Contains(name)) Member(member, text);
            else if (text.Length > 0) _dropped.Drop(name);
        }

        private readonly bool IsEmptyObject(BodyRange json) => !json.IsPresent || _request.Raw(json)[1..].TrimStart(" \t\r\n"u8) is [(byte)'}', ..];

        private void Member(ReadOnlySpan<byte> name, BodyRange text) => Member(name, _request.Text(text));

        private void Member(ReadOnlySpan<byte> name, scoped JsonText text)
        {
            _json.Raw(name);
            _json.String(text);
        }

        private void Number(ReadOnlySpan<byte> name, long value)
        {
            _json.Raw(name);
            _json.Number(value);
        }
    }
}
