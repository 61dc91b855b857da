using System.Text;
using System.Text.Json;
using Edge.Guard.Restore;
using Edge.Providers;

namespace Edge.Tests.Guard;

public sealed class RestoreTests
{
    private const string Mail = "jane.doe@example.com";
    private const string Key = "-----BEGIN PRIVATE KEY-----\nMII\"x\\y\"\n-----END PRIVATE KEY-----\n";

    public static TheoryData<string, string> Spellings => new()
    {
        { "<EMAIL_1>", Mail },
        { "<email_1>", Mail },
        { "<Email_1>", Mail },
        { "`<EMAIL_1>`", $"`{Mail}`" },
        { "**<EMAIL\\_1>**", $"**{Mail}**" },
        { "\\<EMAIL_1\\>", Mail },
        { "\\<EMAIL\\_1\\>", Mail },
        { "a\\\\<EMAIL\\_1\\>", $"a\\{Mail}" },
        { "C:\\<EMAIL_1>\\x", $"C:\\{Mail}\\x" },
        { "C:\\\\<EMAIL_1>\\\\x", $"C:\\\\{Mail}\\\\x" },
        { "&lt;EMAIL_1&gt;", Mail },
        { "&LT;email_1&GT;", Mail },
        { "&lt;EMAIL_1>", Mail },
        { "mailto:%3CEMAIL_1%3E", "mailto:jane.doe%40example.com" },
        { "%3cEMAIL%5f1%3e", "jane.doe%40example.com" },
        { "\\u003cEMAIL_1\\u003e", Mail },
        { "\\\\u003cEMAIL_1\\\\u003E", Mail },
        { "<EMAIL_1><EMAIL_1>", Mail + Mail },
        { "<<EMAIL_1>>", $"<{Mail}>" },
        { "<EMAIL_<EMAIL_1>", $"<EMAIL_{Mail}" },
        { "a <b>&amp;</b> 5 < 6 100% \\n <EMAIL_1>", $"a <b>&amp;</b> 5 < 6 100% \\n {Mail}" },
        { "<Email 1>", Mail },
        { "<EMAIL-1>", Mail },
        { "\\u003cEmail 1\\u003e", Mail },
        // Without its brackets, or in others.
        { "EMAIL_1", Mail },
        { "EMAIL_1.", $"{Mail}." },
        { "to EMAIL_1, or EMAIL\\_1", $"to {Mail}, or {Mail}" },
        { "[EMAIL_1] {EMAIL_1} (EMAIL_1)", $"{Mail} {Mail} ({Mail})" },
        { "[EMAIL_1](mailto:EMAIL_1)", $"[{Mail}](mailto:{Mail})" },
        { "[[EMAIL_1]]", $"[{Mail}]" },
        { "\\[EMAIL\\_1\\]", $"\\[{Mail}\\]" },
        { "[EMAIL_1, EMAIL_1]", $"[{Mail}, {Mail}]" },
        { "**EMAIL_1** `EMAIL_1` \"EMAIL_1\" 'EMAIL_1'", $"**{Mail}** `{Mail}` \"{Mail}\" '{Mail}'" },
        { "a\nEMAIL_1\tEMAIL_1\n- EMAIL_1: x", $"a\n{Mail}\t{Mail}\n- {Mail}: x" },
        { "邮箱EMAIL_1。éEMAIL_1é", $"邮箱{Mail}。é{Mail}é" },
        { "EMAIL_1\\", $"{Mail}\\" },
        { "<b>EMAIL_1</b>", $"<b>{Mail}</b>" },
        { "EMAIL_1 EMAIL_1", $"{Mail} {Mail}" },
        { "EMAIL_1 ", $"{Mail} " },
        { "[EMAIL_1", $"[{Mail}" },
        // A name in code, a template, a path: who knows.
        { "const EMAIL_1 = x; EMAIL_1=x; EMAIL_1(x) EMAIL_1[0] EMAIL_1.x EMAIL_1-x", "const EMAIL_1 = x; EMAIL_1=x; EMAIL_1(x) EMAIL_1[0] EMAIL_1.x EMAIL_1-x" },
        { "{\"EMAIL_1\": 'EMAIL_1':", "{\"EMAIL_1\": 'EMAIL_1':" },
        { "$EMAIL_1 ${EMAIL_1} {{EMAIL_1}} @EMAIL_1 #EMAIL_1 x.EMAIL_1 a/EMAIL_1 d[EMAIL_1]", "$EMAIL_1 ${EMAIL_1} {{EMAIL_1}} @EMAIL_1 #EMAIL_1 x.EMAIL_1 a/EMAIL_1 d[EMAIL_1]" },
        { "MY_EMAIL_1 EMAIL_1x EMAIL_12 EMAIL_1_ email_1 Email_1 [email_1] C:\\EMAIL_1 _EMAIL_1", "MY_EMAIL_1 EMAIL_1x EMAIL_12 EMAIL_1_ email_1 Email_1 [email_1] C:\\EMAIL_1 _EMAIL_1" },
        { "EMAIL EMAI E [E [EMAIL_2] {EMAIL_1 [ {", "EMAIL EMAI E [E [EMAIL_2] {" + Mail + " [ {" },
        { "EMAIL_", "EMAIL_" },
        { "EMAIL", "EMAIL" },
        { "[", "[" },
        // None of ours.
        { "<EMAIL_2>", "<EMAIL_2>" },
        { "<EMAIL_10>", "<EMAIL_10>" },
        { "<EMAIL_01>", "<EMAIL_01>" },
        { "<EMAIL_99999999999999999999>", "<EMAIL_99999999999999999999>" },
        { "<EMAIL>", "<EMAIL>" },
        { "<EMAIL_1", "<EMAIL_1" },
        { "</EMAIL_1>", "</EMAIL_1>" },
        { "<EMAIL_1 >", "<EMAIL_1 >" },
        { "\\", "\\" },
        { "<", "<" },
        { "", "" },
    };

