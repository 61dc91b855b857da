using System.Text.Json;
using Edge.Budgets;
using Edge.Configuration;
using Edge.Metering;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Budgets;

/// <summary>Requests through the whole pipeline, with a budget over all of them.</summary>
public class BudgetStageTests
{
    private const string Body = """{"model":"fake/m","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    // One dollar a million tokens in, ten out: 1,000 and 10,000 nano-dollars a token.
    private const long In = 1_000, Out = 10_000;

    [Fact]
    public async Task What_it_costs_is_booked_and_the_rest_is_free_again()
    {
        var kit = Kit(dollars: 1);
        kit.Answer(() => Answer(3, 7));
        Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
        var counter = Counter(kit);
        Assert.Equal(((3 * In) + (7 * Out), 0L), (counter.Spent, counter.Reserved));
        Assert.Equal((3 * In) + (7 * Out), kit.TakeRecord().Cost);
    }

    [Fact]
    public async Task A_request_that_may_cost_more_than_is_left_is_refused_before_anybody_is_called()
    {
        // 100 tokens out are 0.001 dollars.
        var kit = Kit(dollars: 0.001);
        var answer = await kit.SendAsync(Body);
        Assert.Equal(402, answer.StatusCode);
        Assert.Null(kit.SentBody);
        var error = JsonDocument.Parse(answer.WrittenText).RootElement.GetProperty("error");
        Assert.Equal("BUDGET_EXCEEDED", error.GetProperty("code").GetString());
        Assert.Contains("may cost up to $0.001", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        // What all together have spent is nobody's to know.
        Assert.DoesNotContain("x-edge-budget-left", answer.ResponseHeaders.Keys);
        Assert.True(int.Parse(answer.ResponseHeaders.RetryAfter!, System.Globalization.CultureInfo.InvariantCulture) is > 0 and <= 86_400);
        Assert.Equal(1, kit.Policy.Budgets.Counts.Refused);
        Assert.Equal((0L, 0L), (Counter(kit).Spent, Counter(kit).Reserved));
    }

    [Fact]
    public async Task A_refusal_may_be_a_429()
    {
        var kit = Kit(dollars: 0.001, budgets: new BudgetsConfig { Status = 429 });
        Assert.Equal(429, (await kit.SendAsync(Body)).StatusCode);
    }

    [Theory]
    [InlineData("""{"maxCostPerRequest":0.0005}""", 402)]
    [InlineData("""{"max_cost_per_request":0.0005}""", 402)]
    [InlineData("""{"maxCostPerRequest":0.01}""", 200)]
    [InlineData("""{"maxCostPerDay":0.0005}""", 402)]
    [InlineData("""{"maxCostPerDay":0.01,"maxCostPerRequest":null}""", 200)]
    [InlineData("""{"maxCostPerRequest":1e-300}""", 402)]
    [InlineData("""{"maxCostPerRequest":0}""", 402)]
    public async Task A_request_may_set_limits_of_its_own(string budget, int status)
    {
        var kit = Kit(dollars: null);
        kit.Answer(() => Answer(3, 7));
        var answer = await kit.SendAsync(Body.Replace("\"max_tokens\"", $"\"budget\":{budget},\"max_tokens\"", StringComparison.Ordinal));
        Assert.Equal(status, answer.StatusCode);
        Assert.DoesNotContain("x-edge-not-enforced", answer.ResponseHeaders.Keys);
        if (status == 200) Assert.DoesNotContain("budget", kit.SentBody!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_that_a_request_has_limited_counts_every_later_request_of_its_sender()
    {
        var kit = Kit(dollars: null);
        kit.Answer(() => Answer(3, 7));
        var limited = Body.Replace("\"max_tokens\"", "\"budget\":{\"maxCostPerDay\":0.0015},\"max_tokens\"", StringComparison.Ordinal);
        Assert.Equal(200, (await kit.SendAsync(limited)).StatusCode);
        // Without a limit of their own they pass, and count: 73,000 nano-dollars each.
        for (var i = 0; i < 20; i++) Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
        var refused = await kit.SendAsync(limited);
        Assert.Equal(402, refused.StatusCode);
        Assert.Equal("0.00", refused.ResponseHeaders["x-edge-budget-left"]);
    }

    [Fact]
    public async Task Where_the_client_names_no_bound_the_answer_is_bounded_by_what_is_left()
    {
        var kit = Kit(dollars: 0.01);
        kit.Answer(() => Answer(3, 7));
        var answer = await kit.SendAsync("""{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal(200, answer.StatusCode);
        var cap = JsonDocument.Parse(kit.SentBody!).RootElement.GetProperty("max_completion_tokens").GetInt64();
        Assert.InRange(cap, 900, 1000);
        Assert.Equal(cap.ToString(System.Globalization.CultureInfo.InvariantCulture), answer.ResponseHeaders["x-edge-output-cap"]);
        // Its own bound is the client's own business, unless the configuration says otherwise.
        Assert.Equal(402, (await kit.SendAsync("""{"model":"fake/m","max_tokens":2000,"messages":[{"role":"user","content":"hi"}]}""")).StatusCode);
    }

