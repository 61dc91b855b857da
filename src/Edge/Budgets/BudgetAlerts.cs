using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Edge.Configuration;
using Edge.Telemetry;
using Polly;
using Polly.Retry;

namespace Edge.Budgets;

/// <summary>A budget is used up to a part.</summary>
/// <param name="Counter">Which, and when.</param>
/// <param name="Limit">Nano-dollars.</param>
/// <param name="Spent">Nano-dollars, when it was noticed.</param>
/// <param name="Percent">The part.</param>
public readonly record struct BudgetAlert(BudgetCounter Counter, long Limit, long Spent, int Percent);

/// <summary>Tells of budgets that run low: in the log, and to a webhook, once for each budget, period and part among all instances. A webhook that is away is tried again for some minutes.</summary>
public sealed class BudgetAlerts : IDisposable
{
    private const int Waiting = 256;
    private const int Attempts = 8;

    private readonly Channel<BudgetAlert> _queue = Channel.CreateBounded<BudgetAlert>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly Func<BudgetAlertsConfig> _config;
    private readonly Func<BudgetAlert, ValueTask<bool>> _isFirst;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly HttpClient _client;
    private readonly ResiliencePipeline<HttpResponseMessage> _retry;
    private long _sent;
    private long _failed;
    private long _lost;

    /// <param name="config">As it is now.</param>
    /// <param name="isFirst">No other instance has told of it.</param>
    /// <param name="time">For signatures and retries.</param>
    /// <param name="log">Hears of each.</param>
    /// <param name="handler">Null = the network, without redirects.</param>
    public BudgetAlerts(Func<BudgetAlertsConfig> config, Func<BudgetAlert, ValueTask<bool>> isFirst, TimeProvider time, Log log, HttpMessageHandler? handler = null)
    {
        (_config, _isFirst, _time, _log) = (config, isFirst, time, log);
        // A redirect would carry the body somewhere that the operator has not named.
        _client = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = 64 * 1024,
        };
        _retry = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>()
                    .Handle<HttpRequestException>().Handle<TaskCanceledException>(static e => e.InnerException is TimeoutException)
                    .HandleResult(static answer => answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)answer.StatusCode >= 500),
                MaxRetryAttempts = Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(1),
                MaxDelay = TimeSpan.FromMinutes(1),
            })
            .Build();
    }

    /// <summary>POSTs that the webhook took.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Those that it did not take in the end.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Those for which there was no room: hundreds waited.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Any thread, at once.</summary>
    public void Post(in BudgetAlert alert)
    {
        if (!_queue.Writer.TryWrite(alert)) Interlocked.Increment(ref _lost);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var alert in _queue.Reader.ReadAllAsync(stop)) await TellAsync(alert, stop);
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary><c>t=SECONDS,v1=HEX</c>: HMAC-SHA256 of <c>SECONDS.BODY</c>.</summary>
    public static string Signature(string secret, long seconds, ReadOnlySpan<byte> body)
    {
        var time = seconds.ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(time), (byte)'.', .. body];
        return $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}";
    }

    private async Task TellAsync(BudgetAlert alert, CancellationToken stop)
    {
        if (!await _isFirst(alert)) return;
        _log.Warn(EventIds.BudgetLow, "A budget is used up to a part that is told of.", ("budget", alert.Counter.Account.Path), ("period", NameOf(alert.Counter)),
            ("percent", alert.Percent), ("spent_usd", MoneyText.Format(alert.Spent)), ("limit_usd", MoneyText.Format(alert.Limit)));
        if (_config() is not { Webhook: { } url } config) return;
        var body = Body(alert);
        try
        {
            using var answer = await _retry.ExecuteAsync(async cancel => await PostAsync(url, config.Secret, body, cancel), stop);
            if (answer.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref _sent);
                return;
            }
            Fail(url, ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            Fail(url, e.GetType().Name);
        }
    }

    // The host alone: a path may hold a secret, as those of chat services do.
    private void Fail(Uri url, string why)
    {
        Interlocked.Increment(ref _failed);
        _log.Error(EventIds.BudgetWebhookFailed, "The webhook for budgets did not take an alert.", ("host", url.Host), ("error", why));
    }

    // Signed anew each time: the receiver may refuse old ones.
    private Task<HttpResponseMessage> PostAsync(Uri url, Secret secret, byte[] body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        if (secret.HasValue) request.Headers.TryAddWithoutValidation("x-edge-signature", Signature(secret.Reveal(), _time.GetUtcNow().ToUnixTimeSeconds(), body));
        return _client.SendAsync(request, cancel);
    }

    private byte[] Body(in BudgetAlert alert)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("event", "budget.threshold");
            json.WriteString("budget", alert.Counter.Account.Path);
            json.WriteString("period", alert.Counter.Period == BudgetPeriod.Day ? "day" : "month");
            json.WriteString("name", NameOf(alert.Counter));
            json.WriteNumber("percent", alert.Percent);
            json.WriteString("spent_usd", MoneyText.Format(alert.Spent));
            json.WriteString("limit_usd", MoneyText.Format(alert.Limit));
            json.WriteString("at", _time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private static string NameOf(BudgetCounter counter) => BudgetDay.NameOf(counter.Period, counter.Number);
}
