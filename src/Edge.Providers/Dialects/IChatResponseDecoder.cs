using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects;

/// <summary>
/// Reads a provider's answer, streamed or whole, and pushes its events. Never throws for what the provider sends: what makes no sense is an Error event. One
/// instance serves one answer at a time.
/// </summary>
public interface IChatResponseDecoder
{
    /// <summary>The end mark or an error came; what follows is ignored.</summary>
    bool IsClosed { get; }

    /// <summary>Ready for another answer.</summary>
    void Reset();

    /// <summary>Translates one event of a stream.</summary>
    /// <param name="eventType">SSE: the event field. AWS event stream: <c>:event-type</c> or <c>:exception-type</c>. May be empty.</param>
    /// <param name="data">The event's data, a line of NDJSON, or the payload.</param>
    /// <param name="sink">Takes the events.</param>
    void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink);

    /// <summary>
    /// The transport ended as its framing says, and <see cref="IsClosed"/> is false. True = the answer is whole all the same (its last choice finished and this
    /// dialect has no end mark, or servers that leave it out); End was pushed.
    /// </summary>
    bool TryEnd(IChatEventSink sink);

    /// <summary>Translates a whole answer.</summary>
    /// <param name="answer">The root value; an error envelope becomes an Error event, anything else but an answer Error(Malformed).</param>
    /// <param name="sink">Takes the events.</param>
    void Whole(JsonValue answer, IChatEventSink sink);
}
