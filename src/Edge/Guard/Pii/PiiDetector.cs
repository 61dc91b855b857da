using System.Runtime.CompilerServices;
using Edge.Guard.Pii.Detectors;
using Edge.Simd.Pii;

namespace Edge.Guard.Pii;

/// <summary>Finds personal data and secrets in a text: one scan for candidates, then at each the detectors that want its kind of byte.</summary>
internal static class PiiDetector
{
    /// <summary>Adds what is found to the list, in no order and with overlaps: <see cref="FindingList.Resolve"/> picks the best.</summary>
    /// <param name="text">UTF-8 as a person reads it (<see cref="GuardText"/>): JSON escapes decoded.</param>
    /// <param name="findings">Where to put them. Nothing is allocated while its room lasts.</param>
    public static void Find(ReadOnlySpan<byte> text, ref FindingList findings)
    {
        var scan = new PiiScan(text, findings);
        try
        {
            Run(ref scan);
        }
        finally
        {
            // Whatever happens: the list's memory may have been given back for a longer one.
            findings = scan.Findings;
        }
    }

    // The positions are written before they are read.
    [SkipLocalsInit]
    private static void Run(ref PiiScan scan)
    {
        var text = scan.Text;
        Span<int> positions = stackalloc int[4 * CandidateScan.BlockSize];
        for (var from = 0; from < text.Length;)
        {
            var count = CandidateScan.Find(text, from, positions, out from);
            foreach (var at in positions[..count])
            {
                switch (text[at])
                {
                    case (byte)'@':
                        DetectorList.AtSign(ref scan, at);
                        break;
                    case (byte)':':
                        DetectorList.AtColon(ref scan, at);
                        break;
                    case (byte)'=':
                        DetectorList.AtEquals(ref scan, at);
                        break;
                    case (byte)'-':
                        DetectorList.AtDash(ref scan, at);
                        break;
                    case (byte)'_':
                        DetectorList.AtUnderscore(ref scan, at);
                        break;
                    default:
                        if (at >= scan.BlobEnd) DetectorList.AtNumber(ref scan, at);
                        break;
                }
            }
        }
    }

    /// <summary>The same with the detectors of a configuration.</summary>
    /// <param name="text">As above.</param>
    /// <param name="custom">They; null where there are none.</param>
    /// <param name="findings">As above. Its entities beyond the built-in ones have their names from <see cref="CustomDetectors.NameOf"/>.</param>
    /// <returns>False where an expression of the configuration ran out of time, so that not all of the text was searched for it.</returns>
    public static bool Find(ReadOnlySpan<byte> text, CustomDetectors? custom, ref FindingList findings)
    {
        Find(text, ref findings);
        return custom is null || custom.Find(text, ref findings);
    }
}
