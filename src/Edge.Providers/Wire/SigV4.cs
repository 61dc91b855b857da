using System.Buffers;
using System.Security.Cryptography;
using Edge.Providers.Dialects;

namespace Edge.Providers.Wire;

/// <summary>What is signed. Everything is ASCII or UTF-8 and as it goes over the wire.</summary>
public readonly ref struct SigV4Request
{
    /// <summary>Upper case, e.g. <c>POST</c>.</summary>
    public required ReadOnlySpan<byte> Method { get; init; }

    /// <summary>Absolute path as it is sent, percent-encoded; it is encoded once more for signing, as every service but S3 wants it.</summary>
    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>Query as it is sent, without the question mark; may be empty.</summary>
    public ReadOnlySpan<byte> Query { get; init; }

    /// <summary>
    /// The headers to sign, <c>host</c> among them, as lines <c>name: value\r\n</c>: those that no hop on the way changes. Without x-amz-date and x-amz-security-token, which are added here.
    /// </summary>
    public required ReadOnlySpan<byte> Headers { get; init; }

    /// <summary>SHA-256 of the body, 32 bytes.</summary>
    public required ReadOnlySpan<byte> BodyHash { get; init; }

    /// <summary><c>yyyyMMddTHHmmssZ</c>, UTC.</summary>
    public required ReadOnlySpan<byte> Time { get; init; }

    /// <summary>Such as <c>us-east-1</c>.</summary>
    public required ReadOnlySpan<byte> Region { get; init; }

    /// <summary>Such as <c>bedrock</c>.</summary>
    public required ReadOnlySpan<byte> Service { get; init; }

    public required ReadOnlySpan<byte> AccessKeyId { get; init; }

    /// <summary>Of temporary credentials; empty = none.</summary>
    public ReadOnlySpan<byte> SessionToken { get; init; }
}

/// <summary>
/// AWS Signature Version 4 in the authorization header. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// <code>
/// canonical = method LF path LF query LF *( name ":" value LF ) LF names LF hex(body-hash)
/// to-sign   = "AWS4-HMAC-SHA256" LF time LF scope LF hex(sha256(canonical))          ; scope = date "/" region "/" service "/aws4_request"
/// signature = hex(hmac(key, to-sign))            ; key = hmac(hmac(hmac(hmac("AWS4" secret, date), region), service), "aws4_request")
/// </code>
/// Pure: no clock, no state but scratch memory of the thread.
/// </summary>
public static class SigV4
{
    public const int KeySize = 32;

    // More than any request of ours has; beyond it nothing is signed wrongly, the request is refused.
    private const int MaxHeaders = 32;

    [ThreadStatic]
    private static ByteBuffer? _scratch;

    /// <summary>The key of one day, region and service: worth keeping, it takes four of the five HMACs of a request.</summary>
    /// <param name="secret">The secret access key.</param>
    /// <param name="date"><c>yyyyMMdd</c></param>
    /// <param name="region">As in the request.</param>
    /// <param name="service">As in the request.</param>
    /// <param name="key">Takes <see cref="KeySize"/> bytes.</param>
    public static void DeriveKey(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> date, ReadOnlySpan<byte> region, ReadOnlySpan<byte> service, Span<byte> key)
    {
        var first = new byte[secret.Length + 4];
        "AWS4"u8.CopyTo(first);
        secret.CopyTo(first.AsSpan(4));
        HMACSHA256.HashData(first, date, key);
        CryptographicOperations.ZeroMemory(first);
        HMACSHA256.HashData(key[..KeySize], region, key);
        HMACSHA256.HashData(key[..KeySize], service, key);
        HMACSHA256.HashData(key[..KeySize], "aws4_request"u8, key);
    }

    /// <summary>Writes the header lines that carry the signature: authorization, x-amz-date and, with a session token, x-amz-security-token.</summary>
    /// <param name="request">What is signed.</param>
    /// <param name="key">Of <see cref="DeriveKey"/>, for the request's date, region and service.</param>
    /// <param name="output">Takes lines <c>name: value\r\n</c>.</param>
    /// <exception cref="ArgumentException">More than 30 headers, or a line without a colon: the caller's defect.</exception>
    public static void Sign(in SigV4Request request, ReadOnlySpan<byte> key, IBufferWriter<byte> output)
    {
        Span<HeaderRange> headers = stackalloc HeaderRange[MaxHeaders];
        var scratch = _scratch ??= new ByteBuffer();
        scratch.Clear();
        // The headers' own lines stand in front in the scratch, so that those added here sort among them.
        scratch.Append(request.Headers);
        Line(scratch, "x-amz-date"u8, request.Time);
        if (!request.SessionToken.IsEmpty) Line(scratch, "x-amz-security-token"u8, request.SessionToken);
        var lines = scratch.Length;
        headers = headers[..Split(scratch.Span, headers)];
        Canonical(request, headers, scratch);

        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(scratch.Span[lines..], digest);
        var toSign = scratch.Length;
        scratch.Append("AWS4-HMAC-SHA256\n"u8);
        scratch.Append(request.Time);
        scratch.Append("\n"u8);
        Scope(request, scratch);
        scratch.Append("\n"u8);
        Hex(digest, scratch);
        HMACSHA256.HashData(key, scratch.Span[toSign..], digest);

        scratch.Append("authorization: AWS4-HMAC-SHA256 Credential="u8);
        var answer = scratch.Length - "authorization: AWS4-HMAC-SHA256 Credential="u8.Length;
        scratch.Append(request.AccessKeyId);
        scratch.Append("/"u8);
        Scope(request, scratch);
        scratch.Append(", SignedHeaders="u8);
        Names(headers, scratch);
        scratch.Append(", Signature="u8);
        Hex(digest, scratch);
        scratch.Append("\r\n"u8);
        Line(scratch, "x-amz-date"u8, request.Time);
        if (!request.SessionToken.IsEmpty) Line(scratch, "x-amz-security-token"u8, request.SessionToken);
        output.Write(scratch.Span[answer..]);
        scratch.Clear();
    }

