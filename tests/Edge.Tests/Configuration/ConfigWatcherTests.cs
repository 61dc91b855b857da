using System.Threading.Channels;
using Edge.Configuration;

namespace Edge.Tests.Configuration;

public class ConfigWatcherTests
{
    private readonly FakeEnvironment _env = new FakeEnvironment().WithFile("/run/key", "first\n");
    private readonly List<string> _events = [];
    private Func<ConfigResult, bool> _apply;
    private Action _onReloaded = () => { };
    private Action _onFailed = () => { };
    private EdgeConfig _current = new();

    public ConfigWatcherTests() => _apply = result =>
    {
        _current = result.Config!;
        return true;
    };

    private const string Good = "server: {max_connections: 5}\nproviders: {ollama: {api_key: '${file:/run/key}'}}";

    private ConfigWatcher Watch(string yaml = Good, TimeProvider? time = null)
    {
        var first = _env.Load(yaml);
        _current = first.Config ?? _current;
        return new ConfigWatcher(
            FakeEnvironment.ConfigPath, _env, first, result => _apply(result),
            _ =>
            {
                _onReloaded();
                _events.Add("reloaded");
            },
            result =>
            {
                _onFailed();
                _events.AddRange(result.ErrorTexts());
            },
            time ?? TimeProvider.System);
    }

    private static void Polls(ConfigWatcher watcher, int times)
    {
        for (var i = 0; i < times; i++) watcher.Poll();
    }

    [Fact]
    public void Nothing_changed_is_nothing_done()
    {
        Polls(Watch(), 5);
        Assert.Empty(_events);
    }

    [Fact]
    public void A_change_is_loaded_once_it_stands_still()
    {
        var watcher = Watch();
        _env.WithFile(FakeEnvironment.ConfigPath, Good.Replace("5", "6", StringComparison.Ordinal));
        watcher.Poll();
        Assert.Empty(_events);
        // Still being written.
        _env.WithFile(FakeEnvironment.ConfigPath, Good.Replace("5", "7", StringComparison.Ordinal));
        watcher.Poll();
        Assert.Empty(_events);
        Polls(watcher, 5);
        Assert.Equal(["reloaded"], _events);
        Assert.Equal(7, _current.Server.MaxConnections);
    }

    [Fact]
    public void A_change_of_a_secrets_file_is_loaded()
    {
        var watcher = Watch();
        _env.WithFile("/run/key", "second\n");
        Polls(watcher, 3);
        Assert.Equal(["reloaded"], _events);
        Assert.Equal("second", _current.Providers[0].ApiKey.Reveal());
    }

    [Fact]
    public void A_bad_file_is_reported_once_and_the_old_configuration_kept_until_it_is_mended()
    {
        var watcher = Watch();
        _env.WithFile(FakeEnvironment.ConfigPath, "server: {max_connections: none}");
        Polls(watcher, 10);
        Assert.Equal(["edge.yaml:1:27: server.max_connections: is not a whole number (value 'none'); allowed: a whole number from 0 to 2147483647"], _events);
        Assert.Equal(5, _current.Server.MaxConnections);

        _env.WithFile(FakeEnvironment.ConfigPath, "server: {max_connections: 9}\nproviders: {simulator: }");
        Polls(watcher, 3);
        Assert.Equal("reloaded", _events[^1]);
        Assert.Equal(9, _current.Server.MaxConnections);
    }

    [Fact]
    public void A_file_that_vanishes_is_an_error_and_comes_back()
    {
        var watcher = Watch();
        _env.Delete(FakeEnvironment.ConfigPath);
        Polls(watcher, 5);
        Assert.Equal(["edge.yaml: cannot be read (there is no such file)"], _events);
        _env.WithFile(FakeEnvironment.ConfigPath, Good);
        Polls(watcher, 3);
        Assert.Equal(2, _events.Count);
        Assert.Equal("reloaded", _events[^1]);
    }

    [Fact]
    public void A_secret_that_was_missing_is_waited_for()
    {
        var watcher = Watch();
        _env.Delete("/run/key");
        Polls(watcher, 3);
        Assert.Single(_events);
        _env.WithFile("/run/key", "third");
        Polls(watcher, 3);
        Assert.Equal("third", _current.Providers[0].ApiKey.Reveal());
    }

    [Fact]
    public void A_request_loads_at_once_also_without_a_change()
    {
        var watcher = Watch();
        watcher.RequestReload();
        watcher.RequestReload();
        Polls(watcher, 3);
        Assert.Equal(["reloaded"], _events);
    }

