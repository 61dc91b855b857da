using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Edge.Server;

/// <summary>
/// HTTP/2 by prior knowledge (h2c) on the same clear-text port as HTTP/1.1. Kestrel settles a connection's version by ALPN, so without TLS it would always take HTTP/1.1;
/// this looks at the first bytes and, where they are HTTP/2's preface (RFC 9113, section 3.4), says "h2" in ALPN's place.
/// </summary>
internal static class ClearTextHttp2
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0"u8;

    /// <param name="next">What serves the connection.</param>
    /// <param name="limits">The time-outs.</param>
    /// <param name="port">Counts the connections on which nothing has come yet; null = nobody asks.</param>
    public static ConnectionDelegate Middleware(ConnectionDelegate next, KestrelServerLimits limits, SharedPort? port) => connection => RunAsync(connection, next, limits, port);

    private static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, KestrelServerLimits limits, SharedPort? port)
    {
        if (connection.Transport.Input.TryRead(out var read) ? Decide(connection, read) : await WaitAsync(connection, limits, port)) await next(connection);
    }

    // Kestrel's own time-outs begin behind this, so a connection that sends nothing, or half a preface, needs ours; so does a stop that asks idle connections to close.
    private static async Task<bool> WaitAsync(ConnectionContext connection, KestrelServerLimits limits, SharedPort? port)
    {
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping);
        deadline.CancelAfter(limits.KeepAliveTimeout);
        port?.BeginSilence();
        try
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(deadline.Token);
                if (Decide(connection, read)) return true;
                if (read.IsCompleted) return false;
                deadline.CancelAfter(limits.RequestHeadersTimeout);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Opened and closed without a byte: port scanners and health checks of load balancers do that all day.
            return false;
        }
        finally
        {
            port?.EndSilence();
        }
    }

    // True = it is known which protocol this is. Nothing is consumed; of a preface cut into pieces everything is examined, so that the next read waits for more.
    private static bool Decide(ConnectionContext connection, ReadResult read)
    {
        var first = read.Buffer.FirstSpan;
        var compared = Math.Min(first.Length, Preface.Length);
        var matches = first[..compared].SequenceEqual(Preface[..compared]);
        var undecided = matches && compared < Preface.Length && read.Buffer.IsSingleSegment;
        connection.Transport.Input.AdvanceTo(read.Buffer.Start, undecided ? read.Buffer.End : read.Buffer.Start);
        if (undecided) return false;
        if (matches) PretendAlpn(connection);
        return true;
    }

    private static void PretendAlpn(ConnectionContext connection)
    {
        connection.Features.Set<ITlsConnectionFeature>(Alpn.Http2);
        connection.Features.Set<ITlsApplicationProtocolFeature>(Alpn.Http2);
    }

    private sealed class Alpn : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public static readonly Alpn Http2 = new();

        public X509Certificate2? ClientCertificate
        {
            get => null;
            set
            {
            }
        }

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
