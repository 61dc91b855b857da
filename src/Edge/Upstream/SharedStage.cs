using System.Buffers;
using System.Text;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Upstream;

/// <summary>
/// Steps 2 and 6 to 8 of the endpoints that every provider serves in one shape (<see cref="SharedEndpoints"/>): only the provider is chosen and the credentials are
/// replaced. A JSON body is read, because its model decides; any other body streams through, at most its first 64 KiB are looked at, but for forms that must name a model.
/// </summary>
public sealed class SharedStage
{
    private const int MaxPeek = 64 * 1024;

    private readonly GuardStage _guard;
    private readonly AttemptStage _attempt;
    private readonly TimeProvider _time;
    private readonly Log _log;

    public SharedStage(GuardStage guard, AttemptStage attempt, TimeProvider time, Log log)
    {
        _guard = guard;
        _attempt = attempt;
        _time = time;
        _log = log;
    }

    /// <summary>True = answered, well or badly. False = nothing has been sent and the context holds the error to answer with.</summary>
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        var target = context.Request.RawTarget;
        if (!SharedEndpoints.IsPlain(target) || SharedEndpoints.Find(PathOf(target)) is not { } endpoint)
        {
            return context.Fail(ErrorCode.InvalidRequest, message: "The path must be plain: no dot segments, no doubled slashes, and no escaped dots, slashes or percent signs.");
        }
        context.Wire = Dialect.OpenAi;
        var query = SharedRoute.StripProvider(target[PathOf(target).Length..], out var provider);
        if (!await BodyAsync(context, endpoint, provider) || !StoredAnswer.TryBegin(context, query)) return false;
        context.BodyReadAt = _time.GetTimestamp();
        Fill(context, PathOf(target)[endpoint.Version.Length..].ToString() + query);

