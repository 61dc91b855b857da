using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Tenancy;

namespace Edge.Audit;

/// <summary>
/// What a request's records say: who, what, the verdicts, whom it was sent to, how it ended and what it cost. Names, numbers and hashes; never a text of the client, a provider or a model, but the
/// name of the model that was asked for.
/// </summary>
internal sealed class AuditRecords
{
    // Names of this code and of the configuration, and a model's name in the client's own escapes.
    private static readonly JsonWriterOptions _options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.Default };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    private static readonly string[] _operations = Names<Operation>();
    private static readonly string[] _outcomes = Names<Outcome>();
    private static readonly string[] _kinds = Names<CallerKind>();
    private static readonly string[] _caches = Names<Cache.CacheResult>();

    private readonly AuditSubjects _subjects;
    private readonly TimeProvider _time;

    public AuditRecords(AuditSubjects subjects, TimeProvider time) => (_subjects, _time) = (subjects, time);

    /// <summary>A record that the request is about to be sent to a provider. Valid until the next call on this thread.</summary>
    public ReadOnlySpan<byte> Begin(RequestContext context)
    {
        var json = Open("begin"u8, context);
        if (context.Attempts.Candidates is [var first, ..]) WriteTarget(json, first.Route.Target.Name, first.Route.Model.Span);
        else if (context.Route is { } route) WriteTarget(json, route.Target.Name, route.Model.Span);
        return Close(json);
    }

    /// <summary>A record of how it ended.</summary>
    public ReadOnlySpan<byte> Request(RequestContext context, in Settlement settlement, int status)
    {
        var json = Open("request"u8, context);
        if (context.Route is { } route) WriteTarget(json, route.Target.Name, route.Model.Span);
        WriteEnd(json, context, settlement, status);
        WriteVerdicts(json, context);
        WriteAttempts(json, context);
        WriteTimes(json, context);
        return Close(json);
    }

    /// <summary>What came of it in the end, where the record of that was written before.</summary>
    public ReadOnlySpan<byte> Amend(RequestContext context, in Settlement settlement)
    {
        var json = Start();
        json.WriteStartObject();
        json.WriteString("type"u8, "amend"u8);
        json.WriteString("id"u8, context.Id);
        json.WriteString("at"u8, _time.GetUtcNow().UtcDateTime);
        WriteEnd(json, context, settlement, context.SentStatus);
        WriteTimes(json, context);
        return Close(json);
    }

    private Utf8JsonWriter Open(ReadOnlySpan<byte> type, RequestContext context)
    {
        var json = Start();
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteString("id"u8, context.Id);
        json.WriteString("at"u8, (_time.GetUtcNow() - _time.GetElapsedTime(context.StartedAt)).UtcDateTime);
        WriteCaller(json, context.Caller);
        json.WriteString("operation"u8, _operations[(int)context.Operation]);
        var note = context.AuditNote;
        if (note.Model.Length > 0)
        {
            json.WritePropertyName("model"u8);
            json.WriteRawValue(note.Model, skipInputValidation: true);
        }
        if (context.Fields.Stream) json.WriteBoolean("stream"u8, true);
        if (note.HasBody)
        {
            json.WriteNumber("body_bytes"u8, context.BodyBytes);
            WriteHex(json, "body_sha256"u8, note.BodyHash);
        }
        return json;
    }

    private void WriteCaller(Utf8JsonWriter json, Caller caller)
    {
        json.WriteString("caller"u8, _kinds[(int)caller.Kind]);
        if (caller.Kind == CallerKind.Key) json.WriteString("key"u8, caller.Id);
        // Who a person is stands in the identity provider; here a pseudonym is enough to find what was done.
        else if (caller.Kind is CallerKind.Jwt or CallerKind.Certificate) json.WriteString("subject"u8, _subjects.Of(caller));
        for (var i = caller.Tenants.Count - 1; i >= 0; i--)
        {
            if (caller.Tenants[i].Level is not (TenantLevel.Organisation or TenantLevel.Team)) continue;
            json.WriteString("tenant"u8, caller.Tenants[i].Path);
            break;
        }
    }

    private static void WriteTarget(Utf8JsonWriter json, string provider, ReadOnlySpan<byte> model)
    {
        json.WriteString("provider"u8, provider);
        if (model.IsEmpty) return;
        // In the escapes of the request.
        Span<byte> text = stackalloc byte[514];
        if (model.Length + 2 > text.Length) return;
        text[0] = (byte)'"';
        model.CopyTo(text[1..]);
        text[model.Length + 1] = (byte)'"';
        json.WritePropertyName("provider_model"u8);
        json.WriteRawValue(text[..(model.Length + 2)], skipInputValidation: true);
    }

    private static void WriteEnd(Utf8JsonWriter json, RequestContext context, in Settlement settlement, int status)
    {
        json.WriteString("outcome"u8, _outcomes[(int)context.Outcome]);
        json.WriteNumber("status"u8, status);
        if (context.ErrorCode != ErrorCode.None) json.WriteString("error"u8, ErrorTexts.Of(context.ErrorCode).Code);
        else if (context.ProviderError is not null) json.WriteString("error"u8, AttemptResult.Of(context));
        if (!settlement.WasSent) return;
        var usage = settlement.Usage;
        json.WriteStartObject("usage"u8);
        WriteCount(json, "input"u8, usage.Input);
        WriteCount(json, "output"u8, usage.Output);
        WriteCount(json, "cache_read"u8, usage.CacheRead);
        WriteCount(json, "cache_write"u8, usage.CacheWrite);
        WriteCount(json, "reasoning"u8, usage.Reasoning);
        if (settlement.IsEstimated) json.WriteBoolean("estimated"u8, true);
        json.WriteEndObject();
        if (settlement.IsPriced) json.WriteNumber("cost_nano_usd"u8, settlement.Cost);
    }

    private static void WriteCount(Utf8JsonWriter json, ReadOnlySpan<byte> name, long count)
    {
        if (count >= 0) json.WriteNumber(name, count);
    }

    private static void WriteVerdicts(Utf8JsonWriter json, RequestContext context)
    {
        if (GuardStage.Report(context) is not { } report || report.Rows.Count == 0) return;
        json.WriteStartArray("guard"u8);
        for (var i = 0; i < report.Rows.Count; i++)
        {
            var row = report.Rows[i];
            json.WriteStartObject();
            json.WriteString("found"u8, row.Name);
            json.WriteString("action"u8, row.Action);
            json.WriteNumber("count"u8, row.Count);
            if (row.IsOutput) json.WriteBoolean("answer"u8, true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (report.IsBlocked) json.WriteBoolean("blocked"u8, true);
    }

    private static void WriteAttempts(Utf8JsonWriter json, RequestContext context)
    {
        if (context.Cache is { } cache) json.WriteString("cache"u8, _caches[(int)cache.Result]);
        if (context.Attempts.Made == 0) return;
        if (context.Attempts.Rule is { } rule) json.WriteString("rule"u8, rule);
        json.WriteStartArray("attempts"u8);
        var notes = context.Attempts.Notes;
        for (var i = 0; i < notes.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("provider"u8, notes[i].Route.Target.Name);
            json.WriteString("result"u8, notes[i].Result ?? AttemptResult.Of(context));
            if (notes[i].Result is not null)
            {
                if (notes[i].Status > 0) json.WriteNumber("status"u8, notes[i].Status);
                json.WriteNumber("ms"u8, (long)notes[i].Milliseconds);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteTimes(Utf8JsonWriter json, RequestContext context)
    {
        json.WriteNumber("total_us"u8, (long)_time.GetElapsedTime(context.StartedAt).TotalMicroseconds);
        if (context.FirstSentAt > 0) json.WriteNumber("gateway_us"u8, (long)_time.GetElapsedTime(context.StartedAt, context.FirstSentAt).TotalMicroseconds);
    }

    private static void WriteHex(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        Span<byte> hex = stackalloc byte[2 * AuditLine.HashBytes];
        Convert.TryToHexStringLower(bytes, hex, out var length);
        json.WriteString(name, hex[..length]);
    }

    private static Utf8JsonWriter Start()
    {
        _buffer ??= new ArrayBufferWriter<byte>(4096);
        _buffer.ResetWrittenCount();
        if (_writer is null) return _writer = new Utf8JsonWriter(_buffer, _options);
        _writer.Reset();
        return _writer;
    }

    private static ReadOnlySpan<byte> Close(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Flush();
        return _buffer!.WrittenSpan;
    }

    private static string[] Names<T>()
        where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(static name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name))];
}
