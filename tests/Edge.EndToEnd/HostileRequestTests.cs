using System.Net;
using System.Text;

namespace Edge.EndToEnd;

/// <summary>What a stranger can send. Each gets an answer of 4xx in OpenAI's envelope, and the provider hears nothing of it.</summary>
public sealed class HostileRequestTests : IClassFixture<OpenAiGateway>
{
    private readonly OpenAiGateway _gateway;
    private readonly HttpClient _client;

    public HostileRequestTests(OpenAiGateway gateway)
    {
        _gateway = gateway;
        _client = gateway.Edge.CreateClient();
    }

    /// <summary>A body and the field that the answer blames.</summary>
    public static TheoryData<string, string> WrongFields { get; } = new()
    {
        { """{"messages":[{"role":"user","content":"x"}]}""", "model" },
        { """{"model":null,"messages":[{"role":"user","content":"x"}]}""", "model" },
        { """{"model":7,"messages":[{"role":"user","content":"x"}]}""", "model" },
        { """{"model":"","messages":[{"role":"user","content":"x"}]}""", "model" },
        { """{"model":["gpt-4o-mini"],"messages":[{"role":"user","content":"x"}]}""", "model" },
        { """{"model":"gpt-4o-mini"}""", "messages" },
        { """{"model":"gpt-4o-mini","messages":null}""", "messages" },
        { """{"model":"gpt-4o-mini","messages":[]}""", "messages" },
        { """{"model":"gpt-4o-mini","messages":{}}""", "messages" },
        { """{"model":"gpt-4o-mini","messages":"Hi"}""", "messages" },
        { """{"model":"gpt-4o-mini","messages":["Hi"]}""", "messages[0]" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"},null]}""", "messages[1]" },
        { """{"model":"gpt-4o-mini","messages":[{"content":"x"}]}""", "messages[0].role" },
        { """{"model":"gpt-4o-mini","messages":[{"role":3,"content":"x"}]}""", "messages[0].role" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"stream":"yes"}""", "stream" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"stream":1}""", "stream" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"stream_options":true}""", "stream_options" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"stream_options":{"include_usage":"yes"}}""", "stream_options.include_usage" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"routing":[]}""", "routing" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"routing":{"strategy":"fastest"}}""", "routing.strategy" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"routing":{"providers":"openai"}}""", "routing.providers" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"routing":{"preferredModels":[1]}}""", "routing.preferredModels" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"cache":{"ttl":-1}}""", "cache.ttl" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"cache":{"enabled":"true"}}""", "cache.enabled" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"cache":{"similarityThreshold":1.5}}""", "cache.similarityThreshold" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"safety":{"piiDetection":1}}""", "safety.piiDetection" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"budget":{"maxCostPerRequest":-0.1}}""", "budget.maxCostPerRequest" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"budget":{"max_cost_per_day":"1"}}""", "budget.max_cost_per_day" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"budget":{"maxCost":1}}""", "budget.maxCost" },
        // A member that stands twice: the provider might honour the other one than the gateway has checked.
        { """{"model":"gpt-4o-mini","model":"gpt-4o","messages":[{"role":"user","content":"x"}]}""", "model" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"mess\u0061ges":[]}""", "messages" },
        { """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"stream":false,"stream":true}""", "stream" },
    };

    [Theory]
    [MemberData(nameof(WrongFields))]
    public async Task A_wrong_field_is_named(string body, string field)
    {
        var before = _gateway.Upstream.Requests.Count;
        using var response = await _client.PostAsync(body);
        var error = await response.AssertErrorAsync(HttpStatusCode.BadRequest, "INVALID_REQUEST", field);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Contains(field, error.GetProperty("message").GetString());
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"model\"")]
    [InlineData("{")]
    [InlineData("{\"model\":\"gpt-4o-mini\",}")]
    [InlineData("{'model':'gpt-4o-mini'}")]
    [InlineData("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"a\nb\"}]}")]
    [InlineData("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"\\x\"}]}")]
    [InlineData("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":01}")]
    [InlineData("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":NaN}")]
    [InlineData("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} trailing")]
    [InlineData("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}{}")]
    public async Task What_is_not_a_JSON_object_is_refused(string body)
    {
        var before = _gateway.Upstream.Requests.Count;
        using var response = await _client.PostAsync(body);
        await response.AssertErrorAsync(HttpStatusCode.BadRequest);
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task A_body_cut_at_every_byte_is_refused_each_time()
    {
        var before = _gateway.Upstream.Requests.Count;
        for (var length = 0; length < Kit.Chat.Length; length++)
        {
            using var response = await _client.PostAsync(Kit.Chat[..length]);
            await response.AssertErrorAsync(HttpStatusCode.BadRequest, "INVALID_JSON");
        }
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("FF")]
    [InlineData("C080")]
    [InlineData("EDA080")]
    [InlineData("F4908080")]
    [InlineData("E282")]
    public async Task Bytes_that_are_not_UTF8_are_refused(string hex)
    {
        byte[] body = [.. """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"""u8, (byte)'"', .. Convert.FromHexString(hex), .. "\"}]}"u8];
        using var response = await _client.PostAsync(Kit.Path, new ByteArrayContent(body), Kit.Stop);
        await response.AssertErrorAsync(HttpStatusCode.BadRequest, "INVALID_JSON");
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(10_000, false)]
    [InlineData(400_000, false)]
    public async Task Nesting_is_bounded(int depth, bool passes)
    {
        // The object around counts as the first level.
        var body = $$"""{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"metadata":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        using var response = await _client.PostAsync(body);
        if (passes) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        else await response.AssertErrorAsync(HttpStatusCode.BadRequest, "INVALID_JSON");
    }

    [Fact]
    public async Task A_body_announced_as_huge_is_refused_before_it_is_sent()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 104857600\r\n\r\n{{");
        var response = await connection.ReceiveAsync();
        Assert.NotNull(response);
        Assert.Equal(413, response.Status);
        Kit.AssertError(response.Text, "REQUEST_TOO_LARGE");
        Assert.Equal("close", response.Header("connection"));
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task A_body_that_grows_huge_in_chunks_is_refused_on_the_way()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\ntransfer-encoding: chunked\r\n\r\n");
        var answer = connection.ReceiveAsync();
        byte[] chunk = [.. "10000\r\n"u8, .. Enumerable.Repeat((byte)' ', 0x10000), .. "\r\n"u8];
        var sent = 0;
        while (sent < 100 << 20 && !answer.IsCompleted && await connection.TrySendAsync(chunk)) sent += 0x10000;
        var response = await answer;
        Assert.NotNull(response);
        Assert.Equal(413, response.Status);
        Kit.AssertError(response.Text, "REQUEST_TOO_LARGE");
        Assert.True(sent < 100 << 20, "All 100 MiB were taken.");
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        var content = new ByteArrayContent([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await _client.PostAsync(Kit.Path, content, Kit.Stop);
        await response.AssertErrorAsync(HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_ENCODING");
    }

    [Theory]
    [InlineData("no-such-model")]
    [InlineData("openai/no-such-model")]
    [InlineData("nobody/gpt-4o-mini")]
    [InlineData("gpt-4o-mini ")]
    [InlineData("GPT-4O-MINI")]
    [InlineData("\\u0000")]
    [InlineData("../../etc/passwd")]
    public async Task An_unknown_model_is_404_and_says_what_there_is(string model)
    {
        var before = _gateway.Upstream.Requests.Count;
        using var response = await _client.PostAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""");
        var error = await response.AssertErrorAsync(HttpStatusCode.NotFound, "MODEL_NOT_FOUND", "model");
        Assert.Contains("gpt-4o-mini", error.GetProperty("message").GetString());
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("PUT", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/v1/chat/completions", 405)]
    [InlineData("POST", "/v1/models", 405)]
    [InlineData("DELETE", "/v1/models/gpt-4o-mini", 405)]
    [InlineData("BREW", "/v1/chat/completions", 405)]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/v1", 404)]
    [InlineData("POST", "/v1/chat/completions/", 404)]
    [InlineData("POST", "/v1/chat//completions", 404)]
    [InlineData("GET", "/metrics", 404)]
    [InlineData("GET", "/health/ready", 404)]
    [InlineData("GET", "/v1/models/../../health", 404)]
    public async Task A_wrong_path_or_method_is_told_so(string method, string path, int status)
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"{method} {path} HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 0\r\n\r\n");
        var response = await connection.ReceiveAsync(method: method);
        Assert.NotNull(response);
        Assert.Equal(status, response.Status);
        Kit.AssertError(response.Text, status == 405 ? "METHOD_NOT_ALLOWED" : "NOT_FOUND");
        if (status == 405) Assert.NotNull(response.Header("allow"));
    }

    [Fact]
    public async Task Headers_beyond_the_limit_are_431()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.Chat, $"x-large: {new string('a', 64 * 1024)}\r\n"));
        Assert.Equal(431, (await connection.ReceiveAsync())?.Status);
    }

    [Fact]
    public async Task Headers_beyond_their_number_are_431()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.Chat, string.Concat(Enumerable.Range(0, 200).Select(i => $"x-{i}: y\r\n"))));
        Assert.Equal(431, (await connection.ReceiveAsync())?.Status);
    }

    [Fact]
    public async Task The_gateway_has_not_failed_inside()
    {
        // Runs beside the others on the same gateway: whatever came, nothing of it may be a defect.
        using var response = await _client.PostAsync(Encoding.UTF8.GetString([.. Enumerable.Range(1, 255).Select(i => (byte)i)]));
        await response.AssertErrorAsync(HttpStatusCode.BadRequest);
        Assert.Equal(0, _gateway.Edge.Log.Count("request_failed"));
        Assert.Empty(_gateway.Upstream.Faults);
    }
}
