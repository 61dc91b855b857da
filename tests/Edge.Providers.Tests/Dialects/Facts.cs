using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;

namespace Edge.Providers.Tests.Dialects;

/// <summary>What an answer says, in one text, read in three independent ways: from the Messages API's JSON, from OpenAI's JSON, and from what a decoder pushed.</summary>
internal static class Facts
{
    private sealed class Choice
    {
        public readonly StringBuilder Text = new();
        public readonly StringBuilder Refusal = new();
        public readonly StringBuilder Thinking = new();
        public readonly SortedDictionary<int, (string Id, string Name, StringBuilder Arguments)> Calls = [];
        public string Finish = "";
    }

    /// <summary>Of a whole answer of the Messages API.</summary>
    public static string OfAnthropic(JsonElement message)
    {
        var choice = new Choice { Finish = FinishOf(message.GetProperty("stop_reason").GetString()) };
        foreach (var block in message.GetProperty("content").EnumerateArray())
        {
            switch (block.GetProperty("type").GetString())
            {
                case "text": choice.Text.Append(block.GetProperty("text").GetString()); break;
                case "thinking": choice.Thinking.Append(block.GetProperty("thinking").GetString()); break;
                case "tool_use":
                    choice.Calls[choice.Calls.Count] = (
                        block.GetProperty("id").GetString()!, block.GetProperty("name").GetString()!, new StringBuilder(block.GetProperty("input").GetRawText()));
                    break;
            }
        }
        var usage = message.GetProperty("usage");
        var input = Number(usage, "input_tokens") + Number(usage, "cache_creation_input_tokens") + Number(usage, "cache_read_input_tokens");
        return Write(new() { [0] = choice }, input, Number(usage, "output_tokens"));
    }

    /// <summary>The whole answer that a stream of the Messages API amounts to, put together from its events.</summary>
    public static JsonElement Assemble(IEnumerable<JsonElement> events)
    {
        JsonObject? message = null;
        var arguments = new Dictionary<int, StringBuilder>();
        var blocks = new Dictionary<int, JsonObject>();
        foreach (var data in events.Select(e => JsonNode.Parse(e.GetRawText())!.AsObject()))
        {
            var index = (int?)data["index"] ?? 0;
            switch ((string?)data["type"])
            {
                case "message_start":
                    message ??= data["message"]!.DeepClone().AsObject();
                    break;
                case "content_block_start":
                    var block = data["content_block"]!.DeepClone().AsObject();
                    blocks[index] = block;
                    arguments[index] = new StringBuilder();
                    message!["content"]!.AsArray().Add(block);
                    break;
                case "content_block_delta":
                    var delta = data["delta"]!;
                    switch ((string?)delta["type"])
                    {
                        case "text_delta": blocks[index]["text"] = (string?)blocks[index]["text"] + (string?)delta["text"]; break;
                        case "thinking_delta": blocks[index]["thinking"] = (string?)blocks[index]["thinking"] + (string?)delta["thinking"]; break;
                        case "input_json_delta": arguments[index].Append((string?)delta["partial_json"]); break;
                    }
                    break;
                case "content_block_stop":
                    if (arguments[index].Length > 0) blocks[index]["input"] = JsonNode.Parse(arguments[index].ToString());
                    break;
                case "message_delta":
                    message!["stop_reason"] = data["delta"]!["stop_reason"]?.DeepClone();
                    foreach (var (name, value) in data["usage"]!.AsObject())
                    {
                        if (value is not null) message["usage"]![name] = value.DeepClone();
                    }
                    break;
            }
        }
        return JsonDocument.Parse(message!.ToJsonString()).RootElement;
    }

