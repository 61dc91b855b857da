namespace Edge.Guard.Content;

/// <summary>The categories that a filter found in the texts of a request or in a stream, and the first place.</summary>
internal struct ContentHits
{
    /// <summary>The categories, one bit each by their index in the filter's list.</summary>
    public ulong Categories { get; private set; }

    /// <summary>The first hit that was added.</summary>
    public ContentHit First { get; private set; }

    public readonly bool IsEmpty => Categories == 0;

    public readonly bool Has(int category) => (Categories & (1ul << category)) != 0;

    public void Add(ContentHit hit)
    {
        if (Categories == 0) First = hit;
        Categories |= 1ul << hit.Category;
    }
}
