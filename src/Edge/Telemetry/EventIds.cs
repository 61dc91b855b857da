namespace Edge.Telemetry;

/// <summary>Every event that the log can hold, with its number and name: what an operator filters by. Numbers are never reused.</summary>
public static class EventIds
{
    public static readonly LogEvent Started = new(1, "started");
    public static readonly LogEvent Stopping = new(2, "stopping");
    public static readonly LogEvent Stopped = new(3, "stopped");
    public static readonly LogEvent StreamsEnded = new(4, "streams_ended");
    public static readonly LogEvent ListenFailed = new(5, "listen_failed");

    public static readonly LogEvent ConfigWarning = new(10, "config_warning");
    public static readonly LogEvent ConfigNotEnforced = new(11, "config_not_enforced");
    public static readonly LogEvent ConfigReloaded = new(12, "config_reloaded");
    public static readonly LogEvent ConfigRejected = new(13, "config_rejected");
    public static readonly LogEvent OpenToNetwork = new(14, "open_to_network");

    public static readonly LogEvent CertificateLoaded = new(20, "certificate_loaded");
    public static readonly LogEvent CertificateFailed = new(21, "certificate_failed");

    public static readonly LogEvent RequestFailed = new(30, "request_failed");
    public static readonly LogEvent UpstreamFailed = new(31, "upstream_failed");
    public static readonly LogEvent WorkerFailed = new(32, "worker_failed");
    public static readonly LogEvent NoCredential = new(33, "no_credential");

    public static readonly LogEvent RequestBlocked = new(34, "request_blocked");
    public static readonly LogEvent ModerationFailed = new(35, "moderation_failed");
    public static readonly LogEvent AnswerBlocked = new(36, "answer_blocked");

    public static readonly LogEvent AttemptsExhausted = new(37, "attempts_exhausted");

    public static readonly LogEvent ShadowFailed = new(38, "shadow_failed");

    public static readonly LogEvent TargetSwitched = new(50, "target_switched");
    public static readonly LogEvent TrafficStopped = new(51, "traffic_stopped");
    public static readonly LogEvent TrafficResumed = new(52, "traffic_resumed");
    public static readonly LogEvent AdminRefused = new(53, "admin_refused");

    public static readonly LogEvent RequestCompleted = new(39, "request_completed");

    public static readonly LogEvent TracesRefused = new(42, "traces_refused");
    public static readonly LogEvent TracesTaken = new(43, "traces_taken");

    public static readonly LogEvent Server = new(40, "server");
    public static readonly LogEvent LinesLost = new(41, "log_lines_lost");

    public static readonly LogEvent TokenKeysLoaded = new(60, "token_keys_loaded");
    public static readonly LogEvent TokenKeysFailed = new(61, "token_keys_failed");

    public static readonly LogEvent TargetEjected = new(54, "target_ejected");
    public static readonly LogEvent ProviderUnwell = new(55, "provider_unwell");
    public static readonly LogEvent ProviderWell = new(56, "provider_well");

    public static readonly LogEvent AuditOpened = new(100, "audit_opened");
    public static readonly LogEvent AuditRepaired = new(101, "audit_repaired");
    public static readonly LogEvent AuditDiskFailed = new(102, "audit_disk_failed");
    public static readonly LogEvent AuditDiskWell = new(103, "audit_disk_well");
    public static readonly LogEvent AuditCheckpointFailed = new(104, "audit_checkpoint_failed");
    public static readonly LogEvent AuditMissing = new(105, "audit_missing");

    public static readonly LogEvent RedisUp = new(80, "redis_up");
    public static readonly LogEvent RedisDown = new(81, "redis_down");
    public static readonly LogEvent RedisRefused = new(82, "redis_refused");
    public static readonly LogEvent CachePurged = new(90, "cache_purged");
    public static readonly LogEvent CachePurgeFailed = new(91, "cache_purge_failed");
    public static readonly LogEvent SemanticReady = new(92, "semantic_cache_ready");
    public static readonly LogEvent SemanticUnavailable = new(93, "semantic_cache_unavailable");

    public static readonly LogEvent StoreOpened = new(70, "store_opened");
    public static readonly LogEvent StoreDown = new(71, "store_down");
    public static readonly LogEvent StoreUp = new(72, "store_up");
    public static readonly LogEvent TenancyChanged = new(73, "tenancy_changed");
    public static readonly LogEvent TenancyInvalid = new(74, "tenancy_invalid");
    public static readonly LogEvent AdminChanged = new(75, "admin_changed");

    public static readonly LogEvent LedgerWaits = new(95, "ledger_waits");
    public static readonly LogEvent LedgerWritten = new(96, "ledger_written");
    public static readonly LogEvent LedgerLost = new(97, "ledger_lost");
    public static readonly LogEvent BudgetLow = new(85, "budget_low");
    public static readonly LogEvent BudgetWebhookFailed = new(86, "budget_webhook_failed");
}

/// <param name="Id">Stable number.</param>
/// <param name="Name">snake_case.</param>
public readonly record struct LogEvent(int Id, string Name);
