using System.Text;
using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;

namespace Edge.Tests.Pipeline;

public class RequestPipelineTests
{
    private const string Body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    [Theory]
    [InlineData("", "INVALID_JSON", 400)]
    [InlineData("{\"model\":\"m\"", "INVALID_JSON", 400)]
    [InlineData("{\"model\":\"m\",}", "INVALID_JSON", 400)]
    [InlineData("{} {}", "INVALID_JSON", 400)]
    [InlineData("{\"model\":\"m\",\"messages\":[]}", "INVALID_REQUEST", 400)]
    public async Task A_bad_body_is_refused_before_any_provider_is_called(string body, string code, int status)
    {
        var kit = new PipelineKit();
        var sent = await kit.SendAsync(body);
        Assert.Equal((status, code), (sent.StatusCode, Code(sent)));
        Assert.Null(kit.SentBody);
        Assert.Equal(Outcome.Rejected, kit.TakeRecord().Outcome);
    }

    [Fact]
    public async Task Invalid_utf8_deep_nesting_and_size_are_refused()
    {
        var kit = new PipelineKit(config: new EdgeConfig { Server = new ServerConfig { MaxBodySize = 100, MaxJsonDepth = 4 } });
        var sent = await new NullTransport().Begin(new byte[] { (byte)'"', 0xFF, (byte)'"' }).SendAsync(kit);
        Assert.Equal("INVALID_JSON", Code(sent));
        sent = await kit.SendAsync("[[[[[]]]]]");
        Assert.Equal("INVALID_JSON", Code(sent));
        Assert.Contains("4 levels", sent.WrittenText);
        sent = await kit.SendAsync(new string(' ', 101));
        Assert.Equal((413, "REQUEST_TOO_LARGE"), (sent.StatusCode, Code(sent)));
        Assert.Equal("close", sent.ResponseHeaders.Connection);
        sent = await kit.SendAsync(Body, transport => transport.RequestHeaders.ContentLength = 101);
        Assert.Equal(413, sent.StatusCode);
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        var sent = await new PipelineKit().SendAsync(Body, transport => transport.RequestHeaders.ContentEncoding = "gzip");
        Assert.Equal((415, "UNSUPPORTED_ENCODING"), (sent.StatusCode, Code(sent)));
    }

    [Theory]
    [InlineData("POST", "/v2/chat/completions", 404, "NOT_FOUND")]
    [InlineData("GET", "/v1/chat/completions", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("POST", "/v1/models", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("GET", "/v1/models/nothing", 404, "MODEL_NOT_FOUND")]
    [InlineData("GET", "/", 404, "NOT_FOUND")]
    public async Task Wrong_paths_and_methods(string method, string path, int status, string code)
    {
        var sent = await new PipelineKit().SendAsync(Body, transport => (transport.Method, transport.Path) = (method, path));
        Assert.Equal((status, code), (sent.StatusCode, Code(sent)));
        Assert.Equal(status == 405, sent.ResponseHeaders.ContainsKey("Allow"));
    }

    [Theory]
    [InlineData(null, null, 401, "MISSING_API_KEY")]
    [InlineData("authorization", "Bearer wrong", 401, "INVALID_API_KEY")]
    [InlineData("authorization", "Basic right", 401, "MISSING_API_KEY")]
    [InlineData("authorization", "Bearer right", 200, null)]
    [InlineData("authorization", "bearer right", 200, null)]
    [InlineData("x-api-key", "right", 200, null)]
    [InlineData("api-key", "second", 200, null)]
    public async Task Keys_are_asked_for_where_they_are_configured(string? header, string? value, int status, string? code)
    {
        var config = new EdgeConfig { Auth = new AuthConfig { ApiKeys = [new() { Key = new Secret("right") }, new() { Key = new Secret("second") }] } };
        var kit = new PipelineKit(config: config).Answer(() => CannedResponse.Json("{}"));
        var sent = await kit.SendAsync(Body, transport =>
        {
            if (header is not null) transport.RequestHeaders[header] = value;
        });
        Assert.Equal(status, sent.StatusCode);
        if (code is not null) Assert.Equal(code, Code(sent));
    }

    [Fact]
    public async Task A_request_finishes_on_the_state_it_began_with()
    {
        var kit = new PipelineKit();
        var first = kit.State.Current;
        kit.Answer(() =>
        {
            kit.State.Swap(Edge.Model.GatewayStateBuilder.Build(new EdgeConfig(), TimeProvider.System));
            return CannedResponse.Json("{\"ok\":true}");
        });
        var sent = await kit.SendAsync(Body);
        Assert.Equal("{\"ok\":true}", sent.WrittenText);
        Assert.NotSame(first, kit.State.Current);
        sent = await kit.SendAsync(Body);
        Assert.Equal("NO_HEALTHY_PROVIDER", Code(sent));
    }

    [Fact]
    public async Task More_requests_than_allowed_are_shed()
    {
        var kit = new PipelineKit(config: new EdgeConfig { Server = new ServerConfig { MaxConcurrentRequests = 1 } }).Answer(() => CannedResponse.Json("{}"));
        NullTransport? inner = null;
        kit.Answer(() =>
        {
            inner = kit.SendAsync(Body).GetAwaiter().GetResult();
            return CannedResponse.Json("{}");
        });
        var outer = await kit.SendAsync(Body);
        Assert.Equal(200, outer.StatusCode);
        Assert.Equal((503, "GATEWAY_OVERLOADED"), (inner!.StatusCode, Code(inner)));
        Assert.Equal(0, kit.Pipeline.InFlight);
    }

    [Fact]
    public async Task A_defect_is_a_500_that_tells_nothing_and_logs_no_data()
    {
        var kit = new PipelineKit().Answer(() => throw new InvalidOperationException("secret-prompt"));
        var sent = await kit.SendAsync(Body);
        Assert.Equal((500, "INTERNAL_ERROR"), (sent.StatusCode, Code(sent)));
        Assert.DoesNotContain("secret-prompt", sent.WrittenText);
        Assert.Equal(Outcome.Failed, kit.TakeRecord().Outcome);
        await kit.Log.DisposeAsync();
        var log = Encoding.UTF8.GetString(kit.LogOutput.ToArray());
        Assert.Contains("request_failed", log);
        Assert.DoesNotContain("secret-prompt", log);
    }

    [Fact]
    public async Task A_context_is_clean_for_the_next_request_on_its_connection()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}"));
        var transport = new NullTransport();
        await transport.Begin(Encoding.UTF8.GetBytes(Body)).SendAsync(kit);
        Assert.Equal(1, kit.TakeRecord().Usage.Input);
        await transport.Begin("{"u8.ToArray()).SendAsync(kit);
        Assert.Equal("INVALID_JSON", Code(transport));
        var record = kit.TakeRecord();
        Assert.Equal((-1, "", false), (record.Usage.Input, record.Provider, record.Streamed));
    }

