using System.Security.Cryptography;
using System.Text;
using Edge.Audit;
using Edge.Storage.Journal;

namespace Edge.Tests.Audit;

public sealed class AuditChainTests : IDisposable
{
    private readonly AuditFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_chain_begins_with_its_genesis_and_goes_on_after_a_restart()
    {
        await _folder.WriteAsync(2);
        await _folder.WriteAsync(1);
        var verdict = _folder.Verify();
        Assert.True(verdict.IsIntact, string.Join("\n", verdict.Problems));
        Assert.Equal([("genesis", 1L), ("request", 3), ("start", 2), ("stop", 2)], verdict.Types.Select(type => (type.Key, type.Value)));
        Assert.Equal((8, 1, 8), (verdict.Records, verdict.First, verdict.Last));
    }

    [Fact]
    public async Task Anybody_can_check_two_lines_with_any_tool()
    {
        await _folder.WriteAsync(1);
        var lines = _folder.Lines();
        const int Tail = 75;
        for (var i = 1; i < lines.Count; i++)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines[i - 1][..^Tail] + "}")));
            Assert.EndsWith($"\"hash\":\"{hash}\"}}", lines[i - 1], StringComparison.Ordinal);
            Assert.Contains($"\"prev\":\"{hash}\"", lines[i], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_flipped_byte_anywhere_is_found_and_its_record_named()
    {
        await _folder.WriteAsync(3);
        var path = _folder.Segment(1);
        var whole = File.ReadAllBytes(path);
        var starts = Starts(whole);
        for (var at = 32; at < whole.Length; at++)
        {
            var broken = (byte[])whole.Clone();
            broken[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, broken);
            var verdict = _folder.Verify();
            Assert.False(verdict.IsIntact, $"byte {at}");
            var record = starts.FindLastIndex(start => start <= at) + 1;
            // Nothing follows the last one that would prove its bytes a record: the checkpoint does.
            if (record == starts.Count) Assert.Contains(verdict.Problems, problem => problem.Sequence == record && problem.Text.Contains("its end was cut off or altered", StringComparison.Ordinal));
            else Assert.Contains(verdict.Problems, problem => problem.Sequence == record && problem.Offset == starts[record - 1] && problem.File == "00000001.journal");
        }
    }

    [Fact]
    public async Task Whoever_mends_the_checksum_too_is_found_by_the_chain()
    {
        await _folder.WriteAsync(3);
        var path = _folder.Segment(1);
        var whole = File.ReadAllBytes(path);
        var lines = _folder.Lines();
        var victim = lines.FindIndex(line => line.Contains("req_1", StringComparison.Ordinal));
        for (var at = 0; at < lines[victim].Length; at++)
        {
            var changed = lines.Select(Encoding.UTF8.GetBytes).ToList();
            changed[victim][at] ^= 1;
            File.WriteAllBytes(path, Rebuild(whole, changed));
            Assert.Contains(_folder.Verify().Problems, problem => problem.Sequence == victim + 1);
        }
    }

    [Fact]
    public async Task A_record_with_a_hash_of_its_own_does_not_fit_its_neighbours()
    {
        await _folder.WriteAsync(3);
        var path = _folder.Segment(1);
        var whole = File.ReadAllBytes(path);
        var lines = _folder.Lines();
        var victim = lines.FindIndex(line => line.Contains("req_1", StringComparison.Ordinal));
        var body = lines[victim][..^75].Replace("acme", "evil", StringComparison.Ordinal) + "}";
        var forged = body[..^1] + $",\"hash\":\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))}\"}}";
        var changed = lines.Select(Encoding.UTF8.GetBytes).ToList();
        changed[victim] = Encoding.UTF8.GetBytes(forged);
        File.WriteAllBytes(path, Rebuild(whole, changed));
        Assert.Contains(_folder.Verify().Problems, problem => problem.Sequence == victim + 2 && problem.Text.Contains("does not follow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_taken_out_moved_or_doubled_is_found()
    {
        await _folder.WriteAsync(4);
        var path = _folder.Segment(1);
        var whole = File.ReadAllBytes(path);
        var lines = _folder.Lines().Select(Encoding.UTF8.GetBytes).ToList();
        // With numbers put right, so that the chain alone tells.
        foreach (var changed in new List<byte[]>[] { [.. lines[..3], .. lines[4..]], [.. lines[..3], lines[4], lines[3], .. lines[5..]], [.. lines[..3], lines[2], .. lines[3..]] })
        {
            File.WriteAllBytes(path, Rebuild(whole, changed));
            Assert.Contains(_folder.Verify().Problems, problem => problem.Sequence is 4 or 5 or 3);
        }
        File.WriteAllBytes(path, Rebuild(whole, lines));
        Assert.True(_folder.Verify().IsIntact);
    }

    [Fact]
    public async Task A_tail_that_was_cut_off_is_found_by_the_checkpoint()
    {
        await _folder.WriteAsync(3);
        var path = _folder.Segment(1);
        var whole = File.ReadAllBytes(path);
        foreach (var start in Starts(whole).Skip(1))
        {
            File.WriteAllBytes(path, whole[..start]);
            Assert.Contains("cut off", Assert.Single(_folder.Verify().Problems).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Missing_segments_are_found_in_the_middle_and_in_front()
    {
        await _folder.WriteAsync(4, _folder.Options with { Journal = _folder.Options.Journal with { SegmentBytes = 1 } });
        File.Delete(_folder.Segment(3));
        Assert.Contains(_folder.Verify().Problems, problem => problem.Text.Contains("missing", StringComparison.Ordinal));
        File.Delete(_folder.Segment(2));
        File.Delete(_folder.Segment(1));
        Assert.Contains("no record of retention", Assert.Single(_folder.Verify().Problems).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signed_checkpoint_cannot_be_written_by_another(bool isEcdsa)
    {
        var key = Path.Combine(_folder.Root, "key");
        var open = key;
        if (isEcdsa)
        {
            using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(key, pair.ExportECPrivateKeyPem());
            File.WriteAllText(open = key + ".pub", pair.ExportSubjectPublicKeyInfoPem());
        }
        else File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(32));
        await _folder.WriteAsync(2, _folder.Options with { SigningKeyFile = key });
        using var signer = AuditSigner.Load(open);
        Assert.True(_folder.Verify(signer).IsIntact, string.Join("\n", _folder.Verify(signer).Problems));

        var path = Path.Combine(_folder.Chain, AuditCheckpoint.FileName);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text.Replace("\"seq\":5", "\"seq\":4", StringComparison.Ordinal));
        Assert.Contains(_folder.Verify(signer).Problems, problem => problem.Text.Contains("signature", StringComparison.Ordinal));
        File.Delete(path);
        Assert.Contains(_folder.Verify(signer).Problems, problem => problem.Text.Contains("missing", StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_that_is_none_is_refused()
    {
        var key = Path.Combine(_folder.Root, "key");
        File.WriteAllText(key, "short");
        Assert.Contains("at least 32", Assert.Throws<CryptographicException>(() => AuditSigner.Load(key)).Message, StringComparison.Ordinal);
        File.WriteAllText(key, "-----BEGIN EC PRIVATE KEY-----\nnonsense\n-----END EC PRIVATE KEY-----\n");
        Assert.Throws<CryptographicException>(() => AuditSigner.Load(key));
    }

    [Fact]
    public async Task Two_processes_have_a_chain_each()
    {
        await using (var one = _folder.Open())
        {
            await using var two = _folder.Open();
            Assert.NotEqual(one.Instance, two.Instance);
            Assert.Equal(one.Subjects.Of("a"), two.Subjects.Of("a"));
        }
        Assert.Equal(2, AuditVerifier.Chains(_folder.Path).Count);
        Assert.All(AuditVerifier.Chains(_folder.Path), chain => Assert.True(AuditVerifier.Run(chain).IsIntact));
    }

    [Fact]
    public async Task Records_that_found_no_room_are_counted_in_the_chain()
    {
        await using (var log = _folder.Open(_folder.Options with { Journal = _folder.Options.Journal with { BufferBytes = 4096, SegmentBytes = 1 } }))
        {
            await log.FlushedAsync(log.Journal.Last);
            var blocked = _folder.Segment(JournalFiles.List(_folder.Chain).Count + 1);
            Directory.CreateDirectory(blocked);
            Assert.NotEqual(JournalFault.None, await log.FlushedAsync(log.Append("""{"type":"request"}"""u8).Position));
            while (log.Append("""{"type":"request"}"""u8).IsTaken)
            {
            }
            log.Append("""{"type":"request"}"""u8);
            Assert.Equal(2, log.Lost);
            Directory.Delete(blocked);
            for (var until = DateTime.UtcNow + TestSupport.Patience.Limit; log.Journal.Fault != JournalFault.None || log.Journal.Fill > 0.5; await Task.Yield()) Assert.True(DateTime.UtcNow < until);
            Assert.True(log.Append("""{"type":"request"}"""u8).IsTaken);
        }
        Assert.Contains(_folder.Lines(), line => line.StartsWith("""{"type":"gap","lost":2,""", StringComparison.Ordinal));
        Assert.True(_folder.Verify().IsIntact, string.Join("\n", _folder.Verify().Problems));
    }

    private static List<int> Starts(byte[] segment)
    {
        var starts = new List<int>();
        for (var at = JournalFormat.HeaderBytes; at < segment.Length; at += JournalFormat.RecordHeaderBytes + JournalFormat.PayloadLength(segment.AsSpan(at))) starts.Add(at);
        return starts;
    }

    // As somebody would who knows the journal's format.
    private static byte[] Rebuild(byte[] segment, List<byte[]> lines)
    {
        var buffer = new byte[segment.Length + 10_000];
        segment.AsSpan(0, JournalFormat.HeaderBytes).CopyTo(buffer);
        var at = JournalFormat.HeaderBytes;
        for (var i = 0; i < lines.Count; i++) at += JournalFormat.WriteRecord(buffer.AsSpan(at), i + 1, lines[i]);
        return buffer[..at];
    }
}
