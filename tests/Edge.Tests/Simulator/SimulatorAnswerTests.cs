using System.Text;
using Edge.Upstream;
using Edge.Upstream.Simulator;

namespace Edge.Tests.Simulator;

public class SimulatorAnswerTests
{
    private readonly SimulatorBench _bench = new();

    [Fact]
    public void A_whole_answer_has_the_shape_of_a_chat_completion()
    {
        using var response = _bench.Send(SimulatorBench.Chat("Hello there"));
        Assert.Equal(200, response.Status);
        Assert.True(response.TryGetHeader("content-type"u8, out var type));
        Assert.Equal("application/json", Encoding.ASCII.GetString(type));
        Assert.False(response.TryGetHeader("retry-after"u8, out _));
        var (body, last, pieces) = SimulatorBench.Drain(response);
        Assert.Equal(UpstreamRead.End, last);
        Assert.Equal(1, pieces);
        Assert.Equal(body.Length, response.ContentLength);

        var json = SimulatorBench.Parse(Encoding.UTF8.GetString(body));
        Assert.StartsWith("chatcmpl-", json.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("chat.completion", json.GetProperty("object").GetString());
        Assert.Equal(1735689600, json.GetProperty("created").GetInt64());
        Assert.Equal("simulator", json.GetProperty("model").GetString());
        var choice = Assert.Single(json.GetProperty("choices").EnumerateArray());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.StartsWith("You said: \"Hello there\"", choice.GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        var usage = json.GetProperty("usage");
        Assert.Equal(5, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public void Every_header_line_can_be_enumerated()
    {
        using var response = _bench.Send(SimulatorBench.Chat("x"), "retry_after=2");
        var lines = new List<string>();
        for (var i = 0; i < response.HeaderCount; i++)
        {
            response.GetHeader(i, out var name, out var value);
            lines.Add($"{Encoding.ASCII.GetString(name)}: {Encoding.ASCII.GetString(value)}");
        }
        Assert.Equal(["content-type: application/json", "x-request-id: sim-1", "retry-after: 2"], lines);
    }

    [Fact]
    public void The_same_request_gets_the_same_bytes_at_any_time_and_from_any_instance()
    {
        var body = SimulatorBench.Chat("again", "\"stream\":true,\"n\":2", "lorem");
        var first = _bench.Text(body);
        _bench.Time.Advance(100_000);
        Assert.Equal(first, _bench.Text(body));
        Assert.Equal(first, new SimulatorBench().Text(body));
    }

    [Fact]
    public void The_body_may_come_in_segments_of_any_size()
    {
        var body = SimulatorBench.Chat("Grüße, 世界", model: "echo");
        var whole = _bench.Text(body);
        for (var size = 1; size <= Encoding.UTF8.GetByteCount(body); size++)
        {
            using var response = _bench.Send(SimulatorBench.Request(body, segmentBytes: size));
            Assert.Equal(whole, Encoding.UTF8.GetString(SimulatorBench.Drain(response).Body));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData(" leading and trailing \\n\\t ")]
    [InlineData("quote \\\" backslash \\\\ slash \\/ and control \\u0000\\u001f")]
    [InlineData("Grüße 世界 \U0001F600 e\u0301")]
    [InlineData("\\u00e9 \\ud83d\\ude00")]
    [InlineData("half a pair \\ud83d here, the other \\ude00 there")]
    public void Echo_repeats_the_very_bytes_of_the_last_user_message(string escaped)
    {
        var body = $$"""{"messages":[{"role":"user","content":"not this"},{"role":"assistant","content":"nor this"},{"role":"user","content":"{{escaped}}"},{"role":"system","content":"nor this"}],"model":"echo"}""";
        Assert.Contains($"\"content\":\"{escaped}\",\"refusal\"", _bench.Text(body), StringComparison.Ordinal);
    }

    [Fact]
    public void Echo_joins_the_text_parts_of_a_message()
    {
        var body = """{"model":"simulator/echo","messages":[{"role":"user","content":[{"type":"text","text":"one, "},{"type":"image_url","image_url":{"url":"data:"}},{"type":"text","text":"two"}]}]}""";
        Assert.Equal("one, two", _bench.Content(body));
    }

    [Fact]
    public void The_default_reply_quotes_the_beginning_of_a_long_message()
    {
        var reply = _bench.Content(SimulatorBench.Chat(string.Join(' ', Enumerable.Range(0, 1000))));
        Assert.StartsWith("You said: \"0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ...\"", reply, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configured_reply_takes_the_place_of_the_default_one_alone()
    {
        var bench = new SimulatorBench(new() { Reply = "Fixed \"reply\"\n\u00e9" });
        Assert.Equal("Fixed \"reply\"\n\u00e9", bench.Content(SimulatorBench.Chat("x", model: "gpt-anything")));
        Assert.Equal("x", bench.Content(SimulatorBench.Chat("x", model: "echo")));
    }

    [Theory]
    [InlineData("", 100, "stop")]
    [InlineData("\"max_tokens\":7", 7, "length")]
    [InlineData("\"max_completion_tokens\":250", 250, "length")]
    [InlineData("\"max_tokens\":7,\"max_completion_tokens\":9", 9, "length")]
    [InlineData("\"max_tokens\":null", 100, "stop")]
    public void Lorem_has_as_many_words_as_asked_for_and_each_is_a_token(string fields, int words, string finish)
    {
        var body = SimulatorBench.Chat("x", fields, "lorem");
        var json = _bench.Json(body);
        Assert.Equal(words, _bench.Content(body).Split(' ').Length);
        Assert.Equal(words, json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(finish, _bench.Finish(body));
    }

    [Fact]
    public void Lorem_is_bounded_however_much_is_asked_for()
    {
        Assert.Equal(SimulatorControlParser.MaxTokens, _bench.Content(SimulatorBench.Chat("x", "\"max_tokens\":2147483646", "lorem")).Split(' ').Length);
    }

    [Fact]
    public void The_seed_of_the_request_chooses_the_words()
    {
        string Words(string fields) => _bench.Content(SimulatorBench.Chat("x", fields, "lorem"));
        Assert.Equal(Words("\"seed\":1"), Words("\"seed\":1"));
        Assert.NotEqual(Words("\"seed\":1"), Words("\"seed\":2"));
        Assert.Equal(Words("\"seed\":0"), Words(""));
        Assert.NotEqual(Words(""), new SimulatorBench(new() { Seed = 5 }).Content(SimulatorBench.Chat("x", "", "lorem")));
    }

    [Theory]
    [InlineData(1, "alpha", "length")]
    [InlineData(2, "alpha beta", "length")]
    [InlineData(3, "alpha beta gamma", "stop")]
    [InlineData(4, "alpha beta gamma", "stop")]
    public void The_token_limit_cuts_any_reply(int limit, string content, string finish)
    {
        var body = SimulatorBench.Chat("alpha beta gamma", $"\"max_tokens\":{limit}", "echo");
        Assert.Equal(content, _bench.Content(body));
        Assert.Equal(finish, _bench.Finish(body));
    }

    [Theory]
    [InlineData("\"stop\":\"beta\"", "alpha ")]
    [InlineData("\"stop\":[\"gamma\",\" beta\"]", "alpha")]
    [InlineData("\"stop\":[\"nothing\"]", "alpha beta \u00e9 gamma")]
    [InlineData("\"stop\":[]", "alpha beta \u00e9 gamma")]
    [InlineData("\"stop\":\"\\u00e9\"", "alpha beta ")]
    [InlineData("\"stop\":\"alpha\"", "")]
    public void A_stop_sequence_cuts_before_itself(string stop, string content)
    {
        var body = SimulatorBench.Chat("x", stop, "echo").Replace("\"x\"", "\"alpha beta \u00e9 gamma\"", StringComparison.Ordinal);
        Assert.Equal(content, _bench.Content(body));
        Assert.Equal("stop", _bench.Finish(body));
    }

    [Fact]
    public void Of_stop_and_limit_the_earlier_decides()
    {
        Assert.Equal("length", _bench.Finish(SimulatorBench.Chat("a b c d", "\"max_tokens\":2,\"stop\":\"d\"", "echo")));
        Assert.Equal("stop", _bench.Finish(SimulatorBench.Chat("a b c d", "\"max_tokens\":2,\"stop\":\" b\"", "echo")));
    }

    [Fact]
    public void Several_choices_are_answered_and_counted()
    {
        var json = _bench.Json(SimulatorBench.Chat("x", "\"n\":3,\"max_tokens\":10", "lorem"));
        var texts = json.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("message").GetProperty("content").GetString()).ToArray();
        Assert.Equal([0, 1, 2], json.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(3, texts.Distinct().Count());
        Assert.Equal(30, json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("/v1/chat/completions", 200)]
    [InlineData("/openai/deployments/x/chat/completions?api-version=1", 200)]
    [InlineData("/v1/embeddings", 404)]
    [InlineData("/", 404)]
    [InlineData("", 404)]
    [InlineData("/v1/\u0080\"\\chat", 404)]
    public void Other_paths_are_not_found(string path, int status)
    {
        using var response = _bench.Send(SimulatorBench.Request(SimulatorBench.Chat("x"), path));
        Assert.Equal(status, response.Status);
        var body = SimulatorBench.Parse(Encoding.UTF8.GetString(SimulatorBench.Drain(response).Body));
        if (status == 404) Assert.Equal("unknown_url", SimulatorBench.Error(body).Code);
    }

    [Fact]
    public void Other_methods_are_not_allowed()
    {
        var request = SimulatorBench.Request("");
        request.Method = "GET";
        using var response = _bench.Send(request);
        Assert.Equal(405, response.Status);
    }
}
