using Edge.Pipeline;

namespace Edge.Telemetry;

/// <summary>Empties the queue of completed requests ten times a second and turns the records into metrics and lines of the log.</summary>
public sealed class MetricsWorker
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    private readonly CompletedRequestQueue _queue;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly AccessLog? _access;
    private readonly CompletedRequest[] _batch = new CompletedRequest[256];
    private readonly Lock _draining = new();

    public MetricsWorker(CompletedRequestQueue queue, GatewayMetrics metrics, TimeProvider time, AccessLog? access = null)
    {
        _access = access;
        _queue = queue;
        _metrics = metrics;
        _time = time;
    }

    /// <summary>Until cancelled; returns then without throwing.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) Drain();
        }
        catch (OperationCanceledException)
        {
        }
        Drain();
    }

    /// <summary>Takes everything that is there now. Also called before /metrics answers, so that a scrape sees what came before it.</summary>
    public void Drain()
    {
        lock (_draining)
        {
            int taken;
            while ((taken = _queue.Take(_batch)) > 0)
            {
                foreach (ref readonly var record in _batch.AsSpan(0, taken))
                {
                    _metrics.Add(record);
                    _access?.Add(record);
                }
            }
        }
    }
}
