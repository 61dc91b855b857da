using System.Text;
using Edge.Storage.Journal;
using Edge.TestSupport;

namespace Edge.Tests.Storage.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_appended_is_read_in_order_and_positions_go_on_after_a_restart()
    {
        await _folder.WriteAsync("one", "two");
        await _folder.WriteAsync("three");
        Assert.Equal(["1:one", "2:two", "3:three"], _folder.Read());
        Assert.Equal(["3:three"], _folder.Read(from: 3));
        Assert.Empty(_folder.Read(from: 4));
        await using var journal = _folder.Open();
        Assert.Equal(3, journal.Last);
        Assert.Equal(3, journal.Durable);
        Assert.True(journal.Recovery.IsClean);
    }

    [Fact]
    public async Task A_flush_confirms_everything_before_its_record()
    {
        await using var journal = _folder.Open(_folder.Options with { MaxDelay = TimeSpan.FromHours(1) });
        journal.Append("one"u8);
        var second = journal.Append("two"u8);
        Assert.Equal(JournalFault.None, await Patience.For(journal.FlushedAsync(second.Position).AsTask(), "a flush"));
        Assert.Equal(2, journal.Durable);
        Assert.Equal(["1:one", "2:two"], _folder.Read());
        Assert.Equal(JournalFault.None, await journal.FlushedAsync(1));
    }

    [Fact]
    public async Task Many_waiters_share_flushes()
    {
        await using var journal = _folder.Open(_folder.Options with { MaxDelay = TimeSpan.FromHours(1) });
        var waiting = Enumerable.Range(0, 2000).Select(async i =>
        {
            await Task.Yield();
            var at = journal.Append(BitConverter.GetBytes(i));
            Assert.True(at.IsTaken);
            Assert.Equal(JournalFault.None, await journal.FlushedAsync(at.Position));
            Assert.True(journal.Durable >= at.Position);
        });
        await Patience.For(Task.WhenAll(waiting), "2000 flushes");
        Assert.InRange(journal.Flushes, 1, 1999);
        Assert.Equal(2000, _folder.Read().Count);
    }

    [Fact]
    public async Task Nobody_has_to_wait_for_a_record_to_reach_the_disk()
    {
        await using var journal = _folder.Open();
        journal.Append("one"u8);
        using var reader = journal.ReadFrom(1);
        for (var until = DateTime.UtcNow + Patience.Limit; reader.Read() != JournalRead.Record;)
        {
            Assert.True(DateTime.UtcNow < until, "never written");
            await Task.Yield();
        }
        Assert.Equal("one"u8, reader.Payload.Span);
    }

    [Fact]
    public async Task Segments_follow_each_other_and_a_reader_goes_through_them_while_they_are_written()
    {
        await using var journal = _folder.Open(_folder.Options with { SegmentBytes = 100 });
        using var reader = journal.ReadFrom(1);
        using var other = new JournalReader(_folder.Path);
        for (var i = 1; i <= 40; i++)
        {
            await journal.FlushedAsync(journal.Append(Encoding.UTF8.GetBytes($"record {i}")).Position);
            Assert.Equal([$"{i}:record {i}"], JournalFolder.Drain(reader));
            Assert.Equal([$"{i}:record {i}"], JournalFolder.Drain(other));
        }
        Assert.True(File.Exists(_folder.Segment(5)));
        Assert.Equal(["37:record 37", "38:record 38", "39:record 39", "40:record 40"], _folder.Read(from: 37));
    }

    [Fact]
    public async Task A_segment_ends_at_its_age()
    {
        await using (var journal = _folder.Open(_folder.Options with { SegmentAge = TimeSpan.FromTicks(1) }))
        {
            await journal.FlushedAsync(journal.Append("one"u8).Position);
            for (var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(); TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() == before;) await Task.Yield();
            await journal.FlushedAsync(journal.Append("two"u8).Position);
        }
        Assert.True(File.Exists(_folder.Segment(2)));
        Assert.Equal(["1:one", "2:two"], _folder.Read());
    }

    [Fact]
    public async Task Acknowledged_segments_go_and_the_mark_outlives_a_restart()
    {
        await _folder.WriteSegmentsAsync("one", "two", "three", "four");
        await using (var journal = _folder.Open())
        {
            var before = journal.Bytes;
            journal.Acknowledge(2);
            Assert.False(File.Exists(_folder.Segment(1)));
            Assert.False(File.Exists(_folder.Segment(2)));
            Assert.True(journal.Bytes < before);
            journal.Acknowledge(1);
            Assert.Equal(2, journal.Acknowledged);
        }
        await using var again = _folder.Open();
        Assert.Equal(2, again.Acknowledged);
        Assert.Equal(["3:three", "4:four"], _folder.Read());
        // The newest segment stays, so that positions go on.
        again.Acknowledge(4);
        Assert.True(File.Exists(_folder.Segment(4)));
        Assert.Equal(5, again.Append("five"u8).Position);
    }

    [Fact]
    public async Task A_journal_that_keeps_what_was_acknowledged_deletes_by_order_alone()
    {
        await _folder.WriteSegmentsAsync("one", "two", "three");
        await using var journal = _folder.Open(_folder.Options with { KeepsAcknowledged = true });
        journal.Acknowledge(3);
        Assert.Equal(["1:one", "2:two", "3:three"], _folder.Read());
        Assert.Equal(1, journal.DeleteBefore(2));
        Assert.Equal(["2:two", "3:three"], _folder.Read());
    }

    [Fact]
    public async Task A_damaged_mark_of_the_consumer_is_an_error_not_a_zero()
    {
        await _folder.WriteSegmentsAsync("one", "two");
        await using (var journal = _folder.Open()) journal.Acknowledge(1);
        var mark = Path.Combine(_folder.Path, "consumer.ack");
        var bytes = File.ReadAllBytes(mark);
        bytes[9] ^= 1;
        File.WriteAllBytes(mark, bytes);
        Assert.Contains("damaged", Assert.ThrowsAny<IOException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        // And nothing stays locked.
        File.Delete(mark);
        await using var again = _folder.Open();
    }

    [Fact]
    public async Task Two_owners_are_one_too_many()
    {
        await using (var journal = _folder.Open()) Assert.Contains("another process", Assert.ThrowsAny<IOException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        await using var next = _folder.Open();
    }

    [Fact]
    public async Task At_its_size_bound_a_journal_says_so_and_takes_records_again_when_the_consumer_caught_up()
    {
        var told = new List<JournalFault>();
        await using var journal = _folder.Open(_folder.Options with
        {
            SegmentBytes = 1000,
            MaxBytes = 6000,
            BufferBytes = 1000,
            OnSizeBound = (fault, _) =>
            {
                lock (told) told.Add(fault);
            },
        });
        JournalAppend last;
        while ((last = journal.Append(new byte[300])).IsTaken) await journal.FlushedAsync(last.Position);
        Assert.Equal(JournalFault.SizeBound, last.Fault);
        Assert.InRange(journal.Bytes, 5000, 6000);
        journal.Acknowledge(journal.Durable);
        await journal.FlushedAsync(journal.Append(new byte[300]).Position);
        lock (told) Assert.Equal([JournalFault.SizeBound, JournalFault.None], told);
    }

    [Fact]
    public async Task A_record_that_can_never_fit_is_refused()
    {
        await using var journal = _folder.Open(_folder.Options with { BufferBytes = 1000 });
        Assert.Equal(JournalFault.TooLarge, journal.Append(new byte[journal.MaxRecordBytes + 1]).Fault);
        Assert.Equal(JournalFault.TooLarge, journal.Append([]).Fault);
        Assert.True(journal.Append(new byte[journal.MaxRecordBytes]).IsTaken);
    }

    [Fact]
    public async Task Nothing_is_taken_after_the_end()
    {
        var journal = _folder.Open();
        await journal.DisposeAsync();
        Assert.Equal(JournalFault.Closed, journal.Append("late"u8).Fault);
    }

    [Fact]
    public async Task A_disk_that_refuses_is_a_value_and_every_record_is_there_when_it_takes_them_again()
    {
        var told = new List<JournalFault>();
        var journal = _folder.Open(_folder.Options with
        {
            BufferBytes = 1000,
            OnDisk = (fault, _) =>
            {
                lock (told) told.Add(fault);
            },
        });
        await journal.FlushedAsync(journal.Append("one"u8).Position);
        await journal.DisposeAsync();
        journal = _folder.Open(_folder.Options with
        {
            BufferBytes = 1000,
            SegmentBytes = 1,
            OnDisk = (fault, _) =>
            {
                lock (told) told.Add(fault);
            },
        });
        // A directory in the place of the next segment's file: neither root's rights nor a retry get past it.
        Directory.CreateDirectory(_folder.Segment(2));
        var second = journal.Append("two"u8);
        Assert.Equal(JournalFault.DiskError, await Patience.For(journal.FlushedAsync(second.Position).AsTask(), "the fault"));
        Assert.Equal(JournalFault.DiskError, journal.Fault);
        Assert.Equal(1, journal.Durable);

        var taken = 2;
        JournalAppend append;
        while ((append = journal.Append(new byte[100])).IsTaken) taken++;
        Assert.Equal(JournalFault.DiskError, append.Fault);
        Assert.InRange(taken, 8, 20);

        Directory.Delete(_folder.Segment(2));
        for (var until = DateTime.UtcNow + Patience.Limit; journal.Fault != JournalFault.None; await Task.Yield()) Assert.True(DateTime.UtcNow < until, "never healed");
        Assert.Equal(JournalFault.None, await journal.FlushedAsync(journal.Last));
        await journal.DisposeAsync();
        Assert.Equal(taken, _folder.Read().Count);
        lock (told) Assert.Equal([JournalFault.DiskError, JournalFault.None], told);
    }

    [Fact]
    public async Task A_journal_closed_over_a_refusing_disk_ends_and_tells_its_waiters()
    {
        var told = new List<JournalFault>();
        var journal = _folder.Open(_folder.Options with { OnDisk = (fault, _) => told.Add(fault) });
        Directory.CreateDirectory(_folder.Segment(1));
        var flush = journal.FlushedAsync(journal.Append("one"u8).Position);
        await Patience.For(journal.DisposeAsync().AsTask(), "the end");
        Assert.NotEqual(JournalFault.None, await flush);
        Assert.Equal([JournalFault.DiskError, JournalFault.Closed], told);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Nobody_else_can_read_the_files()
    {
        await _folder.WriteSegmentsAsync("one", "two");
        await using (var journal = _folder.Open()) journal.Acknowledge(1);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
        Assert.All(Directory.GetFiles(_folder.Path), path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
    }

    [Fact]
    public void The_checksum_is_castagnolis()
    {
        // RFC 3720 appendix B.4: 32 zeros, 32 ones, 0 to 31.
        Assert.Equal(0x8A9136AAu, JournalFormat.Crc32C(0, new byte[32]));
        Assert.Equal(0x62A8AB43u, JournalFormat.Crc32C(0, Enumerable.Repeat((byte)255, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, JournalFormat.Crc32C(0, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }
}
