using System.Net;
using System.Text;

namespace Edge.EndToEnd;

/// <summary>A client that speaks the provider's dialect: the body goes through as bytes, but for the edits that the documents name.</summary>
public sealed class PassThroughTests : IClassFixture<OpenAiGateway>
{
    private readonly OpenAiGateway _gateway;
    private readonly HttpClient _client;

    public PassThroughTests(OpenAiGateway gateway)
    {
        _gateway = gateway;
        _client = gateway.Edge.CreateClient();
    }

    private async Task<FakeExchange> SendAsync(string body)
    {
        using var response = await _client.PostAsync(body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.TextAsync());
        return _gateway.Upstream.Requests.Last();
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("  {  \"messages\" : [ { \"content\" : \"Hi\" , \"role\" : \"user\" } ] ,\n\t\"model\" : \"gpt-4o-mini\"\r\n }  ")]
    [InlineData("""{"model":"gpt-4o-mini","messages":[{"role":"user","content":"\u00e9 \ud83d\ude00 \/ é 😀"}],"temperature":1.0,"top_p":1e-2,"seed":123456789012345678901234567890}""")]
    [InlineData("""{"model":"gpt-4o-mini","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"x_future":{"a":[null,true,-0.0]},"x_dup":1,"x_dup":2}""")]
    [InlineData("""{"model":"gpt-4o-mini","messages":[{"role":"robot","content":null,"future":[]}],"stream":false,"stream_options":null,"":"empty name"}""")]
    public async Task A_body_that_needs_no_edit_arrives_byte_for_byte(string body) => Assert.Equal(body, (await SendAsync(body)).Text);

