using System.Threading.Channels;

namespace Edge.Configuration;

/// <summary>
/// Reloads the configuration when its file, or a file that one of its values came from, has changed, or when asked to (SIGHUP).
/// A load that fails changes nothing.
/// </summary>
/// <remarks>
/// It polls the files' identities once a second. The tempting change, a directory watcher, misses what matters here: editors replace a
/// file by renaming, Kubernetes swaps a link two levels up, network mounts notify nobody. A handful of stat calls a second costs nothing.
/// </remarks>
public sealed class ConfigWatcher
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(1);

    private readonly string? _path;
    private readonly ConfigEnvironment _env;
    private readonly TimeProvider _time;
    private readonly Func<ConfigResult, bool> _apply;
    private readonly Action<ConfigResult> _onReloaded;
    private readonly Action<ConfigResult> _onFailed;

    // One wake-up is as good as many: whatever came in before the poll is seen by it.
    private readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private IReadOnlyList<ConfigSource> _sources;
    private string[]? _seen;
    private string? _pollFailure;
    private int _reloadRequested;

    /// <param name="path">What was given to <see cref="ConfigLoader.Load"/>.</param>
    /// <param name="env">What was given to <see cref="ConfigLoader.Load"/>.</param>
    /// <param name="current">The load that is in force now; changes since then are noticed.</param>
    /// <param name="apply">Puts a valid result in force; false, or a throw, keeps the old one.</param>
    /// <param name="onReloaded">After <paramref name="apply"/> said true.</param>
    /// <param name="onFailed">With the errors, once for each failed attempt, and once where the watching itself begins to fail. What it throws is dropped.</param>
    /// <param name="time">Drives the polls.</param>
    public ConfigWatcher(
        string? path, ConfigEnvironment env, ConfigResult current, Func<ConfigResult, bool> apply,
        Action<ConfigResult> onReloaded, Action<ConfigResult> onFailed, TimeProvider time)
    {
        _path = path;
        _env = env;
        _sources = current.Sources;
        _apply = apply;
        _onReloaded = onReloaded;
        _onFailed = onFailed;
        _time = time;
    }

    /// <summary>Asks for a load now, whether or not a file changed. From any thread, also a signal handler.</summary>
    public void RequestReload()
    {
        Volatile.Write(ref _reloadRequested, 1);
        _wakeUps.Writer.TryWrite(true);
    }

    /// <summary>Polls until cancelled; returns then without throwing.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var timer = _time.CreateTimer(
            static state => ((Channel<bool>)state!).Writer.TryWrite(true), _wakeUps, _pollInterval, _pollInterval);
        try
        {
            await foreach (var _ in _wakeUps.Reader.ReadAllAsync(cancellationToken)) Poll();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One step: loads if asked to, or if a change has been seen and stood still since the poll before. Never throws: one bad step must not end the watching.</summary>
    internal void Poll()
    {
        try
        {
            Step();
            _pollFailure = null;
        }
        catch (Exception e)
        {
            // A poll comes every second: what goes wrong in each is said once.
            var failure = e.GetType().Name;
            if (failure == _pollFailure) return;
            _pollFailure = failure;
            Failed($"cannot be watched: an internal error ({failure}); it is tried again every second, the configuration stays");
        }
    }

    private void Step()
    {
        if (Interlocked.Exchange(ref _reloadRequested, 0) == 1)
        {
            Reload();
            return;
        }

        var now = _sources.Select(source => _env.Stamp(source.Path)).ToArray();
        if (now.SequenceEqual(_sources.Select(source => source.Stamp)))
        {
            _seen = null;
            return;
        }
        // A file that is still being written, or one of several that are replaced together: wait until two polls agree.
        if (_seen is null || !_seen.SequenceEqual(now))
        {
            _seen = now;
            return;
        }
        Reload();
    }

    private void Reload()
    {
        _seen = null;
        var result = ConfigLoader.Load(_path, _env);
        // Also after a failure: what it read is what must change for the next attempt to have a chance.
        _sources = result.Sources;
        if (result.Config is null)
        {
            Failed(result);
            return;
        }

        string? refusal = null;
        try
        {
            if (!_apply(result)) refusal = "the gateway refused it; the old configuration stays in force";
        }
        catch (Exception e) // The caller's code builds a world from this; whatever goes wrong there must not end the watching.
        {
            // The runtime's message about a file names it, and a variable may have put a secret there.
            var reason = e is IOException or UnauthorizedAccessException ? Expander.Reason(e, hidePath: true) : $"{e.GetType().Name}: {Shown.Text(e.Message)}";
            refusal = $"it could not be put in force ({reason}); the old configuration stays";
        }
        if (refusal is not null)
        {
            Failed(refusal);
            return;
        }
        try
        {
            _onReloaded(result);
        }
        catch (Exception e)
        {
            Failed($"the new configuration is in force, but what follows a reload failed ({e.GetType().Name})");
        }
    }

    private void Failed(string message) => Failed(new ConfigResult { Errors = [new ConfigError(_path ?? "(no file)", 0, 0, "", message)] });

    private void Failed(ConfigResult result)
    {
        try
        {
            _onFailed(result);
        }
        catch (Exception) // Nobody is left to tell.
        {
        }
    }
}
