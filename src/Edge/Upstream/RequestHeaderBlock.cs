using System.Buffers;
using System.Text;
using Edge.Pipeline;

namespace Edge.Upstream;

/// <summary>The client's headers that travel on to the provider: trace context, idempotency, beta switches. Everything else of the client's stays here.</summary>
public static class RequestHeaderBlock
{
    private static readonly string[] _forwarded =
        ["traceparent", "tracestate", "baggage", "idempotency-key", "openai-beta", "anthropic-beta", "x-client-request-id"];

    /// <summary>Header lines in wire form; empty in the usual case, where the client sends none of them and there is no trace.</summary>
    /// <param name="context">The request. Where it is traced, the call at hand is the provider's parent.</param>
    public static ReadOnlyMemory<byte> Build(RequestContext context) => Build(context, _forwarded);

    /// <summary>The same with what describes a body that passes as bytes and the wanted answer.</summary>
    public static ReadOnlyMemory<byte> BuildWithContent(RequestContext context) => Build(context, _withContent);

    /// <summary>The same with a WebSocket's handshake, but for the sub-protocols that speak of the client's account instead of a protocol.</summary>
    public static ReadOnlyMemory<byte> BuildWithWebSocket(RequestContext context)
    {
        var protocols = WebSocketProtocols.Forwarded(context.Request.Headers.SecWebSocketProtocol);
        var own = Build(context, _withWebSocket);
        return protocols.Length == 0 ? own : (byte[])[.. own.Span, .. Encoding.ASCII.GetBytes($"sec-websocket-protocol: {protocols}\r\n")];
    }

    private static readonly string[] _withWebSocket = [.. _forwarded, "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"];

    private static readonly string[] _withContent =
        [.. _forwarded, "content-type", "accept", "range", "if-range", "if-none-match", "if-modified-since", "anthropic-version"];

    private static ReadOnlyMemory<byte> Build(RequestContext context, string[] forwarded)
    {
        var headers = context.Request.Headers;
        ArrayBufferWriter<byte>? lines = null;
        foreach (var name in forwarded)
        {
            // The trace is ours to tell; and the state of a trace that begins here is none of the caller's.
            if (context.Trace.IsOn && (name == "traceparent" || (name == "tracestate" && context.Trace.ParentId == 0))) continue;
            if (!headers.TryGetValue(name, out var values)) continue;
            foreach (var value in values)
            {
                // Anything but visible ASCII would leave as something else than it came.
                if (string.IsNullOrEmpty(value) || value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0) continue;
                lines ??= new ArrayBufferWriter<byte>(256);
                Encoding.ASCII.GetBytes($"{name}: {value}\r\n", lines);
            }
        }
        if (!context.Trace.IsOn) return lines is null ? default : lines.WrittenMemory;
        var trace = context.Leg.TraceLine(context.Trace);
        if (lines is null) return trace;
        lines.Write(trace.Span);
        return lines.WrittenMemory;
    }
}
