using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Cli;

/// <summary>
/// <c>edge warm</c>: sends the requests of a file to a running gateway, so that its cache has their answers. A line is a body of chat completions, or <c>{"path": "/v1/messages", "body": {...}}</c>.
/// </summary>
public static class WarmCommand
{
    private const int AtOnce = 4;
    private const int MaxProblems = 10;

    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(10);

    /// <returns>0 = every request was answered, 1 = not, or the file cannot be read.</returns>
    public static async Task<int> RunAsync(string file, string url, ConfigEnvironment environment, TextWriter output, TextWriter problems)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
        {
            await problems.WriteLineAsync($"edge: '{url}' is no http:// or https:// URL");
            return 1;
        }
        using var client = new HttpClient { BaseAddress = root, Timeout = _timeout };
        if (environment.Variable("EDGE_API_KEY") is { Length: > 0 } key) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var counts = new Counts();
        try
        {
            var lines = File.ReadLinesAsync(file).Select(static (line, index) => (Text: line, Number: index + 1)).Where(static line => line.Text.AsSpan().Trim().Length > 0);
            await Parallel.ForEachAsync(lines, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (line, cancel) =>
            {
                if (await SendAsync(client, line.Text, counts, cancel) is not { } problem || Interlocked.Increment(ref counts.Failed) > MaxProblems) return;
                await TextWriter.Synchronized(problems).WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"edge: line {line.Number}: {problem}"));
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            await problems.WriteLineAsync($"edge: {file} cannot be read ({Expander.Reason(e)})");
            return 1;
        }
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{counts.Asked} answered by a provider, {counts.Known} kept already, {counts.Bypassed} not for the cache, {counts.Failed} failed"));
        return counts.Failed == 0 ? 0 : 1;
    }

    // Null = it was answered.
    private static async Task<string?> SendAsync(HttpClient client, string line, Counts counts, CancellationToken cancel)
    {
        try
        {
            var (path, body) = ("/v1/chat/completions", line);
            using (var json = JsonDocument.Parse(line.AsMemory()))
            {
                if (json.RootElement.ValueKind != JsonValueKind.Object) return "is no JSON object";
                if (json.RootElement.TryGetProperty("path", out var named) && json.RootElement.TryGetProperty("body", out var inner)) (path, body) = (named.GetString() ?? path, inner.GetRawText());
            }
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
            // To its end: only a whole answer is kept.
            await answer.Content.CopyToAsync(Stream.Null, cancel);
            if (!answer.IsSuccessStatusCode) return string.Create(CultureInfo.InvariantCulture, $"status {(int)answer.StatusCode}");
            switch (answer.Headers.TryGetValues("x-edge-cache", out var said) ? said.First() : "")
            {
                case "miss":
                    Interlocked.Increment(ref counts.Asked);
                    break;
                case "hit" or "semantic" or "coalesced":
                    Interlocked.Increment(ref counts.Known);
                    break;
                default:
                    Interlocked.Increment(ref counts.Bypassed);
                    break;
            }
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or HttpRequestException or UriFormatException or TaskCanceledException)
        {
            return e is JsonException ? "is no JSON" : e.Message;
        }
    }

    private sealed class Counts
    {
        public int Asked, Known, Bypassed, Failed;
    }
}
