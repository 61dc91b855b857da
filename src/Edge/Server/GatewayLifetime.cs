namespace Edge.Server;

/// <summary>Where the process stands between its start and its end.</summary>
public sealed class GatewayLifetime : IDisposable
{
    private readonly CancellationTokenSource _deadline = new();
    private volatile bool _ready;
    private volatile bool _stopping;

    /// <summary>May a load balancer send requests? False before the listeners are up and from the first sign of a stop on.</summary>
    public bool IsReady => _ready;

    /// <summary>Fires when the time that requests in flight had to finish is over: what still runs ends with a protocol error.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>A stop was asked for: clients are told to open their next connection elsewhere.</summary>
    public bool IsStopping => _stopping;

    public void SetReady() => _ready = true;

    public void BeginStop()
    {
        _ready = false;
        _stopping = true;
    }

    public Task EndRequestsAsync() => _deadline.CancelAsync();

    public void Dispose() => _deadline.Dispose();
}
