using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Cache;
using Edge.Pipeline;
using Edge.Simd.Json;

namespace Edge.Tests.Cache;

/// <summary>What means the same has one form, what does not has another.</summary>
public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{"a":1,"b":[true,null,"x"]}""", """ { "b" : [ true , null , "x" ] , "a" : 1 } """)]
    [InlineData("""["é","\u0000","/","\""]""", """["\u00e9","\u0000","\/","\u0022"]""")]
    [InlineData("[1,10,0.5,0,120]", "[1.0,1e1,5E-1,-0.0,0.12e+3]")]
    [InlineData("[100000000000000000000000000000000000000001]", "[100000000000000000000000000000000000000001.000]")]
    [InlineData("""{"\u0061":1,"b":2}""", """{"b":2,"a":1}""")]
    public void The_same_is_the_same(string one, string other) => Assert.Equal(Form(one), Form(other));

    [Theory]
    [InlineData("[1]", "[2]")]
    [InlineData("[1]", "[-1]")]
    [InlineData("[1]", "[10]")]
    [InlineData("[0.1]", "[0.01]")]
    [InlineData("[1]", "[\"1\"]")]
    [InlineData("[null]", "[]")]
    [InlineData("[false]", "[null]")]
    [InlineData("[[],[]]", "[[[]]]")]
    [InlineData("[{}]", "[[]]")]
    [InlineData("[\"a\",\"b\"]", "[\"ab\"]")]
    [InlineData("[\"a\",\"b\"]", "[\"b\",\"a\"]")]
    [InlineData("""{"a":"b"}""", """{"b":"a"}""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2,"a":1}""")]
    [InlineData("""["\ud800"]""", """["\ufffd"]""")]
    [InlineData("""["\ud800"]""", """["\udc00"]""")]
    [InlineData("[1e99999999999999999999]", "[1e99999999999999999998]")]
    [InlineData("[9007199254740993]", "[9007199254740992]")]
    public void Something_else_is_something_else(string one, string other) => Assert.NotEqual(Form(one), Form(other));

    [Fact]
    public void Names_in_any_number_and_order()
    {
        var names = Enumerable.Range(0, 500).Select(i => $"n{i % 250}{(i < 250 ? "" : "x")}").ToArray();
        var one = "{" + string.Join(',', names.Select(name => $"\"{name}\":1")) + "}";
        var other = "{" + string.Join(" , ", names.Reverse().Select(name => $"\"\\u006e{name[1..]}\" : 1.0")) + "}";
        Assert.Equal(Form(one), Form(other));
    }

    /// <summary>Any text, written twice in different ways, has one form; and two texts have one form only where they mean the same.</summary>
    [Fact]
    public void However_it_is_written()
    {
        Gen.Select(Tree(3), Tree(3), Gen.Int).Sample((one, other, seed) =>
        {
            var random = new Random(seed);
            Assert.Equal(Form(Write(one, null)), Form(Write(one, random)));
            Assert.Equal(Write(one, null) == Write(other, null), Form(Write(one, random)) == Form(Write(other, random)));
        }, iter: 2_000);
    }

    private static Gen<object?> Tree(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Int[-3, 200].Select(number => (object?)(decimal)number), Gen.Int[-99, 99].Select(number => (object?)(number / 100m)),
            Gen.String[Gen.Char["ab\"\\\n\u00e9/"], 0, 4].Select(text => (object?)text), Gen.Bool.Select(flag => (object?)flag), Gen.Const((object?)null));
        if (depth == 0) return leaf;
        var inner = Tree(depth - 1);
        return Gen.OneOf(
            leaf, inner.List[0, 3].Select(list => (object?)list),
            Gen.Select(Gen.String[Gen.Char["abc\u00e9"], 0, 3], inner).List[0, 4].Select(list => (object?)list.DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2)));
    }

    // Null = in the shortest way, names sorted.
    private static string Write(object? tree, Random? random)
    {
        var space = random is null ? "" : new string(' ', random.Next(2));
        return tree switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            decimal number => Number(number, random),
            string text => Text(text, random),
            List<object?> list => $"[{space}{string.Join($"{space},", list.Select(item => Write(item, random)))}]",
            Dictionary<string, object?> map => $"{{{string.Join($",{space}", (random is null ? map.OrderBy(pair => pair.Key, StringComparer.Ordinal) : map.OrderBy(_ => random.Next())).Select(pair => $"{Text(pair.Key, random)}:{space}{Write(pair.Value, random)}"))}}}",
            _ => throw new InvalidOperationException(),
        };
    }

    private static string Number(decimal number, Random? random) => (random?.Next(3) ?? 0) switch
    {
        1 => (number * 100).ToString("0.0#", CultureInfo.InvariantCulture) + "e-2",
        2 => number.ToString("0.00###", CultureInfo.InvariantCulture),
        _ => number.ToString("0.#####", CultureInfo.InvariantCulture),
    };

    private static string Text(string text, Random? random) =>
        random is null ? JsonSerializer.Serialize(text) : "\"" + string.Concat(text.Select(c => random.Next(2) == 0 || c is '"' or '\\' or < ' ' ? $"\\u{(int)c:x4}" : c.ToString())) + "\"";

    private static string Form(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(bytes, 64, 100_000, out _), json);
        using var output = new PooledBuffer();
        new CanonicalJson().Write(bytes, index, output);
        return Convert.ToHexString(output.Span);
    }
}
