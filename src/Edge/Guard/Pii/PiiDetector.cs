using Edge.Guard.Pii.Detectors;
using Edge.Simd.Pii;

namespace Edge.Guard.Pii;

/// <summary>Finds personal data and secrets in a text: one scan for candidates, then at each the detectors that want its kind of byte.</summary>
internal static class PiiDetector
{
    private static readonly IDetector[] _digit = For('0'), _at = For('@'), _colon = For(':'), _equals = For('='), _dash = For('-'), _underscore = For('_');

    /// <summary>Adds what is found to the list, in no order and with overlaps: <see cref="FindingList.Resolve"/> picks the best.</summary>
    /// <param name="text">UTF-8 as a person reads it: JSON escapes decoded.</param>
    /// <param name="findings">Where to put them. Nothing is allocated while its room lasts.</param>
    public static void Find(ReadOnlySpan<byte> text, ref FindingList findings)
    {
        var scan = new PiiScan(text, findings);
        Span<int> positions = stackalloc int[4 * CandidateScan.BlockSize];
        for (var from = 0; from < text.Length;)
        {
            var count = CandidateScan.Find(text, from, positions, out from);
            foreach (var at in positions[..count])
            {
                var detectors = text[at] switch
                {
                    (byte)'@' => _at,
                    (byte)':' => _colon,
                    (byte)'=' => _equals,
                    (byte)'-' => _dash,
                    (byte)'_' => _underscore,
                    _ => _digit,
                };
                foreach (var detector in detectors) detector.Detect(ref scan, at);
            }
        }
        findings = scan.Findings;
    }

    private static IDetector[] For(char anchor) => [.. DetectorList.All.Where(detector => detector.Anchor == anchor)];
}
