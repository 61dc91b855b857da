using System.Text;
using Edge.Storage.Journal;

namespace Edge.Tests.Storage.Journal;

public sealed class JournalRecoveryTests : IDisposable
{
    private const int Header = JournalFormat.HeaderBytes;
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tail_torn_at_any_byte_is_cut_and_reported_and_its_place_given_anew()
    {
        await _folder.WriteAsync("first", "second", "the third one");
        var whole = File.ReadAllBytes(_folder.Segment(1));
        var start = Header + 16 + 5 + 16 + 6;
        for (var length = start; length < whole.Length; length++)
        {
            Renew(whole[..length]);
            var live = _folder.Read();
            Assert.Equal(length == start ? ["1:first", "2:second"] : ["1:first", "2:second", $"~{length - start}"], live);
            await using (var journal = _folder.Open())
            {
                Assert.Equal(2, journal.Recovery.Last);
                Assert.Equal(length - start, journal.Recovery.TornBytes);
                Assert.Equal(length == start ? 0 : 1, journal.Recovery.TornSegment);
                Assert.Equal(3, journal.Append("again"u8).Position);
                if (length > start) Assert.Equal(whole[start..length], File.ReadAllBytes(journal.Recovery.TornFile!));
            }
            Assert.Equal(["1:first", "2:second", "3:again"], _folder.Read());
        }
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_the_last_record_costs_that_record_alone_and_is_reported()
    {
        await _folder.WriteAsync("first", "second", "the third one");
        var whole = File.ReadAllBytes(_folder.Segment(1));
        var start = Header + 16 + 5 + 16 + 6;
        for (var at = start; at < whole.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                Renew(Flip(whole, at, bit));
                await using (var journal = _folder.Open())
                {
                    Assert.Equal((2, whole.Length - start), (journal.Recovery.Last, journal.Recovery.TornBytes));
                    Assert.Equal(3, journal.Append("again"u8).Position);
                }
                Assert.Equal(["1:first", "2:second", "3:again"], _folder.Read());
            }
        }
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_the_middle_is_reported_with_its_place_and_kept_for_a_look()
    {
        await _folder.WriteAsync("first", "second", "the third one");
        var whole = File.ReadAllBytes(_folder.Segment(1));
        int start = Header + 16 + 5, end = start + 16 + 6;
        for (var at = start; at < end; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var broken = Flip(whole, at, bit);
                Renew(broken);
                string[] expected = ["1:first", $"!1@{start}+{end - start} 2->3", "3:the third one"];
                Assert.Equal(expected, _folder.Read());
                await using (var journal = _folder.Open())
                {
                    Assert.Equal([new JournalDamage(1, start, end - start, 2, 3)], journal.Recovery.Damages);
                    Assert.Equal(broken[start..end], File.ReadAllBytes(Path.ChangeExtension(_folder.Segment(1), $"damaged-{start}")));
                    Assert.Equal(4, journal.Append("fourth"u8).Position);
                }
                // The file with the damage is left as it was; what is new stands in another.
                Assert.Equal(broken, File.ReadAllBytes(_folder.Segment(1)));
                Assert.Equal([.. expected, "4:fourth"], _folder.Read());
            }
        }
    }

    [Fact]
    public async Task A_flipped_bit_in_an_older_segment_is_found_when_it_is_read()
    {
        await _folder.WriteSegmentsAsync("first", "second", "third");
        var whole = File.ReadAllBytes(_folder.Segment(2));
        for (var at = 0; at < whole.Length; at++)
        {
            File.WriteAllBytes(_folder.Segment(2), Flip(whole, at, at % 8));
            var read = _folder.Read();
            Assert.Equal("1:first", read[0]);
            Assert.Equal("3:third", read[^1]);
            // In the header, the record behind it is whole and still found.
            Assert.Contains(read, line => line.StartsWith("!2@", StringComparison.Ordinal));
            Assert.Equal(at < Header, read.Contains("2:second"));
        }
    }

