namespace Edge.Tests.Simulator;

public class SimulatorRequestTests
{
    private readonly SimulatorBench _bench = new();

    public static TheoryData<string, string?> Wrong()
    {
        var wrong = new TheoryData<string, string?>
        {
            { "", null }, { "{", null }, { "[]", null }, { "\"x\"", null }, { "null", null }, { "{}", "model" }, { "{\"model\":\"x\"}", "messages" },
        };
        foreach (var messages in new[] { "[]", "{}", "\"x\"", "1", "[1]", "[null]", "[{}]", "[{\"role\":1}]", "[{\"role\":\"user\",\"content\":1}]", "[{\"role\":\"user\",\"content\":{}}]" })
        {
            wrong.Add($$"""{"model":"x","messages":{{messages}}}""", "messages");
        }
        foreach (var (field, values) in new (string, string[])[]
        {
            ("model", ["1", "null", "\"\"", "[]"]),
            ("stream", ["1", "\"true\"", "{}"]),
            ("stream_options", ["1", "[]", "true"]),
            ("max_tokens", ["0", "-1", "1.5", "1e3", "\"10\"", "2147483648", "99999999999999999999", "{}"]),
            ("max_completion_tokens", ["0", "true"]),
            ("n", ["0", "9", "\"1\"", "[]"]),
            ("seed", ["\"1\"", "1.5", "9223372036854775808"]),
            ("stop", ["1", "\"\"", "{}", "[1]", "[\"\"]", "[\"a\",\"b\",\"c\",\"d\",\"e\"]"]),
            ("tools", ["1", "{}", "[1]", "[{}]", "[{\"type\":\"function\"}]", "[{\"type\":\"function\",\"function\":{\"name\":1}}]"]),
            ("tool_choice", ["1", "\"sometimes\"", "{}", "\"required\"", "{\"type\":\"function\",\"function\":{\"name\":\"missing\"}}"]),
            ("parallel_tool_calls", ["1", "\"no\""]),
            ("response_format", ["1", "\"json\"", "{}", "{\"type\":1}", "{\"type\":\"json_schema\"}", "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":true}}"]),
        })
        {
            foreach (var value in values)
            {
                var model = field == "model" ? "" : "\"model\":\"x\",";
                wrong.Add($$"""{{{model}}"messages":[{"role":"user","content":"x"}],"{{field}}":{{value}}}""", field);
            }
        }
        return wrong;
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_field_is_a_400_that_names_it(string body, string? param)
    {
        foreach (var control in new[] { "", "no_done;drip=3" })
        {
            var error = SimulatorBench.Error(_bench.Json(body, control, 400));
            Assert.Equal("invalid_request_error", error.Type);
            Assert.Equal(param, error.Param);
            Assert.NotEmpty(error.Message);
        }
    }

    [Fact]
    public void A_wrong_usage_option_is_named()
    {
        Assert.Equal("stream_options.include_usage", SimulatorBench.Error(_bench.Json(SimulatorBench.Chat("x", "\"stream_options\":{\"include_usage\":1}"), "", 400)).Param);
    }

    [Fact]
    public void Too_many_tools_are_refused()
    {
        string Tools(int count) => "\"tools\":[" + string.Join(',', Enumerable.Range(0, count).Select(i => $$$"""{"type":"function","function":{"name":"t{{{i}}}"}}""")) + "]";
        _bench.Json(SimulatorBench.Chat("x", Tools(128)));
        Assert.Equal("tools", SimulatorBench.Error(_bench.Json(SimulatorBench.Chat("x", Tools(129)), "", 400)).Param);
    }

    [Fact]
    public void Every_field_may_be_null()
    {
        var fields = string.Join(',', "stream stream_options max_tokens max_completion_tokens n seed stop tools tool_choice parallel_tool_calls response_format".Split(' ')
            .Select(f => $"\"{f}\":null"));
        Assert.Equal("x", _bench.Content(SimulatorBench.Chat("x", fields, "echo")));
    }

    [Theory]
    [InlineData("\"content\":null")]
    [InlineData("\"content\":[]")]
    [InlineData("\"content\":[1,null,{},{\"type\":1},{\"type\":\"text\"},{\"type\":\"text\",\"text\":5}]")]
    [InlineData("\"name\":\"x\"")]
    public void A_message_without_text_is_an_empty_text(string content)
    {
        Assert.Equal("", _bench.Content($$"""{"model":"echo","messages":[{"role":"user",{{content}}}]}"""));
    }

    [Fact]
    public void A_request_without_a_user_is_answered_all_the_same()
    {
        Assert.Equal("", _bench.Content("""{"model":"echo","messages":[{"role":"system","content":"x"}]}"""));
    }

    [Fact]
    public void No_prefix_of_a_body_throws()
    {
        var body = SimulatorBench.Chat("x", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\"}}],\"stop\":[\"\\ud83d\\ude00\"]");
        for (var length = 0; length < body.Length; length++) _bench.Json(body[..length], "", 400);
    }
}
