namespace Edge.Metering.Tokens;

/// <summary>The vocabularies that are known exactly.</summary>
public enum TokenEncoding : byte
{
    None,

    /// <summary>OpenAI from gpt-4o on.</summary>
    O200k,

    /// <summary>OpenAI's gpt-4, gpt-3.5 and embeddings.</summary>
    Cl100k,
}

/// <summary>How models of a kind count tokens. Found once a route (<see cref="Of"/>).</summary>
/// <param name="Name">For people, and in docs/cost.md.</param>
/// <param name="Encoding">Its vocabulary, where it is known.</param>
/// <param name="PerRequest">Tokens of a request besides its messages.</param>
/// <param name="PerMessage">Tokens of a message besides its text, the role included.</param>
/// <param name="Scale">Tokens of a text in 1024ths of what OpenAI's newer vocabulary makes of it.</param>
public sealed record TokenFamily(string Name, TokenEncoding Encoding, int PerRequest, int PerMessage, int Scale)
{
    /// <summary>gpt-4o, gpt-4.1, gpt-4.5.</summary>
    public static readonly TokenFamily Gpt4o = new("gpt-4o, gpt-4.1", TokenEncoding.O200k, 3, 4, 1024);

    /// <summary>o1 and later, gpt-5 and later: a token less a request.</summary>
    public static readonly TokenFamily Gpt5 = new("gpt-5, o-series", TokenEncoding.O200k, 2, 4, 1024);

    /// <summary>gpt-4, gpt-3.5.</summary>
    public static readonly TokenFamily Gpt4 = new("gpt-4, gpt-3.5", TokenEncoding.Cl100k, 3, 4, 1024);

    /// <summary>Texts alone: embeddings.</summary>
    public static readonly TokenFamily Embedding = new("text-embedding", TokenEncoding.Cl100k, 0, 0, 1024);

    /// <summary>A long preamble of the format's own.</summary>
    public static readonly TokenFamily GptOss = new("gpt-oss", TokenEncoding.None, 66, 4, 1024);

    public static readonly TokenFamily Claude = new("claude", TokenEncoding.None, 3, 4, 1110);

    public static readonly TokenFamily Gemini = new("gemini", TokenEncoding.None, 0, 1, 1050);

    public static readonly TokenFamily Mistral = new("mistral", TokenEncoding.None, 1, 3, 1000);

    public static readonly TokenFamily Llama = new("llama", TokenEncoding.None, 30, 5, 1080);

    public static readonly TokenFamily DeepSeek = new("deepseek", TokenEncoding.None, 1, 2, 1050);

    public static readonly TokenFamily Glm = new("glm", TokenEncoding.None, 4, 3, 1050);

    public static readonly TokenFamily Qwen = new("qwen", TokenEncoding.None, 3, 5, 1050);

    public static readonly TokenFamily Cohere = new("command", TokenEncoding.None, 0, 1, 1050);

    public static readonly TokenFamily Other = new("other", TokenEncoding.None, 8, 5, 1126);

    /// <summary>Every family.</summary>
    public static IReadOnlyList<TokenFamily> All { get; } = [Gpt4o, Gpt5, Gpt4, Embedding, GptOss, Claude, Gemini, Mistral, Llama, DeepSeek, Glm, Qwen, Cohere, Other];

    // The first that a name holds: "deepseek-r1-distill-llama-70b" is a llama.
    private static readonly (string Part, TokenFamily Family)[] _parts =
    [
        ("gpt-oss", GptOss), ("gpt-5", Gpt5), ("gpt-4o", Gpt4o), ("gpt-4.1", Gpt4o), ("gpt-4.5", Gpt4o), ("gpt-4", Gpt4), ("gpt-3.5", Gpt4), ("gpt-35", Gpt4), ("text-embedding-3", Embedding),
        ("text-embedding-ada", Embedding), ("chatgpt", Gpt4o), ("gpt-", Gpt5), ("claude", Claude), ("gemini", Gemini), ("gemma", Gemini), ("llama", Llama), ("deepseek", DeepSeek), ("mistral", Mistral), ("mixtral", Mistral),
        ("ministral", Mistral), ("magistral", Mistral), ("codestral", Mistral), ("devstral", Mistral), ("pixtral", Mistral), ("glm", Glm), ("qwen", Qwen), ("qwq", Qwen), ("command", Cohere),
    ];

    /// <summary>The family of a model, by its name alone: the same model counts the same wherever it runs.</summary>
    public static TokenFamily Of(string model)
    {
        var name = model.ToLowerInvariant();
        foreach (var (part, family) in _parts)
        {
            if (name.Contains(part, StringComparison.Ordinal)) return family;
        }
        name = name[(name.LastIndexOf('/') + 1)..];
        return name.Length > 1 && name[0] == 'o' && char.IsAsciiDigit(name[1]) ? Gpt5 : Other;
    }
}
