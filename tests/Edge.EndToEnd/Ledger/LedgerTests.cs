using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Edge.EndToEnd.Ledger;

/// <summary>The published binary with a data directory: what was used and paid is read back over the admin API, also after it was killed.</summary>
public sealed class LedgerTests : IDisposable
{
    private const string Token = "0123456789abcdef-operator";
    private const string AcmeToken = "0123456789abcdef-of-acme";
    private const int SigKill = 9;
    private const int Clients = 16;
    private const int Rounds = 3;

    // 9 tokens in, of which 4 out of the cache, and 3 out; the prices below have none of their own for the cache.
    private const decimal Mini = ((9 * 0.15m) + (3 * 0.60m)) / 1_000_000;
    private const decimal Big = ((9 * 2.50m) + (3 * 10.00m)) / 1_000_000;

    private readonly string _data = Directory.CreateTempSubdirectory("edge-ledger-e2e-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task What_everybody_used_is_told_by_organisation_key_tag_and_model()
    {
        await using var provider = Provider();
        await using var edge = await EdgeProcess.StartAsync(Yaml(provider));
        var costs = new Dictionary<string, decimal>(StringComparer.Ordinal);
        for (var i = 0; i < 3; i++) await AskAsync(edge, "acme-key-0123456789", "gpt-4o-mini", "project=apollo", costs);
        await AskAsync(edge, "acme-key-0123456789", "gpt-4o", "", costs);
        await AskAsync(edge, "acme-two-0123456789", "gpt-4o", "project=apollo", costs);
        await AskAsync(edge, "globex-key-0123456789", "gpt-4o-mini", "project=zeus", costs, isStream: true);
        await AskAsync(edge, "globex-key-0123456789", "gpt-4o", "project=zeus", costs);
        using var admin = Admin(edge, Token);
        await ReportedAsync(admin, 7);

        Assert.Equal([("acme", 5, (3 * Mini) + (2 * Big)), ("globex", 2, Mini + Big)], await LinesAsync(admin, "organisation"));
        Assert.Equal([("gpt-4o", 3, 3 * Big), ("gpt-4o-mini", 4, 4 * Mini)], await LinesAsync(admin, "model"));
        Assert.Equal([("", 1, Big), ("apollo", 4, (3 * Mini) + Big), ("zeus", 2, Mini + Big)], await LinesAsync(admin, "tag:project"));
        Assert.Equal([("apollo", 4, (3 * Mini) + Big)], await LinesAsync(admin, "tag:project", "&tag=project%3Dapollo"));
        var keys = await LinesAsync(admin, "caller");
        Assert.Equal([1, 2, 4], keys.Select(static line => line.Requests).Order());
        Assert.Equal((4 * Mini) + (3 * Big), keys.Sum(static line => line.Cost));

        // The rows say what the answers' heads said.
        var rows = await RowsAsync(admin);
        Assert.Equal(7, rows.Count);
        Assert.Equal(6, costs.Count);
        foreach (var (id, told) in costs) Assert.Equal(told, rows[id].GetProperty("cost_usd").GetDecimal());
        Assert.All(rows.Values, static row => Assert.Equal("reported", row.GetProperty("usage_from").GetString()));

        // The same as CSV, and by the command.
        using var csv = await admin.GetAsync(Report("organisation") + "&format=csv", Kit.Stop);
        Assert.Equal("text/csv", csv.Content.Headers.ContentType?.MediaType);
        var text = await csv.TextAsync();
        var lines = text.Split("\r\n");
        Assert.StartsWith("organisation,requests,", lines[0], StringComparison.Ordinal);
        Assert.Equal(text, (await RunAsync(edge, "report", "usage", "--group-by", "organisation", "--format=csv")).Output);
        var cost = Array.IndexOf(lines[0].Split(','), "cost_usd");
        Assert.Equal(["acme", "globex"], lines[1..3].Select(static line => line.Split(',')[0]));
        Assert.Equal([(3 * Mini) + (2 * Big), Mini + Big], lines[1..3].Select(line => decimal.Parse(line.Split(',')[cost], CultureInfo.InvariantCulture)));

        var table = await RunAsync(edge, "report", "usage", "--group-by", "organisation,model", "--organisation", "acme", "--interval=month");
        Assert.True(table.ExitCode == 0, table.Errors);
        var shown = table.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.Equal(["at", "organisation", "model", "requests", "input_tokens", "output_tokens", "cache_read_tokens", "cost_usd"], shown[0]);
        Assert.Equal(["acme", "gpt-4o", "2", "18", "6", "8", (2 * Big).ToString("0.#########", CultureInfo.InvariantCulture)], shown[1][1..]);
        Assert.Equal(["total", "5", "45", "15", "20"], shown[3][..5]);
        Assert.Contains("\"report\":\"savings\"", (await RunAsync(edge, "report", "savings", "--format", "json")).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(edge, "report", "usage", "--format", "xml")).ExitCode);
        Assert.Equal(2, (await RunAsync(edge, "report", "income")).ExitCode);
        Assert.Equal(1, (await RunAsync(edge, "report", "usage", "--group-by", "colour")).ExitCode);

        // A token of one organisation sees that one's alone, whatever it asks for.
        using var acme = Admin(edge, AcmeToken);
        Assert.Equal([("acme", 5, (3 * Mini) + (2 * Big))], await LinesAsync(acme, "organisation"));
        Assert.Empty(await LinesAsync(acme, "organisation", "&organisation=globex"));
        Assert.Equal(5, (await RowsAsync(acme)).Count);
    }

