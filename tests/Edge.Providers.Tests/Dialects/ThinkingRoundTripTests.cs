using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects;

/// <summary>Thinking that an Anthropic model gave goes to an OpenAI client and comes back on the next turn.</summary>
public class ThinkingRoundTripTests
{
    // An emoji whose halves come in two deltas, a block without visible text, and what must be escaped.
    private static readonly string _stream = Wire.AnthropicStream(
        Goldens.Find("text").Events[0],
        Start(0, """{"type":"thinking","thinking":"","signature":""}"""),
        Thinking(0, """One \"1\"\n\ud83d"""), Thinking(0, """\ude00"""), Signature(0, "c2ln+/=1"),
        """{"type":"content_block_stop","index":0}""",
        Start(1, """{"type":"redacted_thinking","data":"ZW5j"}"""),
        """{"type":"content_block_stop","index":1}""",
        Start(2, """{"type":"thinking","thinking":"","signature":""}"""),
        Thinking(2, "Two"), Signature(2, "c2lnMg=="),
        """{"type":"content_block_stop","index":2}""",
        Start(3, """{"type":"thinking","thinking":"","signature":""}"""),
        Signature(3, "c2lnMw=="),
        """{"type":"content_block_stop","index":3}""",
        Start(4, """{"type":"text","text":"Done."}"""),
        """{"type":"content_block_stop","index":4}""",
        """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}""",
        """{"type":"message_stop"}""");

    private const string Blocks =
        """
        {"type":"thinking","thinking":"One \"1\"\n\ud83d\ude00","signature":"c2ln+/=1"},{"type":"redacted_thinking","data":"ZW5j"},{"type":"thinking","thinking":"Two","signature":"c2lnMg=="},{"type":"thinking","thinking":"","signature":"c2lnMw=="},{"type":"text","text":"Done."}
        """;

    [Fact]
    public void Streamed_blocks_that_a_client_appends_come_back_exactly()
    {
        var blocks = new JsonArray();
        var (text, reasoning) = (new StringBuilder(), new StringBuilder());
        foreach (var chunk in Facts.Data(Wire.AnthropicToOpenAi(_stream)))
        {
            var delta = chunk.GetProperty("choices")[0].GetProperty("delta");
            if (delta.TryGetProperty("content", out var content)) text.Append(content.GetString());
            if (delta.TryGetProperty("reasoning_content", out var more)) reasoning.Append(Raw(more));
            if (!delta.TryGetProperty("thinking_blocks", out var added)) continue;
            foreach (var block in added.EnumerateArray())
            {
                Assert.Equal(blocks.Count, block.GetProperty("index").GetInt32());
                blocks.Add(JsonNode.Parse(block.GetRawText()));
            }
        }

        Assert.Equal("""One \"1\"\n\ud83d\ude00Two""", reasoning.ToString());
        AssertSentBack($$"""{"role":"assistant","content":"{{text}}","reasoning_content":"{{reasoning}}","thinking_blocks":{{blocks.ToJsonString()}}}""");
    }

    [Fact]
    public void The_message_of_a_whole_answer_comes_back_exactly() =>
        AssertSentBack(JsonDocument.Parse(Wire.AnthropicToOpenAiWhole(_stream)).RootElement.GetProperty("choices")[0].GetProperty("message").GetRawText());

    [Fact]
    public void A_signature_does_not_take_the_text_of_a_block_that_was_never_signed()
    {
        var (encoder, whole, output, folded) = (new OpenAiChatStreamEncoder(), new OpenAiChatResponseEncoder(), new ByteBuffer(), new ByteBuffer());
        // Twice, because an encoder that is used again must not keep the first run's text or count.
        for (var run = 0; run < 2; run++)
        {
            output.Clear();
            folded.Clear();
            encoder.Begin(output, Wire.Output);
            whole.Begin(folded, Wire.Output);
            Push(encoder);
            Push(whole);
        }

        Assert.Contains("""[{"index":0,"type":"thinking","thinking":"b","signature":"s"}]""", Encoding.UTF8.GetString(output.Span), StringComparison.Ordinal);
        Assert.Contains("""[{"index":0,"type":"thinking","thinking":"b","signature":"s"}]""", Encoding.UTF8.GetString(folded.Span), StringComparison.Ordinal);

        static void Push(Chat.IChatEventSink sink)
        {
            sink.Start(default);
            sink.Thinking(0, JsonText.Plain("a"u8));
            sink.Thinking(1, JsonText.Plain("of another choice"u8));
            sink.Text(0, JsonText.Plain("t"u8));
            sink.Thinking(0, JsonText.Plain("b"u8));
            sink.ThinkingSignature(0, JsonText.Plain("s"u8));
            sink.Thinking(0, JsonText.Plain("left open"u8));
            sink.End();
        }
    }

    [Fact]
    public void A_stream_of_thinking_allocates_nothing_once_its_buffers_are_there()
    {
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        Run(10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);

        // The head of a stream is made anew each time; what counts is that blocks add nothing.
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                encoder.Begin(output, Wire.Output);
                encoder.Thinking(0, JsonText.Plain("think \"hard\""u8));
                encoder.ThinkingSignature(0, JsonText.Plain("sig"u8));
                encoder.RedactedThinking(0, JsonText.Plain("enc"u8));
            }
        }
    }

    private static void AssertSentBack(string message)
    {
        var (json, dropped, error) = Requests.ToAnthropic(Requests.WithMessages("""{"role":"user","content":"Hi"}""", message, """{"role":"user","content":"Go on"}"""));

        Assert.Null(error);
        Assert.Empty(dropped);
        Assert.Equal(Wire.Compact($"[{Blocks}]"), Wire.Compact(JsonDocument.Parse(json).RootElement.GetProperty("messages")[1].GetProperty("content").GetRawText()));
    }

    private static string Start(int index, string block) => $$"""{"type":"content_block_start","index":{{index}},"content_block":{{block}}}""";

    private static string Thinking(int index, string text) =>
        $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"thinking_delta","thinking":"{{{text}}}"}}""";

    private static string Signature(int index, string signature) =>
        $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"signature_delta","signature":"{{{signature}}}"}}""";

    private static string Raw(JsonElement text) => text.GetRawText()[1..^1];
}
