using System.Text;
using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Providers;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Guard;

/// <summary>What a model says beside its text: reasoning, refusals, sources, log probabilities; and where it is told what was found.</summary>
public sealed class RestoreCitationTests
{
    private const string Own = "client@example.org", Mail = "jane.doe@example.com", Card = "4111 1111 1111 1111";

    // A place for a title, one for the cited words, a link and an identifier.
    public static TheoryData<string, string> Sources => new()
    {
        { "OpenAi", """{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"$U","title":"$T","start_index":0,"end_index":1}},{"type":"x","id":"$I","text":"$C"}]},"finish_reason":"stop"}]}""" },
        { "OpenAi", """{"model":"m","citations":["$U"],"search_results":[{"title":"$T","url":"$U","id":"$I","snippet":"$C"}],"choices":[]}""" },
        { "Responses", """{"id":"r","output":[{"type":"message","id":"$I","content":[{"type":"output_text","text":"x","annotations":[{"type":"url_citation","url":"$U","title":"$T"},{"type":"file_citation","file_id":"$I","filename":"$C"}]}]}]}""" },
        { "Anthropic", """{"type":"message","content":[{"type":"text","text":"x","citations":[{"type":"web_search_result_location","url":"$U","title":"$T","encrypted_index":"$I","cited_text":"$C"}]}]}""" },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void Sources_are_looked_at_like_all_that_a_model_says(string dialect, string shape)
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Own));
        var filter = new AnswerFilter().Begin(vault, Enum.Parse<Dialect>(dialect), Policy((PiiEntity.EmailAddress, GuardAction.Redact), (PiiEntity.CreditCard, GuardAction.Redact), (PiiEntity.Url, GuardAction.Redact)));
        string Fill(string url, string title, string cited) => shape.Replace("$U", url, StringComparison.Ordinal).Replace("$T", title, StringComparison.Ordinal).Replace("$C", cited, StringComparison.Ordinal).Replace("$I", Mail, StringComparison.Ordinal);
        var said = Fill($"https://x.example/a/{Mail}?n=4111111111111111&to=%3CEMAIL_1%3E", $"Of {Mail} and <EMAIL_1>", $"{Card}, see https://x.example/");
        var expected = Fill("https://x.example/a/<EMAIL_ADDRESS>?n=4111111111111111&to=client%40example.org", $"Of <EMAIL_ADDRESS> and {Own}", "<CREDIT_CARD>, see <URL>");
        Assert.Equal(expected, RestoreWire.PassWhole(filter, said));
        var links = shape.Split("$U").Length - 1;
        Assert.Equal((links + 1, 1), (filter.Found[(int)PiiEntity.EmailAddress], filter.Found[(int)PiiEntity.CreditCard]));
        // What may not be said ends the answer there, too.
        filter.Begin(vault, Enum.Parse<Dialect>(dialect), Policy((PiiEntity.CreditCard, GuardAction.Block)));
        RestoreWire.PassWhole(filter, said);
        Assert.Equal("CREDIT_CARD", filter.Blocked);
    }

    [Fact]
    public void And_so_are_they_in_streams()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Own));
        var policy = Policy((PiiEntity.EmailAddress, GuardAction.Redact));
        foreach (var (dialect, data) in new[]
        {
            (Dialect.OpenAi, """{"model":"m","choices":[{"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"https://x.example/$T","title":"$T"}}]},"finish_reason":null}]}"""),
            (Dialect.Anthropic, """{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"$T","document_title":"$T"}}}"""),
            (Dialect.Responses, """{"type":"response.output_text.annotation.added","sequence_number":0,"output_index":0,"annotation":{"type":"url_citation","url":"https://x.example/$T","title":"$T"}}"""),
        })
        {
            var filter = new AnswerFilter().Begin(vault, dialect, policy);
            var got = RestoreWire.Pass(filter, [$"data: {data.Replace("$T", $"{Mail} <EMAIL_1>", StringComparison.Ordinal)}\n\n"]);
            Assert.Equal($"data: {data.Replace("$T", $"<EMAIL_ADDRESS> {Own}", StringComparison.Ordinal)}\n\n", got);
            Assert.Equal(2, filter.Found[(int)PiiEntity.EmailAddress]);
        }
    }

    [Fact]
    public void And_translated_ones()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Own));
        const string Answer = """{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x","citations":[{"type":"web_search_result_location","url":"https://x.example/$M","title":"$M <EMAIL_1>","encrypted_index":"e","cited_text":"$M"}]}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";
        var said = Answer.Replace("$M", Mail, StringComparison.Ordinal);
        foreach (var to in new[] { Dialect.OpenAi, Dialect.Responses })
        {
            var filter = new AnswerFilter().Begin(vault, to, Policy((PiiEntity.EmailAddress, GuardAction.Redact)));
            var got = RestoreWire.TranslateWhole(filter, Dialect.Anthropic, to, said);
            Assert.Contains("https://x.example/<EMAIL_ADDRESS>", got, StringComparison.Ordinal);
            Assert.Contains($"<EMAIL_ADDRESS> {Own}", got, StringComparison.Ordinal);
            Assert.DoesNotContain(Mail, got, StringComparison.Ordinal);
            Assert.Equal(3, filter.Found[(int)PiiEntity.EmailAddress]);
        }
    }

    [Fact]
    public void Reasoning_refusals_and_arguments_are_looked_at_and_names_of_tools_are_not()
    {
        using var vault = new Vault();
        const string Name = "send_to_jane.doe@example.com";
        var whole = $$$"""{"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"R {{{Mail}}}","reasoning_content":"C {{{Mail}}}","reasoning_details":[{"type":"reasoning.text","text":"D {{{Mail}}}"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"{{{Name}}}","arguments":"{\"to\":\"A {{{Mail}}}\"}"}}]},"finish_reason":"stop"}]}""";
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.EmailAddress, GuardAction.Redact)));
        Assert.Equal(whole.Replace(" " + Mail, " <EMAIL_ADDRESS>", StringComparison.Ordinal), RestoreWire.PassWhole(filter, whole));
        Assert.Equal(4, filter.Found[(int)PiiEntity.EmailAddress]);
    }

    /// <summary>Tokens are pieces of what was said: where policy may change that, they would tell it.</summary>
    [Fact]
    public void Log_probabilities_go_where_policy_may_change_what_they_spell()
    {
        using var vault = new Vault();
        var chat = $$$"""{"choices":[{"index":0,"message":{"content":"x"},"logprobs":{"content":[{"token":"{{{Mail}}}","logprob":-1}]},"finish_reason":"stop"}]}""";
        var responses = $$$"""{"output":[{"type":"message","content":[{"type":"output_text","text":"x","logprobs":[{"token":"{{{Mail}}}"}]}]}]}""";
        foreach (var (action, isKept) in new[] { (GuardAction.Redact, false), (GuardAction.Mask, false), (GuardAction.Block, false), (GuardAction.Flag, true), (GuardAction.Allow, true) })
        {
            foreach (var (dialect, answer, without) in new[] { (Dialect.OpenAi, chat, "\"logprobs\":null"), (Dialect.Responses, responses, "\"logprobs\":[]") })
            {
                var filter = new AnswerFilter().Begin(vault, dialect, Policy((PiiEntity.EmailAddress, action)));
                var got = RestoreWire.PassWhole(filter, answer);
                Assert.Equal(isKept, got == answer);
                Assert.Equal(!isKept, got.Contains(without, StringComparison.Ordinal));
                Assert.Null(filter.Blocked);
            }
        }
    }

    [Fact]
    public void A_link_that_is_allowed_hides_no_address()
    {
        using var vault = new Vault();
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.EmailAddress, GuardAction.Redact)));
        var answer = RestoreWire.Whole(Dialect.OpenAi, $"See https://x.example/?m={Mail} there.", "", escapeAll: false);
        Assert.Equal("See https://x.example/?m=<EMAIL_ADDRESS> there.", RestoreWire.ReadWhole(Dialect.OpenAi, RestoreWire.PassWhole(filter, answer)).Text);
    }

    /// <summary>An answer that is whole has been looked at before its head goes out.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", "OpenAi", GuardAction.Flag)]
    [InlineData("/v1/chat/completions", "Anthropic", GuardAction.Redact)]
    [InlineData("/v1/messages", "Anthropic", GuardAction.Mask)]
    [InlineData("/v1/messages", "Anthropic", GuardAction.Block)]
    public async Task The_header_of_a_whole_answer_tells_what_was_found_in_it(string path, string provider, GuardAction action)
    {
        var wire = Enum.Parse<Dialect>(provider);
        var pii = new PiiConfig { Enabled = true, OutputActions = new Dictionary<string, GuardAction> { ["CREDIT_CARD"] = action, ["EMAIL_ADDRESS"] = GuardAction.Flag } };
        foreach (var streamed in new[] { false, true })
        {
            var kit = new PipelineKit(wire, new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = pii } } });
            var text = $"For <EMAIL_1>: {Card}, {Card}. {string.Concat(Enumerable.Repeat("word ", 100))}";
            kit.Answer(() => streamed ? CannedResponse.Events(RestoreWire.Events(wire, text.Chunk(5).Select(bit => new string(bit)), [], escapeAll: false)) : CannedResponse.Json(RestoreWire.Whole(wire, text, "", escapeAll: false)));
            var body = new JsonObject { ["model"] = "m", ["max_tokens"] = 9, ["stream"] = streamed, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"I am {Own}" }) };
            var sent = await kit.SendAsync(body.ToJsonString(), transport => transport.Path = transport.RawTarget = path);
            var name = action.ToString().ToLowerInvariant();
            // The first finding ends the answer.
            var found = action == GuardAction.Block ? "answer.CREDIT_CARD=block" : $"answer.CREDIT_CARD={name}:2";
            Assert.Equal(streamed ? "EMAIL_ADDRESS=tokenize" : $"EMAIL_ADDRESS=tokenize, {found}", sent.ResponseHeaders["x-edge-guard"].ToString());
            // The record has each of them once.
            Assert.Equal([("EMAIL_ADDRESS", false, 1), ("CREDIT_CARD", true, action == GuardAction.Block ? 1 : 2)], kit.TakeRecord().Guard!.Rows.Select(row => (row.Name, row.IsOutput, row.Count)));
        }
    }

    private static OutputPolicy Policy(params (PiiEntity Entity, GuardAction Action)[] actions)
    {
        var table = new GuardAction[256];
        foreach (var (entity, action) in actions) table[(int)entity] = action;
        return new OutputPolicy { Actions = table, MinConfidence = 50, NameOf = entity => entity.Name() };
    }
}
