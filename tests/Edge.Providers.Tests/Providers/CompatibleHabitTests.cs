using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Tests.Dialects;

namespace Edge.Providers.Tests.Providers;

/// <summary>Where compatible providers depart from OpenAI, as their documentation shows it.</summary>
public class CompatibleHabitTests
{
    private static readonly Codec _codec = new(() => new OpenAiChatRequestEncoder(), () => new OpenAiChatResponseDecoder(), Framing.Sse);

    private static string Stream(params IEnumerable<string> chunks) => string.Concat(chunks.Append("[DONE]").Select(chunk => $"data: {chunk}\n\n"));

    // https://docs.mistral.ai/capabilities/reasoning
    [Fact]
    public void Mistrals_content_is_a_list_where_it_thinks()
    {
        var stream = Stream(
            """{"id":"i","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"So "},{"type":"text","text":"\"four\""}]}]},"finish_reason":null}]}""",
            """{"id":"i","model":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","closed":true,"thinking":[{"type":"tool_reference"}]},{"type":"text","text":"Fo"}]},"finish_reason":null}]}""",
            """{"id":"i","model":"m","choices":[{"index":0,"delta":{"content":"ur"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":6,"num_cached_tokens":4}}""");
        const string Whole = """{"id":"i","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"So \"four\""}]},{"type":"text","text":"Four"}]}}],"usage":{"prompt_tokens":10,"completion_tokens":6,"num_cached_tokens":4}}""";

        var recorder = _codec.Stream(stream);

        Assert.Equal(("Four", "So \"four\"", 4), (recorder["text:0"], recorder["thinking:0"], recorder.UsageTotals.CacheRead));
        Assert.Equal(_codec.Whole(Whole).Fold(), recorder.Fold());
        _codec.CheckCuts(stream);
    }

    [Fact]
    public void Calls_without_an_index_are_told_apart_by_their_ids()
    {
        var recorder = _codec.Stream(Stream(
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"a","function":{"arguments":":1}"}}]}}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"b","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"""));

        Assert.Equal(("f", "{\"x\":1}", "g", "{}", 2), (recorder["name:0:0"], recorder["args:0:0"], recorder["name:0:1"], recorder["args:0:1"], recorder.ToolCalls(0)));
    }

    [Fact]
    public void Calls_of_a_whole_answer_are_as_many_as_stand_there()
    {
        var recorder = _codec.Whole("""{"choices":[{"index":0,"message":{"tool_calls":[{"id":"","function":{"name":"f","arguments":"{}"}},{"id":"","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""");
        Assert.Equal((2, "f", "g"), (recorder.ToolCalls(0), recorder["name:0:0"], recorder["name:0:1"]));
    }

    [Theory]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1,"prompt_cache_hit_tokens":5}""", 5)]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1,"num_cached_tokens":5}""", 5)]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1,"cached_tokens":5}""", 5)]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1,"cached_tokens":5,"prompt_tokens_details":{"cached_tokens":6}}""", 6)]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":6},"num_cached_tokens":5}""", 6)]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1,"cached_tokens":null}""", -1)]
    public void Cached_tokens_by_their_several_names(string usage, long cached)
    {
        var recorder = _codec.Stream(Stream($$"""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{{usage}}}"""));
        Assert.Equal(new Usage { Input = 9, Output = 1, CacheRead = cached }, recorder.UsageTotals);
        Assert.Equal(recorder.UsageTotals, _codec.Whole($$"""{"choices":[],"usage":{{usage}}}""").UsageTotals);
    }

    [Fact]
    public void Groq_gets_nothing_that_it_answers_with_400()
    {
        var request = Requests.With("\"logprobs\":true,\"top_logprobs\":2,\"logit_bias\":{\"1\":1},\"user\":\"u\",\"max_tokens\":5", "m", """{"role":"user","name":"Ann","content":"Hi"}""");
        var (json, dropped, error) = _codec.Encode(request, new ChatEncodeOptions { Sheet = ProviderCatalog.Find("groq") });
        Assert.Null(error);
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":5,"user":"u"}""", json);
        Assert.Equal(["messages.name", "logit_bias", "logprobs", "top_logprobs"], dropped);
    }

    // https://docs.mistral.ai/capabilities/document_ai/document_qna
    [Theory]
    [InlineData("""{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}}""", """{"type":"document_url","document_url":"data:application/pdf;base64,AAAA","document_name":"a.pdf"}""")]
    [InlineData("""{"type":"file","file":{"file_data":"https://x/a.pdf"}}""", """{"type":"document_url","document_url":"https://x/a.pdf"}""")]
    [InlineData("""{"type":"document_url","document_url":"https://x/a.pdf","document_name":"n"}""", """{"type":"document_url","document_url":"https://x/a.pdf","document_name":"n"}""")]
    [InlineData("""{"type":"file","file_id":"2f0c"}""", """{"type":"file","file_id":"2f0c"}""")]
    [InlineData("""{"type":"image_url","image_url":"https://x/i.png"}""", """{"type":"image_url","image_url":{"url":"https://x/i.png"}}""")]
    public void Mistral_gets_documents_in_its_own_form(string part, string expected)
    {
        var (json, dropped, error) = _codec.Encode(Requests.With("", "m", $$"""{"role":"user","content":[{{part}}]}"""), new ChatEncodeOptions { Sheet = ProviderCatalog.Find("mistral") });

        Assert.Null(error);
        Assert.Empty(dropped!);
        Assert.Equal($$"""{"model":"m","messages":[{"role":"user","content":[{{expected}}]}]}""", json);
    }

    [Theory]
    [InlineData("""{"role":"assistant","reasoning_content":"h\"m","content":"a"}""")]
    [InlineData("""{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"h\"m"}]},{"type":"text","text":"a"}]}""")]
    public void Magistral_gets_its_reasoning_back(string assistant)
    {
        var (json, dropped, error) = _codec.Encode(Requests.With("", "magistral-medium-latest", $$"""{"role":"user","content":"x"},{{assistant}},{"role":"user","content":"y"}"""), new ChatEncodeOptions { Sheet = ProviderCatalog.Find("mistral") });

        Assert.Null(error);
        Assert.Empty(dropped!);
        Assert.Equal("""{"model":"magistral-medium-latest","messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"h\"m"}]},{"type":"text","text":"a"}]},{"role":"user","content":"y"}]}""", json);
    }

    [Fact]
    public void Mistral_gets_nothing_that_it_does_not_know()
    {
        var request = Requests.With("\"stream\":true,\"seed\":1,\"logprobs\":true,\"user\":\"u\",\"max_completion_tokens\":5", "m", """{"role":"user","name":"Ann","content":"Hi"}""");
        var (json, _, _) = _codec.Encode(request, new ChatEncodeOptions { Sheet = ProviderCatalog.Find("mistral") });
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hi"}],"random_seed":1,"max_tokens":5,"stream":true}""", json);
    }
}
