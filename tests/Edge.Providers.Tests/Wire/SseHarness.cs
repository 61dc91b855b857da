using System.Text;
using Edge.Providers.Wire;

namespace Edge.Providers.Tests.Wire;

/// <summary>Feeds a stream in pieces and checks, at every event, what must hold whatever the cuts are.</summary>
public static class SseHarness
{
    /// <summary>The events with data. Checks that the Raw of all blocks and the partial rest are the stream's exact bytes.</summary>
    public static List<SseBlock> Read(SseReader reader, byte[] stream, IEnumerable<int> cuts)
    {
        var events = new List<SseBlock>();
        var raw = new MemoryStream();
        var start = 0;
        foreach (var cut in cuts.Append(stream.Length))
        {
            // A piece of its own array, destroyed after use, shows any slice that outlives its piece.
            var piece = stream[start..cut];
            reader.Feed(piece);
            while (reader.TryRead(out var sse))
            {
                raw.Write(sse.Raw);
                if (sse.HasData) events.Add(new SseBlock(Encoding.Latin1.GetString(sse.Type), Encoding.Latin1.GetString(sse.Data), true));
                else Assert.True(sse.Data.IsEmpty);
            }
            Array.Fill(piece, (byte)'!');
            Assert.Equal(reader.Partial.Length, reader.PartialBytes);
            // Thousands of streams are open and idle between two events: they must hold nothing.
            if (reader.PartialBytes == 0) Assert.Equal(0, reader.HeldBytes);
            start = cut;
        }
        raw.Write(reader.Partial);
        Assert.Equal(stream, raw.ToArray());
        return events;
    }

    public static IEnumerable<int> EveryByte(byte[] stream) => Enumerable.Range(0, stream.Length);
}
