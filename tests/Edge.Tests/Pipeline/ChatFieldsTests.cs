using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Edge.Pipeline;
using Edge.Providers.Errors;
using Edge.Simd.Json;
using JsonValue = Edge.Providers.Json.JsonValue;

namespace Edge.Tests.Pipeline;

public class ChatFieldsTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";

    [Theory]
    [InlineData("[]", null)]
    [InlineData("\"text\"", null)]
    [InlineData("{}", "model")]
    [InlineData("{\"model\":\"m\"}", "messages")]
    [InlineData("{\"model\":1," + Messages + "}", "model")]
    [InlineData("{\"model\":\"\"," + Messages + "}", "model")]
    [InlineData("{\"model\":null," + Messages + "}", "model")]
    [InlineData("{\"model\":\"m\",\"messages\":{}}", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[]}", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":null}", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[1]}", "messages[0]")]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},{}]}", "messages[1].role")]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":7}]}", "messages[0].role")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"stream\":\"true\"}", "stream")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"stream\":1}", "stream")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"stream_options\":true}", "stream_options")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"stream_options\":{\"include_usage\":1}}", "stream_options.include_usage")]
    [InlineData("{\"model\":\"m\",\"model\":\"n\"," + Messages + "}", "model")]
    [InlineData("{\"model\":\"m\",\"mod\\u0065l\":\"n\"," + Messages + "}", "model")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"routing\":[]}", "routing")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"n\":\"2\"}", "n")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"safety\":{\"piiDetection\":true,\"pii_detection\":false}}", "safety.pii_detection")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"routing\":{\"strategy\":\"cheapest\"}}", "routing.strategy")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"routing\":{\"providers\":\"openai\"}}", "routing.providers")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"routing\":{\"providers\":[1]}}", "routing.providers")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"cache\":{\"ttl\":-1}}", "cache.ttl")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"cache\":{\"ttl\":1.5}}", "cache.ttl")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"cache\":{\"similarityThreshold\":2}}", "cache.similarityThreshold")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"cache\":{\"similarity_treshold\":0.9}}", "cache.similarity_treshold")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"safety\":{\"piiDetection\":\"yes\"}}", "safety.piiDetection")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"budget\":{\"maxCostPerRequest\":-0.1}}", "budget.maxCostPerRequest")]
    [InlineData("{\"model\":\"m\"," + Messages + ",\"budget\":{\"maxCostPerRequest\":1e400}}", "budget.maxCostPerRequest")]
    public void A_wrong_field_is_named(string body, string? field)
    {
        Assert.False(Read(body, out _, out var problem));
        Assert.Equal(field ?? "", problem!.Field);
        Assert.NotEmpty(problem.Message);
    }

    [Theory]
    [InlineData("\"routing\":{\"providers\":[\"a\"],\"preferredModels\":[\"m\"],\"strategy\":\"quality\"}")]
    [InlineData("\"routing\":{\"preferred_models\":[],\"strategy\":\"cost_optimized\"}")]
    [InlineData("\"cache\":{\"enabled\":false,\"ttl\":3600,\"similarity_threshold\":0.95}")]
    [InlineData("\"safety\":{\"piiDetection\":true,\"content_filtering\":false,\"promptInjectionCheck\":null}")]
    [InlineData("\"budget\":{\"maxCostPerRequest\":0.10,\"max_cost_per_day\":50.00}")]
    [InlineData("\"budget\":null")]
    public void Extension_fields_are_taken_in_both_spellings(string member)
    {
        Assert.True(Read($"{{\"model\":\"m\",{Messages},{member}}}", out var fields, out _));
        Assert.Equal(1, fields.Extensions.Count);
    }

    [Fact]
    public void A_models_name_is_bounded()
    {
        Assert.True(Read($"{{\"model\":\"{new string('m', 256)}\",{Messages}}}", out _, out _));
        Assert.False(Read($"{{\"model\":\"{new string('m', 257)}\",{Messages}}}", out _, out var problem));
        Assert.Equal("model", problem!.Field);
    }

    [Fact]
    public void Stream_and_usage_are_read()
    {
        Assert.True(Read($"{{\"stream\":true,\"model\":\"m\",\"stream_options\":{{\"include_usage\":true}},{Messages}}}", out var fields, out _));
        Assert.True(fields.Stream);
        Assert.True(fields.IncludeUsage);
        Assert.True(Read($"{{\"stream\":null,\"model\":\"m\",{Messages}}}", out fields, out _));
        Assert.False(fields.Stream);
    }

    /// <summary>Whatever the order of the members, cutting the extension members out leaves the rest exactly.</summary>
    [Fact]
    public void Cut_extension_members_leave_the_rest_untouched()
    {
        string[] kept = ["\"model\" : \"m\"", Messages, "\"unknown\":{\"routing\":1}", "\"x\":[1,2]"];
        string[] cut = ["\"routing\":{}", "\"cache\": {\"ttl\":1}", "\"safety\":null", "\"budget\" :{}"];
        var orders = Gen.Shuffle(kept.Concat(cut).ToArray());
        Gen.Select(orders, Gen.Int[0, 4], Gen.OneOf(Gen.Const(","), Gen.Const(" ,\n "))).Sample((members, dropped, comma) =>
        {
            var present = members.Except(cut.Take(dropped)).ToList();
            var body = "{ " + string.Join(comma, present) + " }";
            Assert.True(Read(body, out var fields, out _));
            Assert.Equal(4 - dropped, fields.Extensions.Count);
            var left = body;
            for (var i = fields.Extensions.Count - 1; i >= 0; i--)
            {
                var (offset, length) = fields.Extensions[i];
                left = left.Remove(offset, length);
            }
            var expected = "{" + string.Join(',', present.Where(kept.Contains)) + "}";
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(left)), left);
            Assert.All(kept, member => Assert.Contains(member, left));
        }, iter: 2000);
    }

    private static bool Read(string body, out ChatFields fields, out RequestError? problem)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(bytes, 64, 10_000, out var error), error.ToString());
        return ChatFields.TryRead(new JsonValue(bytes, index.Tokens), BodyShape.Chat, out fields, out problem);
    }
}
