using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Edge.Server;

/// <summary>
/// HTTP/2 by prior knowledge (h2c) on the same clear-text port as HTTP/1.1. Kestrel settles a connection's version by ALPN, so without TLS it would always take HTTP/1.1;
/// this looks at the first bytes and, where they are HTTP/2's preface (RFC 9113, section 3.4), says "h2" in ALPN's place.
/// </summary>
internal static class ClearTextHttp2
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0"u8;

    public static ConnectionDelegate Middleware(ConnectionDelegate next) => connection => RunAsync(connection, next);

    private static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(connection.ConnectionClosed);
                var first = read.Buffer.FirstSpan;
                var compared = Math.Min(first.Length, Preface.Length);
                var matches = compared > 0 && first[..compared].SequenceEqual(Preface[..compared]);
                // A preface cut into pieces: wait for enough of it, but for no more than that.
                var undecided = matches && compared < Preface.Length && read.Buffer.IsSingleSegment && !read.IsCompleted;
                input.AdvanceTo(read.Buffer.Start, undecided ? read.Buffer.End : read.Buffer.Start);
                if (undecided) continue;
                if (matches && compared == Preface.Length) PretendAlpn(connection);
                break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Opened and closed without a byte: port scanners and health checks of load balancers do that all day.
            return;
        }
        await next(connection);
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
