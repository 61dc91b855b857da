using System.Buffers;

namespace Edge.Guard.Restore;

/// <summary>Looks for placeholders.</summary>
internal static class PlaceholderSearch
{
    /// <summary>Every spelling of an opening bracket begins with one of these.</summary>
    public static readonly SearchValues<byte> Openers = SearchValues.Create("<&%\\"u8);
}
