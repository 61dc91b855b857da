using System.Net;

namespace Edge.EndToEnd;

/// <summary>Providers that fail, and clients that leave.</summary>
public class UpstreamFaultTests
{
    [Theory]
    [InlineData(400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(401, "invalid_request_error", "invalid_api_key")]
    [InlineData(403, "invalid_request_error", "unsupported_country_region_territory")]
    [InlineData(404, "invalid_request_error", "model_not_found")]
    [InlineData(422, "invalid_request_error", null)]
    [InlineData(429, "tokens", "rate_limit_exceeded")]
    [InlineData(500, "server_error", null)]
    [InlineData(503, "server_error", "overloaded")]
    public async Task A_providers_own_error_passes_as_it_is(int status, string type, string? code)
    {
        var body = OpenAiWire.Error("In the provider's own words.", type, code, "messages");
        await using var upstream = FakeUpstream.Json(body, status, "retry-after: 7\r\nx-request-id: req_up\r\nx-ratelimit-remaining-requests: 0\r\nset-cookie: a=b\r\n");
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        foreach (var request in new[] { Kit.Chat, Kit.StreamedChat })
        {
            using var response = await client.PostAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(body, await response.TextAsync());
            Assert.Equal("7", response.HeaderOf("retry-after"));
            Assert.Equal("req_up", response.HeaderOf("x-request-id"));
            Assert.Equal("0", response.HeaderOf("x-ratelimit-remaining-requests"));
            Assert.Equal("(absent)", response.HeaderOf("set-cookie"));
        }
    }

    [Fact]
    public async Task An_error_page_becomes_an_envelope_with_its_status()
    {
        await using var upstream = new FakeUpstream(exchange =>
            exchange.SendAsync("HTTP/1.1 503 Busy\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>"));
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        await response.AssertErrorAsync(HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [InlineData("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n")]
    public async Task An_answer_that_makes_no_sense_is_502(string answer)
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.SendAsync(answer);
            await exchange.CloseAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        var error = await response.AssertErrorAsync(HttpStatusCode.BadGateway);
        Assert.DoesNotContain("127.0.0.1", error.GetProperty("message").GetString());
        await edge.Log.EventAsync("upstream_failed");
    }

    [Fact]
    public async Task A_provider_that_is_not_there_is_502()
    {
        var gone = FakeUpstream.Json("{}");
        var url = gone.Url;
        await gone.DisposeAsync();
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(url));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        await response.AssertErrorAsync(HttpStatusCode.BadGateway, "UPSTREAM_UNREACHABLE");
    }

    [Fact]
    public async Task A_provider_that_says_nothing_is_504()
    {
        await using var upstream = new FakeUpstream(exchange => exchange.HangAsync());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream, "    first_byte_timeout: 200ms\n    response_timeout: 200ms\n"));
        using var client = edge.CreateClient();
        foreach (var request in new[] { Kit.Chat, Kit.StreamedChat })
        {
            using var response = await client.PostAsync(request);
            await response.AssertErrorAsync(HttpStatusCode.GatewayTimeout, "UPSTREAM_TIMEOUT");
            await Patience.For((await upstream.NextRequestAsync()).ClosedByGateway, "the close of the exchange that took too long");
        }
    }

    [Fact]
    public async Task A_stream_that_falls_silent_ends_with_an_error_event()
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await exchange.HangAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream, "    stream_idle_timeout: 200ms\n"));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.StreamedChat);
        var text = await response.TextAsync();
        Assert.Equal("Hello", Kit.Content(text));
        Kit.AssertError(Kit.Events(text)[^1], "UPSTREAM_TIMEOUT");
        Assert.DoesNotContain("[DONE]", text);
    }

    [Fact]
    public async Task An_error_inside_a_stream_passes_and_ends_it()
    {
        var error = OpenAiWire.Error("The server had an error while processing your request.", "server_error");
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await exchange.EventAsync(error);
            await exchange.EndStreamAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.StreamedChat);
        Assert.Equal(OpenAiWire.Event(OpenAiWire.Text("Hello")) + OpenAiWire.Event(error), await response.TextAsync());
    }

    [Fact]
    public async Task Each_event_is_sent_when_it_is_there()
    {
        using var gate = new SemaphoreSlim(0);
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            foreach (var word in new[] { "one", "two", "three" })
            {
                // Half an event stays back until its other half is there.
                var chunk = OpenAiWire.Event(OpenAiWire.Text(word));
                await exchange.ChunkAsync(chunk[..20]);
                await exchange.ChunkAsync(chunk[20..]);
                await gate.WaitAsync(Patience.Limit);
            }
            await exchange.EventAsync(OpenAiWire.Chunk("{}", "\"stop\""));
            await exchange.ChunkAsync(OpenAiWire.Done);
            await exchange.EndStreamAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.StreamedChat));
        var head = await connection.ReadHeadAsync();
        Assert.Contains("text/event-stream", head);
        Assert.Contains("no-cache", head);
        foreach (var word in new[] { "one", "two", "three" })
        {
            // The next word is held back at the provider until this one has reached the client.
            Assert.EndsWith($"\"{word}\"}},\"finish_reason\":null}}]}}\n\n", await connection.ReadUntilAsync("\n\n"));
            gate.Release();
        }
        Assert.EndsWith(OpenAiWire.Done, await connection.ReadUntilAsync(OpenAiWire.Done));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_a_stream_ends_it_at_the_provider(bool reset)
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await exchange.HangAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.StreamedChat));
        await connection.ReadUntilAsync("\n\n");
        if (reset) connection.Reset();
        else connection.Dispose();
        await Patience.For((await upstream.NextRequestAsync()).ClosedByGateway, "the provider's connection closed after the client's");
    }

    [Theory]
    [InlineData(Kit.Chat)]
    [InlineData(Kit.StreamedChat)]
    public async Task A_client_that_leaves_before_the_answer_ends_the_call(string body)
    {
        await using var upstream = new FakeUpstream(exchange => exchange.HangAsync());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        var connection = await edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(body));
        var exchange = await upstream.NextRequestAsync();
        connection.Dispose();
        await Patience.For(exchange.ClosedByGateway, "the provider's connection closed after the client's");
    }

    [Fact]
    public async Task A_provider_without_its_key_is_left_out_and_said_so()
    {
        await using var edge = await EdgeProcess.StartAsync("providers:\n  openai:\n    api_key: ${OPENAI_API_KEY}\n    models: [gpt-4o-mini]\n");
        await edge.Log.EventAsync("config_warning");
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        await response.AssertErrorAsync(HttpStatusCode.ServiceUnavailable, "NO_HEALTHY_PROVIDER");
    }

    [Fact]
    public async Task A_stale_connection_does_not_fail_the_next_request()
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.JsonAsync(OpenAiWire.Completion());
            // Closed while idle, as providers' load balancers do.
            await exchange.CloseAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.PostAsync(Kit.Chat);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