    [Theory]
    [InlineData("openai/gpt-4o-mini")]
    [InlineData("fast")]
    [InlineData("openai\\/gpt-4o-mini")]
    [InlineData("f\\u0061st")]
    public async Task A_name_of_the_gateways_own_becomes_the_providers(string model)
    {
        var exchange = await SendAsync($$"""{"messages":[{"role":"user","content":"{{model}}"}],"model": "{{model}}" ,"x":1}""");
        Assert.Equal($$"""{"messages":[{"role":"user","content":"{{model}}"}],"model": "gpt-4o-mini" ,"x":1}""", exchange.Text);
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o-mini",EXT,"messages":MSG}""", """{"model":"gpt-4o-mini","messages":MSG}""")]
    [InlineData("""{EXT,"model":"gpt-4o-mini","messages":MSG}""", """{"model":"gpt-4o-mini","messages":MSG}""")]
    [InlineData("""{"model":"gpt-4o-mini","messages":MSG,EXT}""", """{"model":"gpt-4o-mini","messages":MSG}""")]
    [InlineData("""{"x":1,EXT,"model":"fast","messages":MSG}""", """{"x":1,"model":"gpt-4o-mini","messages":MSG}""")]
    public async Task Extension_fields_stay_behind(string body, string expected)
    {
        const string Messages = """[{"role":"user","content":"\"routing\":{}"}]""";
        string[] extensions =
        [
            """{"routing":{"providers":["openai"],"preferredModels":["gpt-4-turbo"],"strategy":"cost_optimized"}}""",
            """{"cache":{"enabled":true,"ttl":3600,"similarity_threshold":0.95}}""",
            """{"safety" : {"piiDetection":true,"content_filtering":true,"promptInjectionCheck":true}}""",
            """{"budget":{"maxCostPerRequest":0.10,"max_cost_per_day":50.00}}""",
            """{"routing":{},"cache":{},"safety":{},"budget":{}}""",
            """{"cache":null}""",
        ];
        foreach (var extension in extensions)
        {
            var exchange = await SendAsync(body.Replace("EXT", extension[1..^1], StringComparison.Ordinal).Replace("MSG", Messages, StringComparison.Ordinal));
            Assert.Equal(expected.Replace("MSG", Messages, StringComparison.Ordinal), exchange.Text);
        }
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o-mini","stream":true,"messages":MSG}""", """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":MSG}""")]
    [InlineData("""{"stream":true,"routing":{},"model":"gpt-4o-mini","messages":MSG}""", """{"stream":true,"stream_options":{"include_usage":true},"model":"gpt-4o-mini","messages":MSG}""")]
    [InlineData("""{"model":"gpt-4o-mini","stream":true,"stream_options":null,"messages":MSG}""", """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":MSG}""")]
    [InlineData("""{"model":"gpt-4o-mini","stream":true,"stream_options":{},"messages":MSG}""", """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":MSG}""")]
    [InlineData("""{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":false},"messages":MSG}""", """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":MSG}""")]
    [InlineData("""{"model":"gpt-4o-mini","stream":true,"stream_options":{"x":1},"messages":MSG}""", """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true,"x":1},"messages":MSG}""")]
    public async Task The_usage_of_a_stream_is_asked_for_and_hidden(string body, string expected)
    {
        const string Messages = """[{"role":"user","content":"Hi"}]""";
        using var response = await _client.PostAsync(body.Replace("MSG", Messages, StringComparison.Ordinal));
        Assert.Equal(expected.Replace("MSG", Messages, StringComparison.Ordinal), _gateway.Upstream.Requests.Last().Text);
        Assert.Equal(OpenAiWire.Stream(usage: false), await response.TextAsync());
    }

    [Fact]
    public async Task The_usage_that_the_client_asked_for_is_not_hidden()
    {
        const string Body = """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}""";
        using var response = await _client.PostAsync(Body);
        Assert.Equal(Body, _gateway.Upstream.Requests.Last().Text);
        // With the usage comes what it cost; all else passes as it came.
        var text = System.Text.RegularExpressions.Regex.Replace(await response.TextAsync(), ",\"x_edge\":\\{\"cost_usd\":\"[0-9.]+\"\\}", "");
        Assert.Equal(OpenAiWire.Stream(), text);
    }

    [Fact]
    public async Task The_answer_is_the_providers_bytes()
    {
        using var response = await _client.PostAsync(Kit.Chat);
        Assert.Equal(OpenAiWire.Completion(), await response.TextAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("openai", response.HeaderOf("x-edge-provider"));
        Assert.Equal("gpt-4o-mini", response.HeaderOf("x-edge-model"));
        Assert.NotEqual("(absent)", response.HeaderOf("x-edge-request-id"));
        Assert.NotEqual("(absent)", response.HeaderOf("server-timing"));
    }

    [Fact]
    public async Task The_provider_gets_its_own_key_and_nothing_of_the_clients()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path) { Content = Kit.Json(Kit.Chat) };
        request.Headers.Add("Authorization", "Bearer sk-client");
        request.Headers.Add("Cookie", "session=1");
        request.Headers.Add("X-Forwarded-For", "10.0.0.1");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        request.Headers.Add("Idempotency-Key", "k-1");
        using var response = await _client.SendAsync(request, Kit.Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var exchange = _gateway.Upstream.Requests.Last();
        Assert.Equal("POST /v1/chat/completions HTTP/1.1", exchange.RequestLine);
        Assert.Equal("Bearer sk-upstream", exchange.Header("authorization"));
        Assert.Equal($"127.0.0.1:{_gateway.Upstream.Port}", exchange.Header("host"));
        Assert.Equal("application/json", exchange.Header("content-type"));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", exchange.Header("traceparent"));
        Assert.Equal("k-1", exchange.Header("idempotency-key"));
        Assert.Null(exchange.Header("cookie"));
        Assert.Null(exchange.Header("x-forwarded-for"));
        Assert.DoesNotContain("sk-client", exchange.Head);
    }

    [Fact]
    public async Task Connections_to_the_provider_are_used_again()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        for (var i = 0; i < 20; i++) using (await client.PostAsync(Kit.Chat)) { }
        Assert.Equal(20, upstream.Requests.Count);
        Assert.Equal(1, upstream.Accepted);
    }

    [Fact]
    public async Task Naughty_strings_make_the_round_trip()
    {
        await using var upstream = new FakeUpstream(EchoAsync);
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        var count = 0;
        foreach (var record in SharedData.Lines("robustness/naughty_strings.jsonl"))
        {
            // As the record's file writes it: escapes where it has escapes, raw UTF-8 where not.
            var text = record.GetProperty("text").GetRawText();
            foreach (var stream in new[] { "false", "true" })
            {
                var body = $$"""{"model":"gpt-4o-mini","messages":[{"role":"user","content":{{text}}}],"stream_options":{"include_usage":true},"stream":{{stream}}}""";
                using var response = await client.PostAsync(body);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Equal(body, upstream.Requests.Last().Text);
                Assert.Contains(text, await response.TextAsync());
                count++;
            }
        }
        Assert.True(count > 300, $"Only {count} exchanges.");
        Assert.Empty(upstream.Faults);
    }

    [Fact]
    public async Task The_JSON_suites_verdicts_are_ours()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var record in SharedData.Lines("robustness/json_suite.jsonl"))
        {
            var expect = record.GetProperty("expect").GetString();
            var value = Convert.FromBase64String(record.GetProperty("raw_base64").GetString()!);
            byte[] body = [.. Encoding.ASCII.GetBytes("""{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"x":"""), .. value, .. "}"u8];
            using var response = await _client.PostAsync(Kit.Path, new ByteArrayContent(body), Kit.Stop);
            var status = (int)response.StatusCode;
            var name = record.GetProperty("name").GetString();
            count++;
            if (expect == "accept" && status != 200) wrong.Add($"{name} is refused: {await response.TextAsync()}");
            if (expect == "reject" && status != 400) wrong.Add($"{name} is accepted");
            Assert.True(status is 200 or 400, $"{name}: {status}");
            if (status == 200) Assert.Equal(body, _gateway.Upstream.Requests.Last().Body);
        }
        Assert.True(count > 150, $"Only {count} cases.");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static async Task EchoAsync(FakeExchange exchange)
    {
        var text = exchange.Json.GetProperty("messages")[0].GetProperty("content").GetRawText();
        if (!exchange.Json.GetProperty("stream").GetBoolean())
        {
            await exchange.JsonAsync(OpenAiWire.Completion(text[1..^1]));
            return;
        }
        await exchange.StartStreamAsync();
        await exchange.EventAsync(OpenAiWire.Text(text[1..^1]));
        await exchange.EventAsync(OpenAiWire.Chunk("{}", "\"stop\""));
        await exchange.EventAsync(OpenAiWire.UsageChunk);
        await exchange.ChunkAsync(OpenAiWire.Done);
        await exchange.EndStreamAsync();
    }
}
