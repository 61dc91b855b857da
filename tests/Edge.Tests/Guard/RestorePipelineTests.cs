using System.Text;
using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.Upstream;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;

namespace Edge.Tests.Guard;

/// <summary>A request whose values the provider never sees, and its answer, through the whole pipeline.</summary>
public sealed class RestorePipelineTests
{
    private const string Mail = "ann.lee@example.com";
    private const string Card = "4111 1111 1111 1111";

    public static TheoryData<string, string> Ways => new()
    {
        { "/v1/chat/completions", "OpenAi" },
        { "/v1/chat/completions", "Anthropic" },
        { "/v1/messages", "Anthropic" },
        { "/v1/messages", "OpenAi" },
        { "/v1/responses", "OpenAi" },
        { "/v1/responses", "Anthropic" },
        { "/v1/completions", "OpenAi" },
        { "/v1/completions", "Anthropic" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_leaves_as_a_placeholder_comes_back_as_the_value(string path, string provider)
    {
        var (client, wire) = (ClientOf(path), WireOf(path, provider));
        foreach (var streamed in new[] { false, true })
        {
            var kit = Kit(provider);
            var text = $"I wrote to <EMAIL_1> and <email_1>; \"<EMAIL_2>\" is nobody.";
            kit.Answer(() => streamed ? CannedResponse.Events(RestoreWire.Events(wire, text.Chunk(5).Select(bit => new string(bit)), [], escapeAll: false)) : CannedResponse.Json(RestoreWire.Whole(wire, text, "", escapeAll: false)));
            var sent = await kit.SendAsync(Body(client, $"Write to {Mail}", streamed), transport => transport.Path = transport.RawTarget = path);
            Assert.DoesNotContain(Mail, kit.SentBody);
            Assert.Contains("<EMAIL_1>", kit.SentBody);
            Assert.Equal(200, sent.StatusCode);
            var got = streamed ? RestoreWire.Read(client, sent.WrittenText) : RestoreWire.ReadWhole(client, sent.WrittenText);
            Assert.Equal($"I wrote to {Mail} and {Mail}; \"<EMAIL_2>\" is nobody.", got.Text);
            Assert.Equal(Outcome.Completed, kit.TakeRecord().Outcome);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_error_that_repeats_the_prompt_is_restored_for_the_client_and_not_in_the_log(string path, string provider)
    {
        var client = ClientOf(path);
        var isAnthropic = WireOf(path, provider) == Dialect.Anthropic;
        var error = isAnthropic ? "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"bad: <EMAIL_1>\"}}" : "{\"error\":{\"message\":\"bad: <EMAIL_1>\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}";
        var inStream = isAnthropic ? $"event: error\ndata: {error}\n\n" : WireOf(path, provider) == Dialect.Responses ? $"event: error\ndata: {{\"type\":\"error\",\"sequence_number\":0,\"message\":\"bad: <EMAIL_1>\",\"code\":null,\"param\":null}}\n\n" : $"data: {error}\n\n";
        foreach (var answer in new[] { () => CannedResponse.Json(error, 400), () => CannedResponse.Events(inStream) })
        {
            var kit = Kit(provider);
            var isStream = kit.Answer(answer) is not null && answer().Status == 200;
            var sent = await kit.SendAsync(Body(client, $"Write to {Mail}", isStream), transport => transport.Path = transport.RawTarget = path);
            Assert.InRange(sent.StatusCode, 400, 599);
            Assert.Contains($"bad: {Mail}", sent.WrittenText);
            Assert.DoesNotContain(Mail, Encoding.UTF8.GetString(kit.LogOutput.ToArray()));
            Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
        }
    }

    [Fact]
    public async Task A_stream_that_breaks_off_never_completes_a_placeholder()
    {
        var events = RestoreWire.Events(Dialect.OpenAi, ["to <EM", "AIL_1"], [], escapeAll: false);
        var kit = Kit("OpenAi");
        kit.Answer(() => new CannedResponse(200, "text/event-stream", [.. events.Take(3).Select(e => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(e))], UpstreamFailure.Cut));
        var sent = await kit.SendAsync(Body(Dialect.OpenAi, Mail, streamed: true));
        Assert.DoesNotContain(Mail, sent.WrittenText);
        Assert.DoesNotContain("[DONE]", sent.WrittenText);
        Assert.EndsWith("}}\n\n", sent.WrittenText);
        Assert.Contains("UPSTREAM_CUT", sent.WrittenText);
    }

    [Fact]
    public async Task An_end_without_its_mark_gives_the_rest_first()
    {
        var events = RestoreWire.Events(Dialect.OpenAi, ["to <EM"], [], escapeAll: false);
        var kit = Kit("OpenAi");
        // The finish is the last but one; the mark is left out.
        kit.Answer(() => CannedResponse.Events(events[..^1]));
        var sent = await kit.SendAsync(Body(Dialect.OpenAi, Mail, streamed: true));
        Assert.Equal("to <EM", RestoreWire.Read(Dialect.OpenAi, sent.WrittenText).Text);
        Assert.EndsWith("data: [DONE]\n\n", sent.WrittenText);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_answer_that_may_not_be_said_ends_with_an_error_that_names_its_kind(string path, string provider)
    {
        var (client, wire) = (ClientOf(path), WireOf(path, provider));
        var filler = string.Concat(Enumerable.Repeat("word ", 200));
        foreach (var (streamed, before) in new[] { (false, filler), (true, filler), (true, "") })
        {
            var kit = Kit(provider);
            var text = $"{before}It is {Card}. {filler}";
            kit.Answer(() => streamed ? CannedResponse.Events(RestoreWire.Events(wire, text.Chunk(7).Select(bit => new string(bit)), [], escapeAll: false)) : CannedResponse.Json(RestoreWire.Whole(wire, text, "", escapeAll: false)));
            using var context = new RequestContext();
            var sent = await kit.SendAsync(Body(client, "Say a number", streamed), transport =>
            {
                transport.Path = transport.RawTarget = path;
                ((IHostContextContainer<RequestContext>)transport).HostContext = context;
                context.Client = Edge.Clients.ClientDialects.All.Single(one => one.Wire == client);
                var actions = new GuardAction[256];
                actions[(int)PiiEntity.CreditCard] = GuardAction.Block;
                context.FilterAnswer(context.Vault, new OutputPolicy { Actions = actions, MinConfidence = 50, NameOf = entity => entity.Name() });
            });
            Assert.Contains("SAFETY_VIOLATION", sent.WrittenText);
            Assert.Contains("CREDIT_CARD", sent.WrittenText);
            Assert.DoesNotContain("4111", sent.WrittenText);
            Assert.DoesNotContain("[DONE]", sent.WrittenText);
            Assert.DoesNotContain("message_stop", sent.WrittenText);
            Assert.DoesNotContain("response.completed", sent.WrittenText);
            Assert.True(!streamed || kit.LastResponse!.WasAborted);
            Assert.True(kit.LastResponse!.WasDisposed);
            // A head that has gone out stays; a stream whose first events say nothing yet may have one.
            if (before.Length > 0 || !streamed) Assert.Equal(streamed, sent.StatusCode == 200);
            Assert.Null(context.AnswerFilter);
        }
    }

    /// <summary>What was asked for in the background, or has been ended in its stream, is fetched later.</summary>
    [Theory]
    [InlineData("GET", "/v1/responses/r1", false)]
    [InlineData("GET", "/v1/responses/r1?stream=true", true)]
    [InlineData("GET", "/v1/responses/r1/input_items", false)]
    [InlineData("POST", "/v1/responses/r1/cancel", false)]
    [InlineData("GET", "/v1/conversations/c1/items", false)]
    public async Task A_stored_answer_is_looked_at_like_the_first(string method, string target, bool streamed)
    {
        var text = $"Once more: {Card}. Well.";
        foreach (var action in new[] { GuardAction.Redact, GuardAction.Block, GuardAction.Flag, GuardAction.Allow })
        {
            var pii = new PiiConfig { Enabled = true, OutputActions = new Dictionary<string, GuardAction> { ["CREDIT_CARD"] = action } };
            var kit = new PipelineKit(config: new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = pii } } });
            var (whole, events) = (RestoreWire.Whole(Dialect.Responses, text, "", escapeAll: false), RestoreWire.Events(Dialect.Responses, text.Chunk(3).Select(bit => new string(bit)), [], escapeAll: false));
            kit.Answer(() => streamed ? CannedResponse.Events(events) : CannedResponse.Json(whole));
            var sent = await kit.SendAsync("", transport =>
            {
                transport.Method = method;
                transport.RawTarget = target;
                transport.Path = target.Split('?')[0];
            });
            Assert.StartsWith(method + " " + target[3..], kit.SentTarget);
            if (action == GuardAction.Block)
            {
                Assert.Contains("SAFETY_VIOLATION", sent.WrittenText);
                Assert.DoesNotContain("4111", sent.WrittenText);
                Assert.DoesNotContain("response.completed", sent.WrittenText);
                continue;
            }
            var got = streamed ? RestoreWire.Read(Dialect.Responses, sent.WrittenText) : RestoreWire.ReadWhole(Dialect.Responses, sent.WrittenText);
            Assert.Equal((200, action == GuardAction.Redact ? text.Replace(Card, "<CREDIT_CARD>", StringComparison.Ordinal) : text), (sent.StatusCode, got.Text));
            // What nothing is found in passes as it came.
            if (action is GuardAction.Allow or GuardAction.Flag) Assert.Equal(streamed ? string.Concat(events) : whole, sent.WrittenText);
            Assert.Equal(action == GuardAction.Allow, kit.TakeRecord().Guard is null);
        }
    }

    [Fact]
    public async Task A_stored_stream_cannot_be_fetched_in_halves_nor_an_answer_that_is_not_read()
    {
        var pii = new PiiConfig { Enabled = true, OutputAction = GuardAction.Redact };
        var kit = new PipelineKit(config: new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = pii } } });
        void Get(NullTransport transport, string target)
        {
            transport.Method = "GET";
            transport.RawTarget = target;
            transport.Path = target.Split('?')[0];
        }
        var sent = await kit.SendAsync("", transport => Get(transport, "/v1/responses/r1?stream=true&starting_after=4"));
        Assert.Contains("starting_after", sent.WrittenText);
        Assert.Contains("SAFETY_VIOLATION", sent.WrittenText);
        Assert.Null(kit.SentTarget);
        foreach (var answer in new[] { CannedResponse.Json($"{{\"text\":\"{Card}"), CannedResponse.Json($"{{\"text\":\"{Card}\"}}").WithHeader("content-encoding", "gzip") })
        {
            sent = await kit.Answer(() => answer).SendAsync("", transport => Get(transport, "/v1/responses/r1"));
            Assert.Equal(502, sent.StatusCode);
            Assert.DoesNotContain("4111", sent.WrittenText);
        }
    }

    private static PipelineKit Kit(string provider) =>
        new(Enum.Parse<Dialect>(provider), new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true } } } });

    private static Dialect ClientOf(string path) => path switch { "/v1/messages" => Dialect.Anthropic, "/v1/responses" => Dialect.Responses, "/v1/completions" => Dialect.Completions, _ => Dialect.OpenAi };

    // OpenAI speaks all of its own dialects.
    private static Dialect WireOf(string path, string provider) => provider == "Anthropic" || path == "/v1/messages" ? Enum.Parse<Dialect>(provider) : ClientOf(path);

    private static string Body(Dialect client, string text, bool streamed)
    {
        var body = client switch
        {
            Dialect.Responses => new JsonObject { ["model"] = "m", ["input"] = text },
            Dialect.Completions => new JsonObject { ["model"] = "m", ["prompt"] = text },
            _ => new JsonObject { ["model"] = "m", ["max_tokens"] = 100, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) },
        };
        if (streamed) body["stream"] = true;
        return body.ToJsonString();
    }
}
