using Edge.Pipeline;

namespace Edge.Upstream;

/// <summary>One of the calls that a request for embeddings needs.</summary>
internal sealed class EmbeddingCall(UpstreamRequest request, int inputs) : IDisposable
{
    public UpstreamRequest Request { get; } = request;

    /// <summary>Texts of this call.</summary>
    public int Inputs { get; } = inputs;

    public PooledBuffer Body { get; } = new();

    public PooledBuffer Answer { get; } = new();

    public string? TokensHeader { get; set; }

    /// <summary>Input tokens that a header told; -1 = none did.</summary>
    public long Tokens { get; set; } = -1;

    public UpstreamResponse? Response { get; set; }

    /// <summary>Why there are no credentials.</summary>
    public string? Problem { get; set; }

    /// <summary>Ends this call alone; null where it is the only one or has not begun.</summary>
    public CancellationTokenSource? Cancel { get; set; }

    public UpstreamFailure Failure { get; set; }

    public bool IsTooLarge { get; set; }

    /// <summary>The response, which is the caller's to dispose from now on.</summary>
    public UpstreamResponse? TakeResponse()
    {
        var response = Response;
        Response = null;
        return response;
    }

    public void Dispose()
    {
        Response?.Dispose();
        Cancel?.Dispose();
        Request.Clear();
        Body.Dispose();
        Answer.Dispose();
    }
}
