using Edge.Clients;

namespace Edge.Endpoints;

/// <summary>What a data-plane request asks for.</summary>
public enum Operation : byte
{
    /// <summary>No such path.</summary>
    None,

    /// <summary>The path exists, but not for this method.</summary>
    WrongMethod,
    ChatCompletions,
    Messages,
    CountTokens,
    Responses,
    Completions,
    ListModels,
    GetModel,
    Embeddings,
    Moderations,
    Images,
    Audio,
    Rerank,
    Files,
    Uploads,
    Batches,
    FineTuning,
    VectorStores,

    /// <summary>What belongs to stored responses and conversations.</summary>
    StoredResponses,
    Realtime,
}

/// <summary>Route to operation and client dialect; no logic. The routes are in docs/api.md.</summary>
public static class EndpointTable
{
    private const string ModelsPrefix = "/v1/models/";

    /// <param name="method">Upper case.</param>
    /// <param name="path">Decoded, without query.</param>
    /// <param name="client">The dialect of that path.</param>
    /// <param name="allowed">For WrongMethod: what the path allows, as the Allow header says it.</param>
    public static Operation Match(string method, string path, out ClientDialect client, out string allowed)
    {
        client = ClientDialects.OpenAi;
        allowed = "";
        switch (path)
        {
            case "/v1/chat/completions":
            case "/api/chat/completions":
                return Only(method, "POST", Operation.ChatCompletions, out allowed);
            case "/v1/embeddings":
                client = ClientDialects.OpenAiModel;
                return Only(method, "POST", Operation.Embeddings, out allowed);
            case "/v1/messages":
                client = ClientDialects.Anthropic;
                return Only(method, "POST", Operation.Messages, out allowed);
            case "/v1/messages/count_tokens":
                client = ClientDialects.Anthropic;
                return Only(method, "POST", Operation.CountTokens, out allowed);
            case "/v1/responses":
                client = ClientDialects.Responses;
                return Only(method, "POST", Operation.Responses, out allowed);
            case "/v1/completions":
                client = ClientDialects.Completions;
                return Only(method, "POST", Operation.Completions, out allowed);
            case SharedEndpoints.RealtimeSocketPath:
                client = ClientDialects.OpenAiAny;
                // CONNECT is how HTTP/2 asks for a WebSocket (RFC 8441): RealtimeStage says what to do instead.
                return method == "CONNECT" ? Operation.Realtime : Only(method, "GET", Operation.Realtime, out allowed);
            case "/v1/models":
                return Only(method, "GET", Operation.ListModels, out allowed);
        }
        // Whatever else is below an Anthropic path gets its error in Anthropic's envelope.
        if (path.StartsWith("/v1/messages/", StringComparison.Ordinal)) client = ClientDialects.Anthropic;
        if (path.Length > ModelsPrefix.Length && path.StartsWith(ModelsPrefix, StringComparison.Ordinal))
        {
            return Only(method, "GET", Operation.GetModel, out allowed);
        }
        if (SharedEndpoints.Find(path) is not { } shared) return Operation.None;
        client = ClientDialects.OpenAiAny;
        if (!shared.HasMore) return Only(method, "POST", shared.Operation, out allowed);
        allowed = "GET, POST, DELETE";
        return method is "GET" or "POST" or "DELETE" ? shared.Operation : Operation.WrongMethod;
    }

    /// <summary>The model that a GetModel path names.</summary>
    public static string ModelOf(string path) => path[ModelsPrefix.Length..];

    private static Operation Only(string method, string expected, Operation operation, out string allowed)
    {
        allowed = expected;
        return method == expected ? operation : Operation.WrongMethod;
    }
}
