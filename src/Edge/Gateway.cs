using Edge.Admin;
using Edge.Admin.V1;
using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Server;
using Edge.Telemetry;
using Edge.Telemetry.Tracing;
using Edge.Upstream;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Edge;

/// <summary>The running process: builds everything once, starts the listeners and workers, stops them in order.</summary>
public sealed class Gateway : IAsyncDisposable
{
    // Some four seconds of records at a rate that one core can carry.
    private const int CompletedCapacity = 1 << 16;

    private readonly ConfigResult _first;
    private readonly Log _log;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics = new();
    private readonly GatewayLifetime _lifetime = new();
    private readonly TrafficSwitch _traffic;
    private readonly GatewayStateHolder _state;
    private readonly UpstreamClient _upstream;
    private readonly MetricsWorker _metricsWorker;
    private readonly RequestPipeline _pipeline;
    private readonly PolicyServices _policy;
    private readonly Tracer? _tracer;
    private readonly ServerCertificates? _certificates;
    private readonly SharedPort? _sharedPort;
    private readonly KestrelServer _dataPlane;
    private readonly KestrelServer? _adminPlane;
    private readonly AdminApplication _admin;
    private readonly CancellationTokenSource _workersStop = new();
    private readonly List<Task> _workers = [];

    /// <exception cref="IOException">A certificate file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate file is not usable.</exception>
    public Gateway(string? configPath, ConfigEnvironment environment, ConfigResult config, Log log, TimeProvider time)
    {
        _first = config;
        _log = log;
        _time = time;
        var settings = config.Config!;
        _policy = new PolicyServices(settings, log, time, environment);
        _ = new AuthMetrics(_metrics.Registry, _policy.Auth, _policy.Tenancy);
        if (_policy.Redis is { } redis) _ = new RedisMetrics(_metrics.Registry, redis);
        _state = new GatewayStateHolder(GatewayStateBuilder.Build(settings, time, tenancy: _policy.Tenancy));
        _policy.Attach(_state);
        _ = new BudgetMetrics(_metrics.Registry, _policy.Budgets, _policy.BudgetAlerts);
        _ = new LimitMetrics(_metrics.Registry, _policy.Limits);
        _policy.Limits.InstancesChanged = ShareProviders;
        _upstream = new UpstreamClient(time);
        var completed = new CompletedRequestQueue(CompletedCapacity);
        _traffic = new TrafficSwitch(_lifetime, time);
        _metrics.Registry.AddBeforeCollectCallback(() => _metrics.Ledger.Sample(_policy.LedgerService));
        _metricsWorker = new MetricsWorker(completed, _metrics, time, new AccessLog(() => _state.Current.Config.Monitoring.AccessLog, log));
        _metrics.Registry.AddBeforeCollectCallback(() => _metrics.Audit.Sample(_policy.Audit));
        var entropy = new Entropy();
        _tracer = Tracer.Create(settings.Monitoring, time, entropy, log);
        var shadows = new ShadowCalls(_upstream, completed, time, entropy, log);
        _pipeline = new RequestPipeline(
            _state, new AttemptStage(_upstream, shadows, time, log), new ResponseStage(time, log), completed, new RequestIds(), _lifetime, time, log, entropy, _traffic, _policy, _tracer);
        _admin = new AdminApplication(_state, _lifetime, _metrics, _metricsWorker, _pipeline, completed, _upstream,
            new AdminApi(_state, _traffic, _pipeline.Cache, log, time, new AdminV1(AdminResources.All(_policy), _policy.Database, _policy.Journal, log, time)) { Audit = _policy.Audit }, _tracer);
        var logger = new KestrelLogger(log);
        _certificates = settings.Server.Tls is { } tls ? new ServerCertificates(tls, environment, log) : null;
        _sharedPort = settings.Server.ReusePort && OperatingSystem.IsLinux() ? new SharedPort() : null;
        _dataPlane = KestrelFactory.DataPlane(settings.Server, _certificates, _sharedPort, logger);
        _adminPlane = settings.Admin.Enabled ? KestrelFactory.AdminPlane(settings.Admin, settings.Server, logger) : null;
        Watcher = new ConfigWatcher(configPath, environment, config, Apply, OnReloaded, OnReloadFailed, time);
    }