    [Theory]
    [InlineData("""{"model":"fake/m","max_tokens":2000,"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{ "max_tokens" : 2000.0 , "model":"fake/m","messages":[{"role":"user","content":"hi"}], "max_completion_tokens":5000}""")]
    [InlineData("""{"budget":{"maxCostPerRequest":0.01},"max_tokens":null,"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"model":"fake/m","budget":{"maxCostPerRequest":0.01},"messages":[{"role":"user","content":"hi"}],"stream":true}""")]
    public async Task Or_always_where_that_is_configured(string body)
    {
        var kit = Kit(dollars: 0.01, budgets: new BudgetsConfig { CapOutput = CapOutputAction.Always });
        kit.Answer(() => body.Contains("stream", StringComparison.Ordinal) ? CannedResponse.Events("data: [DONE]\n\n") : Answer(3, 7));
        await kit.SendAsync(body);
        var sent = JsonDocument.Parse(kit.SentBody!).RootElement;
        var bounds = sent.EnumerateObject().Where(member => member.Name is "max_tokens" or "max_completion_tokens" && member.Value.ValueKind == JsonValueKind.Number).ToList();
        Assert.NotEmpty(bounds);
        Assert.All(bounds, bound => Assert.InRange(bound.Value.GetInt64(), 800, 1000));
        Assert.False(sent.TryGetProperty("budget", out _));
    }

    [Fact]
    public async Task A_translated_request_is_bounded_too()
    {
        var kit = Kit(dollars: 0.01, dialect: Dialect.Anthropic);
        kit.Answer(() => CannedResponse.Json("""{"id":"m","type":"message","role":"assistant","model":"s","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":30,"output_tokens":7}}"""));
        Assert.Equal(200, (await kit.SendAsync("""{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""")).StatusCode);
        Assert.InRange(JsonDocument.Parse(kit.SentBody!).RootElement.GetProperty("max_tokens").GetInt64(), 900, 1000);
        Assert.Equal((30 * In) + (7 * Out), Counter(kit).Spent);
    }

    [Fact]
    public async Task Without_a_price_nothing_can_be_bounded()
    {
        const string Unknown = """{"model":"fake/other","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}""";
        // The kit's providers run in the process, so a free one passes; the rule is tested where the route is asked for its price.
        var kit = Kit(dollars: 1);
        kit.Answer(() => Answer(3, 7));
        Assert.Equal(200, (await kit.SendAsync(Unknown)).StatusCode);
        Assert.Equal(0, Counter(kit).Spent);
    }

    [Theory]
    [InlineData(UpstreamFailure.Connect, false)]
    [InlineData(UpstreamFailure.FirstByteTimeout, true)]
    [InlineData(UpstreamFailure.Cut, true)]
    public async Task Another_call_needs_as_much_again_where_the_first_may_have_cost_something(UpstreamFailure failure, bool mustExtend)
    {
        // Room for one call, not for two.
        var kit = Kit(dollars: 0.0015, more: ["groq"], chain: true);
        kit.AnswerOf = name => name == "fake" ? CannedResponse.Failed(failure) : Answer(3, 7);
        var answer = await kit.SendAsync(Body);
        Assert.Equal(mustExtend ? ["fake"] : ["fake", "groq"], kit.Called);
        Assert.Equal(mustExtend ? 502 : 200, answer.StatusCode == 504 ? 502 : answer.StatusCode);
        Assert.Equal(0, Counter(kit).Reserved);
        // What was heard of nowhere: at least the prompt.
        if (mustExtend) Assert.InRange(Counter(kit).Spent, 1 * In, 60 * In);
    }

