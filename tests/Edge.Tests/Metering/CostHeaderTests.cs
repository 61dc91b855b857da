using Edge.Configuration;
using Edge.Metering;
using Edge.Providers;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Metering;

public class CostHeaderTests
{
    private const string Answer =
        """{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":212,"completion_tokens":27,"total_tokens":239}}""";

    private const string Chat = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}""";

    private static PipelineKit Kit(Dialect dialect = Dialect.OpenAi) => new(dialect, new EdgeConfig
    {
        Prices = new PricesConfig { Models = new Dictionary<string, ModelPriceConfig> { ["fake/gpt-*"] = new() { Rates = new PriceRates { Input = 150_000_000, Output = 600_000_000 } } } },
    });

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.000000001")]
    [InlineData(48_000, "0.000048")]
    [InlineData(1_000_000_000, "1")]
    [InlineData(10_500_000_000, "10.5")]
    [InlineData(1_000_000_010, "1.00000001")]
    [InlineData(long.MaxValue, "9223372036.854775807")]
    public void Dollars_are_plain_decimals(long nanos, string expected) => Assert.Equal(expected, CostHeader.Format(nanos));

    [Fact]
    public async Task A_whole_answer_says_what_it_cost()
    {
        // 0.15 and 0.60 dollars a million tokens.
        var sent = await Kit().Answer(() => CannedResponse.Json(Answer)).SendAsync(Chat);
        Assert.Equal("0.000048", sent.ResponseHeaders[CostHeader.Name]);
    }

    [Fact]
    public async Task An_error_says_nothing()
    {
        var sent = await Kit().Answer(() => CannedResponse.Json("""{"error":{"message":"no","type":"invalid_request_error"}}""")).SendAsync(Chat);
        Assert.False(sent.ResponseHeaders.ContainsKey(CostHeader.Name));
    }

    [Fact]
    public async Task A_stream_says_it_in_the_chunk_that_the_client_asked_for()
    {
        const string Asked = """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}""";
        var sent = await Kit().Answer(() => CannedResponse.Events(_events)).SendAsync(Asked);
        Assert.False(sent.ResponseHeaders.ContainsKey(CostHeader.Name));
        Assert.Equal(string.Concat(_events).Replace("\"total_tokens\":239}}", "\"total_tokens\":239},\"x_edge\":{\"cost_usd\":\"0.000048\"}}", StringComparison.Ordinal), sent.WrittenText);

        sent = await Kit().Answer(() => CannedResponse.Events(_events)).SendAsync(Asked.Replace("\"include_usage\":true", "\"include_usage\":false", StringComparison.Ordinal));
        Assert.DoesNotContain("x_edge", sent.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_does_a_stream_that_was_translated()
    {
        const string Asked = """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}""";
        var sent = await Kit(Dialect.Anthropic).Answer(() => CannedResponse.Events(
            [
                Event("message_start", "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"gpt\",\"content\":[],\"usage\":{\"input_tokens\":212,\"output_tokens\":1}}"),
                Event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
                Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}"),
                Event("content_block_stop", "\"index\":0"),
                Event("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":27}"),
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            ])).SendAsync(Asked);
        Assert.EndsWith(",\"x_edge\":{\"cost_usd\":\"0.000048\"}}\n\ndata: [DONE]\n\n", sent.WrittenText, StringComparison.Ordinal);
    }

    private static readonly string[] _events =
    [
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":27,\"total_tokens\":239}}\n\n",
        "data: [DONE]\n\n",
    ];

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";
}
