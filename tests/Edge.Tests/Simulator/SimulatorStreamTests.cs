using System.Text;
using System.Text.Json;
using Edge.Upstream;

namespace Edge.Tests.Simulator;

public class SimulatorStreamTests
{
    private readonly SimulatorBench _bench = new();

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("\"n\":3", true)]
    [InlineData("\"max_tokens\":3", true)]
    [InlineData("\"stop\":\"a\"", false)]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", true)]
    public void Stream_and_whole_say_the_same(string fields, bool usage)
    {
        foreach (var model in new[] { "echo", "lorem", "simulator" })
        {
            var text = "It was a dark \"and\" stormy night;\nGr\u00fc\u00dfe \U0001F600 incomprehensibilities";
            var rest = fields.Length > 0 ? "," + fields : "";
            var whole = _bench.Json(SimulatorBench.Chat(text, "\"stream\":false" + rest, model));
            var options = usage ? ",\"stream_options\":{\"include_usage\":true}" : "";
            var chunks = _bench.Chunks(SimulatorBench.Chat(text, "\"stream\":true" + options + rest, model));

            Assert.All(chunks, c => Assert.Equal("chat.completion.chunk", c.GetProperty("object").GetString()));
            Assert.Single(chunks.Select(c => c.GetProperty("id").GetString()).Distinct());
            foreach (var choice in whole.GetProperty("choices").EnumerateArray())
            {
                var index = choice.GetProperty("index").GetInt32();
                Assert.Equal(choice.GetProperty("message").GetProperty("content").GetString(), SimulatorBench.Joined(chunks, index));
                var own = chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()).Where(c => c.GetProperty("index").GetInt32() == index).ToArray();
                Assert.Equal("assistant", own[0].GetProperty("delta").GetProperty("role").GetString());
                Assert.All(own[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("finish_reason").ValueKind));
                Assert.Equal(choice.GetProperty("finish_reason").GetString(), own[^1].GetProperty("finish_reason").GetString());
                Assert.Empty(own[^1].GetProperty("delta").EnumerateObject());
            }
            if (usage)
            {
                Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
                Assert.Equal(whole.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
                Assert.All(chunks[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("usage").ValueKind));
            }
            else
            {
                Assert.All(chunks, c => Assert.False(c.TryGetProperty("usage", out _)));
                Assert.All(chunks, c => Assert.NotEqual(0, c.GetProperty("choices").GetArrayLength()));
            }
        }
    }

    [Fact]
    public void A_piece_is_an_event_and_an_event_is_a_chunk_of_tokens()
    {
        foreach (var (tokens, events) in new[] { (1, 10 + 3), (3, 4 + 3), (10, 1 + 3), (100, 1 + 3) })
        {
            var bench = new SimulatorBench(new() { ChunkTokens = tokens });
            using var response = bench.Send(SimulatorBench.Chat("x", "\"stream\":true,\"max_tokens\":10", "lorem"));
            Assert.True(response.TryGetHeader("content-type"u8, out var type));
            Assert.Equal("text/event-stream; charset=utf-8", Encoding.ASCII.GetString(type));
            Assert.Null(response.ContentLength);
            Assert.Equal(events, SimulatorBench.Drain(response).Pieces);
        }
    }

    [Fact]
    public void An_empty_reply_streams_role_finish_and_done()
    {
        var chunks = _bench.Chunks(SimulatorBench.Chat("", "\"stream\":true", "echo"));
        Assert.Equal(2, chunks.Length);
        Assert.Equal("stop", chunks[1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public void Half_a_surrogate_pair_streams_as_it_came()
    {
        var body = """{"model":"echo","stream":true,"messages":[{"role":"user","content":"a\ud83d b\ude00 \ud83d\ude00"}]}""";
        var texts = SimulatorBench.Events(_bench.Text(body)).Where(e => e.Contains("{\"content\":\"", StringComparison.Ordinal))
            .Select(e => e.Split("{\"content\":\"")[1].Split("\"},")[0]);
        Assert.Equal("""a\ud83d b\ude00 \ud83d\ude00""", string.Concat(texts));
    }

    [Fact]
    public void A_stream_without_delays_allocates_nothing_per_chunk()
    {
        static long Cost(SimulatorBench bench, int tokens)
        {
            using var response = bench.Send(SimulatorBench.Chat("x", $"\"stream\":true,\"max_tokens\":{tokens}", "lorem"));
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (response.TryRead(out var read) && read.Kind == UpstreamReadKind.Data)
            {
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Cost(_bench, 100);
        Assert.Equal(Cost(_bench, 100), Cost(_bench, 5000));
        Assert.Equal(0, _bench.Time.Created);
    }
}
