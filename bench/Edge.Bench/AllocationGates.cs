using Edge.Configuration;
using Edge.Providers;

namespace Edge.Bench;

/// <summary>
/// What a hot operation may allocate in steady state, checked exactly: allocated bytes do not depend on the machine, so unlike time they can fail a build.
/// </summary>
internal static class AllocationGates
{
    private const int Warmup = 2_000;
    private const int Rounds = 10_000;

    /// <param name="Id">The row of perf-budget.md.</param>
    /// <param name="Operation">What is done, for the reader.</param>
    /// <param name="Expected">Bytes per operation.</param>
    /// <param name="Make">Makes the operation, with everything that is set up once.</param>
    private sealed record Gate(string Id, string Operation, long Expected, Func<Action> Make);

    private static readonly Gate[] _gates =
    [
        new("index", "1.2 KB body", 0, () => IndexBenchmarks.Operation(Bodies.Chat1K)),
        new("index", "10 KB body", 0, () => IndexBenchmarks.Operation(Bodies.Chat10K)),
        new("index", "150 KB body", 0, () => IndexBenchmarks.Operation(Bodies.Prompt150K)),
        new("splice", "three edits in a 10 KB body", 0, () => SpliceBenchmarks.Operation(Bodies.Chat10K)),
        new("sse-scan", "stream in pieces of 1 KB", 0, () => SseBenchmarks.Operation(1024)),
        new("sse-scan", "stream in single bytes", 0, () => SseBenchmarks.Operation(1)),
        new("json-string-scan", "100 KB string", 0, () => JsonStringBenchmarks.Operation(100_000)),
        new("pii-scan", "1 KB clean prompt", 0, PiiScanBenchmarks.Operation),
        new("multi-literal", "1,000 literals in a 1 KB clean prompt", 0, MultiLiteralBenchmarks.Operation),
        new("vector-search", "best 4 of 10,000 rows", 0, VectorSearchBenchmarks.Operation),
        new("injection-detect", "1 KB clean prompt", 0, () => InjectionBenchmarks.Operation),
        new("pii-detect", "1 KB clean prompt", 0, () => PiiDetectBenchmarks.Operation("prose")),
        new("pii-detect", "1 KB of business", 0, () => PiiDetectBenchmarks.Operation("business")),
        new("pii-detect", "1 KB of technical text", 0, () => PiiDetectBenchmarks.Operation("technical")),
        new("pii-text", "1 KB of escapes", 0, GuardTextBenchmarks.Operation),
        new("guard", "1 KB clean prompt", 0, () => GuardBenchmarks.Operation("prompt 1 KB")),
        new("guard", "10 KB clean chat", 0, () => GuardBenchmarks.Operation("chat 10 KB")),
        new("restore-stream", "50 events, nothing to restore", 0, () => RestoreBenchmarks.Operation("nothing to restore")),
        new("restore-stream", "50 events, escapes in each", 0, () => RestoreBenchmarks.Operation("escapes")),
        new("restore-stream", "50 events, a value in each", 0, () => RestoreBenchmarks.Operation("restored")),
        new("vault", "ten values hidden", 0, VaultBenchmarks.Operation),
        new("cost", "estimate", 0, () => CostBenchmarks.Operation("estimate")),
        new("cost", "reservation", 0, () => CostBenchmarks.Operation("reservation")),
        new("cost", "settlement", 0, () => CostBenchmarks.Operation("settlement")),
        new("cost", "price of a model", 0, () => CostBenchmarks.Operation("price")),
        new("budget-reserve-settle", "nine budgets of five accounts", 0, BudgetBenchmarks.Operation),
        new("ledger-post", "no tags", 0, () => LedgerBenchmarks.Operation("no tags")),
        new("ledger-post", "four tags", 0, () => LedgerBenchmarks.Operation("four tags")),
        new("tokens", "estimate of 10 KB", 0, TokenBenchmarks.Operation),
        new("auth", "key among 10,000", 0, () => AuthBenchmarks.Operation("key")),
        new("auth", "wrong key", 0, () => AuthBenchmarks.Operation("wrong")),
        new("auth", "no key at sight", 0, () => AuthBenchmarks.Operation("broken")),
        new("auth", "token seen before", 0, () => AuthBenchmarks.Operation("token")),
        new("pipeline", "json", 648, () => Pipeline("json")),
        new("pipeline", "stream of 50 events", 576, () => Pipeline("stream")),
        new("pipeline", "translated json", 664, () => Pipeline("translated json")),
        new("pipeline", "translated stream of 50 events", 632, () => Pipeline("translated stream")),
        new("pipeline", "guarded json", 648, () => Pipeline("guarded json")),
        new("pipeline", "guarded stream of 50 events", 576, () => Pipeline("guarded stream")),
        new("cache-key", "10 KB body", 0, () => CacheKeyBenchmarks.Operation("10 KB")),
        new("cache-hit", "json", 688, () => CacheHit("json")),
        new("cache-hit", "stream", 656, () => CacheHit("stream")),
        new("translate-stream", "anthropic to chat", 0, () => StreamTranslationBenchmarks.Operation("anthropic to chat")),
        new("translate-stream", "gemini to chat", 0, () => StreamTranslationBenchmarks.Operation("gemini to chat")),
        new("translate-stream", "bedrock to chat", 0, () => StreamTranslationBenchmarks.Operation("bedrock to chat")),
        new("translate-stream", "cohere to chat", 0, () => StreamTranslationBenchmarks.Operation("cohere to chat")),
        new("translate-stream", "ollama to chat", 72, () => StreamTranslationBenchmarks.Operation("ollama to chat")),
        new("translate-stream", "responses to chat", 88, () => StreamTranslationBenchmarks.Operation("responses to chat")),
        new("translate-stream", "chat to messages", 0, () => StreamTranslationBenchmarks.Operation("chat to messages")),
        new("translate-stream", "chat to responses", 0, () => StreamTranslationBenchmarks.Operation("chat to responses")),
        new("translate-stream", "anthropic to responses", 0, () => StreamTranslationBenchmarks.Operation("anthropic to responses")),
        new("translate-request", "10 KB to openai", 0, () => RequestTranslationBenchmarks.Operation(Dialect.OpenAi)),
        new("translate-request", "10 KB to anthropic", 0, () => RequestTranslationBenchmarks.Operation(Dialect.Anthropic)),
        new("translate-request", "10 KB to gemini", 0, () => RequestTranslationBenchmarks.Operation(Dialect.Gemini)),
        new("translate-request", "10 KB to bedrock", 0, () => RequestTranslationBenchmarks.Operation(Dialect.Bedrock)),
        new("translate-request", "10 KB to cohere", 0, () => RequestTranslationBenchmarks.Operation(Dialect.Cohere)),
        new("translate-request", "10 KB to ollama", 0, () => RequestTranslationBenchmarks.Operation(Dialect.Ollama)),
        new("translate-request", "10 KB to responses", 0, () => RequestTranslationBenchmarks.Operation(Dialect.Responses)),
        new("sigv4", "10 KB body", 0, SigV4Benchmarks.Operation),
        new("event-stream", "messages in pieces of 16 KB", 0, () => EventStreamBenchmarks.Operation(16_384)),
        new("target-call", "begun and ended well", 0, TargetCallBenchmarks.Operation),
        new("limits-memory", "four limits, taken and settled", 0, LimitBenchmarks.Operation),
        new("route-choose", "priority, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.Priority)),
        new("route-choose", "cost_optimized, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.CostOptimized)),
        new("route-choose", "latency_optimized, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.LatencyOptimized)),
        new("route-choose", "quality_first, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.QualityFirst)),
        new("route-choose", "balanced, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.Balanced)),
        new("route-choose", "weighted, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.Weighted)),
        new("route-choose", "round_robin, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.RoundRobin)),
        new("route-choose", "sticky, ten targets", 0, () => RouteChooseBenchmarks.Operation(SelectionStrategy.Sticky)),
    ];

    private static Action Pipeline(string name) => AtOnce(PipelineBenchmarks.Operation(name));

    private static Action CacheHit(string name) => AtOnce(CacheHitBenchmarks.Operation(name));

    // On the null transport everything completes at once, so a request runs to its end on this thread.
    private static Action AtOnce(Func<Task> run)
    {
        return () =>
        {
            if (!run().IsCompletedSuccessfully) throw new InvalidOperationException("The request did not complete synchronously.");
        };
    }

    /// <returns>0 where every gate holds, else 1.</returns>
    public static int Run(TextWriter output)
    {
        var failed = 0;
        foreach (var gate in _gates)
        {
            var measured = Measure(gate.Make(), gate.Expected);
            var holds = measured == gate.Expected;
            if (!holds) failed++;
            output.WriteLine($"{(holds ? "ok  " : "FAIL")} {gate.Id,-18} {gate.Operation,-30} {measured} B/op, expected {gate.Expected}");
        }
        output.WriteLine($"alloc-gate: {_gates.Length - failed} of {_gates.Length} hold");
        return failed == 0 ? 0 : 1;
    }

    // Rounded up, so that one array that is allocated once in many rounds shows too. The best of twelve: the runtime's own background work on
    // this thread (tiering, pool trimming after a collection) is not the operation's.
    private static long Measure(Action operation, long expected)
    {
        for (var i = 0; i < Warmup; i++) operation();
        var best = long.MaxValue;
        for (var attempt = 0; attempt < 12 && best > expected; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Rounds; i++) operation();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            best = Math.Min(best, (bytes + Rounds - 1) / Rounds);
        }
        return best;
    }
}
