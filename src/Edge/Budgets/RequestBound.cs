using Edge.Endpoints;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Budgets;

/// <summary>
/// What a request can use at most, found in one walk over its body: every byte may be a token, and what the body does not hold itself (a picture behind a URL, an earlier answer) counts with
/// what such things can be at worst. No allocation.
/// </summary>
internal struct RequestBound
{
    // A picture is worth 1,445 tokens at gpt-4o's highest detail, some 4,800 at Claude's and Gemini's, 10,000 at the newest ones' "original"; gpt-4o-mini multiplies by 33:
    // https://platform.openai.com/docs/guides/images-vision. A small one in base64 has fewer bytes than that.
    private const long PerImage = 12_500;
    private const long PerImageMini = 50_000;

    // What providers write themselves before tools (Claude: 346 to 530 tokens), and for a format that is enforced.
    private const long PerTools = 1_024;
    private const long PerFormat = 1_024;

    // Tools that the provider knows by a name have descriptions that the request does not hold: https://docs.claude.com/en/docs/agents-and-tools/tool-use.
    private const long PerKnownTool = 2_048;

    // Web searches of one request where it sets no bound.
    private const long Searches = 10;

    private const int MaxDepth = 8;
    private const long MaxChoices = 1_024;
    private const long MaxTokens = 1L << 40;

    private long _bytes;
    private long _images;
    private long _extra;
    private long _prediction;
    private bool _isBoundless;
    private TokenKinds _kinds;

    /// <summary>The client's own bound of an answer, reasoning included; 0 = it names none.</summary>
    public long OutputCap { get; private set; }

    /// <summary>The budget of reasoning that it names; 0 = none.</summary>
    public long ThinkingBudget { get; private set; }

    /// <summary>It may make the model reason.</summary>
    public bool Reasons { get; private set; }

    /// <summary>Answers, each as long as the bound allows.</summary>
    public long Choices { get; private set; }

    /// <summary>Web searches that the provider may do.</summary>
    public long MaxSearches { get; private set; }

    /// <summary>Texts to embed: each may become a call of its own.</summary>
    public long Inputs { get; private set; }

    /// <summary>Asked for, or left to the provider, so that it may be dearer than the usual one.</summary>
    public ServiceTier Tier { get; private set; }

    public readonly TokenKinds Kinds => _kinds | TokenKinds.CacheWrite | TokenKinds.CacheWrite1h;

    public static RequestBound Of(RequestContext context)
    {
        // The body as it is now: what the guard has replaced is replaced.
        var bound = new RequestBound { _bytes = context.Body.Length, Choices = 1, Inputs = 1 };
        bound.Walk(new JsonValue(context.Body.Span, context.Index.Tokens), context.Operation);
        return bound;
    }

    /// <summary>Tokens of the input at most.</summary>
    /// <param name="model">As the provider knows it.</param>
    /// <param name="contextWindow">Its context; 0 = not known.</param>
    /// <param name="unknown">Of inputs that nobody has seen, where the context is not known.</param>
    public readonly long Input(ReadOnlySpan<byte> model, long contextWindow, long unknown)
    {
        // The names of members and the marks between them are far more than what a format adds a message.
        var seen = _bytes + _extra + (_images * (model.IndexOf("4o-mini"u8) >= 0 ? PerImageMini : PerImage)) + 128;
        if (!_isBoundless) return seen;
        return seen + (contextWindow > 0 ? contextWindow : unknown);
    }

    /// <summary>Tokens of the answers at most.</summary>
    /// <param name="cap">Of one answer.</param>
    public readonly long Output(long cap) => (Math.Min(cap, MaxTokens) * Choices) + _prediction;

    private void Walk(JsonValue root, Operation operation)
    {
        Span<byte> plain = stackalloc byte[64];
        foreach (var member in root.Members)
        {
            var value = member.Value;
            if (value.IsNullOrAbsent) continue;
            var name = member.Name;
            if (name.IsEscaped)
            {
                if (name.Bytes.Length <= 64) Member(plain[..name.Unescape(plain)], value, operation);
            }
            else Member(name.Bytes, value, operation);
        }
    }

