using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;

namespace Edge.Providers.Dialects;

/// <summary>
/// Writes events as a client dialect's answer: a stream, or one JSON body at the end. One instance serves one answer at a time. A stream's encoder writes nothing at
/// Start, so that until something was said another provider may still be tried.
/// </summary>
public interface IChatEncoder : IChatEventSink
{
    /// <summary>Starts an answer.</summary>
    /// <param name="output">Takes each event of a stream as soon as it is complete; the whole JSON at End.</param>
    /// <param name="settings">What the provider does not say.</param>
    void Begin(IBufferWriter<byte> output, in ChatOutput settings);

    /// <summary>The error that came instead of the end.</summary>
    ProviderError? Failure { get; }

    /// <summary>The answer was whole and is written.</summary>
    bool IsWritten { get; }
}
