using System.Net;

namespace Edge.EndToEnd;

/// <summary>The end of a gateway: nothing is cut that could have finished, and what is cut is told so.</summary>
public class ShutdownTests
{
    [Theory]
    [InlineData(EdgeProcess.SigTerm)]
    [InlineData(EdgeProcess.SigInt)]
    public async Task An_idle_gateway_stops_at_once(int signal)
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        // An idle keep-alive connection must not hold it.
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync("GET /v1/models HTTP/1.1\r\nhost: edge.test\r\n\r\n");
        Assert.Equal(200, (await connection.ReceiveAsync())?.Status);
        edge.Signal(signal);
        Assert.Equal(0, await edge.ExitAsync());
        Assert.Equal(1, edge.Log.Count("stopping"));
        Assert.Equal(1, edge.Log.Count("stopped"));
    }

    /// <summary>What is looked at before Kestrel's own time-outs begin must not be held for ever either.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PRI * HTTP/2")]
    public async Task A_connection_that_says_too_little_is_closed_and_does_not_hold_the_stop(string sent)
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator + "\nserver:\n  header_timeout: 1s\n  keep_alive_timeout: 1s\n");
        using var connection = await edge.ConnectAsync();
        if (sent.Length > 0) await connection.SendAsync(sent);
        Assert.True(await connection.IsClosedAsync());

        await using var patient = await EdgeProcess.StartAsync(Kit.Simulator);
        using var silent = await patient.ConnectAsync();
        if (sent.Length > 0) await silent.SendAsync(sent);
        patient.Signal(EdgeProcess.SigTerm);
        Assert.Equal(0, await patient.ExitAsync());
        Assert.Equal(0, patient.Log.Count("streams_ended"));
    }

    [Fact]
    public async Task A_stream_in_flight_finishes_and_readiness_is_false_meanwhile()
    {
        using var gate = new SemaphoreSlim(0);
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await gate.WaitAsync(Patience.Limit);
            await exchange.EventAsync(OpenAiWire.Chunk("{}", "\"stop\""));
            await exchange.ChunkAsync(OpenAiWire.Done);
            await exchange.EndStreamAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        using var ready = await client.GetAsync(new Uri(edge.AdminUrl, "/health/ready"), Kit.Stop);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.StreamedChat));
        await connection.ReadUntilAsync("\n\n");

        edge.Signal(EdgeProcess.SigTerm);
        await edge.Log.EventAsync("stopping");
        using var unready = await client.GetAsync(new Uri(edge.AdminUrl, "/health/ready"), Kit.Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        using var live = await client.GetAsync(new Uri(edge.AdminUrl, "/health/live"), Kit.Stop);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.False(edge.HasExited);

        gate.Release();
        Assert.EndsWith(OpenAiWire.Done, await connection.ReadUntilAsync(OpenAiWire.Done));
        Assert.Equal(0, await edge.ExitAsync());
    }

    [Fact]
    public async Task Past_the_deadline_a_stream_ends_with_an_error_event_and_a_call_with_503()
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            if (exchange.Text.Contains("\"stream\":true", StringComparison.Ordinal))
            {
                await exchange.StartStreamAsync();
                await exchange.EventAsync(OpenAiWire.Text("Hello"));
            }
            await exchange.HangAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + "\nserver:\n  shutdown_timeout: 300ms\n");
        using var stream = await edge.ConnectAsync();
        await stream.SendAsync(Kit.Post(Kit.StreamedChat));
        var begun = await stream.ReadUntilAsync("\n\n");
        using var call = await edge.ConnectAsync();
        await call.SendAsync(Kit.Post(Kit.Chat));
        await upstream.NextRequestAsync();
        await upstream.NextRequestAsync();

        edge.Signal(EdgeProcess.SigTerm);
        var rest = await stream.ReadUntilAsync("0\r\n\r\n");
        Assert.Contains("\"Hello\"", begun);
        Assert.Contains("GATEWAY_STOPPING", rest);
        Assert.DoesNotContain("[DONE]", rest);
        // The stream is ended by HTTP's rules too: its last chunk is there.
        Assert.EndsWith("0\r\n\r\n", rest);
        var refused = await call.ReceiveAsync();
        Assert.NotNull(refused);
        Assert.Equal(503, refused.Status);
        Kit.AssertError(refused.Text, "GATEWAY_STOPPING");
        Assert.Equal(0, await edge.ExitAsync());
    }

    [Fact]
    public async Task A_second_signal_does_not_break_the_first_ones_work()
    {
        using var gate = new SemaphoreSlim(0);
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await gate.WaitAsync(Patience.Limit);
            await exchange.JsonAsync(OpenAiWire.Completion());
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        var answer = client.PostAsync(Kit.Chat);
        await upstream.NextRequestAsync();
        edge.Signal(EdgeProcess.SigTerm);
        await edge.Log.EventAsync("stopping");
        edge.Signal(EdgeProcess.SigTerm);
        edge.Signal(EdgeProcess.SigHup);
        gate.Release();
        using var response = await answer;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, await edge.ExitAsync());
    }
}
