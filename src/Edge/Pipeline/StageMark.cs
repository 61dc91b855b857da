namespace Edge.Pipeline;

/// <summary>The gateway's own steps, as far as their time is worth knowing.</summary>
public enum Stage : byte
{
    Auth,
    Body,
    Limits,
    Guard,
    Cache,
    Route,
    Budget,
    Audit,
}

/// <param name="Stage">Which step.</param>
/// <param name="At">When it was over: a TimeProvider timestamp. It began where the one before it ended.</param>
public readonly record struct StageMark(Stage Stage, long At);
