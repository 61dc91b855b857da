using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Edge.EndToEnd;

/// <summary>The guard in the published binary: what the provider gets to see, and what the client gets back.</summary>
public class GuardTests
{
    private const string Email = "ann.lee@example.com", Card = "4111 1111 1111 1111";
    private const string Prompt = "Write to ann.lee@example.com, then charge 4111 1111 1111 1111.";
    private const string Redacted = "Write to <EMAIL_1>, then charge <CREDIT_CARD_1>.";

    public static TheoryData<string, string, bool> Ways()
    {
        var ways = new TheoryData<string, string, bool>();
        foreach (var client in new[] { "chat", "messages", "responses", "completions" })
        {
            foreach (var provider in new[] { "openai", "anthropic" })
            {
                ways.Add(client, provider, false);
                ways.Add(client, provider, true);
            }
        }
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_provider_sees_placeholders_and_the_client_its_own_values(string client, string provider, bool stream)
    {
        await using var upstream = Echo();
        await using var edge = await EdgeProcess.StartAsync(Config(upstream) + "security:\n  pii_detection: true\n");
        using var http = edge.CreateClient();
        using var response = await http.PostAsync(PathOf(client), Kit.Json(Body(client, provider, stream)), Kit.Stop);
        var text = await response.TextAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        var asked = Assert.Single(upstream.Requests);
        Assert.Contains(Redacted, asked.Text);
        Assert.DoesNotContain("ann.lee", asked.Text);
        Assert.DoesNotContain("4111", asked.Text);
        Assert.Equal(Prompt, Said(client, stream, text));
        Assert.DoesNotContain("EMAIL_1", text);
        Assert.Equal("EMAIL_ADDRESS=tokenize, CREDIT_CARD=tokenize", response.HeaderOf("x-edge-guard"));
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("anthropic", false)]
    [InlineData("anthropic", true)]
    public async Task Arguments_of_tool_calls_come_back_with_the_values(string provider, bool stream)
    {
        await using var upstream = Echo(call: true);
        await using var edge = await EdgeProcess.StartAsync(Config(upstream) + "security:\n  pii_detection: true\n");
        using var http = edge.CreateClient();
        using var response = await http.PostAsync(Kit.Path, Kit.Json(Body("chat", provider, stream)), Kit.Stop);
        var text = await response.TextAsync();
        var arguments = stream
            ? string.Concat(Kit.Events(text).Where(data => data.StartsWith('{')).Select(data => JsonNode.Parse(data)!["choices"]!.AsArray().FirstOrDefault()?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"]?.GetValue<string>()))
            : JsonNode.Parse(text)!["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>();
        Assert.Equal($$"""{"text":"{{Prompt}}"}""", arguments);
    }

    [Fact]
    public async Task What_policy_blocks_is_refused_in_the_client_s_envelope_and_no_value_is_left_behind()
    {
        await using var upstream = Echo();
        await using var edge = await EdgeProcess.StartAsync(Config(upstream) + """
            auth:
              api_keys: [plain-key, {key: strict-key, guard: strict}]
            guard:
              pii:
                enabled: true
                actions: {EMAIL_ADDRESS: mask}
              policies:
                strict:
                  pii:
                    actions: {CREDIT_CARD: block, EMAIL_ADDRESS: flag}
            """);
        using var http = edge.CreateClient();
        http.DefaultRequestHeaders.Add("x-api-key", "strict-key");
        using (var refused = await http.PostAsync(Body("chat", "openai", false)))
        {
            var error = await refused.AssertErrorAsync(HttpStatusCode.BadRequest, "SAFETY_VIOLATION");
            Assert.Contains("CREDIT_CARD", error.GetProperty("message").GetString());
            Assert.DoesNotContain("4111", await refused.TextAsync());
        }
        using (var refused = await http.PostAsync("/v1/messages", Kit.Json(Body("messages", "openai", false)), Kit.Stop))
        {
            var body = await refused.JsonAsync();
            Assert.Equal("error", body.GetProperty("type").GetString());
            Assert.Equal("invalid_request_error", body.GetProperty("error").GetProperty("type").GetString());
        }
        Assert.Empty(upstream.Requests);
        http.DefaultRequestHeaders.Remove("x-api-key");
        http.DefaultRequestHeaders.Add("x-api-key", "plain-key");
        using (var passed = await http.PostAsync(Body("chat", "openai", false))) Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
        Assert.Contains("a***@example.com", Assert.Single(upstream.Requests).Text);

        using var admin = new HttpClient { BaseAddress = edge.AdminUrl };
        var metrics = await admin.GetStringAsync("/metrics", Kit.Stop);
        Assert.Contains("edge_guard_findings_total{kind=\"pii\",name=\"CREDIT_CARD\",action=\"block\",direction=\"request\"} 2", metrics);
        Assert.Contains("edge_guard_findings_total{kind=\"pii\",name=\"EMAIL_ADDRESS\",action=\"mask\",direction=\"request\"} 1", metrics);
        foreach (var value in new[] { Email, "ann.lee", Card, "4111" })
        {
            Assert.DoesNotContain(value, metrics);
            Assert.DoesNotContain(value, edge.Log.ToString());
        }
    }

    private static string Config(FakeUpstream upstream) => $"""
        providers:
          openai:
            url: {upstream.Url}
            api_key: sk-upstream
          anthropic:
            url: {upstream.Url}
            api_key: sk-ant-upstream

        """;

    private static string PathOf(string client) => client switch
    {
        "messages" => "/v1/messages",
        "responses" => "/v1/responses",
        "completions" => "/v1/completions",
        _ => Kit.Path,
    };

    private static string Body(string client, string provider, bool stream)
    {
        var model = provider == "openai" ? "openai/gpt-4o-mini" : "anthropic/claude-sonnet-4-5";
        var body = new JsonObject { ["model"] = model, ["stream"] = stream };
        switch (client)
        {
            case "responses":
                body["input"] = Prompt;
                body["store"] = false;
                break;
            case "completions":
                body["prompt"] = Prompt;
                break;
            default:
                if (client == "messages") body["max_tokens"] = 100;
                body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Prompt });
                break;
        }
        return body.ToJsonString();
    }

    private static string Said(string client, bool stream, string text)
    {
        if (!stream)
        {
            var body = JsonNode.Parse(text)!;
            return client switch
            {
                "messages" => body["content"]![0]!["text"]!.GetValue<string>(),
                "responses" => body["output"]!.AsArray().Single(item => item!["type"]!.GetValue<string>() == "message")!["content"]![0]!["text"]!.GetValue<string>(),
                "completions" => body["choices"]![0]!["text"]!.GetValue<string>(),
                _ => body["choices"]![0]!["message"]!["content"]!.GetValue<string>(),
            };
        }
        var said = new StringBuilder();
        foreach (var line in text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
        {
            var data = JsonNode.Parse(line[6..])!;
            said.Append((client switch
            {
                "messages" => data["delta"]?["text"],
                "responses" => data["type"]!.GetValue<string>() == "response.output_text.delta" ? data["delta"] : null,
                "completions" => data["choices"]?.AsArray().FirstOrDefault()?["text"],
                _ => data["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"],
            })?.GetValue<string>());
        }
        return said.ToString();
    }

    // Says what it was asked, in the shapes of https://platform.openai.com/docs/api-reference and https://docs.claude.com/en/api/messages-streaming; streams in pieces of three characters.
    private static FakeUpstream Echo(bool call = false) => new(async exchange =>
    {
        var request = exchange.Json;
        var prompt = request.TryGetProperty("input", out var input) ? input.ToString()
            : request.TryGetProperty("prompt", out var p) ? p.ToString()
            : request.GetProperty("messages")[0].GetProperty("content") is { ValueKind: JsonValueKind.Array } parts ? parts[0].GetProperty("text").GetString()!
            : request.GetProperty("messages")[0].GetProperty("content").GetString()!;
        if (request.TryGetProperty("input", out input) && input.ValueKind == JsonValueKind.Array) prompt = input[0].GetProperty("content") is { ValueKind: JsonValueKind.Array } c ? c[0].GetProperty("text").GetString()! : input[0].GetProperty("content").GetString()!;
        var text = call ? new JsonObject { ["text"] = prompt }.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) : prompt;
        var isStream = request.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
        if (!isStream)
        {
            await exchange.JsonAsync(Whole(exchange.Target, text, call));
            return;
        }
        await exchange.StartStreamAsync();
        foreach (var data in Streamed(exchange.Target, text, call)) await exchange.ChunkAsync(data);
        await exchange.EndStreamAsync();
    });

    private static string Text(string text) => JsonValue.Create(text).ToJsonString();

    private static string Whole(string target, string text, bool call) => target switch
    {
        "/v1/messages" => $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{{{(call ? $$$"""{"type":"tool_use","id":"toolu_1","name":"f","input":{{{text}}}}""" : $$$"""{"type":"text","text":{{{Text(text)}}}}""")}}}],"stop_reason":"{{{(call ? "tool_use" : "end_turn")}}}","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":5}}""",
        "/v1/responses" => $$$"""{"id":"resp_1","object":"response","created_at":1700000000,"status":"completed","model":"gpt-4o-mini","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{{Text(text)}}},"annotations":[]}]}],"usage":{"input_tokens":5,"output_tokens":5,"total_tokens":10}}""",
        "/v1/completions" => $$$"""{"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"m","choices":[{"index":0,"text":{{{Text(text)}}},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}""",
        _ when call => $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":{{{Text(text)}}}}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}""",
        _ => $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":{{{Text(text)}}}},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}""",
    };

