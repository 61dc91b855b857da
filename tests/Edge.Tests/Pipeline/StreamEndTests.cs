using System.Text;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Upstream;

namespace Edge.Tests.Pipeline;

/// <summary>Which ends of a stream are ends, for clients of each dialect.</summary>
public class StreamEndTests
{
    private const string Delta = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    private const string Finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Done = "data: [DONE]\n\n";

    public static TheoryData<string, string, string> Clients => new()
    {
        { "/v1/chat/completions", """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""", "[DONE]" },
        { "/v1/messages", """{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"x"}]}""", "message_stop" },
        { "/v1/responses", """{"model":"m","stream":true,"input":"x"}""", "response.incomplete" },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_stream_without_a_word_of_text_ends_as_the_provider_said(string path, string body, string end)
    {
        // All that Google sends for a prompt that its filter blocks.
        var kit = Gemini("data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":5,\"totalTokenCount\":5},\"responseId\":\"R\"}\n\n");

        var sent = await kit.SendAsync(body, transport => transport.Path = path);

        Assert.Equal(200, sent.StatusCode);
        Assert.Contains(end, sent.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("UPSTREAM_CUT", sent.WrittenText, StringComparison.Ordinal);
        Assert.Equal((Outcome.Completed, 5), (kit.TakeRecord() is var record ? record.Outcome : default, record.Usage.Input));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_stream_that_says_nothing_at_all_is_cut(string path, string body, string end)
    {
        var sent = await Gemini("data: {\"usageMetadata\":{\"promptTokenCount\":5}}\n\n").SendAsync(body, transport => transport.Path = path);

        Assert.Equal(502, sent.StatusCode);
        Assert.DoesNotContain(end, sent.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"\n\n")]
    [InlineData("data: {\"choices\":[{\n\n")]
    public async Task Half_an_event_ends_a_passing_stream_badly(string broken)
    {
        var sent = await new PipelineKit().Answer(() => CannedResponse.Events(Delta, broken, Finish, Done)).SendAsync(Clients.First().Data.Item2);

        Assert.StartsWith(Delta, sent.WrittenText, StringComparison.Ordinal);
        Assert.Contains("UPSTREAM_PROTOCOL_ERROR", sent.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", sent.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_mark_without_a_finish_reason_does_not_pass()
    {
        var sent = await new PipelineKit().Answer(() => CannedResponse.Events(Delta, Done)).SendAsync(Clients.First().Data.Item2);

        Assert.Contains("\"error\"", sent.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", sent.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_beside_usage_is_not_hidden_with_it()
    {
        const string Error = "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"},\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5,\"total_tokens\":8}}\n\n";

        var sent = await new PipelineKit().Answer(() => CannedResponse.Events(Delta, Error)).SendAsync(Clients.First().Data.Item2);

        Assert.Equal(Delta + Error, sent.WrittenText);
    }

    [Fact]
    public async Task A_translated_stream_that_breaks_off_ends_in_the_order_of_its_events()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("anthropic")).Answer(() => new CannedResponse(200, "text/event-stream",
        [
            Encoding.UTF8.GetBytes("data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"claude\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"),
            Encoding.UTF8.GetBytes("data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hi\"}}\n\n"),
        ], UpstreamFailure.Cut));

        var sent = await kit.SendAsync("""{"model":"m","stream":true,"input":"x"}""", transport => transport.Path = "/v1/responses");

        var numbers = sent.WrittenText.Split("\"sequence_number\":").Skip(1).Select(rest => int.Parse(rest[..rest.IndexOfAny([',', '}'])], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(0, numbers.Count), numbers);
        Assert.Contains("UPSTREAM_CUT", sent.WrittenText, StringComparison.Ordinal);
        Assert.Contains("response.failed", sent.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("response.completed", sent.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_to_come_again_is_read_from_the_error_itself()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("gemini")).Answer(() => CannedResponse.Json(
            """{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}}""", 429));

        var sent = await kit.SendAsync("""{"model":"m","messages":[{"role":"user","content":"x"}]}""");

        Assert.Equal((429, "35"), (sent.StatusCode, sent.ResponseHeaders.RetryAfter.ToString()));
        Assert.Contains("\"type\":\"rate_limit_error\"", sent.WrittenText, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"RESOURCE_EXHAUSTED\"", sent.WrittenText, StringComparison.Ordinal);
    }

    private static PipelineKit Gemini(string events) => new PipelineKit(sheet: ProviderCatalog.Find("gemini")).Answer(() => CannedResponse.Events(events));
}
