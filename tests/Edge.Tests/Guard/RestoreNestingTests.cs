using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Edge.Configuration;
using Edge.Guard;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Providers;
using Edge.Simd.Json;

namespace Edge.Tests.Guard;

/// <summary>JSON in a JSON string in JSON: a value is escaped for each of them, so that whoever parses the last one has the value.</summary>
public sealed class RestoreNestingTests
{
    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dialect[] _dialects = [Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses];

    [Theory]
    // Prose, whatever it has of quotes and brackets.
    [InlineData("", 0)]
    [InlineData("It is \"", 0)]
    [InlineData("[1] \"", 0)]
    [InlineData("{a: \"", 0)]
    [InlineData("{} \"", 0)]
    [InlineData("use {\"a\": \"", 0)]
    [InlineData("`{\"a\": \"", 0)]
    // An object's first name, an array of strings, objects or such arrays.
    [InlineData("{\"", 1)]
    [InlineData(" \n\t{\n  \"a\": \"x", 1)]
    [InlineData("{\"a\": \"x\"", 0)]
    [InlineData("{\"a\": \"x\\\"", 1)]
    [InlineData("{\"a\": \"x\\\\\"", 0)]
    [InlineData("{\"a\": {\"b\": [1, {\"c\": \"", 1)]
    [InlineData("[\"", 1)]
    [InlineData("[[{\"a\": 1}, \"", 1)]
    [InlineData("[[1], \"", 0)]
    // One behind the other, and what is said behind it.
    [InlineData("{\"a\": 1}\n{\"b\": \"", 1)]
    [InlineData("{\"a\": 1}\n\nIt is \"", 0)]
    // In a fence of any name, at the beginning or not.
    [InlineData("```json\n{\"a\": \"", 1)]
    [InlineData("```\n[\"", 1)]
    [InlineData("Here you are:\n\n```json\n{\n \"a\": \"", 1)]
    [InlineData("```json\n{\"a\": 1}\n```\nIt is \"", 0)]
    [InlineData("```json\n{\"a\": 1}\n```\nand ```json\n{\"b\": \"", 1)]
    [InlineData("```\nx = \"", 0)]
    // No JSON string has a line break.
    [InlineData("{\"a\": \"x\ny", 0)]
    // JSON in its strings, by the same rule.
    [InlineData("{\"a\": \"{\\\"b\\\": \\\"", 2)]
    [InlineData("{\"a\": \"{\\\"b\\\": \\\"x\\\"", 1)]
    [InlineData("{\"a\": \"say \\\"", 1)]
    [InlineData("{\"a\": \"\\u007b\\u0022b\\u0022: \\u0022", 2)]
    [InlineData("{\"a\": \"[\\\"{\\\\\\\"b\\\\\\\":\\\\\\\"", 3)]
    public void The_rule(string text, int depth)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var nesting = new JsonNesting();
        nesting.Begin(isJson: false);
        nesting.Feed(bytes);
        Assert.Equal(depth, nesting.Depth);
        // In a JSON string, and byte by byte.
        foreach (var escapeAll in new[] { false, true })
        {
            nesting.Begin(isJson: false);
            foreach (var b in Encoding.UTF8.GetBytes(RestoreWire.Quote(text, escapeAll))) nesting.FeedEscaped([b]);
            Assert.Equal(depth, nesting.Depth);
        }
    }

    [Fact]
    public void Known_json_needs_no_beginning_and_hostile_text_no_more_than_a_look()
    {
        var nesting = new JsonNesting();
        nesting.Begin(isJson: true);
        nesting.Feed("]}} {x: 1, \"a"u8);
        Assert.Equal(1, nesting.Depth);
        foreach (var unit in new[] { "[", "{\"", "\"", "\\", "`", "\\u", "\\\"", "{\"a\":\"" })
        {
            nesting.Begin(isJson: false);
            var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 100_000)));
            nesting.Feed(text);
            nesting.FeedEscaped(text);
            Assert.InRange(nesting.Depth, 0, JsonNesting.MaxLevels);
        }
    }

    // What escaping can get wrong.
    private static readonly Gen<string> _value = Gen.OneOf(
        OneOf("\"", "\\", "\n", "\r\n", "\t", "\\n", "\\\"", "\0", "\u001f", "é", "😀", "x", "`", "{", "[", "&", "<"),
        OneOf("-----BEGIN KEY-----\nMII\\x\"y\"\n-----END KEY-----\n", "{\"a\":\"b\"}")).Array[1, 6].Select(string.Concat);

    /// <summary>A value at every depth of a call's arguments and of an answer that is JSON; streamed and whole, passed through and translated.</summary>
    [Fact]
    public void Whoever_parses_it_has_the_value()
    {
        Gen.Select(_value, Gen.Int[1, 25], Gen.Bool, Gen.Bool).Sample(
            (value, size, escapeAll, isIndented) =>
            {
                using var vault = new Vault();
                Assert.Equal("<KEY_1>", Encoding.UTF8.GetString(vault.Placeholder("KEY"u8, Encoding.UTF8.GetBytes(value))));
                var options = new JsonSerializerOptions { Encoder = escapeAll ? null : JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = isIndented };
                var (said, meant) = (Nested("<KEY_1>"), Nested(value));
                var filter = new AnswerFilter();
                foreach (var from in _dialects)
                {
                    foreach (var to in _dialects)
                    {
                        var events = RestoreWire.Events(from, Cut(said, size), Cut(said, size), escapeAll);
                        filter.Begin(vault, to);
                        Check(RestoreWire.Read(to, from == to ? RestoreWire.Pass(filter, events) : RestoreWire.Translate(filter, from, to, events)));
                        var whole = RestoreWire.Whole(from, said, said, escapeAll);
                        filter.Begin(vault, to);
                        Check(RestoreWire.ReadWhole(to, from == to ? RestoreWire.PassWhole(filter, whole) : RestoreWire.TranslateWhole(filter, from, to, whole)));
                    }
                }

                void Check(RestoreWire.Said got)
                {
                    Same(meant, got.Text);
                    Same(meant, got.Arguments);
                }

                // {"v": ..., "q": "say ...", "in": "{\"v\": ...}"}, three deep; two where the model escapes the brackets each time.
                string Nested(string leaf)
                {
                    var text = "";
                    for (var depth = 0; depth < (escapeAll ? 2 : 3); depth++) text = JsonSerializer.Serialize(new Dictionary<string, string> { ["v"] = leaf, ["q"] = $"say \"{leaf}\"", ["in"] = text }, options);
                    return text;
                }
            },
            iter: 60, threads: 1);

        static void Same(string expected, string actual)
        {
            while (expected.Length > 0)
            {
                var (left, right) = (JsonNode.Parse(expected)!, JsonNode.Parse(actual)!);
                Assert.Equal((string)left["v"]!, (string)right["v"]!);
                Assert.Equal((string)left["q"]!, (string)right["q"]!);
                (expected, actual) = ((string)left["in"]!, (string)right["in"]!);
            }
            Assert.Equal(expected, actual);
        }
    }

    /// <summary>Cut at every character of the stream.</summary>
    [Fact]
    public void Cuts_change_nothing()
    {
        const string Key = "a\"b\\c\nd";
        using var vault = new Vault();
        vault.Placeholder("KEY"u8, Encoding.UTF8.GetBytes(Key));
        var arguments = JsonSerializer.Serialize(new { a = JsonSerializer.Serialize(new { b = "<KEY_1>", c = "\u003cKEY_1\u003e \"KEY_1\"" }, _plain) }, _plain);
        var text = $"So:\n```json\n{arguments}\n```\n\"<KEY_1>\"";
        var filter = new AnswerFilter();
        foreach (var dialect in _dialects)
        {
            var expected = RestoreWire.ReadWhole(dialect, RestoreWire.PassWhole(filter.Begin(vault, dialect), RestoreWire.Whole(dialect, text, arguments, escapeAll: false)));
            var inner = JsonNode.Parse((string)JsonNode.Parse(expected.Arguments)!["a"]!)!;
            Assert.Equal((Key, $"{Key} \"{Key}\""), ((string)inner["b"]!, (string)inner["c"]!));
            Assert.EndsWith($"\n```\n\"{Key}\"", expected.Text, StringComparison.Ordinal);
            inner = JsonNode.Parse((string)JsonNode.Parse(expected.Text.Split('\n')[2])!["a"]!)!;
            Assert.Equal((Key, $"{Key} \"{Key}\""), ((string)inner["b"]!, (string)inner["c"]!));
            for (var cut = 0; cut < Math.Max(text.Length, arguments.Length); cut++)
            {
                var (at, inArguments) = (Math.Min(cut, text.Length), Math.Min(cut, arguments.Length));
                var events = RestoreWire.Events(dialect, [text[..at], text[at..]], [arguments[..inArguments], arguments[inArguments..]], escapeAll: cut % 2 == 0);
                var got = RestoreWire.Read(dialect, RestoreWire.Pass(filter.Begin(vault, dialect), events));
                Assert.Equal(expected.Text, got.Text);
                Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.Arguments), JsonNode.Parse(got.Arguments)), got.Arguments);
            }
        }
    }

    /// <summary>A value is one, however deep in JSON the client says it.</summary>
    [Fact]
    public void The_same_value_at_every_depth_has_one_placeholder()
    {
        const string Key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----";
        var once = JsonSerializer.Serialize(new { key = Key }, _plain);
        var twice = JsonSerializer.Serialize(new { body = once }, _plain);
        var call = new { role = "assistant", tool_calls = new[] { new { id = "c", type = "function", function = new { name = "f", arguments = twice } } } };
        var body = JsonSerializer.Serialize(new { messages = new object[] { new { role = "user", content = Key }, new { role = "user", content = once }, new { role = "user", content = twice }, call, new { role = "tool", content = twice } } }, _plain);
        using var vault = new Vault();
        var sent = JsonNode.Parse(Sent(body, vault))!["messages"]!;
        Assert.Equal(1, vault.Count);
        Assert.True(vault.TryGet("PRIVATE_KEY_1"u8, out var value, out _));
        Assert.Equal(Key, Encoding.UTF8.GetString(value));
        Assert.Equal(once.Replace(JsonSerializer.Serialize(Key, _plain), "\"<PRIVATE_KEY_1>\"", StringComparison.Ordinal), (string)sent[1]!["content"]!);
        foreach (var text in new[] { (string)sent[2]!["content"]!, (string)sent[3]!["tool_calls"]![0]!["function"]!["arguments"]!, (string)sent[4]!["content"]! })
        {
            Assert.Equal("<PRIVATE_KEY_1>", (string)JsonNode.Parse((string)JsonNode.Parse(text)!["body"]!)!["key"]!);
            var back = RestoreWire.ReadWhole(Dialect.OpenAi, RestoreWire.PassWhole(new AnswerFilter().Begin(vault, Dialect.OpenAi), RestoreWire.Whole(Dialect.OpenAi, text, text, escapeAll: false)));
            Assert.Equal((twice, twice), (back.Text, back.Arguments));
        }
    }

    /// <summary>A value that stands first is not what tells whether a text is JSON: the client's text began otherwise.</summary>
    [Fact]
    public void Behind_a_value_no_json_begins()
    {
        using var vault = new Vault();
        vault.Placeholder("KEY"u8, "a\"\\"u8);
        foreach (var (said, meant) in new[] { ("<KEY_1>[\"<KEY_1>", "a\"\\[\"a\"\\"), ("[<KEY_1>\"<KEY_1>", "[a\"\\\"a\"\\") })
        {
            var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi);
            Assert.Equal(meant, RestoreWire.Read(Dialect.OpenAi, RestoreWire.Pass(filter, RestoreWire.Events(Dialect.OpenAi, Cut(said, 3), [], escapeAll: false))).Text);
        }
    }

    /// <summary>Escapes that JSON does not know, where no parser has looked.</summary>
    [Theory]
    [InlineData("\\u12")]
    [InlineData("\\uZZZZ")]
    [InlineData("\\")]
    [InlineData("\\x\\")]
    public void Broken_escapes_of_inner_json_break_nothing(string escape)
    {
        var key = $"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7{escape}VJTUt9Us8cKj\\n-----END PRIVATE KEY-----";
        var arguments = $"{{\"key\":\"{key}\"}}";
        using var vault = new Vault();
        var sent = Sent(JsonSerializer.Serialize(new { messages = new object[] { new { role = "tool", content = arguments }, new { role = "user", content = arguments } } }), vault);
        Assert.DoesNotContain("MII", sent, StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(sent));
        var actions = new GuardAction[256];
        Array.Fill(actions, GuardAction.Redact);
        using var empty = new Vault();
        var filter = new AnswerFilter().Begin(empty, Dialect.OpenAi, new OutputPolicy { Actions = actions, MinConfidence = 50, NameOf = entity => entity.ToString() });
        var got = RestoreWire.ReadWhole(Dialect.OpenAi, RestoreWire.PassWhole(filter, RestoreWire.Whole(Dialect.OpenAi, arguments, arguments, escapeAll: false)));
        Assert.DoesNotContain("MII", got.Text + got.Arguments, StringComparison.Ordinal);
    }

    private static Gen<string> OneOf(params string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static string Sent(string body, Vault vault)
    {
        using var scan = new RequestScan(vault);
        using var index = new JsonIndex();
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.True(index.TryBuild(bytes, 64, 100_000, out _));
        scan.Run(PolicyBuilder.Build(new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true } } }, new(), TimeProvider.System), bytes, index, isChat: true);
        return Encoding.UTF8.GetString(scan.Output);
    }

    private static IEnumerable<string> Cut(string text, int size)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = Math.Min(text.Length, at + size);
            if (end < text.Length && char.IsLowSurrogate(text[end])) end++;
            yield return text[at..end];
            at = end;
        }
    }
}
