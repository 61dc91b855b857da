using System.Text;
using Edge.Providers.Tests.Wire;
using Edge.Providers.Wire;

namespace Edge.Fuzz;

public class SseFuzz
{
    private static readonly byte[][] _parts =
    [
        .. new[]
        {
            "data: x", "data:", "data", "data:  ", "event: t", "event", ": comment", ":", "id: 1", "retry: 5", "\n", "\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\uFEFF", "é", " ", "dat", "data: [DONE]",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a longer piece of text\"},\"finish_reason\":null}]}",
        }.Select(Encoding.UTF8.GetBytes),
        [0], [0x80], [0xEF], [0xEF, 0xBB], [0xFF, 0xFE],
    ];

    [Fact]
    public void Any_stream_in_any_pieces_gives_what_the_oracle_gives()
    {
        using var reader = new SseReader(1 << 20);
        Fuzzer.Run(10_000, seed =>
        {
            var random = new Random(seed);
            var stream = Enumerable.Range(0, random.Next(80)).SelectMany(_ => _parts[random.Next(_parts.Length)]).ToArray();
            var cuts = Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(stream.Length + 1)).Order().ToArray();
            reader.Reset();
            var events = SseHarness.Read(reader, stream, cuts);
            Assert.True(SseOracle.Events(stream).SequenceEqual(events), $"{Convert.ToBase64String(stream)} cut at {string.Join(',', cuts)}: {string.Join(", ", events)}");
        });
    }

    [Fact]
    public void A_limit_stops_at_the_first_event_that_is_too_long_wherever_the_cuts_are()
    {
        Fuzzer.Run(3_000, seed =>
        {
            var random = new Random(seed);
            var stream = Enumerable.Range(0, random.Next(40)).SelectMany(_ => _parts[random.Next(_parts.Length)]).ToArray();
            var limit = random.Next(1, 60);
            Assert.Equal(Events(stream.Length + 1), Events(1 + random.Next(30)));

            (int Events, bool Overflowed) Events(int pieceSize)
            {
                using var reader = new SseReader(limit);
                var events = 0;
                for (var at = 0; at < stream.Length; at += pieceSize)
                {
                    reader.Feed(stream.AsMemory(at, Math.Min(pieceSize, stream.Length - at)));
                    while (reader.TryRead(out var sse)) events += sse.HasData ? 1 : 0;
                    Assert.True(reader.PartialBytes <= limit);
                }
                return (events, reader.Overflowed);
            }
        });
    }
}
