using System.Net;
using System.Text;
using System.Text.Json;
using Edge.Budgets;
using Edge.Configuration;
using Edge.Telemetry;

namespace Edge.Tests.Budgets;

/// <summary>Alerts to a webhook.</summary>
public class BudgetAlertsTests
{
    [Fact]
    public async Task An_alert_is_signed_tried_again_and_tells_no_secret()
    {
        var answers = new Queue<HttpStatusCode>([HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests, HttpStatusCode.OK]);
        var handler = new Recorder(() => new HttpResponseMessage(answers.Dequeue()));
        var (alerts, log, output, _) = Make(handler);
        using var stop = new CancellationTokenSource();
        var running = alerts.RunAsync(stop.Token);
        alerts.Post(Alert(80));
        await Until(() => alerts.Sent == 1);
        await stop.CancelAsync();
        await running;

        Assert.Equal(3, handler.Bodies.Count);
        var body = JsonDocument.Parse(handler.Bodies[2]).RootElement;
        Assert.Equal(("budget.threshold", "acme", 80, "8.00", "10.00"), (body.GetProperty("event").GetString(), body.GetProperty("budget").GetString(), body.GetProperty("percent").GetInt32(), body.GetProperty("spent_usd").GetString(), body.GetProperty("limit_usd").GetString()));
        var signature = handler.Signatures[2];
        var seconds = long.Parse(signature.Split(',')[0][2..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(BudgetAlerts.Signature("s3cret", seconds, Encoding.UTF8.GetBytes(handler.Bodies[2])), signature);
        await log.DisposeAsync();
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("budget_low", text, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_is_what_the_documentation_says() =>
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac key
        Assert.Equal("t=1700000000,v1=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("key"u8, "1700000000.{}"u8)), BudgetAlerts.Signature("key", 1_700_000_000, "{}"u8));

    [Fact]
    public async Task What_another_instance_told_of_is_not_told_again_and_a_refusal_is_said()
    {
        var handler = new Recorder(() => new HttpResponseMessage(HttpStatusCode.NotFound));
        var (alerts, log, output, isFirst) = Make(handler);
        using var stop = new CancellationTokenSource();
        var running = alerts.RunAsync(stop.Token);
        isFirst.Value = false;
        alerts.Post(Alert(50));
        alerts.Post(Alert(80));
        await Until(() => isFirst.Asked == 2);
        isFirst.Value = true;
        alerts.Post(Alert(100));
        await Until(() => alerts.Failed == 1);
        await stop.CancelAsync();
        await running;
        Assert.Single(handler.Bodies);
        await log.DisposeAsync();
        Assert.Contains("budget_webhook_failed", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private static BudgetAlert Alert(int percent) => new(new BudgetAccount("acme").Counter(BudgetPeriod.Month, (2026 * 12) + 10), 10_000_000_000, percent * 100_000_000L, percent);

    private static (BudgetAlerts Alerts, Log Log, MemoryStream Output, Switch First) Make(HttpMessageHandler handler)
    {
        var output = new MemoryStream();
        var log = new Log(output, TimeProvider.System, LogSeverity.Info);
        var first = new Switch();
        var config = new BudgetAlertsConfig { Webhook = new Uri("http://hooks.test/T0KEN"), Secret = new Secret("s3cret") };
        return (new BudgetAlerts(() => config, _ => first.Ask(), new EagerTime(), log, handler), log, output, first);
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++) await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }

    private sealed class Switch
    {
        private int _asked;

        public bool Value { get; set; } = true;

        public int Asked => Volatile.Read(ref _asked);

        public ValueTask<bool> Ask()
        {
            var value = Value;
            Interlocked.Increment(ref _asked);
            return new(value);
        }
    }

    // Every wait is over at once.
    private sealed class EagerTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime, period);
    }

    private sealed class Recorder(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<string> Bodies { get; } = [];

        public List<string> Signatures { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            Signatures.Add(request.Headers.GetValues("x-edge-signature").Single());
            return answer();
        }
    }
}
