using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Embeddings;
using OpenAI.Responses;

// Responses are marked as experimental in the client that people use.
#pragma warning disable OPENAI001

namespace Edge.EndToEnd;

/// <summary>OpenAI's .NET client beyond chat: Responses before every provider, and embeddings.</summary>
public class ResponsesSdkTests
{
    private static ApiKeyCredential Key => new("sk-client");

    private static OpenAIClientOptions Options(EdgeProcess edge) => new() { Endpoint = new Uri(edge.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0), NetworkTimeout = Patience.Limit };

    public static TheoryData<string> Names => ["openai responses", "mistral", "anthropic", "gemini", "bedrock", "cohere", "ollama"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Responses_and_their_streams_are_read(string name)
    {
        var provider = ProviderCases.Find(name);
        await using var upstream = provider.Start();
        await using var edge = await provider.GatewayAsync(upstream);
        var client = new OpenAIClient(Key, Options(edge)).GetResponsesClient();
        ResponseResult whole = await client.CreateResponseAsync(provider.ModelName, "Hi", cancellationToken: Kit.Stop);
        Assert.Equal("Hello there", whole.GetOutputText());
        Assert.Equal(ResponseStatus.Completed, whole.Status);
        Assert.Equal((10, 5), (whole.Usage.InputTokenCount, whole.Usage.OutputTokenCount));

        var (text, completed) = ("", 0);
        await foreach (var update in await client.CreateResponseStreamingAsync(provider.ModelName, "Hi", cancellationToken: Kit.Stop))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text += delta.Delta;
            if (update is StreamingResponseCompletedUpdate done)
            {
                completed++;
                Assert.Equal("Hello there", done.Response.GetOutputText());
            }
        }
        Assert.Equal(("Hello there", 1), (text, completed));
    }

    [Fact]
    public async Task Embeddings_of_another_provider_are_read()
    {
        var provider = ProviderCases.Find("ollama");
        await using var upstream = provider.Start(exchange => exchange.JsonAsync("""{"model":"all-minilm","embeddings":[[0.5,-0.25],[1,0]],"prompt_eval_count":6}"""));
        await using var edge = await provider.GatewayAsync(upstream);
        OpenAIEmbeddingCollection vectors = await new EmbeddingClient("p/all-minilm", Key, Options(edge)).GenerateEmbeddingsAsync(["one", "two"], cancellationToken: Kit.Stop);
        Assert.Equal([0.5f, -0.25f], vectors[0].ToFloats().ToArray());
        Assert.Equal([1f, 0f], vectors[1].ToFloats().ToArray());
        Assert.Equal(6, vectors.Usage.InputTokenCount);
        Assert.Equal("/api/embed", upstream.Single().Target);
    }
}
