using System.Net;

namespace Edge.EndToEnd;

/// <summary>A configuration that changes under a running gateway.</summary>
public class ReloadTests
{
    private static string Alias(FakeUpstream upstream, string alias) => Kit.OpenAi(upstream) + $"\nmodels:\n  aliases:\n    {alias}: openai/gpt-4o-mini\n";

    private static string Asking(string model) => Kit.Chat.Replace("gpt-4o-mini", model, StringComparison.Ordinal);

    [Fact]
    public async Task SIGHUP_puts_a_new_configuration_in_force()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Alias(upstream, "before"));
        using var client = edge.CreateClient();
        await edge.ReloadAsync(Alias(upstream, "after"));
        using var after = await client.PostAsync(Asking("after"));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        using var before = await client.PostAsync(Asking("before"));
        await before.AssertErrorAsync(HttpStatusCode.NotFound, "MODEL_NOT_FOUND");
    }

    [Fact]
    public async Task A_changed_file_is_noticed_without_a_signal()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Alias(upstream, "before"));
        using var client = edge.CreateClient();
        await edge.ReplaceConfigAsync(Alias(upstream, "after"));
        await edge.Log.EventAsync("config_reloaded");
        using var after = await client.PostAsync(Asking("after"));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_and_every_error_is_logged()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Alias(upstream, "before"));
        using var client = edge.CreateClient();
        await edge.ReplaceConfigAsync("providers:\n  openai:\n    url: ftp://x\nrouting:\n  strategi: x\n");
        edge.Signal(EdgeProcess.SigHup);
        await edge.Log.EventAsync("config_rejected", skip: 1);
        var log = edge.Log.ToString();
        Assert.Contains("ftp://x", log);
        Assert.Contains("strategi", log);
        using var response = await client.PostAsync(Asking("before"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var metrics = await client.GetAsync(new Uri(edge.AdminUrl, "/metrics"), Kit.Stop);
        Assert.Contains("edge_config_last_reload_successful 0", await metrics.TextAsync());

        // And it heals.
        await edge.ReloadAsync(Alias(upstream, "healed"));
        using var healed = await client.PostAsync(Asking("healed"));
        Assert.Equal(HttpStatusCode.OK, healed.StatusCode);
    }

    [Fact]
    public async Task A_stream_in_flight_finishes_in_the_world_it_began_in()
    {
        using var gate = new SemaphoreSlim(0);
        await using var old = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("old"));
            await gate.WaitAsync(Patience.Limit);
            await exchange.EventAsync(OpenAiWire.Chunk("{}", "\"stop\""));
            await exchange.ChunkAsync(OpenAiWire.Done);
            await exchange.EndStreamAsync();
        });
        await using var next = FakeUpstream.Json(OpenAiWire.Completion("new"));
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(old));
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.StreamedChat));
        await connection.ReadUntilAsync("\n\n");
        await edge.ReloadAsync(Kit.OpenAi(next));
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        Assert.Contains("new", await response.TextAsync());
        gate.Release();
        Assert.EndsWith(OpenAiWire.Done, await connection.ReadUntilAsync(OpenAiWire.Done));
    }

    [Fact]
    public async Task A_secret_in_a_file_is_followed()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        var folder = EdgeProcess.NewFolder();
        var secret = Path.Combine(folder, "key");
        await File.WriteAllTextAsync(secret, "sk-one\n", Kit.Stop);
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream).Replace("sk-upstream", "${file:" + secret + "}", StringComparison.Ordinal), folder: folder);
        using var client = edge.CreateClient();
        using (await client.PostAsync(Kit.Chat)) Assert.Equal("Bearer sk-one", upstream.Requests.Last().Header("authorization"));
        await File.WriteAllTextAsync(secret, "sk-two\n", Kit.Stop);
        await edge.Log.EventAsync("config_reloaded");
        using (await client.PostAsync(Kit.Chat)) Assert.Equal("Bearer sk-two", upstream.Requests.Last().Header("authorization"));
    }

    [Fact]
    public async Task Requests_never_fail_while_the_configuration_is_replaced()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Alias(upstream, "same"));
        using var client = edge.CreateClient();
        using var done = new CancellationTokenSource();
        var asking = Task.Run(async () =>
        {
            var asked = 0;
            while (!done.IsCancellationRequested)
            {
                using var response = await client.PostAsync(Asking("same"));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                asked++;
            }
            return asked;
        }, Kit.Stop);
        for (var i = 0; i < 20; i++) await edge.ReloadAsync(Alias(upstream, "same"));
        await done.CancelAsync();
        Assert.True(await asking > 0);
    }
}
