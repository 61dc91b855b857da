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
    public static ReadOnlyMemory<byte> Build(IHeaderDictionary headers) => Build(headers, _forwarded);

    /// <summary>The same with what describes a body that passes as bytes and the wanted answer.</summary>
    public static ReadOnlyMemory<byte> BuildWithContent(IHeaderDictionary headers) => Build(headers, _withContent);

    /// <summary>The same with a WebSocket's handshake, but for the sub-protocols that speak of the client's account instead of a protocol.</summary>
    public static ReadOnlyMemory<byte> BuildWithWebSocket(IHeaderDictionary headers)
    {
        var protocols = WebSocketProtocols.Forwarded(headers.SecWebSocketProtocol);
        var own = Build(headers, _withWebSocket);
        return protocols.Length == 0 ? own : (byte[])[.. own.Span, .. Encoding.ASCII.GetBytes($"sec-websocket-protocol: {protocols}\r\n")];
    }

    private static readonly string[] _withWebSocket = [.. _forwarded, "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"];

    private static readonly string[] _withContent =
        [.. _forwarded, "content-type", "accept", "range", "if-range", "if-none-match", "if-modified-since", "anthropic-version"];

    private static ReadOnlyMemory<byte> Build(IHeaderDictionary headers, string[] forwarded)
    {
        ArrayBufferWriter<byte>? lines = null;
        foreach (var name in forwarded)
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
