using Edge.Guard.Pii;
using Edge.Simd.Pii;

namespace Edge.Bench.Scan;

/// <summary>Something that looks through a text for personal data and keys, or for where they may stand.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Count">How many it reports. They count different things; the figure shows that the work was done.</param>
internal sealed record ScanContender(string Name, Func<ScanText, long> Count)
{
    private static readonly int[] _positions = new int[4 * CandidateScan.BlockSize];

    /// <summary>Who can run here, in the order of the table.</summary>
    /// <param name="skipped">Who cannot, and why.</param>
    public static List<ScanContender> All(List<string> skipped)
    {
        var all = new List<ScanContender>
        {
            new("memory read: count of line ends", text => text.Bytes.AsSpan().Count((byte)'\n')),
            new("candidates, Scalar", text => Candidates(text.Bytes, CandidateScan.FindScalar)),
            new("candidates, Vector128", text => Candidates(text.Bytes, CandidateScan.Find<CandidateScan.Block128>)),
        };
        if (System.Runtime.Intrinsics.X86.Avx2.IsSupported) all.Add(new("candidates, Vector256", text => Candidates(text.Bytes, CandidateScan.Find<CandidateScan.Block256>)));
        else skipped.Add("candidates, Vector256: this machine has no AVX2");
        all.Add(new("**detection, all detectors**", text => Detect(text.Bytes)));
        all.Add(new(".NET source-generated regex, e-mail alone", text => ScanPatterns.Generated[1].Count(text.Chars)));
        all.Add(new(".NET source-generated regex, all nine", text => ScanPatterns.Generated.Sum(regex => (long)regex.Count(text.Chars))));
        AddNative("Hyperscan, nine in one database, with starts", "hyperscan", true);
        AddNative("Hyperscan, nine in one database, ends alone", "hyperscan", false);
        AddNative("RE2, nine in one alternation", "re2", true);
        return all;

        void AddNative(string name, string library, bool withStarts)
        {
            if (NativeEngine.Open(library, withStarts) is { } engine) all.Add(new ScanContender(name, text => engine.Count(text.Bytes)));
            else skipped.Add($"{name}: artifacts/native/{library}.so is not there (bench/native/build.sh)");
        }
    }

    private delegate int Kernel(ReadOnlySpan<byte> text, int from, Span<int> positions, out int next);

    private static long Candidates(ReadOnlySpan<byte> text, Kernel kernel)
    {
        var total = 0L;
        for (var from = 0; from < text.Length;) total += kernel(text, from, _positions, out from);
        return total;
    }

    private static long Detect(ReadOnlySpan<byte> text)
    {
        Span<Finding> room = stackalloc Finding[64];
        var findings = new FindingList(room);
        PiiDetector.Find(text, ref findings);
        findings.Resolve(Confidence.Default);
        var count = findings.Count;
        findings.Dispose();
        return count;
    }
}
