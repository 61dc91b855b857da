using System.Text;
using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Guard;
using Edge.Tests.Matrix;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>A stream whose provider dies in the midst of it, and what another makes of the rest.</summary>
public sealed partial class StreamRecoveryTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Mail = "ann.lee@example.com";

    // Longer than what may be a repetition, with what JSON escapes and what UTF-8 spreads over bytes.
    private static readonly string[] _bits = ["H\u00e9llo ", "\"wor", "ld\" \ud83c\udf89\n", "and all that ", "there is ", "to say."];
    private static readonly string _text = string.Concat(_bits);

    // In other pieces, as another model's tokens would be.
    private static readonly string[] _others = ["H", "\u00e9llo \"world\" \ud83c\udf89", "\nand ", "all that there", " is to say", "."];

    public static TheoryData<string, string, string> Ways => [.. from way in AllWays() select new TheoryDataRow<string, string, string>(way.Path, way.Dead, way.Next)];

    public static TheoryData<string> Paths => [.. Clients.Keys];

    private static Dictionary<string, Dialect> Clients { get; } = new()
    {
        [Chat] = Dialect.OpenAi,
        ["/v1/messages"] = Dialect.Anthropic,
        ["/v1/responses"] = Dialect.Responses,
        ["/v1/completions"] = Dialect.Completions,
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_stream_cut_anywhere_is_one_whole_stream(string path, string dead, string next)
    {
        var kit = Kit([Sheet("fake", dead), Sheet("next", next)]);
        var broken = Encoding.UTF8.GetBytes(string.Concat(Events(dead, path, _bits)));
        var second = Events(next, path, _others);
        for (var cut = 0; cut <= broken.Length; cut++)
        {
            kit.Called.Clear();
            kit.AnswerOf = name => name == "fake" ? Cut(broken.AsMemory(0, cut)) : CannedResponse.Events(second);

            var answer = await SendAsync(kit, path);

            Assert.Equal((200, _text), (answer.StatusCode, Whole(path, answer)));
            Assert.InRange(kit.Called.Count, 1, 2);
            var record = kit.TakeRecord();
            Assert.Equal(Outcome.Completed, record.Outcome);
            // Before the first word the stream has not begun, and behind the finish reason nobody needs to be asked.
            var isMended = answer.WrittenText.Contains(": edge-recovered provider=next model=m\n\n", StringComparison.Ordinal);
            Assert.Equal(isMended ? RecoveryResult.Recovered : RecoveryResult.None, record.Recovery);
            Assert.Equal("on", answer.ResponseHeaders["x-edge-recovery"]);
            if (isMended) Assert.Equal("fake", answer.ResponseHeaders["x-edge-provider"]);
        }
        Assert.All(kit.State.Current.Targets, target => Assert.Equal(0, target.State.For("m").InFlight));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task The_next_goes_on_from_the_delivered_text_where_it_documents_that_it_does(string path)
    {
        foreach (var (sheet, model, next) in new[] { ("anthropic", "claude-3-5-haiku-20241022", "Anthropic"), ("vllm", "m", "OpenAi"), ("groq", "m", "OpenAi"), ("mistral", "m", "OpenAi") })
        {
            var kit = Kit([Sheet("fake", "OpenAi"), Plain(sheet) with { Name = "next" }], model: model);
            // Not what was delivered again, and without the white space that could not be sent.
            kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", path, _bits).Take(5)) : CannedResponse.Events(Events(next, path, [" ", "there is to", " say."]));

            var answer = await SendAsync(kit, path);

            Assert.Equal(_text, Whole(path, answer));
            Assert.Equal(2, kit.Called.Count);
            var last = JsonNode.Parse(kit.SentBody!)!;
            var message = last["messages"]!.AsArray()[^1]!;
            Assert.Equal("assistant", (string?)message["role"]);
            var content = message["content"] is JsonArray parts ? (string?)parts.Single()!["text"] : (string?)message["content"];
            Assert.Equal("H\u00e9llo \"world\" \ud83c\udf89\nand all that", content);
            Assert.Equal(sheet == "mistral", (bool?)message["prefix"] == true);
            Assert.Equal(sheet == "vllm", (bool?)last["continue_final_message"] == true && (bool?)last["add_generation_prompt"] == false);
            // A quarter of what was delivered, in tokens, is not there any more.
            if (Clients[path] != Dialect.Completions) Assert.Equal(100 - 8, (int)(last["max_tokens"] ?? last["max_completion_tokens"])!);
        }
    }

    [Theory]
    [InlineData("vllm", "m", "OpenAi")]
    [InlineData("groq", "m", "OpenAi")]
    [InlineData("anthropic", "claude-sonnet-4-5", "Anthropic")]
    [InlineData("bedrock", "anthropic.claude-haiku-4-5", "Anthropic")]
    public async Task Wherever_it_was_cut_the_continuation_fits(string sheet, string model, string next)
    {
        var wire = Enum.Parse<Dialect>(next);
        var kit = Kit([Sheet("fake", "OpenAi"), Plain(sheet) with { Name = "next", Dialect = wire, Framing = Framing.Sse }], model: model);
        var broken = Encoding.UTF8.GetBytes(string.Concat(Events("OpenAi", Chat, _bits)));
        var begun = 0;
        for (var cut = 0; cut <= broken.Length; cut++)
        {
            kit.AnswerOf = name => name == "fake" ? Cut(broken.AsMemory(0, cut)) : CannedResponse.Events(Events(next, Chat, Rest(kit.SentBody!, ref begun)));
            Assert.Equal(_text, Whole(Chat, await SendAsync(kit, Chat)));
        }
        Assert.NotEqual(0, begun);

        // As a model does that goes on: with all that is missing.
        static string[] Rest(string body, ref int begun)
        {
            var last = JsonNode.Parse(body)!["messages"]!.AsArray()[^1]!;
            if ((string?)last["role"] != "assistant") return _others;
            begun++;
            var given = last["content"] is JsonArray parts ? (string)parts.Single()!["text"]! : (string)last["content"]!;
            Assert.StartsWith(given, _text, StringComparison.Ordinal);
            return [.. _text[given.Length..].Split(' ').Select((word, i) => i == 0 ? word : " " + word)];
        }
    }

    [Theory]
    [InlineData("anthropic", "claude-opus-4-6")]
    [InlineData("anthropic", "claude-sonnet-5")]
    [InlineData("anthropic", "claude-something")]
    [InlineData("anthropic", "another-maker")]
    [InlineData("bedrock", "us.anthropic.claude-opus-4-6-v1")]
    [InlineData("bedrock", "amazon.nova-pro-v1:0")]
    [InlineData("openai", "gpt-4o")]
    [InlineData("deepseek", "deepseek-chat")]
    public void Whose_models_do_not_document_that_they_go_on_are_asked_afresh(string provider, string model) =>
        Assert.False(ProviderCatalog.Find(provider)!.Continues(Encoding.UTF8.GetBytes(model)));

    [Theory]
    [InlineData("anthropic", "claude-sonnet-4-5")]
    [InlineData("vertex_anthropic", "claude-opus-4-1@20250805")]
    [InlineData("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0")]
    [InlineData("vllm", "m")]
    [InlineData("llamacpp", "m")]
    public void Those_that_do_are_known(string provider, string model) => Assert.True(ProviderCatalog.Find(provider)!.Continues(Encoding.UTF8.GetBytes(model)));

    [Theory]
    [InlineData(",\"reasoning_effort\":\"high\"")]
    [InlineData(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"object\"}}}")]
    [InlineData(",\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData(",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],\"tool_choice\":\"required\"")]
    public async Task A_request_that_does_not_go_with_a_begun_answer_is_asked_afresh(string members)
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Plain("vllm") with { Name = "next" }]);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(5)) : CannedResponse.Events(Events("OpenAi", Chat, _others));

        var answer = await kit.SendAsync($$"""{"model":"g","stream":true{{members}},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(_text, Whole(Chat, answer));
        Assert.DoesNotContain("assistant", kit.SentBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_repeats_although_told_to_go_on_is_understood()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Plain("groq") with { Name = "next" }]);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(5)) : CannedResponse.Events(Events("OpenAi", Chat, _others));

        var answer = await SendAsync(kit, Chat);

        Assert.Contains("assistant", kit.SentBody, StringComparison.Ordinal);
        Assert.Equal(_text, Whole(Chat, answer));
    }

    [Fact]
    public async Task Who_has_nothing_to_add_ends_the_answer()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Plain("vllm") with { Name = "next" }]);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(7)) : CannedResponse.Events(Events("OpenAi", Chat, []));

        Assert.Equal(_text, Whole(Chat, await SendAsync(kit, Chat)));
        Assert.Equal(["fake", "next"], kit.Called);
    }

    [Fact]
    public async Task Who_refuses_the_beginning_of_an_answer_is_asked_afresh()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Plain("anthropic") with { Name = "next" }], model: "claude-3-haiku-20240307");
        kit.AnswerOf = name => name == "fake" ? kit.Called.Count > 1 ? CannedResponse.Failed(UpstreamFailure.Connect) : Cut(Events("OpenAi", Chat, _bits).Take(5))
            : kit.SentBody!.Contains("assistant", StringComparison.Ordinal) ? CannedResponse.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill."}}""", 400)
            : CannedResponse.Events(Events("Anthropic", Chat, _others));

        Assert.Equal(_text, Whole(Chat, await SendAsync(kit, Chat)));
        Assert.DoesNotContain("assistant", kit.SentBodies[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasoning_in_the_place_of_a_continuation_is_none()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Plain("vllm") with { Name = "next" }], routing => routing with { Retry = new RetryConfig { MaxAttempts = 2 } });
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(5))
            : CannedResponse.Events(Delta("{\"reasoning_content\":\"there is to say.\"}"), Delta("{}", "stop"), "data: [DONE]\n\n");

        Broken(Chat, await SendAsync(kit, Chat));
    }

    [Fact]
    public async Task Reasoning_of_an_answer_that_was_asked_afresh_is_not_shown_behind_its_words()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")]);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(3)) : CannedResponse.Events([Delta("{\"reasoning_content\":\"Hm.\"}"), .. Events("OpenAi", Chat, _others)]);

        var answer = await SendAsync(kit, Chat);

        Assert.Equal(_text, Whole(Chat, answer));
        Assert.DoesNotContain("Hm.", answer.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Another_answer_is_not_put_behind_the_delivered_one(string path)
    {
        foreach (var other in new string[][] { ["Good day."], ["H\u00e9llo \"wor", "m\""], ["H\u00e9llo \"wor"], [] })
        {
            var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "Anthropic")], routing => routing with { Retry = new RetryConfig { MaxAttempts = 2 } });
            kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", path, _bits).Take(4)) : CannedResponse.Events(Events("Anthropic", path, other));

            var answer = await SendAsync(kit, path);

            Broken(path, answer);
            Assert.Equal(["fake", "next"], kit.Called);
            Assert.Equal("H\u00e9llo \"world\" \ud83c\udf89\n", Said(path, answer));
            var record = kit.TakeRecord();
            Assert.Equal((Outcome.UpstreamFailed, RecoveryResult.Failed), (record.Outcome, record.Recovery));
            Assert.Equal((AttemptResult.RecoveryMismatch, "upstream_cut"), (record.Attempts.Result, record.Attempts.Others!.Single().Result));
            Assert.All(kit.State.Current.Targets, target => Assert.Equal(0, target.State.For("m").InFlight));
        }
    }

    public static TheoryData<string, string> Shown => new()
    {
        { "call", """{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{"}}]}""" },
        { "reasoning", """{"reasoning_content":"Hm."}""" },
        { "refusal", """{"refusal":"I"}""" },
        { "picture", """{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}""" },
        { "source", """{"annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com","title":"t"}}]}""" },
        { "half a pair", """{"content":"\ud83c"}""" },
    };

    [Theory]
    [MemberData(nameof(Shown))]
    public async Task What_is_not_text_is_never_patched_together(string what, string delta)
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")]);
        kit.AnswerOf = _ => Cut([Delta("{\"role\":\"assistant\",\"content\":\"Let me look.\"}"), Delta(delta)]);

        var answer = await SendAsync(kit, Chat);

        Assert.Equal((what, 1), (what, kit.Called.Count));
        Broken(Chat, answer);
    }

    [Fact]
    public async Task A_call_of_the_next_provider_alone_passes()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "Anthropic")]);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(3)) : CannedResponse.Events(RestoreWire.Events(Dialect.Anthropic, _others, ["{\"a\":", "1}"], escapeAll: false));

        var answer = await SendAsync(kit, Chat);

        Assert.Equal(_text, Whole(Chat, answer));
        Assert.Equal("{\"a\":1}", RestoreWire.Read(Dialect.OpenAi, Data(answer)).Arguments);
    }

    [Fact]
    public async Task Several_choices_are_not_gone_on_with()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")]);
        kit.AnswerOf = _ => Cut(Events("OpenAi", Chat, _bits).Take(3));

        var answer = await kit.SendAsync("""{"model":"g","stream":true,"n":2,"messages":[{"role":"user","content":"hi"}]}""");

        Broken(Chat, answer);
        Assert.Single(kit.Called);
        Assert.False(answer.ResponseHeaders.ContainsKey("x-edge-recovery"));
    }

    public static TheoryData<string> Dialects => [.. from answer in Answers.All where answer.Name == "text" && answer.Dialect != Dialect.Responses select answer.Dialect.ToString()];

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Every_dialect_may_break_off_and_go_on(string dialect)
    {
        var answer = Answers.All.Single(one => one.Name == "text" && one.Dialect.ToString() == dialect);
        const string Text = "H\u00e9llo \"world\" \ud83c\udf89";
        var sheet = ProviderCatalog.All.First(one => one.Dialect == answer.Dialect) with { ResponsesPath = null, Continuation = Continuation.None };
        var type = sheet.Framing switch { Framing.Ndjson => "application/x-ndjson", Framing.EventStream => "application/vnd.amazon.eventstream", _ => "text/event-stream" };
        var other = Events("OpenAi", Chat, ["H\u00e9", "llo \"world\" \ud83c\udf89"]);
        var (dead, next) = (Kit([sheet with { Name = "fake" }, Sheet("next", "OpenAi")]), Kit([Sheet("fake", "OpenAi"), sheet with { Name = "next" }]));
        var recovered = 0;
        for (var cut = 0; cut <= answer.Stream.Length; cut++)
        {
            dead.AnswerOf = name => name == "fake" ? new CannedResponse(200, type, [answer.Stream.AsMemory(0, cut)], UpstreamFailure.Cut) : CannedResponse.Events(other);
            Assert.Equal((cut, Text), (cut, Whole(Chat, await SendAsync(dead, Chat))));
            if (dead.TakeRecord().Recovery == RecoveryResult.Recovered) recovered++;
        }
        Assert.NotEqual(0, recovered);
        next.AnswerOf = name => name == "fake" ? Cut(other.Take(2)) : new CannedResponse(200, type, [answer.Stream]);
        Assert.Equal(Text, Whole(Chat, await SendAsync(next, Chat)));
        Assert.Equal(RecoveryResult.Recovered, next.TakeRecord().Recovery);
    }

    [Fact]
    public async Task Where_no_attempt_is_left_the_stream_passes_as_bytes()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")], routing => routing with { Retry = new RetryConfig { MaxAttempts = 1 } });
        var events = Events("OpenAi", Chat, _bits);
        kit.AnswerOf = _ => CannedResponse.Events(events);

        var answer = await kit.SendAsync("""{"model":"g","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(string.Concat(events), answer.WrittenText);
        Assert.False(answer.ResponseHeaders.ContainsKey("x-edge-recovery"));
    }

    [Fact]
    public async Task Without_the_option_nothing_changes()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")], isOn: false);
        kit.AnswerOf = _ => Cut(Events("OpenAi", Chat, _bits).Take(3));

        var answer = await SendAsync(kit, Chat);

        Broken(Chat, answer);
        Assert.Single(kit.Called);
        Assert.False(answer.ResponseHeaders.ContainsKey("x-edge-recovery"));
    }

    [Theory]
    [InlineData(UpstreamFailure.Cut)]
    [InlineData(UpstreamFailure.Reset)]
    [InlineData(UpstreamFailure.IdleTimeout)]
    [InlineData(UpstreamFailure.Protocol)]
    public async Task Attempts_are_bounded(UpstreamFailure failure)
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "Anthropic"), Sheet("last", "OpenAi"), Sheet("never", "OpenAi")], routing => routing with { Retry = new RetryConfig { MaxAttempts = 3 } });
        // Each gets a word further.
        kit.AnswerOf = name => new CannedResponse(200, "text/event-stream", [.. Events(name == "next" ? "Anthropic" : "OpenAi", Chat, _bits).Take((name == "next" ? 4 : 3) + kit.Called.Count).Select(e => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(e))], failure);

        var answer = await SendAsync(kit, Chat);

        Assert.Equal(["fake", "next", "last"], kit.Called);
        Broken(Chat, answer);
        Assert.Contains("'fake'", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal(string.Concat(_bits[..5]), Said(Chat, answer));
        Assert.Equal(2, Count(answer.WrittenText, ": edge-recovered "));
        Assert.All(kit.State.Current.Targets, target => Assert.Equal(0, target.State.For("m").InFlight));
    }

    [Fact]
    public async Task It_may_break_off_twice()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "Anthropic"), Sheet("last", "OpenAi")]);
        kit.AnswerOf = name => name switch
        {
            "fake" => Cut(Events("OpenAi", Chat, _bits).Take(3)),
            "next" => Cut(Events("Anthropic", Chat, _bits).Take(6)),
            _ => CannedResponse.Events(Events("OpenAi", Chat, _others)),
        };

        Assert.Equal(_text, Whole(Chat, await SendAsync(kit, Chat)));
        Assert.Equal(["fake", "next", "last"], kit.Called);
    }

    [Theory]
    [InlineData("""{"error":{"message":"busy","type":"server_error","code":503}}""", true)]
    [InlineData("""{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}""", true)]
    [InlineData("""{"error":{"message":"no","type":"invalid_request_error","code":"content_policy_violation"}}""", false)]
    public async Task An_error_in_the_midst_of_a_stream_is_mended_where_another_can(string error, bool isMended)
    {
        foreach (var together in new[] { false, true })
        {
            var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")]);
            var events = Events("OpenAi", Chat, _bits).Take(3).Append($"data: {error}\n\n");
            kit.AnswerOf = name => name == "next" ? CannedResponse.Events(Events("OpenAi", Chat, _others)) : together ? CannedResponse.Events(string.Concat(events)) : CannedResponse.Events(events);

            var answer = await SendAsync(kit, Chat);

            if (isMended) Assert.Equal(_text, Whole(Chat, answer));
            else Broken(Chat, answer);
            Assert.Equal(isMended ? 2 : 1, kit.Called.Count);
        }
    }

    [Fact]
    public async Task An_error_that_nobody_mends_is_told_as_it_came()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")], routing => routing with { Retry = new RetryConfig { PerTarget = 1 } });
        kit.AnswerOf = name => name == "next" ? CannedResponse.Json("""{"error":{"message":"what?","type":"invalid_request_error"}}""", 400)
            : CannedResponse.Events(Events("OpenAi", Chat, _bits).Take(3).Append("data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":503}}\n\n"));

        var answer = await SendAsync(kit, Chat);

        Broken(Chat, answer);
        Assert.Contains("busy", answer.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("what?", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal(200, answer.StatusCode);
        Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
    }

    [Fact]
    public async Task Every_call_is_booked_and_the_client_hears_of_the_last()
    {
        var kit = Kit([Sheet("fake", "Anthropic"), Sheet("next", "OpenAi")]);
        var usage = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":30,\"total_tokens\":37}}\n\n";
        var whole = Events("OpenAi", Chat, _others);
        whole.Insert(whole.Count - 1, usage);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("Anthropic", Chat, _bits).Take(5)) : CannedResponse.Events(whole);

        var answer = await kit.SendAsync("""{"model":"g","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Contains("\"prompt_tokens\":7,\"completion_tokens\":30", answer.WrittenText, StringComparison.Ordinal);
        var record = kit.TakeRecord();
        Assert.True(record.IsUsageEstimated);
        Assert.Equal((AttemptResult.Recovered, "upstream_cut"), (record.Attempts.Result, record.Attempts.Others!.Single().Result));
        // The first call reported two tokens of input with its beginning; of output it sent three words in five events.
        Assert.Equal(2 + 7, record.Usage.Input);
        Assert.InRange(record.Usage.Output, 30 + 3, 30 + 60);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task What_the_guard_hid_comes_back_across_the_seam(string path)
    {
        var guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true } } };
        const string Text = "I wrote to <EMAIL_1> today, and to <EMAIL_1> again.";
        var bits = Text.Chunk(4).Select(bit => new string(bit)).ToArray();
        foreach (var (dead, next) in new[] { ("OpenAi", "Anthropic"), ("Anthropic", "OpenAi"), ("OpenAi", "OpenAi") })
        {
            var events = Events(dead, path, bits);
            for (var taken = 3; taken < events.Count - 3; taken++)
            {
                var kit = Kit([Sheet("fake", dead), Sheet("next", next)], guard: guard);
                kit.AnswerOf = name => name == "fake" ? Cut(events.Take(taken)) : CannedResponse.Events(Events(next, path, Text.Chunk(7).Select(bit => new string(bit)).ToArray()));

                var answer = await SendAsync(kit, path, $"Write to {Mail}");

                Assert.Equal($"I wrote to {Mail} today, and to {Mail} again.", Whole(path, answer));
                Assert.DoesNotContain(kit.SentBodies, body => body.Contains(Mail, StringComparison.Ordinal));
                Assert.All(kit.SentBodies, body => Assert.Contains("<EMAIL_1>", body, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_request_of_the_provider_s_own_dialect_goes_out_as_it_came()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")]);
        kit.AnswerOf = name => name == "fake" ? Cut(Events("OpenAi", Chat, _bits).Take(3)) : CannedResponse.Events(Events("OpenAi", Chat, _others));

        Assert.Equal(_text, Whole(Chat, await kit.SendAsync("""{"model":"g","stream":true,"its_own":{"x":1},"messages":[{"role":"user","content":"hi"}]}""")));
        Assert.All(kit.SentBodies, body => Assert.Contains("\"its_own\":{\"x\":1}", body, StringComparison.Ordinal));
        Assert.Equal(kit.SentBodies[0], kit.SentBodies[1]);
    }

    [Fact]
    public async Task A_client_that_is_gone_needs_no_more()
    {
        var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")]);
        NullTransport? client = null;
        kit.AnswerOf = _ =>
        {
            client!.Client.Cancel();
            return Cut(Events("OpenAi", Chat, _bits).Take(3));
        };

        await kit.SendAsync(Body(Dialect.OpenAi, "hi"), transport => client = transport);

        Assert.Single(kit.Called);
        Assert.Equal(Outcome.ClientGone, kit.TakeRecord().Outcome);
    }

    [Fact]
    public async Task While_the_next_is_awaited_the_client_gets_comments_and_may_leave()
    {
        foreach (var leaves in new[] { false, true })
        {
            var time = new ManualTime();
            var kit = Kit([Sheet("fake", "OpenAi"), Sheet("next", "OpenAi")], time: time);
            var (isAsked, answers) = (new TaskCompletionSource(), new TaskCompletionSource<UpstreamResponse>(TaskCreationOptions.RunContinuationsAsynchronously));
            kit.LaterOf = (name, cancel) =>
            {
                if (name == "fake") return Task.FromResult<UpstreamResponse>(Cut(Events("OpenAi", Chat, _bits).Take(3)));
                cancel.UnsafeRegister(_ => answers.TrySetResult(CannedResponse.Failed(UpstreamFailure.Cancelled)), null);
                isAsked.SetResult();
                return answers.Task;
            };
            NullTransport? client = null;
            var sending = kit.SendAsync(Body(Dialect.OpenAi, "hi"), transport => client = transport);
            await isAsked.Task;
            Assert.Equal("H\u00e9llo \"wor", RestoreWire.Read(Dialect.OpenAi, client!.WrittenText).Text);
            time.Advance(TimeSpan.FromSeconds(15));
            kit.Pipeline.Keeper.Run(time.GetTimestamp());
            if (leaves) await client.Client.CancelAsync();
            else answers.SetResult(CannedResponse.Events(Events("OpenAi", Chat, _others)));

            var answer = await sending;

            Assert.Equal(1, Count(answer.WrittenText, ": keep-alive\n\n"));
            if (leaves) Assert.Equal(Outcome.ClientGone, kit.TakeRecord().Outcome);
            else Assert.Equal(_text, Whole(Chat, answer));
            Assert.Equal(0, kit.Pipeline.Keeper.Count);
            Assert.All(kit.State.Current.Targets, target => Assert.Equal(0, target.State.For("m").InFlight));
        }
    }
}
