using System.Diagnostics;
using System.Globalization;

namespace Edge.Bench.Scan;

/// <summary>
/// All contenders on the same texts in one run, in turn: A B C, A B C. What a noisy machine takes from one round it takes from all of them, and the best round of each counts.
/// </summary>
internal static class ScanComparison
{
    private const int Piece = 100_000;
    private const string Reference = "Hyperscan, nine in one database, with starts";

    /// <param name="output">Where the table goes, as Markdown.</param>
    /// <param name="rounds">How often each is measured.</param>
    public static int Run(TextWriter output, int rounds)
    {
        // Ten megabytes as a hundred requests: out of the first caches, and no list of findings grows beyond what a request has.
        ScanText[] corpus = [.. Enumerable.Range(0, 100).Select(seed => new ScanText(ScanCorpus.Make(Piece, 0.001, seed)))];
        ScanText[][] sizes = [corpus, [new(ScanCorpus.Make(Piece, 0, 1_000))], [new(ScanCorpus.Make(1_024, 0, 1_001))]];
        var skipped = new List<string>();
        var contenders = ScanContender.All(skipped);
        var best = new double[contenders.Count, sizes.Length];
        var found = new long[contenders.Count];
        for (var round = 0; round < rounds; round++)
        {
            for (var size = 0; size < sizes.Length; size++)
            {
                for (var i = 0; i < contenders.Count; i++)
                {
                    var nanoseconds = Measure(contenders[i], sizes[size], out var count);
                    if (size == 0) found[i] = count;
                    best[i, size] = round == 0 ? nanoseconds : Math.Min(best[i, size], nanoseconds);
                }
            }
        }

        var reference = contenders.FindIndex(contender => contender.Name == Reference);
        output.WriteLine("| | reported in 10 MB | 10 MB, GB/s | 100 KB clean, us | 1 KB clean, ns | 10 MB, times Hyperscan with starts |");
        output.WriteLine("|---|---|---|---|---|---|");
        for (var i = 0; i < contenders.Count; i++)
        {
            var ratio = reference < 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{best[reference, 0] / best[i, 0]:0.0}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {contenders[i].Name} | {found[i]:#,0} | {corpus.Length * Piece / best[i, 0]:0.00} | {best[i, 1] / 1_000:#,0.0} | {best[i, 2]:#,0} | {ratio} |"));
        }
        foreach (var line in skipped) output.WriteLine($"skipped: {line}");
        return 0;
    }

    // Nanoseconds for all of the texts: as often as 30 ms allow, once at least.
    private static double Measure(ScanContender contender, ScanText[] texts, out long count)
    {
        count = 0;
        foreach (var text in texts) count += contender.Count(text);
        var clock = Stopwatch.StartNew();
        var times = 0;
        do
        {
            for (var i = 0; i < (texts.Length == 1 && texts[0].Bytes.Length < Piece ? 50 : 1); i++, times++)
            {
                foreach (var text in texts) contender.Count(text);
            }
        } while (clock.ElapsedMilliseconds < 30);
        return clock.Elapsed.TotalNanoseconds / times;
    }
}
