using System.Text;
using System.Text.Json;
using Edge.Providers.Dialects;

namespace Edge.Providers.Tests.Dialects.Anthropic;

/// <summary>Claude enforces a part of JSON Schema and refuses a request over the rest: what can be rewritten is, and a schema that cannot is told as an instruction.</summary>
public class EnforcedSchemaTests
{
    public static TheoryData<string, string, string> Rewritten => new()
    {
        // As it is.
        { """{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","format":"uuid"},"minItems":1}},"required":["a"],"additionalProperties":false}""", "", "" },
        { """{"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"$ref":"#/$defs/A"}},"additionalProperties":false,"$defs":{"A":{"type":"string"}}}""", "", "" },
        // A field may have a keyword's name.
        { """{"type":"object","properties":{"minimum":{"type":"string"},"format":{"type":"string"},"oneOf":{"type":"null"}},"additionalProperties":false}""", "", "" },
        // Closed, with the bounds told.
        {
            """{"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":9,"description":"An \"a\"."},"b":{"type":"string","pattern":"^\\d\"$","format":"color"},"c":{"type":["object","null"],"properties":{}}}}""",
            """{"type":"object","properties":{"a":{"type":"integer","description":"An \"a\".\n\n{minimum: 1, maximum: 9}"},"b":{"type":"string","description":"{pattern: \"^\\\\d\\\"$\", format: \"color\"}"},"c":{"type":["object","null"],"properties":{},"additionalProperties":false}},"additionalProperties":false}""",
            "moved"
        },
        { """{"anyOf":[{"type":"array","items":{"type":"number","multipleOf":0.5},"minItems":2},{"type":"null"}]}""", """{"anyOf":[{"type":"array","items":{"type":"number","description":"{multipleOf: 0.5}"},"description":"{minItems: 2}"},{"type":"null"}]}""", "moved" },
        { """{"type":"object","properties":{"a":{"enum":["minimum",1,null],"default":{"minimum":1}}}}""", """{"type":"object","properties":{"a":{"enum":["minimum",1,null],"default":{"minimum":1}}},"additionalProperties":false}""", "" },
    };

    [Theory]
    [MemberData(nameof(Rewritten))]
    public void What_can_be_enforced_is(string schema, string expected, string loss)
    {
        expected = expected.Length == 0 ? schema : expected;
        foreach (var isBedrock in (bool[])[false, true])
        {
            var (format, tool, dropped) = Encode(isBedrock, schema);
            if (schema.StartsWith("{\"anyOf", StringComparison.Ordinal)) Assert.Equal(expected, format);
            else Assert.Equal((expected, expected), (format, tool));
            Assert.Equal(loss.Length == 0 ? [] : ["response_format.json_schema.schema", "tools.strict"], dropped.Order());
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"additionalProperties":false,"$defs":{"A":{"type":"object","properties":{"l":{"$ref":"#/$defs/A"},"r":{"$ref":"#/$defs/A"}},"additionalProperties":false}}}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"https://x/y"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"string"}}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"enum":[{"b":1}]}},"additionalProperties":false}""")]
    public void What_cannot_is_an_instruction(string schema)
    {
        foreach (var isBedrock in (bool[])[false, true])
        {
            var (format, tool, dropped) = Encode(isBedrock, schema);
            Assert.Equal(("", "not strict"), (format, tool));
            Assert.Equal(["response_format", "tools.strict"], dropped.Order());
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","minimum":1}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{}}""")]
    public void One_that_is_not_strict_is_not_rewritten(string schema)
    {
        foreach (var isBedrock in (bool[])[false, true])
        {
            var (format, tool, dropped) = Encode(isBedrock, schema, strict: false);
            Assert.Equal(("", "not strict"), (format, tool));
            Assert.Equal(["response_format"], dropped);
        }
    }

    [Fact]
    public void Many_references_end_soon()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""
            "D{{i}}":{"type":"object","properties":{"a":{"$ref":"#/$defs/D{{i + 1}}"},"b":{"$ref":"#/$defs/D{{i + 1}}"} },"additionalProperties":false}
            """.Trim()));
        var (format, _, _) = Encode(isBedrock: false, "{\"$ref\":\"#/$defs/D0\",\"$defs\":{" + definitions + ",\"D30\":{\"type\":\"null\"}}}");
        Assert.Equal("", format);
    }

    // The schema that is enforced ("" = none), the tool's where it is strict, and the names.
    private static (string Format, string Tool, List<string> Dropped) Encode(bool isBedrock, string schema, bool strict = true)
    {
        var mark = strict ? "true" : "false";
        Assert.Null(Requests.Decode(Requests.With($$$""" "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":{{{mark}}},"schema":{{{schema}}} }},"tools":[{"type":"function","function":{"name":"f","strict":{{{mark}}},"parameters":{{{schema}}} }}] """), out var request));
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        var options = new ChatEncodeOptions { Model = isBedrock ? "anthropic.claude-sonnet-4-5-20250929-v1:0"u8.ToArray() : "claude-sonnet-4-5"u8.ToArray() };
        Assert.True(ChatDialects.Of(isBedrock ? Dialect.Bedrock : Dialect.Anthropic)!.CreateRequestEncoder().TryEncode(request, options, output, dropped, out _));
        var body = JsonDocument.Parse(Encoding.UTF8.GetString(output.Span)).RootElement;
        if (isBedrock)
        {
            var spec = body.GetProperty("toolConfig").GetProperty("tools")[0].GetProperty("toolSpec");
            return (body.TryGetProperty("outputConfig", out var config) ? config.GetProperty("textFormat").GetProperty("structure").GetProperty("jsonSchema").GetProperty("schema").GetString()! : "",
                spec.TryGetProperty("strict", out _) ? spec.GetProperty("inputSchema").GetProperty("json").GetRawText() : "not strict", dropped);
        }
        var tool = body.GetProperty("tools")[0];
        return (body.TryGetProperty("output_config", out var output_) ? output_.GetProperty("format").GetProperty("schema").GetRawText() : "",
            tool.TryGetProperty("strict", out _) ? tool.GetProperty("input_schema").GetRawText() : "not strict", dropped);
    }
}