    [Fact]
    public void A_configuration_that_cannot_be_put_in_force_is_reported()
    {
        var watcher = Watch();
        _apply = _ => false;
        watcher.RequestReload();
        watcher.Poll();
        _apply = _ => throw new InvalidOperationException("port taken");
        watcher.RequestReload();
        watcher.Poll();
        Assert.Equal(
            [
                "edge.yaml: the gateway refused it; the old configuration stays in force",
                "edge.yaml: it could not be put in force (InvalidOperationException: port taken); the old configuration stays",
            ],
            _events);
    }

    [Fact]
    public void A_file_that_the_new_configuration_names_is_not_named_where_it_cannot_be_read()
    {
        var watcher = Watch();
        _apply = _ => throw new FileNotFoundException("Could not find file '/etc/edge/sk-secret'.");
        watcher.RequestReload();
        watcher.Poll();
        Assert.Equal(["edge.yaml: it could not be put in force (there is no such file); the old configuration stays"], _events);
    }

    [Fact]
    public void A_callback_that_throws_does_not_end_the_watching()
    {
        var watcher = Watch();
        _onReloaded = () => throw new InvalidOperationException("secret");
        watcher.RequestReload();
        watcher.Poll();
        Assert.Equal(["edge.yaml: the new configuration is in force, but what follows a reload failed (InvalidOperationException)"], _events);

        _onFailed = () => throw new InvalidOperationException("secret");
        watcher.RequestReload();
        watcher.Poll();
        _env.WithFile(FakeEnvironment.ConfigPath, "sever: 1");
        Polls(watcher, 3);
        Assert.Single(_events);

        (_onReloaded, _onFailed) = (() => { }, () => { });
        _env.WithFile(FakeEnvironment.ConfigPath, Good);
        Polls(watcher, 3);
        Assert.Equal("reloaded", _events[^1]);
    }

    [Fact]
    public void An_unforeseen_failure_of_a_poll_is_said_once_and_the_watching_goes_on()
    {
        var watcher = Watch();
        _env.Fault = new InvalidOperationException("secret");
        Polls(watcher, 5);
        Assert.Equal(["edge.yaml: cannot be watched: an internal error (InvalidOperationException); it is tried again every second, the configuration stays"], _events);

        _env.Fault = null;
        _env.WithFile(FakeEnvironment.ConfigPath, Good.Replace("5", "6", StringComparison.Ordinal));
        Polls(watcher, 3);
        Assert.Equal("reloaded", _events[^1]);
        Assert.Equal(6, _current.Server.MaxConnections);
    }

    [Fact]
    public void An_unforeseen_failure_of_a_load_is_one_error()
    {
        var watcher = Watch("gateway: {version: '${VERSION:-1}'}\nproviders: {simulator: }");
        _env.VariableFault = new InvalidOperationException("secret");
        watcher.RequestReload();
        Polls(watcher, 3);
        Assert.Equal(["edge.yaml: could not be loaded: an internal error (InvalidOperationException); please report it"], _events);

        _env.VariableFault = null;
        watcher.RequestReload();
        watcher.Poll();
        Assert.Equal("reloaded", _events[^1]);
    }

    [Fact]
    public async Task It_runs_until_cancelled()
    {
        var applied = Channel.CreateUnbounded<int>();
        _apply = result => applied.Writer.TryWrite(result.Config!.Server.MaxConnections);
        var time = new TickingTime();
        var watcher = Watch(time: time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = watcher.RunAsync(stop.Token);

        watcher.RequestReload();
        Assert.Equal(5, await applied.Reader.ReadAsync(stop.Token));
        _env.WithFile(FakeEnvironment.ConfigPath, Good.Replace("5", "6", StringComparison.Ordinal));
        int seen;
        while (!applied.Reader.TryRead(out seen))
        {
            stop.Token.ThrowIfCancellationRequested();
            time.Tick();
            await Task.Yield();
        }
        Assert.Equal(6, seen);
        Assert.Equal(TimeSpan.FromSeconds(1), time.Period);

        await stop.CancelAsync();
        await running;
        Assert.True(time.IsDisposed);
    }

    /// <summary>One timer, that fires when told to.</summary>
    private sealed class TickingTime : TimeProvider, ITimer
    {
        private TimerCallback? _callback;
        private object? _state;

        public TimeSpan Period { get; private set; }

        public bool IsDisposed { get; private set; }

        public void Tick() => _callback!(_state);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _state, Period) = (callback, state, period);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => IsDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
