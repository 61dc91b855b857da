using CsCheck;
using Edge.Ledger;

namespace Edge.Tests.Ledger;

/// <summary>Rows by chance, of few tenants, models and tags, so that sums come together.</summary>
internal static class RandomRows
{
    /// <summary>Some hours around midnight, and a month's end.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 10, 31, 22, 0, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset End = Begin.AddHours(6);

    private static Gen<string> Words(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static readonly Gen<string> _organisation = Words("", "acme", "globex");

    private static readonly Gen<List<KeyValuePair<string, string>>> _tags = Gen.Select(Words("", "apollo", "gemini", "=1+1"), Words("", "blue", "\"quoted\", \\ ünï"), (project, colour) =>
    {
        var tags = new List<KeyValuePair<string, string>>();
        if (project.Length > 0) tags.Add(new("project", project));
        if (colour.Length > 0) tags.Add(new("colour", colour));
        return tags;
    });

    public static readonly Gen<LedgerRow> One =
        from at in Gen.Long[Begin.ToUnixTimeMilliseconds(), End.ToUnixTimeMilliseconds() - 1]
        from organisation in _organisation
        from team in Words("", "red", "blue")
        from key in Words("", "one", "two")
        from model in Words("gpt-5", "claude-sonnet-4-5")
        from provider in Words("openai", "anthropic")
        from outcome in Words("completed", "rejected", "client_gone")
        from tags in _tags
        from tokens in Gen.Long[0, 200_000].Array[5]
        from cost in Gen.Long[0, 3_000_000_000].Array[4]
        from flags in Gen.Int[0, 7]
        select new LedgerRow
        {
            Id = "",
            At = at,
            Expires = at + 86_400_000L * 3650,
            Organisation = organisation,
            Team = organisation.Length > 0 && team.Length > 0 ? $"{organisation}/team:{team}" : "",
            Key = key.Length > 0 ? $"key:{organisation}-{key}" : "",
            CallerKind = key.Length > 0 ? "key" : "anonymous",
            Caller = key.Length > 0 ? key : "anonymous",
            Tags = tags,
            Endpoint = "chat_completions",
            ModelAsked = model,
            Model = model,
            Provider = provider,
            InputTokens = tokens[0],
            OutputTokens = tokens[1],
            CacheReadTokens = tokens[2],
            CacheWriteTokens = tokens[3],
            ReasoningTokens = tokens[4],
            UsageFrom = (flags & 1) == 0 ? UsageFrom.Reported : UsageFrom.Estimated,
            IsPriced = (flags & 2) == 0,
            InputCost = cost[0],
            OutputCost = cost[1],
            SavedByCache = cost[2],
            SavedByRouting = cost[3] - 1_500_000_000,
            TotalMicroseconds = cost[0] / 100,
            GatewayMicroseconds = 7,
            IsStreamed = (flags & 4) == 0,
            Outcome = outcome,
            Status = 200,
            Attempts = 1,
        };

    public static Gen<List<LedgerRow>> Some(int least, int most) =>
        One.List[least, most].Select(rows => rows.Select((row, i) => row with { Id = $"req_{i:D6}" }).ToList());
}
