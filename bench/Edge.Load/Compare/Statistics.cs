namespace Edge.Load.Compare;

/// <summary>Over the few values that rounds give: the middle one, and how far they lie apart.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two in the middle; NaN for none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
