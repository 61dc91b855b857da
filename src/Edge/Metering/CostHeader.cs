using System.Globalization;
using System.Text;
using Edge.Cache;
using Edge.Endpoints;
using Edge.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Edge.Metering;

/// <summary>What an answer cost, in its head, <c>x-edge-cost-usd</c>, or at the end of a stream.</summary>
public static class CostHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "x-edge-cost-usd";

    /// <summary>Room for <see cref="Member"/>.</summary>
    internal const int MaxMember = 64;

    // Whole and fraction of the greatest long in nano-dollars, and the point.
    private const int MaxLength = 21;
    private const long NanosPerDollar = 1_000_000_000;

    /// <summary>
    /// Says what is booked for it, where that is known before the head goes out: of a whole answer, and 0 of one that no provider was asked for. A stream's cost is known at its end alone.
    /// </summary>
    /// <param name="context">The answer's head is about to go out.</param>
    /// <param name="headers">Of the answer.</param>
    /// <param name="isWhole">The body is at hand; false = it is streamed.</param>
    internal static void Add(RequestContext context, IHeaderDictionary headers, bool isWhole)
    {
        if (context.ErrorCode != ErrorCode.None || context.ProviderError is not null || context.SentStatus is < 200 or > 299) return;
        if (IsFromCache(context)) headers[Name] = "0";
        else if (isWhole && context.Operation < Operation.Moderations && context.FirstSentAt != 0 && TryCost(context, out var cost)) headers[Name] = Format(cost);
    }

    /// <summary>
    /// What the chunk with a stream's usage says too, as a raw member: <c>"x_edge":{"cost_usd":"0.000048"}</c>. A text, because not every reader of JSON has exact numbers.
    /// </summary>
    /// <param name="context">Its usage is in.</param>
    /// <param name="to">Of <see cref="MaxMember"/> bytes.</param>
    /// <returns>Bytes written; 0 where the cost is not known.</returns>
    internal static int Member(RequestContext context, Span<byte> to)
    {
        if (!context.Usage.IsReported || !TryCost(context, out var cost)) return 0;
        var before = "\"x_edge\":{\"cost_usd\":\""u8;
        before.CopyTo(to);
        var length = before.Length + Format(cost, to[before.Length..]);
        "\"}"u8.CopyTo(to[length..]);
        return length + 2;
    }

    /// <summary>Dollars as a plain decimal: no exponent, no zeros at its end.</summary>
    /// <param name="nanos">Nano-dollars, not negative.</param>
    internal static string Format(long nanos)
    {
        if (nanos == 0) return "0";
        Span<byte> text = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(text[..Format(nanos, text)]);
    }

    private static int Format(long nanos, Span<byte> to)
    {
        var (dollars, rest) = Math.DivRem(nanos, NanosPerDollar);
        dollars.TryFormat(to, out var length, provider: CultureInfo.InvariantCulture);
        if (rest == 0) return length;
        to[length++] = (byte)'.';
        rest.TryFormat(to[length..], out var digits, "D9", CultureInfo.InvariantCulture);
        return to[..(length + digits)].TrimEnd((byte)'0').Length;
    }

    private static bool IsFromCache(RequestContext context) => context.FirstSentAt == 0
        && context.Cache is { Result: CacheResult.Hit or CacheResult.Semantic or CacheResult.Coalesced or CacheResult.Stale };

    private static bool TryCost(RequestContext context, out long cost)
    {
        // A call sets it; its value counts for the settlement too, so that both say the same.
        var settlement = Settlement.Of(context, context.PricedAt);
        cost = settlement.Cost;
        return settlement.IsPriced && context.PricedAt != default;
    }
}
