namespace Edge.Guard.Pii;

/// <summary>Recognises one kind of thing, by hand-written rules, at a candidate that the scan has found.</summary>
/// <remarks>Works in bounded time per candidate: looks at no more than some hundred bytes around it, or remembers in the scan how far it has been.</remarks>
internal interface IDetector
{
    /// <summary>The byte of the candidate that this detector wants: '0' stands for every digit that begins a run.</summary>
    byte Anchor { get; }

    /// <summary>Adds what it recognises to the findings of the scan.</summary>
    /// <param name="scan">The text and its findings.</param>
    /// <param name="at">The candidate's position.</param>
    void Detect(ref PiiScan scan, int at);
}
