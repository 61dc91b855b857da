using Edge.Providers;

namespace Edge.Tests.Pipeline;

/// <summary>The provider's own id of a request stands where the client's SDK looks for it, whatever the provider calls it.</summary>
public class RequestIdTests
{
    private const string Chat = """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Converse = """{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}""";

    private const string OpenAi = """{"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}""";

    private const string Messages = """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";

    [Theory]
    [InlineData("bedrock", "x-amzn-requestid", Converse)]
    [InlineData("azure_openai", "apim-request-id", OpenAi)]
    [InlineData("azure_openai", "x-ms-request-id", OpenAi)]
    [InlineData("deepseek", "x-ds-trace-id", OpenAi)]
    [InlineData("mistral", "mistral-correlation-id", OpenAi)]
    [InlineData("openai", "x-request-id", OpenAi)]
    [InlineData("anthropic", "request-id", Messages)]
    public async Task A_providers_id_stands_where_the_client_reads_it(string sheet, string header, string body)
    {
        foreach (var (path, own) in new[] { ("/v1/chat/completions", "x-request-id"), ("/v1/messages", "request-id") })
        {
            var kit = new PipelineKit(sheet: ProviderCatalog.Find(sheet)).Answer(() => CannedResponse.Json(body).WithHeader(header, "up-1").WithHeader("x-amzn-trace-id", "no"));

            var answer = await kit.SendAsync(Chat, transport => transport.Path = path);

            Assert.Equal("up-1", answer.ResponseHeaders[own].ToString());
            Assert.False(answer.ResponseHeaders.ContainsKey("x-amzn-trace-id"));
            Assert.NotEqual("up-1", answer.ResponseHeaders["x-edge-request-id"].ToString());
        }
    }

    [Fact]
    public async Task The_usual_name_wins_in_whatever_order()
    {
        foreach (var isFirst in new[] { true, false })
        {
            var kit = new PipelineKit(sheet: ProviderCatalog.Find("azure_openai")).Answer(() => isFirst
                ? CannedResponse.Json(OpenAi).WithHeader("x-request-id", "usual").WithHeader("apim-request-id", "other")
                : CannedResponse.Json(OpenAi).WithHeader("apim-request-id", "other").WithHeader("x-request-id", "usual"));

            var answer = await kit.SendAsync(Chat);

            Assert.Equal("usual", answer.ResponseHeaders["x-request-id"].ToString());
        }
    }
}
