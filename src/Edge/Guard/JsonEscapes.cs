using Edge.Pipeline;
using Edge.Providers.Json;

namespace Edge.Guard;

/// <summary>Resolves the escapes of text that may be the inside of a JSON string, or may only look so: a model or a client wrote it, and no parser has read it.</summary>
internal static class JsonEscapes
{
    /// <summary>The text without its escapes; itself where it has none, or one that JSON does not know.</summary>
    public static ReadOnlySpan<byte> Resolve(ReadOnlySpan<byte> raw, PooledBuffer into)
    {
        if (!raw.Contains((byte)'\\') || !IsValid(raw)) return raw;
        into.Clear();
        into.Advance(new JsonText(raw, isEscaped: true).Unescape(into.GetSpan(raw.Length)));
        return into.Span;
    }

    private static bool IsValid(ReadOnlySpan<byte> raw)
    {
        while (true)
        {
            var at = raw.IndexOf((byte)'\\');
            if (at < 0) return true;
            raw = raw[(at + 1)..];
            if (raw.IsEmpty) return false;
            var length = 1;
            if (raw[0] == 'u')
            {
                if (raw.Length < 5) return false;
                foreach (var b in raw[1..5])
                {
                    if (!char.IsAsciiHexDigit((char)b)) return false;
                }
                length = 5;
            }
            else if (!"\"\\/bfnrt"u8.Contains(raw[0]))
            {
                return false;
            }
            raw = raw[length..];
        }
    }
}
