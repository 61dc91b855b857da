using System.Buffers.Binary;
using System.Globalization;
using Edge.Routing;

namespace Edge.Telemetry.Tracing;

/// <summary>
/// A request's place in a distributed trace: whose part it is, and the id of its own span. https://www.w3.org/TR/trace-context/ A value, so that a request that is not traced pays nothing.
/// </summary>
public readonly record struct TraceContext
{
    /// <summary>The <c>traceparent</c> value: version, trace id, parent id, flags.</summary>
    public const int ParentLength = 55;

    private const byte Sampled = 1;

    /// <summary>Both 0 = there is no trace.</summary>
    public ulong TraceHigh { get; private init; }

    public ulong TraceLow { get; private init; }

    /// <summary>The caller's span; 0 = the trace begins here.</summary>
    public ulong ParentId { get; private init; }

    /// <summary>The gateway's own span.</summary>
    public ulong SpanId { get; private init; }

    /// <summary>Whoever began the trace wants it recorded.</summary>
    public bool IsSampled { get; private init; }

    public bool IsOn => SpanId != 0;

    /// <summary>Joins the trace that the caller names, or begins one.</summary>
    /// <param name="traceparent">The header; empty or malformed = there is no caller's trace.</param>
    /// <param name="ratio">Share of the traces begun here that are recorded, 0 to 1.</param>
    /// <param name="entropy">For ids.</param>
    public static TraceContext Begin(ReadOnlySpan<char> traceparent, double ratio, Entropy entropy)
    {
        var span = NotZero(entropy);
        if (TryParse(traceparent, out var caller)) return caller with { ParentId = caller.SpanId, SpanId = span };
        var low = NotZero(entropy);
        // Of the id itself, as the specification of OpenTelemetry's ratio sampler has it: every gateway with the same ratio decides alike.
        return new() { TraceHigh = entropy.Next(), TraceLow = low, SpanId = span, IsSampled = (low >> 11) * (1.0 / (1UL << 53)) < ratio };
    }

    /// <summary>Reads a <c>traceparent</c>; the span in it is <see cref="SpanId"/>. False = it is to be ignored.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TraceContext context)
    {
        context = default;
        if (text.Length < ParentLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
        if (!TryHex(text[..2], out var version) || version == 0xff) return false;
        // Version 0 ends there; a later one may go on behind another hyphen.
        if (version == 0 ? text.Length != ParentLength : text.Length > ParentLength && text[ParentLength] != '-') return false;
        if (!TryHex(text[3..19], out var high) || !TryHex(text[19..35], out var low) || (high | low) == 0) return false;
        if (!TryHex(text[36..52], out var span) || span == 0 || !TryHex(text[53..55], out var flags)) return false;
        context = new() { TraceHigh = high, TraceLow = low, SpanId = span, IsSampled = (flags & Sampled) != 0 };
        return true;
    }

    /// <summary>The id of the span of one call of a provider.</summary>
    /// <param name="number">Which call, from 0.</param>
    public ulong CallId(int number)
    {
        var id = Entropy.Mix(SpanId + (ulong)number + 1);
        return id == 0 ? 1 : id;
    }

    /// <summary>The id of a child span of the gateway's own.</summary>
    internal ulong ChildId(int number) => CallId(number + (1 << 16));

    /// <summary>Writes the <c>traceparent</c> for a call of a provider.</summary>
    /// <param name="number">Which call, from 0.</param>
    /// <param name="into">At least <see cref="ParentLength"/>.</param>
    public void WriteParent(int number, Span<byte> into)
    {
        "00-"u8.CopyTo(into);
        Hex(TraceHigh, into[3..]);
        Hex(TraceLow, into[19..]);
        into[35] = (byte)'-';
        Hex(CallId(number), into[36..]);
        (IsSampled ? "-01"u8 : "-00"u8).CopyTo(into[52..]);
    }

    /// <summary>32 lower-case hex digits.</summary>
    public string TraceIdText => string.Create(CultureInfo.InvariantCulture, $"{TraceHigh:x16}{TraceLow:x16}");

    internal void WriteTraceId(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt64BigEndian(into, TraceHigh);
        BinaryPrimitives.WriteUInt64BigEndian(into[8..], TraceLow);
    }

    private static void Hex(ulong value, Span<byte> into)
    {
        for (var i = 15; i >= 0; i--)
        {
            into[i] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }
    }

    // Lower case only: the specification forbids the rest.
    private static bool TryHex(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        foreach (var c in text)
        {
            int digit = c is >= '0' and <= '9' ? c - '0' : c is >= 'a' and <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0) return false;
            value = (value << 4) | (uint)digit;
        }
        return true;
    }

    private static ulong NotZero(Entropy entropy)
    {
        ulong id;
        do id = entropy.Next();
        while (id == 0);
        return id;
    }
}
