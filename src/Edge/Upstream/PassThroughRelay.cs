using System.Buffers;
using Edge.Pipeline;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>A stream in the client's own dialect: every event passes as the bytes that came. It is only looked at: end mark, usage, finish, error.</summary>
public sealed class PassThroughRelay : IStreamRelay
{
    private readonly RequestContext _context;
    private readonly bool _hidesUsage;

    public PassThroughRelay(RequestContext context)
    {
        _context = context;
        _hidesUsage = OpenAiBodyEdits.AsksForUsage(context);
    }

    public bool IsEnded { get; private set; }

    public bool IsFailed { get; private set; }

    public void Event(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (sse.Data.SequenceEqual("[DONE]"u8)) IsEnded = true;
        output.Write(sse.Raw);
        _ = _hidesUsage;
        _ = _context;
    }

    public bool TryEnd(IBufferWriter<byte> output) => false;
}
