using System.Diagnostics.CodeAnalysis;
using System.Text;
using Edge.Model;
using Edge.Telemetry;
using Edge.Upstream;

namespace Edge.Routing.Health;

/// <summary>
/// Asks providers at intervals whether they are well, so that one that has died is known before a request finds out. A GET of <c>probe_path</c> with the provider's own credential: any answer below 500
/// but 401 and 403 is well. Two in a row that are not make the provider unwell, a single one that is makes it well. Off unless <c>probe_interval</c> is set: it costs the provider requests.
/// </summary>
public sealed class ProbeWorker
{
    /// <summary>In a row, before a provider counts as unwell: a single one may be a connection that has grown old.</summary>
    public const int FailuresToUnwell = 2;

    private const int MostBytes = 256 << 10;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    // How soon an interval that a reload has changed is seen.
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(500);

    private readonly UpstreamClient _client;
    private readonly Func<IReadOnlyList<Target>> _targets;
    private readonly TimeProvider _time;
    private readonly Log? _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<ProviderState, Probe> _probes = [];

    /// <param name="client">Its time-outs are the probes'.</param>
    /// <param name="targets">As they are now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Tells who has become unwell or well; null = nobody is told.</param>
    public ProbeWorker(UpstreamClient client, Func<IReadOnlyList<Target>> targets, TimeProvider time, Log? log = null)
    {
        _client = client;
        _targets = targets;
        _time = time;
        _log = log;
    }

    /// <summary>Until cancelled; returns then without throwing, when the probes under way are over.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                // Not waited for: a provider that hangs must not hold up the others' probes. It is not probed again before it has answered.
                Start(_time.GetTimestamp(), cancel);
                await Task.Delay(_tick, _time, cancel);
            }
        }
        catch (OperationCanceledException)
        {
        }
        Task[] left;
        lock (_lock) left = [.. _probes.Values.Select(static probe => probe.Running)];
        await Task.WhenAll(left);
    }

    /// <summary>Probes those whose time has come.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="cancel">Ends them.</param>
    /// <returns>Completes when they are over; never fails.</returns>
    public Task RunOnceAsync(long now, CancellationToken cancel) => Task.WhenAll(Start(now, cancel));

    private List<Task> Start(long now, CancellationToken cancel)
    {
        var started = new List<Task>();
        lock (_lock)
        {
            var probed = _targets().Where(static target => target.Limits.ProbeInterval > TimeSpan.Zero && target.InProcess is null).ToList();
            // What nobody asks any more nobody could find well again.
            foreach (var gone in _probes.Keys.Except(probed.Select(static target => target.State)).ToList())
            {
                gone.IsWell = true;
                _probes.Remove(gone);
            }
            foreach (var target in probed)
            {
                if (!_probes.TryGetValue(target.State, out var probe)) _probes.Add(target.State, probe = new Probe());
                if (now < probe.Due || !probe.Running.IsCompleted) continue;
                probe.Due = now + (long)(target.Limits.ProbeInterval.TotalSeconds * _time.TimestampFrequency);
                started.Add(probe.Running = ProbeAsync(target, probe, cancel));
            }
        }
        return started;
    }

    // Whatever goes wrong with one is that one's answer: the worker must go on.
    [SuppressMessage("Design", "CA1031", Justification = "See above.")]
    private async Task ProbeAsync(Target target, Probe probe, CancellationToken cancel)
    {
        // Off the caller's lock, and off its stack where everything completes at once.
        await Task.Yield();
        string? problem;
        try
        {
            problem = await AskAsync(target, cancel);
        }
        catch (Exception e)
        {
            problem = e.GetType().Name;
        }
        if (cancel.IsCancellationRequested) return;
        lock (_lock)
        {
            // No longer probed: its state is not ours.
            if (!_probes.TryGetValue(target.State, out var current) || current != probe) return;
            Judge(target, probe, problem);
        }
    }

    private void Judge(Target target, Probe probe, string? problem)
    {
        var state = target.State;
        if (problem is null)
        {
            probe.Failures = 0;
            if (state.IsWell) return;
            state.IsWell = true;
            _log?.Info(EventIds.ProviderWell, "A provider answers its probe again.", ("provider", target.Name));
            return;
        }
        if (++probe.Failures < FailuresToUnwell || !state.IsWell) return;
        state.IsWell = false;
        _log?.Warn(EventIds.ProviderUnwell, "A provider does not answer its probe, and is used last until it does.", ("provider", target.Name), ("problem", problem));
    }

    /// <returns>Null = it is well.</returns>
    private async Task<string?> AskAsync(Target target, CancellationToken cancel)
    {
        var request = new UpstreamRequest
        {
            Method = "GET",
            Path = Path(target),
            TargetHeaders = target.BareHeaders,
            RequestHeaders = "accept: */*\r\n"u8.ToArray(),
            FirstByteTimeout = Least(target.Limits.FirstByteTimeout),
            IdleTimeout = Least(target.Limits.StreamIdleTimeout),
            TotalTimeout = Least(target.Limits.Timeout),
        };
        var key = 0;
        if (target.Credential is { } credential)
        {
            var authorization = await credential.AuthorizeAsync(request, cancel);
            if (authorization.Problem is not null) return "no credentials";
            request.CredentialHeaders = authorization.Lines;
            key = authorization.Key;
        }
        using var response = await _client.SendAsync(target.Endpoint, request, cancel);
        if (response.Failure != UpstreamFailure.None) return Enum.GetName(response.Failure);
        target.Credential?.Report(key, response.Status, RetryAfter.Of(response, _time));
        var failure = await DrainAsync(response);
        if (failure != UpstreamFailure.None) return Enum.GetName(failure);
        return response.Status is >= 500 or 401 or 403 ? $"HTTP {response.Status}" : null;
    }

    // So that the connection serves again; a body that does not end soon costs the connection, not the time.
    private static async Task<UpstreamFailure> DrainAsync(UpstreamResponse response)
    {
        for (var left = MostBytes; left > 0;)
        {
            var read = await response.ReadAsync();
            if (read.Kind != UpstreamReadKind.Data) return read.Failure;
            left -= read.Data.Length;
        }
        return UpstreamFailure.None;
    }

    private static TimeSpan Least(TimeSpan limit) => limit < _timeout ? limit : _timeout;

    // An operator's path may hold what a request line may not.
    private static byte[] Path(Target target)
    {
        var path = target.Limits.ProbePath.Replace("{api-version}", target.ApiVersion, StringComparison.Ordinal);
        if (!path.StartsWith('/')) path = "/" + path;
        var escaped = new StringBuilder(target.RootPath);
        foreach (var value in Encoding.UTF8.GetBytes(path))
        {
            if (value is > 0x20 and < 0x7F) escaped.Append((char)value);
            else escaped.Append(System.Globalization.CultureInfo.InvariantCulture, $"%{value:X2}");
        }
        return Encoding.ASCII.GetBytes(escaped.ToString());
    }

    private sealed class Probe
    {
        public long Due { get; set; }

        public Task Running { get; set; } = Task.CompletedTask;

        public int Failures { get; set; }
    }
}
