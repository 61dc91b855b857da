namespace Edge.Cache.Semantic.Gate;

/// <summary>A word of a prompt.</summary>
/// <param name="Text">In lower case; a number without separators.</param>
/// <param name="IsName">Written as a name: a capital where no sentence begins, or letters and digits mixed.</param>
/// <param name="IsQuoted">Inside of quotation marks.</param>
/// <param name="StartsSentence">The first of a sentence.</param>
/// <param name="IsNumber">A number.</param>
internal readonly record struct Word(string Text, bool IsName = false, bool IsQuoted = false, bool StartsSentence = false, bool IsNumber = false);
