using System.Globalization;
using System.Text.Json;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Embedding;

namespace Edge.Tests.Pipeline;

public class EmbeddingTests
{
    private const string Answer = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10,2]}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4},"new":1}""";

    private static Provider Sheet(EmbeddingDialect dialect, string? path) =>
        new() { Name = "fake", Dialect = Dialect.OpenAi, EmbeddingsPath = path, EmbeddingsDialect = dialect };

    private static Task<NullTransport> SendAsync(PipelineKit kit, string body) =>
        kit.SendAsync(body, transport => transport.Path = transport.RawTarget = "/v1/embeddings");

    [Fact]
    public async Task To_a_provider_of_OpenAIs_shape_bytes_pass_but_for_model_and_extensions()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json(Answer).WithHeader("x-request-id", "up"));

        var transport = await SendAsync(kit, """{"input" : [1,2],"routing":{"strategy":"balanced"},"model":"fake/text-embedding-3-small","x":{"y":1}}""");

        Assert.Equal("POST /embeddings", kit.SentTarget);
        Assert.Equal("""{"input" : [1,2],"model":"text-embedding-3-small","x":{"y":1}}""", kit.SentBody);
        Assert.Equal((200, Answer), (transport.StatusCode, transport.WrittenText));
        Assert.Equal("up", transport.ResponseHeaders["x-request-id"]);
        Assert.Equal("fake", transport.ResponseHeaders["x-edge-provider"]);
        Assert.Equal("text-embedding-3-small", transport.ResponseHeaders["x-edge-model"]);
        var record = kit.TakeRecord();
        Assert.Equal((4L, 0L, Outcome.Completed), (record.Usage.Input, record.Usage.Output, record.Outcome));
    }

    [Fact]
    public async Task A_provider_that_takes_one_text_is_called_once_a_text_and_the_order_is_kept()
    {
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Bedrock, "/model/{model}/invoke"))
        {
            AnswerTo = body => CannedResponse.Json($$"""{"embedding":[{{JsonDocument.Parse(body).RootElement.GetProperty("inputText").GetString()}}],"inputTextTokenCount":2}"""),
        };
        var texts = Enumerable.Range(0, 20).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();

        var transport = await SendAsync(kit, $$"""{"model":"amazon.titan-embed-text-v2:0","input":[{{string.Join(',', texts.Select(text => $"\"{text}\""))}}],"user":"u"}""");

        Assert.Equal(20, kit.SentBodies.Count);
        Assert.Equal("POST /model/amazon.titan-embed-text-v2%3A0/invoke", kit.SentTarget);
        Assert.Equal("user", transport.ResponseHeaders["x-edge-dropped"]);
        var answer = JsonDocument.Parse(transport.WrittenText).RootElement;
        Assert.Equal(texts, answer.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("embedding")[0].GetRawText()));
        Assert.Equal("amazon.titan-embed-text-v2:0", answer.GetProperty("model").GetString());
        Assert.Equal(40, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal(40, kit.TakeRecord().Usage.Input);
    }

    [Fact]
    public async Task Tokens_that_only_a_header_tells_are_counted()
    {
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Bedrock, "/model/{model}/invoke"))
            .Answer(() => CannedResponse.Json("""{"embeddings":[[1],[2]]}""").WithHeader("x-amzn-bedrock-input-token-count", "7"));

        var transport = await SendAsync(kit, """{"model":"cohere.embed-english-v3","input":["a","b"]}""");

        Assert.Equal(7, JsonDocument.Parse(transport.WrittenText).RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(7, kit.TakeRecord().Usage.Input);
    }

    [Theory]
    [InlineData("~/other/{model}:{method}", "POST /other/m:batchEmbedContents")]
    [InlineData("/models/{model}:{method}", "POST /models/m:batchEmbedContents")]
    public async Task The_path_holds_model_and_method(string path, string target)
    {
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Gemini, path)).Answer(() => CannedResponse.Json("""{"embeddings":[{"values":[1]}]}"""));

        var transport = await SendAsync(kit, """{"model":"m","input":"x","encoding_format":"base64"}""");

        Assert.Equal(target, kit.SentTarget);
        Assert.Equal("AACAPw==", JsonDocument.Parse(transport.WrittenText).RootElement.GetProperty("data")[0].GetProperty("embedding").GetString());
    }

    [Fact]
    public async Task One_failed_call_fails_the_request_with_the_providers_own_error()
    {
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Bedrock, "/{model}"))
        {
            AnswerTo = body => body.Contains("bad", StringComparison.Ordinal)
                ? CannedResponse.Json("""{"error":{"message":"Too much.","type":"t","code":"c"}}""", 429).WithHeader("retry-after", "3")
                : CannedResponse.Json("""{"embedding":[1],"inputTextTokenCount":2}"""),
        };

        var transport = await SendAsync(kit, """{"model":"titan-embed","input":["a","bad","c"]}""");

        Assert.Equal((429, "3"), (transport.StatusCode, transport.ResponseHeaders.RetryAfter.ToString()));
        Assert.Contains("Too much.", transport.WrittenText, StringComparison.Ordinal);
        Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
    }

    [Theory]
    [InlineData("""{"embeddings":[[1]]}""")]
    [InlineData("""{"embeddings":[[1],[2]""")]
    [InlineData("no json")]
    public async Task An_answer_that_lacks_a_vector_is_an_honest_502(string answer)
    {
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Ollama, "/api/embed")).Answer(() => CannedResponse.Json(answer));

        var transport = await SendAsync(kit, """{"model":"m","input":["a","b"]}""");

        Assert.Equal(502, transport.StatusCode);
        Assert.Contains("UPSTREAM_PROTOCOL_ERROR", transport.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "input")]
    [InlineData("""{"model":"m","input":[1]}""", "input")]
    [InlineData("""{"input":"x"}""", "model")]
    public async Task What_is_wrong_is_named(string body, string field)
    {
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Ollama, "/api/embed"));

        var transport = await SendAsync(kit, body);

        Assert.Equal(400, transport.StatusCode);
        Assert.Equal(field, JsonDocument.Parse(transport.WrittenText).RootElement.GetProperty("error").GetProperty("param").GetString());
        Assert.Null(kit.SentBody);
    }

    [Fact]
    public async Task A_provider_without_embeddings_is_named()
    {
        var transport = await SendAsync(new PipelineKit(Dialect.Anthropic), """{"model":"m","input":"x"}""");

        Assert.Equal(400, transport.StatusCode);
        Assert.Contains("'fake' has no embeddings", transport.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_may_refuse_what_cannot_be_expressed()
    {
        var config = new EdgeConfig { Translation = new TranslationConfig { DropUnsupported = DropPolicy.Error } };
        var kit = new PipelineKit(config: config, sheet: Sheet(EmbeddingDialect.Ollama, "/api/embed"));

        var transport = await SendAsync(kit, """{"model":"m","input":"x","input_type":"search_query"}""");

        Assert.Equal(400, transport.StatusCode);
        Assert.Contains("input_type", transport.WrittenText, StringComparison.Ordinal);
        Assert.Null(kit.SentBody);
    }

    [Fact]
    public async Task Every_response_is_given_back()
    {
        var responses = new List<CannedResponse>();
        var kit = new PipelineKit(sheet: Sheet(EmbeddingDialect.Bedrock, "/{model}"))
        {
            AnswerTo = _ =>
            {
                responses.Add(CannedResponse.Json("""{"embedding":[1]}"""));
                return responses[^1];
            },
        };

        await SendAsync(kit, """{"model":"titan-embed","input":["a","b","c"]}""");

        Assert.Equal(3, responses.Count);
        Assert.All(responses, response => Assert.True(response.WasDisposed));
    }
}
