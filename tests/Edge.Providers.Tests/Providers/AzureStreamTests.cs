using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Providers;

/// <summary>What Azure's content filter adds to OpenAI's answers. https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming</summary>
public class AzureStreamTests
{
    private static readonly string[] _chunks =
    [
        """{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"gpt-4o-2024-11-20","choices":[{"index":0,"finish_reason":null,"delta":{"role":"assistant","content":""},"content_filter_results":{}}],"usage":null}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"gpt-4o-2024-11-20","choices":[{"index":0,"finish_reason":null,"delta":{"content":"Hi"},"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"usage":null}""",
        """{"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false}},"content_filter_offsets":{"check_offset":0,"start_offset":0,"end_offset":2}}],"usage":null}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"gpt-4o-2024-11-20","choices":[{"index":0,"finish_reason":"stop","delta":{},"content_filter_results":{}}],"usage":null}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"gpt-4o-2024-11-20","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""",
    ];

    private static byte[] Stream(params IEnumerable<string> chunks) => Encoding.UTF8.GetBytes(string.Concat(chunks.Append("[DONE]").Select(chunk => $"data: {chunk}\n\n")));

    [Fact]
    public void The_filters_chunks_are_neither_usage_nor_an_end()
    {
        var tap = new OpenAiChatTap();
        Assert.Equal([TapMarks.None, TapMarks.None, TapMarks.None, TapMarks.None, TapMarks.Finish, TapMarks.Usage | TapMarks.UsageOnly],
            _chunks.Select(chunk => tap.Look(default, Encoding.UTF8.GetBytes(chunk))));
    }

    [Fact]
    public void The_answer_is_what_the_model_said()
    {
        var recorder = Dialects.Wire.DecodeOpenAi(Stream(_chunks));
        Assert.Equal(("Hi", FinishReason.Stop, 1, 1, 3, 1), (recorder["text:0"], recorder.Finishes[0], recorder.Starts, recorder.Ends, recorder.UsageTotals.Input, recorder.UsageTotals.Output));
    }

    [Fact]
    public void The_head_is_that_of_the_first_chunk_that_has_one()
    {
        var recorder = Dialects.Wire.DecodeOpenAi(Stream(_chunks));
        Assert.Equal(("chatcmpl-1", "gpt-4o-2024-11-20"), (recorder.Id, recorder.Model));
    }

    [Fact]
    public void What_the_filter_cut_off_says_so()
    {
        var recorder = Dialects.Wire.DecodeOpenAi(Stream([.. _chunks[..3], _chunks[4].Replace("\"stop\"", "\"content_filter\"", StringComparison.Ordinal), _chunks[5]]));
        Assert.Equal(FinishReason.ContentFilter, recorder.Finishes[0]);
    }

    [Fact]
    public void A_refused_prompt_is_a_matter_of_policy()
    {
        var error = OpenAiErrors.FromResponse(400, """{"error":{"message":"The response was filtered.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"jailbreak":{"filtered":true,"detected":true}}}}}"""u8);
        Assert.Equal((ProviderErrorKind.ContentPolicy, ErrorSide.Client, "content_filter"), (error.Kind, error.Side, error.Code));
        Assert.Equal(ProviderErrorKind.ModelNotFound, OpenAiErrors.FromResponse(404, """{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"""u8).Kind);
        Assert.Equal((ProviderErrorKind.RateLimit, true), OpenAiErrors.FromResponse(429, """{"error":{"code":"429","message":"Requests have exceeded call rate limit."}}"""u8) is var limited ? (limited.Kind, limited.IsRetryable) : default);
        Assert.Equal(ProviderErrorKind.Authentication, OpenAiErrors.FromResponse(401, """{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}"""u8).Kind);
    }
}
