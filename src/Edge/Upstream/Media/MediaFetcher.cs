using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Edge.Configuration;
using Edge.Providers.Chat;
using Edge.Providers.Errors;

namespace Edge.Upstream.Media;

/// <summary>
/// Fetches what a request names by URL, for a provider that takes bytes alone. The URL is the client's, so it leads only where anybody outside could go too: http and
/// https, no user info, an allowed host, a public address (checked on the very address that is connected to, so that a name cannot change its mind in between), few
/// redirects with the same checks, bounded in bytes and time, without cookies, proxies or credentials.
/// </summary>
public sealed class MediaFetcher : IDisposable
{
    private const int MaxRedirects = 3;

    private readonly FetchMediaConfig _config;
    // Made by the first request that needs it: most gateways never do.
    private readonly Lazy<HttpClient> _http;

    public MediaFetcher(FetchMediaConfig config)
    {
        _config = config;
        _http = new(Create);
    }

    private HttpClient Create()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = ConnectAsync,
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Attaches every piece of media that is named by an http(s) URL. Null = done, else what is wrong first.</summary>
    public async ValueTask<RequestError?> RunAsync(ChatRequest request, CancellationToken cancel)
    {
        var wanted = Wanted(request);
        if (wanted.Count == 0) return null;
        if (!_config.Enabled) return new(wanted[0].Path, "The provider takes no URLs: send the content as base64, or let the operator allow fetching (translation.fetch_media).");
        if (wanted.Count > _config.MaxPerRequest) return new(wanted[_config.MaxPerRequest].Path, $"At most {_config.MaxPerRequest} URLs are fetched for one request.");
        var fetches = wanted.Select(piece => FetchAsync(piece.Url, cancel)).ToList();
        await Task.WhenAll(fetches);
        for (var i = 0; i < wanted.Count; i++)
        {
            var (attachment, problem) = await fetches[i];
            if (attachment is null) return new(wanted[i].Path, problem!);
            request.Attachments.Add(attachment);
            request.PartAt(wanted[i].Part).Attachment = request.Attachments.Count;
        }
        return null;
    }

    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private static List<(int Part, string Url, string Path)> Wanted(ChatRequest request)
    {
        var wanted = new List<(int, string, string)>();
        foreach (ref readonly var message in request.Messages)
        {
            for (var i = 0; i < message.PartCount; i++)
            {
                ref var part = ref request.PartAt(message.FirstPart + i);
                if (part.Kind is not (ChatPartKind.Image or ChatPartKind.File or ChatPartKind.Audio) || part.Source != ChatSource.Url) continue;
                if (request.TryMedia(part, out _, out _)) continue;
                var url = request.Text(part.Text);
                if (url.Bytes.Length <= 8192) wanted.Add((message.FirstPart + i, url.ToString(), request.PathOf(message, part)));
            }
        }
        return wanted;
    }

    private async Task<(ChatAttachment? Attachment, string? Problem)> FetchAsync(string text, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(_config.Timeout);
        try
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) return (null, "Must be an http or https URL.");
            for (var hop = 0; hop <= MaxRedirects; hop++)
            {
                if (Refusal(url) is { } refusal) return (null, refusal);
                using var request = new HttpRequestMessage(HttpMethod.Get, url);
                request.Headers.UserAgent.ParseAdd($"EdgeGateway/{GatewayVersion.Text}");
                using var response = await _http.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
                if ((int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is { } location)
                {
                    url = new Uri(url, location);
                    continue;
                }
                if (response.StatusCode != HttpStatusCode.OK) return (null, $"The URL answered with status {(int)response.StatusCode}.");
                return await ReadAsync(response, timeout.Token);
            }
            return (null, $"The URL redirects more than {MaxRedirects} times.");
        }
        catch (OperationCanceledException)
        {
            return (null, "The URL did not answer in time.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or InvalidOperationException)
        {
            // Not the inner reason: which inside address answers how is what a prober wants to know.
            return (null, "The URL cannot be fetched.");
        }
    }

    private async Task<(ChatAttachment? Attachment, string? Problem)> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var tooLarge = $"The URL holds more than {_config.MaxSize} bytes.";
        if (response.Content.Headers.ContentLength > _config.MaxSize) return (null, tooLarge);
        if (response.Content.Headers.ContentEncoding.Count > 0) return (null, "The URL answers compressed.");
        using var content = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[32 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancel)) > 0)
        {
            if (content.Length + read > _config.MaxSize) return (null, tooLarge);
            content.Write(buffer, 0, read);
        }
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        var header = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
        if (MediaKind.Of(bytes, header) is not { } kind || kind.Any(static c => !char.IsAscii(c) || char.IsControl(c))) return (null, "The URL holds no image, sound, video, text or PDF.");
        var base64 = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        Base64.EncodeToUtf8(bytes, base64, out _, out var written);
        return (new ChatAttachment(Encoding.ASCII.GetBytes(kind), base64.AsMemory(0, written)), null);
    }

    private string? Refusal(Uri url)
    {
        if (url.Scheme is not ("http" or "https")) return "Must be an http or https URL.";
        if (url.UserInfo.Length > 0) return "The URL must not hold a user or a password.";
        if (_config.Hosts.Count > 0 && !_config.Hosts.Any(host => IsHost(url.IdnHost, host))) return "The URL's host is not one that this gateway fetches from.";
        // A name is checked where it is connected to.
        return IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address) && !IsAllowed(address) ? "The URL does not lead to a public address." : null;
    }

    private static bool IsHost(string host, string allowed) => allowed[0] == '.'
        ? host.EndsWith(allowed, StringComparison.OrdinalIgnoreCase)
        : host.Equals(allowed, StringComparison.OrdinalIgnoreCase);

    private bool IsAllowed(IPAddress address) => _config.AllowPrivate || PublicAddress.Is(address);

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
        var allowed = addresses.Where(IsAllowed).ToArray();
        if (allowed.Length == 0) throw new HttpRequestException("No public address.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
