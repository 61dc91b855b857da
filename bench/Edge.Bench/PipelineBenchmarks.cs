using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Pipeline;

namespace Edge.Bench;

/// <summary>
/// A whole request through the pipeline without a socket: the request in memory, the provider's answer in memory. What is left is the gateway's own work: auth (no keys), body, index,
/// fields, route, splice or translation, tap, answer, record. Streams: 50 text events.
/// </summary>
[BenchmarkCategory("pipeline")]
public class PipelineBenchmarks
{
    private const int Events = 50;

    private Func<Task> _run = null!;

    [Params("json", "stream", "translated json", "translated stream", "guarded json", "guarded stream")]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _run = Operation(Case);

    [Benchmark]
    public Task Request() => _run();

    /// <summary>One request of the named kind on a connection that is reused.</summary>
    internal static Func<Task> Operation(string name)
    {
        var streamed = name.EndsWith("stream", StringComparison.Ordinal);
        var translated = name.StartsWith("translated", StringComparison.Ordinal);
        var answer = (translated, streamed) switch
        {
            (false, false) => CannedResponse.Json(OpenAiAnswer),
            (false, true) => CannedResponse.Events(OpenAiEvents()),
            (true, false) => CannedResponse.Json(AnthropicAnswer),
            _ => CannedResponse.Events(AnthropicEvents()),
        };
        // Requests searched for everything, answers for content.
        var guard = GuardBenchmarks.Everything with { Policy = GuardBenchmarks.Everything.Policy with { Content = new() { Action = VerdictAction.Block } } };
        var config = new EdgeConfig { Guard = name.StartsWith("guarded", StringComparison.Ordinal) ? guard : new() };
        var kit = new PipelineKit(translated ? Dialect.Anthropic : Dialect.OpenAi, config) { KeepSent = false }.Answer(() => answer.Rewind());
        var body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Bodies.Chat1K).Replace("\"stream\":true", streamed ? "\"stream\":true" : "\"stream\":false", StringComparison.Ordinal));
        var transport = new NullTransport();
        var records = new CompletedRequest[1];
        return async () =>
        {
            await transport.Begin(body).RunAsync(kit.Pipeline);
            kit.Completed.Take(records);
            if (transport.StatusCode != 200) throw new InvalidOperationException(transport.WrittenText);
        };
    }

    internal const string OpenAiAnswer =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"The committee chose the second plan because it costs less. The minutes do not say what that means, and nobody asked.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":212,"completion_tokens":27,"total_tokens":239,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}""";

    private const string AnthropicAnswer =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-3-5-haiku","content":[{"type":"text","text":"The committee chose the second plan because it costs less. The minutes do not say what that means, and nobody asked."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":212,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":27}}""";

    private static IEnumerable<string> OpenAiEvents()
    {
        const string Head = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-4o-mini\",\"system_fingerprint\":\"fp_1\",\"choices\":[";
        for (var i = 0; i < Events; i++) yield return Head + "{\"index\":0,\"delta\":{\"content\":\" committee\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";
        yield return Head + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
        yield return Head + "],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":50,\"total_tokens\":262}}\n\n";
        yield return "data: [DONE]\n\n";
    }

    private static IEnumerable<string> AnthropicEvents()
    {
        yield return Event("message_start", "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-3-5-haiku\",\"content\":[],\"usage\":{\"input_tokens\":212,\"output_tokens\":1}}");
        yield return Event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
        for (var i = 0; i < Events; i++) yield return Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" committee\"}");
        yield return Event("content_block_stop", "\"index\":0");
        yield return Event("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":50}");
        yield return "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";
}