    private void Member(ReadOnlySpan<byte> name, JsonValue value, Operation operation)
    {
        switch (name.Length)
        {
            case 1 when name[0] == 'n':
                Count(value, 1);
                break;
            case 5 when name.SequenceEqual("input"u8):
                if (operation == Operation.Embeddings) Inputs = value.Kind == JsonKind.Array ? Math.Max(1, Elements(value)) : 1;
                else Messages(value);
                break;
            case 5 when name.SequenceEqual("tools"u8):
                Tools(value);
                break;
            case 6 when name.SequenceEqual("system"u8):
                Content(value, 0);
                break;
            case 6 when name.SequenceEqual("prompt"u8):
                // A stored prompt, by id; and several prompts are several answers.
                if (value.Kind == JsonKind.Object) _isBoundless = true;
                else if (operation == Operation.Completions && value.Kind == JsonKind.Array) Count(Math.Max(1, Elements(value)));
                break;
            case 7 when name.SequenceEqual("best_of"u8):
                Count(value, Choices);
                break;
            case 7 when name.SequenceEqual("plugins"u8):
                _isBoundless = true;
                MaxSearches = Searches;
                break;
            case 8 when name.SequenceEqual("messages"u8):
                Messages(value);
                break;
            case 8 when name.SequenceEqual("thinking"u8):
                Reasons = true;
                if (value.Kind == JsonKind.Object && value["budget_tokens"u8].TryGetInt64(out var budget) && budget > 0) ThinkingBudget = Math.Min(budget, MaxTokens);
                break;
            case 9 when name.SequenceEqual("reasoning"u8):
                Reasons = true;
                break;
            case 9 when name.SequenceEqual("functions"u8):
                _extra += PerTools;
                break;
            case 9 when name.SequenceEqual("container"u8):
                _isBoundless = true;
                break;
            case 10 when name.SequenceEqual("max_tokens"u8):
                Cap(value);
                break;
            case 10 when name.SequenceEqual("modalities"u8):
                _kinds |= TokenKinds.Audio | TokenKinds.Image;
                break;
            case 10 when name.SequenceEqual("prediction"u8):
                // What of a prediction is not used is paid for as output: https://platform.openai.com/docs/guides/predicted-outputs.
                _prediction = value.Token.Length;
                break;
            case 11 when name.SequenceEqual("mcp_servers"u8):
                _isBoundless = true;
                break;
            case 12 when name.SequenceEqual("service_tier"u8):
                if (value.IsString("priority"u8) || value.IsString("auto"u8) || value.IsString("fast"u8)) Tier = ServiceTier.Priority;
                break;
            case 12 when name.SequenceEqual("conversation"u8):
                _isBoundless = true;
                break;
            case 15 when name.SequenceEqual("response_format"u8):
                _extra += PerFormat;
                break;
            case 16 when name.SequenceEqual("reasoning_effort"u8):
                Reasons = true;
                break;
            case 17 when name.SequenceEqual("max_output_tokens"u8):
                Cap(value);
                break;
            case 17 when name.SequenceEqual("search_parameters"u8):
                _isBoundless = true;
                MaxSearches = Searches;
                break;
            case 18 when name.SequenceEqual("web_search_options"u8):
                _isBoundless = true;
                MaxSearches = Searches;
                break;
            case 20 when name.SequenceEqual("previous_response_id"u8):
                _isBoundless = true;
                break;
            case 21 when name.SequenceEqual("max_completion_tokens"u8):
                Cap(value);
                break;
            default:
                break;
        }
    }

    // Where there are several, any of them may be the one that counts.
    private void Cap(JsonValue value)
    {
        if (value.TryGetInt64(out var most) && most > 0) OutputCap = Math.Max(OutputCap, Math.Min(most, MaxTokens));
        // 1e3 is a number of tokens to whoever reads numbers as doubles.
        else if (value.TryGetDouble(out var real) && real > 0) OutputCap = Math.Max(OutputCap, (long)Math.Min(Math.Ceiling(real), MaxTokens));
    }

    private void Count(JsonValue value, long least)
    {
        if (value.TryGetDouble(out var number) && number > 1) Choices = Math.Max(least, (long)Math.Min(Math.Ceiling(number), MaxChoices));
    }

