using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Edge.EndToEnd;

/// <summary>Anthropic's own .NET client, unmodified but for its base URL, before providers of other dialects: its types check what we write.</summary>
public class AnthropicSdkTests
{
    private static readonly Dictionary<string, JsonElement> _city = new() { ["city"] = JsonDocument.Parse("""{"type":"string"}""").RootElement };

    private static readonly Tool _weather = new() { Name = "get_weather", Description = "The weather of a city.", InputSchema = new InputSchema { Properties = _city, Required = ["city"] } };

    private static AnthropicClient Client(EdgeProcess edge) => new() { ApiKey = "sk-client", BaseUrl = edge.Url.ToString().TrimEnd('/'), MaxRetries = 0, Timeout = Patience.Limit, ResponseValidation = true };

    private static MessageCreateParams Ask(ProviderCase provider, string text = "Hi", params ToolUnion[] tools)
    {
        var ask = new MessageCreateParams { Model = provider.ModelName, MaxTokens = 100, Messages = [new UserMessageParam(text)] };
        return tools.Length == 0 ? ask : ask with { Tools = tools };
    }

    public static TheoryData<string> Names => ["openai", "vertex claude", "gemini", "bedrock", "cohere", "ollama", "anthropic"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Messages_and_streams_are_read(string name)
    {
        var provider = ProviderCases.Find(name);
        await using var upstream = provider.Start();
        await using var edge = await provider.GatewayAsync(upstream);
        var client = Client(edge);
        var message = await client.Messages.Create(Ask(provider), Kit.Stop);
        Assert.True(Assert.Single(message.Content).TryPickText(out var block));
        Assert.Equal("Hello there", block!.Text);
        Assert.Equal(StopReason.EndTurn, message.StopReason?.Value());
        Assert.Equal((10, 5), (message.Usage.InputTokens, message.Usage.OutputTokens));

        var (text, stops, ends) = ("", 0, 0);
        await foreach (var update in client.Messages.CreateStreaming(Ask(provider), Kit.Stop))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece)) text += piece.Text;
            if (update.TryPickDelta(out var end))
            {
                stops++;
                Assert.Equal(StopReason.EndTurn, end.Delta.StopReason?.Value());
                Assert.Equal(5, end.Usage.OutputTokens);
            }
            if (update.TryPickStop(out _)) ends++;
        }
        Assert.Equal(("Hello there", 1, 1), (text, stops, ends));
    }

    [Fact]
    public async Task Tools_are_called_and_answered_before_the_simulator()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var client = Client(edge);
        var ask = new MessageCreateParams
        {
            Model = "simulator/echo",
            MaxTokens = 100,
            Messages = [new UserMessageParam("The weather in Paris?")],
            Tools = [_weather],
            ToolChoice = new ToolChoiceAny(),
        };
        var called = await client.Messages.Create(ask, Kit.Stop);
        Assert.Equal(StopReason.ToolUse, called.StopReason?.Value());
        ToolUseBlock? call = null;
        Assert.Contains(called.Content, block => block.TryPickToolUse(out call));
        Assert.Equal("get_weather", call!.Name);
        Assert.True(call.Input.ContainsKey("city"));

        var arguments = "";
        await foreach (var update in client.Messages.CreateStreaming(ask, Kit.Stop))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickInputJson(out var piece)) arguments += piece.PartialJson;
        }
        Assert.True(JsonDocument.Parse(arguments).RootElement.TryGetProperty("city", out _), arguments);
    }

    [Fact]
    public async Task Errors_are_the_clients_own_exceptions()
    {
        // With a list of models nothing else is taken.
        var provider = ProviderCases.Find("gemini") with { Yaml = $"    type: gemini\n    api_key: {ProviderCase.Secret}\n    models: [gemini-2.5-flash]" };
        await using var upstream = provider.Start(exchange => exchange.JsonAsync(provider.Throttled, 429));
        await using var edge = await provider.GatewayAsync(upstream);
        var limited = await Assert.ThrowsAsync<AnthropicRateLimitException>(() => Client(edge).Messages.Create(Ask(provider), Kit.Stop));
        Assert.Contains("Slow down.", limited.Message);
        await Assert.ThrowsAsync<AnthropicNotFoundException>(() => Client(edge).Messages.Create(Ask(provider) with { Model = "no-such-model" }, Kit.Stop));
    }

    [Fact]
    public async Task Tokens_are_counted()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var count = await Client(edge).Messages.CountTokens(new() { Model = "simulator/echo", Messages = [new UserMessageParam("Good morning")] }, Kit.Stop);
        Assert.InRange(count.InputTokens, 1, 50);
    }
}
