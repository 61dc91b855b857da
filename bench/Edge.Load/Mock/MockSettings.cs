namespace Edge.Load.Mock;

/// <summary>How the mock answers. Changeable while it runs: <c>POST /mock?events=50&amp;interval=20</c>.</summary>
internal sealed record MockSettings
{
    /// <summary>Text events of a stream, 1-10,000.</summary>
    public int Events { get; init; } = 50;

    /// <summary>Milliseconds between two text events, 0 = all at once.</summary>
    public double IntervalMs { get; init; } = 20;

    /// <summary>Milliseconds until an answer begins.</summary>
    public double DelayMs { get; init; }

    /// <summary>Bytes of a non-streamed answer's body; raised to what the shape itself needs (about 560).</summary>
    public int Size { get; init; } = 600;

    /// <summary>The count of the request after which the whole server stands still once for <see cref="StallMs"/>; 0 = never.</summary>
    public int StallAt { get; init; }

    public double StallMs { get; init; }

    /// <summary>Reads one setting by its name in the query string and on the command line.</summary>
    /// <exception cref="ArgumentException">The name is unknown or the value out of range.</exception>
    public MockSettings With(string name, string value) => name switch
    {
        "events" => this with { Events = (int)Number(name, value, 1, 10_000) },
        "interval" => this with { IntervalMs = Number(name, value, 0, 60_000) },
        "delay" => this with { DelayMs = Number(name, value, 0, 60_000) },
        "size" => this with { Size = (int)Number(name, value, 0, 16 << 20) },
        "stall-at" => this with { StallAt = (int)Number(name, value, 0, int.MaxValue) },
        "stall" => this with { StallMs = Number(name, value, 0, 60_000) },
        _ => throw new ArgumentException($"unknown setting '{name}'; known: events, interval, delay, size, stall-at, stall"),
    };

    private static double Number(string name, string value, double min, double max) =>
        double.TryParse(value, out var number) && number >= min && number <= max
            ? number
            : throw new ArgumentException($"{name} is '{value}'; allowed: {min}-{max}");
}