    /// <summary>Each way to write it, in each dialect, cut at every place.</summary>
    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_placeholder_is_seen_however_it_is_written_and_cut(string said, string expected)
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        foreach (var dialect in RestoreWire.Clients)
        {
            var filter = new AnswerFilter();
            foreach (var escapeAll in new[] { false, true })
            {
                Assert.Equal(expected, RestoreWire.ReadWhole(dialect, RestoreWire.PassWhole(filter.Begin(vault, dialect), RestoreWire.Whole(dialect, said, "", escapeAll))).Text);
                for (var cut = 0; cut <= said.Length; cut++)
                {
                    var stream = RestoreWire.Pass(filter.Begin(vault, dialect), RestoreWire.Events(dialect, [said[..cut], said[cut..]], [], escapeAll));
                    Assert.Equal(expected, RestoreWire.Read(dialect, stream).Text);
                }
                var bits = RestoreWire.Pass(filter.Begin(vault, dialect), RestoreWire.Events(dialect, said.Select(c => c.ToString()), [], escapeAll), () => Assert.InRange(filter.HeldBytes, 0, vault.LongestHeld));
                Assert.Equal(expected, RestoreWire.Read(dialect, bits).Text);
            }
        }
    }

    /// <summary>The same on the way from one dialect to another.</summary>
    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_translated_answer_is_restored(string said, string expected)
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        // An answer that says nothing is told in other ways.
        if (said.Length == 0) return;
        var filter = new AnswerFilter();
        foreach (var from in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses })
        {
            foreach (var to in RestoreWire.Clients.Where(to => to != from))
            {
                Assert.Equal(expected, RestoreWire.ReadWhole(to, RestoreWire.TranslateWhole(filter.Begin(vault, to), from, to, RestoreWire.Whole(from, said, "", escapeAll: true))).Text);
                for (var cut = 0; cut <= said.Length; cut++)
                {
                    var stream = RestoreWire.Translate(filter.Begin(vault, to), from, to, RestoreWire.Events(from, [said[..cut], said[cut..]], [], escapeAll: false));
                    Assert.Equal(expected, RestoreWire.Read(to, stream).Text);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_value_is_escaped_as_often_as_it_stands_in_strings(bool escapeAll)
    {
        using var vault = new Vault();
        vault.Placeholder("KEY"u8, Encoding.UTF8.GetBytes(Key));
        var filter = new AnswerFilter();
        const string Arguments = "{\"key\": \"<KEY_1>\", \"<KEY_1>\": [\"\\u003ckey_1\\u003e\"]}";
        var expected = JsonSerializer.Serialize(new Dictionary<string, object> { ["key"] = Key, [Key] = new[] { Key } });
        foreach (var dialect in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses })
        {
            // Text that is JSON by how it begins, alone or in a fence; and text that is none.
            foreach (var (said, meant) in new[]
            {
                ("It is \"<KEY_1>\".", $"It is \"{Key}\"."),
                ("[1] <KEY_1>", $"[1] {Key}"),
                ("{\n  \"key\": \"<KEY_1>\"}", $"{{\n  \"key\": {JsonSerializer.Serialize(Key)}}}".Replace("\\u0022", "\\\"", StringComparison.Ordinal)),
                ("```json\n[{\"k\":\"<KEY_1>\"}]\n```", $"```json\n[{{\"k\":{JsonSerializer.Serialize(Key)}}}]\n```".Replace("\\u0022", "\\\"", StringComparison.Ordinal)),
                ("echo \"\\u003cKEY_1\\u003e\"", $"echo {JsonSerializer.Serialize(Key)}".Replace("\\u0022", "\\\"", StringComparison.Ordinal)),
            })
            {
                for (var size = 1; size < 20; size += 6)
                {
                    var stream = RestoreWire.Pass(filter.Begin(vault, dialect), RestoreWire.Events(dialect, Cut(said, size), Cut(Arguments, size), escapeAll));
                    Check(RestoreWire.Read(dialect, stream), meant);
                    foreach (var to in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses }.Where(to => to != dialect))
                    {
                        stream = RestoreWire.Translate(filter.Begin(vault, to), dialect, to, RestoreWire.Events(dialect, Cut(said, size), Cut(Arguments, size), escapeAll));
                        Check(RestoreWire.Read(to, stream), meant);
                    }
                }
                Check(RestoreWire.ReadWhole(dialect, RestoreWire.PassWhole(filter.Begin(vault, dialect), RestoreWire.Whole(dialect, said, Arguments, escapeAll))), meant);
                Check(RestoreWire.ReadWhole(Dialect.OpenAi, dialect == Dialect.OpenAi ? RestoreWire.PassWhole(filter.Begin(vault, dialect), RestoreWire.Whole(dialect, said, Arguments, escapeAll)) : RestoreWire.TranslateWhole(filter.Begin(vault, Dialect.OpenAi), dialect, Dialect.OpenAi, RestoreWire.Whole(dialect, said, Arguments, escapeAll))), meant);
            }
        }

        void Check(RestoreWire.Said got, string meant)
        {
            Assert.Equal(meant, got.Text);
            Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(expected), System.Text.Json.Nodes.JsonNode.Parse(got.Arguments)), got.Arguments);
        }
    }

    [Fact]
    public void What_has_no_placeholder_passes_as_the_bytes_that_came()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        string[] bits = ["Hello", " <b>bold</b>", " \"quoted\"\n", " 100 % & more \\ C:\\x", " <EMAIL_7> <email> é 😀"];
        foreach (var dialect in RestoreWire.Clients)
        {
            foreach (var escapeAll in new[] { false, true })
            {
                var events = RestoreWire.Events(dialect, bits, [], escapeAll);
                Assert.Equal(string.Concat(events), RestoreWire.Pass(new AnswerFilter().Begin(vault, dialect), events));
                var whole = RestoreWire.Whole(dialect, string.Concat(bits), "", escapeAll);
                Assert.Equal(whole, RestoreWire.PassWhole(new AnswerFilter().Begin(vault, dialect), whole));
            }
        }
    }

    [Fact]
    public void A_possible_prefix_is_all_that_is_held_and_no_longer_than_the_next_byte_allows()
    {
        using var vault = new Vault();
        for (var i = 1; i <= 12; i++) vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes($"{i}@x.org"));
        var filter = new AnswerFilter();
        foreach (var (bit, held) in new[] { ("a <", 1), ("<E", 2), ("<EMAIL_1", 8), ("<EMAIL_12", 9), ("<EMAIL_13", 0), ("<F", 0), ("< ", 0), ("&l", 2), ("%3", 2), ("%4", 0), ("<EMAIL_1\\\\", 10), ("x\\\\\\\\", 4), ("x\\\\\\\\\\\\\\\\", 6), ("\\n", 0), ("<EMAIL_1&g", 10), ("<EMAIL_13&g", 0), ("\\\\u003", 6), ("\\\\u004", 0) })
        {
            filter.Begin(vault, Dialect.OpenAi);
            var slot = filter.Slot(0, 0, 0, 1)!;
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            if (!filter.Next(slot, Encoding.UTF8.GetBytes(bit), 1, isLast: false, output)) Assert.Equal(0, held);
            Assert.True(held == filter.HeldBytes, $"{bit}: {filter.HeldBytes}");
        }
    }

    [Fact]
    public void A_rest_goes_before_the_event_that_ends_its_text()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        foreach (var dialect in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses })
        {
            var stream = RestoreWire.Pass(new AnswerFilter().Begin(vault, dialect), RestoreWire.Events(dialect, ["a", " <EMAIL"], ["{\"a\":", "\"b\\"], escapeAll: false));
            Assert.Equal(("a <EMAIL", "{\"a\":\"b\\"), (RestoreWire.Read(dialect, stream).Text, RestoreWire.Read(dialect, stream).Arguments));
        }
        // Two choices side by side, a finish with text in it, and a rest that the end mark finds.
        var events = new[]
        {
            Delta(0, "\"content\":\"x <EM\""), Delta(1, "\"content\":\"y <\""), Delta(0, "\"content\":\"AIL_1\",\"refusal\":\"r\""),
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"> z <\"},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n",
        };
        var got = RestoreWire.Pass(new AnswerFilter().Begin(vault, Dialect.OpenAi), events);
        Assert.Equal(
            Delta(0, "\"content\":\"x \"") + Delta(1, "\"content\":\"y \"") + Delta(0, "\"content\":\"\",\"refusal\":\"r\"")
            + $"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{Mail} z <\"}},\"finish_reason\":\"stop\"}}]}}\n\n"
            + "data: {\"id\":\"1\",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"<\"},\"finish_reason\":null}]}\n\ndata: [DONE]\n\n",
            got);

        static string Delta(int index, string members) => $"data: {{\"id\":\"1\",\"choices\":[{{\"index\":{index},\"delta\":{{{members}}},\"finish_reason\":null}}]}}\n\n";
    }

    [Theory]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"<EM\"}]},{\"type\":\"text\",\"text\":\"<\"}]}}]}", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"AIL_1>\"}]},{\"type\":\"text\",\"text\":\"EMAIL_1>\"}]}}]}")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"<EM\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"<EM\",\"index\":0}]}}]}", "{\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"AIL_1>\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"AIL_1>\",\"index\":0}]}}]}")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"<EM\"}},{\"index\":1,\"custom\":{\"input\":\"<\"}}]}}]}", "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"custom\":{\"input\":\"email_1>\"}},{\"index\":0,\"function\":{\"arguments\":\"AIL_1>\"}}]}}]}")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"function_call\":{\"arguments\":\"<EM\"},\"audio\":{\"transcript\":\"<EMAIL\"}}}]}", "{\"choices\":[{\"index\":0,\"delta\":{\"function_call\":{\"arguments\":\"AIL_1>\"},\"audio\":{\"transcript\":\"_1>\"}}}]}")]
    public void Every_text_of_a_chunk_goes_on_in_the_next(string first, string second)
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        var filter = new AnswerFilter();
        var got = RestoreWire.Pass(filter.Begin(vault, Dialect.OpenAi), [$"data: {first}\n\n", $"data: {second}\n\n"]);
        Assert.Equal(2, filter.Restored);
        Assert.Equal(2, filter.RestoredByName[0]);
        Assert.DoesNotContain("<", got);
        Assert.Equal(2, got.Split(Mail).Length - 1);
    }

    [Fact]
    public void Strings_that_nobody_knows_are_restored_whole_and_log_probabilities_stay()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        const string Event = "event: vendor.thing\ndata: {\"type\":\"vendor.thing\",\"sequence_number\":0,\"a\":{\"<EMAIL_1>\":[\"<EMAIL_1> <EMAIL\",1]},\"logprobs\":{\"content\":[{\"token\":\"<EMAIL_1>\"}]}}\n\n";
        foreach (var dialect in RestoreWire.Clients)
        {
            var got = RestoreWire.Pass(new AnswerFilter().Begin(vault, dialect), [Event]);
            Assert.Equal(Event.Replace("{\"<EMAIL_1>\":[\"<EMAIL_1>", $"{{\"{Mail}\":[\"{Mail}", StringComparison.Ordinal), got);
        }
    }

    [Fact]
    public void An_error_that_repeats_the_prompt_names_the_clients_own_values()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes("a\"b@x.org"));
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi);
        Assert.Equal("bad value 'a\"b@x.org'", filter.Restore("bad value '<EMAIL_1>'"));
        Assert.Equal("bad value", filter.Restore("bad value"));
        Assert.Equal("{\"error\":{\"message\":\"a\\\"b@x.org\"}}", RestoreWire.PassWhole(filter, "{\"error\":{\"message\":\"<EMAIL_1>\"}}"));
    }

    /// <summary>The provider signed it as it wrote it, and the next turn must be able to write it so again: of another spelling nobody could.</summary>
    [Fact]
    public void Signed_reasoning_is_restored_only_where_it_can_be_hidden_again_letter_by_letter()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Mail));
        const string Said = "<EMAIL_1> <email_1> \\\\<EMAIL_1\\\\> &lt;EMAIL_1&gt; \\u003cEMAIL_1\\u003e";
        const string Meant = Mail + " <email_1> \\\\<EMAIL_1\\\\> &lt;EMAIL_1&gt; " + Mail;
        var bits = Said.Split(' ').SelectMany(word => new[] { word, " " });
        string[] events =
        [
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n",
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
            .. bits.Select(bit => $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"thinking_delta\",\"thinking\":\"{bit}\"}}}}\n\n"),
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}}\n\n",
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ];
        var filter = new AnswerFilter();
        Assert.Equal(Meant.Replace("\\\\", "\\", StringComparison.Ordinal), Thinking(RestoreWire.Pass(filter.Begin(vault, Dialect.Anthropic), events), "thinking").TrimEnd());
        Assert.Equal(Meant.Replace("\\\\", "\\", StringComparison.Ordinal), Thinking(RestoreWire.Translate(filter.Begin(vault, Dialect.OpenAi), Dialect.Anthropic, Dialect.OpenAi, events), "reasoning_content").TrimEnd());
        const string Whole = "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"" + Said + "\",\"signature\":\"c2ln\"},{\"type\":\"text\",\"text\":\"<email_1>\"}]}";
        Assert.Equal(Whole.Replace(Said, Meant, StringComparison.Ordinal).Replace("\"<email_1>\"", $"\"{Mail}\"", StringComparison.Ordinal), RestoreWire.PassWhole(filter.Begin(vault, Dialect.Anthropic), Whole));

        static string Thinking(string stream, string name)
        {
            var text = new StringBuilder();
            foreach (var line in stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
            {
                var json = System.Text.Json.Nodes.JsonNode.Parse(line[6..])!;
                text.Append((string?)(json["delta"]?[name] ?? json["choices"]?.AsArray().FirstOrDefault()?["delta"]?[name]));
            }
            return text.ToString();
        }
    }

    private static IEnumerable<string> Cut(string text, int size) => text.Chunk(size).Select(bit => new string(bit));
}
