using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects;

/// <summary>What an event of a passed-through stream is, in so far as the gateway must know.</summary>
[Flags]
public enum TapMarks : byte
{
    None = 0,

    /// <summary>The end mark (<c>[DONE]</c>, <c>message_stop</c>, <c>response.completed</c>): the answer is whole.</summary>
    Done = 1,

    /// <summary>It carries usage, now in <see cref="IAnswerTap.Usage"/>.</summary>
    Usage = 2,

    /// <summary>It carries nothing but usage (<c>"choices":[]</c>, or no choices at all): hidden from a client that did not ask for it.</summary>
    UsageOnly = 4,

    /// <summary>A choice finished; the reason is in <see cref="IAnswerTap.Finish"/>.</summary>
    Finish = 8,

    /// <summary>It is an error, now in <see cref="IAnswerTap.Failure"/>.</summary>
    Error = 16,
}

/// <summary>Looks at answers that pass through as bytes, for what the gateway itself must know. One instance serves one answer at a time.</summary>
public interface IAnswerTap
{
    /// <summary>The totals that were reported last.</summary>
    Usage Usage { get; }

    /// <summary>The reason that was reported last.</summary>
    FinishReason Finish { get; }

    ProviderError? Failure { get; }

    /// <summary>A choice finished, and none that has begun is still open: an end mark may follow.</summary>
    bool AllFinished => Finish != FinishReason.None;

    /// <summary>Ready for another answer.</summary>
    void Reset();

    /// <summary>Looks at one event.</summary>
    /// <param name="eventType">The event field; may be empty.</param>
    /// <param name="data">The event's data.</param>
    TapMarks Look(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data);

    /// <summary>Looks at a whole answer.</summary>
    /// <param name="answer">The root value.</param>
    TapMarks Whole(JsonValue answer);
}