        if (context.Audit is { } audit && !await audit.BeginAsync(context)) return false;
        context.SentAt = _time.GetTimestamp();
        var (response, problem) = await _attempt.SendAsync(context, context.UpstreamRequest, context.BeginExchange());
        context.HeadAt = _time.GetTimestamp();
        if (problem is not null) return _attempt.Unauthorized(context, problem);
        context.UpstreamResponse = response;
        // An upload that the client, not the provider, broke off.
        if (response!.Failure == UpstreamFailure.Cancelled && context.UpstreamRequest.BodyStream is UploadReader { Fault: { } fault }) return Broken(context, fault);
        if (response.Failure != UpstreamFailure.None) return AttemptStage.Failed(context, response.Failure, response.FailureDetail, _log);
        context.ReleaseRequest();
        var isKept = context.Operation == Operation.StoredResponses && context.AnswerFilter is not null && response.Status is >= 200 and < 300;
        return isKept ? await StoredAnswer.RunAsync(context, response, _time, _log) : await SharedAnswer.RunAsync(context, response, _time, _log);
    }

    private static ReadOnlySpan<char> PathOf(string target) => target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? target.AsSpan(0, query) : target;

    private async ValueTask<bool> BodyAsync(RequestContext context, SharedEndpoint endpoint, string? provider)
    {
        var headers = context.Request.Headers;
        var hasBody = headers.ContentLength > 0 || headers.TransferEncoding.Count > 0
            || (headers.ContentLength is null && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true);
        if (!hasBody) return SharedRoute.Run(context, endpoint, context.Deployment, provider);
        var type = headers.ContentType.ToString();
        // curl calls a body a URL-encoded form where it is told nothing else; none of these endpoints takes one.
        var isUnsaid = type.Length == 0 || type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
        if (isUnsaid) headers.ContentType = ResponseHeaders.Json;
        // A provider may read JSON whatever it is called: where it must be looked at, only what cannot be JSON passes unread.
        var isRead = isUnsaid || type.Contains("json", StringComparison.OrdinalIgnoreCase) || (!context.Guard.IsOff && !IsBinary(type));
        if (isRead) return await JsonAsync(context, endpoint, provider);
        return _guard.RunUnread(context) && await StreamAsync(context, endpoint, type, provider);
    }

    private static bool IsBinary(string type) =>
        Array.Exists(_binary, start => type.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] _binary = ["multipart/", "audio/", "image/", "video/", "application/octet-stream", "application/sdp"];

    private async ValueTask<bool> JsonAsync(RequestContext context, SharedEndpoint endpoint, string? provider)
    {
        if (!await BodyStage.RunAsync(context, _time) || !await _guard.RunAsync(context, isChat: context.Operation == Operation.StoredResponses)) return false;
        var model = context.Fields.Model;
        var name = model.Kind == JsonKind.None ? null : new JsonText(context.Body.Span.Slice(model.Start, model.Length), model.Escaped).ToString();
        if (!SharedRoute.Run(context, endpoint, name, provider)) return false;
        BodyEdits.ApplyCommon(context);
        context.Edits.Splice(context.Body, context.UpstreamRequest.Body);
        return true;
    }

    private async ValueTask<bool> StreamAsync(RequestContext context, SharedEndpoint endpoint, string type, string? provider)
    {
        var limit = context.State.Config.Server.MaxUploadSize;
        var length = context.Request.Headers.ContentLength;
        if (length > limit) return TooLarge(context, limit);
        // The server counts what comes without a length.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limit;
        var reader = new UploadReader(context.Features.Get<IRequestBodyPipeFeature>()!.Reader);
        using var deadline = new CancellationTokenSource(context.State.Config.Server.BodyTimeout, _time);
        try
        {
            (context.UpstreamRequest.BodyStream, context.UpstreamRequest.BodyStreamLength) = (reader, length);
            return MultipartModel.BoundaryOf(type) is { } boundary
                ? await MultipartAsync(context, endpoint, boundary, provider, reader, deadline.Token)
                : SharedRoute.Run(context, endpoint, context.Deployment, provider);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            context.Response.Headers.Connection = "close";
            return context.Fail(ErrorCode.RequestTimeout);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return Broken(context, e);
        }
    }

    // The body broke off: before its model was found, or on its way to the provider. Always false.
    private static bool Broken(RequestContext context, Exception e)
    {
        if (e is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }) return TooLarge(context, context.State.Config.Server.MaxUploadSize);
        context.Response.Headers.Connection = "close";
        context.Fail(ErrorCode.InvalidRequest, message: "The request body breaks HTTP: " + e.Message);
        if (context.ClientGone.IsCancellationRequested || e is ConnectionResetException or ConnectionAbortedException) context.Outcome = Outcome.ClientGone;
        return false;
    }

    // Read until the model stands there, without taking anything out of the pipe.
    private static async ValueTask<bool> MultipartAsync(
        RequestContext context, SharedEndpoint endpoint, byte[] boundary, string? provider, UploadReader reader, CancellationToken cancel)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            var seen = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, MaxPeek));
            var bytes = seen.IsSingleSegment ? seen.First : seen.ToArray();
            var found = MultipartModel.Find(bytes.Span, boundary, out var start, out var count);
            if (found == MultipartFind.NeedsMore && !read.IsCompleted && seen.Length < MaxPeek)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            // OpenAI's client for Node writes a form in the order in which the application names its members, most often the file first.
            if (found == MultipartFind.NeedsMore && endpoint.Operation is Operation.Audio or Operation.Images)
            {
                reader.AdvanceTo(read.Buffer.Start);
                return await WholeFormAsync(context, endpoint, boundary, provider, cancel);
            }
            var goes = RunForm(context, endpoint, new Form(bytes, boundary, found, start, count), provider, out var edit);
            if (edit is null)
            {
                reader.AdvanceTo(read.Buffer.Start);
                return goes;
            }
            byte[] edited = [.. bytes.Span[..start], .. edit, .. bytes.Span[(start + count)..]];
            context.UpstreamRequest.BodyStreamLength += edited.Length - seen.Length;
            reader.AdvanceTo(seen.End);
            reader.Begin(edited);
            return true;
        }
    }

    // The model stands behind a file that is longer than what is looked at while it comes in.
    private static async ValueTask<bool> WholeFormAsync(RequestContext context, SharedEndpoint endpoint, byte[] boundary, string? provider, CancellationToken cancel)
    {
        if (!await HoldAsync(context, cancel)) return false;
        var form = context.Body;
        var found = MultipartModel.Find(form.Span, boundary, out var start, out var count);
        var goes = RunForm(context, endpoint, new Form(form, boundary, found, start, count), provider, out var edit);
        if (edit is null) return goes;
        var body = context.UpstreamRequest.Body;
        body.Clear();
        body.Add(form[..start]);
        body.Add(edit);
        body.Add(form[(start + count)..]);
        return true;
    }

    // What was found of a form's model, in as much of it as was looked at.
    private readonly record struct Form(ReadOnlyMemory<byte> Bytes, byte[] Boundary, MultipartFind Found, int Start, int Count);

    // The provider that a form's model, or the path's, leads to, and what stands for the model at its place: that provider's own name for it. Null = the form goes as it is.
    private static bool RunForm(RequestContext context, SharedEndpoint endpoint, Form form, string? provider, out byte[]? edit)
    {
        edit = null;
        var model = form.Found == MultipartFind.Found ? form.Bytes.Span.Slice(form.Start, form.Count) : default;
        var name = context.Deployment ?? (form.Found == MultipartFind.Found ? Encoding.UTF8.GetString(model) : null);
        if (name is not null && (Encoding.UTF8.GetByteCount(name) is 0 or > 256 || name.AsSpan().ContainsAnyInRange('\0', '\x1F')))
        {
            return context.Fail(ErrorCode.InvalidRequest, "model", "model: must be a name of 1 to 256 bytes.");
        }
        if (!SharedRoute.Run(context, endpoint, name, provider)) return false;
        if (name is null) return true;
        var own = Encoding.UTF8.GetBytes(new JsonText(context.Route.Model.Span, context.Route.Model.Span.Contains((byte)'\\')).ToString());
        if (form.Found == MultipartFind.Found) edit = model.SequenceEqual(own) ? null : own;
        // Only a path names a model that the form does not: one more part, before all others.
        else if (form.Found == MultipartFind.Absent) edit = [.. "--"u8, .. form.Boundary, .. "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n"u8, .. own, .. "\r\n"u8];
        return true;
    }

    private static async ValueTask<bool> HoldAsync(RequestContext context, CancellationToken cancel)
    {
        if (context.UpstreamRequest.BodyStream is not { } reader) return true;
        var limit = context.State.Config.Server.MaxBodySize;
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            if (context.BodyBuffer.Length + read.Buffer.Length > limit) return TooLarge(context, limit);
            foreach (var segment in read.Buffer) context.BodyBuffer.Append(segment.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        (context.UpstreamRequest.BodyStream, context.UpstreamRequest.BodyStreamLength) = (null, null);
        context.UpstreamRequest.Body.Add(context.Body);
        return true;
    }

    private static void Fill(RequestContext context, string path)
    {
        var target = context.Route.Target;
        var request = context.UpstreamRequest;
        request.Method = context.Request.Method;
        request.Path = Encoding.ASCII.GetBytes(target.RootPath + path);
        request.TargetHeaders = target.BareHeaders;
        request.RequestHeaders = RequestHeaderBlock.BuildWithContent(context);
        // The answer to an upload begins when it is over, and sound or images take as long as they take.
        request.FirstByteTimeout = target.Limits.ResponseTimeout;
        request.IdleTimeout = target.Limits.StreamIdleTimeout;
        request.TotalTimeout = target.Limits.Timeout;
    }

    private static bool TooLarge(RequestContext context, long limit)
    {
        context.Response.Headers.Connection = "close";
        return context.Fail(ErrorCode.RequestTooLarge, message: $"The upload is larger than the {limit} bytes that this gateway allows.");
    }
}
