namespace Edge.Configuration;

/// <summary>So many events in so long a window: <c>1000/min</c> is <c>new Rate(1000, TimeSpan.FromMinutes(1))</c>.</summary>
/// <param name="Count">Events per window, at least 1.</param>
/// <param name="Per">The window, longer than zero.</param>
public readonly record struct Rate(long Count, TimeSpan Per)
{
    public override string ToString() => RateText.Format(this);
}
