using Edge.Cache.Semantic.Embedding;

namespace Edge.Tests.Cache.Semantic;

/// <summary>The model that ships, loaded once for all tests.</summary>
internal static class EmbeddingKit
{
    private static readonly Lazy<EmbeddingEngine> s_engine = new(() =>
        EmbeddingEngine.TryLoad(new EmbeddingModelConfig(), AppContext.BaseDirectory, out var error) ?? throw new InvalidOperationException(error));

    public static EmbeddingEngine Engine => s_engine.Value;

    public static float[] Embed(string text)
    {
        var vector = new float[Engine.Dimensions];
        Assert.True(Engine.Embed(text, vector).HasVector, text);
        return vector;
    }
}
