using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Completions;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Completions;

public class CompletionsTests
{
    private static RequestError? Decode(string json, out ChatRequest request)
    {
        var body = Encoding.UTF8.GetBytes(json);
        request = new ChatRequest();
        using var index = Wire.Index(body);
        return CompletionsRequestDecoder.TryDecode(body, index.Tokens, request, out var error) ? null : error;
    }

    private static string With(string members) => $$"""{"model":"m","prompt":"P \"q\"\n"{{(members.Length > 0 ? "," : "")}}{{members}}}""";

    [Theory]
    [InlineData("", "\"max_tokens\":16", "")]
    [InlineData("\"max_tokens\":5,\"temperature\":0.5,\"top_p\":0.25,\"n\":2,\"stop\":[\"a\"],\"presence_penalty\":1,\"frequency_penalty\":-1,\"seed\":3,\"logit_bias\":{\"1\":2},\"user\":\"u\"", "\"temperature\":0.5,\"top_p\":0.25,\"presence_penalty\":1,\"frequency_penalty\":-1,\"seed\":3,\"n\":2,\"logit_bias\":{\"1\":2},\"stop\":[\"a\"],\"max_tokens\":5,\"user\":\"u\"", "")]
    [InlineData("\"suffix\":\"s\",\"echo\":true,\"logprobs\":0,\"best_of\":2,\"messages\":[],\"x\":1", "\"max_tokens\":16", "suffix,echo,logprobs,messages,x,best_of")]
    [InlineData("\"suffix\":null,\"echo\":false,\"logprobs\":null,\"best_of\":1,\"cache\":{}", "\"max_tokens\":16", "")]
    [InlineData("\"stream\":true", "\"max_tokens\":16,\"stream\":true,\"stream_options\":{\"include_usage\":true}", "")]
    public void A_prompt_is_what_the_user_says(string members, string expected, string dropped)
    {
        Assert.Null(Decode(With(members), out var request));
        var (output, names) = (new ByteBuffer(), new List<string>());
        Assert.True(new OpenAiChatRequestEncoder().TryEncode(request, new() { Sheet = ProviderCatalog.Find("openai_compatible") }, output, names, out _));
        Assert.Equal($$"""{"model":"m","messages":[{"role":"user","content":"P \"q\"\n"}],{{expected}}}""", Encoding.UTF8.GetString(output.Span));
        Assert.Equal(dropped, string.Join(',', names));
    }

