using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Edge.Upstream;

/// <summary>The client's headers that travel on to the provider: trace context, idempotency, beta switches. Everything else of the client's stays here.</summary>
public static class RequestHeaderBlock
{
    private static readonly string[] _forwarded =
        ["traceparent", "tracestate", "baggage", "idempotency-key", "openai-beta", "anthropic-beta", "x-client-request-id"];

    /// <summary>Header lines in wire form; empty in the usual case, where the client sends none of them.</summary>
    public static ReadOnlyMemory<byte> Build(IHeaderDictionary headers)
    {
        ArrayBufferWriter<byte>? lines = null;
        foreach (var name in _forwarded)
        {
            if (!headers.TryGetValue(name, out var values)) continue;
            foreach (var value in values)
            {
                // Anything but visible ASCII would leave as something else than it came.
                if (string.IsNullOrEmpty(value) || value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0) continue;
                lines ??= new ArrayBufferWriter<byte>(256);
                Encoding.ASCII.GetBytes($"{name}: {value}\r\n", lines);
            }
        }
        return lines is null ? default : lines.WrittenMemory;
    }
}
