using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Edge.EndToEnd.Budgets;

/// <summary>
/// Four gateways over one Redis and one budget, and a provider that keeps its own bill. <c>EDGE_TORTURE_REQUESTS</c> says how long (300; 2000 takes about a minute).
/// </summary>
public class TortureTests
{
    private const int Instances = 4;

    // A dollar a million tokens in, ten out.
    private const long In = 1_000, Out = 10_000;

    private static readonly int _requests = int.TryParse(Environment.GetEnvironmentVariable("EDGE_TORTURE_REQUESTS"), out var count) ? count : 300;

    // Enough to be in each other's way, and few enough to be still under way when gateways die.
    private static readonly int _atOnce = Math.Clamp(_requests / 8, 1, 300);

    [Fact]
    public async Task What_nobody_disturbs_is_booked_to_the_last_nano_dollar()
    {
        await using var redis = await RedisServer.StartNewAsync("--appendonly", "yes", "--appendfsync", "everysec");
        await using var provider = new BillingProvider();
        await using var gateways = await Gateways.StartAsync(provider, redis, dollars: 1_000);
        var seen = await gateways.CrowdAsync(_requests / 2, _atOnce, cancels: 0);

        Assert.True(_requests / 2 == seen.Answered.Count, $"{seen.Answered.Count} were answered: {seen.Complaint}");
        var (spent, reserved, unknown) = await gateways.SettledAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((provider.Sum(In, Out), 0L, 0L), (spent, reserved, unknown));
    }

    [Fact]
    public async Task A_budget_is_never_exceeded_and_nothing_is_lost_or_stuck_whatever_dies()
    {
        // All of them would cost about 0.001 a request: it is used up before they are through.
        var dollars = 0.0008m * _requests;
        await using var redis = await RedisServer.StartNewAsync("--appendonly", "yes", "--appendfsync", "everysec");
        await using var provider = new BillingProvider();
        await using var gateways = await Gateways.StartAsync(provider, redis, dollars);

        var havoc = new TaskCompletionSource();
        var crowd = gateways.CrowdAsync(_requests, _atOnce, cancels: 10, atLeastUntil: havoc.Task);
        for (var i = 0; i < 3; i++)
        {
            await gateways.ServedAsync(_requests / 8);
            await gateways.KillAsync(i);
            await gateways.ServedAsync(_requests / 16);
            await redis.StopAsync();
            await Task.Delay(700, Kit.Stop);
            await redis.StartAsync();
        }
        havoc.SetResult();
        var seen = await crowd;
        // Leases of the dead run out while somebody lives who shows that Redis is there.
        await Task.Delay(TimeSpan.FromSeconds(3), Kit.Stop);
        var (spent, reserved, unknown) = await gateways.SettledAsync(TimeSpan.FromSeconds(60));

        TestContext.Current.SendDiagnosticMessage(
            $"answered {seen.Answered.Count}, refused {seen.Refused.Count}, unavailable {seen.Unavailable.Count}, cancelled {seen.Cancelled.Count}, cut {seen.Cut.Count}; bill {provider.Sum(In, Out)}, spent {spent}, unknown {unknown}");
        Assert.True(seen.Answered.Count > _requests / 10, $"only {seen.Answered.Count} were answered: {seen.Complaint}");
        Assert.True(seen.Refused.Count > 0, "the budget was never used up: it proves nothing");
        Assert.True(seen.Cut.Count > 0, "no request was in flight when its gateway was killed");
        Assert.Equal(0, reserved);
        Assert.True(spent <= (long)(dollars * 1_000_000_000), $"overspent: {spent}");
        Assert.True(provider.Sum(In, Out) <= spent, $"lost: the provider's bill is {provider.Sum(In, Out)}, booked are {spent}");
        // Whoever was refused was not served.
        Assert.Equal(0, provider.Sum(In, Out, seen.Refused));
        // What is beyond the bill of the undisturbed is that of the disturbed, at most at its worst.
        var disturbed = seen.Cancelled.Count + seen.Cut.Count + seen.Unavailable.Count;
        Assert.True(spent - unknown - provider.Sum(In, Out, seen.Answered) <= disturbed * Worst, $"spent {spent}, of which unknown {unknown}, for {disturbed} that were disturbed");
    }

    // The most that one request of the crowd is reserved at: 400 tokens out, and its bytes.
    private const long Worst = (400 * Out) + (1_000 * In);

    private sealed class Seen
    {
        private readonly ConcurrentDictionary<string, string> _all = new();

        /// <summary>The last answer that was neither an answer nor a refusal.</summary>
        public string? Complaint { get; set; }

        public HashSet<string> Answered => Of("answered");

        public HashSet<string> Refused => Of("refused");

        public HashSet<string> Unavailable => Of("unavailable");

        public HashSet<string> Cancelled => Of("cancelled");

        public HashSet<string> Cut => Of("cut");

        public void Add(string prompt, string what) => _all[prompt] = what;

        public bool IsDisturbed(string prompt) => _all[prompt] is "unavailable" or "cut" or "refused";

        private HashSet<string> Of(string what) => [.. _all.Where(pair => pair.Value == what).Select(pair => pair.Key)];
    }

    private sealed class Gateways : IAsyncDisposable
    {
        private readonly RedisServer _redis;
        private readonly string _yaml;
        private readonly EdgeProcess[] _edges = new EdgeProcess[Instances];
        private readonly HttpClient[] _clients = new HttpClient[Instances];
        private int _served;