    [Fact]
    public async Task Anthropic_is_translated_there_and_back()
    {
        var kit = new PipelineKit(Dialect.Anthropic).Answer(() => CannedResponse.Json(
            "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[{\"type\":\"text\",\"text\":\"Hi \\ud83d\\ude00\"}],"
            + "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":4,\"cache_creation_input_tokens\":1,\"output_tokens\":3}}"));
        var sent = await kit.SendAsync("{\"model\":\"claude\",\"seed\":1,\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":\"x\"}]}");
        var body = JsonNode.Parse(kit.SentBody!)!;
        Assert.Equal(4096, (int)body["max_tokens"]!);
        Assert.NotNull(body["system"]);
        var answer = JsonNode.Parse(sent.WrittenText)!;
        Assert.Equal("Hi \U0001F600", (string?)answer["choices"]![0]!["message"]!["content"]);
        Assert.Equal("stop", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.Equal(15, (int)answer["usage"]!["prompt_tokens"]!);
        Assert.Contains("seed", sent.ResponseHeaders["x-edge-dropped"].ToString());
        Assert.Equal(15, kit.TakeRecord().Usage.Input);
    }

    [Fact]
    public async Task A_flood_of_unknown_fields_costs_no_more_than_their_bytes()
    {
        var kit = new PipelineKit(Dialect.Anthropic).Answer(() => CannedResponse.Json(
            "{\"id\":\"1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"));
        var fields = string.Concat(Enumerable.Range(0, 200_000).Select(i => $",\"f{i}\":1"));
        var sent = await kit.SendAsync("{\"model\":\"claude\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]" + fields + "}");
        Assert.Equal(200, sent.StatusCode);
        Assert.InRange(sent.ResponseHeaders["x-edge-dropped"].ToString().Length, 1, 4096);
    }

    [Fact]
    public async Task An_anthropic_end_without_a_reason_is_no_end()
    {
        var kit = new PipelineKit(Dialect.Anthropic).Answer(() => CannedResponse.Events(
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"claude\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n",
            "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            "data: {\"type\":\"message_stop\"}\n\n"));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"claude\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        Assert.DoesNotContain("[DONE]", sent.WrittenText);
        Assert.Contains("\"error\"", sent.WrittenText);
    }

    [Fact]
    public async Task An_anthropic_error_that_comes_first_keeps_its_status()
    {
        var kit = new PipelineKit(Dialect.Anthropic).Answer(() => CannedResponse.Events(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"claude\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        Assert.Equal(529, sent.StatusCode);
        Assert.Contains("Overloaded", sent.WrittenText);
    }

    [Fact]
    public async Task An_anthropic_stream_without_its_end_is_never_complete()
    {
        string[] events =
        [
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"claude\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n",
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ];
        const string Request = "{\"stream\":true,\"model\":\"claude\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        var kit = new PipelineKit(Dialect.Anthropic);
        for (var count = 1; count <= events.Length; count++)
        {
            kit.Answer(() => CannedResponse.Events(events.Take(count)));
            var sent = await kit.SendAsync(Request);
            Assert.Equal(count == events.Length, sent.WrittenText.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
            Assert.Equal(count < events.Length, sent.WrittenText.Contains("UPSTREAM_CUT", StringComparison.Ordinal));
        }
    }

    private static string Code(NullTransport sent) => (string)JsonNode.Parse(sent.WrittenText)!["error"]!["code"]!;
}
