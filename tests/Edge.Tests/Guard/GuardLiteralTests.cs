using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Edge.Configuration;
using Edge.Guard;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Providers;
using Edge.Simd.Json;

namespace Edge.Tests.Guard;

/// <summary>What the client itself writes like a placeholder: it comes back as it is, and the numbers of earlier turns do not change.</summary>
public sealed class GuardLiteralTests
{
    private const string Email = "ann.lee@example.com", Other = "bo@example.org";

    private static readonly GuardPolicy _policy = PolicyBuilder.Build(new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true } } }, new(), TimeProvider.System);

    [Fact]
    public void A_later_turn_that_writes_a_placeholder_renumbers_nothing()
    {
        string[] said = [$"I am {Email}", "What does <EMAIL_1> mean?", $"and <email_1>, &lt;EMAIL_1&gt;, <EMAIL_9>, {Other}, <EMAIL_1>"];
        Assert.Equal(["I am <EMAIL_1>"], Sent(Turns(said[..1])));
        Assert.Equal(["I am <EMAIL_1>", "What does <EMAIL_2> mean?"], Sent(Turns(said[..2])));
        Assert.Equal(["I am <EMAIL_1>", "What does <EMAIL_2> mean?", "and <EMAIL_3>, <EMAIL_4>, <EMAIL_9>, <EMAIL_5>, <EMAIL_2>"], Sent(Turns(said)));
    }

    [Theory]
    // While its number is free it stays, and no value gets it.
    [InlineData("<EMAIL_1> is a text, ann.lee@example.com an address", "<EMAIL_1> is a text, <EMAIL_2> an address")]
    [InlineData("<EMAIL_2>, ann.lee@example.com, bo@example.org", "<EMAIL_2>, <EMAIL_1>, <EMAIL_3>")]
    [InlineData("ann.lee@example.com, <EMAIL_2>, bo@example.org, <EMAIL_2>", "<EMAIL_1>, <EMAIL_2>, <EMAIL_3>, <EMAIL_2>")]
    // It is somebody's by then.
    [InlineData("ann.lee@example.com, <EMAIL_1>, bo@example.org", "<EMAIL_1>, <EMAIL_2>, <EMAIL_3>")]
    [InlineData("ann.lee@example.com, <EMAIL_1> <EMAIL_1> <Email 1>", "<EMAIL_1>, <EMAIL_2> <EMAIL_2> <EMAIL_3>")]
    [InlineData("ann.lee@example.com, %3CEMAIL_1%3E \\u003cEMAIL_1\\u003e C:\\<EMAIL_1>", "<EMAIL_1>, <EMAIL_2> <EMAIL_3> C:\\<EMAIL_4>")]
    // Nothing is to be hidden.
    [InlineData("<EMAIL_1> and <EMAIL_2>", "<EMAIL_1> and <EMAIL_2>")]
    [InlineData("ann.lee@example.com, <EMAIL> <EMAIL_> <EMAIL_01> <PHONE_1> EMAIL_1", "<EMAIL_1>, <EMAIL> <EMAIL_> <EMAIL_01> <PHONE_1> EMAIL_1")]
    public void Within_a_text_the_order_decides(string said, string sent)
    {
        Assert.Equal([sent], Sent(Turns([said])));
        // An argument, an object of arguments, a tool's result and a later turn are texts like any other.
        var quoted = JsonValue.Create(said).ToJsonString();
        foreach (var body in new[]
        {
            $"{{\"messages\":[{{\"role\":\"assistant\",\"tool_calls\":[{{\"function\":{{\"name\":\"f\",\"arguments\":{JsonValue.Create($"{{\"a\":{quoted}}}").ToJsonString()}}}}}]}}]}}",
            $"{{\"messages\":[{{\"role\":\"tool\",\"content\":{JsonValue.Create($"{{\"a\":{quoted}}}").ToJsonString()}}}]}}",
            $"{{\"messages\":[{{\"role\":\"assistant\",\"content\":[{{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{{\"a\":{quoted}}}}}]}}]}}",
        })
        {
            var message = JsonNode.Parse(SentBody(body))!["messages"]![0]!;
            var arguments = message["tool_calls"]?[0]!["function"]!["arguments"]!.GetValue<string>() ?? (message["content"] is JsonArray blocks ? blocks[0]!["input"]!.ToJsonString() : message["content"]!.GetValue<string>());
            Assert.Equal(sent, JsonNode.Parse(arguments)!["a"]!.GetValue<string>());
        }
    }

    /// <summary>The application tells its model of placeholders: what it writes is the same in every turn.</summary>
    [Fact]
    public void Instructions_come_first_wherever_they_stand()
    {
        const string System = "\"system\":\"Keep <EMAIL_1> and <EMAIL_3> as they are\",\"tools\":[{\"name\":\"<EMAIL_2>\",\"input_schema\":{\"properties\":{\"<EMAIL_4>\":{}}}}]";
        foreach (var body in new[] { $"{{{System},\"messages\":[{{\"role\":\"user\",\"content\":\"{Email}, {Other}\"}}]}}", $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{Email}, {Other}\"}}],{System}}}" })
        {
            var sent = SentBody(body);
            Assert.Contains(System, sent, StringComparison.Ordinal);
            Assert.Contains("\"content\":\"<EMAIL_5>, <EMAIL_6>\"", sent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_link_and_signed_reasoning_stay_as_they_are()
    {
        string Body(string thinking) => $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{Email}, <EMAIL_1>\"}},{{\"role\":\"user\",\"content\":[{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"https://x.example/%3CEMAIL_1%3E\"}}}}]}},"
            + $"{{\"role\":\"assistant\",\"content\":[{{\"type\":\"thinking\",\"thinking\":\"{thinking}\",\"signature\":\"s\"}}]}}]}}";
        Assert.Contains("https://x.example/%3CEMAIL_1%3E", SentBody(Body("x")), StringComparison.Ordinal);
        // What the provider wrote as <EMAIL_2> was put back as the client's own text; another spelling never came from a placeholder.
        Assert.Contains("\"thinking\":\"<EMAIL_2> <email_1> <EMAIL_1>\"".Replace("<EMAIL_1>", "<EMAIL_2>", StringComparison.Ordinal), SentBody(Body("<EMAIL_1> <email_1> <EMAIL_1>")), StringComparison.Ordinal);
    }

    /// <summary>A word of the client's own, as in code: the model may write it, too.</summary>
    [Theory]
    [InlineData("const EMAIL_1 = 1", "EMAIL_1 and [EMAIL_1] and <EMAIL_1>", "EMAIL_1 and [EMAIL_1] and " + Email)]
    [InlineData("see\\nEMAIL_1", "EMAIL_1 <email_1>", "EMAIL_1 " + Email)]
    [InlineData("see MY_EMAIL_12", "EMAIL_1, <EMAIL_1>", "EMAIL_1, " + Email)]
    [InlineData("nothing", "EMAIL_1, [EMAIL_1], <EMAIL_1>", Email + ", " + Email + ", " + Email)]
    [InlineData("email_1 EMAIL_2", "EMAIL_1", Email)]
    public void A_word_of_the_clients_own_is_no_placeholder(string own, string answer, string expected)
    {
        using var vault = new Vault();
        _ = SentBody($"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{own}; {Email}\"}}]}}", vault);
        Assert.Equal(expected, Restored(vault, answer));
    }

    private static readonly Gen<string> _word = Gen.OneOf(
        OneOf(Email, Other, "c@example.net", "d.e@example.com"),
        OneOf("<EMAIL_1>", "<EMAIL_2>", "<EMAIL_3>", "<email_1>", "<Email 2>", "&lt;EMAIL_1&gt;", "%3CEMAIL_2%3E", "\\u003cEMAIL_1\\u003e", "\\<EMAIL\\_2\\>", "<PHONE_1>", "EMAIL_1", "[EMAIL_2]", "<EMAIL_12>"),
        OneOf("text", "\"q\"", "\n", "é", "\\", "{", "<"));

    private static readonly Gen<string> _said = _word.Array[1, 6].Select(words => string.Join(" , ", words));

    /// <summary>Whatever a conversation says: each turn leaves as it left before, and an answer that repeats it is the client's own text again.</summary>
    [Fact]
    public void A_conversation_only_grows_and_comes_back()
    {
        Gen.Select(_said.Array[1, 6], Gen.Bool, Gen.Int[1, 9]).Sample(
            (said, escapeAll, size) =>
            {
                string[] before = [];
                var filter = new AnswerFilter();
                for (var turns = 1; turns <= said.Length; turns++)
                {
                    using var vault = new Vault();
                    var body = $"{{\"messages\":[{string.Join(',', said[..turns].Select((text, i) => $"{{\"role\":\"{(i % 2 == 0 ? "user" : "assistant")}\",\"content\":\"{RestoreWire.Quote(text, escapeAll)}\"}}"))}]}}";
                    var sent = JsonNode.Parse(SentBody(body, vault))!["messages"]!.AsArray().Select(message => message!["content"]!.GetValue<string>()).ToArray();
                    Assert.DoesNotContain(sent, text => text.Contains('@', StringComparison.Ordinal));
                    Assert.Equal(before, sent[..^1]);
                    before = sent;
                    for (var i = 0; i < turns; i++)
                    {
                        // Where nothing was hidden there is nothing to put back.
                        if (vault.IsEmpty) Assert.Equal(said[i], sent[i]);
                        else
                        {
                            var stream = RestoreWire.Pass(filter.Begin(vault, Dialect.OpenAi), RestoreWire.Events(Dialect.OpenAi, sent[i].Chunk(size).Select(bit => new string(bit)), [], escapeAll));
                            Assert.Equal(said[i], RestoreWire.Read(Dialect.OpenAi, stream).Text);
                        }
                    }
                }
            },
            iter: 400, threads: 1);
    }

    private static Gen<string> OneOf(params string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static string Turns(string[] said) => $"{{\"messages\":[{string.Join(',', said.Select((text, i) => $"{{\"role\":\"{(i % 2 == 0 ? "user" : "assistant")}\",\"content\":{JsonValue.Create(text).ToJsonString()}}}"))}]}}";

    private static string[] Sent(string body) => [.. JsonNode.Parse(SentBody(body))!["messages"]!.AsArray().Select(message => message!["content"]!.GetValue<string>())];

    private static string SentBody(string body, Vault? vault = null)
    {
        using var own = new Vault();
        using var scan = new RequestScan(vault ?? own);
        using var index = new JsonIndex();
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.True(index.TryBuild(bytes, 64, 100_000, out _));
        scan.Run(_policy, bytes, index, isChat: true);
        return scan.IsEdited ? Encoding.UTF8.GetString(scan.Output) : body;
    }

    private static string Restored(Vault vault, string answer) =>
        RestoreWire.ReadWhole(Dialect.OpenAi, RestoreWire.PassWhole(new AnswerFilter().Begin(vault, Dialect.OpenAi), RestoreWire.Whole(Dialect.OpenAi, answer, "", escapeAll: false))).Text;
}
