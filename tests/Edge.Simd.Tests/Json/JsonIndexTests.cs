using System.Text;
using Edge.Simd.Json;
using Edge.TestSupport;

namespace Edge.Simd.Tests.Json;

public class JsonIndexTests
{
    private const int Depth = 64;

    [Fact]
    public void Accepts_and_rejects_what_the_public_suite_does()
    {
        var count = 0;
        using var index = new JsonIndex();
        foreach (var record in SharedData.Lines("robustness/json_suite.jsonl"))
        {
            if (!record.TryGetProperty("raw_base64", out var raw)) continue;
            var name = record.GetProperty("name").GetString();
            var json = raw.GetBytesFromBase64();
            var accepted = index.TryBuild(json, 512, int.MaxValue, out var error);
            var expected = record.GetProperty("expect").GetString();
            // The others (either, transform) are left to the parser by RFC 8259.
            if (expected is "accept" or "reject") Assert.True(accepted == (expected == "accept"), $"{name}: {expected} expected, error {error}");
            if (accepted) Assert.True(JsonOracle.FirstDifference(json, index.Tokens) is null, $"{name}: {JsonOracle.FirstDifference(json, index.Tokens)}");
            else Assert.True(index.Tokens.IsEmpty, name);
            count++;
        }
        Assert.True(count >= 150, $"{count} cases");
    }

    [Fact]
    public void Every_token_of_valid_documents_stands_where_the_reference_reader_sees_it()
    {
        using var index = new JsonIndex();
        foreach (var json in JsonMutator.Documents)
        {
            Assert.True(index.TryBuild(json, Depth, 1000, out var error), $"{Encoding.UTF8.GetString(json)}: {error}");
            Assert.Null(JsonOracle.FirstDifference(json, index.Tokens));
        }
    }

    [Fact]
    public void Mutated_documents_are_accepted_exactly_when_the_reference_reader_accepts_them()
    {
        using var index = new JsonIndex();
        var mutator = new JsonMutator(seed: 1);
        var valid = 0;
        for (var round = 0; round < 30_000; round++)
        {
            var json = mutator.Next();
            var expected = JsonOracle.Accepts(json, Depth);
            var accepted = index.TryBuild(json, Depth, int.MaxValue, out var error);
            Assert.True(expected == accepted, $"{Convert.ToBase64String(json)}: accepted {accepted}, error {error}");
            if (!accepted)
            {
                Assert.NotEqual(JsonErrorKind.None, error.Kind);
                Assert.InRange(error.Offset, 0, json.Length);
                Assert.True(index.Tokens.IsEmpty);
                continue;
            }
            valid++;
            Assert.True(JsonOracle.FirstDifference(json, index.Tokens) is null, $"{Convert.ToBase64String(json)}: {JsonOracle.FirstDifference(json, index.Tokens)}");
        }
        // Both halves of the property must be exercised.
        Assert.InRange(valid, 1_000, 29_000);
    }

    [Fact]
    public void Every_prefix_of_a_container_is_truncated()
    {
        using var index = new JsonIndex();
        foreach (var document in JsonMutator.Documents)
        {
            var json = document.AsSpan().TrimEnd(" \t\r\n"u8);
            if (json[^1] is not ((byte)'}' or (byte)']' or (byte)'"')) continue;
            for (var length = 0; length < json.Length; length++)
            {
                Assert.False(index.TryBuild(json[..length], Depth, 1000, out var error));
                Assert.True(error.Kind is JsonErrorKind.Truncated or JsonErrorKind.Empty, $"{Encoding.UTF8.GetString(json[..length])}: {error}");
                Assert.Equal(length, error.Offset);
            }
        }
    }

