using System.Buffers.Binary;
using Edge.Cache;
using Edge.Cache.Stores;
using Edge.Providers;
using Edge.Providers.Chat;

namespace Edge.Tests.Cache;

public sealed class MemoryCacheTests
{
    [Theory]
    [InlineData(100_000, 1)]
    [InlineData(20_000_000, 2)]
    public void It_keeps_to_its_bytes_whatever_is_done(long capacity, int seed)
    {
        var random = new Random(seed);
        var cache = new MemoryCache(capacity);
        for (var i = 0; i < 20_000; i++)
        {
            var key = random.Next(3_000);
            switch (random.Next(4))
            {
                case 0:
                    if (cache.Find(Key(key)) is { } found) Assert.Equal(Key(key), found.Key);
                    break;
                case 1:
                    cache.Remove(Key(key));
                    Assert.Null(cache.Find(Key(key)));
                    break;
                default:
                    var entry = Entry(key, random.Next(20_000));
                    Assert.Equal(cache.Set(entry), ReferenceEquals(entry, cache.Find(Key(key))));
                    break;
            }
            Assert.InRange(cache.Bytes, 0, capacity);
        }
        Assert.True(cache.Evictions > 0);
        Assert.Equal(cache.Count, cache.RemoveWhere(_ => true));
        Assert.Equal((0, 0), (cache.Bytes, cache.Count));
    }

    [Fact]
    public void What_is_asked_for_stays_while_others_come_once()
    {
        var cache = new MemoryCache(200_000);
        for (var i = 0; i < 20; i++)
        {
            cache.Set(Entry(i, 1_000));
            cache.Find(Key(i));
        }
        for (var i = 1_000; i < 6_000; i++)
        {
            cache.Set(Entry(i, 1_000));
            if (i % 50 == 0) cache.Find(Key(i / 50 % 20));
        }
        Assert.All(Enumerable.Range(0, 20), i => Assert.NotNull(cache.Find(Key(i))));
    }

    [Fact]
    public void What_comes_back_soon_stays_longer()
    {
        var cache = new MemoryCache(100_000);
        for (var i = 0; i < 100; i++) cache.Set(Entry(i, 1_000));
        Assert.Null(cache.Find(Key(20)));
        // Dropped from the small queue a moment ago: it goes to the main one, which the newcomers do not reach.
        cache.Set(Entry(20, 1_000));
        for (var i = 1_000; i < 1_060; i++) cache.Set(Entry(i, 1_000));
        Assert.NotNull(cache.Find(Key(20)));
        Assert.Null(cache.Find(Key(21)));
    }

    [Fact]
    public void What_is_larger_than_may_be_is_not_kept()
    {
        var cache = new MemoryCache(100_000);
        Assert.True(cache.Set(Entry(1, 1_000)));
        Assert.False(cache.Set(Entry(2, 200_000)));
        Assert.NotNull(cache.Find(Key(1)));
    }

    [Fact]
    public void Any_number_at_a_time()
    {
        var cache = new MemoryCache(1_000_000);
        Parallel.For(0, 8, worker =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 5_000; i++)
            {
                var key = random.Next(500);
                if (random.Next(3) == 0) cache.Set(Entry(key, random.Next(10_000)));
                else if (cache.Find(Key(key)) is { } entry) Assert.Equal(Key(key), entry.Key);
                if (random.Next(500) == 0) cache.RemoveWhere(entry => entry.Bytes > 5_000);
            }
        });
        Assert.InRange(cache.Bytes, 1, 1_000_000);
        cache.RemoveWhere(_ => true);
        Assert.Equal(0, cache.Bytes);
    }

    internal static CacheKey Key(int number)
    {
        Span<byte> text = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(text, number);
        return CacheKey.Of(text);
    }

    internal static CacheEntry Entry(int number, int size) => new(new byte[size])
    {
        Key = Key(number),
        Scope = (ulong)number,
        Model = "m",
        UpstreamModel = "m"u8.ToArray(),
        Provider = "fake",
        ProviderModel = "m",
        Wire = Dialect.OpenAi,
        Usage = new Usage { Input = 1, Output = number },
        CreatedAt = 1,
        ExpiresAt = 2,
        ForgottenAt = 3,
        Tags = ["a", "b"],
    };
}
