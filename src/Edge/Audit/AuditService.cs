using System.Security.Cryptography;
using Edge.Configuration;
using Edge.Storage.Journal;
using Edge.Telemetry;

namespace Edge.Audit;

/// <summary>Opens the audit at start, looks after it, and closes it behind the last request.</summary>
public sealed class AuditService : IAsyncDisposable
{
    private readonly AuditStage _stage;
    private readonly Log _log;
    private readonly TimeProvider _time;
    private AuditOptions? _options;
    private TimeSpan? _retention;

    public AuditService(AuditStage stage, Log log, TimeProvider time) => (_stage, _log, _time) = (stage, log, time);

    /// <summary>Before the listeners.</summary>
    /// <exception cref="IOException">Policy demands an audit, and it cannot be kept.</exception>
    /// <exception cref="CryptographicException">Its key cannot be used.</exception>
    public void Start(EdgeConfig config, string? dataDirectory)
    {
        if (AuditOptions.Of(config, dataDirectory) is not { } options) return;
        AuditLog log;
        try
        {
            log = AuditLog.Open(options with { Journal = options.Journal with { OnDisk = OnDisk } }, _time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && options.IsMakeshift)
        {
            // The switch of old configurations; a gateway that started with it before starts now.
            _log.Error(EventIds.AuditMissing, "security.audit_logging asks for an audit, but nothing says where it is kept: set stores.data_directory or audit.directory. There is no audit.", ("reason", e.Message));
            return;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"The audit in '{options.Directory}' cannot be kept: {e.Message}", e);
        }
        (_options, _retention) = (options, AuditRetention.Of(config));
        _stage.Attach(log, options.Mode);
        var recovery = log.Journal.Recovery;
        _log.Info(EventIds.AuditOpened, "The audit is open.",
            ("mode", options.Mode == AuditMode.Strict ? "strict" : "relaxed"), ("directory", log.Journal.Directory), ("instance", log.Instance), ("records", recovery.Last));
        if (!recovery.IsClean)
        {
            _log.Warn(EventIds.AuditRepaired, "The audit's journal was not closed: its unfinished end was cut off and kept beside it.",
                ("torn_bytes", recovery.TornBytes), ("torn_file", recovery.TornFile), ("damaged_places", recovery.Damages.Count));
        }
    }

    /// <summary>The worker: checkpoints.</summary>
    public Task RunAsync(CancellationToken cancel) => _stage.Log is { } log && _options is { } options
        ? log.RunAsync(options.CheckpointInterval, () => _retention, reason => _log.Warn(EventIds.AuditCheckpointFailed, "The end of the audit's chain could not be noted.", ("reason", reason)), cancel)
        : Task.CompletedTask;

    /// <summary>After the last request.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stage.Log is { } log) await log.DisposeAsync();
    }

    private void OnDisk(JournalFault fault, string reason)
    {
        if (fault == JournalFault.None) _log.Info(EventIds.AuditDiskWell, "The audit's disk takes records again.");
        else _log.Error(EventIds.AuditDiskFailed, "The audit's disk refuses records.", ("fault", fault.ToString()), ("reason", reason));
    }
}
