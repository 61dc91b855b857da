using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;
using Edge.Providers.Wire;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicBodyEditsTests
{
    private const string Own = """{"type":"thinking","thinking":"t","signature":"c2ln"}""";
    private const string Foreign = """{"type":"thinking","thinking":"t","signature":"gemini.x"}""";
    private const string Unsigned = """{"type":"thinking","thinking":"t","signature":""}""";
    private const string Encrypted = """{"type":"redacted_thinking","data":"openai.x"}""";
    private const string Word = """{"type":"text","text":"a"}""";

    [Theory]
    [InlineData($"{Own},{Word}", $"{Own},{Word}")]
    [InlineData($"{Foreign},{Word}", Word)]
    [InlineData($"{Word} , {Foreign}", Word)]
    [InlineData($"{Unsigned},{Foreign},{Own},{Encrypted},{Word},{Unsigned}", $"{Own},{Word}")]
    [InlineData($"{Word},{Encrypted},{Word}", $"{Word},{Word}")]
    public void Thinking_that_Anthropic_cannot_read_is_cut_out(string content, string expected)
    {
        var before = $$"""{"messages":[{"role":"user","content":"\"thinking\""},{"role":"assistant","content":[{{content}}]}]}""";
        var after = $$"""{"messages":[{"role":"user","content":"\"thinking\""},{"role":"assistant","content":[{{expected}}]}]}""";

        Assert.Equal(after, Apply(before, (root, edits) => Assert.Equal(content != expected, AnthropicBodyEdits.CutForeignThinking(Encoding.UTF8.GetBytes(before), root, edits))));
    }

    [Fact]
    public void A_message_of_nothing_else_goes()
    {
        var body = $$"""{"messages":[{"role":"assistant","content":[{{Unsigned}}]},{"role":"user","content":"a"},{"role":"assistant","content":[{{Foreign}},{{Encrypted}}]},{"role":"user","content":[{{Unsigned}}]}]}""";

        Assert.Equal(
            $$"""{"messages":[{"role":"user","content":"a"},{"role":"user","content":[{{Unsigned}}]}]}""",
            Apply(body, (root, edits) => AnthropicBodyEdits.CutForeignThinking(Encoding.UTF8.GetBytes(body), root, edits)));
    }

    [Fact]
    public void Any_mixture_stays_valid_JSON()
    {
        var blocks = new[] { Own, Foreign, Unsigned, Encrypted, Word };
        Gen.Int[0, 4].Array[0, 6].Array[1, 5].Sample(
            messages =>
            {
                var body = $$"""{"messages":[{{string.Join(" ,", messages.Select(message => $$"""{"role":"assistant","content":[{{string.Join(", ", message.Select(i => blocks[i]))}}]}"""))}}]}""";
                var cut = JsonDocument.Parse(Apply(body, (root, edits) => AnthropicBodyEdits.CutForeignThinking(Encoding.UTF8.GetBytes(body), root, edits))).RootElement;
                var expected = messages.Where(message => message.Length == 0 || message.Any(i => i is 0 or 4)).Select(message => message.Count(i => i is 0 or 4));
                Assert.Equal(expected, cut.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").GetArrayLength()));
            },
            iter: 2000);
    }

    private delegate void Edit(JsonValue root, EditList edits);

    private static string Apply(string json, Edit edit)
    {
        var body = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(body);
        var edits = new EditList();
        edit(new JsonValue(body, index.Tokens), edits);
        var result = new ArrayBufferWriter<byte>();
        var at = 0;
        foreach (var (offset, length, replacement) in edits.Edits)
        {
            result.Write(body.AsSpan(at, offset - at));
            result.Write(replacement.Span);
            at = offset + length;
        }
        result.Write(body.AsSpan(at));
        return Encoding.UTF8.GetString(result.WrittenSpan);
    }
}
