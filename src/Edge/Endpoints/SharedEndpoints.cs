using Edge.Providers;

namespace Edge.Endpoints;

/// <summary>A family of paths that providers serve in one shape, so that requests and answers pass as bytes.</summary>
/// <param name="Path">As clients ask for it.</param>
/// <param name="HasMore">Paths below it belong to it too; else it is that one path, for POST alone.</param>
/// <param name="Operation">For metrics.</param>
/// <param name="Needs">What a provider's sheet must say.</param>
/// <param name="Version">Leading part that the provider's root stands for.</param>
public sealed record SharedEndpoint(string Path, bool HasMore, Operation Operation, ProviderEndpoints Needs, string Version = "/v1");

/// <summary>Every family, one line each.</summary>
public static class SharedEndpoints
{
    /// <summary>The one path of realtime that is a WebSocket.</summary>
    public const string RealtimeSocketPath = "/v1/realtime";

    public static IReadOnlyList<SharedEndpoint> All { get; } =
    [
        new("/v1/moderations", false, Operation.Moderations, ProviderEndpoints.Moderations),
        new("/v1/images/generations", false, Operation.Images, ProviderEndpoints.Images),
        new("/v1/images/edits", false, Operation.Images, ProviderEndpoints.Images),
        new("/v1/images/variations", false, Operation.Images, ProviderEndpoints.Images),
        new("/v1/audio/speech", false, Operation.Audio, ProviderEndpoints.Audio),
        new("/v1/audio/transcriptions", false, Operation.Audio, ProviderEndpoints.Audio),
        new("/v1/audio/translations", false, Operation.Audio, ProviderEndpoints.Audio),
        new("/v1/rerank", false, Operation.Rerank, ProviderEndpoints.Rerank),
        new("/v2/rerank", false, Operation.Rerank, ProviderEndpoints.Rerank, Version: "/v2"),
        new("/v1/files", true, Operation.Files, ProviderEndpoints.Files),
        new("/v1/uploads", true, Operation.Uploads, ProviderEndpoints.Uploads),
        new("/v1/batches", true, Operation.Batches, ProviderEndpoints.Batches),
        new("/v1/fine_tuning", true, Operation.FineTuning, ProviderEndpoints.FineTuning),
        new("/v1/vector_stores", true, Operation.VectorStores, ProviderEndpoints.VectorStores),
        new("/v1/conversations", true, Operation.StoredResponses, ProviderEndpoints.Responses),
        new("/v1/responses", true, Operation.StoredResponses, ProviderEndpoints.Responses),
        new("/v1/realtime", true, Operation.Realtime, ProviderEndpoints.Realtime),
    ];

    /// <summary>The WebSocket, for <see cref="Upstream.RealtimeStage"/>.</summary>
    public static SharedEndpoint RealtimeSocket { get; } = new(RealtimeSocketPath, false, Operation.Realtime, ProviderEndpoints.RealtimeSocket);

    /// <summary>The family of a path; null = it is none of them. <c>/v1/responses</c> and <c>/v1/realtime</c> themselves are not: they have a stage of their own.</summary>
    /// <param name="path">Without query.</param>
    public static SharedEndpoint? Find(ReadOnlySpan<char> path)
    {
        foreach (var endpoint in All)
        {
            if (!path.StartsWith(endpoint.Path, StringComparison.Ordinal)) continue;
            if (path.Length == endpoint.Path.Length) return endpoint.Operation is Operation.Realtime or Operation.StoredResponses && endpoint.Path != "/v1/conversations" ? null : endpoint;
            if (endpoint.HasMore && path[endpoint.Path.Length] == '/') return endpoint;
        }
        return null;
    }

    /// <summary>
    /// A request target that may go on to a provider: origin form, nothing in its path that somebody on the way might read as another path. Matching a normalised path and
    /// sending the raw one would be the hole.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<char> target)
    {
        if (target.IsEmpty || target[0] != '/' || target.IndexOfAnyExceptInRange('!', '~') >= 0) return false;
        var query = target.IndexOf('?');
        var path = query < 0 ? target : target[..query];
        if (path.IndexOfAny('\\', '#', ';') >= 0 || path.Contains("//", StringComparison.Ordinal)) return false;
        foreach (var segment in path.Split('/'))
        {
            if (path[segment] is "." or "..") return false;
        }
        for (var at = path.IndexOf('%'); at >= 0 && at < path.Length; at++)
        {
            if (path[at] == '%' && !IsHarmlessEscape(path[at..])) return false;
        }
        return true;
    }

    // Letters, digits and marks such as the colon of a fine-tuned model's name. Not the dot, the slashes, the percent sign itself, or a control character.
    private static bool IsHarmlessEscape(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || !char.IsAsciiHexDigit(text[1]) || !char.IsAsciiHexDigit(text[2])) return false;
        var value = (Convert.ToInt32(text[1].ToString(), 16) << 4) | Convert.ToInt32(text[2].ToString(), 16);
        return value is > ' ' and not ('.' or '/' or '\\' or '%' or 0x7F);
    }
}
