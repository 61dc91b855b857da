using Edge.Pipeline;
using Edge.Providers.Chat;
using Edge.Tenancy;

namespace Edge.Telemetry.Tracing;

/// <summary>What a traced request leaves for the exporter: the numbers and names of its spans, never a text of prompt or answer, never a header.</summary>
internal sealed class SpanRecord
{
    public required TraceContext Context { get; init; }

    /// <summary>The caller's, passed on as it came; null = none.</summary>
    public string? TraceState { get; init; }

    public required string RequestId { get; init; }

    public required string Method { get; init; }

    /// <summary>The route's pattern, never the path as it came: that may hold ids.</summary>
    public required string Route { get; init; }

    /// <summary>In the words of the GenAI conventions: <c>chat</c>, <c>embeddings</c>.</summary>
    public required string OperationName { get; init; }

    public required int Status { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>The gateway's own error code; null = none.</summary>
    public string? ErrorCode { get; init; }

    public required bool Streamed { get; init; }

    /// <summary>As the client asked for it; null = the request was not read so far.</summary>
    public string? Model { get; init; }

    public required Usage Usage { get; init; }

    public required bool IsEstimated { get; init; }

    /// <summary>Nano-dollars; -1 = not known.</summary>
    public required long Cost { get; init; }

    public required Caller Caller { get; init; }

    public string? Cache { get; init; }

    /// <summary>Unix nanoseconds.</summary>
    public required ulong Start { get; init; }

    public required ulong End { get; init; }

    public required ulong FirstToken { get; init; }

    public required CallSpan[] Calls { get; init; }

    /// <summary>The gateway's own steps that took long enough to be worth a span.</summary>
    public required StageSpan[] Stages { get; init; }

    /// <summary>It is exported for what came of it, not for its being sampled.</summary>
    public bool IsTail { get; init; }
}

/// <summary>One call of a provider.</summary>
/// <param name="Number">From 0; its span's id follows from it.</param>
/// <param name="Provider">Its name in the configuration.</param>
/// <param name="System">In the words of the GenAI conventions.</param>
/// <param name="Model">As the provider knows it.</param>
/// <param name="Host">Whom the bytes went to.</param>
/// <param name="Port">Its port; 0 = in process.</param>
/// <param name="Result">In the words of <see cref="AttemptResult"/>.</param>
/// <param name="Status">0 = none came.</param>
/// <param name="IsAnswer">The client was answered from it.</param>
/// <param name="Start">Unix nanoseconds.</param>
/// <param name="End">Unix nanoseconds.</param>
internal readonly record struct CallSpan(int Number, string Provider, string System, string Model, string Host, int Port, string Result, int Status, bool IsAnswer, ulong Start, ulong End);

/// <param name="Name">Of the step.</param>
/// <param name="Start">Unix nanoseconds.</param>
/// <param name="End">Unix nanoseconds.</param>
internal readonly record struct StageSpan(string Name, ulong Start, ulong End);
