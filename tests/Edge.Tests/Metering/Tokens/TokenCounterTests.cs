using System.Text;
using Edge.Metering.Tokens;

namespace Edge.Tests.Metering.Tokens;

public sealed class TokenCounterTests
{
    private static readonly Task<TokenCounter> _prepared = Prepare();

    private static async Task<TokenCounter> Prepare()
    {
        var counter = new TokenCounter();
        await counter.PreparedAsync(TokenFamily.Gpt4o);
        await counter.PreparedAsync(TokenFamily.Gpt4);
        return counter;
    }

    [Fact]
    public void Before_the_vocabulary_is_there_a_count_is_an_estimate()
    {
        var counter = new TokenCounter();
        Assert.Equal(new TokenCount(TokenEstimator.EstimateTokens("Hello there"u8), IsExact: false), counter.Count("Hello there"u8, TokenFamily.Gpt4o));
        Assert.False(counter.CountChat(Chats.Decode("""{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}"""), TokenFamily.Gpt4o).IsExact);
    }

    [Fact]
    public async Task A_plain_chat_is_counted_by_the_published_rule()
    {
        var counter = await _prepared;
        // 3, and for each message 3, its role, its text, and its name with one more. Escapes are resolved: "hello\n" has two tokens, not three.
        Assert.Equal(new TokenCount(3 + 4 + 1, IsExact: true), counter.CountChat(Chats.Decode("""{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}"""), TokenFamily.Gpt4o));
        Assert.Equal(new TokenCount(3 + 4 + 2, IsExact: true), counter.CountChat(Chats.Decode("""{"model":"gpt-4o","messages":[{"role":"user","content":"hello\n"}]}"""), TokenFamily.Gpt4o));
        Assert.Equal(new TokenCount(3 + 4 + 1 + 4 + 1 + 1 + 1, IsExact: true), counter.CountChat(Chats.Decode("""{"model":"gpt-4o","messages":[{"role":"system","content":"hello"},{"role":"user","name":"bob","content":"hello"}]}"""), TokenFamily.Gpt4o));
        Assert.Equal(new TokenCount(2 + 4 + 1, IsExact: true), counter.CountChat(Chats.Decode("""{"model":"gpt-5","messages":[{"role":"user","content":"hello"}]}"""), TokenFamily.Gpt5));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hello"}],"tools":[{"type":"function","function":{"name":"f"}}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hello"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"x"}]}""")]
    public async Task What_is_not_plain_text_is_an_estimate(string body)
    {
        var count = (await _prepared).CountChat(Chats.Decode(body), TokenFamily.Gpt4o);
        Assert.False(count.IsExact);
        Assert.True(count.Tokens > 10);
    }

    [Fact]
    public async Task The_marks_of_the_format_are_ordinary_text_where_a_client_writes_them()
    {
        var counter = await _prepared;
        Assert.Equal(7, counter.Count("<|endoftext|>"u8, TokenFamily.Gpt4o).Tokens);
        Assert.True(counter.Count("a<|endoftext|><|fim_prefix|>b <| <|end"u8, TokenFamily.Gpt4).Tokens > 15);
    }

    [Theory]
    [InlineData('a')]
    [InlineData(' ')]
    [InlineData('=')]
    [InlineData('漢')]
    public async Task A_run_without_end_is_estimated_for_its_search_would_take_minutes(char c)
    {
        var counter = await _prepared;
        var count = counter.Count(Encoding.UTF8.GetBytes(new string(c, 1_000_000)), TokenFamily.Gpt4o);
        Assert.False(count.IsExact);
        Assert.True(counter.Count(Encoding.UTF8.GetBytes(new string(c, 1000)), TokenFamily.Gpt4o).IsExact);
    }

    [Fact]
    public async Task No_bytes_make_it_throw()
    {
        var counter = await _prepared;
        var bytes = new byte[300];
        var random = new Random(42);
        for (var round = 0; round < 300; round++)
        {
            random.NextBytes(bytes);
            Assert.True(counter.Count(bytes.AsSpan(0, round), TokenFamily.Gpt4o).Tokens <= round * 3);
        }
        Assert.Equal(0, counter.Count([], TokenFamily.Gpt4).Tokens);
    }

    [Theory]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o, gpt-4.1")]
    [InlineData("openai/gpt-5-mini", "gpt-5, o-series")]
    [InlineData("o3-mini", "gpt-5, o-series")]
    [InlineData("openai/o4-mini", "gpt-5, o-series")]
    [InlineData("gpt-4-turbo", "gpt-4, gpt-3.5")]
    [InlineData("text-embedding-3-small", "text-embedding")]
    [InlineData("openai/gpt-oss-120b", "gpt-oss")]
    [InlineData("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude")]
    [InlineData("models/gemini-2.5-pro", "gemini")]
    [InlineData("deepseek-r1-distill-llama-70b", "llama")]
    [InlineData("olmo-2", "other")]
    [InlineData("", "other")]
    public void A_model_belongs_to_a_family(string model, string family) => Assert.Equal(family, TokenFamily.Of(model).Name);

    [Fact]
    public void Estimates_do_not_allocate_and_no_text_has_more_tokens_than_bytes()
    {
        var request = Chats.Decode("""{"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What is the capital of France?"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}]}""");
        var first = TokenEstimator.EstimateChat(request, TokenFamily.Claude);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0L;
        for (var i = 0; i < 100; i++) sum += TokenEstimator.EstimateChat(request, TokenFamily.Claude);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100 * first, sum);
        Assert.Equal(0, TokenEstimator.EstimateTokens([]));
        Assert.Equal(100 + 3 + 8, TokenEstimator.AtMost(100, 2, TokenFamily.Gpt4o));
    }
}
