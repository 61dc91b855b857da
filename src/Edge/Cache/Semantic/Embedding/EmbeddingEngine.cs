using Edge.Simd.Vectors;
using Microsoft.ML.OnnxRuntime;

namespace Edge.Cache.Semantic.Embedding;

/// <summary>What became of a text.</summary>
/// <param name="Tokens">How many the model saw.</param>
/// <param name="UnknownShare">0..1: characters that the vocabulary does not have.</param>
/// <param name="Clipped">The text is longer than the model sees; no vector was made.</param>
/// <param name="HasVector">The vector was written, of length 1.</param>
internal readonly record struct EmbeddedText(int Tokens, double UnknownShare, bool Clipped, bool HasVector);

/// <summary>A text as a vector, and its tokens as vectors, row after row.</summary>
internal sealed record TextStates(float[] Vector, float[] Tokens, long[] Ids);

/// <summary>
/// A model in ONNX Runtime, one session for every thread that embeds: a session each is no faster and costs its memory again. One thread a run, without spinning: beside a proxy every other core has work.
/// </summary>
internal sealed class EmbeddingEngine : IDisposable
{
    // A text has its vector made only where at most this share of its characters is unknown: others collapse into each other (two Japanese sentences have cosine 1.000 in the shipped model).
    public const double MaxUnknownShare = 0.05;

    private static readonly string[] s_both = ["embedding", "states"];

    private readonly InferenceSession _session;
    private readonly ITokenizer _tokenizer;
    private readonly EmbeddingModelConfig _config;
    private readonly RunOptions _run = new();
    private readonly string[] _inputs, _outputs;
    // Inputs of the shape [1, tokens] as BERT's exports have them; the shipped model takes [tokens].
    private readonly bool _hasBatch;

    private EmbeddingEngine(InferenceSession session, ITokenizer tokenizer, EmbeddingModelConfig config)
    {
        (_session, _tokenizer, _config) = (session, tokenizer, config);
        _inputs = [.. session.InputNames];
        _outputs = [session.OutputNames.Contains("embedding") ? "embedding" : session.OutputNames[0]];
        HasStates = config.Pooling == EmbeddingPooling.None && session.OutputNames.Contains("states");
        _hasBatch = session.InputMetadata[_inputs[0]].Dimensions.Length == 2;
    }

    public int Dimensions => _config.Dimensions;

    /// <summary>The model gives the states of its tokens too, so that <see cref="EmbedStates"/> can be called.</summary>
    public bool HasStates { get; }

    public EmbeddingModelConfig Config => _config;