    private static IEnumerable<string> Streamed(string target, string text, bool call)
    {
        var pieces = text.Chunk(3).Select(piece => Text(new string(piece))).ToList();
        switch (target)
        {
            case "/v1/messages":
                yield return Named("message_start", """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}}""");
                yield return Named("content_block_start", call ? """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}""" : """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
                foreach (var piece in pieces) yield return Named("content_block_delta", call ? $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":{{{piece}}}}}""" : $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":{{{piece}}}}}""");
                yield return Named("content_block_stop", """{"type":"content_block_stop","index":0}""");
                yield return Named("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{(call ? "tool_use" : "end_turn")}}}","stop_sequence":null},"usage":{"output_tokens":5}}""");
                yield return Named("message_stop", """{"type":"message_stop"}""");
                break;
            case "/v1/responses":
                var sequence = 0;
                const string Head = "\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1700000000,\"model\":\"gpt-4o-mini\"";
                yield return Named("response.created", $$$"""{"type":"response.created","sequence_number":{{{sequence++}}},"response":{{{{Head}}},"status":"in_progress","output":[]}}""");
                yield return Named("response.output_item.added", $$$"""{"type":"response.output_item.added","sequence_number":{{{sequence++}}},"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}""");
                yield return Named("response.content_part.added", $$$"""{"type":"response.content_part.added","sequence_number":{{{sequence++}}},"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}""");
                foreach (var piece in pieces) yield return Named("response.output_text.delta", $$$"""{"type":"response.output_text.delta","sequence_number":{{{sequence++}}},"item_id":"msg_1","output_index":0,"content_index":0,"delta":{{{piece}}}}""");
                yield return Named("response.output_text.done", $$$"""{"type":"response.output_text.done","sequence_number":{{{sequence++}}},"item_id":"msg_1","output_index":0,"content_index":0,"text":{{{Text(text)}}}}""");
                var item = $$$"""{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{{Text(text)}}},"annotations":[]}]}""";
                yield return Named("response.output_item.done", $$$"""{"type":"response.output_item.done","sequence_number":{{{sequence++}}},"output_index":0,"item":{{{item}}}}""");
                yield return Named("response.completed", $$$"""{"type":"response.completed","sequence_number":{{{sequence++}}},"response":{{{{Head}}},"status":"completed","output":[{{{item}}}],"usage":{"input_tokens":5,"output_tokens":5,"total_tokens":10}{{{"}}"}}}""");
                break;
            case "/v1/completions":
                foreach (var piece in pieces) yield return OpenAiWire.Event($$$"""{"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"m","choices":[{"index":0,"text":{{{piece}}},"logprobs":null,"finish_reason":null}]}""");
                yield return OpenAiWire.Event("""{"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"m","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}""");
                yield return OpenAiWire.Done;
                break;
            default:
                yield return OpenAiWire.Event(OpenAiWire.Chunk("""{"role":"assistant","content":""}"""));
                if (call) yield return OpenAiWire.Event(OpenAiWire.Chunk("""{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}"""));
                foreach (var piece in pieces) yield return OpenAiWire.Event(OpenAiWire.Chunk(call ? $$$"""{"tool_calls":[{"index":0,"function":{"arguments":{{{piece}}}}}]}""" : $$$"""{"content":{{{piece}}}}"""));
                yield return OpenAiWire.Event(OpenAiWire.Chunk("{}", call ? "\"tool_calls\"" : "\"stop\""));
                yield return OpenAiWire.Done;
                break;
        }
    }

    private static string Named(string name, string data) => $"event: {name}\ndata: {data}\n\n";
}
