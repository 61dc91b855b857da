using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd.Routing;

/// <summary>
/// Every way in which a provider fails, with every strategy, streamed and not: what the client sees, who is called how often, what is recorded, and that nothing stays behind. One gateway serves all of it at
/// once; each cell has providers of its own, so that what one learns does not change another.
/// </summary>
public sealed class FaultMatrixTests
{
    private const int AtOnce = 24;
    private const string Alone = "alone";
    private const string Page = "docs/routing-faults.md";

    private static readonly string[] _strategies = ["priority", "weighted", "round_robin", "latency_optimized", "cost_optimized", "quality_first", "balanced", "sticky"];

    [Fact]
    public async Task Whatever_happens_the_client_is_served_or_told()
    {
        var faults = await Fault.StartAllAsync();
        await using var well = new FakeUpstream(exchange => exchange.Text.Contains("\"stream\":true", StringComparison.Ordinal) ? StreamAsync(exchange) : exchange.JsonAsync(OpenAiWire.Completion()));
        var cells = (from fault in faults
                     from strategy in (string[])[Alone, .. _strategies]
                     from stream in (bool[])[false, true]
                     select new Cell(faults.IndexOf(fault), fault, strategy, stream)).ToList();
        await using var edge = await EdgeProcess.StartAsync(Config(cells, well));
        var sockets = await WarmUpAsync(edge);

        var seen = new ConcurrentDictionary<Cell, List<Seen>>();
        using (var client = edge.CreateClient())
        {
            await Parallel.ForEachAsync(cells, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Kit.Stop }, async (cell, _) =>
            {
                var answers = new List<Seen>();
                for (var i = 0; i < cell.Requests; i++) answers.Add(await cell.SendAsync(client, i));
                seen[cell] = answers;
            });
        }

        var failures = new List<string>();
        // Nothing stays: no request, no connection, no socket.
        await Kit.EventuallyAsync(async () => (await Scrape.OfAsync(edge)).Sum("edge_requests_in_flight") == 0, "no request is in flight");
        await Kit.EventuallyAsync(() => Task.FromResult(SocketsOf(edge) <= sockets), $"no more than the {sockets} sockets of the beginning");
        await Kit.EventuallyAsync(async () => (await Scrape.OfAsync(edge)).Sum("edge_upstream_connections", ("state", "open")) == 0, "no connection to a provider is open");
        var recorded = await Scrape.OfAsync(edge);
        Assert.Equal(0, await edge.StopAsync());
        Assert.Equal(0, edge.Log.Count("request_failed"));
        Assert.Equal(0, edge.Log.Count("worker_failed"));
        Assert.Empty(well.Faults);

