using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.OpenAi;

public static partial class OpenAiChatRequestDecoder
{
    private static readonly ChatPartPath _promptPath = static (in ChatMessage _, in ChatPart _) => "prompt";

    /// <summary>The body of a legacy completion, whose fields are a chat's but for the prompt. See <see cref="Completions.CompletionsRequestDecoder"/>.</summary>
    internal static bool TryDecodePrompt(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error)
    {
        request.Clear();
        request.Body = body;
        request.PartPath = _promptPath;
        var decoder = new Decoder(request);
        decoder.Completion(new JsonValue(body.Span, tokens));
        error = decoder.Error;
        return error is null;
    }

    private ref partial struct Decoder
    {
        // What the API documents where a client names no bound.
        private const long DefaultCompletionTokens = 16;

        public bool Completion(JsonValue root)
        {
            if (root.Kind != JsonKind.Object) return Fail("", "The request body must be a JSON object.");
            JsonValue prompt = default, maxTokens = default, bestOf = default;
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
                    case OpenAiChatField.MaxTokens:
                        maxTokens = value;
                        break;
                    case OpenAiChatField.Logprobs:
                        // A number here, with an answer of another form.
                        if (!Integer("logprobs", value, 0, 20, out var logprobs)) return false;
                        if (logprobs is not null) _request.Unsupported.Drop("logprobs");
                        break;
                    case OpenAiChatField.Ignored:
                        break;
                    case OpenAiChatField.Stream or OpenAiChatField.StreamOptions or OpenAiChatField.Temperature or OpenAiChatField.TopP or OpenAiChatField.TopK
                        or OpenAiChatField.PresencePenalty or OpenAiChatField.FrequencyPenalty or OpenAiChatField.Seed or OpenAiChatField.N or OpenAiChatField.LogitBias
                        or OpenAiChatField.Stop or OpenAiChatField.User or OpenAiChatField.Metadata or OpenAiChatField.ServiceTier or OpenAiChatField.SafetyIdentifier
                        or OpenAiChatField.PromptCacheKey:
                        if (!Setting(OpenAiChatFields.Find(name), value)) return false;
                        break;
                    default:
                        if (name.Is("prompt"u8)) prompt = value;
                        else if (name.Is("best_of"u8)) bestOf = value;
                        else if (name.Is("echo"u8))
                        {
                            if (!Boolean("echo", value, out var echo)) return false;
                            if (echo == true) _request.Unsupported.Drop("echo");
                        }
                        else if (name.Is("suffix"u8))
                        {
                            if (!OptionalText("suffix", value, out var suffix)) return false;
                            if (suffix.Length > 0) _request.Unsupported.Drop("suffix");
                        }
                        else if (!value.IsNullOrAbsent) _request.Unsupported.Drop(DroppedNames.Visible(name.ToString()));
                        break;
                }
            }
            if (!_request.Model.IsPresent) return Fail("model", "The field is missing; it must be a non-empty string.");
            if (!Integer("max_tokens", maxTokens, 0, long.MaxValue, out var max)) return false;
            if (max == 0) return Fail("max_tokens", "Must be at least 1: the model is a chat model, which cannot be asked for nothing.");
            _request.MaxTokens = max ?? DefaultCompletionTokens;
            if (!Integer("best_of", bestOf, 1, 20, out var best)) return false;
            if (best > (_request.Choices ?? 1)) _request.Unsupported.Drop("best_of");
            return Prompt(prompt);
        }

        private bool Prompt(JsonValue prompt)
        {
            if (prompt.IsNullOrAbsent) return Fail("prompt", "The field is missing; it must be a non-empty string.");
            if (prompt.Kind == JsonKind.Array)
            {
                var count = 0;
                JsonValue first = default;
                foreach (var element in prompt.Elements)
                {
                    if (count++ == 0) first = element;
                }
                if (first.Kind is JsonKind.Number or JsonKind.Array) return Fail("prompt", "Must be text: tokens are numbered otherwise by every model.");
                if (count > 1) return Fail("prompt", "Must be one string: the model is a chat model, which takes one prompt a request.");
                prompt = first;
            }
            if (!Text("prompt", prompt, out var text)) return false;
            _request.AddMessage(ChatRole.User, 0);
            _request.AddPart(ChatPartKind.Text, -1).Text = text;
            return true;
        }
    }
}
