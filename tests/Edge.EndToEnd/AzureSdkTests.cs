using System.Net;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>
/// Azure's own .NET client, unmodified but for its endpoint, before the simulator and providers of both kinds; and Azure's paths by hand. The client runs in a process of its
/// own (tests/Edge.AzureClient), because it needs an older <c>OpenAI</c> package than the other tests here.
/// </summary>
public class AzureSdkTests
{
    private static string Client => Path.Combine(SharedData.RepositoryRoot, "artifacts", "bin", "Edge.AzureClient", new DirectoryInfo(AppContext.BaseDirectory).Name, "Edge.AzureClient");

    private const string WithKey = """

        auth:
          api_keys: [sk-client]
        """;


    private static async Task<JsonElement> RunAsync(EdgeProcess edge, string what, string deployment, string kind = "key", string secret = "sk-client")
    {
        var result = await EdgeBinary.RunAsync(Client, [what, edge.Url.ToString(), deployment, kind, secret]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static string Text(JsonElement outcome, string name) => outcome.GetProperty(name).ToString();

    [Theory]
    [InlineData("key")]
    [InlineData("token")]
    public async Task A_chat_goes_through_with_a_key_and_with_a_token(string kind)
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + WithKey);

        var outcome = await RunAsync(edge, "chat", "gpt-4o-mini", kind);

        Assert.Equal(("Hello there", "Stop", "9", "3"), (Text(outcome, "Text"), Text(outcome, "Finish"), Text(outcome, "InputTokenCount"), Text(outcome, "OutputTokenCount")));
        var asked = upstream.Single();
        Assert.Equal(("/v1/chat/completions", "gpt-4o-mini", "Bearer sk-upstream"), (asked.Target, asked.Json.GetProperty("model").GetString(), asked.Header("authorization")));
        Assert.Null(asked.Header("api-key"));

        var refused = await RunAsync(edge, "chat", "gpt-4o-mini", kind, "sk-other");
        Assert.Equal("401", Text(refused, "Status"));
        Assert.Contains("INVALID_API_KEY", Text(refused, "Message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streamed_chat_arrives_in_pieces()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var outcome = await RunAsync(edge, "stream", "simulator/echo");
        Assert.Equal(("Good morning", "Stop"), (Text(outcome, "Text"), Text(outcome, "Finish")));
        Assert.True(outcome.GetProperty("Updates").GetInt32() > 3, outcome.ToString());
    }

    [Fact]
    public async Task A_stream_of_another_dialect_arrives_with_its_calls()
    {
        await using var upstream = FakeUpstream.Events(
            AnthropicWire.Start() + AnthropicWire.TextBlock(0, "Look") + AnthropicWire.ToolBlock(1, "toolu_a", "get_weather", "{\\\"city\\\":", "\\\"Paris\\\"}")
            + AnthropicWire.MessageDelta("tool_use") + AnthropicWire.Stop);
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));

        var outcome = await RunAsync(edge, "stream", "claude-sonnet-4-5");

        Assert.Equal(("Look", """{"city":"Paris"}""", "ToolCalls"), (Text(outcome, "Text"), Text(outcome, "Arguments"), Text(outcome, "Finish")));
        Assert.Equal("claude-sonnet-4-5", upstream.Single().Json.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Tools_and_structured_output_work()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var tools = await RunAsync(edge, "tools", "simulator/echo");
        Assert.Equal("ToolCalls", Text(tools, "First"));
        Assert.StartsWith("get_weather {\"city\":", Assert.Single(tools.GetProperty("Calls").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Contains("21 C and sunny", Text(tools, "Text"), StringComparison.Ordinal);

        var city = await RunAsync(edge, "structured", "simulator/echo");
        Assert.Equal((JsonValueKind.String, JsonValueKind.Number), (city.GetProperty("name").ValueKind, city.GetProperty("people").ValueKind));
    }

    [Fact]
    public async Task Embeddings_and_transcriptions_work()
    {
        // The client asks for base64: 0.5, -2 as little-endian floats.
        await using var upstream = new FakeUpstream(exchange => exchange.Target switch
        {
            "/v1/embeddings" => exchange.JsonAsync("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAAMA="},{"object":"embedding","index":1,"embedding":"AAAAwAAAAD8="}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}}"""),
            "/v1/audio/transcriptions" => exchange.JsonAsync("""{"text":"hi"}"""),
            _ => exchange.JsonAsync(OpenAiWire.Error("No such path.", "invalid_request_error"), 404),
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));

        var outcome = await RunAsync(edge, "embeddings", "gpt-4o-mini");
        Assert.Equal("[[0.5,-2],[-2,0.5]]", Text(outcome, "Vectors"));
        Assert.Equal("2", Text(outcome, "InputTokenCount"));
        Assert.Equal("hi", (await RunAsync(edge, "transcription", "gpt-4o-mini")).ToString());
        Assert.All(upstream.Requests, asked => Assert.Contains("gpt-4o-mini", asked.Text, StringComparison.Ordinal));
        Assert.Empty(upstream.Faults);
    }

    [Fact]
    public async Task Errors_are_the_clients_own()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Error("Slow down.", "requests", "rate_limit_exceeded"), 429);
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));

        var limited = await RunAsync(edge, "chat", "gpt-4o-mini");
        Assert.Equal("429", Text(limited, "Status"));
        Assert.Contains("Slow down.", Text(limited, "Message"), StringComparison.Ordinal);
        var unknown = await RunAsync(edge, "stream", "no-such-deployment");
        Assert.Equal("404", Text(unknown, "Status"));
        Assert.Contains("MODEL_NOT_FOUND", Text(unknown, "Message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21", """{"messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("/openai/deployments/openai%2Fgpt-4o-mini/chat/completions", """{"model":"other","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("/openai/v1/chat/completions", Kit.Chat)]
    [InlineData("/openai/v1/chat/completions?api-version=preview", Kit.Chat)]
    public async Task Both_surfaces_work_by_hand_and_the_same_connection_goes_on(string path, string body)
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + WithKey);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var http = edge.CreateClient();
            http.DefaultRequestVersion = version;
            http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            http.DefaultRequestHeaders.Add("api-key", "sk-client");
            // Twice: the server keeps what it knows of a connection's last target.
            for (var i = 0; i < 2; i++)
            {
                using var answer = await http.PostAsync(path, Kit.Json(body), Kit.Stop);
                Assert.Equal((HttpStatusCode.OK, OpenAiWire.Completion()), (answer.StatusCode, await answer.TextAsync()));
                using var plain = await http.PostAsync(Kit.Chat);
                Assert.Equal(HttpStatusCode.OK, plain.StatusCode);
            }
            using var absent = await http.PostAsync("/openai/deployments/gpt-4o-mini/nothing", Kit.Json("{}"), Kit.Stop);
            await absent.AssertErrorAsync(HttpStatusCode.NotFound, "NOT_FOUND");
        }
        Assert.Equal(8, upstream.Requests.Count);
        Assert.All(upstream.Requests, asked => Assert.Equal(("/v1/chat/completions", "gpt-4o-mini"), (asked.Target, asked.Json.GetProperty("model").GetString())));
    }
}