    [Fact]
    public void A_prompt_in_an_array_counts()
    {
        Assert.Null(Decode("""{"prompt":["P"],"model":"m","stream_options":{"include_usage":true}}""", out var request));
        Assert.Equal("P", request.Text(request.PartsOf(request.Messages[0])[0].Text).ToString());
        Assert.True(request.IncludeUsage);
        Assert.Equal("prompt", request.PathOf(request.Messages[0], request.PartsOf(request.Messages[0])[0]));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "prompt")]
    [InlineData("""{"model":"m","prompt":""}""", "prompt")]
    [InlineData("""{"model":"m","prompt":null}""", "prompt")]
    [InlineData("""{"model":"m","prompt":[]}""", "prompt")]
    [InlineData("""{"model":"m","prompt":["a","b"]}""", "prompt")]
    [InlineData("""{"model":"m","prompt":[1,2]}""", "prompt")]
    [InlineData("""{"model":"m","prompt":[[1],[2]]}""", "prompt")]
    [InlineData("""{"model":"m","prompt":{}}""", "prompt")]
    [InlineData("""{"prompt":"P"}""", "model")]
    [InlineData("""{"model":"m","prompt":"P","max_tokens":0}""", "max_tokens")]
    [InlineData("""{"model":"m","prompt":"P","max_tokens":1e99}""", "max_tokens")]
    [InlineData("""{"model":"m","prompt":"P","logprobs":true}""", "logprobs")]
    [InlineData("""{"model":"m","prompt":"P","best_of":0}""", "best_of")]
    [InlineData("""{"model":"m","prompt":"P","echo":"x"}""", "echo")]
    [InlineData("""{"model":"m","prompt":"P","suffix":7}""", "suffix")]
    [InlineData("""{"model":"m","prompt":"P","temperature":3}""", "temperature")]
    [InlineData("[]", "")]
    public void What_makes_no_sense_is_refused_by_name(string json, string field) => Assert.Equal(field, Decode(json, out _)?.Field);

    private static readonly string[] _chunks =
    [
        """{"id":"chatcmpl-1","created":5,"model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"hm"}}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"A\n\"\ud83d"}},{"index":1,"delta":{"refusal":"no"}}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"\ude00"},"finish_reason":"length"},{"index":1,"delta":{},"finish_reason":"content_filter"}]}""",
        """{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""",
    ];

    private static string Encode(IChatEncoder encoder, IEnumerable<string> chunks, bool includeUsage = false)
    {
        var (decoder, output) = (new OpenAiChatResponseDecoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output with { IncludeUsage = includeUsage });
        Wire.Events((type, data) => decoder.Push(type, data, encoder), Encoding.UTF8.GetBytes(string.Concat(chunks.Select(chunk => $"data: {chunk}\n\n"))));
        return Encoding.UTF8.GetString(output.Span);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stream_of_text(bool includeUsage)
    {
        const string head = "data: {\"id\":\"cmpl-chatcmpl-1\",\"object\":\"text_completion\",\"created\":5,\"model\":\"gpt-x\",\"choices\":[";
        var tail = includeUsage ? ",\"usage\":null}\n\n" : "}\n\n";
        string[] choices =
        [
            """{"text":"A\n\"\ud83d","index":0,"logprobs":null,"finish_reason":null}""", """{"text":"no","index":1,"logprobs":null,"finish_reason":null}""",
            """{"text":"\ude00","index":0,"logprobs":null,"finish_reason":null}""", """{"text":"","index":0,"logprobs":null,"finish_reason":"length"}""",
            """{"text":"","index":1,"logprobs":null,"finish_reason":"content_filter"}""",
        ];
        var expected = string.Concat(choices.Select(choice => head + choice + "]" + tail))
            + (includeUsage ? head + "],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}\n\n" : "") + "data: [DONE]\n\n";
        Assert.Equal(expected, Encode(new CompletionsStreamEncoder(), [.. _chunks, "[DONE]"], includeUsage));
    }

    [Fact]
    public void A_whole_answer_of_text()
    {
        var encoder = new CompletionsEncoder();
        Assert.Equal(
            """{"id":"cmpl-chatcmpl-1","object":"text_completion","created":5,"model":"gpt-x","choices":[{"text":"A\n\"\ud83d\ude00","index":0,"logprobs":null,"finish_reason":"length"},{"text":"no","index":1,"logprobs":null,"finish_reason":"content_filter"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""",
            Encode(encoder, [.. _chunks, "[DONE]"]));
        Assert.Equal(
            """{"id":"cmpl-fallback","object":"text_completion","created":1700000000,"model":"model","choices":[{"text":"","index":0,"logprobs":null,"finish_reason":null}]}""",
            Encode(encoder, ["[DONE]"]));
    }

    [Fact]
    public void An_error_ends_the_stream_without_its_end_mark_and_leaves_no_whole_answer()
    {
        string[] chunks = [.. _chunks[..2], """{"error":{"message":"m","type":"t"}}""", "[DONE]"];
        Assert.EndsWith("data: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}}\n\n", Encode(new CompletionsStreamEncoder(), chunks), StringComparison.Ordinal);
        var encoder = new CompletionsEncoder();
        Assert.Equal("", Encode(encoder, chunks));
        Assert.Equal((false, "m"), (encoder.IsWritten, encoder.Failure?.Message));
    }

    [Fact]
    public void A_text_delta_allocates_nothing()
    {
        var (decoder, encoder, output) = (new OpenAiChatResponseDecoder(), new CompletionsStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        var chunk = Encoding.UTF8.GetBytes(_chunks[1]);
        Push(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                decoder.Push(default, chunk, encoder);
            }
        }
    }

    [Fact]
    public void Recorded_completions_are_taken_and_tapped()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/recorded/openai_other.jsonl"))
        {
            var response = record.GetProperty("response");
            if (record.GetProperty("api").GetString() != "completions" || response.GetProperty("status").GetInt32() != 200) continue;
            count++;
            var tap = new OpenAiChatTap();
            var request = record.GetProperty("request").GetProperty("body");
            var isOne = request.GetProperty("prompt").ValueKind == JsonValueKind.String;
            Assert.Equal(isOne ? null : "prompt", Decode(request.GetRawText(), out _)?.Field);
            if (response.TryGetProperty("text", out var text))
            {
                var marks = TapMarks.None;
                Wire.Events((type, data) => marks |= tap.Look(type, data), Encoding.UTF8.GetBytes(text.GetString()!));
                Assert.True(marks.HasFlag(TapMarks.Done | TapMarks.Finish));
                continue;
            }
            tap.Whole(Encoding.UTF8.GetBytes(response.GetProperty("body").GetRawText()));
            var usage = response.GetProperty("body").GetProperty("usage");
            Assert.Equal((usage.GetProperty("prompt_tokens").GetInt64(), usage.GetProperty("completion_tokens").GetInt64()), (tap.Usage.Input, tap.Usage.Output));
            Assert.NotEqual(FinishReason.None, tap.Finish);
        }
        Assert.True(count >= 3, $"{count}");
    }
}
