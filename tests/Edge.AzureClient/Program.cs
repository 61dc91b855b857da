using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using Azure.AI.OpenAI;
using Azure.Core;
using OpenAI.Chat;
using OpenAI.Embeddings;

namespace Edge.AzureClient;

/// <summary>
/// Azure's own .NET client before a gateway, unmodified but for its endpoint: one exchange, whose outcome is one line of JSON. A process of its own, because this client needs
/// an older <c>OpenAI</c> package than the tests that start it.
/// </summary>
internal static class Program
{
    private static readonly ChatTool _weather = ChatTool.CreateFunctionTool("get_weather", "The weather of a city.", BinaryData.FromString(
        """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"""));

    private static readonly ChatResponseFormat _city = ChatResponseFormat.CreateJsonSchemaFormat("city", BinaryData.FromString(
        """{"type":"object","properties":{"name":{"type":"string"},"people":{"type":"integer"}},"required":["name","people"],"additionalProperties":false}"""),
        jsonSchemaIsStrict: true);

    private static readonly ChatMessage[] _hello = [new UserChatMessage("Good morning")];

    /// <param name="arguments">What to do, where, the deployment's name, <c>key</c> or <c>token</c>, and that.</param>
    public static async Task Main(string[] arguments)
    {
        var (what, endpoint, deployment, kind, secret) = (arguments[0], new Uri(arguments[1]), arguments[2], arguments[3], arguments[4]);
        var options = new AzureOpenAIClientOptions { RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };
        var client = kind == "token" ? new AzureOpenAIClient(endpoint, new FixedToken(secret), options) : new AzureOpenAIClient(endpoint, new ApiKeyCredential(secret), options);
        object outcome;
        try
        {
            outcome = what switch
            {
                "chat" => await ChatAsync(client.GetChatClient(deployment)),
                "stream" => await StreamAsync(client.GetChatClient(deployment)),
                "tools" => await ToolsAsync(client.GetChatClient(deployment)),
                "structured" => await StructuredAsync(client.GetChatClient(deployment)),
                "embeddings" => await EmbeddingsAsync(client.GetEmbeddingClient(deployment)),
                "transcription" => (await client.GetAudioClient(deployment).TranscribeAudioAsync(new MemoryStream(new byte[1000]), "a.wav")).Value.Text,
                _ => throw new ArgumentException($"There is no '{what}'."),
            };
        }
        catch (ClientResultException e)
        {
            outcome = new { e.Status, e.Message };
        }
        Console.WriteLine(JsonSerializer.Serialize(outcome));
    }

    private static async Task<object> ChatAsync(ChatClient client)
    {
        ChatCompletion answer = await client.CompleteChatAsync(_hello);
        return new { answer.Content[0].Text, Finish = answer.FinishReason.ToString(), answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount };
    }

    private static async Task<object> StreamAsync(ChatClient client)
    {
        var (text, arguments, updates) = ("", "", 0);
        ChatFinishReason? finish = null;
        await foreach (var update in client.CompleteChatStreamingAsync(_hello, new ChatCompletionOptions { Tools = { _weather } }))
        {
            updates++;
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            // Not ToString: that of this version throws over the empty arguments with which every call begins.
            arguments += string.Concat(update.ToolCallUpdates.Select(call => Encoding.UTF8.GetString(call.FunctionArgumentsUpdate.ToArray())));
            finish ??= update.FinishReason;
        }
        return new { Text = text, Arguments = arguments, Updates = updates, Finish = finish?.ToString() };
    }

    // A call, its result, and what is made of it.
    private static async Task<object> ToolsAsync(ChatClient client)
    {
        List<ChatMessage> messages = [new UserChatMessage("The weather in Paris?")];
        ChatCompletion called = await client.CompleteChatAsync(messages, new ChatCompletionOptions { Tools = { _weather }, ToolChoice = ChatToolChoice.CreateRequiredChoice() });
        messages.Add(new AssistantChatMessage(called));
        messages.AddRange(called.ToolCalls.Select(call => new ToolChatMessage(call.Id, "21 C and sunny")));
        ChatCompletion answer = await client.CompleteChatAsync(messages, new ChatCompletionOptions { Tools = { _weather } });
        return new { Calls = called.ToolCalls.Select(call => $"{call.FunctionName} {call.FunctionArguments}"), First = called.FinishReason.ToString(), answer.Content[0].Text };
    }

    private static async Task<object> StructuredAsync(ChatClient client)
    {
        ChatCompletion answer = await client.CompleteChatAsync(_hello, new ChatCompletionOptions { ResponseFormat = _city });
        return JsonDocument.Parse(answer.Content[0].Text).RootElement;
    }

    private static async Task<object> EmbeddingsAsync(EmbeddingClient client)
    {
        OpenAIEmbeddingCollection vectors = await client.GenerateEmbeddingsAsync(["one", "two"]);
        return new { Vectors = vectors.Select(vector => vector.ToFloats().ToArray()), vectors.Usage.InputTokenCount };
    }

    /// <summary>What an identity library would fetch from Entra.</summary>
    private sealed class FixedToken(string token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
