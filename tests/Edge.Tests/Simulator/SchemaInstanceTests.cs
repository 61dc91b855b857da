using System.Buffers;
using System.Text;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.Upstream.Simulator;

namespace Edge.Tests.Simulator;

public class SchemaInstanceTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"email":{"type":"string"}},"required":["name","age"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"type":"number"},"minItems":3}},"required":["b"]}},"required":["a"]}""")]
    [InlineData("""{"properties":{"a":{"enum":["x","y"]},"b":{"const":{"k":[1,2]}},"c":{"enum":[null]},"d":{"type":"boolean"},"e":{"type":"null"}},"required":["a","b","c","d","e"]}""")]
    [InlineData("""{"type":["string","null"]}""")]
    [InlineData("""{"type":["null","string"]}""")]
    [InlineData("""{"type":["integer","string"],"minimum":3}""")]
    [InlineData("""{"anyOf":[{"type":"string","minLength":10},{"type":"null"}]}""")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"string"}]}""")]
    [InlineData("""{"allOf":[{"type":"string","format":"uuid"}]}""")]
    [InlineData("""{"allOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"$ref":"#/$defs/b"}],"$defs":{"b":{"properties":{"b":{"type":"integer"}},"required":["b"]}}}""")]
    [InlineData("""{"type":"array","items":{"$ref":"#/$defs/it~1em"},"minItems":2,"$defs":{"it/em":{"type":"string","maxLength":2}}}""")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":{"type":"boolean"},"minItems":4}""")]
    [InlineData("""{"type":"array","maxItems":0}""")]
    [InlineData("""{"type":"object","properties":{"t":{"$ref":"#/definitions/tree"}},"required":["t"],"definitions":{"tree":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/definitions/tree"},{"type":"null"}]}},"required":["v","next"]}}}""")]
    [InlineData("""{"type":"object","properties":{"self":{"type":["object","null"],"$ref":"#"}},"required":[]}""")]
    [InlineData("""{"type":"object","required":["x","x","y"],"properties":{"y":{"type":"string"}},"additionalProperties":{"type":"integer"}}""")]
    [InlineData("""{"type":"object","properties":{"a\"\\b":{"type":"string"},"\u00e9":{"type":"integer"}},"required":["a\u0022\\b","é"]}""")]
    [InlineData("""{"type":"integer","minimum":5}""")]
    [InlineData("""{"type":"integer","exclusiveMinimum":5,"multipleOf":4}""")]
    [InlineData("""{"type":"integer","maximum":-3}""")]
    [InlineData("""{"type":"integer","exclusiveMaximum":0}""")]
    [InlineData("""{"type":"integer","minimum":2.5}""")]
    [InlineData("""{"type":"integer","minimum":-10,"maximum":-5,"multipleOf":3}""")]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.5}""")]
    [InlineData("""{"type":"number","exclusiveMinimum":-0.5,"exclusiveMaximum":0}""")]
    [InlineData("""{"type":"number","minimum":0.25}""")]
    [InlineData("""{"type":"number","exclusiveMinimum":7}""")]
    [InlineData("""{"type":"string","format":"date-time"}""")]
    [InlineData("""{"type":"string","format":"date"}""")]
    [InlineData("""{"type":"string","format":"time"}""")]
    [InlineData("""{"type":"string","format":"email"}""")]
    [InlineData("""{"type":"string","format":"ipv4"}""")]
    [InlineData("""{"type":"string","format":"ipv6"}""")]
    [InlineData("""{"type":"string","format":"uri"}""")]
    [InlineData("""{"type":"string","format":"hostname"}""")]
    [InlineData("""{"type":"string","minLength":500,"maxLength":500}""")]
    [InlineData("""{"type":"string","maxLength":0}""")]
    [InlineData("{}")]
    public void An_instance_satisfies_its_schema(string schema)
    {
        var root = SimulatorBench.Parse(schema);
        Assert.Null(SchemaChecker.Check(root, root, SimulatorBench.Parse(Instance(schema))));
    }

    [Fact]
    public void A_schema_of_five_hundred_required_members_is_satisfied()
    {
        var names = Enumerable.Range(0, 500).Select(i => $"\"p{i}\"").ToArray();
        var schema = $$"""{"type":"object","properties":{{{string.Join(',', names.Select(n => n + ":{\"type\":\"string\",\"minLength\":1}"))}}},"required":[{{string.Join(',', names)}}]}""";
        var root = SimulatorBench.Parse(schema);
        Assert.Null(SchemaChecker.Check(root, root, SimulatorBench.Parse(Instance(schema))));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["b"]}""", """{"b":"text"}""")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"string"}]}""", "0")]
    [InlineData("""{"enum":[ {"a" : 1} ]}""", """{"a" : 1}""")]
    [InlineData("true", "{}")]
    [InlineData("""{"properties":{"a":true},"required":["a"]}""", """{"a":{}}""")]
    public void An_instance_is_minimal(string schema, string expected) => Assert.Equal(expected, Instance(schema));

    [Fact]
    public void The_checker_does_find_violations()
    {
        foreach (var (schema, value) in new[]
        {
            ("""{"type":"integer"}""", "1.5"), ("""{"required":["a"]}""", "{}"), ("""{"enum":[1]}""", "2"), ("""{"items":{"type":"string"}}""", "[1]"),
            ("""{"properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"null"}}}""", """{"a":1}"""), ("""{"anyOf":[{"const":1}]}""", "2"),
        })
        {
            var root = SimulatorBench.Parse(schema);
            Assert.NotNull(SchemaChecker.Check(root, root, SimulatorBench.Parse(value)));
        }
    }

    public static TheoryData<string> Hostile() =>
    [
        """{"$ref":"#"}""",
        """{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""",
        """{"$ref":"#/nowhere/1/%zz/~2"}""",
        """{"$ref":"https://example.com/schema"}""",
        """{"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"}},"required":["a","b","c"]}""",
        """{"type":"array","items":{"$ref":"#"},"minItems":1000000000}""",
        """{"type":"array","prefixItems":[{"$ref":"#"},{"$ref":"#"}],"minItems":2}""",
        """{"type":"string","minLength":9223372036854775807}""",
        """{"type":"string","minLength":-5,"maxLength":-1}""",
        """{"type":"array","items":{"type":"string","minLength":10000},"minItems":100}""",
        """{"type":1,"properties":1,"required":1,"items":1,"enum":1,"anyOf":1,"allOf":{},"minimum":"x","multipleOf":0,"$ref":1}""",
        """{"type":[],"enum":[],"anyOf":[],"oneOf":[],"allOf":[]}""",
        """{"type":"integer","minimum":1e308,"multipleOf":1e-308}""",
        """{"type":"integer","minimum":-1e400}""",
        """{"type":"number","exclusiveMinimum":1.7976931348623157e308}""",
        """{"type":"integer","exclusiveMinimum":1e300}""",
        """{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}""",
        """{"required":[1,null,"a",{}]}""",
        string.Concat("""{"type":"object","properties":{""", string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"p{i}\":{{}}")), "},\"required\":[",
            string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"p{i}\"")), "]}"),
        string.Concat(Enumerable.Repeat("""{"type":"array","minItems":1,"items":""", 300)) + "{}" + new string('}', 300),
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_schema_still_gives_one_bounded_json_value(string schema)
    {
        var instance = Instance(schema);
        Assert.InRange(instance.Length, 1, 2_000_000);
        SimulatorBench.Parse(instance);
    }

    [Fact]
    public void The_response_format_brings_an_instance_as_the_reply()
    {
        var bench = new SimulatorBench();
        const string schema = """{"type":"object","properties":{"q":{"enum":["a\"b\u00e9"]}},"required":["q"],"additionalProperties":false}""";
        var body = SimulatorBench.Chat("x", $$$"""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{{{schema}}}}}
            """);
        var root = SimulatorBench.Parse(schema);
        Assert.Null(SchemaChecker.Check(root, root, SimulatorBench.Parse(bench.Content(body))));
    }

    [Theory]
    [InlineData("echo", "say \"hi\"\n")]
    [InlineData("simulator", null)]
    public void A_json_object_holds_the_reply(string model, string? expected)
    {
        var reply = SimulatorBench.Parse(new SimulatorBench().Content(SimulatorBench.Chat("say \"hi\"\n", "\"response_format\":{\"type\":\"json_object\"}", model))).GetProperty("reply").GetString();
        if (expected is null) Assert.StartsWith("You said", reply, StringComparison.Ordinal);
        else Assert.Equal(expected, reply);
    }

    private static string Instance(string schema)
    {
        var json = Encoding.UTF8.GetBytes(schema);
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(json, 512, 1_000_000, out _));
        var output = new ArrayBufferWriter<byte>();
        SchemaInstance.Write(new JsonValue(json, index.Tokens), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
