using System.Security.Cryptography;
using Edge.Pipeline;

namespace Edge.Audit;

/// <summary>What the audit keeps of a request while it runs: what is gone when the record is written. Pooled with its context.</summary>
public sealed class AuditNote
{
    // A longer name is no model's.
    private const int MaxModel = 128;

    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private readonly byte[] _model = new byte[MaxModel + 2];
    private int _modelLength;

    /// <summary>A record says that it began.</summary>
    public bool HasBegun { get; internal set; }

    /// <summary>A record says how it ended.</summary>
    public bool HasEnded { get; internal set; }

    // What that record said.
    internal Outcome Outcome { get; set; }

    internal int Status { get; set; }

    internal long Cost { get; set; }

    internal bool HasBody { get; private set; }

    internal ReadOnlySpan<byte> BodyHash => _hash;

    /// <summary>A JSON string as the client wrote it, with its quotes; empty = not known.</summary>
    internal ReadOnlySpan<byte> Model => _model.AsSpan(0, _modelLength);

    /// <summary>Notes what only the body tells. The body is the guard's by now: a hash of what was redacted would let anybody try values.</summary>
    internal void TakeBody(RequestContext context)
    {
        if (HasBody || context.Body.Length == 0) return;
        HasBody = true;
        SHA256.HashData(context.Body.Span, _hash);
        var model = context.Fields.Model;
        if (model.Kind != Simd.Json.JsonKind.String || model.Length > MaxModel || model.Start + model.Length > context.Body.Length) return;
        context.Body.Span.Slice(model.Start, model.Length).CopyTo(_model.AsSpan(1));
        _model[0] = _model[model.Length + 1] = (byte)'"';
        _modelLength = model.Length + 2;
    }

    internal void Clear()
    {
        HasBegun = HasEnded = HasBody = false;
        _modelLength = 0;
    }
}
