using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Clients;
using Edge.Guard.Restore;
using Edge.Providers;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;
using Edge.Simd.Json;
using JsonValue = Edge.Providers.Json.JsonValue;

namespace Edge.Tests.Guard;

/// <summary>One answer (a text, the arguments of a call) in each dialect, streamed and whole, through a filter, and what a client understands of it.</summary>
internal static class RestoreWire
{
    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly Dialect[] Clients = [.. ClientDialects.All.Select(client => client.Wire)];

    /// <param name="Text">What the answer says.</param>
    /// <param name="Arguments">Of its call; empty = there is none.</param>
    public sealed record Said(string Text, string Arguments);

    /// <summary>The inside of a JSON string. Some servers escape everything but the plainest letters.</summary>
    public static string Quote(string text, bool escapeAll = false) => JsonSerializer.Serialize(text, escapeAll ? JsonSerializerOptions.Default : _plain)[1..^1];

    /// <summary>A stream's events.</summary>
    public static List<string> Events(Dialect dialect, IEnumerable<string> text, IEnumerable<string> arguments, bool escapeAll)
    {
        var texts = text.Select(bit => Quote(bit, escapeAll)).ToList();
        var calls = arguments.Select(bit => Quote(bit, escapeAll)).ToList();
        return dialect switch
        {
            Dialect.OpenAi =>
            [
                Chunk("\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null"),
                .. texts.Select(bit => Chunk($"\"delta\":{{\"content\":\"{bit}\"}},\"logprobs\":null,\"finish_reason\":null")),
                .. calls.Count == 0 ? [] : (IEnumerable<string>)[Chunk("\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]},\"finish_reason\":null")],
                .. calls.Select(bit => Chunk($"\"delta\":{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"arguments\":\"{bit}\"}}}}]}},\"finish_reason\":null")),
                Chunk($"\"delta\":{{}},\"finish_reason\":\"{(calls.Count == 0 ? "stop" : "tool_calls")}\""),
                "data: [DONE]\n\n",
            ],
            Dialect.Completions =>
            [
                .. texts.Select(bit => Completion($"\"text\":\"{bit}\",\"index\":0,\"logprobs\":null,\"finish_reason\":null")),
                Completion("\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\""),
                "data: [DONE]\n\n",
            ],
            Dialect.Anthropic =>
            [
                Typed("message_start", "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":2,\"output_tokens\":1}}"),
                Typed("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
                .. texts.Select(bit => Typed("content_block_delta", $"\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{bit}\"}}")),
                Typed("content_block_stop", "\"index\":0"),
                .. calls.Count == 0 ? [] : (IEnumerable<string>)
                [
                    Typed("content_block_start", "\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"f\",\"input\":{}}"),
                    .. calls.Select(bit => Typed("content_block_delta", $"\"index\":1,\"delta\":{{\"type\":\"input_json_delta\",\"partial_json\":\"{bit}\"}}")),
                    Typed("content_block_stop", "\"index\":1"),
                ],
                Typed("message_delta", $"\"delta\":{{\"stop_reason\":\"{(calls.Count == 0 ? "end_turn" : "tool_use")}\",\"stop_sequence\":null}},\"usage\":{{\"output_tokens\":5}}"),
                Typed("message_stop", null),
            ],
            Dialect.Responses => Responses(texts, calls),
            _ => throw new ArgumentOutOfRangeException(nameof(dialect)),
        };
    }

    /// <summary>The same as one JSON.</summary>
    public static string Whole(Dialect dialect, string text, string arguments, bool escapeAll)
    {
        var (said, called) = (Quote(text, escapeAll), Quote(arguments, escapeAll));
        var hasCall = arguments.Length > 0;
        return dialect switch
        {
            Dialect.OpenAi => $$$"""{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{{said}}}","refusal":null{{{(hasCall ? $",\"tool_calls\":[{{\"id\":\"c1\",\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":\"{called}\"}}}}]" : "")}}}},"logprobs":null,"finish_reason":"{{{(hasCall ? "tool_calls" : "stop")}}}"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""",
            Dialect.Completions => $$$"""{"id":"1","object":"text_completion","created":1,"model":"m","choices":[{"text":"{{{said}}}","index":0,"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""",
            Dialect.Anthropic => $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"{{{said}}}"}{{{(hasCall ? $",{{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"f\",\"input\":{arguments}}}" : "")}}}],"stop_reason":"{{{(hasCall ? "tool_use" : "end_turn")}}}","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}""",
            Dialect.Responses => Response($$$"""{"type":"message","id":"i1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"{{{said}}}","annotations":[]}]}{{{(hasCall ? $",{{\"type\":\"function_call\",\"id\":\"i2\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{called}\",\"status\":\"completed\"}}" : "")}}}""", "completed"),
            _ => throw new ArgumentOutOfRangeException(nameof(dialect)),
        };
    }

    /// <summary>What a client adds up from a stream; every event must be JSON, its numbers must count on, and what the last events repeat must be what the deltas said.</summary>
    public static Said Read(Dialect dialect, string stream)
    {
        var (text, arguments) = (new StringBuilder(), new StringBuilder());
        string? wholeText = null, wholeArguments = null;
        var number = 0L;
        foreach (var block in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            var data = lines.Single(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..];
            if (data == "[DONE]") continue;
            var json = JsonNode.Parse(data)!;
            switch (dialect)
            {
                case Dialect.OpenAi or Dialect.Completions:
                    var choice = json["choices"]!.AsArray().FirstOrDefault();
                    text.Append((string?)(choice?["text"] ?? choice?["delta"]?["content"]));
                    arguments.Append((string?)choice?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"]);
                    Assert.Equal("m", (string?)json["model"]);
                    break;
                case Dialect.Anthropic:
                    Assert.Equal($"event: {(string?)json["type"]}", lines[0]);
                    text.Append((string?)json["delta"]?["text"]);
                    arguments.Append((string?)json["delta"]?["partial_json"]);
                    break;
                default:
                    Assert.Equal(number++, (long)json["sequence_number"]!);
                    var type = (string)json["type"]!;
                    if (type == "response.output_text.delta") text.Append((string?)json["delta"]);
                    if (type == "response.function_call_arguments.delta") arguments.Append((string?)json["delta"]);
                    if (type == "response.output_text.done") wholeText = (string?)json["text"];
                    if (type == "response.function_call_arguments.done") wholeArguments = (string?)json["arguments"];
                    if (type != "response.completed") break;
                    var last = ReadWhole(dialect, json["response"]!.ToJsonString());
                    Assert.Equal((wholeText ?? "", wholeArguments ?? ""), (last.Text, last.Arguments));
                    break;
            }
        }
        if (wholeText is not null) Assert.Equal(wholeText, text.ToString());
        if (wholeArguments is not null) Assert.Equal(wholeArguments, arguments.ToString());
        return new(text.ToString(), arguments.ToString());
    }

    public static Said ReadWhole(Dialect dialect, string answer)
    {
        var json = JsonNode.Parse(answer)!;
        switch (dialect)
        {
            case Dialect.Completions:
                return new((string)json["choices"]![0]!["text"]!, "");
            case Dialect.OpenAi:
                var message = json["choices"]![0]!["message"]!;
                return new((string?)message["content"] ?? "", (string?)message["tool_calls"]?[0]?["function"]?["arguments"] ?? "");
            case Dialect.Anthropic:
                var blocks = json["content"]!.AsArray();
                return new(string.Concat(blocks.Select(block => (string?)block!["text"])), blocks.FirstOrDefault(block => (string?)block!["type"] == "tool_use")?["input"]!.ToJsonString(_plain) ?? "");
            default:
                var items = json["output"]!.AsArray();
                return new(string.Concat(items.Select(item => (string?)item!["content"]?[0]?["text"])), (string?)items.FirstOrDefault(item => (string?)item!["type"] == "function_call")?["arguments"] ?? "");
        }
    }

    /// <summary>A stream that passes through, in pieces of so many bytes.</summary>
    public static string Pass(AnswerFilter filter, IEnumerable<string> events, Action? afterEach = null, bool expectsEnd = true)
    {
        var output = new ArrayBufferWriter<byte>();
        using var reader = new SseReader(1 << 24);
        reader.Feed(Encoding.UTF8.GetBytes(string.Concat(events)));
        while (reader.TryRead(out var wire))
        {
            filter.Event(wire, output);
            afterEach?.Invoke();
        }
        if (expectsEnd) Assert.Equal(0, filter.HeldBytes);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static string PassWhole(AnswerFilter filter, string answer)
    {
        var output = new ArrayBufferWriter<byte>();
        return filter.Whole(Encoding.UTF8.GetBytes(answer), output) ? Encoding.UTF8.GetString(output.WrittenSpan) : answer;
    }

    /// <summary>A stream of another dialect.</summary>
    public static string Translate(AnswerFilter filter, Dialect from, Dialect to, IEnumerable<string> events, Action? afterEach = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var encoder = Client(to).CreateStreamEncoder();
        encoder.Begin(output, Settings);
        var sink = filter.Wrap(encoder, from);
        var decoder = ChatDialects.Of(from)!.CreateDecoder();
        using var reader = new SseReader(1 << 24);
        reader.Feed(Encoding.UTF8.GetBytes(string.Concat(events)));
        while (reader.TryRead(out var wire))
        {
            if (wire.HasData) decoder.Push(wire.Type, wire.Data, sink);
            afterEach?.Invoke();
        }
        Assert.True(encoder.IsWritten, encoder.Failure?.Message);
        Assert.Equal(0, filter.HeldBytes);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static string TranslateWhole(AnswerFilter filter, Dialect from, Dialect to, string answer)
    {
        var output = new ArrayBufferWriter<byte>();
        var encoder = Client(to).CreateEncoder();
        encoder.Begin(output, Settings);
        using var index = new JsonIndex();
        var bytes = Encoding.UTF8.GetBytes(answer);
        Assert.True(index.TryBuild(bytes, 100, 100_000, out _));
        ChatDialects.Of(from)!.CreateDecoder().Whole(new JsonValue(bytes, index.Tokens), filter.Wrap(encoder, from));
        Assert.True(encoder.IsWritten, encoder.Failure?.Message);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static ChatOutput Settings => new() { Created = 1_700_000_000, FallbackId = "r1"u8.ToArray(), FallbackModel = "m"u8.ToArray() };

    private static ClientDialect Client(Dialect dialect) => ClientDialects.All.Single(client => client.Wire == dialect);

    private static string Chunk(string choice) => $"data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,{choice}}}],\"usage\":null}}\n\n";

    private static string Completion(string choice) => $"data: {{\"id\":\"1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\",\"choices\":[{{{choice}}}]}}\n\n";

    private static string Typed(string type, string? members) => $"event: {type}\ndata: {{\"type\":\"{type}\"{(members is null ? "" : "," + members)}}}\n\n";

    private static string Response(string items, string status) =>
        $$$"""{"id":"r1","object":"response","created_at":1,"status":"{{{status}}}","model":"m","output":[{{{items}}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}""";

    private static List<string> Responses(List<string> texts, List<string> calls)
    {
        var events = new List<string>();
        var text = string.Concat(texts);
        var arguments = string.Concat(calls);
        Add("response.created", $"\"response\":{Response("", "in_progress")}");
        const string Place = "\"item_id\":\"i1\",\"output_index\":0,\"content_index\":0";
        Add("response.output_item.added", "\"output_index\":0,\"item\":{\"type\":\"message\",\"id\":\"i1\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}");
        Add("response.content_part.added", Place + ",\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}");
        foreach (var bit in texts) Add("response.output_text.delta", $"{Place},\"delta\":\"{bit}\",\"logprobs\":[],\"obfuscation\":\"abc\"");
        Add("response.output_text.done", $"{Place},\"text\":\"{text}\",\"logprobs\":[]");
        Add("response.content_part.done", $"{Place},\"part\":{{\"type\":\"output_text\",\"text\":\"{text}\",\"annotations\":[]}}");
        var message = $"{{\"type\":\"message\",\"id\":\"i1\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{{\"type\":\"output_text\",\"text\":\"{text}\",\"annotations\":[]}}]}}";
        Add("response.output_item.done", $"\"output_index\":0,\"item\":{message}");
        var items = message;
        if (calls.Count > 0)
        {
            Add("response.output_item.added", "\"output_index\":1,\"item\":{\"type\":\"function_call\",\"id\":\"i2\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"\",\"status\":\"in_progress\"}");
            foreach (var bit in calls) Add("response.function_call_arguments.delta", $"\"item_id\":\"i2\",\"output_index\":1,\"delta\":\"{bit}\"");
            Add("response.function_call_arguments.done", $"\"item_id\":\"i2\",\"output_index\":1,\"arguments\":\"{arguments}\"");
            var call = $"{{\"type\":\"function_call\",\"id\":\"i2\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{arguments}\",\"status\":\"completed\"}}";
            Add("response.output_item.done", $"\"output_index\":1,\"item\":{call}");
            items += "," + call;
        }
        Add("response.completed", $"\"response\":{Response(items, "completed")}");
        return events;

        void Add(string type, string members) => events.Add(Typed(type, $"\"sequence_number\":{events.Count},{members}"));
    }
}
