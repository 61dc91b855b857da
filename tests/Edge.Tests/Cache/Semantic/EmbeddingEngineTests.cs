using Edge.Cache.Semantic.Embedding;
using Edge.Simd.Vectors;

namespace Edge.Tests.Cache.Semantic;

public class EmbeddingEngineTests(ITestOutputHelper output)
{
    [Fact]
    public void Vectors_are_those_of_the_reference()
    {
        var (least, count) = (1f, 0);
        foreach (var (text, ids, expected) in ReferenceVector.All)
        {
            var vector = new float[512];
            var result = EmbeddingKit.Engine.Embed(text, vector);
            if (!result.HasVector)
            {
                output.WriteLine($"no vector: {text[..Math.Min(60, text.Length)]} ({ids.Length} tokens, unknown {result.UnknownShare:P0})");
                Assert.True(result.Clipped || result.UnknownShare > EmbeddingEngine.MaxUnknownShare);
                continue;
            }
            var cosine = FloatDot.Cosine(vector, expected);
            output.WriteLine($"{cosine:F5} {text[..Math.Min(60, text.Length)]}");
            least = Math.Min(least, cosine);
            count++;
        }
        Assert.True(count >= 30);
        Assert.True(least >= 0.993f, $"The least cosine with the reference is {least}.");
    }

    [Fact]
    public void Tokens_are_those_of_the_reference()
    {
        var ids = new long[1024];
        foreach (var (text, expected, _) in ReferenceVector.All)
        {
            var tokens = EmbeddingKit.Engine.Tokenize(text, ids);
            Assert.Equal(expected, ids.Take(tokens.Count));
            Assert.False(tokens.Clipped);
        }
    }
}