        private Gateways(RedisServer redis, string yaml) => (_redis, _yaml) = (redis, yaml);

        public static async Task<Gateways> StartAsync(BillingProvider provider, RedisServer redis, decimal dollars)
        {
            var yaml = Kit.OpenAi(provider.Url) + string.Create(CultureInfo.InvariantCulture, $$"""

                prices: { models: { openai/gpt-4o-mini: { input: 1, output: 10, max_output: 1000, context: 10000 } } }
                limits: { max_cost_per_day: {{dollars}} }
                budgets: { lease: 1s, unreported: worst_case, allowance: 2% }
                stores: { redis: "{{redis.Url}}", redis_timeout: 2s }
                routing: { retry: { max_attempts: 1 } }
                """);
            var all = new Gateways(redis, yaml);
            await Task.WhenAll(Enumerable.Range(0, Instances).Select(all.StartAsync));
            return all;
        }

        public async Task<Seen> CrowdAsync(int requests, int atOnce, int cancels, Task? atLeastUntil = null)
        {
            var seen = new Seen();
            var next = -1;
            await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
            {
                while (Interlocked.Increment(ref next) is var number && (number < requests || atLeastUntil is { IsCompleted: false })) await AskAsync(number, cancels, seen);
            })));
            return seen;
        }

        public async Task ServedAsync(int more)
        {
            var enough = Volatile.Read(ref _served) + more;
            for (var i = 0; i < 3_000 && Volatile.Read(ref _served) < enough; i++) await Task.Delay(10, Kit.Stop);
        }

        public async Task KillAsync(int index)
        {
            const int SigKill = 9;
            var old = _edges[index];
            old.Signal(SigKill);
            await old.ExitAsync();
            await old.DisposeAsync();
            await StartAsync(index);
        }

        /// <summary>What Redis has of the budget, once nothing is reserved any more but what instances keep for themselves; the gateways have gone then.</summary>
        public async Task<(long Spent, long Reserved, long Unknown)> SettledAsync(TimeSpan patience)
        {
            foreach (var edge in _edges) Assert.Equal(0, await edge.StopAsync());
            var key = "{edge:b}:c:*|d|" + DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            await using var last = await EdgeProcess.StartAsync(_yaml);
            for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(500))
            {
                var numbers = await NumbersAsync(key);
                // Allowances of instances that were killed are held for ten leases.
                if (numbers.Reserved == 0 || waited > patience) return numbers;
                await Task.Delay(500, Kit.Stop);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients) client.Dispose();
            foreach (var edge in _edges) await edge.DisposeAsync();
        }

        private async Task<(long Spent, long Reserved, long Unknown)> NumbersAsync(string key)
        {
            var answer = await _redis.CommandAsync("HMGET", key, "s", "r", "u");
            var lines = answer.Split("\r\n");
            Assert.True(lines.Length > 6, $"Redis has no {key}: {answer}; it has {await _redis.CommandAsync("KEYS", "{edge:b}:c:*")}");
            return (long.Parse(lines[2], CultureInfo.InvariantCulture), long.Parse(lines[4], CultureInfo.InvariantCulture), long.Parse(lines[6], CultureInfo.InvariantCulture));
        }

        private async Task StartAsync(int index)
        {
            _edges[index] = await EdgeProcess.StartAsync(_yaml);
            var client = _edges[index].CreateClient();
            Volatile.Write(ref _clients[index], client);
        }

        private async Task AskAsync(int number, int cancels, Seen seen)
        {
            var random = new Random(number);
            var prompt = string.Create(CultureInfo.InvariantCulture, $"r{number} {random.Next(0, 400)} {random.Next(1, 101)}");
            var isStream = random.Next(2) == 0;
            var body = string.Create(CultureInfo.InvariantCulture,
                $$"""{"model":"gpt-4o-mini","max_tokens":{{random.Next(10, 400)}},{{(isStream ? "\"stream\":true," : "")}}"messages":[{"role":"user","content":"{{prompt}}"}]}""");
            using var leave = CancellationTokenSource.CreateLinkedTokenSource(Kit.Stop);
            var leaves = random.Next(100) < cancels;
            if (leaves) leave.CancelAfter(random.Next(1, 300));
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path) { Content = Kit.Json(body) };
                using var answer = await Volatile.Read(ref _clients[random.Next(Instances)]).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
                var text = await answer.Content.ReadAsStringAsync(leave.Token);
                var isWhole = isStream ? text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) : text.EndsWith('}');
                seen.Add(prompt, answer.StatusCode switch
                {
                    HttpStatusCode.OK => isWhole ? "answered" : "cut",
                    HttpStatusCode.PaymentRequired => "refused",
                    _ => "unavailable",
                });
                if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PaymentRequired)) seen.Complaint = $"{(int)answer.StatusCode} {text}";
            }
            catch (OperationCanceledException) when (leaves && !Kit.Stop.IsCancellationRequested)
            {
                seen.Add(prompt, "cancelled");
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
            {
                seen.Add(prompt, "unavailable");
                seen.Complaint = e.Message;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException)
            {
                seen.Add(prompt, "cut");
            }
            Interlocked.Increment(ref _served);
            // As a client does: those who get nothing would otherwise have used up all of the crowd before Redis is back.
            if (seen.IsDisturbed(prompt)) await Task.Delay(500, Kit.Stop);
        }
    }
}