    private record struct HeaderRange(int Name, int NameLength, int Value, int ValueLength);

    private static void Canonical(in SigV4Request request, ReadOnlySpan<HeaderRange> headers, ByteBuffer output)
    {
        output.Append(request.Method);
        output.Append("\n"u8);
        SigV4Encoding.Path(request.Path, output);
        output.Append("\n"u8);
        SigV4Encoding.Query(request.Query, output);
        output.Append("\n"u8);
        for (var i = 0; i < headers.Length; i++)
        {
            var repeated = i > 0 && SameName(output.Span, headers[i - 1], headers[i]);
            if (repeated)
            {
                output.Append(","u8);
            }
            else
            {
                if (i > 0) output.Append("\n"u8);
                LowerCase(headers[i], output);
                output.Append(":"u8);
            }
            Value(headers[i], output);
        }
        output.Append("\n\n"u8);
        Names(headers, output);
        output.Append("\n"u8);
        Hex(request.BodyHash, output);
    }

    private static int Split(ReadOnlySpan<byte> lines, Span<HeaderRange> headers)
    {
        var (count, at) = (0, 0);
        while (at < lines.Length)
        {
            var length = lines[at..].IndexOf("\r\n"u8);
            if (length < 0) length = lines.Length - at;
            var colon = lines.Slice(at, length).IndexOf((byte)':');
            if (colon <= 0 || count == headers.Length) throw new ArgumentException("A header line without a name, or too many of them.", nameof(lines));
            var header = new HeaderRange(at, colon, at + colon + 1, length - colon - 1);
            // Insertion keeps the order of repeated headers, whose values are joined as they came.
            var place = count++;
            while (place > 0 && Compare(lines, header, headers[place - 1]) < 0)
            {
                headers[place] = headers[place - 1];
                place--;
            }
            headers[place] = header;
            at += length + 2;
        }
        return count;
    }

    private static int Compare(ReadOnlySpan<byte> lines, in HeaderRange a, in HeaderRange b)
    {
        for (var i = 0; i < a.NameLength && i < b.NameLength; i++)
        {
            var difference = Lower(lines[a.Name + i]) - Lower(lines[b.Name + i]);
            if (difference != 0) return difference;
        }
        return a.NameLength - b.NameLength;
    }

    private static bool SameName(ReadOnlySpan<byte> lines, in HeaderRange a, in HeaderRange b) => Compare(lines, a, b) == 0;

    private static void Names(ReadOnlySpan<HeaderRange> headers, ByteBuffer output)
    {
        for (var i = 0; i < headers.Length; i++)
        {
            if (i > 0 && SameName(output.Span, headers[i - 1], headers[i])) continue;
            if (i > 0) output.Append(";"u8);
            LowerCase(headers[i], output);
        }
    }

    // The ranges lie in the very buffer that is written to, whose memory may move: one byte at a time, by index.
    private static void LowerCase(in HeaderRange header, ByteBuffer output)
    {
        for (var i = 0; i < header.NameLength; i++) output.Append([Lower(output.Span[header.Name + i])]);
    }

    // Trimmed, and runs of spaces are one, within quotes too.
    private static void Value(in HeaderRange header, ByteBuffer output)
    {
        var (any, space) = (false, false);
        for (var i = 0; i < header.ValueLength; i++)
        {
            var b = output.Span[header.Value + i];
            if (b is (byte)' ' or (byte)'\t')
            {
                space = any;
                continue;
            }
            if (space) output.Append(" "u8);
            output.Append([b]);
            (any, space) = (true, false);
        }
    }

    private static void Scope(in SigV4Request request, ByteBuffer output)
    {
        output.Append(request.Time[..8]);
        output.Append("/"u8);
        output.Append(request.Region);
        output.Append("/"u8);
        output.Append(request.Service);
        output.Append("/aws4_request"u8);
    }

    private static void Line(ByteBuffer output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.Append(name);
        output.Append(": "u8);
        output.Append(value);
        output.Append("\r\n"u8);
    }

    private static void Hex(ReadOnlySpan<byte> bytes, ByteBuffer output)
    {
        Span<byte> hex = stackalloc byte[64];
        Convert.TryToHexStringLower(bytes, hex, out var written);
        output.Append(hex[..written]);
    }

    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