    [Fact]
    public async Task Every_call_that_may_have_cost_something_is_booked_at_its_own_price()
    {
        var kit = Kit(dollars: 1, more: ["groq"], chain: true, groqOut: 20);
        kit.AnswerOf = name => name == "fake"
            ? CannedResponse.Json("""{"id":"c","choices":[],"error":{"message":"late","type":"server_error"},"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""")
            : Answer(3, 7);
        Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
        Assert.Equal(["fake", "groq"], kit.Called);
        var record = kit.TakeRecord();
        Assert.Equal(Counter(kit).Spent, record.Cost);
        Assert.True(record.Cost >= (3 * In) + (7 * 2 * Out), "the answer's own cost");
    }

    [Fact]
    public async Task A_client_that_leaves_pays_for_what_came()
    {
        var kit = Kit(dollars: 1);
        kit.Answer(() => new CannedResponse(200, "text/event-stream",
        [
            .. Enumerable.Range(0, 5).Select(i => System.Text.Encoding.UTF8.GetBytes("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"},\"finish_reason\":null}]}\n\n")),
        ], UpstreamFailure.Cut));
        await kit.SendAsync("""{"model":"fake/m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal(0, Counter(kit).Reserved);
        Assert.InRange(Counter(kit).Spent, 1, (100 * In) + (100 * Out));
    }

    [Fact]
    public async Task What_nobody_reported_may_be_booked_at_its_worst()
    {
        var kit = Kit(dollars: 1, budgets: new BudgetsConfig { Unreported = UnreportedAction.WorstCase });
        kit.Answer(() => CannedResponse.Failed(UpstreamFailure.FirstByteTimeout));
        await kit.SendAsync(Body);
        Assert.InRange(Counter(kit).Spent, 100 * Out, (100 * Out) + (2_000 * In));
    }

    [Fact]
    public async Task Low_budgets_send_requests_to_a_cheaper_model()
    {
        var kit = Kit(dollars: 0.0101, budgets: new BudgetsConfig { Downgrade = new BudgetDowngradeConfig { At = 80, To = "fake/cheap" } });
        kit.Answer(() => Answer(3, 80));
        for (var i = 0; i < 12; i++)
        {
            var answer = await kit.SendAsync(Body);
            Assert.Equal(200, answer.StatusCode);
            Assert.Equal(Sent(kit) == "cheap", answer.ResponseHeaders.ContainsKey("x-edge-downgraded"));
        }
        Assert.Equal("cheap", Sent(kit));
        Assert.True(kit.Policy.Budgets.Counts.Downgrades > 0);
    }

    [Fact]
    public async Task Each_part_of_a_budget_is_told_of_once()
    {
        var kit = Kit(dollars: 0.01);
        var told = new List<int>();
        kit.Policy.Budgets.OnThreshold = (counter, limit, percent) => told.Add(percent);
        kit.Answer(() => Answer(3, 80));
        for (var i = 0; i < 30; i++) await kit.SendAsync(Body);
        Assert.Equal([50, 80], told);
    }

    private static string? Sent(PipelineKit kit) => JsonDocument.Parse(kit.SentBody!).RootElement.GetProperty("model").GetString();

    private static BudgetCounter Counter(PipelineKit kit) => kit.Policy.Budgets.Everybody.Find(BudgetPeriod.Day)!;

    private static CannedResponse Answer(int input, int output) => CannedResponse.Json(
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input + output}}}}}""");

    private static PipelineKit Kit(double? dollars, BudgetsConfig? budgets = null, Dialect dialect = Dialect.OpenAi, string[]? more = null, bool chain = false, long groqOut = 10)
    {
        var config = new EdgeConfig
        {
            Limits = new LimitsConfig { MaxCostPerDay = dollars is { } amount ? (long)Math.Round(amount * 1e9) : null },
            Budgets = budgets ?? new BudgetsConfig(),
            Prices = new PricesConfig
            {
                Models = new Dictionary<string, ModelPriceConfig>
                {
                    ["fake/m"] = Price(1, 10),
                    ["fake/cheap"] = Price(0, 1),
                    ["groq/m"] = Price(1, groqOut),
                },
            },
        };
        if (chain) config = config with { Routing = config.Routing with { FallbackChain = ["fake", "groq"] } };
        return new PipelineKit(dialect, config, more: [.. (more ?? []).Select(name => ProviderCatalog.Find(name)!)]);
    }

    private static ModelPriceConfig Price(long input, long output) =>
        new() { Rates = new PriceRates { Input = input * 1_000_000_000, Output = output * 1_000_000_000 }, MaxOutput = 10_000, Context = 100_000 };
}
