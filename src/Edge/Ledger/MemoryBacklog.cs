using System.Buffers.Binary;

namespace Edge.Ledger;

/// <summary>Rows that wait in memory: in blocks that are used again, so that a row costs a copy and no object. A process that ends without a word takes them along.</summary>
internal sealed class MemoryBacklog : ILedgerBacklog
{
    private const int BlockBytes = 64 * 1024;
    private const int MaxFree = 16;

    private readonly Lock _lock = new();
    private readonly long _maxBytes;
    private readonly Queue<Block> _blocks = [];
    private readonly Stack<Block> _free = [];
    private Block? _last;
    private long _position;
    private long _released;
    private long _bytes;
    private long _lost;

    /// <param name="maxBytes">Beyond it rows are lost.</param>
    public MemoryBacklog(long maxBytes) => _maxBytes = maxBytes;

    public string Writer { get; } = $"memory-{Guid.NewGuid():N}";

    public long Lost => Volatile.Read(ref _lost);

    public BacklogSize Size
    {
        get
        {
            lock (_lock) return new(_position - _released, _bytes, 0);
        }
    }

    public void Append(ReadOnlySpan<byte> record)
    {
        if (!TryAppend(record)) Interlocked.Increment(ref _lost);
    }

    /// <summary>False = there is no room.</summary>
    public bool TryAppend(ReadOnlySpan<byte> record)
    {
        lock (_lock)
        {
            if (_last is null || _last.Bytes.Length - _last.Length < record.Length + 4)
            {
                if (_bytes + BlockBytes > _maxBytes) return false;
                _bytes += BlockBytes;
                _last = _free.TryPop(out var used) ? used : new Block(new byte[BlockBytes]);
                (_last.First, _last.Length, _last.Count) = (_position + 1, 0, 0);
                _blocks.Enqueue(_last);
            }
            var to = _last.Bytes.AsSpan(_last.Length);
            BinaryPrimitives.WriteInt32LittleEndian(to, record.Length);
            record.CopyTo(to[4..]);
            _last.Length += record.Length + 4;
            _last.Count++;
            _position++;
            return true;
        }
    }

    public long Read(long after, List<LedgerRow> into, int most)
    {
        Block[] blocks;
        lock (_lock) blocks = [.. _blocks];
        foreach (var block in blocks)
        {
            int length, count;
            lock (_lock) (length, count) = (block.Length, block.Count);
            if (block.First + count - 1 <= after) continue;
            var bytes = block.Bytes.AsSpan(0, length);
            for (var position = block.First; !bytes.IsEmpty; position++)
            {
                var size = BinaryPrimitives.ReadInt32LittleEndian(bytes);
                if (position > after)
                {
                    if (into.Count >= most) return after;
                    if (LedgerRecord.Read(bytes.Slice(4, size)) is { } row) into.Add(row);
                    else Interlocked.Increment(ref _lost);
                    after = position;
                }
                bytes = bytes[(4 + size)..];
            }
        }
        return after;
    }

    public void Release(long upTo)
    {
        lock (_lock)
        {
            _released = Math.Max(_released, Math.Min(upTo, _position));
            while (_blocks.TryPeek(out var block) && block.First + block.Count - 1 <= _released)
            {
                _blocks.Dequeue();
                _bytes -= BlockBytes;
                if (block == _last) _last = null;
                if (_free.Count < MaxFree) _free.Push(block);
            }
        }
    }

    public Task FlushAsync(CancellationToken cancel) => Task.CompletedTask;

    public ValueTask DisposeAsync() => default;

    private sealed class Block
    {
        public Block(byte[] bytes) => Bytes = bytes;

        public byte[] Bytes { get; }

        public long First { get; set; }

        public int Length { get; set; }

        public int Count { get; set; }
    }
}