    /// <summary>Loads library, model and vocabulary: some 100 ms and 50 MB for the shipped one. Blocks: for a thread in the background.</summary>
    /// <param name="config">Validated.</param>
    /// <param name="folder">Where relative paths begin: the binary's.</param>
    /// <param name="error">One sentence for the operator: what is missing or wrong, and what to do.</param>
    /// <returns>Null with an error. A library, a model or a vocabulary that is not there is no reason for the gateway not to run.</returns>
    public static EmbeddingEngine? TryLoad(EmbeddingModelConfig config, string folder, out string? error)
    {
        error = config.Validate();
        if (error is not null) return null;
        var (model, vocabulary) = (Path.Combine(folder, config.Model), Path.Combine(folder, config.Vocabulary));
        foreach (var path in new[] { model, vocabulary })
        {
            if (File.Exists(path)) continue;
            error = $"{path} is missing; it belongs beside the binary or where the configuration says";
            return null;
        }
        try
        {
            var words = File.ReadAllBytes(vocabulary);
            ITokenizer tokenizer = config.Tokenizer == TokenizerKind.WordPiece ? new WordPieceTokenizer(words, config.LowerCase) : new UnigramTokenizer(UnigramVocabulary.Read(words));
            return Open(model, tokenizer, config, out error);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            error = $"{vocabulary}: {exception.Message}";
        }
        // The type's initialiser binds the library's entry points, so that a missing one may come wrapped.
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            error = $"ONNX Runtime's library (libonnxruntime.so) could not be loaded; it belongs beside the binary and needs libstdc++ ({(exception.InnerException ?? exception).Message.Split('\n')[0]})";
        }
        catch (OnnxRuntimeException exception)
        {
            error = $"{model} was not accepted by ONNX Runtime: {exception.Message}";
        }
        return null;
    }

    /// <summary>Makes the vector of a text: 1 ms for 20 tokens of the shipped model, 6 ms for 128. Blocks, and may be called by several threads at once.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="vector"><see cref="Dimensions"/> values.</param>
    public EmbeddedText Embed(ReadOnlySpan<char> text, Span<float> vector)
    {
        Span<long> buffer = stackalloc long[512];
        var ids = _config.MaxTokens <= buffer.Length ? buffer[.._config.MaxTokens] : new long[_config.MaxTokens];
        var tokens = _tokenizer.Encode(text, ids);
        if (tokens.Clipped || tokens.Count == 0 || tokens.Characters == 0 || tokens.UnknownShare > MaxUnknownShare) return new EmbeddedText(tokens.Count, tokens.UnknownShare, tokens.Clipped, false);
        return new EmbeddedText(tokens.Count, tokens.UnknownShare, false, Run(ids[..tokens.Count], vector));
    }

    /// <summary>The tokens of a text in their context, each a vector of length 1; null where the text has no vector.</summary>
    public TextStates? EmbedStates(ReadOnlySpan<char> text)
    {
        Span<long> ids = stackalloc long[_config.MaxTokens];
        var tokens = _tokenizer.Encode(text, ids);
        if (tokens.Clipped || tokens.Characters == 0 || tokens.UnknownShare > MaxUnknownShare) return null;
        ids = ids[..tokens.Count];
        using var input = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64, [ids.Length]);
        ids.CopyTo(input.GetTensorMutableDataAsSpan<long>());
        using var results = _session.Run(_run, _inputs, [input], s_both);
        var vector = results[0].GetTensorDataAsSpan<float>().ToArray();
        var states = results[1].GetTensorDataAsSpan<float>().ToArray();
        FloatDot.Normalize(vector);
        for (var row = 0; row < ids.Length; row++) FloatDot.Normalize(states.AsSpan(row * Dimensions, Dimensions));
        return new TextStates(vector, states, ids.ToArray());
    }

    public TokenizedText Tokenize(ReadOnlySpan<char> text, Span<long> ids) => _tokenizer.Encode(text, ids);

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    private static EmbeddingEngine? Open(string model, ITokenizer tokenizer, EmbeddingModelConfig config, out string? error)
    {
        // Its own search for the library asks where the assembly lies, which nobody can say of a binary without assemblies; the runtime's looks beside the binary.
        OrtEnv.DisableDllImportResolver = true;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // Patterns are kept for each length of text; the arena serves all of them from one block.
            EnableMemoryPattern = false,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        var session = new InferenceSession(model, options);
        var engine = new EmbeddingEngine(session, tokenizer, config);
        error = engine.CheckShape();
        if (error is null) return engine;
        engine.Dispose();
        return null;
    }

    // One run tells whether dimensions and pooling are as configured, and warms what is made at first use.
    private string? CheckShape()
    {
        foreach (var input in _inputs.Skip(1))
        {
            if (input is not ("attention_mask" or "token_type_ids")) return $"the model wants an input \"{input}\"; known are token ids, attention_mask and token_type_ids";
        }
        if (_inputs[0] is "attention_mask" or "token_type_ids") (_inputs[0], _inputs[Array.IndexOf(_inputs, "input_ids")]) = ("input_ids", _inputs[0]);
        Span<long> ids = stackalloc long[32];
        var tokens = _tokenizer.Encode("a text", ids);
        return TryRun(ids[..tokens.Count], new float[_config.Dimensions], out var error) ? null : error;
    }

    private bool Run(ReadOnlySpan<long> ids, Span<float> vector) => TryRun(ids, vector, out _);

    private bool TryRun(ReadOnlySpan<long> ids, Span<float> vector, out string? error)
    {
        error = null;
        long[] shape = _hasBatch ? [1, ids.Length] : [ids.Length];
        var inputs = new OrtValue[_inputs.Length];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                inputs[i] = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64, shape);
                var values = inputs[i].GetTensorMutableDataAsSpan<long>();
                switch (_inputs[i])
                {
                    case "attention_mask": values.Fill(1); break;
                    case "token_type_ids": values.Clear(); break;
                    default: ids.CopyTo(values); break;
                }
            }
            using var results = _session.Run(_run, _inputs, inputs, _outputs);
            var output = results[0].GetTensorDataAsSpan<float>();
            var expected = _config.Pooling == EmbeddingPooling.None ? vector.Length : vector.Length * ids.Length;
            if (output.Length != expected)
            {
                error = $"the model gives {output.Length} values for {ids.Length} tokens, where {expected} were expected: check dimensions ({vector.Length}) and pooling ({_config.Pooling.ToString().ToLowerInvariant()})";
                return false;
            }
            output[..vector.Length].CopyTo(vector);
            if (_config.Pooling == EmbeddingPooling.Mean)
            {
                // A sum serves as well: the length becomes 1 below.
                for (var row = 1; row < ids.Length; row++)
                {
                    for (var i = 0; i < vector.Length; i++) vector[i] += output[(row * vector.Length) + i];
                }
            }
            if (FloatDot.Normalize(vector)) return true;
            error = "the model gives a vector without direction (zeros or not finite)";
            return false;
        }
        finally
        {
            foreach (var input in inputs) input?.Dispose();
        }
    }
}
