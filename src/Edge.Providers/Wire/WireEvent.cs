using System.Diagnostics.CodeAnalysis;

namespace Edge.Providers.Wire;

/// <summary>One event of a provider's stream: a server-sent event (WHATWG HTML, section 9.2), an AWS event stream message, a line of JSON. Spans are valid until the reader is asked for the next one.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "A ref struct has no use for equality operators.")]
public readonly ref struct WireEvent
{
    /// <summary>The event as it came, from its first byte to the end of its blank line: what a pass-through forwards.</summary>
    public ReadOnlySpan<byte> Raw { get; init; }

    /// <summary>The event field; empty = <c>message</c>. AWS: <c>:event-type</c>, or <c>:exception-type</c> of an exception.</summary>
    public ReadOnlySpan<byte> Type { get; init; }

    /// <summary>The data lines joined by a line feed. A block without any data line (comments alone) has <see cref="HasData"/> false.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    public bool HasData { get; init; }
}
