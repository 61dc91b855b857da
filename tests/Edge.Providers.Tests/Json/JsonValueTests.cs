using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Json;

public class JsonValueTests
{
    private const string Text = """
        {"model":"gpt-4o","n":3,"big":9223372036854775808,"f":1.5,"e":1e3,"neg":-7,"huge":1e999,"yes":true,"no":false,"nil":null,"text":"a\"b\n\u00e9",
         "list":[1,[2,[3]],{"x":[]},"s"],"empty":{},"m\u006fdel2":"escaped name","model":"second"}
        """;

    [Fact]
    public void Walking_equals_JsonDocument()
    {
        using var index = Index(Text, out var json);
        using var document = JsonDocument.Parse(Text);
        Same(document.RootElement, new JsonValue(json, index.Tokens));
    }

    [Fact]
    public void Reads_each_kind_as_itself_alone()
    {
        using var index = Index(Text, out var json);
        var root = new JsonValue(json, index.Tokens);
        Assert.True(root["n"u8].TryGetInt64(out var n));
        Assert.Equal(3, n);
        Assert.True(root["neg"u8].TryGetInt64(out n));
        Assert.Equal(-7, n);
        Assert.False(root["big"u8].TryGetInt64(out _));
        Assert.False(root["f"u8].TryGetInt64(out _));
        Assert.False(root["e"u8].TryGetInt64(out _));
        Assert.False(root["text"u8].TryGetInt64(out _));
        Assert.True(root["f"u8].TryGetDouble(out var f));
        Assert.Equal(1.5, f);
        Assert.True(root["e"u8].TryGetDouble(out f));
        Assert.Equal(1000, f);
        Assert.False(root["huge"u8].TryGetDouble(out _));
        Assert.False(root["yes"u8].TryGetDouble(out _));
        Assert.True(root["yes"u8].TryGetBoolean(out var yes) && yes);
        Assert.True(root["no"u8].TryGetBoolean(out var no) && !no);
        Assert.False(root["nil"u8].TryGetBoolean(out _));
        Assert.True(root["nil"u8].IsNullOrAbsent);
        Assert.True(root["absent"u8].IsNullOrAbsent);
        Assert.False(root["empty"u8].IsNullOrAbsent);
        Assert.Equal("a\"b\né", root["text"u8].GetString());
        Assert.Null(root["n"u8].GetString());
        Assert.True(root["text"u8].IsString("a\"b\né"u8));
        Assert.False(root["text"u8].IsString("a"u8));
        Assert.Equal("\"a\\\"b\\n\\u00e9\""u8, root["text"u8].Raw);
        Assert.True(root["model2"u8].IsString("escaped name"u8));
        Assert.True(root["model"u8].IsString("gpt-4o"u8));
        Assert.Equal(JsonKind.None, root["list"u8]["x"u8].Kind);
        Assert.Equal(JsonKind.None, default(JsonValue).Kind);
        foreach (var member in root["list"u8].Members) Assert.Fail(member.Name.ToString());
        foreach (var element in root["empty"u8].Elements) Assert.Fail(element.ToString());
        foreach (var element in default(JsonValue).Elements) Assert.Fail(element.ToString());
    }

    private static JsonIndex Index(string text, out byte[] json)
    {
        json = Encoding.UTF8.GetBytes(text);
        var index = new JsonIndex();
        Assert.True(index.TryBuild(json, 64, 1000, out var error), error.ToString());
        return index;
    }

    private static void Same(JsonElement expected, JsonValue actual)
    {
        Assert.Equal(expected.GetRawText(), actual.ToString());
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var members = expected.EnumerateObject();
                foreach (var member in actual.Members)
                {
                    Assert.True(members.MoveNext());
                    Assert.Equal(members.Current.Name, member.Name.ToString());
                    Assert.True(member.NameToken.IsName);
                    Same(members.Current.Value, member.Value);
                }
                Assert.False(members.MoveNext());
                break;
            case JsonValueKind.Array:
                var elements = expected.EnumerateArray();
                foreach (var element in actual.Elements)
                {
                    Assert.True(elements.MoveNext());
                    Same(elements.Current, element);
                }
                Assert.False(elements.MoveNext());
                break;
            case JsonValueKind.String:
                Assert.Equal(expected.GetString(), actual.GetString());
                break;
            case JsonValueKind.Number:
                Assert.Equal(expected.GetDouble(), double.Parse(actual.Raw, CultureInfo.InvariantCulture));
                break;
        }
    }
}
