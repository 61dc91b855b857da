using System.Diagnostics;
using System.Globalization;

namespace Edge.Fuzz;

/// <summary>
/// Runs a target with one seed after another: a fixed number of them, so that a test run is the same everywhere, or as many as fit into EDGE_FUZZ_SECONDS. A failure
/// names its seed; EDGE_FUZZ_SEED starts there again.
/// </summary>
internal static class Fuzzer
{
    private static readonly int _seconds = Number("EDGE_FUZZ_SECONDS");
    private static readonly int _firstSeed = Number("EDGE_FUZZ_SEED");

    /// <param name="rounds">Seeds of a bounded run.</param>
    /// <param name="target">Throws where something is wrong. Everything random in it comes from the seed.</param>
    public static void Run(int rounds, Action<int> target)
    {
        var clock = Stopwatch.StartNew();
        for (var seed = _firstSeed; _seconds > 0 ? clock.Elapsed.TotalSeconds < _seconds : seed < _firstSeed + rounds; seed++)
        {
            try
            {
                target(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"EDGE_FUZZ_SEED={seed}: {e.Message}", e);
            }
        }
    }

    private static int Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
