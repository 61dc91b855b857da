namespace Edge.Cache.Semantic.Embedding;

/// <summary>How an embedding model's vocabulary cuts text.</summary>
internal enum TokenizerKind
{
    /// <summary>SentencePiece unigram: pieces with scores, U+2581 for a space.</summary>
    Unigram,

    /// <summary>BERT's WordPiece: a word a line in <c>vocab.txt</c>, <c>##</c> before what continues a word.</summary>
    WordPiece,
}

/// <summary>How the vectors of a text's tokens become one.</summary>
internal enum EmbeddingPooling
{
    /// <summary>The model's output is one vector a text already.</summary>
    None,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The first one, of BERT's [CLS].</summary>
    Cls,
}

/// <summary>An embedding model as an ONNX file with its vocabulary. The defaults are the model that ships with the gateway: Universal Sentence Encoder Lite, English (models/README.md).</summary>
internal sealed record EmbeddingModelConfig
{
    /// <summary>The ONNX file. A relative path is looked for beside the binary.</summary>
    public string Model { get; init; } = "embedding-en.onnx";

    /// <summary>
    /// Its vocabulary: for <see cref="TokenizerKind.WordPiece"/> a BERT <c>vocab.txt</c>; for <see cref="TokenizerKind.Unigram"/> a SentencePiece <c>.model</c>, a <c>.vocab</c> of lines with piece, tab
    /// and score, or the compact form of tools/Edge.Embed.
    /// </summary>
    public string Vocabulary { get; init; } = "embedding-en.vocab";

    public TokenizerKind Tokenizer { get; init; } = TokenizerKind.Unigram;

    public EmbeddingPooling Pooling { get; init; } = EmbeddingPooling.None;

    /// <summary>Dimensions of a vector, 8 to 4,096.</summary>
    public int Dimensions { get; init; } = 512;

    /// <summary>Tokens that the model sees, its marks for begin and end included, 16 to 8,192: of a longer text the end would be invisible, so it is not looked up.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>WordPiece: text is put into lower case without accents first, as "uncased" models want it.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>A model for English alone, as the one shipped is: other languages collapse into each other there, so they are not looked up.</summary>
    public bool EnglishOnly { get; init; } = true;

    /// <summary>The pairs of vectors are judged by the verifier that was trained for the model shipped.</summary>
    public bool IsShipped => Model == "embedding-en.onnx" && Vocabulary == "embedding-en.vocab";

    /// <summary>What is out of range, with what is allowed; null where nothing is.</summary>
    public string? Validate() =>
        Model.Length == 0 ? "model is empty: the path of an ONNX file is needed"
        : Vocabulary.Length == 0 ? "vocabulary is empty: the path of the model's vocabulary is needed"
        : Dimensions is < 8 or > 4096 ? $"dimensions {Dimensions}: 8 to 4096 are allowed"
        : MaxTokens is < 16 or > 8192 ? $"maxTokens {MaxTokens}: 16 to 8192 are allowed"
        : null;
}
