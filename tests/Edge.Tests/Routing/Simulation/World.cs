using Edge.Routing;

namespace Edge.Tests.Routing.Simulation;

/// <summary>
/// Ten targets and half an hour of their life: latencies that change, incidents, prices. Only additions, products and square roots, which every machine rounds alike: the golden files depend on each bit.
/// </summary>
internal static class World
{
    public const int Minutes = 30;

    public const double MeanOutput = 300;

    /// <summary>Milliseconds that a call takes which fails at once, and one that hangs until its time-out.</summary>
    public const double FailsAfter = 150;
    public const double HangsFor = 10_000;

    public static readonly Place[] Places =
    [
        //          $/M in, out, quality, ms first, between, carries
        new("alpine", 2.50, 10.00, 0.85, 350, 9, 60),
        new("birch", 3.00, 15.00, 0.92, 450, 11, 60),
        new("cedar", 1.10, 4.40, 0.75, 500, 12, 60),
        new("dune", 0.60, 2.40, 0.65, 650, 14, 60),
        new("ember", 5.00, 25.00, 0.97, 900, 18, 120),
        new("fjord", 0.15, 0.60, 0.55, 800, 16, 100),
        new("grove", 0.10, 0.40, 0.45, 1100, 22, 120),
        new("heath", 0.80, 3.20, 0.70, 1400, 25, 100),
        new("isle", 1.80, 7.20, 0.80, 700, 15, 50),
        new("juniper", 15.00, 75.00, 0.99, 2200, 40, 200),
    ];

    /// <summary>What is said of the world in the documentation, next to what it does below.</summary>
    public static readonly (double From, double To, string Text)[] Incidents =
    [
        (5, 8, "`alpine` refuses every call"),
        (10, 18, "`birch` takes six times as long"),
        (12, 16, "`cedar` fails three calls of ten"),
        (14, 19, "`grove` refuses every call"),
        (20, 30, "`isle` is four times as fast"),
        (22, 25, "`ember` accepts calls and never answers"),
    ];

    /// <summary>Of its usual time.</summary>
    public static double Slowness(int place, double minute) => place switch
    {
        1 when minute is >= 10 and < 18 => 6,
        8 when minute >= 20 => 0.25,
        _ => 1,
    };

    public static double Failing(int place, double minute) => place switch
    {
        0 when minute is >= 5 and < 8 => 1,
        2 when minute is >= 12 and < 16 => 0.3,
        6 when minute is >= 14 and < 19 => 1,
        4 when minute is >= 22 and < 25 => 1,
        _ => 0.002,
    };

    public static bool Hangs(int place, double minute) => place == 4 && minute is >= 22 and < 25;

    /// <summary>The busier, the slower.</summary>
    public static double Load(int place, int underWay) => 1 + (underWay / Places[place].Carries);

    /// <summary>Four requests a second or so, the same in every run.</summary>
    public static List<Request> Requests()
    {
        var random = new Entropy(20261123);
        var requests = new List<Request>();
        var at = 0.0;
        while (true)
        {
            at += 250 * 2 * random.NextDouble();
            if (at >= Minutes * 60_000) return requests;
            // Products of uniform numbers: many short ones and a long tail.
            var input = 100 + (7200 * random.NextDouble() * random.NextDouble() * random.NextDouble());
            var output = 20 + ((MeanOutput - 20) * 4 * random.NextDouble() * random.NextDouble());
            requests.Add(new Request(at, (long)input, (long)output, (ulong)random.Next(200) + 1));
        }
    }

    internal sealed record Place(string Name, double Input, double Output, double Quality, double First, double Between, double Carries);

    /// <param name="At">Milliseconds.</param>
    /// <param name="Input">Tokens.</param>
    /// <param name="Output">Tokens.</param>
    /// <param name="User">1 to 200.</param>
    internal readonly record struct Request(double At, long Input, long Output, ulong User);
}
