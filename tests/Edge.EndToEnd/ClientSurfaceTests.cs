using System.Net;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>What each client's dialect sees of the gateway itself: the simulator, its own envelope, the list of models, the headers.</summary>
public class ClientSurfaceTests
{
    [Fact]
    public async Task The_simulator_answers_every_dialect()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        using var http = edge.CreateClient();
        foreach (var client in ClientCase.All)
        {
            // Its tools would make it call one.
            var plain = client.Template[..client.Template.IndexOf(",\n", StringComparison.Ordinal)] + "}";
            var toolless = client with { Template = plain };
            var (whole, text) = await toolless.AskAsync(http, "simulator/echo", stream: false, "Good morning");
            Assert.True(whole.StatusCode == HttpStatusCode.OK, $"{client}: {text}");
            var (said, finish, input, output) = client.Read(JsonDocument.Parse(text).RootElement);
            Assert.Equal(("Good morning", client.Stop), (said, finish));
            Assert.True(input > 0 && output > 0, text);
            AssertMetadata(whole, "simulator", "echo");
            whole.Dispose();

            var (streamed, events) = await toolless.AskAsync(http, "simulator/echo", stream: true, "Good morning");
            Assert.True(streamed.StatusCode == HttpStatusCode.OK, $"{client}: {events}");
            Assert.Equal("Good morning", client.TextOf(events));
            Assert.Contains(client.GoodEnd, events);
            AssertMetadata(streamed, "simulator", "echo");
            streamed.Dispose();
        }
        using var completion = await http.PostAsync("/v1/completions", Kit.Json("""{"model":"simulator/echo","prompt":"Good morning","max_tokens":50}"""), Kit.Stop);
        Assert.Equal("Good morning", (await completion.JsonAsync()).GetProperty("choices")[0].GetProperty("text").GetString());
        AssertMetadata(completion, "simulator", "echo");
        using var stream = await http.PostAsync("/v1/completions", Kit.Json("""{"model":"simulator/echo","prompt":"Good morning","max_tokens":50,"stream":true}"""), Kit.Stop);
        var pieces = await stream.TextAsync();
        Assert.Equal("Good morning", string.Concat(ClientCase.Events(pieces).SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).Select(choice => choice.GetProperty("text").GetString())));
        Assert.EndsWith(OpenAiWire.Done, pieces);
    }

    [Theory]
    [InlineData("GET", "/v1/messages/batches", 404, "not_found_error")]
    [InlineData("POST", "/v1/messages/nothing/here", 404, "not_found_error")]
    [InlineData("GET", "/v1/messages", 405, "invalid_request_error")]
    [InlineData("GET", "/v1/messages/count_tokens", 405, "invalid_request_error")]
    public async Task Below_messages_errors_come_in_Anthropics_envelope(string method, string path, int status, string type)
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        using var http = edge.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? Kit.Json("{}") : null };
        using var response = await http.SendAsync(request, Kit.Stop);
        var text = await response.TextAsync();
        Assert.True(status == (int)response.StatusCode, text);
        var envelope = JsonDocument.Parse(text).RootElement;
        Assert.Equal("error", envelope.GetProperty("type").GetString());
        Assert.Equal(type, envelope.GetProperty("error").GetProperty("type").GetString());
        Assert.False(string.IsNullOrEmpty(envelope.GetProperty("request_id").GetString()), text);
    }

    [Fact]
    public async Task Models_are_listed_in_the_clients_shape()
    {
        var gemini = ProviderCases.Find("gemini") with { Yaml = $"    type: gemini\n    api_key: {ProviderCase.Secret}\n    models: [gemini-2.5-flash, gemini-2.5-pro]" };
        await using var upstream = gemini.Start();
        await using var edge = await gemini.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        using var openAi = await http.GetAsync(new Uri("/v1/models", UriKind.Relative), Kit.Stop);
        var list = await openAi.JsonAsync();
        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Contains(list.GetProperty("data").EnumerateArray(), model => model.GetProperty("id").GetString() == "gemini-2.5-pro" && model.GetProperty("object").GetString() == "model");

        http.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
        using var anthropic = await http.GetAsync(new Uri("/v1/models", UriKind.Relative), Kit.Stop);
        var page = await anthropic.JsonAsync();
        Assert.Equal(JsonValueKind.False, page.GetProperty("has_more").ValueKind);
        Assert.Equal(page.GetProperty("data")[0].GetProperty("id").GetString(), page.GetProperty("first_id").GetString());
        Assert.All(page.GetProperty("data").EnumerateArray(), model =>
        {
            Assert.Equal("model", model.GetProperty("type").GetString());
            Assert.False(string.IsNullOrEmpty(model.GetProperty("display_name").GetString()));
            Assert.True(model.GetProperty("created_at").TryGetDateTimeOffset(out _));
        });
        using var one = await http.GetAsync(new Uri("/v1/models/gemini-2.5-pro", UriKind.Relative), Kit.Stop);
        Assert.Equal("gemini-2.5-pro", (await one.JsonAsync()).GetProperty("id").GetString());
    }

    private static void AssertMetadata(HttpResponseMessage response, string provider, string model)
    {
        Assert.Equal((provider, model, "bypass"), (response.HeaderOf("x-edge-provider"), response.HeaderOf("x-edge-model"), response.HeaderOf("x-edge-cache")));
        Assert.NotEqual("(absent)", response.HeaderOf("x-edge-request-id"));
    }
}
