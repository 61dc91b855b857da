using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.Completions;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects;

/// <summary>Every word that a provider documents for the end of an answer, and what clients of each dialect are told of it.</summary>
public sealed class FinishTests
{
    public static TheoryData<string, string, string, string, string> Words()
    {
        // Word, shared reason, and in the words of chat completions (with the native one where it is given), Messages and Responses.
        var rows = new TheoryData<string, string, string, string, string>
        {
            // OpenAI, Azure, Groq, Together, Fireworks, xAI, Perplexity, vLLM, llama.cpp, LM Studio, Hugging Face
            { "stop", "Stop", "stop", "end_turn", "completed" },
            { "length", "Length", "length", "max_tokens", "max_output_tokens" },
            { "content_filter", "ContentFilter", "content_filter", "refusal", "content_filter" },
            { "function_call", "ToolCalls", "tool_calls", "end_turn", "completed" },
            { "eos", "Stop", "stop", "end_turn", "completed" },
            { "eos_token", "Stop", "stop", "end_turn", "completed" },
            { "max_output_tokens", "Length", "length", "max_tokens", "max_output_tokens" },
            // Mistral, Z.AI
            { "model_length", "ContextWindow", "length+model_length", "model_context_window_exceeded", "max_output_tokens" },
            { "sensitive", "ContentFilter", "content_filter+sensitive", "refusal(sensitive)", "content_filter" },
            // Anthropic
            { "end_turn", "Stop", "stop", "end_turn", "completed" },
            { "max_tokens", "Length", "length", "max_tokens", "max_output_tokens" },
            { "stop_sequence", "StopSequence", "stop", "stop_sequence", "completed" },
            { "tool_use", "ToolCalls", "tool_calls", "end_turn", "completed" },
            { "pause_turn", "Pause", "length+pause_turn", "pause_turn", "pause_turn" },
            { "compaction", "Pause", "length+compaction", "compaction", "compaction" },
            { "refusal", "ContentFilter", "content_filter+refusal", "refusal", "content_filter" },
            { "model_context_window_exceeded", "ContextWindow", "length+model_context_window_exceeded", "model_context_window_exceeded", "max_output_tokens" },
            // Bedrock
            { "guardrail_intervened", "ContentFilter", "content_filter+guardrail_intervened", "refusal(guardrail_intervened)", "content_filter" },
            { "content_filtered", "ContentFilter", "content_filter+content_filtered", "refusal(content_filtered)", "content_filter" },
            // Gemini, Vertex
            { "STOP", "Stop", "stop", "end_turn", "completed" },
            { "MAX_TOKENS", "Length", "length", "max_tokens", "max_output_tokens" },
            // Cohere
            { "COMPLETE", "Stop", "stop", "end_turn", "completed" },
            { "STOP_SEQUENCE", "StopSequence", "stop", "stop_sequence", "completed" },
            { "TOOL_CALL", "ToolCalls", "tool_calls", "end_turn", "completed" },
            { "ERROR_TOXIC", "ContentFilter", "content_filter+ERROR_TOXIC", "refusal(ERROR_TOXIC)", "content_filter" },
            // Ollama
            { "load", "Stop", "stop", "end_turn", "completed" },
            { "unload", "Stop", "stop", "end_turn", "completed" },
            // Nobody's
            { "FINISH_REASON_UNSPECIFIED", "Other", "length+FINISH_REASON_UNSPECIFIED", "FINISH_REASON_UNSPECIFIED", "FINISH_REASON_UNSPECIFIED" },
            { "some\\u0022new", "Other", "length+some\"new", "some\"new", "some\"new" },
        };
        foreach (var word in new[]
        {
            "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER",
            "NO_IMAGE", "ESCALATION",
        })
        {
            rows.Add(word, "ContentFilter", $"content_filter+{word}", $"refusal({word})", "content_filter");
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void A_word_reaches_every_dialect(string word, string reason, string chat, string messages, string responses)
    {
        var text = new JsonText(Encoding.UTF8.GetBytes(word), word.Contains('\\', StringComparison.Ordinal));
        var finish = FinishWords.Of(text);

        Assert.Equal(reason, finish.ToString());
        Assert.False(FinishWords.IsFailure(text, hasCalls: false));
        Assert.Equal(chat, Chat(Encode(new OpenAiChatStreamEncoder(), finish, text)));
        Assert.Equal(chat, Chat(Encode(new OpenAiChatResponseEncoder(), finish, text)));
        Assert.Equal(messages, Messages(Encode(new AnthropicStreamEncoder(), finish, text)));
        Assert.Equal(messages, Messages(Encode(new AnthropicResponseEncoder(), finish, text)));
        Assert.Equal(responses, Responses(Encode(new ResponsesStreamEncoder(), finish, text)));
        Assert.Equal(responses, Responses(Encode(new ResponsesEncoder(), finish, text)));
        // A legacy completion has no calls.
        var legacy = chat.Replace("tool_calls", "stop", StringComparison.Ordinal);
        Assert.Equal(legacy, Chat(Encode(new CompletionsStreamEncoder(), finish, text)));
        Assert.Equal(legacy, Chat(Encode(new CompletionsEncoder(), finish, text)));
    }

    [Theory]
    [InlineData("error")]
    [InlineData("ERROR")]
    [InlineData("ERROR_LIMIT")]
    [InlineData("TIMEOUT")]
    [InlineData("USER_CANCEL")]
    [InlineData("insufficient_system_resource")]
    [InlineData("network_error")]
    [InlineData("abort")]
    [InlineData("MALFORMED_FUNCTION_CALL")]
    [InlineData("MALFORMED_RESPONSE")]
    [InlineData("TOO_MANY_TOOL_CALLS")]
    [InlineData("MISSING_THOUGHT_SIGNATURE")]
    [InlineData("UNEXPECTED_TOOL_CALL")]
    [InlineData("malformed_model_output")]
    [InlineData("malformed_tool_use")]
    public void An_answer_that_broke_off_is_an_error(string word)
    {
        Assert.True(FinishWords.IsFailure(JsonText.Plain(Encoding.UTF8.GetBytes(word)), hasCalls: false));

        var recorder = Codec.Of(Dialect.OpenAi).Whole($$"""{"choices":[{"index":0,"message":{"content":"So"},"finish_reason":"{{word}}"}]}""");
        Assert.NotNull(recorder.Failure);
    }

    [Theory]
    [InlineData("""{"finish_reason":"length","native_finish_reason":"pause_turn"}""", "Pause pause_turn")]
    [InlineData("""{"finish_reason":"stop","native_finish_reason":"refusal"}""", "ContentFilter refusal")]
    [InlineData("""{"finish_reason":"stop","native_finish_reason":"stop_sequence"}""", "StopSequence ")]
    [InlineData("""{"finish_reason":"stop","native_finish_reason":"STOP"}""", "Stop ")]
    [InlineData("""{"finish_reason":"stop","native_finish_reason":null}""", "Stop ")]
    [InlineData("""{"finish_reason":"content_filter","native_finish_reason":"SAFETY"}""", "ContentFilter SAFETY")]
    [InlineData("""{"finish_reason":"length","native_finish_reason":"budget"}""", "Length budget")]
    [InlineData("""{"finish_reason":"SAFETY"}""", "ContentFilter SAFETY")]
    public void The_native_reason_of_a_gateway_counts(string choice, string expected)
    {
        var recorder = Codec.Of(Dialect.OpenAi).Whole("{\"choices\":[" + choice + "]}");

        Assert.Equal(expected, $"{recorder.Finishes[0]} {recorder.Words.GetValueOrDefault(0)}");
    }

    private static JsonElement[] Encode(IChatEncoder encoder, FinishReason reason, JsonText word)
    {
        var output = new ByteBuffer();
        encoder.Begin(output, Wire.Output);
        encoder.Start(default);
        encoder.Text(0, JsonText.Plain("So"u8));
        encoder.Finish(0, reason, reason == FinishReason.StopSequence ? default : FinishWords.Detail(word));
        encoder.End();
        var text = Encoding.UTF8.GetString(output.Span);
        return [.. text.Split('\n').Select(line => line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : line).Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Chat(JsonElement[] events)
    {
        var choice = events.Select(e => e.GetProperty("choices")[0]).Last(c => c.GetProperty("finish_reason").ValueKind == JsonValueKind.String);
        return choice.GetProperty("finish_reason").GetString() + (choice.TryGetProperty("native_finish_reason", out var native) ? "+" + native.GetString() : "");
    }

    private static string? Messages(JsonElement[] events)
    {
        var end = events.Length == 1 ? events[0] : events.Single(e => e.GetProperty("type").GetString() == "message_delta").GetProperty("delta");
        var explanation = end.GetProperty("stop_details") is { ValueKind: JsonValueKind.Object } details ? details.GetProperty("explanation").GetString() : null;
        return end.GetProperty("stop_reason").GetString() + (explanation is null ? "" : $"({explanation})");
    }

    private static string? Responses(JsonElement[] events)
    {
        var end = events.Length == 1 ? events[0] : events[^1].GetProperty("response");
        var status = end.GetProperty("status").GetString();
        Assert.Equal(events.Length == 1 ? null : "response." + status, events.Length == 1 ? null : events[^1].GetProperty("type").GetString());
        return status == "incomplete" ? end.GetProperty("incomplete_details").GetProperty("reason").GetString() : status;
    }
}
