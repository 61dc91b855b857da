using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Ollama;

/// <summary>
/// <see cref="ChatRequest"/> -> a body of Ollama's own chat. https://docs.ollama.com/api/chat
/// <para>
/// Adapted where the meaning survives: a message's texts become one string, pictures a list of bare base64 beside it, text files a part of the text; developer messages
/// are system messages; arguments are objects. There is no tool_choice: <c>none</c> offers no tools, a named one is offered alone, and that one must be called is a wish that
/// is named as dropped. What cannot be sent (a picture by URL, audio, a PDF) is an error.
/// </para>
/// One instance serves one request at a time.
/// </summary>
public sealed partial class OllamaRequestEncoder : IChatRequestEncoder
{
    private const int MaxSearched = 128;

    private readonly ByteBuffer _scratch = new();

    /// <inheritdoc/>
    public bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        var model = options.Model.IsEmpty ? request.Text(request.Model) : JsonText.Plain(options.Model.Span);
        var body = new Body(request, output, _scratch, dropped);
        body.Write(model);
        error = body.Error;
        _scratch.Clear();
        return error is null;
    }

    private ref partial struct Body
    {
        private readonly ChatRequest _request;
        private readonly ByteBuffer _scratch;
        private readonly List<string>? _dropped;
        private JsonOut _json;
        private int _messages;
        private int _options;

        // The assistant's last turn, whose calls the results answer.
        private ChatMessage _turnFirst;
        private ChatMessage _turnLast;
        private bool _hasTurn;
        private bool _inTurn;
        private int _nextCall;

        public Body(ChatRequest request, IBufferWriter<byte> output, ByteBuffer scratch, List<string>? dropped)
        {
            (_request, _scratch, _dropped) = (request, scratch, dropped);
            _json = new JsonOut(output, Math.Min(request.Body.Length + 512, 64 * 1024));
        }

        public RequestError? Error { get; private set; }

        public void Write(JsonText model)
        {
            if (!CheckWishes()) return;
            // Always: what Ollama does without the member is to stream.
            _json.Raw(_request.Stream ? "{\"stream\":true,\"model\":"u8 : "{\"stream\":false,\"model\":"u8);
            _json.String(model);
            if (!Messages()) return;
            Tools();
            Format();
            Think(model);
            Options();
            if (_request.Logprobs == true) _json.Raw(",\"logprobs\":true"u8);
            if (_request.TopLogprobs is > 0 and { } top)
            {
                _json.Raw(",\"top_logprobs\":"u8);
                _json.Number(top);
            }
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
            if (_request.Choices > 1) return Fail("n", "Must be 1: Ollama gives one answer a request.");
            if (_request.WantsAudio) return Fail("modalities", "Must be [\"text\"]: Ollama gives no audio.");
            if (_dropped is null) return true;
            if (RequestParts.HasCacheMarks(_request)) _dropped.Drop("cache_control");
            if (RequestParts.HasMembers(_request, _request.LogitBias)) _dropped.Drop("logit_bias");
            if (RequestParts.HasMembers(_request, _request.Metadata)) _dropped.Drop("metadata");
            if (_request.User.IsPresent) _dropped.Drop("user");
            if (_request.ServiceTier.IsPresent && !_request.Text(_request.ServiceTier).Is("auto"u8)) _dropped.Drop("service_tier");
            if (_request.Verbosity.IsPresent) _dropped.Drop("verbosity");
            if (_request.PromptCacheKey.IsPresent) _dropped.Drop("prompt_cache_key");
            if (_request.SafetyIdentifier.IsPresent) _dropped.Drop("safety_identifier");
            if (_request.ParallelToolCalls == false && _request.Tools.Length > 0) _dropped.Drop("parallel_tool_calls");
            // Cache marks are left out unnamed: a local server keeps every prompt it can, and nobody pays for it.
            foreach (var name in _request.Unsupported) _dropped.Drop(name);
            return true;
        }

        private void Tools()
        {
            ref readonly var choice = ref _request.ToolChoice;
            if (choice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _dropped.Drop("tool_choice");
            if (choice.Mode == ToolChoiceMode.None) return;
            var any = false;
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
                if (tool.Strict == true) _dropped.Drop("tools.strict");
            }
            if (any) _json.Raw("]"u8);
        }

        private void Format()
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind is not (ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema)) return;
            _json.Raw(",\"format\":"u8);
            if (format.Schema.IsPresent) _json.Raw(_request.Raw(format.Schema));
            else _json.Raw("\"json\""u8);
            if (format.Description.Length > 0) _dropped.Drop("response_format.json_schema.description");
        }

        // gpt-oss thinks in levels and takes no boolean for one; all others take booleans alone and refuse levels.
        private void Think(JsonText model)
        {
            ref readonly var wish = ref _request.Reasoning;
            if (wish.Mode == ThinkingMode.Unset && wish.Effort == ReasoningEffort.Unset) return;
            if (wish.Budget is not null) _dropped.Drop("thinking.budget_tokens");
            _json.Raw(",\"think\":"u8);
            if (wish.Mode == ThinkingMode.Disabled || (wish.Mode == ThinkingMode.Unset && wish.Effort == ReasoningEffort.None)) _json.Raw("false"u8);
            else if (model.Bytes.IndexOf("gpt-oss"u8) < 0) _json.Raw("true"u8);
            else
            {
                _json.Raw(wish.Effort switch
                {
                    ReasoningEffort.Minimal or ReasoningEffort.Low => "\"low\""u8,
                    ReasoningEffort.High or ReasoningEffort.XHigh or ReasoningEffort.Max => "\"high\""u8,
                    _ => "\"medium\""u8,
                });
            }
        }

        private void Options()
        {
            Option("\"num_predict\":"u8, _request.MaxTokens);
            Option("\"seed\":"u8, _request.Seed);
            Option("\"top_k\":"u8, _request.TopK);
            Option("\"temperature\":"u8, _request.Temperature);
            Option("\"top_p\":"u8, _request.TopP);
            Option("\"presence_penalty\":"u8, _request.PresencePenalty);
            Option("\"frequency_penalty\":"u8, _request.FrequencyPenalty);
            var stops = 0;
            foreach (var stop in _request.Stops)
            {
                if (stop.Length == 0) continue;
                if (stops++ == 0) Name("\"stop\":["u8);
                else _json.Raw(","u8);
                _json.String(_request.Text(stop));
            }
            if (stops > 0) _json.Raw("]"u8);
            if (_options > 0) _json.Raw("}"u8);
        }

        private void Option(ReadOnlySpan<byte> name, long? value)
        {
            if (value is not { } number) return;
            Name(name);
            _json.Number(number);
        }

        private void Option(ReadOnlySpan<byte> name, double? value)
        {
            if (value is not { } number) return;
            Name(name);
            _json.Number(number);
        }

        private void Name(ReadOnlySpan<byte> name)
        {
            _json.Raw(_options++ == 0 ? ",\"options\":{"u8 : ","u8);
            _json.Raw(name);
        }
    }
}
