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

    [Fact]
    public void Mistral_gets_nothing_that_it_does_not_know()
    {
        var request = Requests.With("\"stream\":true,\"seed\":1,\"logprobs\":true,\"user\":\"u\",\"max_completion_tokens\":5", "m", """{"role":"user","name":"Ann","content":"Hi"}""");
        var (json, _, _) = _codec.Encode(request, new ChatEncodeOptions { Sheet = ProviderCatalog.Find("mistral") });
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hi"}],"random_seed":1,"max_tokens":5,"stream":true}""", json);
    }
}