    [Fact]
    public async Task A_segment_whose_header_was_never_finished_is_cleared_away()
    {
        await _folder.WriteSegmentsAsync("first", "second");
        var whole = File.ReadAllBytes(_folder.Segment(2));
        for (var length = 0; length < Header; length++)
        {
            Renew(whole[..length], segment: 2);
            await using (var journal = _folder.Open())
            {
                Assert.Equal(1, journal.Recovery.Last);
                Assert.Equal(2, journal.Append("again"u8).Position);
            }
            Assert.Equal(["1:first", "2:again"], _folder.Read());
        }
    }

    [Fact]
    public async Task A_missing_segment_is_a_gap_with_its_borders()
    {
        await _folder.WriteSegmentsAsync("first", "second", "third", "fourth");
        File.Delete(_folder.Segment(2));
        File.Delete(_folder.Segment(3));
        Assert.Equal(["1:first", "!1@53+0 2->4", "4:fourth"], _folder.Read());
        // What was deleted from the front is no gap.
        File.Delete(_folder.Segment(1));
        Assert.Equal(["4:fourth"], _folder.Read());
    }

    [Fact]
    public async Task Whole_records_in_the_wrong_place_are_reported()
    {
        await _folder.WriteAsync("aaaa", "bbbb", "cccc", "dddd");
        var whole = File.ReadAllBytes(_folder.Segment(1));
        var size = 16 + 4;
        Span<byte> a = whole.AsSpan(Header, size), b = whole.AsSpan(Header + size, size), c = whole.AsSpan(Header + (2 * size), size), d = whole.AsSpan(Header + (3 * size), size);
        Renew([.. whole[..Header], .. a, .. c, .. d]);
        Assert.Equal(["1:aaaa", "!1@52+0 2->3", "3:cccc", "4:dddd"], _folder.Read());
        Renew([.. whole[..Header], .. a, .. c, .. b, .. d]);
        var read = _folder.Read();
        Assert.Equal(["1:aaaa", "!1@52+0 2->3", "3:cccc", "!1@72+0 4->2", "!1@92+0 3->4", "4:dddd"], read);
    }

    [Fact]
    public async Task A_batch_that_was_written_twice_because_the_disk_failed_between_is_read_once()
    {
        // The first segment ends with a batch (3, 4) whose fsync failed, the last record of it torn; the next segment begins with the same batch.
        await _folder.WriteAsync("one", "two", "three", "four");
        var first = File.ReadAllBytes(_folder.Segment(1));
        var second = new byte[Header];
        JournalFormat.WriteHeader(second, 3, 0);
        var batch = first[(Header + 16 + 3 + 16 + 3)..];
        File.WriteAllBytes(_folder.Segment(1), first[..^2]);
        File.WriteAllBytes(_folder.Segment(2), [.. second, .. batch]);
        Assert.Equal(["1:one", "2:two", "3:three", "4:four"], _folder.Read());
        await using var journal = _folder.Open();
        Assert.True(journal.Recovery.IsClean);
        Assert.Equal(5, journal.Append("five"u8).Position);
    }

    [Fact]
    public async Task Zeros_and_noise_behind_the_end_are_a_torn_tail()
    {
        await _folder.WriteAsync("one");
        var whole = File.ReadAllBytes(_folder.Segment(1));
        foreach (var noise in new[] { new byte[5000], Encoding.UTF8.GetBytes(new string('x', 5000)), Enumerable.Repeat((byte)255, 70).ToArray() })
        {
            Renew([.. whole, .. noise]);
            await using (var journal = _folder.Open())
            {
                Assert.Equal(noise.Length, journal.Recovery.TornBytes);
                journal.Append("two"u8);
            }
            Assert.Equal(["1:one", "2:two"], _folder.Read());
        }
    }

    private void Renew(byte[] content, int segment = 1)
    {
        foreach (var path in Directory.GetFiles(_folder.Path))
        {
            if (!path.EndsWith(".journal", StringComparison.Ordinal) || string.CompareOrdinal(path, _folder.Segment(segment)) >= 0) File.Delete(path);
        }
        File.WriteAllBytes(_folder.Segment(segment), content);
    }

    private static byte[] Flip(byte[] bytes, int at, int bit)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[at] ^= (byte)(1 << bit);
        return flipped;
    }
}
