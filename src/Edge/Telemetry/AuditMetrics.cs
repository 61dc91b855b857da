using Edge.Audit;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>The audit's records and its disk.</summary>
public sealed class AuditMetrics
{
    private readonly Counter _records;
    private readonly Counter _lost;
    private readonly Counter _refused;
    private readonly Counter _waited;
    private readonly Counter _flushes;
    private readonly Gauge _fill;
    private readonly Gauge _bytes;
    private readonly Gauge _fault;

    public AuditMetrics(IMetricFactory factory)
    {
        _records = factory.CreateCounter("edge_audit_records_total", "Records of the audit that are on disk, over restarts too.");
        _lost = factory.CreateCounter("edge_audit_records_lost_total", "Records of the audit that there was no room for while the disk refused them; the chain says so, too.");
        _refused = factory.CreateCounter("edge_audit_refused_total", "Requests and answers that were refused in strict mode because no record of them could be made.");
        _waited = factory.CreateCounter("edge_audit_waited_total", "Requests that waited for the audit's disk in relaxed mode.");
        _flushes = factory.CreateCounter("edge_audit_flushes_total", "How often the disk was asked to make records durable; one is for all who wait.");
        _fill = factory.CreateGauge("edge_audit_buffer_ratio", "How much of the memory is in use that waits for the disk, 0 to 1.");
        _bytes = factory.CreateGauge("edge_audit_bytes", "Size of the audit's records on disk.");
        _fault = factory.CreateGauge("edge_audit_disk_fault", "1 = the disk refuses records.");
    }

    /// <summary>Takes what the audit counts itself.</summary>
    public void Sample(AuditStage stage)
    {
        if (stage.Log is not { } log) return;
        _records.IncTo(log.Journal.Durable);
        _lost.IncTo(log.Lost);
        _refused.IncTo(stage.Refused);
        _waited.IncTo(stage.Waited);
        _flushes.IncTo(log.Journal.Flushes);
        _fill.Set(log.Journal.Fill);
        _bytes.Set(log.Journal.Bytes);
        _fault.Set(log.Journal.Fault == Storage.Journal.JournalFault.None ? 0 : 1);
    }
}
