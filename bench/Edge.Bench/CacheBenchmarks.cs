using System.Diagnostics;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Cache;
using Edge.Cache.Stores;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Simd.Json;
using Edge.Tests.Pipeline;

namespace Edge.Bench;

/// <summary>A body's canonical form and its hash.</summary>
[BenchmarkCategory("cache-key")]
public class CacheKeyBenchmarks
{
    private Action _run = null!;

    [Params("1.2 KB", "10 KB", "150 KB")]
    public string Body { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _run = Operation(Body);

    [Benchmark]
    public void Key() => _run();

    internal static Action Operation(string name)
    {
        var body = name switch { "1.2 KB" => Bodies.Chat1K, "10 KB" => Bodies.Chat10K, _ => Bodies.Prompt150K };
        var index = new JsonIndex();
        if (!index.TryBuild(body, 64, 100_000, out _)) throw new InvalidOperationException();
        var (canonical, output) = (new CanonicalJson(), new PooledBuffer());
        return () =>
        {
            canonical.Write(body, index, output, static name => CacheKeys.IsLeftOut(name));
            _ = CacheKey.Of(output.Span);
            output.Clear();
        };
    }
}

/// <summary>A whole request of 1.2 KB that is answered from memory, and one that is answered with a constant, both on the null transport.</summary>
[BenchmarkCategory("cache-hit")]
public class CacheHitBenchmarks
{
    private Func<Task> _run = null!;

    [Params("json", "stream", "static")]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _run = Operation(Case);

    [Benchmark]
    public Task Request() => _run();

    internal static Func<Task> Operation(string name)
    {
        var kit = new PipelineKit(Dialect.OpenAi, new EdgeConfig { Caching = new CachingConfig { Mode = CachingMode.Exact } }) { KeepSent = false }
            .Answer(() => CannedResponse.Json(PipelineBenchmarks.OpenAiAnswer));
        var transport = new NullTransport();
        var records = new CompletedRequest[1];
        if (name == "static") (transport.Method, transport.Path) = ("GET", "/v1/models");
        var whole = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Bodies.Chat1K).Replace("\"stream\":true", "\"stream\":false", StringComparison.Ordinal));
        var body = name == "stream" ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(whole).Replace("\"stream\":false", "\"stream\":true", StringComparison.Ordinal)) : name == "static" ? [] : whole;
        Run(whole, fill: true).GetAwaiter().GetResult();
        return () => Run(body, fill: false);

        async Task Run(byte[] sent, bool fill)
        {
            if (fill && name == "static") return;
            await transport.Begin(sent).RunAsync(kit.Pipeline);
            kit.Completed.Take(records);
            if (transport.StatusCode != 200) throw new InvalidOperationException(transport.WrittenText);
            if (!fill && name != "static" && records[0].Cache.Result != CacheResult.Hit) throw new InvalidOperationException("No hit.");
        }
    }
}

/// <summary>10,000 answers of some 600 bytes in memory.</summary>
[BenchmarkCategory("cache-memory")]
public class CacheMemoryBenchmarks
{
    internal const int Entries = 10_000;

    [Benchmark]
    public MemoryCache Fill() => Filled(600);

    internal static MemoryCache Filled(int size)
    {
        var cache = new MemoryCache(256 << 20);
        Span<byte> number = stackalloc byte[4];
        for (var i = 0; i < Entries; i++)
        {
            BitConverter.TryWriteBytes(number, i);
            cache.Set(new CacheEntry(new byte[size])
            {
                Key = CacheKey.Of(number),
                Scope = 1,
                Model = new string('m', 11),
                UpstreamModel = default,
                Provider = "fake",
                ProviderModel = "m",
                Wire = Dialect.OpenAi,
                Usage = new Usage(),
                CreatedAt = i,
                ExpiresAt = i,
                ForgottenAt = i,
            });
        }
        return cache;
    }
}

/// <summary>The three by stopwatch, in seconds.</summary>
internal static class CacheQuick
{
    public static int Run(TextWriter output)
    {
        foreach (var body in new[] { "1.2 KB", "10 KB", "150 KB" }) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cache-key     {body,-8} {Best(CacheKeyBenchmarks.Operation(body)):N0} ns"));
        foreach (var name in new[] { "json", "stream", "static" })
        {
            var run = CacheHitBenchmarks.Operation(name);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cache-hit     {name,-8} {Best(() => run().GetAwaiter().GetResult()):N0} ns"));
        }
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cache = CacheMemoryBenchmarks.Filled(600);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cache-memory  {cache.Count} entries of 600 bytes: {bytes / 1024:N0} KB in memory, {cache.Bytes / 1024:N0} KB by its own count"));
        GC.KeepAlive(cache);
        return 0;
    }

    // Of eleven rounds, with other work on the machine.
    private static double Best(Action operation)
    {
        for (var i = 0; i < 3_000; i++) operation();
        var best = double.MaxValue;
        for (var round = 0; round < 11; round++)
        {
            const int Count = 3_000;
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Count; i++) operation();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / Count);
        }
        return best;
    }
}
