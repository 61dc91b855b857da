using System.Globalization;

namespace Edge.Cache;

/// <summary>What entries are to be dropped.</summary>
public enum CachePurgeKind : byte
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>The one of that key.</summary>
    Key,

    /// <summary>Those of that tag.</summary>
    Tag,

    /// <summary>Those of that model, as clients ask for it.</summary>
    Model,

    /// <summary>Those of that tenant.</summary>
    Scope,
}

/// <summary>An order to drop entries, also on its way to other instances.</summary>
/// <param name="Kind">By what.</param>
/// <param name="Text">Of a key 64 hexadecimal digits, of a scope 16; else the name.</param>
public readonly record struct CachePurge(CachePurgeKind Kind, string Text = "")
{
    private const string Letters = "*ktms";

    public static CachePurge OfScope(ulong scope) => new(CachePurgeKind.Scope, scope.ToString("x16", CultureInfo.InvariantCulture));

    /// <summary>As it is published.</summary>
    public string Message => $"{Letters[(int)Kind]}{Text}";

    public static bool TryParse(string message, out CachePurge purge)
    {
        purge = default;
        var kind = message.Length == 0 ? -1 : Letters.IndexOf(message[0], StringComparison.Ordinal);
        if (kind < 0) return false;
        purge = new((CachePurgeKind)kind, message[1..]);
        return true;
    }

    public bool Fits(CacheEntry entry) => Kind switch
    {
        CachePurgeKind.All => true,
        CachePurgeKind.Key => entry.Key.ToString().Equals(Text, StringComparison.OrdinalIgnoreCase),
        CachePurgeKind.Tag => entry.Tags.Contains(Text),
        CachePurgeKind.Model => entry.Model == Text,
        _ => entry.Scope.ToString("x16", CultureInfo.InvariantCulture).Equals(Text, StringComparison.OrdinalIgnoreCase),
    };
}
