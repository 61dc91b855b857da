using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd.Routing;

/// <summary>What a client of OpenAI's dialect saw of an answer. Reading it fails where something came that such a client cannot read.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="Content">The text of the answer, as far as it came.</param>
/// <param name="Error">The error's code, or its type; null = none.</param>
/// <param name="Finish">The reason that it was told for the end; null = none.</param>
/// <param name="IsEnded">The end mark was there, or the body was whole.</param>
/// <param name="RetryAfter">As in the header; null = absent.</param>
internal sealed record Seen(int Status, string Content, string? Error, string? Finish, bool IsEnded, string? RetryAfter)
{
    /// <summary>A whole answer of which nothing is missing.</summary>
    public bool IsGood => this is { Status: 200, Error: null, Finish: "stop", IsEnded: true };

    /// <summary>A stream that broke off, and says so, and claims no end.</summary>
    public bool IsBroken => this is { Status: 200, Error: not null, Finish: null, IsEnded: false };

    /// <summary>An error in an answer's place.</summary>
    public bool IsRefused => Status >= 400 && Error is not null;

    /// <summary>Asks for an answer and reads all of it.</summary>
    /// <param name="client">For the data plane.</param>
    /// <param name="model">The model.</param>
    /// <param name="prompt">By which a provider knows the request again.</param>
    /// <param name="stream">Asks for a stream.</param>
    /// <param name="begun">Called when a part of the answer is here, or all of it.</param>
    public static async Task<Seen> PostAsync(HttpClient client, string model, string prompt, bool stream, Action? begun = null)
    {
        using var response = await client.PostStreamAsync(Request(model, prompt, stream));
        var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        await using var from = await response.Content.ReadAsStreamAsync(Kit.Stop);
        for (int count; (count = await from.ReadAsync(buffer, Kit.Stop)) > 0;)
        {
            body.Write(buffer, 0, count);
            begun?.Invoke();
        }
        begun?.Invoke();
        return Of((int)response.StatusCode, Encoding.UTF8.GetString(body.ToArray()), stream, response.HeaderOf("retry-after"));
    }

    public static string Request(string model, string prompt, bool stream) =>
        (stream ? Kit.StreamedChat : Kit.Chat).Replace("gpt-4o-mini", model, StringComparison.Ordinal).Replace("Hi", prompt, StringComparison.Ordinal);

    public static Seen Of(int status, string body, bool stream, string retryAfter)
    {
        var after = retryAfter == "(absent)" ? null : retryAfter;
        if (status != 200) return new Seen(status, "", ErrorOf(body), null, false, after);
        if (stream) return OfStream(body, after);
        var choice = JsonDocument.Parse(body).RootElement.GetProperty("choices")[0];
        return new Seen(status, choice.GetProperty("message").GetProperty("content").GetString()!, null, choice.GetProperty("finish_reason").GetString(), true, after);
    }

    /// <summary>For the table.</summary>
    public override string ToString() =>
        IsGood ? "200"
        : IsRefused ? $"{Status} `{Error}`" + (RetryAfter is null ? "" : int.TryParse(RetryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? " with `retry-after`" : " with `retry-after` (date)")
        : IsBroken ? $"a part, then `{Error}`"
        : $"{Status} '{Content}' error {Error ?? "none"} finish {Finish ?? "none"} ended {IsEnded}";

    private static Seen OfStream(string body, string? after)
    {
        var content = new StringBuilder();
        string? error = null, finish = null;
        var ended = false;
        Assert.EndsWith("\n\n", body);
        foreach (var part in body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(part => !part.StartsWith(':')))
        {
            Assert.StartsWith("data: ", part);
            Assert.False(ended, "Something came behind the end mark: " + body);
            Assert.True(error is null, "Something came behind the error: " + body);
            if (part == "data: [DONE]")
            {
                ended = true;
                continue;
            }
            var json = JsonDocument.Parse(part[6..]).RootElement;
            if (json.TryGetProperty("error", out _))
            {
                error = ErrorOf(part[6..]);
                continue;
            }
            foreach (var choice in json.GetProperty("choices").EnumerateArray())
            {
                if (choice.GetProperty("delta").TryGetProperty("content", out var text)) content.Append(text.GetString());
                if (choice.GetProperty("finish_reason").GetString() is { } reason) finish = reason;
            }
        }
        return new Seen(200, content.ToString(), error, finish, ended, after);
    }

    private static string ErrorOf(string body)
    {
        var error = Kit.AssertError(body);
        return error.GetProperty("code").GetString() ?? error.GetProperty("type").GetString()!;
    }
}
