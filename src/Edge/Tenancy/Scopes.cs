using Edge.Endpoints;

namespace Edge.Tenancy;

/// <summary>What a key may be used for.</summary>
[Flags]
public enum Scopes : uint
{
    None = 0,

    /// <summary>Chat completions, messages, responses, completions, and counting tokens.</summary>
    Chat = 1,
    Embeddings = 1 << 1,
    Moderations = 1 << 2,
    Images = 1 << 3,
    Audio = 1 << 4,
    Rerank = 1 << 5,

    /// <summary>The WebSocket, which the gateway carries and can end.</summary>
    Realtime = 1 << 6,

    /// <summary>Realtime's other paths: secrets and calls with which a client goes on without the gateway.</summary>
    RealtimeSessions = 1 << 7,
    Files = 1 << 8,
    Uploads = 1 << 9,
    Batches = 1 << 10,
    FineTuning = 1 << 11,
    VectorStores = 1 << 12,

    /// <summary>Responses and conversations that the provider keeps.</summary>
    StoredResponses = 1 << 13,
    All = (1 << 14) - 1,

    /// <summary>
    /// What lives in the provider's account, which all tenants share: the provider lists and gives it to whoever has the gateway's key. Whoever belongs to an organisation has none of it
    /// unless the organisation is given it by name.
    /// </summary>
    Shared = RealtimeSessions | Files | Uploads | Batches | FineTuning | VectorStores | StoredResponses,
}

/// <summary>Words of the configuration and of tokens for <see cref="Scopes"/>.</summary>
public static class ScopeNames
{
    private static readonly (string Name, Scopes Scope)[] _all =
    [
        ("chat", Scopes.Chat), ("embeddings", Scopes.Embeddings), ("moderations", Scopes.Moderations), ("images", Scopes.Images), ("audio", Scopes.Audio), ("rerank", Scopes.Rerank),
        ("realtime", Scopes.Realtime), ("realtime_sessions", Scopes.RealtimeSessions), ("files", Scopes.Files), ("uploads", Scopes.Uploads), ("batches", Scopes.Batches),
        ("fine_tuning", Scopes.FineTuning), ("vector_stores", Scopes.VectorStores), ("stored_responses", Scopes.StoredResponses), ("all", Scopes.All),
    ];

    public static IReadOnlyList<string> All { get; } = [.. _all.Select(static pair => pair.Name)];

    public static bool TryParse(ReadOnlySpan<char> name, out Scopes scope)
    {
        foreach (var (known, value) in _all)
        {
            if (!name.Equals(known, StringComparison.OrdinalIgnoreCase)) continue;
            scope = value;
            return true;
        }
        scope = Scopes.None;
        return false;
    }

    /// <summary>Of names that were checked; empty = <paramref name="none"/>.</summary>
    public static Scopes Of(IReadOnlyList<string> names, Scopes none)
    {
        if (names.Count == 0) return none;
        var all = Scopes.None;
        foreach (var name in names)
        {
            if (TryParse(name, out var scope)) all |= scope;
        }
        return all;
    }

    /// <summary>For messages: <c>chat, embeddings</c>.</summary>
    public static string Text(Scopes scopes) => scopes switch
    {
        Scopes.All => "all",
        Scopes.None => "none",
        _ => string.Join(", ", _all.Where(pair => pair.Scope != Scopes.All && (scopes & pair.Scope) != 0).Select(static pair => pair.Name)),
    };

    /// <summary>What a request needs; None = everybody may.</summary>
    /// <param name="operation">What it asks for.</param>
    /// <param name="path">Its path.</param>
    public static Scopes Of(Operation operation, string path) => operation switch
    {
        Operation.ChatCompletions or Operation.Messages or Operation.CountTokens or Operation.Responses or Operation.Completions => Scopes.Chat,
        // Only what may be used is listed.
        Operation.ListModels or Operation.GetModel => Scopes.None,
        Operation.Embeddings => Scopes.Embeddings,
        Operation.Moderations => Scopes.Moderations,
        Operation.Images => Scopes.Images,
        Operation.Audio => Scopes.Audio,
        Operation.Rerank => Scopes.Rerank,
        Operation.Files => Scopes.Files,
        Operation.Uploads => Scopes.Uploads,
        Operation.Batches => Scopes.Batches,
        Operation.FineTuning => Scopes.FineTuning,
        Operation.VectorStores => Scopes.VectorStores,
        Operation.StoredResponses => Scopes.StoredResponses,
        Operation.Realtime => path == SharedEndpoints.RealtimeSocketPath ? Scopes.Realtime : Scopes.RealtimeSessions,
        // A path that is new here is nobody's until it has a word.
        _ => Scopes.All,
    };
}