    private void Count(long prompts) => Choices *= Math.Min(prompts, MaxChoices);

    private static long Elements(JsonValue array)
    {
        var count = 0L;
        foreach (var _ in array.Elements) count++;
        return count;
    }

    private void Tools(JsonValue tools)
    {
        if (tools.Kind != JsonKind.Array || tools.Token.Length <= 2) return;
        _extra += PerTools;
        foreach (var tool in tools.Elements)
        {
            if (tool.Kind != JsonKind.Object) continue;
            var type = tool["type"u8];
            // A function of the client's, all of it in the body.
            if (type.IsNullOrAbsent || type.IsString("function"u8) || type.IsString("custom"u8)) continue;
            _extra += PerKnownTool;
            var plain = type.GetString() ?? "";
            // What the client runs itself brings nothing that it does not send; what the provider runs brings pages and files into the model's input.
            if (IsRunByClient(plain)) continue;
            _isBoundless = true;
            if (plain.StartsWith("image_generation", StringComparison.Ordinal)) _kinds |= TokenKinds.Image;
            if (plain.Contains("search", StringComparison.Ordinal)) MaxSearches += tool["max_uses"u8].TryGetInt64(out var uses) && uses > 0 ? Math.Min(uses, 1_000) : Searches;
        }
    }

    private static bool IsRunByClient(string type) => type.StartsWith("bash_", StringComparison.Ordinal) || type.StartsWith("text_editor_", StringComparison.Ordinal)
        || type.StartsWith("computer", StringComparison.Ordinal) || type.StartsWith("memory_", StringComparison.Ordinal) || type is "local_shell" or "shell" or "apply_patch";

    private void Messages(JsonValue value)
    {
        if (value.Kind != JsonKind.Array) return;
        foreach (var message in value.Elements)
        {
            if (message.Kind != JsonKind.Object) continue;
            var content = message["content"u8];
            if (content.Kind == JsonKind.Array) Content(content, 0);
            else if (content.Kind == JsonKind.None && message["type"u8] is { Kind: JsonKind.String } type) Item(type, message);
            // A sound that the model said before, by its id.
            if (message["audio"u8].Kind == JsonKind.Object) _isBoundless = true;
        }
    }

    // An item of the Responses API that is no message.
    private void Item(JsonValue type, JsonValue item)
    {
        if (type.IsString("item_reference"u8)) _isBoundless = true;
        if (item["output"u8].Kind == JsonKind.Array) Content(item["output"u8], 0);
        else if (item["output"u8].Kind == JsonKind.Object) _images++;
    }

    private void Content(JsonValue value, int depth)
    {
        if (value.Kind != JsonKind.Array) return;
        if (depth > MaxDepth)
        {
            _isBoundless = true;
            return;
        }
        foreach (var part in value.Elements)
        {
            if (part.Kind != JsonKind.Object) continue;
            var type = part["type"u8];
            // Text in any of its forms is in the body; anything else that is not known to be one may be worth more than its bytes.
            if (type.IsNullOrAbsent || type.IsString("text"u8) || type.IsString("input_text"u8) || type.IsString("output_text"u8)) continue;
            if (type.IsString("tool_use"u8) || type.IsString("thinking"u8) || type.IsString("redacted_thinking"u8) || type.IsString("refusal"u8) || type.IsString("summary_text"u8)) continue;
            if (type.IsString("tool_result"u8)) Content(part["content"u8], depth + 1);
            else if (type.IsString("image_url"u8) || type.IsString("image"u8) || type.IsString("input_image"u8))
            {
                _images++;
                _kinds |= TokenKinds.Image;
            }
            else if (type.IsString("input_audio"u8))
            {
                // In base64, of which a token is worth hundreds of bytes.
                _kinds |= TokenKinds.Audio;
            }
            else if (type.IsString("document"u8) && part["source"u8]["type"u8].IsString("text"u8))
            {
                continue;
            }
            else
            {
                // Files: pages may be pictures too.
                _isBoundless = true;
                _kinds |= TokenKinds.Image | TokenKinds.Audio;
            }
        }
    }
}
