using System.Buffers.Binary;
using Edge.Pipeline;
using Edge.Tenancy;

namespace Edge.Telemetry.Tracing;

/// <summary>
/// Records to OTLP's <c>ExportTraceServiceRequest</c> (https://opentelemetry.io/docs/specs/otlp/, field numbers of opentelemetry/proto/trace/v1/trace.proto), attributes by the semantic
/// conventions for HTTP and GenAI (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/).
/// </summary>
internal static class OtlpEncoder
{
    private const int Internal = 1;
    private const int Server = 2;
    private const int Client = 3;
    private const int StatusError = 2;

    /// <param name="proto">Is cleared first.</param>
    /// <param name="records">Of one batch.</param>
    /// <param name="resource">Attributes of this process.</param>
    /// <param name="withTenant">Organisation and team of the caller are told.</param>
    public static void Encode(ProtoWriter proto, ReadOnlySpan<SpanRecord> records, IReadOnlyList<KeyValuePair<string, string>> resource, bool withTenant)
    {
        proto.Clear();
        var resourceSpans = proto.Begin(1);
        var own = proto.Begin(1);
        foreach (var (key, value) in resource) Text(proto, 1, key, value);
        proto.End(own);
        var scopeSpans = proto.Begin(2);
        var scope = proto.Begin(1);
        proto.Text(1, "edgegateway");
        proto.Text(2, GatewayVersion.Text);
        proto.End(scope);
        foreach (var record in records)
        {
            WriteRequest(proto, record, withTenant);
            foreach (ref readonly var call in record.Calls.AsSpan()) WriteCall(proto, record, call);
            for (var i = 0; i < record.Stages.Length; i++) WriteStage(proto, record, record.Stages[i], i);
        }
        proto.End(scopeSpans);
        proto.End(resourceSpans);
    }

    private static void WriteRequest(ProtoWriter proto, SpanRecord record, bool withTenant)
    {
        var span = Begin(proto, record, record.Context.SpanId, record.Context.ParentId, $"{record.Method} {record.Route}", Server, record.Start, record.End);
        Text(proto, 9, "http.request.method", record.Method);
        Text(proto, 9, "http.route", record.Route);
        if (record.Status > 0) Number(proto, 9, "http.response.status_code", record.Status);
        Text(proto, 9, "gen_ai.operation.name", record.OperationName);
        if (record.Model is { } model) Text(proto, 9, "gen_ai.request.model", model);
        WriteUsage(proto, record);
        if (record.Cost >= 0) Double(proto, 9, "edge.cost_usd", record.Cost / 1e9);
        Text(proto, 9, "edge.request_id", record.RequestId);
        Text(proto, 9, "edge.outcome", OutcomeName(record.Outcome));
        if (record.Streamed) Flag(proto, 9, "edge.streamed");
        if (record.Cache is { } cache) Text(proto, 9, "edge.cache", cache);
        if (record.Calls.Length > 1) Number(proto, 9, "edge.attempts", record.Calls.Length);
        if (record.FirstToken > 0) Double(proto, 9, "edge.time_to_first_token_seconds", (record.FirstToken - record.Start) / 1e9);
        if (withTenant)
        {
            if (record.Caller.Organisation is { } organisation) Text(proto, 9, "edge.organisation", organisation.Name);
            if (record.Caller.Team is { } team) Text(proto, 9, "edge.team", team.Name);
            if (record.Caller.Kind != CallerKind.Anonymous && record.Caller.Name is { } key) Text(proto, 9, "edge.key", key);
        }
        // By the conventions a server's span is an error where the server is to blame; who refused a request says so by its code.
        var error = record.ErrorCode ?? (record.Outcome is Outcome.Completed or Outcome.Rejected ? null : OutcomeName(record.Outcome));
        if (error is not null) Text(proto, 9, "error.type", error);
        if (record.Status >= 500 || record.Outcome is Outcome.UpstreamFailed or Outcome.Failed or Outcome.Stopped) Failed(proto, error ?? "error");
        proto.End(span);
    }

