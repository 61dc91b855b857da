using Edge.Configuration;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Storage.Journal;

namespace Edge.Audit;

/// <summary>
/// The audit's share of a request: in <c>strict</c> mode a durable record before the provider is called and before the last byte goes out, in <c>relaxed</c> mode one record afterwards.
/// </summary>
public sealed class AuditStage
{
    // Above it the disk does not keep up, and requests wait for it: records are not given up for speed.
    private const double HighWater = 0.5;

    private readonly TimeProvider _time;
    private AuditLog? _log;
    private AuditRecords _records = null!;
    private long _refused;
    private long _waited;

    public AuditStage(TimeProvider time) => _time = time;

    public AuditMode Mode { get; private set; }

    /// <summary>Null = off.</summary>
    public AuditLog? Log => _log;

    /// <summary>The end of an answer waits for its record.</summary>
    public bool IsStrict => Mode == AuditMode.Strict;

    /// <summary>Requests and answers that were refused because no record of them could be made.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Requests that waited for the disk in <c>relaxed</c> mode.</summary>
    public long Waited => Volatile.Read(ref _waited);

    /// <summary>From now on there is an audit.</summary>
    public void Attach(AuditLog log, AuditMode mode) => (_records, _log, Mode) = (new AuditRecords(log.Subjects, _time), log, mode);

    /// <summary>Before Step 7. False = policy demands a record and none could be made; the context holds the error.</summary>
    public ValueTask<bool> BeginAsync(RequestContext context)
    {
        if (_log is not { } log) return new(true);
        context.AuditNote.TakeBody(context);
        if (IsStrict) return BeginStrictlyAsync(context, log);
        return log.Journal.Fill < HighWater ? new(true) : WaitAsync(log);
    }

    /// <summary>In Step 8, before the last byte of the answer goes out; strict mode alone waits here. False = no record could be made, and the answer must not be completed.</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="status">That is, or was, sent.</param>
    public ValueTask<bool> BeforeLastByteAsync(RequestContext context, int status) =>
        !IsStrict || context.AuditNote.HasEnded ? new(true) : EndStrictlyAsync(context, status);

    /// <summary>Step 9, on every path. Never blocks.</summary>
    public void End(RequestContext context, in Settlement settlement)
    {
        if (_log is not { } log) return;
        var note = context.AuditNote;
        if (note.HasEnded)
        {
            if (note.Outcome == context.Outcome && note.Status == context.SentStatus && note.Cost == settlement.Cost) return;
            log.Append(_records.Amend(context, settlement));
            return;
        }
        note.TakeBody(context);
        log.Append(_records.Request(context, settlement, context.SentStatus));
    }

    /// <summary>A change by an operator, an administrator or the configuration. False = policy demands a record and none could be made.</summary>
    /// <param name="by">Name of whoever did it.</param>
    /// <param name="action">What: a method, a verb.</param>
    /// <param name="target">Of what: a path, an id; no secret.</param>
    /// <param name="result">What came of it: <c>asked</c>, <c>done</c>, <c>refused</c>, <c>ok</c>.</param>
    public async ValueTask<bool> ChangedAsync(string by, string action, string target, string result)
    {
        if (_log is not { } log) return true;
        var append = log.Append(log.Body(json =>
        {
            json.WriteString("type"u8, "change"u8);
            json.WriteString("by"u8, by);
            json.WriteString("action"u8, action);
            json.WriteString("target"u8, target);
            json.WriteString("result"u8, result);
        }));
        if (!IsStrict) return true;
        return append.IsTaken && await log.FlushedAsync(append.Position) == JournalFault.None;
    }

    /// <summary>What came of a change by an administrator. False = policy demands a record and none could be made.</summary>
    internal async ValueTask<bool> ChangedAsync(Admin.V1.AdminChange change)
    {
        if (_log is not { } log) return true;
        var append = log.Append(log.Body(json =>
        {
            json.WriteString("type"u8, "change"u8);
            json.WriteString("by"u8, change.Holder);
            json.WriteString("role"u8, change.Role);
            json.WriteString("from"u8, change.From);
            json.WriteString("action"u8, change.Action);
            json.WriteString("target"u8, change.Path);
            if (change.Organisation is { } organisation) json.WriteString("organisation"u8, organisation);
            json.WriteNumber("status"u8, change.Status);
            json.WriteString("result"u8, change.Status < 400 ? "done"u8 : "refused"u8);
            if (change.BeforeHash is { } before) json.WriteString("before"u8, before);
            if (change.AfterHash is { } after) json.WriteString("after"u8, after);
        }));
        if (!IsStrict) return true;
        return append.IsTaken && await log.FlushedAsync(append.Position) == JournalFault.None;
    }

    private async ValueTask<bool> BeginStrictlyAsync(RequestContext context, AuditLog log)
    {
        // While the disk refuses, what is in memory is left to those whose answer is under way.
        var fault = log.Journal.Fault;
        if (fault == JournalFault.None)
        {
            var append = log.Append(_records.Begin(context));
            fault = append.IsTaken ? await log.FlushedAsync(append.Position) : append.Fault;
        }
        context.AuditNote.HasBegun = fault == JournalFault.None;
        return fault == JournalFault.None || Refuse(context);
    }

    private async ValueTask<bool> EndStrictlyAsync(RequestContext context, int status)
    {
        var log = _log!;
        var settlement = Settlement.Of(context, _time.GetUtcNow());
        var note = context.AuditNote;
        note.TakeBody(context);
        var append = log.Append(_records.Request(context, settlement, status));
        if (append.IsTaken) (note.HasEnded, note.Outcome, note.Status, note.Cost) = (true, context.Outcome, status, settlement.Cost);
        var fault = append.IsTaken ? await log.FlushedAsync(append.Position) : append.Fault;
        return fault == JournalFault.None || Refuse(context);
    }

    private async ValueTask<bool> WaitAsync(AuditLog log)
    {
        Interlocked.Increment(ref _waited);
        // A disk that refuses is not waited for: relaxed mode answers all the same, and counts what finds no room.
        await log.FlushedAsync(log.Journal.Last);
        return true;
    }

    private bool Refuse(RequestContext context)
    {
        Interlocked.Increment(ref _refused);
        return context.Fail(ErrorCode.AuditUnavailable);
    }
}
