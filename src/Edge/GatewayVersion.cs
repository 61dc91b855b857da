namespace Edge;

/// <summary>The version of this binary.</summary>
public static class GatewayVersion
{
    /// <summary>For example <c>0.6.0</c>.</summary>
    public static string Text { get; } = typeof(GatewayVersion).Assembly.GetName().Version!.ToString(3);
}
