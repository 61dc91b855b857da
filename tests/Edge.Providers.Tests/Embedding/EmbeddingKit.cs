using System.Text;
using Edge.Providers.Dialects;
using Edge.Providers.Embedding;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Embedding;

/// <summary>Runs requests and answers through a codec.</summary>
internal static class EmbeddingKit
{
    public static RequestError? Decode(string json, out EmbeddingRequest request)
    {
        var body = Encoding.UTF8.GetBytes(json);
        request = new EmbeddingRequest();
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(body, 64, 1_000_000, out var error), error.ToString());
        return EmbeddingRequestDecoder.TryDecode(body, index.Tokens, request, out var refused) ? null : refused;
    }

    public static EmbeddingRequest Decoded(string json)
    {
        Assert.Null(Decode(json, out var request));
        return request;
    }

    /// <summary>Every call's body.</summary>
    public static (List<string> Bodies, List<string> Dropped, RequestError? Error) Encode(EmbeddingDialect dialect, string json, string model = "m")
    {
        var error = Decode(json, out var request);
        if (error is not null) return ([], [], error);
        var codec = EmbeddingCodecs.For(dialect)!;
        var name = JsonText.Plain(Encoding.UTF8.GetBytes(model));
        var (bodies, dropped) = (new List<string>(), new List<string>());
        for (var call = 0; call < codec.Count(request, name); call++)
        {
            var output = new ByteBuffer();
            if (!codec.TryEncode(request, name, call, output, dropped, out error)) return ([], dropped, error);
            bodies.Add(Encoding.UTF8.GetString(output.Span));
        }
        return (bodies, dropped, null);
    }

    /// <summary>The joined answer; null where a codec refuses.</summary>
    public static string? Answer(EmbeddingDialect dialect, IReadOnlyList<(string Body, int Inputs)> calls, bool base64 = false, string model = "m")
    {
        var (output, answer, codec) = (new ByteBuffer(), new EmbeddingAnswer(), EmbeddingCodecs.For(dialect)!);
        answer.Begin(output, "client\"s"u8.ToArray() is var name ? JsonText.Plain(name) : default, base64);
        foreach (var (body, inputs) in calls)
        {
            if (!codec.TryDecode(Encoding.UTF8.GetBytes(body), JsonText.Plain(Encoding.UTF8.GetBytes(model)), inputs, answer)) return null;
        }
        answer.End();
        return Encoding.UTF8.GetString(output.Span);
    }

    public static string? Answer(EmbeddingDialect dialect, string body, int inputs = 1, bool base64 = false, string model = "m") =>
        Answer(dialect, [(body, inputs)], base64, model);

    /// <summary>The answer that holds these vectors, each as raw JSON.</summary>
    public static string Expected(int tokens, params string[] vectors) =>
        "{\"object\":\"list\",\"model\":\"client\\\"s\",\"data\":["
        + string.Join(',', vectors.Select((vector, i) => $$"""{"object":"embedding","index":{{i}},"embedding":{{vector}}}"""))
        + $$"""],"usage":{"prompt_tokens":{{tokens}},"total_tokens":{{tokens}}""" + "}}";
}
