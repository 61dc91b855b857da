using System.Text;
using Edge.Endpoints;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Upstream;

/// <summary>
/// Steps 6 to 8 of realtime's WebSocket: the provider's handshake comes first, so that its refusal is a plain HTTP answer; then both sides switch and their bytes pass as they are.
/// </summary>
public sealed class RealtimeStage
{
    private const string ModelHole = "{model}";
    private const int MaxModel = 256;

    // For the last frames of the side that did not end it. Less than what Kestrel leaves between our deadline and its own.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(1);

    // Where browsers put the key at Azure, for want of headers: it is the gateway's, and no business of the provider's.
    private static readonly string[] _credentials = ["api-key", "authorization"];

    private readonly AttemptStage _attempt;
    private readonly TimeProvider _time;
    private readonly Log _log;

    public RealtimeStage(AttemptStage attempt, TimeProvider time, Log log)
    {
        _attempt = attempt;
        _time = time;
        _log = log;
    }

    /// <summary>True = answered, well or badly. False = nothing has been sent and the context holds the error to answer with.</summary>
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade || !IsHandshake(context.Request.Headers))
        {
            return context.Fail(ErrorCode.InvalidRequest, message: "The path is a WebSocket: open it with GET over HTTP/1.1, with the headers 'Connection: Upgrade', 'Upgrade: websocket' and 'Sec-WebSocket-Key'.");
        }
        if (!Route(context, out var query)) return false;
        if (context.Audit is { } audit && !await audit.BeginAsync(context)) return false;
        context.BodyReadAt = context.SentAt = _time.GetTimestamp();
        Fill(context, query);
        var (response, problem) = await ShakeHandsAsync(context);
        context.HeadAt = _time.GetTimestamp();
        if (problem is not null) return _attempt.Unauthorized(context, problem);
        context.UpstreamResponse = response;
        if (response!.Failure != UpstreamFailure.None) return AttemptStage.Failed(context, response.Failure, response.FailureDetail, _log);
        context.ReleaseRequest();
        if (response.Upgraded is { } provider) return await TunnelAsync(context, upgrade, response, provider);
        if (response.Status < 400) return AttemptStage.Failed(context, UpstreamFailure.Protocol, $"status {response.Status} in place of a WebSocket", _log);
        return await SharedAnswer.RunAsync(context, response, _time, _log);
    }

    private static bool IsHandshake(IHeaderDictionary headers) =>
        headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase) && headers.SecWebSocketKey.Count == 1 && headers.SecWebSocketKey.ToString().Length > 0;

    private static bool Route(RequestContext context, out string query)
    {
        var target = context.Request.RawTarget;
        query = "";
        if (!SharedEndpoints.IsPlain(target)) return context.Fail(ErrorCode.InvalidRequest, message: "The request target must be plain ASCII in origin form, percent-encoded where needed.");
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        query = SharedRoute.StripProvider(mark < 0 ? "" : target[mark..], out var provider);
        string? model = null;
        foreach (var member in Members(query))
        {
            if (NameOf(member) == "model") model ??= Uri.UnescapeDataString(member["model".Length..].TrimStart('='));
        }
        // Without a model: a session that only transcribes, or a call that is under way.
        if (model is not null && (Encoding.UTF8.GetByteCount(model) is 0 or > MaxModel || model.AsSpan().ContainsAnyInRange('\0', '\x1F')))
        {
            return context.Fail(ErrorCode.InvalidRequest, "model", "model: must be a name of 1 to 256 bytes.");
        }
        return SharedRoute.Run(context, SharedEndpoints.RealtimeSocket, model, provider);
    }

    private static void Fill(RequestContext context, string query)
    {
        var target = context.Route.Target;
        var request = context.UpstreamRequest;
        request.Upgrade = "websocket";
        request.Method = "GET";
        request.Path = Encoding.ASCII.GetBytes(target.RootPath + PathOf(target, context.Route.Model.Span, query));
        request.TargetHeaders = target.BareHeaders;
        request.RequestHeaders = RequestHeaderBlock.BuildWithWebSocket(context);
        request.FirstByteTimeout = target.Limits.FirstByteTimeout;
        request.IdleTimeout = target.Limits.StreamIdleTimeout;
        request.TotalTimeout = target.Limits.Timeout;
    }

    // The sheet's path and query, then what else the client asks.
    private static string PathOf(Target target, ReadOnlySpan<byte> model, string query)
    {
        var name = new JsonText(model, model.Contains((byte)'\\')).ToString();
        var template = target.Sheet.RealtimePath.Replace("{api-version}", Uri.EscapeDataString(target.ApiVersion), StringComparison.Ordinal);
        var mark = template.IndexOf('?', StringComparison.Ordinal);
        var own = Members(template[mark..]);
        var path = new StringBuilder(template, 0, mark, 256);
        var separator = '?';
        foreach (var member in own)
        {
            if (name.Length == 0 && member.Contains(ModelHole, StringComparison.Ordinal)) continue;
            path.Append(separator).Append(member.Replace(ModelHole, Uri.EscapeDataString(name), StringComparison.Ordinal));
            separator = '&';
        }
        foreach (var member in Members(query))
        {
            var key = NameOf(member);
            if (key == "model" || _credentials.Contains(key, StringComparer.OrdinalIgnoreCase) || own.Any(other => NameOf(other) == key)) continue;
            path.Append(separator).Append(member);
            separator = '&';
        }
        return path.ToString();
    }

    private static string[] Members(string query) => query.Length == 0 ? [] : query[1..].Split('&', StringSplitOptions.RemoveEmptyEntries);

    private static string NameOf(string member) => Uri.UnescapeDataString(member.Split('=')[0]);

    // The stop of the gateway ends the handshake, but not the connection that comes of it: that one is closed in peace.
    private async ValueTask<(UpstreamResponse? Response, string? Problem)> ShakeHandsAsync(RequestContext context)
    {
        using var stopped = new CancellationTokenSource();
        await using var atDeadline = context.Ending.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stopped);
        return await _attempt.SendAsync(context, context.UpstreamRequest, context.Leg.BeginExchange(context.ClientGone, stopped.Token));
    }

    private async ValueTask<bool> TunnelAsync(RequestContext context, IHttpUpgradeFeature upgrade, UpstreamResponse response, UpgradedStream provider)
    {
        context.FirstByteAt = _time.GetTimestamp();
        context.SentStatus = StatusCodes.Status101SwitchingProtocols;
        ResponseHeaders.Add(context);
        ResponseHeaders.Forward(response, context.Response.Headers);
        ResponseHeaders.ForwardWebSocket(response, context.Response.Headers);
        // The tunnel ends when the client is gone too, but passes on what it said before.
        context.Leg.EndExchange();
        var client = await upgrade.UpgradeAsync();
        var result = await WebSocketTunnel.RunAsync(client, provider, _time, context.Route.Target.Limits.StreamIdleTimeout, _grace, context.Ending.Token);
        context.Outcome = result switch
        {
            { End: TunnelEnd.Stopped } => Outcome.Stopped,
            { End: TunnelEnd.Client, IsClosed: false } => Outcome.ClientGone,
            { End: TunnelEnd.Provider, IsClosed: false } => Outcome.UpstreamFailed,
            _ => Outcome.Completed,
        };
        return true;
    }
}