    private static void WriteCall(ProtoWriter proto, SpanRecord record, in CallSpan call)
    {
        var span = Begin(proto, record, record.Context.CallId(call.Number), record.Context.SpanId, $"{record.OperationName} {call.Model}", Client, call.Start, call.End);
        Text(proto, 9, "gen_ai.operation.name", record.OperationName);
        Text(proto, 9, "gen_ai.provider.name", call.System);
        Text(proto, 9, "gen_ai.request.model", call.Model);
        Text(proto, 9, "edge.provider", call.Provider);
        Number(proto, 9, "edge.attempt", call.Number + 1);
        Text(proto, 9, "edge.result", call.Result);
        if (call.Host.Length > 0) Text(proto, 9, "server.address", call.Host);
        if (call.Port > 0) Number(proto, 9, "server.port", call.Port);
        if (call.Status > 0) Number(proto, 9, "http.response.status_code", call.Status);
        if (call.IsAnswer) WriteUsage(proto, record);
        if (call.Result is not ("ok" or AttemptResult.HedgeLost or AttemptResult.Recovered or "client_gone"))
        {
            Text(proto, 9, "error.type", call.Result);
            Failed(proto, call.Result);
        }
        proto.End(span);
    }

    private static void WriteStage(ProtoWriter proto, SpanRecord record, in StageSpan stage, int number) =>
        proto.End(Begin(proto, record, record.Context.ChildId(number), record.Context.SpanId, stage.Name, Internal, stage.Start, stage.End));

    private static void WriteUsage(ProtoWriter proto, SpanRecord record)
    {
        if (record.Usage.Input >= 0) Number(proto, 9, "gen_ai.usage.input_tokens", record.Usage.Input);
        if (record.Usage.Output >= 0) Number(proto, 9, "gen_ai.usage.output_tokens", record.Usage.Output);
        if (record.Usage.CacheRead > 0) Number(proto, 9, "gen_ai.usage.cache_read.input_tokens", record.Usage.CacheRead);
        if (record.IsEstimated) Flag(proto, 9, "edge.usage_estimated");
    }

    private static int Begin(ProtoWriter proto, SpanRecord record, ulong id, ulong parent, string name, int kind, ulong start, ulong end)
    {
        Span<byte> bytes = stackalloc byte[16];
        var span = proto.Begin(2);
        record.Context.WriteTraceId(bytes);
        proto.Bytes(1, bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, id);
        proto.Bytes(2, bytes[..8]);
        if (record.TraceState is { } state) proto.Text(3, state);
        if (parent != 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, parent);
            proto.Bytes(4, bytes[..8]);
        }
        proto.Text(5, name);
        proto.Number(6, kind);
        proto.Fixed64(7, start);
        proto.Fixed64(8, Math.Max(start, end));
        // Bit 0 as in traceparent; bits 8 and 9 say whether the parent is known to be remote, and that it is.
        proto.Fixed32(16, (record.Context.IsSampled ? 1u : 0u) | 0x100u | (kind == Server && parent != 0 ? 0x200u : 0u));
        return span;
    }

    private static void Failed(ProtoWriter proto, string message)
    {
        var status = proto.Begin(15);
        proto.Text(2, message);
        proto.Number(3, StatusError);
        proto.End(status);
    }

    private static void Text(ProtoWriter proto, int field, string key, string value)
    {
        var (pair, any) = BeginPair(proto, field, key);
        proto.Text(1, value);
        EndPair(proto, pair, any);
    }

    private static void Number(ProtoWriter proto, int field, string key, long value)
    {
        var (pair, any) = BeginPair(proto, field, key);
        proto.Number(3, value);
        EndPair(proto, pair, any);
    }

    private static void Double(ProtoWriter proto, int field, string key, double value)
    {
        var (pair, any) = BeginPair(proto, field, key);
        proto.Double(4, value);
        EndPair(proto, pair, any);
    }

    private static void Flag(ProtoWriter proto, int field, string key)
    {
        var (pair, any) = BeginPair(proto, field, key);
        proto.Number(2, 1);
        EndPair(proto, pair, any);
    }

    private static (int Pair, int Any) BeginPair(ProtoWriter proto, int field, string key)
    {
        var pair = proto.Begin(field);
        proto.Text(1, key);
        return (pair, proto.Begin(2));
    }

    private static void EndPair(ProtoWriter proto, int pair, int any)
    {
        proto.End(any);
        proto.End(pair);
    }

    private static string OutcomeName(Outcome outcome) => outcome switch
    {
        Outcome.Completed => "completed",
        Outcome.Rejected => "rejected",
        Outcome.ProviderError => "provider_error",
        Outcome.UpstreamFailed => "upstream_failed",
        Outcome.ClientGone => "client_gone",
        Outcome.Stopped => "stopped",
        _ => "failed",
    };
}