    [Fact]
    public async Task An_answer_out_of_the_cache_cost_nothing_and_one_without_a_price_says_nothing()
    {
        await using var provider = Provider();
        await using var edge = await EdgeProcess.StartAsync(
            Yaml(provider).Replace("gpt-4o]", "gpt-4o, nobody-prices-it]", StringComparison.Ordinal) + "\ncaching: { mode: exact }\n");
        using var client = edge.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "acme-key-0123456789");
        var told = new List<(string Cache, string Cost)>();
        foreach (var body in new[] { Kit.Chat, Kit.Chat, Kit.StreamedChat, Kit.Chat.Replace("gpt-4o-mini", "nobody-prices-it", StringComparison.Ordinal) })
        {
            using var response = await client.PostAsync(body);
            Assert.True(response.IsSuccessStatusCode, await response.TextAsync());
            told.Add((response.HeaderOf("x-edge-cache"), response.HeaderOf("x-edge-cost-usd")));
        }
        Assert.Equal([("miss", "0.00000315"), ("hit", "0"), ("hit", "0"), ("miss", "(absent)")], told);

        // Whoever asks for a stream's usage has the cost with it.
        using var streamed = await client.PostAsync(Kit.StreamedChat.Replace("\"Hi\"", "\"Ho\"", StringComparison.Ordinal).Replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}", StringComparison.Ordinal));
        var usage = JsonDocument.Parse(Kit.Events(await streamed.TextAsync())[^2]).RootElement;
        Assert.Equal((9, "0.00000315"), (usage.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("x_edge").GetProperty("cost_usd").GetString()));
    }

    [Theory]
    [InlineData("durable: true")]
    [InlineData("journal_interval: 100ms")]
    public async Task Whatever_was_answered_has_one_row_whenever_the_gateway_dies(string how)
    {
        // What docs/ledger.md lets a crash lose is milliseconds; the rest is for threads that a busy machine lets wait.
        var window = TimeSpan.FromSeconds(1);
        await using var provider = Provider();
        var random = new Random(6);
        var (early, late) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        for (var round = 0; round < Rounds; round++)
        {
            await using var edge = await EdgeProcess.StartAsync(Yaml(provider, how));
            using var client = new HttpClient { BaseAddress = edge.Url, Timeout = Patience.Limit };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "acme-key-0123456789");
            var whole = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
            var began = Stopwatch.GetTimestamp();
            var clients = Enumerable.Range(0, Clients).Select(number => DriveAsync(client, number, whole)).ToArray();
            // Until enough was answered long enough ago.
            while (!whole.Values.Any(at => Stopwatch.GetElapsedTime(at) > window) || whole.Count < 200) await Task.Delay(10, Kit.Stop);
            await Task.Delay(random.Next(100), Kit.Stop);
            var killed = Stopwatch.GetTimestamp();
            edge.Signal(SigKill);
            await Patience.For(Task.WhenAll(clients), "the clients' end");
            await edge.ExitAsync();
            foreach (var (id, at) in whole) (Stopwatch.GetElapsedTime(at, killed) > window ? early : late).Add(id);
        }

        await using var last = await EdgeProcess.StartAsync(Yaml(provider, how));
        using var admin = Admin(last, Token);
        // One that is posted now is behind all that the dead left in the journal.
        var marks = new Dictionary<string, decimal>(StringComparer.Ordinal);
        await AskAsync(last, "globex-key-0123456789", "gpt-4o-mini", "", marks);
        var rows = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        await Kit.EventuallyAsync(async () => (rows = await RowsAsync(admin)).ContainsKey(marks.Keys.Single()), "the journal is taken in");

        var missing = early.Where(id => !rows.ContainsKey(id)).ToList();
        var missingLate = late.Count(id => !rows.ContainsKey(id));
        TestContext.Current.TestOutputHelper?.WriteLine($"{how}: {early.Count + late.Count} answered over {Rounds} kills, {rows.Count} rows; missing {missing.Count} of {early.Count} early, {missingLate} of {late.Count} in the last {window.TotalSeconds} s");
        Assert.True(missing.Count == 0, $"{missing.Count} of {early.Count} answers have no row, such as {missing.FirstOrDefault()}");
        // The sums count each row once, also where it was in the database before its journal knew.
        var total = (await ReportAsync(admin, "organisation")).GetProperty("total");
        Assert.Equal((rows.Count, rows.Count * Mini), (total.GetProperty("requests").GetInt32(), total.GetProperty("cost_usd").GetDecimal()));
    }

    private static FakeUpstream Provider() => new(static async exchange =>
    {
        if (!exchange.Json.TryGetProperty("stream", out var stream) || stream.ValueKind != JsonValueKind.True)
        {
            await exchange.JsonAsync(OpenAiWire.Completion());
            return;
        }
        await exchange.StartStreamAsync();
        await exchange.ChunkAsync(OpenAiWire.Stream());
        await exchange.EndStreamAsync();
    });

    private string Yaml(FakeUpstream provider, string ledger = "durable: true") => Kit.OpenAi(provider).Replace("[gpt-4o-mini]", "[gpt-4o-mini, gpt-4o]", StringComparison.Ordinal) + $$"""

        prices: { models: { openai/gpt-4o-mini: { input: 0.15, output: 0.60 }, openai/gpt-4o: { input: 2.50, output: 10 } } }
        tenants: { acme: {}, globex: {} }
        auth:
          api_keys:
            - { key: acme-key-0123456789, name: acme-one, organisation: acme }
            - { key: acme-two-0123456789, name: acme-two, organisation: acme }
            - { key: globex-key-0123456789, name: globex-one, organisation: globex }
        admin:
          tokens:
            - { name: operator, token: {{Token}} }
            - { name: of-acme, token: {{AcmeToken}}, role: viewer, organisation: acme }
        stores: { data_directory: {{_data}} }
        ledger: { {{ledger}}, write_interval: 20ms }
        """;

    private static HttpClient Admin(EdgeProcess edge, string token)
    {
        var client = new HttpClient { BaseAddress = new Uri(edge.AdminUrl, "/admin/v1/"), Timeout = Patience.Limit };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static Task<CommandResult> RunAsync(EdgeProcess edge, params string[] arguments) => EdgeBinary.RunAsync(
        EdgeBinary.Path, [.. arguments, "--from", Day(-1), "--to", Day(2), "--url", edge.AdminUrl.ToString()], new Dictionary<string, string> { ["EDGE_ADMIN_TOKEN"] = Token });

    // Whole answers say their cost; that of a stream is known when its head is long gone.
    private static async Task AskAsync(EdgeProcess edge, string key, string model, string tags, Dictionary<string, decimal> costs, bool isStream = false)
    {
        using var client = edge.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path) { Content = Kit.Json((isStream ? Kit.StreamedChat : Kit.Chat).Replace("gpt-4o-mini", model, StringComparison.Ordinal)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (tags.Length > 0) request.Headers.Add("x-edge-tags", tags);
        using var response = await client.SendAsync(request, Kit.Stop);
        Assert.True(response.IsSuccessStatusCode, await response.TextAsync());
        var cost = response.HeaderOf("x-edge-cost-usd");
        if (isStream) Assert.Equal("(absent)", cost);
        else costs.Add(response.HeaderOf("x-edge-request-id"), decimal.Parse(cost, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
    }

    private static async Task DriveAsync(HttpClient client, int number, ConcurrentDictionary<string, long> whole)
    {
        for (var i = 0; ; i++)
        {
            var isStream = (number + i) % 2 == 0;
            try
            {
                using var response = await client.PostAsync(Kit.Path, Kit.Json(isStream ? Kit.StreamedChat : Kit.Chat), CancellationToken.None);
                var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
                var isWhole = (int)response.StatusCode == 200 && (!isStream || text.Contains("[DONE]", StringComparison.Ordinal));
                if (isWhole) whole[response.HeaderOf("x-edge-request-id")] = Stopwatch.GetTimestamp();
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                return;
            }
        }
    }

    private static string Day(int offset) => DateTimeOffset.UtcNow.AddDays(offset).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Report(string groupBy) => $"reports/usage?from={Day(-1)}&to={Day(2)}&group_by={Uri.EscapeDataString(groupBy)}";

    private static async Task<JsonElement> ReportAsync(HttpClient admin, string groupBy, string more = "")
    {
        using var response = await admin.GetAsync(Report(groupBy) + more, Kit.Stop);
        Assert.True(response.IsSuccessStatusCode, await response.TextAsync());
        return await response.JsonAsync();
    }

    private static Task ReportedAsync(HttpClient admin, int requests) =>
        Kit.EventuallyAsync(async () => (await ReportAsync(admin, "model")).GetProperty("total").GetProperty("requests").GetInt32() >= requests, $"{requests} requests are in the report");

    // By name.
    private static async Task<List<(string Name, int Requests, decimal Cost)>> LinesAsync(HttpClient admin, string groupBy, string more = "") =>
    [
        .. (await ReportAsync(admin, groupBy, more)).GetProperty("data").EnumerateArray()
            .Select(line => (line.GetProperty(groupBy).GetString()!, line.GetProperty("requests").GetInt32(), line.GetProperty("cost_usd").GetDecimal()))
            .OrderBy(static line => line.Item1, StringComparer.Ordinal),
    ];

    // By id; one that comes twice fails.
    private static async Task<Dictionary<string, JsonElement>> RowsAsync(HttpClient admin)
    {
        var rows = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var after = ""; ;)
        {
            using var response = await admin.GetAsync($"ledger?from={Day(-1)}&to={Day(2)}&limit=1000{(after.Length == 0 ? "" : "&after=" + Uri.EscapeDataString(after))}", Kit.Stop);
            Assert.True(response.IsSuccessStatusCode, await response.TextAsync());
            var page = await response.JsonAsync();
            foreach (var row in page.GetProperty("data").EnumerateArray()) rows.Add(row.GetProperty("id").GetString()!, row);
            if (page.GetProperty("next").GetString() is not { Length: > 0 } next) return rows;
            after = next;
        }
    }
}
