using System.Text;
using Edge.Providers;
using Edge.Providers.Embedding;
using Edge.Providers.Json;

namespace Edge.Model;

/// <summary>Request targets at a provider, with the base URL's path: origin form, percent-encoded ASCII.</summary>
public sealed class TargetPaths
{
    private const string ModelHole = "{model}";

    private readonly ReadOnlyMemory<byte> _chat;
    private readonly ReadOnlyMemory<byte> _stream;
    private readonly ReadOnlyMemory<byte> _responses;
    private readonly ReadOnlyMemory<byte> _completions;
    private readonly ReadOnlyMemory<byte> _embeddings;

    /// <param name="root">Path of the API's root, without a slash at its end.</param>
    /// <param name="sheet">The provider's data sheet.</param>
    /// <param name="model">Plain name of the model, for paths that hold it; null = none of them does.</param>
    /// <param name="apiVersion">For paths whose query names a version.</param>
    public TargetPaths(string root, Provider sheet, string? model, string apiVersion)
    {
        _chat = Path(root, sheet.ChatPath, model, apiVersion);
        _stream = sheet.StreamPath is { } stream ? Path(root, stream, model, apiVersion) : _chat;
        _responses = sheet.ResponsesPath is { } responses ? Path(root, responses, model, apiVersion) : default;
        CountTokens = sheet.CountTokensPath is { } count ? Path(root, count, model, apiVersion) : default;
        _completions = sheet.CompletionsPath is { } completions ? Path(root, completions, model, apiVersion) : default;
        _embeddings = sheet.EmbeddingsPath is { } embeddings ? EmbeddingsPath(root, embeddings, sheet, model, apiVersion) : default;
    }

    /// <summary>Whether a path names the model, so that each model has paths of its own.</summary>
    public static bool HoldModel(Provider sheet) =>
        new[] { sheet.ChatPath, sheet.StreamPath, sheet.ResponsesPath, sheet.CompletionsPath, sheet.EmbeddingsPath }.Any(static path => path?.Contains(ModelHole, StringComparison.Ordinal) == true);

    /// <summary>Where embeddings are asked for; empty = nowhere.</summary>
    public ReadOnlyMemory<byte> Embeddings => _embeddings;

    /// <summary>Anthropic's count of tokens; empty = it has none.</summary>
    public ReadOnlyMemory<byte> CountTokens { get; }

    /// <summary>Where a chat request of that dialect goes.</summary>
    public ReadOnlyMemory<byte> Of(Dialect wire, bool stream) => wire switch
    {
        Dialect.Responses when !_responses.IsEmpty => _responses,
        Dialect.Completions when !_completions.IsEmpty => _completions,
        _ => stream ? _stream : _chat,
    };

    private static ReadOnlyMemory<byte> EmbeddingsPath(string root, string path, Provider sheet, string? model, string apiVersion)
    {
        if (path.StartsWith("~/", StringComparison.Ordinal)) (root, path) = ("", path[1..]);
        if (model is not null && EmbeddingCodecs.For(sheet.EmbeddingsDialect) is { } codec)
        {
            path = path.Replace("{method}", codec.Method(JsonText.Plain(Encoding.UTF8.GetBytes(model))), StringComparison.Ordinal);
        }
        return Path(root, path, model, apiVersion);
    }

    private static ReadOnlyMemory<byte> Path(string root, string path, string? model, string apiVersion)
    {
        path = path.Replace("{api-version}", Uri.EscapeDataString(apiVersion), StringComparison.Ordinal);
        return Encoding.ASCII.GetBytes(root + (model is null ? path : path.Replace(ModelHole, Uri.EscapeDataString(model), StringComparison.Ordinal)));
    }
}
