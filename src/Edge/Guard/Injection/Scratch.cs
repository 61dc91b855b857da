namespace Edge.Guard.Injection;

/// <summary>Memory of one thread for folded and decoded text, made when a text first needs it.</summary>
internal sealed class Scratch
{
    /// <summary>Bytes of a text that are looked at together: positions fit in 16 bits.</summary>
    public const int Chunk = 16 * 1024;

    /// <summary>The most bytes that one encoded run is decoded to: an attack says what it wants sooner.</summary>
    public const int MaxDecoded = 2 * 1024;

    /// <summary>How deep encodings are nested that are looked into.</summary>
    public const int MaxDepth = 2;

    [ThreadStatic]
    private static Scratch? _ofThread;

    private readonly byte[]?[] _folded = new byte[]?[MaxDepth + 1];
    private readonly ushort[]?[] _maps = new ushort[]?[MaxDepth + 1];
    private readonly byte[]?[] _decoded = new byte[]?[MaxDepth + 1];

    /// <summary>This thread's.</summary>
    public static Scratch OfThread => _ofThread ??= new Scratch();

    public Span<byte> Folded(int depth) => _folded[depth] ??= new byte[depth == 0 ? Chunk : MaxDecoded];

    public Span<ushort> Map(int depth) => _maps[depth] ??= new ushort[depth == 0 ? Chunk : MaxDecoded];

    public Span<byte> Decoded(int depth) => _decoded[depth] ??= new byte[MaxDecoded];
}
