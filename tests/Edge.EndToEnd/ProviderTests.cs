using System.Net;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>Every provider before clients of every dialect: what it is asked, what the client gets, and what becomes of its errors.</summary>
public class ProviderTests
{
    public static TheoryData<string> Names => [.. ProviderCases.All.Select(provider => provider.Name)];

    public static TheoryData<string> Dialects => [.. ProviderCases.Dialects.Select(provider => provider.Name)];

    public static TheoryData<string> Translated => [.. ProviderCases.Dialects.Where(provider => provider.Foreign.Any()).Select(provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_asked_in_its_own_way_and_answers_in_the_clients(string name)
    {
        var provider = ProviderCases.Find(name);
        await using var upstream = provider.Start();
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        http.DefaultRequestHeaders.Add("authorization", "Bearer sk-of-the-client");
        foreach (var client in provider.Clients)
        {
            foreach (var stream in new[] { false, true })
            {
                var (response, text) = await client.AskAsync(http, provider.ModelName, stream);
                var what = $"{client} before {provider}, stream {stream}: {(int)response.StatusCode} {text}\n{string.Join("\n", upstream.Requests.Select(r => r.RequestLine))}";
                Assert.True(response.StatusCode == HttpStatusCode.OK, what);
                var asked = provider.AskedOf(upstream)[^1];
                Assert.Equal($"POST {(stream ? provider.StreamPath ?? provider.Path : provider.Path)} HTTP/1.1", asked.RequestLine);
                Assert.Equal("application/json", asked.Header("content-type"));
                provider.Authorized(asked);
                provider.Asked(asked.Json, stream);

                Assert.Equal("p", response.HeaderOf("x-edge-provider"));
                Assert.Equal(provider.Model, response.HeaderOf("x-edge-model"));
                Assert.NotEqual("(absent)", response.HeaderOf("x-edge-request-id"));
                if (stream)
                {
                    Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
                    Assert.True(client.TextOf(text) == "Hello there", what);
                    Assert.True(text.Contains(client.GoodEnd, StringComparison.Ordinal), what);
                }
                else
                {
                    Assert.Equal(("Hello there", client.Stop, 10, 5), client.Read(JsonDocument.Parse(text).RootElement));
                }
                response.Dispose();
            }
        }
        // A token is fetched once and kept.
        Assert.Equal((2 * provider.ClientNames.Count) + (provider.Aside is null ? 0 : 1), upstream.Requests.Count);
        Assert.Empty(upstream.Faults);
        Assert.DoesNotContain(ProviderCase.Secret, edge.Log.ToString());
        Assert.DoesNotContain("sk-of-the-client", edge.Log.ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Its_error_keeps_status_words_and_retry_after(string name)
    {
        var provider = ProviderCases.Find(name);
        await using var upstream = provider.Start(exchange => exchange.JsonAsync(provider.Throttled, 429, "retry-after: 7\r\n" + provider.ThrottledHeaders));
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        foreach (var client in provider.Clients)
        {
            foreach (var stream in new[] { false, true })
            {
                var (response, text) = await client.AskAsync(http, provider.ModelName, stream);
                Assert.True(response.StatusCode == HttpStatusCode.TooManyRequests, text);
                Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
                Assert.Equal("7", response.HeaderOf("retry-after"));
                var error = client.ErrorOf(JsonDocument.Parse(text).RootElement);
                Assert.True(error.ValueKind == JsonValueKind.Object, text);
                Assert.Contains("Slow down.", error.GetProperty("message").GetString());
                if (client.Name == "anthropic") Assert.Equal("rate_limit_error", error.GetProperty("type").GetString());
                else Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("type").GetString()), text);
                response.Dispose();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task An_error_that_begins_a_good_stream_is_an_honest_status(string name)
    {
        var provider = ProviderCases.Find(name);
        await using var upstream = provider.Start(exchange => exchange.SendAsync(provider.StreamAnswer(provider.Error)));
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        foreach (var client in provider.Clients)
        {
            var (response, text) = await client.AskAsync(http, provider.ModelName, stream: true);
            Assert.True((int)response.StatusCode >= 400, $"{client}: {(int)response.StatusCode} {text}");
            Assert.Contains("It broke.", client.ErrorOf(JsonDocument.Parse(text).RootElement).GetProperty("message").GetString());
            response.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public async Task An_error_inside_a_stream_is_told_and_nothing_follows(string name)
    {
        var provider = ProviderCases.Find(name);
        // What comes behind an error must not turn it into a good end.
        await using var upstream = provider.Start(exchange => exchange.SendAsync(provider.StreamAnswer([.. provider.Stream(provider.Events.Count - 1), .. provider.Error, .. provider.Events[^1]])));
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        foreach (var client in provider.Foreign)
        {
            var (response, text) = await client.AskAsync(http, provider.ModelName, stream: true);
            Assert.True(response.StatusCode == HttpStatusCode.OK, text);
            Assert.Contains("It broke.", client.AssertBroken(text).GetProperty("message").GetString());
            Assert.StartsWith("Hello", client.TextOf(text));
            response.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public async Task A_stream_that_makes_no_sense_ends_with_an_error(string name)
    {
        var provider = ProviderCases.Find(name);
        var broken = provider.Malformed[0];
        await using var upstream = provider.Start(exchange => exchange.SendAsync(provider.StreamAnswer([.. provider.Stream(provider.Events.Count - 1), .. broken, .. provider.Events[^1]])));
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        foreach (var one in provider.Malformed)
        {
            broken = one;
            foreach (var client in provider.Foreign)
            {
                var (response, text) = await client.AskAsync(http, provider.ModelName, stream: true);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    client.AssertBroken(text);
                    Assert.DoesNotContain("not me", text);
                }
                else
                {
                    Assert.True(response.StatusCode == HttpStatusCode.BadGateway, text);
                }
                response.Dispose();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_stream_cut_at_every_byte_has_no_good_end(string name)
    {
        var provider = ProviderCases.Find(name);
        var answer = provider.StreamAnswer(provider.Stream());
        // Behind its end mark a stream is whole, whatever the framing still lacks; without such a mark it takes the orderly end of the transport.
        var complete = provider.CompleteEvents is { } events ? answer.Length - 7 - (provider.Stream().Length - provider.Stream(events).Length) : answer.Length;
        await using var upstream = provider.Start(async exchange =>
        {
            var (cut, way) = CutOf(exchange.Text);
            await exchange.SendAsync(answer.AsMemory(0, cut));
            if (way == 'r') exchange.Reset();
            else await exchange.CloseAsync();
        });
        await using var edge = await provider.GatewayAsync(upstream, Kit.OneAttempt);
        using var http = edge.CreateClient();
        foreach (var client in provider.Clients)
        {
            var (whole, said) = await client.AskAsync(http, provider.ModelName, stream: true, $"cut at {answer.Length}c");
            Assert.True(whole.StatusCode == HttpStatusCode.OK && client.TextOf(said) == "Hello there" && said.Contains(client.GoodEnd, StringComparison.Ordinal), $"{client}: {said}");
            whole.Dispose();
            var cuts = Enumerable.Range(0, complete).SelectMany(cut => new[] { (cut, way: 'c'), (cut, way: 'r') });
            var (errors, refusals) = (0, 0);
            await Parallel.ForEachAsync(cuts, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Kit.Stop }, async (one, _) =>
            {
                var (response, text) = await client.AskAsync(http, provider.ModelName, stream: true, $"cut at {one.cut}{one.way}");
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    Assert.False(text.Contains(client.GoodEnd, StringComparison.Ordinal), $"{client}: cut at {one.cut} of {complete}{one.way}: {text}");
                    client.AssertBroken(text);
                    Assert.StartsWith(client.TextOf(text), "Hello there");
                    Interlocked.Increment(ref errors);
                }
                else
                {
                    Assert.True(response.StatusCode == HttpStatusCode.BadGateway, $"{(int)response.StatusCode} {text}");
                    Assert.Equal(JsonValueKind.Object, client.ErrorOf(JsonDocument.Parse(text).RootElement).ValueKind);
                    Interlocked.Increment(ref refusals);
                }
                response.Dispose();
            });
            Assert.True(errors > 0 && refusals > 0, $"{client}: {errors} {refusals}");
        }
        Assert.Equal(0, edge.Log.Count("request_failed"));
    }

    // "cut at 123c"
    private static (int Cut, char Way) CutOf(string body)
    {
        var at = body.IndexOf("cut at ", StringComparison.Ordinal) + "cut at ".Length;
        var end = at;
        while (char.IsAsciiDigit(body[end])) end++;
        return (int.Parse(body.AsSpan(at, end - at), System.Globalization.CultureInfo.InvariantCulture), body[end]);
    }
}
