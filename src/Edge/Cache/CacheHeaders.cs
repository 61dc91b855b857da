using System.Globalization;
using Edge.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Edge.Cache;

/// <summary>What an answer's head says of the cache.</summary>
internal static class CacheHeaders
{
    private static readonly StringValues[] _results = ["bypass", "miss", "hit", "semantic", "coalesced", "hit"];

    public static void Add(RequestContext context, CacheTicket ticket, IHeaderDictionary headers)
    {
        headers["x-edge-cache"] = _results[(int)ticket.Result];
        if (ticket.Entry is { } entry && !ticket.IsEntrySpare)
        {
            headers["x-edge-cache-id"] = ticket.Entry.Key.ToString();
            // Rounded down: what looks like the threshold has reached it.
            if (ticket.Result == CacheResult.Semantic) headers["x-edge-cache-similarity"] = (Math.Floor(ticket.Similarity * 1000) / 1000).ToString("0.000", CultureInfo.InvariantCulture);
            headers.Age = Age(entry, context).ToString(CultureInfo.InvariantCulture);
            // RFC 9111 had a warning for it once; this says the same without its dates.
            if (ticket.Result == CacheResult.Stale) headers["x-edge-cache-stale"] = _true;
            headers["x-edge-provider"] = entry.Provider;
            if (entry.ProviderModel.Length > 0) headers["x-edge-model"] = entry.ProviderModel;
        }
        else if (ticket.Followed?.Route is { } route)
        {
            headers["x-edge-provider"] = route.Target.NameHeader;
            if (route.ModelHeader.Count > 0) headers["x-edge-model"] = route.ModelHeader;
        }
    }

    private static readonly StringValues _true = "true";

    private static long Age(CacheEntry entry, RequestContext context) => Math.Max(0, (context.Cache!.Now - entry.CreatedAt) / 1000);
}
