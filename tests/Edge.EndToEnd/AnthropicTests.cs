using System.Net;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>An OpenAI client before Anthropic: what the provider is asked, and what the client gets, whole and streamed.</summary>
public class AnthropicTests
{
    private const string Tools =
        """[{"type":"function","function":{"name":"get_weather","description":"Weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]""";

    [Fact]
    public async Task A_request_is_translated()
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync($$$"""
            {"model":"claude-sonnet-4-5","max_tokens":100,"temperature":0.5,"top_p":0.9,"stop":["END"],"user":"u-1","tools":{{{Tools}}},"tool_choice":"required",
             "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
                         {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]},
                         {"role":"tool","tool_call_id":"call_1","content":"21 C"}]}
            """);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.TextAsync());
        var exchange = upstream.Single();
        Assert.Equal("POST /v1/messages HTTP/1.1", exchange.RequestLine);
        Assert.Equal("sk-ant-upstream", exchange.Header("x-api-key"));
        Assert.Equal("2023-06-01", exchange.Header("anthropic-version"));
        Assert.Null(exchange.Header("authorization"));

        var sent = exchange.Json;
        Assert.Equal("claude-sonnet-4-5", sent.GetProperty("model").GetString());
        Assert.Equal(100, sent.GetProperty("max_tokens").GetInt32());
        Assert.Equal(0.5, sent.GetProperty("temperature").GetDouble());
        Assert.Equal("END", sent.GetProperty("stop_sequences")[0].GetString());
        Assert.Contains("Be brief.", sent.GetProperty("system").GetRawText());
        Assert.Equal("u-1", sent.GetProperty("metadata").GetProperty("user_id").GetString());
        Assert.Equal("get_weather", sent.GetProperty("tools")[0].GetProperty("name").GetString());
        Assert.Equal("object", sent.GetProperty("tools")[0].GetProperty("input_schema").GetProperty("type").GetString());
        Assert.Equal("any", sent.GetProperty("tool_choice").GetProperty("type").GetString());

        var messages = sent.GetProperty("messages");
        Assert.Equal(["user", "assistant", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        var image = messages[0].GetProperty("content")[1];
        Assert.Equal("image", image.GetProperty("type").GetString());
        Assert.Equal("AAAA", image.GetProperty("source").GetProperty("data").GetString());
        var call = messages[1].GetProperty("content")[0];
        Assert.Equal("tool_use", call.GetProperty("type").GetString());
        Assert.Equal("Paris", call.GetProperty("input").GetProperty("city").GetString());
        var result = messages[2].GetProperty("content")[0];
        Assert.Equal("tool_result", result.GetProperty("type").GetString());
        Assert.Equal("call_1", result.GetProperty("tool_use_id").GetString());
    }

    [Fact]
    public async Task The_configured_default_stands_in_for_max_tokens()
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream) + "\n    max_tokens_default: 1234\n");
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.ClaudeChat);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1234, upstream.Single().Json.GetProperty("max_tokens").GetInt32());
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("refusal", "content_filter")]
    public async Task Text_comes_back_whole_and_streamed(string stopReason, string finish)
    {
        var (whole, stream) = await BothAsync(
            AnthropicWire.Message(stopReason: stopReason),
            AnthropicWire.Start() + AnthropicWire.Ping + AnthropicWire.TextBlock(0, "Hello", " there") + AnthropicWire.MessageDelta(stopReason) + AnthropicWire.Stop);

        var choice = whole.GetProperty("choices")[0];
        Assert.Equal("chat.completion", whole.GetProperty("object").GetString());
        Assert.Equal("Hello there", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal(finish, choice.GetProperty("finish_reason").GetString());
        Assert.Equal(10, whole.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(5, whole.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(15, whole.GetProperty("usage").GetProperty("total_tokens").GetInt32());

        Assert.Equal("Hello there", Kit.Content(stream));
        Assert.EndsWith(OpenAiWire.Done, stream);
        Assert.Equal([finish], Finishes(stream));
        Assert.Equal(15, UsageOf(stream).GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Parallel_tool_calls_come_back_whole_and_streamed()
    {
        var (whole, stream) = await BothAsync(
            AnthropicWire.Message("""{"type":"text","text":"Let me look."},{"type":"tool_use","id":"toolu_a","name":"get_weather","input":{"city":"Paris"}},{"type":"tool_use","id":"toolu_b","name":"get_weather","input":{"city":"Rome"}}""", "tool_use"),
            AnthropicWire.Start() + AnthropicWire.TextBlock(0, "Let me look.")
            + AnthropicWire.ToolBlock(1, "toolu_a", "get_weather", "", "{\\\"city\\\": ", "\\\"Paris\\\"}") + AnthropicWire.ToolBlock(2, "toolu_b", "get_weather", "{\\\"city\\\":\\\"Rome\\\"}")
            + AnthropicWire.MessageDelta("tool_use") + AnthropicWire.Stop);

        var message = whole.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("Let me look.", message.GetProperty("content").GetString());
        Assert.Equal("tool_calls", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var calls = message.GetProperty("tool_calls").EnumerateArray().Select(call =>
            (call.GetProperty("id").GetString(), call.GetProperty("type").GetString(), call.GetProperty("function").GetProperty("name").GetString(), City(call.GetProperty("function").GetProperty("arguments").GetString()!)));
        Assert.Equal([("toolu_a", "function", "get_weather", "Paris"), ("toolu_b", "function", "get_weather", "Rome")], calls);

        Assert.Equal("Let me look.", Kit.Content(stream));
        Assert.Equal(["tool_calls"], Finishes(stream));
        Assert.Equal([(0, "toolu_a", "get_weather", "Paris"), (1, "toolu_b", "get_weather", "Rome")], Calls(stream));
    }

    [Fact]
    public async Task Thinking_comes_back_as_reasoning()
    {
        var (whole, stream) = await BothAsync(
            AnthropicWire.Message("""{"type":"thinking","thinking":"Hmm.","signature":"c2ln"},{"type":"text","text":"Yes"}"""),
            AnthropicWire.Start() + AnthropicWire.ThinkingBlock(0, "Hmm.", "c2ln") + AnthropicWire.TextBlock(1, "Yes") + AnthropicWire.MessageDelta("end_turn") + AnthropicWire.Stop);
        Assert.Equal("Hmm.", whole.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning_content").GetString());
        Assert.Equal("Yes", whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Contains("c2ln", whole.GetRawText());
        Assert.Equal("Yes", Kit.Content(stream));
        Assert.Contains("\"reasoning_content\":\"Hmm.\"", stream);
        Assert.Contains("c2ln", stream);
    }

    [Fact]
    public async Task Cached_tokens_count_as_prompt_tokens()
    {
        const string Usage = """{"input_tokens":10,"cache_creation_input_tokens":200,"cache_read_input_tokens":3000,"output_tokens":5}""";
        var (whole, stream) = await BothAsync(
            AnthropicWire.Message(usage: Usage),
            AnthropicWire.Start(Usage.Replace("\"output_tokens\":5", "\"output_tokens\":1", StringComparison.Ordinal)) + AnthropicWire.TextBlock(0, "Hi") + AnthropicWire.MessageDelta("end_turn") + AnthropicWire.Stop);
        foreach (var usage in new[] { whole.GetProperty("usage"), UsageOf(stream) })
        {
            Assert.Equal(3210, usage.GetProperty("prompt_tokens").GetInt32());
            Assert.Equal(5, usage.GetProperty("completion_tokens").GetInt32());
            Assert.Equal(3215, usage.GetProperty("total_tokens").GetInt32());
            Assert.Equal(3000, usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        }
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(529, "overloaded_error")]
    public async Task An_error_keeps_its_status_its_words_and_its_type(int status, string type)
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Error(type, "In the provider's own words."), status, "retry-after: 12\r\nanthropic-ratelimit-requests-remaining: 0\r\n");
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        foreach (var body in new[] { Kit.ClaudeChat, Streamed(Kit.ClaudeChat) })
        {
            using var response = await client.PostAsync(body);
            var error = await response.AssertErrorAsync((HttpStatusCode)status);
            Assert.Equal("In the provider's own words.", error.GetProperty("message").GetString());
            Assert.Equal(type, error.GetProperty("type").GetString());
            Assert.Equal("12", response.HeaderOf("retry-after"));
            Assert.Equal("0", response.HeaderOf("anthropic-ratelimit-requests-remaining"));
        }
    }

    [Fact]
    public async Task An_error_inside_a_stream_becomes_an_error_event()
    {
        await using var upstream = FakeUpstream.Events(
            AnthropicWire.Start() + AnthropicWire.BlockStart(0, """{"type":"text","text":""}""") + AnthropicWire.Delta(0, """{"type":"text_delta","text":"Hel"}""")
            + AnthropicWire.Event("error", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""));
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Streamed(Kit.ClaudeChat));
        var text = await response.TextAsync();
        Assert.Equal("Hel", Kit.Content(text));
        Assert.DoesNotContain("[DONE]", text);
        Assert.Empty(Finishes(text));
        Assert.Equal("Overloaded", Kit.AssertError(Kit.Events(text)[^1]).GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("\"n\":2")]
    [InlineData("\"modalities\":[\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"wav\"}")]
    public async Task What_cannot_be_said_to_Anthropic_is_refused_by_name(string member)
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.ClaudeChat.Replace("\"messages\"", member + ",\"messages\"", StringComparison.Ordinal));
        await response.AssertErrorAsync(HttpStatusCode.BadRequest, "UNSUPPORTED_FEATURE");
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData("\"max_tokens\":\"many\"", "max_tokens")]
    [InlineData("\"max_tokens\":-1", "max_tokens")]
    [InlineData("\"max_completion_tokens\":1.5", "max_completion_tokens")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"top_p\":[]", "top_p")]
    [InlineData("\"stop\":5", "stop")]
    [InlineData("\"stop\":[5]", "stop")]
    [InlineData("\"tools\":{}", "tools")]
    [InlineData("\"tools\":[7]", "tools[0]")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools[0]")]
    [InlineData("\"tool_choice\":7", "tool_choice")]
    [InlineData("\"parallel_tool_calls\":\"yes\"", "parallel_tool_calls")]
    [InlineData("\"response_format\":[]", "response_format")]
    [InlineData("\"user\":5", "user")]
    public async Task A_wrong_field_is_named_before_Anthropic_is_asked(string member, string field)
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.ClaudeChat.Replace("\"messages\"", member + ",\"messages\"", StringComparison.Ordinal));
        var error = await response.AssertErrorAsync(HttpStatusCode.BadRequest);
        Assert.StartsWith(field, error.GetProperty("param").GetString());
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData("""[{"role":"user","content":7}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":[7]}]""", "messages[0].content[0]")]
    [InlineData("""[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0]")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":7}]}]""", "messages[0].content[0]")]
    [InlineData("""[{"role":"robot","content":"x"}]""", "messages[0].role")]
    [InlineData("""[{"role":"user","content":"x"},{"role":"assistant","tool_calls":7}]""", "messages[1].tool_calls")]
    [InlineData("""[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{"}}]}]""", "messages[1].tool_calls[0]")]
    [InlineData("""[{"role":"user","content":"x"},{"role":"tool","content":"y"}]""", "messages[1].tool_call_id")]
    public async Task A_wrong_message_is_named_before_Anthropic_is_asked(string messages, string field)
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync($$"""{"model":"claude-sonnet-4-5","messages":{{messages}}}""");
        var error = await response.AssertErrorAsync(HttpStatusCode.BadRequest);
        Assert.StartsWith(field, error.GetProperty("param").GetString());
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task What_is_left_out_is_named()
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.ClaudeChat.Replace("\"messages\"", "\"frequency_penalty\":0.5,\"messages\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("frequency_penalty", response.HeaderOf("x-edge-dropped"));
    }

    [Fact]
    public async Task Extension_fields_do_not_reach_Anthropic()
    {
        await using var upstream = FakeUpstream.Json(AnthropicWire.Message());
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.ClaudeChat.Replace("\"messages\"", "\"routing\":{},\"cache\":{\"ttl\":1},\"messages\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("routing", upstream.Single().Text);
        Assert.DoesNotContain("cache", upstream.Single().Text);
    }

    private static string Streamed(string body) => body.Replace("\"messages\"", "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\"", StringComparison.Ordinal);

    private static async Task<(JsonElement Whole, string Stream)> BothAsync(string message, string events)
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            if (!exchange.Json.TryGetProperty("stream", out var stream) || stream.ValueKind != JsonValueKind.True)
            {
                await exchange.JsonAsync(message);
                return;
            }
            await exchange.StartStreamAsync();
            await exchange.ChunkAsync(events);
            await exchange.EndStreamAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        using var whole = await client.PostAsync(Kit.ClaudeChat);
        Assert.True(whole.StatusCode == HttpStatusCode.OK, await whole.TextAsync());
        using var streamed = await client.PostAsync(Streamed(Kit.ClaudeChat));
        Assert.True(streamed.StatusCode == HttpStatusCode.OK, await streamed.TextAsync());
        return (await whole.JsonAsync(), await streamed.TextAsync());
    }

    private static IEnumerable<JsonElement> Choices(string stream) => Kit.Events(stream).Where(data => data.StartsWith('{'))
        .Select(data => JsonDocument.Parse(data).RootElement).Where(chunk => chunk.TryGetProperty("choices", out _))
        .SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray());

    private static List<string> Finishes(string stream) =>
        [.. Choices(stream).Select(choice => choice.GetProperty("finish_reason").GetString()).OfType<string>()];

    private static JsonElement UsageOf(string stream) => Kit.Events(stream).Where(data => data.StartsWith('{')).Select(data => JsonDocument.Parse(data).RootElement)
        .Single(chunk => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object).GetProperty("usage");

    private static List<(int, string, string, string)> Calls(string stream)
    {
        var calls = new SortedDictionary<int, (string Id, string Name, string Arguments)>();
        foreach (var choice in Choices(stream))
        {
            if (!choice.GetProperty("delta").TryGetProperty("tool_calls", out var deltas)) continue;
            foreach (var delta in deltas.EnumerateArray())
            {
                var index = delta.GetProperty("index").GetInt32();
                var function = delta.GetProperty("function");
                var call = calls.GetValueOrDefault(index);
                calls[index] = (
                    delta.TryGetProperty("id", out var id) ? id.GetString()! : call.Id,
                    function.TryGetProperty("name", out var name) ? name.GetString()! : call.Name,
                    call.Arguments + (function.TryGetProperty("arguments", out var arguments) ? arguments.GetString() : ""));
            }
        }
        return [.. calls.Select(call => (call.Key, call.Value.Id, call.Value.Name, City(call.Value.Arguments)))];
    }

    private static string City(string arguments) => JsonDocument.Parse(arguments).RootElement.GetProperty("city").GetString()!;
}