    /// <summary>Of a whole OpenAI answer (one element) or of its chunks.</summary>
    public static string OfOpenAi(params IEnumerable<JsonElement> parts)
    {
        var choices = new SortedDictionary<int, Choice>();
        var (input, output) = (0L, 0L);
        foreach (var part in parts)
        {
            if (part.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            {
                (input, output) = (Number(usage, "prompt_tokens"), Number(usage, "completion_tokens"));
            }
            foreach (var element in part.GetProperty("choices").EnumerateArray())
            {
                var index = element.GetProperty("index").GetInt32();
                if (!choices.TryGetValue(index, out var choice)) choices[index] = choice = new Choice();
                if (element.TryGetProperty("finish_reason", out var finish) && finish.GetString() is { } reason) choice.Finish = reason;
                if (element.TryGetProperty("delta", out var delta) || element.TryGetProperty("message", out delta)) Add(choice, delta);
            }
        }
        return Write(choices, input, output);
    }

    /// <summary>Of what a decoder pushed.</summary>
    public static string Of(Recorder recorder)
    {
        var choices = new SortedDictionary<int, Choice>();
        for (var index = 0; index < Math.Max(recorder.Finishes.Count, 1); index++)
        {
            var choice = choices[index] = new Choice();
            choice.Text.Append(recorder[$"text:{index}"]);
            choice.Refusal.Append(recorder[$"refusal:{index}"]);
            choice.Thinking.Append(recorder[$"thinking:{index}"]);
            for (var call = 0; call < recorder.ToolCalls(index); call++)
            {
                choice.Calls[call] = (recorder[$"id:{index}:{call}"], recorder[$"name:{index}:{call}"], new StringBuilder(recorder[$"args:{index}:{call}"]));
            }
            if (recorder.Finishes.TryGetValue(index, out var reason)) choice.Finish = FinishOf(reason);
        }
        return Write(choices, Math.Max(recorder.UsageTotals.Input, 0), Math.Max(recorder.UsageTotals.Output, 0));
    }

    /// <summary>The data of an event stream's events, read naively; <c>[DONE]</c> left out.</summary>
    public static IEnumerable<JsonElement> Data(string stream) =>
        stream.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim())
            .Where(data => data is not "[DONE]").Select(data => JsonDocument.Parse(data).RootElement);

    private static void Add(Choice choice, JsonElement delta)
    {
        choice.Text.Append(Text(delta, "content"));
        // What a spoken answer says.
        if (choice.Text.Length == 0 && delta.TryGetProperty("audio", out var audio) && audio.ValueKind == JsonValueKind.Object) choice.Text.Append(Text(audio, "transcript"));
        choice.Refusal.Append(Text(delta, "refusal"));
        choice.Thinking.Append(Text(delta, "reasoning_content"));
        if (!delta.TryGetProperty("tool_calls", out var calls) || calls.ValueKind != JsonValueKind.Array) return;
        var position = 0;
        foreach (var call in calls.EnumerateArray())
        {
            var index = call.TryGetProperty("index", out var given) ? given.GetInt32() : position;
            position++;
            // A delta that signs a call has no function.
            if (!call.TryGetProperty("function", out var function)) continue;
            if (!choice.Calls.ContainsKey(index)) choice.Calls[index] = (Text(call, "id"), Text(function, "name"), new StringBuilder());
            choice.Calls[index].Arguments.Append(Text(function, "arguments"));
        }
    }

    private static string Write(SortedDictionary<int, Choice> choices, long input, long output)
    {
        var facts = new StringBuilder();
        foreach (var (index, choice) in choices)
        {
            facts.Append(CultureInfo.InvariantCulture, $"{index}: text={choice.Text}\nrefusal={choice.Refusal}\nthinking={choice.Thinking}\n");
            foreach (var (_, call) in choice.Calls) facts.Append(CultureInfo.InvariantCulture, $"call {call.Id} {call.Name} {Arguments(call.Arguments)}\n");
            facts.Append(CultureInfo.InvariantCulture, $"finish={choice.Finish}\n");
        }
        return facts.Append(CultureInfo.InvariantCulture, $"usage={input}+{output}").ToString();
    }

    private static string Arguments(StringBuilder text)
    {
        try
        {
            return Wire.Compact(text.ToString());
        }
        catch (JsonException)
        {
            return text.ToString();
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    private static string FinishOf(string? anthropic) => anthropic switch
    {
        null => "",
        "tool_use" => "tool_calls",
        "max_tokens" or "model_context_window_exceeded" or "pause_turn" => "length",
        "refusal" => "content_filter",
        _ => "stop",
    };

    private static string FinishOf(FinishReason reason) => reason switch
    {
        FinishReason.ToolCalls => "tool_calls",
        FinishReason.Length or FinishReason.ContextWindow or FinishReason.Pause or FinishReason.Other => "length",
        FinishReason.ContentFilter => "content_filter",
        _ => "stop",
    };
}
