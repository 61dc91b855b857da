using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Ledger;

/// <summary>What sums are kept by.</summary>
/// <param name="Id">Hash of all the others.</param>
/// <param name="Organisation">Path.</param>
/// <param name="Team">Path.</param>
/// <param name="User">Path.</param>
/// <param name="Key">Path.</param>
/// <param name="Caller">Its id.</param>
/// <param name="Endpoint">Name of the operation.</param>
/// <param name="Model">That was used.</param>
/// <param name="Provider">That was called last.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Tags">JSON object, names in order; <c>{}</c> = none.</param>
internal sealed record Series(
    string Id, string Organisation, string Team, string User, string Key, string Caller, string Endpoint, string Model, string Provider, string Outcome, string Tags);

/// <summary>Sums over requests: of one series in one hour or day.</summary>
public record struct Sums
{
    public long Requests { get; set; }

    /// <summary>Requests whose tokens are an estimate.</summary>
    public long Estimated { get; set; }

    /// <summary>Requests that were sent to a model without a price.</summary>
    public long Unpriced { get; set; }

    public long Streamed { get; set; }

    public long Attempts { get; set; }

    public long InputTokens { get; set; }

    public long OutputTokens { get; set; }

    public long CacheReadTokens { get; set; }

    public long CacheWriteTokens { get; set; }

    public long ReasoningTokens { get; set; }

    /// <summary>Nano-dollars.</summary>
    public long InputCost { get; set; }

    /// <summary>Nano-dollars.</summary>
    public long OutputCost { get; set; }

    public long SavedByCache { get; set; }

    public long SavedByRouting { get; set; }

    public long TotalMicroseconds { get; set; }

    public long GatewayMicroseconds { get; set; }

    public readonly long Cost => InputCost + OutputCost;

    public static Sums Of(LedgerRow row) => new()
    {
        Requests = 1,
        Estimated = row.UsageFrom == UsageFrom.Estimated ? 1 : 0,
        Unpriced = row.Attempts > 0 && !row.IsPriced ? 1 : 0,
        Streamed = row.IsStreamed ? 1 : 0,
        Attempts = row.Attempts,
        InputTokens = row.InputTokens,
        OutputTokens = row.OutputTokens,
        CacheReadTokens = row.CacheReadTokens,
        CacheWriteTokens = row.CacheWriteTokens,
        ReasoningTokens = row.ReasoningTokens,
        InputCost = row.InputCost,
        OutputCost = row.OutputCost,
        SavedByCache = row.SavedByCache,
        SavedByRouting = row.SavedByRouting,
        TotalMicroseconds = row.TotalMicroseconds,
        GatewayMicroseconds = row.GatewayMicroseconds,
    };

    public readonly Sums Plus(in Sums other) => new()
    {
        Requests = Requests + other.Requests,
        Estimated = Estimated + other.Estimated,
        Unpriced = Unpriced + other.Unpriced,
        Streamed = Streamed + other.Streamed,
        Attempts = Attempts + other.Attempts,
        InputTokens = InputTokens + other.InputTokens,
        OutputTokens = OutputTokens + other.OutputTokens,
        CacheReadTokens = CacheReadTokens + other.CacheReadTokens,
        CacheWriteTokens = CacheWriteTokens + other.CacheWriteTokens,
        ReasoningTokens = ReasoningTokens + other.ReasoningTokens,
        InputCost = InputCost + other.InputCost,
        OutputCost = OutputCost + other.OutputCost,
        SavedByCache = SavedByCache + other.SavedByCache,
        SavedByRouting = SavedByRouting + other.SavedByRouting,
        TotalMicroseconds = TotalMicroseconds + other.TotalMicroseconds,
        GatewayMicroseconds = GatewayMicroseconds + other.GatewayMicroseconds,
    };

    /// <summary>The columns of <c>ledger_hour</c> and <c>ledger_day</c>, in the order of <see cref="Values"/>.</summary>
    internal static readonly string[] Columns =
    [
        "requests", "estimated", "unpriced", "streamed", "attempts", "tokens_input", "tokens_output", "tokens_cache_read", "tokens_cache_write", "tokens_reasoning",
        "cost_input", "cost_output", "saved_by_cache", "saved_by_routing", "total_us", "gateway_us",
    ];

    internal readonly long[] Values() =>
    [
        Requests, Estimated, Unpriced, Streamed, Attempts, InputTokens, OutputTokens, CacheReadTokens, CacheWriteTokens, ReasoningTokens,
        InputCost, OutputCost, SavedByCache, SavedByRouting, TotalMicroseconds, GatewayMicroseconds,
    ];

    internal static Sums Of(ReadOnlySpan<long> values) => new()
    {
        Requests = values[0],
        Estimated = values[1],
        Unpriced = values[2],
        Streamed = values[3],
        Attempts = values[4],
        InputTokens = values[5],
        OutputTokens = values[6],
        CacheReadTokens = values[7],
        CacheWriteTokens = values[8],
        ReasoningTokens = values[9],
        InputCost = values[10],
        OutputCost = values[11],
        SavedByCache = values[12],
        SavedByRouting = values[13],
        TotalMicroseconds = values[14],
        GatewayMicroseconds = values[15],
    };
}

/// <summary>Which line of the sums a row belongs to. What clients choose freely is bounded: above so many lines an hour it is booked as <c>(other)</c>, and the totals stay right.</summary>
internal sealed class SeriesBook
{
    internal const string Other = "(other)";
    internal const string OtherTags = """{"(other)":"(other)"}""";

    private const int MaxHours = 4;

    private readonly Dictionary<long, HashSet<string>> _hours = [];

    public Series Of(LedgerRow row, long hour, LedgerConfig config)
    {
        var series = Make(row, TagsOf(row.Tags, config.RollupTags), row.Model);
        if (!_hours.TryGetValue(hour, out var known))
        {
            // Rows that waited through an outage bring hours long past back.
            if (_hours.Count >= MaxHours) _hours.Remove(_hours.Keys.Min());
            _hours.Add(hour, known = []);
        }
        if (known.Count >= config.MaxSeries && !known.Contains(series.Id))
        {
            series = Make(row, row.Tags.Count > 0 ? OtherTags : "{}", row.Model);
            if (known.Count >= 2L * config.MaxSeries && !known.Contains(series.Id)) series = Make(row, row.Tags.Count > 0 ? OtherTags : "{}", Other);
        }
        known.Add(series.Id);
        return series;
    }

    /// <summary>As a JSON object, by name.</summary>
    public static string TagsOf(IReadOnlyList<KeyValuePair<string, string>> tags, IReadOnlyList<string> only)
    {
        var kept = tags.Where(tag => only.Count == 0 || only.Contains(tag.Key)).OrderBy(static tag => tag.Key, StringComparer.Ordinal).ToList();
        if (kept.Count == 0) return "{}";
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in kept) json.WriteString(name, value);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static Series Make(LedgerRow row, string tags, string model)
    {
        // NUL stands in no name: two different lines never have one text.
        var text = string.Join('\0', row.Organisation, row.Team, row.User, row.Key, row.Caller, row.Endpoint, model, row.Provider, row.Outcome, tags);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
        return new(id, row.Organisation, row.Team, row.User, row.Key, row.Caller, row.Endpoint, model, row.Provider, row.Outcome, tags);
    }
}
