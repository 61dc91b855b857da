using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>One thing to embed.</summary>
/// <param name="Range">The text's place; of token ids, the raw array's.</param>
/// <param name="IsTokens">It is an array of token ids.</param>
public readonly record struct EmbeddingInput(BodyRange Range, bool IsTokens);

/// <summary>
/// A client's request for embeddings: places in its body, no copies. Reusable; everything is valid until <see cref="Clear"/> or until the body's memory is given back.
/// </summary>
public sealed class EmbeddingRequest
{
    private const int Keep = 256;

    private EmbeddingInput[] _inputs = new EmbeddingInput[4];
    private int _count;

    /// <summary>The client's body, into which every range points.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    public BodyRange Model { get; set; }

    public ReadOnlySpan<EmbeddingInput> Inputs => _inputs.AsSpan(0, _count);

    /// <summary>The raw <c>input</c> value.</summary>
    public BodyRange Input { get; set; }

    /// <summary><c>input</c> is a JSON string, not an array.</summary>
    public bool InputIsString { get; set; }

    /// <summary>The first input that is token ids; -1 = all are text.</summary>
    public int FirstTokens { get; set; } = -1;

    /// <summary>Length of the vectors; null = the model's own.</summary>
    public long? Dimensions { get; set; }

    /// <summary>The client wants base64 of little-endian 32-bit floats, not JSON numbers.</summary>
    public bool Base64 { get; set; }

    public EmbeddingTask Task { get; set; }

    public EmbeddingTruncation Truncation { get; set; }

    /// <summary>The client's own end user.</summary>
    public BodyRange User { get; set; }

    /// <summary>
    /// Members that this model has no word for, each from its name's quote to its value's end. Providers of OpenAI's shape get them as they are, for others they are
    /// named as dropped.
    /// </summary>
    public List<(BodyRange Name, BodyRange Member)> Others { get; } = [];

    /// <summary>The string at that place.</summary>
    public JsonText Text(BodyRange range) => new(Body.Span.Slice(range.Start, range.Length), range.Escaped);

    /// <summary>The raw JSON at that place.</summary>
    public ReadOnlySpan<byte> Raw(BodyRange range) => Body.Span.Slice(range.Start, range.Length);

    public void Add(EmbeddingInput input)
    {
        if (_count == _inputs.Length) Array.Resize(ref _inputs, _count * 2);
        if (input.IsTokens && FirstTokens < 0) FirstTokens = _count;
        _inputs[_count++] = input;
    }

    /// <summary>Forgets the request and the body.</summary>
    public void Clear()
    {
        if (_inputs.Length > Keep) _inputs = new EmbeddingInput[4];
        _count = 0;
        Body = default;
        Model = Input = User = default;
        FirstTokens = -1;
        Dimensions = null;
        (Base64, InputIsString) = (false, false);
        (Task, Truncation) = (EmbeddingTask.None, EmbeddingTruncation.Default);
        Others.Clear();
    }
}
