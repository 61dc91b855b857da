using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.TestSupport;
using static Edge.Providers.Tests.Dialects.Anthropic.Messages;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class TokenEstimateTests
{
    [Theory]
    [InlineData("abcdefgh", 2)]
    [InlineData("привет", 3)]
    [InlineData("你好世界", 4)]
    [InlineData("😀", 2)]
    [InlineData("", 0)]
    public void Text_counts_by_script_however_it_is_escaped(string text, long tokens)
    {
        var escaped = string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"));

        Assert.Equal(4 + Math.Max(tokens, 0), TokenEstimate.Of(Decoded(With("", $$"""{"role":"user","content":"{{text}}"}"""))));
        Assert.Equal(4 + Math.Max(tokens, 0), TokenEstimate.Of(Decoded(With("", $$"""{"role":"user","content":"{{escaped}}"}"""))));
    }

    public static TheoryData<string, byte[], long> Pictures => new()
    {
        { "png", [0x89, .. "PNG\r\n\x1a\n"u8, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 3, 0xE8, 0, 0, 1, 0xF4, 8, 6, 0], 1000 * 500 / 750 },
        { "gif", [.. "GIF89a"u8, 100, 0, 50, 0, 0, 0, 0], 100 * 50 / 750 },
        { "webp", [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0x63, 0, 0, 0x31, 0, 0], 100 * 50 / 750 },
        { "jpeg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 17, 8, 0x01, 0xF4, 0x03, 0xE8, 3, 1, 1, 1], 1000 * 500 / 750 },
        { "huge", [0x89, .. "PNG\r\n\x1a\n"u8, 0, 0, 0, 13, .. "IHDR"u8, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 8, 6, 0], 1568 },
        { "cut", [0x89, .. "PNG"u8], 1568 },
        { "a JPEG that ends in its metadata", [0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6], 1568 },
        { "nothing known", [1, 2, 3], 1568 },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Pictures_count_by_the_size_in_their_header(string name, byte[] file, long tokens)
    {
        var data = Convert.ToBase64String(file).Replace("/", "\\/", StringComparison.Ordinal);
        var message = $$$"""{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{data}}}"}}]}""";

        Assert.True(TokenEstimate.Of(Decoded(With("", message))) == 4 + tokens, name);
    }

    [Fact]
    public void Everything_that_is_sent_counts_and_old_thinking_does_not()
    {
        var bare = TokenEstimate.Of(Decoded(With("")));
        foreach (var more in new[]
        {
            "\"system\":\"12345678\"", "\"tools\":[{\"name\":\"f\",\"description\":\"12345678\",\"input_schema\":{}}]",
            "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}",
        })
        {
            Assert.True(TokenEstimate.Of(Decoded(With(more))) > bare, more);
        }

        const string Thought = """{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"thinking","thinking":"1234567812345678","signature":"s"},{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]}""";
        var current = TokenEstimate.Of(Decoded(With("", Thought)));
        var old = TokenEstimate.Of(Decoded(With("", Thought + """,{"role":"user","content":"X"}""")));
        Assert.True(old < current + 4 + 1, $"{old} {current}");
        Assert.True(TokenEstimate.Of(Decoded(With("", """{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}]}"""))) >= 2250);
    }

    [Fact]
    public void It_is_near_what_the_provider_counted()
    {
        var (estimated, counted, requests) = (0L, 0L, 0);
        foreach (var record in SharedData.Lines("wire/recorded/anthropic.jsonl"))
        {
            var body = record.GetProperty("request").GetProperty("body");
            var response = record.GetProperty("response");
            if (response.GetProperty("status").GetInt32() != 200 || body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("messages", out _)) continue;
            // What Anthropic's own tools put into the prompt is not in the request.
            var text = body.GetRawText();
            if (text.Contains("_20", StringComparison.Ordinal) || text.Contains("server_tool", StringComparison.Ordinal) || text.Contains("\"url\"", StringComparison.Ordinal) || text.Contains("file_id", StringComparison.Ordinal)) continue;
            if (!response.TryGetProperty("body", out var answer) || answer.ValueKind != JsonValueKind.Object) continue;
            var usage = answer.TryGetProperty("usage", out var given) ? given : answer;
            var input = usage.GetProperty("input_tokens").GetInt64();
            foreach (var cached in (string[])["cache_creation_input_tokens", "cache_read_input_tokens"]) input += usage.TryGetProperty(cached, out var more) ? more.GetInt64() : 0;
            var bytes = Encoding.UTF8.GetBytes(text);
            using var index = Wire.Index(bytes);
            var request = new ChatRequest();
            Assert.True(AnthropicRequestDecoder.TryDecodeForCount(bytes, index.Tokens, request, out var error), $"{error}");
            // Its prompt for the use of tools, which other providers do not have.
            if (request.Tools.Length > 0) input -= request.ToolChoice.Mode == ToolChoiceMode.Required ? 313 : 346;
            (estimated, counted, requests) = (estimated + TokenEstimate.Of(request), counted + input, requests + 1);
        }
        Assert.True(requests > 30 && estimated > counted * 0.7 && estimated < counted * 1.3, $"{estimated} for {counted} in {requests} requests");
    }
}
