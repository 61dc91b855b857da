using System.Text.Json;

namespace Edge.Tests.Simulator;

public class SimulatorToolTests
{
    private const string Tools = """
        "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1},"unit":{"enum":["c","f"]}},"required":["city","days"]}}},
                 {"type":"function","function":{"name":"get_time"}}]
        """;

    private readonly SimulatorBench _bench = new();

    [Theory]
    [InlineData("hello", "", "")]
    [InlineData("please call get_weather now", "", "get_weather")]
    [InlineData("forget_weather and get_weather_2", "", "")]
    [InlineData("call_tool", "", "get_weather")]
    [InlineData("call_tool get_time", "", "get_time")]
    [InlineData("get_time and get_weather", "", "get_weather,get_time")]
    [InlineData("get_time and get_weather", "\"parallel_tool_calls\":false", "get_weather")]
    [InlineData("get_weather", "\"tool_choice\":\"none\"", "")]
    [InlineData("get_weather", "\"tool_choice\":\"auto\"", "get_weather")]
    [InlineData("hello", "\"tool_choice\":\"required\"", "get_weather")]
    [InlineData("get_time", "\"tool_choice\":\"required\"", "get_time")]
    [InlineData("get_weather", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"get_time\"}}", "get_time")]
    public void Which_tools_are_called(string text, string fields, string expected)
    {
        var body = SimulatorBench.Chat(text, Tools + (fields.Length > 0 ? "," + fields : ""));
        var choice = _bench.Json(body).GetProperty("choices")[0];
        var called = Calls(choice.GetProperty("message"));
        Assert.Equal(expected, string.Join(',', called.Select(c => c.Name)));
        Assert.Equal(expected.Length > 0 ? "tool_calls" : "stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(expected.Length > 0 ? JsonValueKind.Null : JsonValueKind.String, choice.GetProperty("message").GetProperty("content").ValueKind);
        Assert.Equal(called.Length, called.Select(c => c.Id).Distinct().Count());
    }

    [Fact]
    public void Arguments_are_an_instance_of_the_parameters()
    {
        var called = Calls(_bench.Json(SimulatorBench.Chat("get_time get_weather", Tools)).GetProperty("choices")[0].GetProperty("message"));
        Assert.Equal("""{"city":"text","days":1}""", called[0].Arguments);
        Assert.Equal("{}", called[1].Arguments);
    }

    [Fact]
    public void Arguments_are_streamed_in_fragments()
    {
        var fields = Tools + ",\"n\":2,\"stream_options\":{\"include_usage\":true}";
        var whole = _bench.Json(SimulatorBench.Chat("get_time get_weather", fields));
        var chunks = _bench.Chunks(SimulatorBench.Chat("get_time get_weather", fields + ",\"stream\":true"));
        Assert.Equal(whole.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
        var choices = chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()).ToArray();
        foreach (var choice in whole.GetProperty("choices").EnumerateArray())
        {
            var own = choices.Where(c => c.GetProperty("index").GetInt32() == choice.GetProperty("index").GetInt32()).ToArray();
            Assert.Equal(JsonValueKind.Null, own[0].GetProperty("delta").GetProperty("content").ValueKind);
            Assert.Equal("tool_calls", own[^1].GetProperty("finish_reason").GetString());
            var fragments = own.Where(c => c.GetProperty("delta").TryGetProperty("tool_calls", out _))
                .Select(c => Assert.Single(c.GetProperty("delta").GetProperty("tool_calls").EnumerateArray())).ToArray();
            var expected = Calls(choice.GetProperty("message"));
            for (var i = 0; i < expected.Length; i++)
            {
                var mine = fragments.Where(f => f.GetProperty("index").GetInt32() == i).ToArray();
                Assert.Equal(expected[i].Id, mine[0].GetProperty("id").GetString());
                Assert.Equal("function", mine[0].GetProperty("type").GetString());
                Assert.Equal(expected[i].Name, mine[0].GetProperty("function").GetProperty("name").GetString());
                Assert.Equal("", mine[0].GetProperty("function").GetProperty("arguments").GetString());
                Assert.All(mine[1..], f => Assert.False(f.TryGetProperty("id", out _)));
                Assert.Equal(expected[i].Arguments, string.Concat(mine.Select(f => f.GetProperty("function").GetProperty("arguments").GetString())));
            }
            Assert.True(fragments.Length > expected.Length * 2 - 1);
        }
    }

    [Fact]
    public void The_token_limit_cuts_arguments()
    {
        var body = SimulatorBench.Chat("get_weather", Tools + ",\"max_tokens\":1");
        var choice = _bench.Json(body).GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("{\"city\":", Calls(choice.GetProperty("message"))[0].Arguments);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"tool_choice\":\"required\"")]
    public void After_a_tool_answered_its_result_is_quoted(string fields)
    {
        var body = """{"model":"simulator","messages":[{"role":"user","content":"get_weather"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"12 \"degrees\""}],"""
            + Tools + fields + "}";
        Assert.Equal("The tool answered: \"12 \"degrees\"\"", _bench.Content(body));
    }

    [Fact]
    public void A_text_asked_for_by_control_comes_before_tools()
    {
        Assert.Equal("hi", _bench.Content(SimulatorBench.Chat("get_weather", Tools), "text=hi"));
    }

    private static (string Id, string Name, string Arguments)[] Calls(JsonElement message) => !message.TryGetProperty("tool_calls", out var calls) ? []
        : [.. calls.EnumerateArray().Select(c => (c.GetProperty("id").GetString()!, c.GetProperty("function").GetProperty("name").GetString()!,
            c.GetProperty("function").GetProperty("arguments").GetString()!))];
}