        var calls = Calls(edge, faults, well);
        foreach (var cell in cells) failures.AddRange(cell.Check(seen[cell], calls, recorded).Select(what => $"{cell}: {what}"));
        Assert.True(failures.Count == 0, $"{failures.Count} failures:\n" + string.Join('\n', failures));
        Compare(Table(faults, cells, seen, calls));
        foreach (var fault in faults) await fault.DisposeAsync();
    }

    // Sockets that live as long as the process are there once everything has been used once.
    private static async Task<int> WarmUpAsync(EdgeProcess edge)
    {
        using (var client = edge.CreateClient())
        {
            foreach (var stream in (bool[])[false, true]) Assert.True((await Seen.PostAsync(client, "warm-up", "warm", stream)).IsGood);
        }
        // The scrape's own connection and what listens; one more for a connection that the kernel still closes.
        await Scrape.OfAsync(edge);
        return SocketsOf(edge) + 1;
    }

    private static int SocketsOf(EdgeProcess edge)
    {
        var count = 0;
        foreach (var file in Directory.EnumerateFiles($"/proc/{edge.Id}/fd"))
        {
            if (new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true) count++;
        }
        return count;
    }

    private static async Task StreamAsync(FakeExchange exchange)
    {
        await exchange.StartStreamAsync();
        await exchange.ChunkAsync(OpenAiWire.Stream());
        await exchange.EndStreamAsync();
    }

    private static string Config(List<Cell> cells, FakeUpstream well)
    {
        var yaml = new StringBuilder("providers:\n");
        yaml.Append(CultureInfo.InvariantCulture, $"  warm:\n    url: {well.Url}/warm\n    models: [m]\n");
        foreach (var cell in cells)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"  {cell.Sick}:\n    url: {cell.Fault.Url}/{cell.Sick}\n    models: [m]\n{cell.Fault.Config}");
            // An endpoint of its own: over HTTP/2 the cells of a fault would share a connection, and end each other's answers.
            yaml.Append(CultureInfo.InvariantCulture, $"    connect_timeout: {60_000 + yaml.Length}ms\n");
            if (cell.Strategy != Alone) yaml.Append(CultureInfo.InvariantCulture, $"  {cell.Well}:\n    url: {well.Url}/{cell.Well}\n    models: [m]\n");
        }
        yaml.Append("models:\n  aliases:\n    warm-up: warm/m\n  groups:\n");
        foreach (var cell in cells)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"    {cell.Model}:\n      targets: [{cell.Sick}/m{(cell.Strategy == Alone ? "" : $", {cell.Well}/m")}]\n");
            if (cell.Strategy != Alone) yaml.Append(CultureInfo.InvariantCulture, $"      strategy: {cell.Strategy}\n");
            if (cell.Strategy == "weighted") yaml.Append(CultureInfo.InvariantCulture, $"      weights: {{\"{cell.Well}/m\": 0}}\n");
        }
        // Connections at rest go soon: then what is left at the end has leaked.
        return yaml + "upstream:\n  idle_connection_timeout: 1s\nrouting:\n  retry:\n    base_delay: 1ms\n    max_delay: 20ms\n";
    }

    // By provider. Fake providers that read requests count by themselves; of the others the gateway's log tells each exchange that failed.
    private static Dictionary<string, int> Calls(EdgeProcess edge, List<Fault> faults, FakeUpstream well)
    {
        static string Model(string prompt) => prompt.Split('#')[0];
        var told = faults.SelectMany(fault => fault.Prompts ?? []).Select(prompt => Model(prompt) + "-sick").Concat(well.Requests.Select(exchange => Model(Fault.PromptOf(exchange.Text)) + "-well"));
        var counted = told.CountBy(name => name).ToDictionary();
        foreach (var line in edge.Log.Lines.Where(line => line.Contains("\"upstream_failed\"", StringComparison.Ordinal)))
        {
            var name = JsonDocument.Parse(line).RootElement.GetProperty("provider").GetString()!;
            var fault = faults[int.Parse(name.AsSpan(1, 2), CultureInfo.InvariantCulture)];
            if (fault.Prompts is null && name.EndsWith("-sick", StringComparison.Ordinal)) counted[name] = counted.GetValueOrDefault(name) + 1;
        }
        return counted;
    }

    private static string Table(List<Fault> faults, List<Cell> cells, ConcurrentDictionary<Cell, List<Seen>> seen, Dictionary<string, int> calls)
    {
        var page = new StringBuilder("""
            # What becomes of a provider's failure

            Generated by `FaultMatrixTests` from the published binary, which meets each of these faults streamed and not, alone and with a second target that is well, with every strategy
            (`EDGE_UPDATE_GOLDEN=1` rewrites it). The codes are those of [errors.md](errors.md), or the provider's own (`told_no`, `model_busy`).

            - *Alone*: the model has one target, which fails so every time. The number is how often it is called: what may be over in a moment is tried again (`routing.retry.per_target`), what has had its
              time is not, and neither is what asks for more patience than `routing.retry.max_delay`. Over HTTP/2 a call that the provider says it has not looked at goes out once more by itself.
            - *With another target*: how often the one that fails and the one that is well are called. Once a part of a stream has reached the client nobody else is asked, and the stream ends
              with an error event: never with a finish reason or an end mark that the provider did not send.

            | fault | alone, whole | alone, streamed | with another target, whole | with another target, streamed |
            | --- | --- | --- | --- | --- |

            """);
        string Of(Fault fault, string strategy, bool stream)
        {
            var cell = cells.Single(cell => cell.Fault == fault && cell.Strategy == strategy && cell.IsStream == stream);
            return cell.Describe(seen[cell][0], calls);
        }
        foreach (var fault in faults)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {fault.Name} | {Of(fault, Alone, false)} | {Of(fault, Alone, true)} | {Of(fault, "priority", false)} | {Of(fault, "priority", true)} |\n");
        }
        return page.ToString();
    }

    private static void Compare(string text)
    {
        var path = Path.Combine(SharedData.RepositoryRoot, Page);
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1") File.WriteAllText(path, text);
        Assert.True(File.Exists(path), $"{Page} is absent: EDGE_UPDATE_GOLDEN=1 with this test writes it.");
        Assert.Equal(File.ReadAllText(path), text);
    }

    private sealed record Cell(int Number, Fault Fault, string Strategy, bool IsStream)
    {
        public string Model => string.Create(CultureInfo.InvariantCulture, $"f{Number:D2}-{Strategy}-{(IsStream ? "stream" : "whole")}");

        public string Sick => Model + "-sick";

        public string Well => Model + "-well";

        // In order, so that what was learnt from one is used for the next. One where the table says how often who was called.
        public int Requests => Strategy is Alone or "priority" ? 1 : 2;

        private Stage Stage => Fault.StageOf(IsStream);

        public override string ToString() => $"{Fault.Name}, {Strategy}, {(IsStream ? "streamed" : "whole")} ({Model})";

        public async Task<Seen> SendAsync(HttpClient client, int number)
        {
            var prompt = string.Create(CultureInfo.InvariantCulture, $"{Model}#{number}");
            try
            {
                return await Seen.PostAsync(client, Model, prompt, IsStream, () => Fault.Arrived(prompt));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(ToString(), e);
            }
        }

        public string Describe(Seen seen, Dictionary<string, int> calls) =>
            $"{seen}; {DescribeSick(calls)}" + (Strategy == Alone ? "" : $" + {calls.GetValueOrDefault(Well)}");

        // Whether the repetition gets as far as the provider depends on how far the connection's end has come.
        private string DescribeSick(Dictionary<string, int> calls) => string.Create(CultureInfo.InvariantCulture, $"{(Fault.Sent == 1 ? "" : "at most ")}{(Fault.Sent == 1 ? calls.GetValueOrDefault(Sick) : Fault.Sent * (Strategy == Alone ? 2 : 1))}");

        public IEnumerable<string> Check(List<Seen> answers, Dictionary<string, int> calls, Scrape recorded)
        {
            var (sick, well) = (calls.GetValueOrDefault(Sick), calls.GetValueOrDefault(Well));
            foreach (var seen in answers)
            {
                var isExpected = Stage switch
                {
                    Stage.Harmless => seen.IsGood,
                    Stage.Before => Strategy == Alone ? seen.IsRefused : seen.IsGood,
                    _ => seen.IsBroken || (Strategy != Alone && seen.IsGood),
                };
                if (!isExpected) yield return $"the client saw {seen}";
                // What one provider has begun no other goes on with.
                if (seen.Content != (seen.IsGood ? "Hello there" : seen.IsBroken ? Fault.Part : "")) yield return $"the client read '{seen.Content}'";
            }
            var broken = answers.Count(seen => seen.IsBroken);
            if (Stage != Stage.Harmless && Strategy != Alone && well != answers.Count - broken) yield return $"the target that is well was called {well} times for {answers.Count} requests, {broken} of them broken off";
            if (sick > Fault.Sent * (Strategy == Alone ? 2 : answers.Count)) yield return $"the target that fails was called {sick} times";
            if (broken > sick) yield return $"{broken} streams broke off in {sick} calls";
            // Sent there by the strategy, at least once.
            if (Strategy is Alone or "priority" or "weighted" or "round_robin" && sick == 0) yield return "the target that fails was not called";

            double Requests(string provider, params (string, string)[] labels) => recorded.Of(provider).Sum("edge_requests_total", [("streamed", IsStream ? "true" : "false"), .. labels]);
            double Tokens(string provider) => recorded.Of(provider).Sum("edge_tokens_total", ("kind", "input"));
            if (Requests(Sick) + Requests(Well) != answers.Count) yield return $"{Requests(Sick)} + {Requests(Well)} requests were recorded, not {answers.Count}";
            var good = Requests(Sick, ("outcome", "completed")) + Requests(Well, ("outcome", "completed"));
            if (good != answers.Count(seen => seen.IsGood)) yield return $"{good} requests were recorded as completed, not {answers.Count(seen => seen.IsGood)}";
            // Each answer of the fake providers reports nine tokens of prompt; what was not answered costs nothing that anybody reported.
            if (Tokens(Sick) + Tokens(Well) != 9 * good) yield return $"{Tokens(Sick)} + {Tokens(Well)} tokens were booked for {good} answers";
        }
    }
}
