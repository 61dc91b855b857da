namespace Edge.Cache.Semantic.Embedding;

/// <summary>Cuts text into the tokens of one vocabulary. Safe for several threads.</summary>
internal interface ITokenizer
{
    /// <param name="text">Any text.</param>
    /// <param name="ids">Receives the tokens, as many as the model sees.</param>
    TokenizedText Encode(ReadOnlySpan<char> text, Span<long> ids);
}

/// <summary>What a tokenizer made of a text.</summary>
/// <param name="Count">Tokens written.</param>
/// <param name="Characters">Characters of the text that are not spaces.</param>
/// <param name="Unknown">Those of them that no piece of the vocabulary holds.</param>
/// <param name="Clipped">The text has more tokens than the model sees.</param>
internal readonly record struct TokenizedText(int Count, int Characters, int Unknown, bool Clipped)
{
    /// <summary>0..1.</summary>
    public double UnknownShare => Characters == 0 ? 0 : (double)Unknown / Characters;
}
