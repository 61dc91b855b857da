using System.Globalization;

namespace Edge.EndToEnd.Routing;

/// <summary>Targets that fail and heal at random under load. EDGE_CHAOS_SECONDS says for how long; the seed is fixed, what the machine makes of it is not.</summary>
public sealed class ChaosTests
{
    private const int Clients = 500;
    private const int Targets = 4;
    private const int Seed = 20260101;

    // The last one: with it every request can be served.
    private const int AlwaysWell = Targets - 1;

    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("EDGE_CHAOS_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 9);

    private static readonly Mood[] _ills = [.. Enum.GetValues<Mood>().Where(mood => mood != Mood.Well)];

    private readonly Mood[] _moods = new Mood[Targets];
    private readonly int[] _served = new int[Targets];

    private enum Mood
    {
        Well,
        Fails,
        Throttles,
        Overloaded,
        Resets,
        Hangs,
        Closes,
        CutsInside,
        ErrsInside,
        Babbles,
    }

    [Fact]
    public async Task With_one_target_well_nobody_notices_but_streams_that_had_begun()
    {
        var targets = Enumerable.Range(0, Targets).Select(number => new FakeUpstream(exchange => ServeAsync(number, exchange))).ToList();
        await using var edge = await EdgeProcess.StartAsync(Config(targets));
        using var client = new HttpClient { BaseAddress = edge.Url, Timeout = Patience.Limit };
        var crowd = new Crowd(Clients, "any", async (_, errand) =>
        {
            using var response = await client.PostAsync(errand.Path, Kit.Json(errand.Body), CancellationToken.None);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(CancellationToken.None));
        });

        var random = new Random(Seed);
        var end = TimeProvider.System.GetTimestamp() + (long)(_duration.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var warm = TimeProvider.System.GetTimestamp() + (long)(_duration.TotalSeconds / 3 * TimeProvider.System.TimestampFrequency);
        long residentWarm = 0;
        while (TimeProvider.System.GetTimestamp() < end && crowd.Complaints.Count == 0)
        {
            _moods[random.Next(AlwaysWell)] = random.Next(3) == 0 ? Mood.Well : _ills[random.Next(_ills.Length)];
            // How often the weather changes; nothing waits for it.
            await Task.Delay(150, Kit.Stop);
            if (residentWarm == 0 && TimeProvider.System.GetTimestamp() > warm) residentWarm = Resident(edge);
        }
        var resident = Resident(edge);
        await crowd.StopAsync();

        Assert.True(crowd.Complaints.Count == 0, $"{crowd.Complaints.Count} of {crowd.Answered} went wrong:\n" + string.Join('\n', crowd.Complaints.Take(10)));
        Assert.True(crowd.Answered > Clients, $"{crowd.Answered} answers");
        Assert.Equal(0, edge.Log.Count("request_failed"));
        Assert.True(resident < (residentWarm * 5 / 4) + (32 << 20), $"{residentWarm >> 20} MiB resident became {resident >> 20} MiB");
        TestContext.Current.TestOutputHelper?.WriteLine($"{crowd.Answered} answers, {crowd.Broken} streams broken off, {residentWarm >> 20} -> {resident >> 20} MiB");

        await BreakersCloseAsync(client);
        await Kit.EventuallyAsync(async () => (await Scrape.OfAsync(edge)).Sum("edge_requests_in_flight") == 0, "no request is in flight");
        var recorded = await Scrape.OfAsync(edge);
        Assert.True(recorded.Sum("edge_requests_total", ("outcome", "completed")) >= crowd.Answered);
        foreach (var target in targets)
        {
            Assert.Empty(target.Faults);
            await target.DisposeAsync();
        }
    }

    // Everybody is well: each gets its turn again, as if nothing had been.
    private async Task BreakersCloseAsync(HttpClient client)
    {
        Array.Clear(_moods);
        await Kit.EventuallyAsync(async () =>
        {
            var before = (int[])_served.Clone();
            for (var i = 0; i < 2 * Targets; i++) Assert.True((await Seen.PostAsync(client, "any", "after", stream: false)).Status == 200);
            return _served.Zip(before, (now, then) => now - then).All(count => count == 2);
        }, "every target takes its turn again");
    }

    private static long Resident(EdgeProcess edge)
    {
        var line = File.ReadLines($"/proc/{edge.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    private static string Config(List<FakeUpstream> targets)
    {
        var providers = string.Concat(targets.Select((target, number) => $"  p{number}:\n    url: {target.Url}\n    models: [m]\n"
            // What hangs is given up soon, but who is well has all the time that a busy machine may need.
            + (number == AlwaysWell ? "" : "    first_byte_timeout: 2s\n    response_timeout: 3s\n    first_token_timeout: 3s\n    stream_idle_timeout: 2s\n")));
        return $"""
            providers:
            {providers}
            models:
              groups:
                any:
                  targets: [{string.Join(", ", targets.Select((_, number) => $"p{number}/m"))}]
                  strategy: round_robin
            upstream:
              connect_timeout: 30s
            routing:
              breaker:
                open_for: 200ms
                max_open_for: 500ms
              outlier:
                interval: 1s
                eject_for: 1s
            """;
    }

    private async Task ServeAsync(int number, FakeExchange exchange)
    {
        var mood = number == AlwaysWell ? Mood.Well : _moods[number];
        var word = Fault.PromptOf(exchange.Text);
        var stream = exchange.Text.Contains("\"stream\":true", StringComparison.Ordinal);
        // A model takes its time: it keeps the crowd at its size instead of the processor at its limit.
        if (word != "after") await Task.Delay(200 + word.Sum(letter => letter * 97) % 800);
        Interlocked.Increment(ref _served[number]);
        switch (mood)
        {
            case Mood.Fails:
                await exchange.JsonAsync(OpenAiWire.Error("No.", "server_error"), 500);
                return;
            case Mood.Throttles:
                await exchange.JsonAsync(OpenAiWire.Error("Slowly.", "rate_limit_error"), 429, "retry-after: 1\r\n");
                return;
            case Mood.Overloaded:
                await exchange.JsonAsync(OpenAiWire.Error("Busy.", "overloaded_error"), 529);
                return;
            case Mood.Resets:
                exchange.Reset();
                return;
            case Mood.Hangs:
                await exchange.HangAsync();
                return;
            case Mood.Closes:
                await exchange.CloseAsync();
                return;
            case Mood.Babbles:
                await exchange.SendAsync("SSH-2.0-OpenSSH_9.2\r\n");
                await exchange.CloseAsync();
                return;
            default:
                await (stream ? StreamAsync(mood, exchange, word) : WholeAsync(mood, exchange, word));
                return;
        }
    }

    private static async Task WholeAsync(Mood mood, FakeExchange exchange, string word)
    {
        var whole = FakeExchange.Whole(mood == Mood.ErrsInside ? OpenAiWire.Error("Busy.", "server_error") : OpenAiWire.Completion(word + word));
        if (mood != Mood.CutsInside)
        {
            await exchange.SendAsync(whole);
            return;
        }
        await exchange.SendAsync(whole.AsMemory(0, whole.Length / 2));
        exchange.Reset();
    }

    private static async Task StreamAsync(Mood mood, FakeExchange exchange, string word)
    {
        await exchange.StartStreamAsync();
        foreach (var piece in Errand.Pieces(word))
        {
            await exchange.ChunkAsync(piece);
            await Task.Delay(50);
            if (mood == Mood.CutsInside)
            {
                exchange.Reset();
                return;
            }
            if (mood != Mood.ErrsInside) continue;
            await exchange.EventAsync(OpenAiWire.Error("Busy.", "server_error"));
            break;
        }
        await exchange.EndStreamAsync();
    }
}
