using System.Buffers;
using Edge.Cache;
using Edge.Clients;
using Edge.Guard.Restore;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>A stream in the client's own dialect: every event passes as the bytes that came. It is only looked at: end mark, usage, finish, error.</summary>
public readonly struct PassThroughRelay : IStreamRelay
{
    private readonly RequestContext _context;
    private readonly IAnswerTap _tap;
    private readonly AnswerFilter? _filter;
    private readonly bool _hidesUsage;
    private readonly IChatResponseDecoder? _fill;
    private readonly bool _tellsCost;

    public PassThroughRelay(RequestContext context)
    {
        _context = context;
        _tap = context.Codecs.Tap(context.Client);
        _filter = context.AnswerFilter;
        _hidesUsage = BodyEdits.AsksForUsage(context);
        _fill = PassThroughFill.Begin(context);
        // What the guard edits stays its own: there the ledger alone knows.
        _tellsCost = _filter is null && context.Wire == Dialect.OpenAi && context.Fields.IncludeUsage;
    }

    public bool IsEnded => _context.StreamEnded;

    public bool IsBlocked => _filter?.Blocked is not null;

    public string? Broken => _context.StreamBroken;

    public void Fail(in ClientError error, IBufferWriter<byte> output) => _context.Client.WriteErrorEvent(output, error);

    /// <summary>Only for an error that comes first. A later one passes like any event, and so does what the provider sends behind it.</summary>
    public bool IsFailed => _context.StreamRefused;

    public void Event(in WireEvent wire, IBufferWriter<byte> output)
    {
        if (_context.StreamEnded || IsFailed || IsBlocked) return;
        var marks = TapMarks.None;
        if (wire.HasData)
        {
            if (IsTruncated(wire.Data))
            {
                _context.StreamBroken = "an event is not whole";
                return;
            }
            marks = _tap.Look(wire.Type, wire.Data);
        }
        if (marks != TapMarks.None) Mark(marks);
        if ((marks & TapMarks.Error) != 0 && _context.StreamOutput.Length <= _context.StreamLead)
        {
            _context.StreamRefused = true;
            return;
        }
        if ((marks & TapMarks.Done) != 0 && HasNoFinish)
        {
            // What came before it is not the whole: passed on, the mark would say that it is.
            _context.StreamEnded = false;
            _context.StreamBroken = "the end mark came without a finish reason";
            return;
        }
        if (_fill is not null) PassThroughFill.Event(_context, _fill, wire);
        if (_hidesUsage && (marks & (TapMarks.UsageOnly | TapMarks.Error)) == TapMarks.UsageOnly) return;
        if (_tellsCost && (marks & (TapMarks.UsageOnly | TapMarks.Error)) == TapMarks.UsageOnly && TryTell(wire.Raw, output)) return;
        if (_filter is null) output.Write(wire.Raw);
        else _filter.Event(wire, output);
    }

    /// <summary>
    /// Some compatible servers close a finished stream without <c>[DONE]</c>; their finish reason is end enough, and SDKs wait for the mark. With several choices the
    /// finish of one proves nothing of the others. The other dialects' end marks are never left out.
    /// </summary>
    public bool TryEnd(IBufferWriter<byte> output)
    {
        if (_context.Wire is not (Dialect.OpenAi or Dialect.Completions)) return false;
        if (_tap.Failure is not null || _tap.Finish == FinishReason.None || !_tap.AllFinished || _context.Fields.SeveralChoices) return false;
        if (_fill is not null) PassThroughFill.End(_context, _fill);
        _filter?.End(output);
        if (IsBlocked) return false;
        output.Write("data: [DONE]\n\n"u8);
        return true;
    }

    // The chunk that the client asked for, with one member more at its end.
    private bool TryTell(ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        var end = raw.LastIndexOf((byte)'}');
        // Behind the data nothing but the event's end; and a gateway behind this one may have said it for itself.
        if (end < 0 || raw[end..].IndexOfAnyExcept("}\r\n"u8) >= 0 || raw.IndexOf("\"x_edge\""u8) >= 0) return false;
        Span<byte> member = stackalloc byte[CostHeader.MaxMember];
        member = member[..CostHeader.Member(_context, member)];
        if (member.IsEmpty) return false;
        output.Write(raw[..end]);
        output.Write(","u8);
        output.Write(member);
        output.Write(raw[end..]);
        return true;
    }

    // Every event but the end mark is one JSON object: cheaper to see than to read, and what a provider's crash leaves behind is seldom whole.
    private static bool IsTruncated(ReadOnlySpan<byte> data)
    {
        data = data.Trim(" \t\r\n"u8);
        return data.Length > 0 && data[0] == '{' && data[^1] != '}';
    }

    private bool HasNoFinish => _context.Wire is Dialect.OpenAi or Dialect.Completions && _tap.Finish == FinishReason.None && _tap.Failure is null;

    private void Mark(TapMarks marks)
    {
        if ((marks & TapMarks.Usage) != 0) _context.Usage = _tap.Usage;
        if ((marks & TapMarks.Done) != 0) _context.StreamEnded = true;
        if ((marks & TapMarks.Error) != 0) _context.ProviderError = _tap.Failure;
    }
}