    [Theory]
    [InlineData("", JsonErrorKind.Empty, 0)]
    [InlineData(" \n", JsonErrorKind.Empty, 2)]
    [InlineData("[1,]", JsonErrorKind.UnexpectedByte, 3)]
    [InlineData("{\"a\":1,}", JsonErrorKind.UnexpectedByte, 7)]
    [InlineData("{\"a\" 1}", JsonErrorKind.UnexpectedByte, 5)]
    [InlineData("{a:1}", JsonErrorKind.UnexpectedByte, 1)]
    [InlineData("[1}", JsonErrorKind.UnexpectedByte, 2)]
    [InlineData("\uFEFF{}", JsonErrorKind.UnexpectedByte, 0)]
    [InlineData("{} {}", JsonErrorKind.TrailingData, 3)]
    [InlineData("1 2", JsonErrorKind.TrailingData, 2)]
    [InlineData("[01]", JsonErrorKind.InvalidNumber, 2)]
    [InlineData("[-]", JsonErrorKind.InvalidNumber, 2)]
    [InlineData("[1.]", JsonErrorKind.InvalidNumber, 3)]
    [InlineData("[1e+]", JsonErrorKind.InvalidNumber, 4)]
    [InlineData("-", JsonErrorKind.Truncated, 1)]
    [InlineData("tru", JsonErrorKind.Truncated, 3)]
    [InlineData("[trux]", JsonErrorKind.InvalidLiteral, 1)]
    [InlineData("[\"\\x\"]", JsonErrorKind.InvalidEscape, 2)]
    [InlineData("[\"\\u00g0\"]", JsonErrorKind.InvalidEscape, 6)]
    [InlineData("[\"a\nb\"]", JsonErrorKind.ControlCharacter, 3)]
    public void Names_what_is_wrong_and_where(string json, JsonErrorKind kind, int offset)
    {
        using var index = new JsonIndex();
        Assert.False(index.TryBuild(Encoding.UTF8.GetBytes(json), Depth, 1000, out var error));
        Assert.Equal(new JsonIndexError(kind, offset), error);
    }

    [Theory]
    [InlineData("C080", 0)]
    [InlineData("61ED A080", 1)]
    [InlineData("C3A9 FF", 2)]
    [InlineData("E282", 0)]
    public void Names_the_first_byte_that_is_not_UTF_8(string hex, int offset)
    {
        byte[] json = [.. "[\""u8, .. Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), .. "\"]"u8];
        using var index = new JsonIndex();
        Assert.False(index.TryBuild(json, Depth, 1000, out var error));
        Assert.Equal(new JsonIndexError(JsonErrorKind.InvalidUtf8, offset + 2), error);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Depth_is_limited_exactly(string open, string close)
    {
        using var index = new JsonIndex();
        foreach (var limit in (int[])[1, 2, 64, 512])
        {
            Assert.True(index.TryBuild(Nested(limit), limit, int.MaxValue, out _));
            Assert.False(index.TryBuild(Nested(limit + 1), limit, int.MaxValue, out var error));
            Assert.Equal(JsonErrorKind.TooDeep, error.Kind);
        }

        byte[] Nested(int depth) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth)));
    }

    [Theory]
    [InlineData("[1,2,3]", 4)]
    [InlineData("{\"a\":1,\"b\":[]}", 5)]
    [InlineData("1", 1)]
    public void Tokens_are_limited_exactly(string json, int tokens)
    {
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(Encoding.UTF8.GetBytes(json), Depth, tokens, out _));
        Assert.Equal(tokens, index.Tokens.Length);
        for (var limit = 0; limit < tokens; limit++)
        {
            Assert.False(index.TryBuild(Encoding.UTF8.GetBytes(json), Depth, limit, out var error));
            Assert.Equal(JsonErrorKind.TooManyValues, error.Kind);
        }
    }

    [Fact]
    public void Is_reusable_after_success_failure_and_clear()
    {
        using var index = new JsonIndex();
        var large = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Range(0, 100_000)) + "]");
        foreach (var action in (Action[])[() => { }, index.Clear, index.Dispose])
        {
            Assert.True(index.TryBuild(large, Depth, int.MaxValue, out _));
            Assert.Equal(100_001, index.Tokens.Length);
            action();
            Assert.False(index.TryBuild("[1,"u8, Depth, int.MaxValue, out _));
            Assert.True(index.Tokens.IsEmpty);
            action();
            Assert.True(index.TryBuild("[7]"u8, Depth, int.MaxValue, out _));
            Assert.Equal(2, index.Tokens.Length);
            action();
        }
    }
}
