using System.Text;

namespace Edge.Upstream;

/// <summary>What a look at the beginning of a multipart body found.</summary>
public enum MultipartFind : byte
{
    /// <summary>More of the body is needed.</summary>
    NeedsMore,

    /// <summary>The field is there.</summary>
    Found,

    /// <summary>The body ended without it.</summary>
    Absent,

    /// <summary>It is no multipart body.</summary>
    Malformed,
}

/// <summary>
/// Finds the <c>model</c> field of a <c>multipart/form-data</c> body (RFC 7578) in as much of it as is there, so that an upload can be routed without being stored.
/// </summary>
public static class MultipartModel
{
    /// <summary>The boundary that a content-type names; null where it is another type or names none that RFC 2046 allows.</summary>
    public static byte[]? BoundaryOf(string contentType)
    {
        if (!contentType.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase)) return null;
        foreach (var part in contentType.Split(';').Skip(1))
        {
            var text = part.Trim();
            if (!text.StartsWith("boundary=", StringComparison.OrdinalIgnoreCase)) continue;
            var boundary = text["boundary=".Length..].Trim('"');
            return boundary.Length is > 0 and <= 70 && boundary.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? Encoding.ASCII.GetBytes(boundary) : null;
        }
        return null;
    }

    /// <summary>Looks for the field.</summary>
    /// <param name="body">The body's beginning.</param>
    /// <param name="boundary">Without its hyphens.</param>
    /// <param name="start">Where the value begins; where it is absent, the place for one more part.</param>
    /// <param name="length">Its bytes.</param>
    public static MultipartFind Find(ReadOnlySpan<byte> body, ReadOnlySpan<byte> boundary, out int start, out int length)
    {
        start = length = 0;
        Span<byte> delimiter = stackalloc byte[4 + boundary.Length];
        "\r\n--"u8.CopyTo(delimiter);
        boundary.CopyTo(delimiter[4..]);

        // The first delimiter stands at the beginning, behind a preamble otherwise.
        var at = body.StartsWith(delimiter[2..]) ? delimiter.Length - 2 : Behind(body, delimiter, 0);
        var first = at - (delimiter.Length - 2);
        while (true)
        {
            if (at < 0 || body.Length < at + 2) return MultipartFind.NeedsMore;
            // "--" closes the body; white space may stand behind a boundary.
            if (body[at..].StartsWith("--"u8))
            {
                start = first;
                return MultipartFind.Absent;
            }
            var headers = body[at..].IndexOf("\r\n"u8);
            if (headers < 0) return MultipartFind.NeedsMore;
            if (!body.Slice(at, headers).Trim(" \t"u8).IsEmpty) return MultipartFind.Malformed;
            headers += at;
            var end = body[headers..].IndexOf("\r\n\r\n"u8);
            if (end < 0) return MultipartFind.NeedsMore;
            var isModel = IsModel(body.Slice(headers, end));
            var value = headers + end + 4;
            var next = Behind(body, delimiter, headers + end + 2);
            if (next < 0) return MultipartFind.NeedsMore;
            if (isModel)
            {
                start = value;
                length = Math.Max(0, next - delimiter.Length - value);
                return MultipartFind.Found;
            }
            at = next;
        }
    }

    private static int Behind(ReadOnlySpan<byte> body, ReadOnlySpan<byte> delimiter, int from)
    {
        var found = body[from..].IndexOf(delimiter);
        return found < 0 ? -1 : from + found + delimiter.Length;
    }

    // content-disposition: form-data; name="model"
    private static bool IsModel(ReadOnlySpan<byte> headers)
    {
        foreach (var line in Encoding.Latin1.GetString(headers).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (!line.StartsWith("content-disposition:", StringComparison.OrdinalIgnoreCase)) continue;
            return line.Split(';').Skip(1).Any(static parameter => parameter.Trim() is var text
                && (text.Equals("name=\"model\"", StringComparison.OrdinalIgnoreCase) || text.Equals("name=model", StringComparison.OrdinalIgnoreCase)));
        }
        return false;
    }
}
