using Edge.Configuration;
using Edge.Pipeline;
using Edge.Routing;

namespace Edge.Telemetry;

/// <summary>One line of the log for each request that the configuration wants one of; written by the worker that empties the queue of completed requests.</summary>
public sealed class AccessLog
{
    private readonly Func<AccessLogConfig> _config;
    private readonly Log _log;

    /// <param name="config">In force.</param>
    /// <param name="log">Takes the lines.</param>
    public AccessLog(Func<AccessLogConfig> config, Log log)
    {
        _config = config;
        _log = log;
    }

    public void Add(in CompletedRequest request)
    {
        var config = _config();
        if (config.Mode == AccessLogMode.Off || request.IsShadow || !IsWanted(config, request)) return;
        _log.Info(EventIds.RequestCompleted, "A request was answered.",
            ("request_id", request.Id),
            ("operation", GatewayMetrics.Name(request.Operation)),
            ("status", request.Status),
            ("outcome", GatewayMetrics.Name(request.Outcome)),
            ("error", request.ErrorCode == ErrorCode.None ? null : ErrorTexts.Of(request.ErrorCode).Code),
            ("provider", request.Provider),
            ("model", request.Attempts.Target?.Model),
            ("streamed", request.Streamed),
            ("attempts", request.Attempts.Target is null ? 0 : 1 + (request.Attempts.Others?.Length ?? 0)),
            ("input_tokens", request.Usage.Input),
            ("output_tokens", request.Usage.Output),
            ("estimated", request.IsUsageEstimated),
            ("cost_usd", request.Cost / 1e9),
            ("total_ms", request.TotalMicroseconds / 1e3),
            ("gateway_ms", request.GatewayMicroseconds / 1e3),
            ("upstream_ms", request.UpstreamMicroseconds / 1e3),
            ("key", request.Caller?.Name),
            ("organisation", request.Caller?.Organisation?.Name),
            ("trace_id", request.Trace.IsOn ? request.Trace.TraceIdText : null));
    }

    private static bool IsWanted(AccessLogConfig config, in CompletedRequest request)
    {
        if (request.Outcome is not (Outcome.Completed or Outcome.ClientGone) || request.Status >= 400) return true;
        if (config.Mode == AccessLogMode.Failed) return false;
        if (config.AlwaysSlowerThan > TimeSpan.Zero && request.TotalMicroseconds > config.AlwaysSlowerThan.TotalMicroseconds) return true;
        // By the id, so that whoever looks at it twice decides the same. Its counter alone would make every n-th of a busy client's requests.
        return config.Sample >= 1 || (HashOf(request.Id) >> 11) * (1.0 / (1UL << 53)) < config.Sample;
    }

    private static ulong HashOf(string id)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in id) hash = (hash ^ c) * 1099511628211UL;
        return Entropy.Mix(hash);
    }
}
