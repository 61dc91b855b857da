using System.Text;
using Edge.Model;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Edge.Pipeline;

/// <summary>Step 2: the body, once into one pooled buffer, indexed in one pass, its own fields read.</summary>
public static class BodyStage
{
    // Beyond this many values a text costs more in its index than in its bytes: [0,0,0,... would take 16 bytes for every 2.
    private const int MaxTokens = 2_000_000;

    // What is rented on an announcement alone. The rest of a large body is paid for as it comes, or a few sockets that only send headers fill the memory.
    private const int MaxTrusted = 1 << 20;

    /// <summary>True = the body is whole, valid and its fields make sense.</summary>
    public static async ValueTask<bool> RunAsync(RequestContext context, TimeProvider time)
    {
        var headers = context.Request.Headers;
        if (headers.ContentEncoding.Count > 0 && !headers.ContentEncoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return context.Fail(ErrorCode.UnsupportedEncoding);
        }
        var limit = context.State.Config.Server.MaxBodySize;
        var announced = headers.ContentLength ?? 0;
        if (announced > limit) return TooLarge(context, limit);
        if (announced > 0) context.BodyBuffer.Ensure((int)Math.Min(announced, MaxTrusted));
        if (!await ReadAsync(context, limit, time)) return false;
        context.BodyBytes = context.BodyBuffer.Length;
        return Parse(context);
    }

    private static async ValueTask<bool> ReadAsync(RequestContext context, long limit, TimeProvider time)
    {
        var reader = context.Features.Get<IRequestBodyPipeFeature>()!.Reader;
        CancellationTokenSource? deadline = null;
        try
        {
            while (true)
            {
                if (!reader.TryRead(out var read))
                {
                    // Only a body that is not there yet pays for a timer.
                    deadline ??= new CancellationTokenSource(context.State.Config.Server.BodyTimeout, time);
                    read = await reader.ReadAsync(deadline.Token);
                }
                var buffer = read.Buffer;
                if (context.BodyBuffer.Length + buffer.Length > limit)
                {
                    reader.AdvanceTo(buffer.End);
                    return TooLarge(context, limit);
                }
                foreach (var segment in buffer) context.BodyBuffer.Append(segment.Span);
                reader.AdvanceTo(buffer.End);
                if (read.IsCompleted) return true;
            }
        }
        catch (OperationCanceledException) when (deadline is { IsCancellationRequested: true })
        {
            CloseAfter(context);
            return context.Fail(ErrorCode.RequestTimeout);
        }
        catch (BadHttpRequestException e)
        {
            // Kestrel's own verdict on the framing: a bad chunk, a body that stops short, too slow a sender.
            if (e.StatusCode == StatusCodes.Status413PayloadTooLarge) return TooLarge(context, limit);
            return e.StatusCode == StatusCodes.Status408RequestTimeout
                ? context.Fail(ErrorCode.RequestTimeout)
                : context.Fail(ErrorCode.InvalidRequest, message: "The request body breaks HTTP: " + e.Message);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Kestrel reports some framing errors (a chunk size that overflows) as a plain IOException: only a connection that is gone is a client that left.
            CloseAfter(context);
            context.Fail(ErrorCode.InvalidRequest, message: "The request body breaks HTTP: " + e.Message);
            if (context.ClientGone.IsCancellationRequested || e is ConnectionResetException or ConnectionAbortedException) context.Outcome = Outcome.ClientGone;
            return false;
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    private static bool Parse(RequestContext context)
    {
        if (!TryIndex(context) || (context.Deployment is { } deployment && !Name(context, deployment))) return false;
        return ChatFields.TryRead(new JsonValue(context.Body.Span, context.Index.Tokens), context.Shape, out context.Fields, out var problem)
            || context.Fail(ErrorCode.InvalidRequest, problem! with { Field = context.Client.FieldName(problem.Field) });
    }

    /// <summary>Puts another body in the place of the client's.</summary>
    public static bool Replace(RequestContext context, ReadOnlySpan<byte> body)
    {
        context.BodyBuffer.Clear();
        context.BodyBuffer.Append(body);
        return Parse(context);
    }

    /// <summary>An answer was indexed in the body's place: the body is again.</summary>
    public static void Reindex(RequestContext context)
    {
        if (context.Body.Length > 0) TryIndex(context);
    }

    private static bool TryIndex(RequestContext context)
    {
        var depth = context.State.Config.Server.MaxJsonDepth;
        return context.Index.TryBuild(context.Body.Span, depth, MaxTokens, out var error) || context.Fail(ErrorCode.InvalidJson, message: Describe(error, depth));
    }

    // The path's model in the body, in place of the body's own: all that follows finds it where every other request has it. SDKs write both alike, so that this is rare.
    private static bool Name(RequestContext context, string deployment)
    {
        var root = new JsonValue(context.Body.Span, context.Index.Tokens);
        if (root.Kind != JsonKind.Object || root["model"u8].IsString(Encoding.UTF8.GetBytes(deployment))) return true;
        var name = GatewayStateBuilder.Escaped(deployment);
        var model = root["model"u8];
        if (model.Kind != JsonKind.None) context.BodyBuffer.Replace(model.Token.Begin, model.Token.End - model.Token.Begin, [(byte)'"', .. name, (byte)'"']);
        else context.BodyBuffer.Replace(root.Token.Begin + 1, 0, [.. "\"model\":\""u8, .. name, .. root.Members.MoveNext() ? "\","u8 : "\""u8]);
        return TryIndex(context);
    }

    private static bool TooLarge(RequestContext context, long limit)
    {
        CloseAfter(context);
        return context.Fail(ErrorCode.RequestTooLarge, message: $"The request body is larger than the {limit} bytes that this gateway allows.");
    }

    // What is left of the body would be read as the next request, or would have to be read to its end first.
    private static void CloseAfter(RequestContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        context.Response.Headers.Connection = "close";
    }

    private static string Describe(JsonIndexError error, int maxDepth)
    {
        var what = error.Kind switch
        {
            JsonErrorKind.Empty => "it is empty",
            JsonErrorKind.Truncated => "it ends inside a value",
            JsonErrorKind.TrailingData => "something follows the value",
            JsonErrorKind.InvalidNumber => "a number is malformed",
            JsonErrorKind.InvalidLiteral => "only true, false and null may stand there",
            JsonErrorKind.InvalidEscape => "a string holds an unknown escape",
            JsonErrorKind.ControlCharacter => "a string holds an unescaped control character",
            JsonErrorKind.InvalidUtf8 => "it is not UTF-8",
            JsonErrorKind.TooDeep => $"it nests deeper than {maxDepth} levels",
            JsonErrorKind.TooManyValues => $"it holds more than {MaxTokens} values",
            _ => "that character cannot stand there",
        };
        return $"The request body is not valid JSON: {what} (byte {error.Offset}).";
    }
}
