using System.ClientModel;
using System.ClientModel.Primitives;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;

namespace Edge.EndToEnd.Cache;

/// <summary>Answers that are kept and shared, in the published binary, through official clients.</summary>
public class CacheTests
{
    private const string Caching = "\ncaching: { mode: exact }\n";

    [Fact]
    public async Task OpenAis_client_gets_the_same_answer_again_streamed_or_not()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion("Hello \\\"there\\\""));
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Caching);
        var client = new ChatClient("gpt-4o-mini", new ApiKeyCredential("sk-client"), new OpenAIClientOptions
        {
            Endpoint = new Uri(edge.Url, "/v1"),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Patience.Limit,
        });
        var first = await client.CompleteChatAsync([new UserChatMessage("Hi")], cancellationToken: Kit.Stop);
        Assert.Equal("miss", HeaderOf(first));
        var again = await client.CompleteChatAsync([new UserChatMessage("Hi")], cancellationToken: Kit.Stop);
        Assert.Equal("hit", HeaderOf(again));
        Assert.Equal(first.Value.Content[0].Text, again.Value.Content[0].Text);
        Assert.Equal((first.Value.Id, first.Value.Model, first.Value.CreatedAt, first.Value.FinishReason), (again.Value.Id, again.Value.Model, again.Value.CreatedAt, again.Value.FinishReason));
        Assert.Equal(
            (first.Value.Usage.InputTokenCount, first.Value.Usage.OutputTokenCount, first.Value.Usage.InputTokenDetails.CachedTokenCount),
            (again.Value.Usage.InputTokenCount, again.Value.Usage.OutputTokenCount, again.Value.Usage.InputTokenDetails.CachedTokenCount));

        var (text, finish, tokens) = ("", (ChatFinishReason?)null, 0);
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Hi")], cancellationToken: Kit.Stop))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            tokens = update.Usage?.OutputTokenCount ?? tokens;
        }
        Assert.Equal((first.Value.Content[0].Text, ChatFinishReason.Stop, first.Value.Usage.OutputTokenCount), (text, finish, tokens));
        Assert.Single(upstream.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Anthropics_client_gets_the_same_answer_again_streamed_or_not(bool ofAnthropic)
    {
        await using var upstream = FakeUpstream.Json(ofAnthropic
            ? """{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"Hello there"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":3}}"""
            : OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync((ofAnthropic ? Kit.Anthropic(upstream) : Kit.OpenAi(upstream)) + Caching);
        var client = new AnthropicClient { ApiKey = "sk-client", BaseUrl = edge.Url.ToString().TrimEnd('/'), MaxRetries = 0, Timeout = Patience.Limit, ResponseValidation = true };
        var request = new MessageCreateParams
        {
            Model = ofAnthropic ? "claude-sonnet-4-5" : "gpt-4o-mini",
            MaxTokens = 100,
            Messages = [new UserMessageParam("Hi")],
        };
        var first = await client.Messages.Create(request, Kit.Stop);
        var again = await client.Messages.Create(request, Kit.Stop);
        Assert.Equal(
            (first.ID, first.StopReason?.Value(), first.Usage.InputTokens, first.Usage.OutputTokens), (again.ID, again.StopReason?.Value(), again.Usage.InputTokens, again.Usage.OutputTokens));
        Assert.True(Assert.Single(first.Content).TryPickText(out var one) && Assert.Single(again.Content).TryPickText(out var other) && one.Text == other.Text);
        var text = "";
        await foreach (var update in client.Messages.CreateStreaming(request, Kit.Stop))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var said)) text += said.Text;
        }
        Assert.Equal("Hello there", text);
        Assert.Single(upstream.Requests);
    }

    /// <summary>The first client's connection is torn down behind some piece of the answer; the others have all of it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_stream_goes_on_without_the_one_who_asked_first(int after)
    {
        const int Crowd = 40;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await gate.Task;
            var events = OpenAiWire.Stream().Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < events.Length; i++)
            {
                if (i == after) await gone.Task;
                await exchange.ChunkAsync(events[i] + "\n\n");
            }
            await exchange.EndStreamAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Caching);
        using var leader = await edge.ConnectAsync();
        await leader.SendAsync(Kit.Post(Kit.StreamedChat));
        await upstream.NextRequestAsync();
        using var http = edge.CreateClient();
        var followers = Enumerable.Range(0, Crowd).Select(_ => http.PostAsync(Kit.StreamedChat)).ToArray();
        await Kit.EventuallyAsync(async () => await InFlightAsync(edge) == Crowd + 1, "the crowd has come");
        gate.SetResult();
        if (after > 0) await leader.ReadUntilAsync(after > 1 ? "Hello" : "assistant");
        leader.Reset();
        gone.SetResult();
        foreach (var follower in followers)
        {
            using var response = await follower;
            var text = await response.TextAsync();
            Assert.Contains(response.HeaderOf("x-edge-cache"), new[] { "coalesced", "hit" });
            Assert.Equal("Hello there", Kit.Content(text));
            Assert.EndsWith(OpenAiWire.Done, text);
        }
        Assert.Single(upstream.Requests);
        using var later = await http.PostAsync(Kit.Chat);
        Assert.Equal("hit", later.HeaderOf("x-edge-cache"));
        await Kit.EventuallyAsync(async () => await InFlightAsync(edge) == 0, "nothing is in flight");
    }

    [Fact]
    public async Task A_call_that_nobody_waits_for_ends()
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await exchange.HangAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Caching);
        var clients = new List<RawConnection>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await edge.ConnectAsync());
            await clients[i].SendAsync(Kit.Post(Kit.StreamedChat));
            await clients[i].ReadUntilAsync("Hello");
        }
        var call = Assert.Single(upstream.Requests);
        foreach (var client in clients) client.Reset();
        await Patience.For(call.ClosedByGateway, "the end of the call");
    }

    [Fact]
    public async Task A_file_of_requests_fills_it()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Caching);
        var file = Path.Combine(edge.Folder, "prompts.jsonl");
        await File.WriteAllTextAsync(file, $"{Kit.Chat}\n\n{Kit.Chat.Replace("Hi", "Ho", StringComparison.Ordinal)}\n{{\"path\":\"/v1/chat/completions\",\"body\":{Kit.Chat.Replace("Hi", "He", StringComparison.Ordinal)}}}\nnonsense\n", Kit.Stop);
        var warmed = await EdgeBinary.RunAsync("warm", "--file", file, "--url", edge.Url.ToString());
        Assert.Equal((1, "3 answered by a provider, 0 kept already, 0 not for the cache, 1 failed\n"), (warmed.ExitCode, warmed.Output));
        Assert.Contains("line 5", warmed.Errors);
        using var http = edge.CreateClient();
        using var response = await http.PostAsync(Kit.Chat);
        Assert.Equal("hit", response.HeaderOf("x-edge-cache"));
        Assert.Equal(3, upstream.Requests.Count);
    }

    /// <summary>The library and the model stand beside the binary.</summary>
    [Fact(Skip = "In the published binary the embedding model does not load yet: the semantic cache stays at 'loading', and identical requests alone are answered.")]
    public async Task Who_asks_for_the_same_in_other_words_gets_the_answer()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion("Click there"));
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + Caching);
        Assert.Equal(0, await MetricAsync(edge, "edge_cache_semantic_ready"));
        await edge.ReloadAsync(Kit.OpenAi(upstream) + "\ncaching: { mode: semantic, semantic_deadline: 10s }\n");
        await Kit.EventuallyAsync(async () => await MetricAsync(edge, "edge_cache_semantic_ready") == 1, "the model is loaded");
        using var http = edge.CreateClient();
        using var first = await http.PostAsync(Ask(Kit.Chat, "How do I reset my password?"));
        Assert.Equal("miss", first.HeaderOf("x-edge-cache"));
        Assert.Contains("Click there", await first.TextAsync(), StringComparison.Ordinal);
        await Kit.EventuallyAsync(async () => await MetricAsync(edge, "edge_cache_semantic_entries") == 1, "its prompt is known");
        using var again = await http.PostAsync(Ask(Kit.Chat, "Could you tell me how I can reset my password, please?"));
        Assert.Equal("semantic", again.HeaderOf("x-edge-cache"));
        Assert.Contains("Click there", await again.TextAsync(), StringComparison.Ordinal);
        using var streamed = await http.PostAsync(Ask(Kit.StreamedChat, "How can I reset my password?"));
        Assert.Equal("semantic", streamed.HeaderOf("x-edge-cache"));
        Assert.Equal("Click there", Kit.Content(await streamed.TextAsync()));
        using var other = await http.PostAsync(Ask(Kit.Chat, "How do I reset my phone?"));
        Assert.Equal("miss", other.HeaderOf("x-edge-cache"));
        Assert.Equal(2, upstream.Requests.Count);

        static string Ask(string body, string text) => body.Replace("\"Hi\"", $"\"{text}\"", StringComparison.Ordinal);
    }

    private static Task<int> InFlightAsync(EdgeProcess edge) => MetricAsync(edge, "edge_requests_in_flight");

    private static async Task<int> MetricAsync(EdgeProcess edge, string name)
    {
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(edge.AdminUrl, "/metrics"), Kit.Stop);
        var line = metrics.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string HeaderOf<T>(ClientResult<T> result) => result.GetRawResponse().Headers.TryGetValue("x-edge-cache", out var value) ? value! : "";
}
