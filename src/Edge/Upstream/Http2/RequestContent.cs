namespace Edge.Upstream.Http2;

/// <summary>A request body whose source is the caller's, and the caller's again once SendAsync is over.</summary>
internal abstract class RequestContent : HttpContent
{
    /// <summary>The response head is there: after this the caller's source is not touched again.</summary>
    public abstract void Detach();

    /// <summary>As <see cref="Detach"/>, but a writer under way fails at its next piece.</summary>
    public abstract void Close();
}
