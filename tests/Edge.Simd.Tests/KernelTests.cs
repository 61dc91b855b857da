using System.Text.RegularExpressions;
using Edge.TestSupport;

namespace Edge.Simd.Tests;

/// <summary>A kernel X is X.cs (contract, dispatch), X.Scalar.cs (the oracle) and a file a vector width, each of which a test names and compares with the oracle.</summary>
public partial class KernelTests
{
    private static readonly string _source = Path.Combine(SharedData.RepositoryRoot, "src", "Edge.Simd");

    private static readonly string[] _variants = [.. Directory.EnumerateFiles(_source, "*.Vector*.cs", SearchOption.AllDirectories).Where(file => Variant().IsMatch(file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Variants => [.. _variants.Select(file => Path.GetRelativePath(_source, file))];

    [Fact]
    public void There_are_kernels() => Assert.True(_variants.Length >= 12, string.Join(", ", _variants));

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_variant_has_its_contract_its_oracle_and_a_128_bit_sister(string file)
    {
        var kernel = Path.Combine(_source, Variant().Replace(file, ""));
        Assert.True(File.Exists(kernel + ".cs"), $"{kernel}.cs says what the kernel does and picks the variant");
        Assert.True(File.Exists(kernel + ".Scalar.cs"), $"{kernel}.Scalar.cs is the oracle");
        Assert.True(File.Exists(kernel + ".Vector128.cs"), $"{kernel}.Vector128.cs serves arm64 and old x86");
    }

    // What a variant file declares for others, the tests name: a method ToLowerVector256, or a struct Block256 that a generic method takes.
    [Theory]
    [MemberData(nameof(Variants))]
    public void A_variant_is_dispatched_and_tested(string file)
    {
        var entries = Entry().Matches(File.ReadAllText(Path.Combine(_source, file))).Select(match => match.Groups[1].Value).ToArray();
        Assert.True(entries.Length > 0, $"{file} has no internal method or struct named by its width");
        var kernel = Variant().Replace(Path.GetFileName(file), "");
        var contract = File.ReadAllText(Path.Combine(_source, Path.GetDirectoryName(file)!, kernel + ".cs"));
        var tests = string.Concat(Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "tests", "Edge.Simd.Tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        foreach (var entry in entries)
        {
            Assert.True(Names(contract, entry), $"{kernel}.cs never calls {entry}");
            Assert.True(Names(tests, $"{kernel}.{entry}"), $"no test compares {kernel}.{entry} with its oracle");
        }
    }

    private static bool Names(string text, string name) => Regex.IsMatch(text, $@"\b{Regex.Escape(name)}\b");

    [GeneratedRegex(@"\.Vector(128|256|512)\.cs$")]
    private static partial Regex Variant();

    [GeneratedRegex(@"internal (?:static \w+(?:<\w+>)?|readonly struct) (\w*(?:128|256|512))\b")]
    private static partial Regex Entry();
}
