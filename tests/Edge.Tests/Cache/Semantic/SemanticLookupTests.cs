using Edge.Cache.Semantic;
using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;

namespace Edge.Tests.Cache.Semantic;

public sealed class SemanticLookupTests : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    private readonly SemanticLookup _lookup = new(new SemanticOptions(), TimeProvider.System);

    public void Dispose() => _lookup.Dispose();

    [Fact]
    public async Task A_prompt_asked_otherwise_finds_the_entry_and_one_near_it_does_not()
    {
        await _lookup.StartAsync();
        Assert.Equal(SemanticState.Ready, _lookup.State);
        var first = await Find("How do I reset my password?");
        Assert.Equal(SemanticOutcome.Miss, first.Outcome);
        Assert.True(_lookup.TryAdd(1, first.Prompt!, 7));

        var hit = await Find("Could you tell me how I can reset my password, please?");
        Assert.Equal((SemanticOutcome.Hit, 7ul), (hit.Outcome, hit.Entry));
        Assert.True(hit.Similarity >= 0.95);
        Assert.Equal(SemanticOutcome.Miss, (await Find("What is the weather like in Paris?")).Outcome);
        // Another scope: another tenant, model, system prompt or history.
        Assert.Equal(SemanticOutcome.Miss, (await Find("How do I reset my password?", 2)).Outcome);

        Assert.True(_lookup.Remove(7));
        Assert.Equal(SemanticOutcome.Miss, (await Find("How do I reset my password?")).Outcome);
    }

    [Fact]
    public async Task A_refusal_says_why_and_is_counted()
    {
        await _lookup.StartAsync();
        _lookup.TryAdd(1, (await Find("Transfer 15 USD to my savings account")).Prompt!, 1);
        var refused = await Find("Transfer 50 USD to my savings account", threshold: 0.8);
        Assert.Equal((SemanticOutcome.Refused, GateReason.Numbers, 1ul), (refused.Outcome, refused.Reason, refused.Entry));
        Assert.Equal(1, _lookup.Counters.Refused(GateReason.Numbers));
        Assert.Equal(1, _lookup.Counters.Of(SemanticOutcome.Refused));
    }

    [Theory]
    [InlineData("日本の首都はどこですか", GateReason.Language)]
    [InlineData("{\"a\": 1}", GateReason.Code)]
    [InlineData("", GateReason.Empty)]
    public async Task What_is_no_prose_is_bypassed(string text, object reason)
    {
        await _lookup.StartAsync();
        var result = await Find(text);
        Assert.Equal((SemanticOutcome.Bypassed, (GateReason)reason), (result.Outcome, result.Reason));
        Assert.Null(result.Prompt);
    }

    [Fact]
    public async Task What_is_longer_than_the_model_sees_is_bypassed()
    {
        await _lookup.StartAsync();
        var result = await Find(string.Join(' ', Enumerable.Repeat("and another thing that matters", 40)));
        Assert.Equal((SemanticOutcome.Bypassed, GateReason.TooLong), (result.Outcome, result.Reason));
    }

    [Fact]
    public async Task Before_the_model_is_there_nothing_waits_for_it()
    {
        Assert.Equal(SemanticOutcome.Unavailable, (await Find("How do I reset my password?")).Outcome);
        Assert.False(_lookup.TryAdd(1, "How do I reset my password?", 1, s_long));
        Assert.False(_lookup.Remove(1));
    }

    [Fact]
    public async Task Without_its_files_it_says_what_is_missing()
    {
        using var lookup = new SemanticLookup(new SemanticOptions { Model = new EmbeddingModelConfig { Model = "absent.onnx" } }, TimeProvider.System);
        await lookup.StartAsync();
        Assert.Equal(SemanticState.Unavailable, lookup.State);
        Assert.Contains("absent.onnx is missing", lookup.Problem);
        Assert.Equal(SemanticOutcome.Unavailable, (await lookup.FindAsync("Hello there", 1, 0.95, s_long)).Outcome);
    }

    [Fact]
    public void A_file_that_is_no_model_is_told()
    {
        var folder = Directory.CreateTempSubdirectory();
        File.WriteAllText(Path.Combine(folder.FullName, "bad.onnx"), "not a model");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "embedding-en.vocab"), Path.Combine(folder.FullName, "v"));
        Assert.Null(EmbeddingEngine.TryLoad(new EmbeddingModelConfig { Model = "bad.onnx", Vocabulary = "v" }, folder.FullName, out var error));
        Assert.Contains("was not accepted", error);
        Assert.Null(EmbeddingEngine.TryLoad(new EmbeddingModelConfig { Dimensions = 384 }, AppContext.BaseDirectory, out error));
        Assert.Contains("check dimensions", error);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Many_at_once_get_their_own_answers()
    {
        await _lookup.StartAsync();
        string[] topics = ["passwords", "invoices", "holidays", "pancakes", "volcanoes", "bicycles", "vaccines", "poems"];
        for (var i = 0; i < topics.Length; i++) _lookup.TryAdd(1, (await Find($"How do I learn about {topics[i]}?")).Prompt!, (ulong)i);
        var results = await Task.WhenAll(Enumerable.Range(0, 48).Select(async i => (Wanted: (ulong)(i % topics.Length), Got: await Find($"How can I learn about {topics[i % topics.Length]}?"))));
        Assert.All(results, r => Assert.Equal((SemanticOutcome.Hit, r.Wanted), (r.Got.Outcome, r.Got.Entry)));
    }

    private Task<SemanticResult> Find(string text, int scope = 1, double threshold = SemanticOptions.DefaultThreshold) => _lookup.FindAsync(text, (UInt128)scope, threshold, s_long).AsTask();
}
