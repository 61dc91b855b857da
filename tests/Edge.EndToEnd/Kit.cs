using System.Net;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;

[assembly: SupportedOSPlatform("linux")]

namespace Edge.EndToEnd;

/// <summary>Requests, configurations and checks that many tests share.</summary>
internal static class Kit
{
    public const string Path = "/v1/chat/completions";

    public const string Chat = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}""";

    public const string StreamedChat = """{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    public const string ClaudeChat = """{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hi"}]}""";

    public const string Simulator = """
        providers:
          simulator: {}
        """;

    /// <summary>Behind a configuration: what fails has failed.</summary>
    public const string OneAttempt = "\nrouting: { retry: { max_attempts: 1 } }\n";

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A provider of OpenAI's kind, called <c>openai</c>, that offers gpt-4o-mini.</summary>
    /// <param name="upstream">Where it lives.</param>
    /// <param name="more">Further keys of the provider, each line indented by four spaces.</param>
    public static string OpenAi(FakeUpstream upstream, string more = "") => OpenAi(upstream.Url, more);

    public static string OpenAi(string url, string more = "") => $"""
        providers:
          openai:
            url: {url}
            api_key: sk-upstream
            models: [gpt-4o-mini]
        {more}
        """;

    public static string Anthropic(FakeUpstream upstream) => $"""
        providers:
          anthropic:
            url: {upstream.Url}
            api_key: sk-ant-upstream
            models: [claude-sonnet-4-5]
        """;

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string json) => client.PostAsync(Path, Json(json), Stop);

    public static async Task<HttpResponseMessage> PostStreamAsync(this HttpClient client, string json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Json(json) };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    public static Task<string> TextAsync(this HttpResponseMessage response) => response.Content.ReadAsStringAsync(Stop);

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response) => JsonDocument.Parse(await response.TextAsync()).RootElement;

    public static string HeaderOf(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : "(absent)";

    /// <summary>A whole HTTP/1.1 request.</summary>
    public static string Post(string body, string headers = "", string path = Path) =>
        $"POST {path} HTTP/1.1\r\nhost: edge.test\r\ncontent-type: application/json\r\n{headers}content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    /// <summary>The data of each event of a stream, in order.</summary>
    public static List<string> Events(string stream) =>
        [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e.StartsWith("data: ", StringComparison.Ordinal) ? e[6..] : e)];

    /// <summary>The deltas' text of a stream, put together.</summary>
    public static string Content(string stream)
    {
        var text = new StringBuilder();
        foreach (var data in Events(stream).Where(data => data.StartsWith('{')))
        {
            var choices = JsonDocument.Parse(data).RootElement;
            if (!choices.TryGetProperty("choices", out choices)) continue;
            foreach (var choice in choices.EnumerateArray())
            {
                if (choice.GetProperty("delta").TryGetProperty("content", out var content)) text.Append(content.GetString());
            }
        }
        return text.ToString();
    }

    /// <summary>Checks OpenAI's error envelope; returns the error object.</summary>
    public static JsonElement AssertError(string body, string? code = null, string? param = null)
    {
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("message").GetString()));
        Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("type").GetString()));
        Assert.True(error.TryGetProperty("param", out var actualParam), body);
        Assert.True(error.TryGetProperty("code", out var actualCode), body);
        if (code is not null) Assert.Equal(code, actualCode.GetString());
        if (param is not null) Assert.Equal(param, actualParam.GetString());
        return error;
    }

    public static async Task<JsonElement> AssertErrorAsync(this HttpResponseMessage response, HttpStatusCode status, string? code = null, string? param = null)
    {
        var body = await response.TextAsync();
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode} instead of {(int)status}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return AssertError(body, code, param);
    }

    /// <summary>Waits for something that another process is about to do.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, $"It did not happen: {what}");
            await Task.Yield();
        }
    }
}

/// <summary>A gateway before a fake provider of OpenAI's kind, shared by the tests of one class.</summary>
public sealed class OpenAiGateway : IAsyncLifetime
{
    public EdgeProcess Edge { get; private set; } = null!;

    public FakeUpstream Upstream { get; } = new(exchange => exchange.Json.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True
        ? StreamAsync(exchange)
        : exchange.JsonAsync(OpenAiWire.Completion()));

    public async ValueTask InitializeAsync() => Edge = await EdgeProcess.StartAsync(Kit.OpenAi(Upstream) + """

        server:
          max_body_size: 1MiB
          max_json_depth: 64
        models:
          aliases:
            fast: openai/gpt-4o-mini
        """);

    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private static async Task StreamAsync(FakeExchange exchange)
    {
        await exchange.StartStreamAsync();
        await exchange.ChunkAsync(OpenAiWire.Stream());
        await exchange.EndStreamAsync();
    }
}
