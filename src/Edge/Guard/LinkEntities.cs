using Edge.Guard.Pii;

namespace Edge.Guard;

/// <summary>What is looked for in a link that somebody must be able to follow: who is named in it, and a password.</summary>
internal static class LinkEntities
{
    /// <summary>By entity: true = it is left alone there.</summary>
    public static readonly bool[] Others = [.. Enumerable.Range(0, byte.MaxValue + 1).Select(static entity => (PiiEntity)entity is not (PiiEntity.EmailAddress or PiiEntity.UrlCredentials))];
}
