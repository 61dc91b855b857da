namespace Edge.Providers;

/// <summary>Endpoints beside chat and embeddings that a provider serves in OpenAI's shape (rerank: in Cohere's), so that requests and answers pass as bytes.</summary>
[Flags]
public enum ProviderEndpoints : ushort
{
    None = 0,
    Moderations = 1,
    Images = 2,
    Audio = 4,
    Files = 8,
    Uploads = 16,
    Batches = 32,
    FineTuning = 64,
    VectorStores = 128,
    Rerank = 256,

    /// <summary>What belongs to stored responses: retrieve, delete, cancel, input items, conversations.</summary>
    Responses = 512,

    /// <summary>What is below realtime: client secrets, calls, sessions.</summary>
    Realtime = 1024,

    /// <summary>The WebSocket of realtime: <see cref="Provider.RealtimePath"/>.</summary>
    RealtimeSocket = 2048,

    /// <summary>Everything that OpenAI itself serves.</summary>
    OpenAi = Moderations | Images | Audio | Files | Uploads | Batches | FineTuning | VectorStores | Responses | Realtime | RealtimeSocket,

    /// <summary>A server that we know nothing of is asked, and says itself what it lacks.</summary>
    All = OpenAi | Rerank,
}
