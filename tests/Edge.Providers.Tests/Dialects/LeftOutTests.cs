using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects;

/// <summary>What a provider has no place for is left out by name, never in silence.</summary>
public class LeftOutTests
{
    private static List<string> Dropped(string provider, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var request = new ChatRequest();
        using var index = Wire.Index(body);
        Assert.True(AnthropicRequestDecoder.TryDecode(body, index.Tokens, request, out _));
        var sheet = ProviderCatalog.Find(provider)!;
        var dropped = new List<string>();
        Assert.True(ChatDialects.Of(sheet.Dialect)!.CreateRequestEncoder().TryEncode(request, new ChatEncodeOptions { Sheet = sheet }, new ByteBuffer(), dropped, out RequestError? _));
        return dropped;
    }

    [Theory]
    [InlineData("openai_compatible")]
    [InlineData("openai")]
    [InlineData("mistral")]
    [InlineData("gemini")]
    [InlineData("cohere")]
    public void Cache_marks(string provider)
    {
        const string Mark = ""","cache_control":{"type":"ephemeral"}""";
        foreach (var body in new[]
        {
            """{"model":"gemini-2.5-pro","max_tokens":5,"system":[{"type":"text","text":"s"MARK}],"messages":[{"role":"user","content":"a"}]}""",
            """{"model":"gemini-2.5-pro","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"s"MARK}]}]}""",
            """{"model":"gemini-2.5-pro","max_tokens":5,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","input_schema":{"type":"object"}MARK}]}""",
        })
        {
            Assert.Equal(["cache_control"], Dropped(provider, body.Replace("MARK", Mark, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("openai_compatible", """{"type":"thinking","thinking":"t","signature":"s"}""")]
    [InlineData("openai_compatible", """{"type":"redacted_thinking","data":"d"}""")]
    [InlineData("openai", """{"type":"thinking","thinking":"t","signature":"s"}""")]
    [InlineData("deepseek", """{"type":"redacted_thinking","data":"d"}""")]
    public void Reasoning_of_earlier_turns(string provider, string block)
    {
        var dropped = Dropped(provider, $$"""{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{{block}},{"type":"text","text":"b"}]},{"role":"user","content":"c"}]}""");

        Assert.Equal(["messages.thinking_blocks"], dropped);
    }
}
