using System.Buffers;
using System.Text;

namespace Edge.Upstream.Http1;

internal enum HeadProgress
{
    NeedsMore,
    Complete,
    Malformed,
}

/// <summary>
/// The status line and headers of one response, found in place: names lower-cased where they stand, nothing copied, nothing turned into a string.
/// Strict by RFC 9112: what two parsers could read in two ways is refused (bare LF, bare CR, folded lines, space before the colon, two lengths).
/// Works line by line, so that a malformed head fails when its line arrives and not at a time-out.
/// </summary>
internal sealed class ResponseHead
{
    private const int MaxHeaders = 256;

    // token = 1*tchar, RFC 9110 section 5.6.2.
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // Controls but for the tab: no field value and no reason phrase holds one.
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private Slot[] _slots = new Slot[24];
    private int _lineStart;
    private int _scanned;
    private bool _hasContentLength;
    private bool _hasTransferEncoding;
    private bool _close;
    private int _minor;

    public int Status { get; private set; }

    public int Count { get; private set; }

    /// <summary>Bytes of the head, blank line included; set when complete.</summary>
    public int Length { get; private set; }

    /// <summary>The announced length, or -1.</summary>
    public long ContentLength { get; private set; }

    /// <summary>Transfer-Encoding: chunked.</summary>
    public bool IsChunked => _hasTransferEncoding;

    /// <summary>HTTP/1.1 without <c>connection: close</c>.</summary>
    public bool KeepsAlive => _minor == 1 && !_close;

    /// <summary>What is wrong with a malformed head.</summary>
    public string? Problem { get; private set; }

    public void Reset()
    {
        _lineStart = _scanned = Status = Count = Length = 0;
        _hasContentLength = _hasTransferEncoding = _close = false;
        ContentLength = -1;
        Problem = null;
    }

    /// <summary>Reads on; <paramref name="data"/> is everything since the status line began, each time.</summary>
    public HeadProgress Parse(Span<byte> data)
    {
        while (true)
        {
            var feed = data[_scanned..].IndexOf((byte)'\n');
            if (feed < 0)
            {
                _scanned = data.Length;
                return HeadProgress.NeedsMore;
            }
            var end = _scanned + feed;
            var start = _lineStart;
            _lineStart = _scanned = end + 1;
            if (end == start || data[end - 1] != '\r') return Refuse("a line ends without CR LF");
            var line = data[start..(end - 1)];

            if (Status == 0)
            {
                if (!ParseStatusLine(line)) return Refuse("the status line is malformed");
            }
            else if (line.IsEmpty)
            {
                Length = end + 1;
                return _hasTransferEncoding && _hasContentLength ? Refuse("both Transfer-Encoding and Content-Length")
                    : _hasTransferEncoding && _minor == 0 ? Refuse("Transfer-Encoding in an HTTP/1.0 response")
                    : HeadProgress.Complete;
            }
            else if (ParseHeader(line, start) is { } problem)
            {
                return Refuse(problem);
            }
        }
    }

    public bool TryGet(ReadOnlySpan<byte> data, ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        foreach (ref readonly var slot in _slots.AsSpan(0, Count))
        {
            if (slot.NameLength != lowerCaseName.Length || !data.Slice(slot.Start, slot.NameLength).SequenceEqual(lowerCaseName)) continue;
            value = data.Slice(slot.ValueStart, slot.ValueLength);
            return true;
        }
        value = default;
        return false;
    }

    public void Get(ReadOnlySpan<byte> data, int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        ref readonly var slot = ref _slots[index];
        name = data.Slice(slot.Start, slot.NameLength);
        value = data.Slice(slot.ValueStart, slot.ValueLength);
    }

    // status-line = HTTP-version SP status-code SP [ reason-phrase ]. The last SP is often left out with the reason; nothing else is forgiven.
    private bool ParseStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[8] != ' ') return false;
        _minor = line[7] - '0';
        if (_minor is not (0 or 1)) return false;
        var (a, b, c) = (line[9] - '0', line[10] - '0', line[11] - '0');
        if (a is < 1 or > 5 || b is < 0 or > 9 || c is < 0 or > 9) return false;
        if (line.Length > 12 && (line[12] != ' ' || line[13..].ContainsAny(ControlBytes))) return false;
        Status = a * 100 + b * 10 + c;
        return true;
    }

    private string? ParseHeader(Span<byte> line, int start)
    {
        var colon = line.IndexOfAnyExcept(TokenBytes);
        if (colon <= 0 || line[colon] != ':') return colon == 0 && line[0] is (byte)' ' or (byte)'\t' ? "a folded header line" : "a malformed header name";
        var name = line[..colon];
        Ascii.ToLowerInPlace(name, out _);

        var value = line[(colon + 1)..];
        if (value.ContainsAny(ControlBytes)) return "a control character in a header value";
        var trimmed = value.TrimStart(" \t"u8);
        var valueStart = start + colon + 1 + (value.Length - trimmed.Length);
        trimmed = trimmed.TrimEnd(" \t"u8);

        if (Count == MaxHeaders) return "more than 256 header lines";
        if (Count == _slots.Length) Array.Resize(ref _slots, Math.Min(MaxHeaders, Count * 2));
        _slots[Count++] = new Slot(start, colon, valueStart, trimmed.Length);

        return colon switch
        {
            10 when name.SequenceEqual("connection"u8) => ReadConnection(trimmed),
            14 when name.SequenceEqual("content-length"u8) => ReadContentLength(trimmed),
            17 when name.SequenceEqual("transfer-encoding"u8) => ReadTransferEncoding(trimmed),
            _ => null,
        };
    }

    private string? ReadConnection(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(value[range].Trim(" \t"u8), "close"u8)) _close = true;
        }
        return null;
    }

    // Content-Length = 1*DIGIT; the same number again is harmless, another one is request smuggling's mirror image.
    private string? ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.Length > 18 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return "a malformed Content-Length";
        var length = 0L;
        foreach (var digit in value) length = length * 10 + (digit - '0');
        if (_hasContentLength && length != ContentLength) return "two different Content-Length values";
        _hasContentLength = true;
        ContentLength = length;
        return null;
    }

    // We never send TE, so that nothing but chunked alone may come back.
    private string? ReadTransferEncoding(ReadOnlySpan<byte> value)
    {
        if (_hasTransferEncoding || !Ascii.EqualsIgnoreCase(value, "chunked"u8)) return "a Transfer-Encoding other than chunked alone";
        _hasTransferEncoding = true;
        return null;
    }

    private HeadProgress Refuse(string problem)
    {
        Problem = problem;
        return HeadProgress.Malformed;
    }

    private readonly record struct Slot(int Start, int NameLength, int ValueStart, int ValueLength);
}