    /// <summary>Reloads the configuration.</summary>
    public ConfigWatcher Watcher { get; }

    /// <summary>Listens and starts the workers.</summary>
    /// <exception cref="IOException">An address is in use or may not be bound.</exception>
    public async Task StartAsync()
    {
        await _policy.StartAsync(CancellationToken.None);
        if (_adminPlane is not null) await _adminPlane.StartAsync(_admin, CancellationToken.None);
        await _dataPlane.StartAsync(_pipeline, CancellationToken.None);
        StartWorker("upstream", _upstream.RunAsync);
        _pipeline.Keeper.SlowClientTimeout = _first.Config!.Server.SlowClientTimeout;
        StartWorker("streams", _pipeline.Keeper.RunAsync);
        StartWorker("outliers", new OutlierWorker(() => _state.Current.Groups(), () => _state.Current.Config.Routing.Outlier, _time, _log).RunAsync);
        StartWorker("probes", new ProbeWorker(_upstream, () => _state.Current.Targets, _time, _log).RunAsync);
        StartWorker("models", stop => Task.Run(_state.Current.Warm, stop));
        foreach (var (name, run) in _policy.Workers) StartWorker(name, run);
        if (_tracer is not null) StartWorker("traces", _tracer.RunAsync);
        StartWorker("metrics", _metricsWorker.RunAsync);
        StartWorker("config", Watcher.RunAsync);
        if (_certificates is not null) StartWorker("certificates", WatchCertificatesAsync);
        _metrics.ConfigLoaded(_time.GetUtcNow());
        _lifetime.SetReady();
        _log.Info(EventIds.Started, "EdgeGateway is listening.",
            ("version", GatewayVersion.Text), ("listen", Addresses(_dataPlane)), ("admin", _adminPlane is null ? null : Addresses(_adminPlane)),
            ("providers", string.Join(", ", _state.Current.Targets.Select(target => target.Name))));
        ReportConfig(_first);
    }

