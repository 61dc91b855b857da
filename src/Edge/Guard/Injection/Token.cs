namespace Edge.Guard.Injection;

/// <summary>A word or a mark in a window of a text.</summary>
internal struct Token
{
    /// <summary>What it may mean.</summary>
    public WordClass Class;

    /// <summary>A hash of its folded bytes.</summary>
    public uint Hash;

    /// <summary>Its place in the window.</summary>
    public ushort Start;

    /// <summary>Its bytes.</summary>
    public ushort Length;

    public readonly bool Is(WordClass any) => (Class & any) != 0;
}
