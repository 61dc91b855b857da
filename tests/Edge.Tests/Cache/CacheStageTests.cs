using Edge.Cache;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;

namespace Edge.Tests.Cache;

/// <summary>Answers that are kept and given again, through the whole pipeline.</summary>
public sealed class CacheStageTests
{
    [Theory]
    [MemberData(nameof(CacheKit.Ways), MemberType = typeof(CacheKit))]
    public async Task An_answer_is_given_again_in_either_way_whichever_way_it_came(string path, string provider)
    {
        var (client, wire) = (CacheKit.ClientOf(path), CacheKit.WireOf(path, provider));
        foreach (var filled in new[] { false, true })
        {
            var kit = CacheKit.Kit(provider);
            kit.Answer(() => CacheKit.Answer(wire, "The \"answer\" is\n42.", filled));
            var first = await kit.SendAsync(path, CacheKit.Body(client, "What?", filled));
            Assert.Equal(200, first.StatusCode);
            Assert.Equal("miss", first.Cache());
            Assert.Equal(CacheResult.Miss, kit.TakeRecord().Cache.Result);
            foreach (var asked in new[] { false, true })
            {
                var again = await kit.SendAsync(path, CacheKit.Body(client, "What?", asked));
                Assert.True(again.StatusCode == 200, again.WrittenText);
                Assert.Equal("hit", again.Cache());
                Assert.Equal(CacheKit.TextOf(client, first, filled), CacheKit.TextOf(client, again, asked));
                Assert.Equal("0", again.ResponseHeaders.Age.ToString());
                Assert.Equal("fake", again.ResponseHeaders["x-edge-provider"].ToString());
                var record = kit.TakeRecord();
                Assert.Equal(Outcome.Completed, record.Outcome);
                Assert.Equal(CacheResult.Hit, record.Cache.Result);
                Assert.Equal("fake", record.Cache.SavedProvider);
                // The canned chat answers report no usage.
                if (wire != Dialect.OpenAi) Assert.True(record.Cache.Saved.Output > 0);
                Assert.Equal(-1, record.Usage.Output);
                Assert.Equal("", record.Provider);
            }
            Assert.Single(kit.SentBodies);
        }
    }

    [Fact]
    public async Task Without_a_cache_nothing_changes()
    {
        var kit = CacheKit.Kit(caching: new CachingConfig());
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "hello", streamed: false));
        for (var i = 0; i < 2; i++)
        {
            var sent = await kit.SendAsync(CacheKit.Body(Dialect.OpenAi, "What?"));
            Assert.Equal("bypass", sent.Cache());
            Assert.Equal(CacheResult.Bypass, kit.TakeRecord().Cache.Result);
        }
        Assert.Equal(2, kit.SentBodies.Count);
    }
}