    /// <summary>
    /// Readiness goes first; after the delay that a load balancer needs, the listener closes and requests in flight may finish; at the deadline what still runs
    /// is ended with a protocol error.
    /// </summary>
    public async Task StopAsync()
    {
        var server = _state.Current.Config.Server;
        _lifetime.BeginStop();
        _log.Info(EventIds.Stopping, "EdgeGateway is stopping.", ("in_flight", _pipeline.InFlight));
        if (server.ShutdownDelay > TimeSpan.Zero) await Task.Delay(server.ShutdownDelay, _time);
        if (_sharedPort is not null) await _sharedPort.DrainAsync(_time);

        using var deadline = new CancellationTokenSource(server.ShutdownTimeout, _time);
        await using var atDeadline = deadline.Token.UnsafeRegister(state => ((Gateway)state!).EndStreams(), this);
        // Kestrel's own deadline comes after ours: the error events need a moment to leave.
        using var abort = new CancellationTokenSource(server.ShutdownTimeout + TimeSpan.FromSeconds(2), _time);
        await _dataPlane.StopAsync(abort.Token);
        if (_adminPlane is not null) await _adminPlane.StopAsync(abort.Token);
        await _workersStop.CancelAsync();
        await Task.WhenAll(_workers);
        await _policy.StopAsync();
        _log.Info(EventIds.Stopped, "EdgeGateway has stopped.");
    }

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _policy.DisposeAsync();
        _tracer?.Dispose();
        _dataPlane.Dispose();
        _adminPlane?.Dispose();
        _workersStop.Dispose();
        _traffic.Dispose();
        _lifetime.Dispose();
    }

    private void EndStreams()
    {
        _log.Warn(EventIds.StreamsEnded, "The time to finish is over: requests in flight are ended.", ("in_flight", _pipeline.InFlight));
        _ = _lifetime.EndRequestsAsync();
    }

    private bool Apply(ConfigResult result)
    {
        _state.Update(current => GatewayStateBuilder.Build(result.Config!, _time, current, tenancy: _policy.Tenancy));
        _policy.Apply(result.Config!);
        ShareProviders(_policy.Limits.Instances);
        _log.Level = result.Config!.Monitoring.LogLevel;
        _pipeline.Keeper.SlowClientTimeout = result.Config!.Server.SlowClientTimeout;
        _ = Task.Run(_state.Current.Warm);
        return true;
    }

    // What a provider gets from all instances together is divided among them.
    private void ShareProviders(int instances)
    {
        foreach (var target in _state.Current.Targets) target.State.Rate.Share = instances;
    }

    private void OnReloaded(ConfigResult result)
    {
        _metrics.Reloaded(success: true, _time.GetUtcNow());
        _ = _policy.Audit.ChangedAsync("configuration", "reload", "configuration", "ok").AsTask();
        _log.Info(EventIds.ConfigReloaded, "The configuration was reloaded.",
            ("providers", string.Join(", ", _state.Current.Targets.Select(target => target.Name))));
        var (before, now) = (_first.Config!, result.Config!);
        if (!before.Server.Listen.SequenceEqual(now.Server.Listen) || before.Server.Tls != now.Server.Tls
            || before.Audit != now.Audit || before.Server.ReusePort != now.Server.ReusePort || before.Admin.Enabled != now.Admin.Enabled || !before.Admin.Listen.SequenceEqual(now.Admin.Listen))
        {
            _log.Warn(EventIds.ConfigWarning, "Listeners and the audit are opened at start only: changed addresses, server.reuse_port, server.tls and audit take effect at the next start.");
        }
        if (before.Stores.Redis != now.Stores.Redis || before.Stores.RedisTimeout != now.Stores.RedisTimeout)
        {
            _log.Warn(EventIds.ConfigWarning, "Redis is connected to at start only: changed stores.redis and stores.redis_timeout take effect at the next start.");
        }
        ReportConfig(result);
    }

    private void OnReloadFailed(ConfigResult result)
    {
        _metrics.Reloaded(success: false, _time.GetUtcNow());
        foreach (var error in result.Errors) _log.Error(EventIds.ConfigRejected, "The new configuration was refused; the old one stays in force.", ("error", error.ToString()));
    }

    private void ReportConfig(ConfigResult result)
    {
        foreach (var warning in result.Warnings) _log.Warn(EventIds.ConfigWarning, warning);
        if (result.NotEnforced.Count > 0)
        {
            _log.Warn(EventIds.ConfigNotEnforced, "Configured, but not enforced by this version.", ("keys", string.Join(", ", result.NotEnforced)));
        }
        var open = result.Config!.Server.Listen.Any(address => !address.IsLoopback) && _state.Current.Tenancy.AllowsAnonymous;
        if (open && _state.Current.Targets.Any(target => target.InProcess is null))
        {
            _log.Warn(EventIds.OpenToNetwork, "Anyone who reaches this port can spend your providers' keys: set auth.api_keys.");
        }
    }

    private async Task WatchCertificatesAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) _certificates!.Refresh();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void StartWorker(string name, Func<CancellationToken, Task> run) => _workers.Add(Task.Run(async () =>
    {
        try
        {
            await run(_workersStop.Token);
        }
        catch (Exception e)
        {
            _log.Error(EventIds.WorkerFailed, "A background worker died.", ("worker", name), ("exception", e.ToString()));
        }
    }));

    private static string Addresses(KestrelServer server) => string.Join(", ", server.Features.Get<IServerAddressesFeature>()!.Addresses);
}
