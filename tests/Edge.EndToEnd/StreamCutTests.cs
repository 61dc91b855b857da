using System.Net;
using System.Text;

namespace Edge.EndToEnd;

/// <summary>A provider that dies inside its answer, at every byte: the client is always told, and never by a made-up end.</summary>
public class StreamCutTests
{
    /// <summary>How the connection ends behind the cut.</summary>
    public static TheoryData<string, bool> Ways { get; } = new() { { "close", false }, { "reset", false }, { "close", true }, { "reset", true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_stream_cut_at_every_byte_ends_with_an_error(string way, bool anthropic)
    {
        var stream = anthropic ? AnthropicWire.Stream() : OpenAiWire.Stream();
        byte[] whole = [.. Encoding.ASCII.GetBytes(FakeExchange.StreamHead()), .. FakeExchange.Chunk(stream), .. "0\r\n\r\n"u8];
        var cut = 0;
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.SendAsync(whole.AsMemory(0, cut));
            if (way == "reset") exchange.Reset();
            else await exchange.CloseAsync();
        });
        await using var edge = await EdgeProcess.StartAsync((anthropic ? Kit.Anthropic(upstream) : Kit.OpenAi(upstream)) + Kit.OneAttempt);
        using var client = edge.CreateClient();
        var body = anthropic ? Kit.ClaudeChat.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal) : Kit.StreamedChat;

        using (var probe = await WholeAsync(client, body, whole, length => cut = length)) Assert.EndsWith(OpenAiWire.Done, await probe.TextAsync());

        // Behind its end mark a stream is whole, whatever the framing still lacks.
        var mark = anthropic ? AnthropicWire.Stop : OpenAiWire.Done;
        var complete = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes(mark)) + mark.Length;
        var seen = new HashSet<string>();
        for (cut = 0; cut < complete; cut++)
        {
            using var response = await client.PostStreamAsync(body);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                await response.AssertErrorAsync(HttpStatusCode.BadGateway);
                seen.Add("502");
                continue;
            }
            var text = await response.TextAsync();
            Assert.False(text.Contains("[DONE]", StringComparison.Ordinal), $"Cut at {cut} of {complete}: {text}");
            Assert.True(Kit.Events(text).Count > 0, $"Cut at {cut}: an empty stream.");
            Kit.AssertError(Kit.Events(text)[^1], "UPSTREAM_CUT");
            // What was sent before the cut was sent in whole events.
            Assert.StartsWith(Kit.Content(text), "Hello there");
            seen.Add("error event");
        }
        Assert.Equal(["502", "error event"], seen.Order());
        Assert.Equal(0, edge.Log.Count("request_failed"));
    }

    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    public async Task A_whole_answer_cut_at_every_byte_is_502(string way)
    {
        var whole = FakeExchange.Whole(OpenAiWire.Completion());
        var cut = 0;
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.SendAsync(whole.AsMemory(0, cut));
            if (way == "reset") exchange.Reset();
            else await exchange.CloseAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Kit.OneAttempt);
        using var client = edge.CreateClient();
        for (cut = 0; cut < whole.Length; cut++)
        {
            using var response = await client.PostAsync(Kit.Chat);
            await response.AssertErrorAsync(HttpStatusCode.BadGateway);
        }
    }

    [Fact]
    public async Task A_stream_without_its_end_mark_is_not_given_one_before_it_finished()
    {
        await using var upstream = FakeUpstream.Events(OpenAiWire.Event(OpenAiWire.Text("Hello")));
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Kit.OneAttempt);
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.StreamedChat);
        var text = await response.TextAsync();
        Assert.DoesNotContain("[DONE]", text);
        Kit.AssertError(Kit.Events(text)[^1]);
    }

    private static Task<HttpResponseMessage> WholeAsync(HttpClient client, string body, byte[] whole, Action<int> setCut)
    {
        setCut(whole.Length);
        return client.PostAsync(body);
    }
}
