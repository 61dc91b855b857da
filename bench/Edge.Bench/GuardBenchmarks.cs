using BenchmarkDotNet.Attributes;
using Edge.Configuration;
using Edge.Guard;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Simd.Json;

namespace Edge.Bench;

/// <summary>The whole guard on a request in which nothing is to be found: personal data, injections and every built-in category of content. The body is indexed already.</summary>
[BenchmarkCategory("guard")]
public class GuardBenchmarks
{
    private readonly JsonIndex _index = new();
    private readonly RequestScan _scan = new(new Vault());
    private GuardPolicy _policy = GuardPolicy.Off;
    private byte[] _body = [];

    [Params("prompt 1 KB", "business 1 KB", "technical 1 KB", "chat 1.2 KB", "chat 10 KB", "prompt 100 KB")]
    public string Case { get; set; } = "prompt 1 KB";

    [Params("all", "pii", "injection", "content", "off")]
    public string Parts { get; set; } = "all";

    /// <summary>Everything that the guard looks for in requests.</summary>
    internal static GuardConfig Everything { get; } = Config("all");

    internal int Length => _body.Length;

    [GlobalSetup]
    public void Setup()
    {
        _body = Case switch
        {
            "prompt 1 KB" => One(CleanPrompt.Make(1_024)),
            "business 1 KB" => One(CleanPrompt.Make(1_024, CleanPrompt.Business)),
            "technical 1 KB" => One(CleanPrompt.Make(1_024, CleanPrompt.Technical)),
            "chat 1.2 KB" => Bodies.Chat1K,
            "chat 10 KB" => Bodies.Chat10K,
            _ => One(CleanPrompt.Make(100_000)),
        };
        _policy = PolicyBuilder.Build(Config(Parts), new(), TimeProvider.System);
        if (!_index.TryBuild(_body, 64, 1_000_000, out _)) throw new InvalidOperationException("The body is no JSON.");
    }

    [Benchmark]
    public bool Request()
    {
        _scan.Run(_policy, _body, _index, isChat: true);
        var found = _scan.Report is not null;
        _scan.Clear();
        return found;
    }

    internal static Action Operation(string name)
    {
        var benchmark = new GuardBenchmarks { Case = name };
        benchmark.Setup();
        return () =>
        {
            if (benchmark.Request()) throw new InvalidOperationException("Nothing is in it.");
        };
    }

    private static GuardConfig Config(string parts)
    {
        bool Has(string part) => parts == "all" || parts == part;
        return new GuardConfig
        {
            Policy = new GuardPolicyConfig
            {
                Pii = new PiiConfig { Enabled = Has("pii") },
                Injection = new InjectionConfig { Action = Has("injection") ? VerdictAction.Block : VerdictAction.Off },
                Content = new ContentConfig { Action = Has("content") ? VerdictAction.Block : VerdictAction.Off, Output = false },
            },
        };
    }

    private static byte[] One(byte[] prompt) => [.. "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, .. prompt.Where(static b => b is not ((byte)'"' or (byte)'\\' or < 0x20)), .. "\"}]}"u8];
}

/// <summary>The same by stopwatch, part by part, as <see cref="PiiQuick"/> does it. Too rough to publish.</summary>
internal static class GuardQuick
{
    public static int Run(TextWriter output, string only)
    {
        foreach (var name in (string[])["prompt 1 KB", "business 1 KB", "technical 1 KB", "chat 10 KB", "prompt 100 KB"])
        {
            foreach (var parts in (string[])["off", "pii", "injection", "content", "all"])
            {
                if (!$"{name} {parts}".Contains(only, StringComparison.Ordinal)) continue;
                var benchmark = new GuardBenchmarks { Case = name, Parts = parts };
                benchmark.Setup();
                PiiQuick.Report(output, $"{name} {parts}", benchmark.Length, () => benchmark.Request() ? 1 : 0);
            }
        }
        return 0;
    }
}
