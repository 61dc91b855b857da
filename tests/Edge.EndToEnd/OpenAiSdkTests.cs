using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Edge.EndToEnd;

/// <summary>OpenAI's own .NET client, unmodified but for its endpoint: before the simulator, a provider of OpenAI's kind, and Anthropic.</summary>
public class OpenAiSdkTests
{
    private static readonly ChatTool _weather = ChatTool.CreateFunctionTool("get_weather", "The weather of a city.", BinaryData.FromString(
        """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"""));

    private static readonly ChatResponseFormat _city = ChatResponseFormat.CreateJsonSchemaFormat("city", BinaryData.FromString(
        """{"type":"object","properties":{"name":{"type":"string"},"people":{"type":"integer"}},"required":["name","people"],"additionalProperties":false}"""),
        jsonSchemaIsStrict: true);

    private static OpenAIClientOptions Options(EdgeProcess edge) => new()
    {
        Endpoint = new Uri(edge.Url, "/v1"),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        NetworkTimeout = Patience.Limit,
    };

    private static ChatClient Client(EdgeProcess edge, string model) => new(model, new ApiKeyCredential("sk-client"), Options(edge));

    [Fact]
    public async Task Chat_and_streaming_before_the_simulator()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var client = Client(edge, "simulator/echo");
        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage("Good morning, gateway")], cancellationToken: Kit.Stop);
        Assert.Equal("Good morning, gateway", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.True(answer.Usage.InputTokenCount > 0 && answer.Usage.OutputTokenCount > 0);

        var text = "";
        ChatFinishReason? finish = null;
        var updates = 0;
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Good morning, gateway")], cancellationToken: Kit.Stop))
        {
            updates++;
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
        }
        Assert.Equal("Good morning, gateway", text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.True(updates > 3, $"Only {updates} updates: it was not streamed.");
    }

    [Fact]
    public async Task Tools_before_the_simulator()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var client = Client(edge, "simulator/echo");
        var options = new ChatCompletionOptions { Tools = { _weather }, ToolChoice = ChatToolChoice.CreateRequiredChoice() };
        List<ChatMessage> messages = [new UserChatMessage("The weather in Paris?")];
        ChatCompletion called = await client.CompleteChatAsync(messages, options, Kit.Stop);
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        var call = Assert.Single(called.ToolCalls);
        Assert.Equal("get_weather", call.FunctionName);
        Assert.True(JsonDocument.Parse(call.FunctionArguments).RootElement.TryGetProperty("city", out _));

        messages.Add(new AssistantChatMessage(called));
        messages.Add(new ToolChatMessage(call.Id, "21 C and sunny"));
        ChatCompletion answer = await client.CompleteChatAsync(messages, new ChatCompletionOptions { Tools = { _weather } }, Kit.Stop);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Contains("21 C and sunny", answer.Content[0].Text);
    }

    [Fact]
    public async Task Structured_output_before_the_simulator()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        ChatCompletion answer = await Client(edge, "simulator/echo")
            .CompleteChatAsync([new UserChatMessage("A city")], new ChatCompletionOptions { ResponseFormat = _city }, Kit.Stop);
        var city = JsonDocument.Parse(answer.Content[0].Text).RootElement;
        Assert.Equal(JsonValueKind.String, city.GetProperty("name").ValueKind);
        Assert.Equal(JsonValueKind.Number, city.GetProperty("people").ValueKind);
    }

    [Fact]
    public async Task Models_are_listed()
    {
        await using var upstream = FakeUpstream.Json("{}");
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        OpenAIModelCollection models = await new OpenAIModelClient(new ApiKeyCredential("sk-client"), Options(edge)).GetModelsAsync(Kit.Stop);
        Assert.Contains(models, model => model.Id == "gpt-4o-mini" && model.OwnedBy == "openai");
    }

    [Fact]
    public async Task Parallel_tool_calls_of_a_provider_arrive()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.ToolCalls);
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        ChatCompletion answer = await Client(edge, "gpt-4o-mini")
            .CompleteChatAsync([new UserChatMessage("Weather?")], new ChatCompletionOptions { Tools = { _weather } }, Kit.Stop);
        Assert.Equal(["call_a", "call_b"], answer.ToolCalls.Select(call => call.Id));
        Assert.Equal("get_weather", upstream.Single().Json.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Anthropics_stream_of_tool_calls_arrives()
    {
        await using var upstream = FakeUpstream.Events(
            AnthropicWire.Start() + AnthropicWire.TextBlock(0, "Look") + AnthropicWire.ToolBlock(1, "toolu_a", "get_weather", "{\\\"city\\\":", "\\\"Paris\\\"}")
            + AnthropicWire.MessageDelta("tool_use") + AnthropicWire.Stop);
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        var (text, arguments) = ("", "");
        ChatFinishReason? finish = null;
        await foreach (var update in Client(edge, "claude-sonnet-4-5").CompleteChatStreamingAsync(
            [new SystemChatMessage("Brief."), new UserChatMessage("Weather?")], new ChatCompletionOptions { Tools = { _weather } }, Kit.Stop))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            foreach (var call in update.ToolCallUpdates) arguments += call.FunctionArgumentsUpdate;
            finish ??= update.FinishReason;
        }
        Assert.Equal("Look", text);
        Assert.Equal("""{"city":"Paris"}""", arguments);
        Assert.Equal(ChatFinishReason.ToolCalls, finish);
    }

    [Fact]
    public async Task Errors_are_the_clients_own_exceptions()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Error("Slow down.", "requests", "rate_limit_exceeded"), 429, "retry-after: 1\r\n");
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        var limited = await Assert.ThrowsAsync<ClientResultException>(() =>
            Client(edge, "gpt-4o-mini").CompleteChatAsync([new UserChatMessage("Hi")], cancellationToken: Kit.Stop));
        Assert.Equal(429, limited.Status);
        Assert.Contains("Slow down.", limited.Message);
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() =>
            Client(edge, "no-such-model").CompleteChatAsync([new UserChatMessage("Hi")], cancellationToken: Kit.Stop));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("MODEL_NOT_FOUND", unknown.Message);
    }

    [Fact]
    public async Task A_cancelled_stream_ends_at_the_provider()
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await exchange.HangAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Kit.Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Client(edge, "gpt-4o-mini").CompleteChatStreamingAsync([new UserChatMessage("Hi")], cancellationToken: cancel.Token))
            {
                Assert.Equal("Hello", update.ContentUpdate[0].Text);
                await cancel.CancelAsync();
            }
        });
        await Patience.For((await upstream.NextRequestAsync()).ClosedByGateway, "the provider's connection closed after the client's cancel");
    }
}
