using System.Text;
using Edge.Guard.Content;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Providers;

namespace Edge.Tests.Guard;

public sealed class RestoreGuardTests
{
    private const string Mail = "jane.doe@example.com";
    private const string Own = "client@example.org";
    private const string Card = "4111 1111 1111 1111";

    /// <summary>Streamed in bits of any size, and whole; passed through, and translated.</summary>
    [Theory]
    [InlineData(GuardAction.Redact, "<EMAIL_ADDRESS>")]
    [InlineData(GuardAction.Mask, "j***@*******.***")]
    [InlineData(GuardAction.Flag, Mail)]
    [InlineData(GuardAction.Allow, Mail)]
    public void What_the_model_says_by_itself_is_acted_upon_and_what_the_client_sent_is_not(GuardAction action, string instead)
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Own));
        var policy = Policy((PiiEntity.EmailAddress, action));
        var filler = string.Join(' ', Enumerable.Repeat("The committee met \"again\" and said\n nothing.", 20));
        var said = $"{filler} Write to {Mail} or <EMAIL_1>, {filler} or {Mail}";
        var expected = Masked(said.Replace("<EMAIL_1>", Own, StringComparison.Ordinal));
        var arguments = $"{{\"to\": \"{Mail}\", \"cc\": [\"<EMAIL_1>\", \"é \\\"{Mail}\\\"\"]}}";
        var expectedArguments = Masked(arguments.Replace("<EMAIL_1>", Own, StringComparison.Ordinal));
        var filter = new AnswerFilter();
        foreach (var from in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses })
        {
            foreach (var size in new[] { 1, 4, 37, 1000, 100_000 })
            {
                foreach (var to in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses })
                {
                    filter.Begin(vault, to, policy);
                    var events = RestoreWire.Events(from, Cut(said, size), Cut(arguments, size), escapeAll: size == 4);
                    var stream = from == to ? RestoreWire.Pass(filter, events, Bounded) : RestoreWire.Translate(filter, from, to, events, Bounded);
                    Assert.Equal(new RestoreWire.Said(expected, expectedArguments), RestoreWire.Read(to, stream));
                    Assert.Equal(action == GuardAction.Allow ? 0 : 4, filter.Found[(int)PiiEntity.EmailAddress]);
                    Assert.Null(filter.Blocked);
                }
            }
            filter.Begin(vault, from, policy);
            var whole = RestoreWire.ReadWhole(from, RestoreWire.PassWhole(filter, RestoreWire.Whole(from, said, arguments, escapeAll: false)));
            Assert.Equal(expected, whole.Text);
            Assert.Equal(expectedArguments.Replace(" ", "", StringComparison.Ordinal), whole.Arguments.Replace(" ", "", StringComparison.Ordinal));
        }

        string Masked(string text) => text.Replace(Mail, action == GuardAction.Mask ? MaskOf(Mail) : instead, StringComparison.Ordinal);

        void Bounded()
        {
            var size = 100_000;
            Assert.InRange(filter.HeldBytes, 0, policy.Holds ? size : 2 * vault.LongestHeld);
        }
    }

    [Fact]
    public void No_more_waits_than_the_window()
    {
        using var vault = new Vault();
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.EmailAddress, GuardAction.Redact)));
        var slot = filter.Slot(0, 0, 0, 1)!;
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        for (var i = 0; i < 2000; i++)
        {
            filter.Next(slot, "word "u8, 1, isLast: false, output);
            Assert.InRange(filter.HeldBytes, 0, GuardWindow.Ahead + GuardWindow.Step + 5);
        }
        filter.Flush(slot, output);
        Assert.Equal(10_000, output.WrittenCount);
        Assert.Equal(0, filter.HeldBytes);
    }

    [Fact]
    public void A_flag_holds_nothing_back()
    {
        using var vault = new Vault();
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.CreditCard, GuardAction.Flag)));
        var events = RestoreWire.Events(Dialect.OpenAi, Cut($"It is {Card}.", 3), [], escapeAll: false);
        Assert.Equal(string.Concat(events), RestoreWire.Pass(filter, events, () => Assert.Equal(0, filter.HeldBytes)));
        // Its text ended with the finish.
        Assert.Equal(1, filter.Found[(int)PiiEntity.CreditCard]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void What_may_not_be_said_ends_the_answer_before_its_first_byte_is_out(int size)
    {
        using var vault = new Vault();
        var policy = Policy((PiiEntity.CreditCard, GuardAction.Block));
        var filler = string.Concat(Enumerable.Repeat("word ", 100));
        foreach (var dialect in RestoreWire.Clients)
        {
            var filter = new AnswerFilter().Begin(vault, dialect, policy);
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            using var reader = new Edge.Providers.Wire.SseReader(1 << 20);
            reader.Feed(Encoding.UTF8.GetBytes(string.Concat(RestoreWire.Events(dialect, Cut($"{filler}It is {Card}. {filler}", size), [], escapeAll: false))));
            while (reader.TryRead(out var wire)) filter.Event(wire, output);
            Assert.Equal("CREDIT_CARD", filter.Blocked);
            Assert.DoesNotContain("4111", Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.DoesNotContain("\"finish_reason\":\"stop\"", Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }

    [Fact]
    public void A_number_outside_of_strings_becomes_one_and_json_stays_json()
    {
        using var vault = new Vault();
        var policy = Policy((PiiEntity.CreditCard, GuardAction.Redact));
        const string Arguments = "{\"note\": \"he said \\\"pay\\\" \\\\\", \"credit card\": 4111111111111111, \"again\": \"4111111111111111\"}";
        for (var size = 1; size < 60; size += 5)
        {
            var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, policy);
            var stream = RestoreWire.Pass(filter, RestoreWire.Events(Dialect.OpenAi, ["x"], Cut(Arguments, size), escapeAll: false));
            var json = System.Text.Json.Nodes.JsonNode.Parse(RestoreWire.Read(Dialect.OpenAi, stream).Arguments)!;
            Assert.Equal(("<CREDIT_CARD>", "<CREDIT_CARD>", "he said \"pay\" \\"), ((string)json["credit card"]!, (string)json["again"]!, (string)json["note"]!));
        }
    }

    [Fact]
    public void A_long_secret_waits_for_its_end()
    {
        using var vault = new Vault();
        var policy = Policy((PiiEntity.PrivateKey, GuardAction.Redact));
        var key = "-----BEGIN PRIVATE KEY-----\n" + string.Join('\n', Enumerable.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", 25)) + "\n-----END PRIVATE KEY-----";
        var filter = new AnswerFilter().Begin(vault, Dialect.Anthropic, policy);
        var stream = RestoreWire.Pass(filter, RestoreWire.Events(Dialect.Anthropic, Cut($"Here: {key} and so on.", 5), [], escapeAll: false));
        Assert.Equal("Here: <PRIVATE_KEY> and so on.", RestoreWire.Read(Dialect.Anthropic, stream).Text);
    }

    /// <summary>A web token is known by its second dot and some keys by their length: their beginning must not be out by then.</summary>
    [Theory]
    [InlineData("eyJ", 33, 400, 43)]
    [InlineData("eyJ", 33, 2000, 342)]
    [InlineData("hvb.", 140)]
    [InlineData("ops_eyJ", 700)]
    [InlineData("ATATT3", 180)]
    [InlineData("EAAM", 150)]
    [InlineData("ya29.", 1900)]
    public void A_long_key_waits_until_it_is_known(string prefix, params int[] parts)
    {
        using var vault = new Vault();
        // Of letters and figures, the same in each run.
        var state = 7u;
        string Random(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[(int)((state = (state * 1664525) + 1013904223) >> 8) % 62]));
        var key = prefix + string.Join('.', parts.Select(Random));
        var name = (prefix == "eyJ" ? PiiEntity.JsonWebToken : PiiEntity.ApiKey).Name();
        var said = $"Take this one: {key} and no other, for all others are old. {string.Concat(Enumerable.Repeat("word ", 60))}";
        var arguments = $"{{\"use\": \"{key}\"}}";
        foreach (var size in new[] { 3, 11, 100 })
        {
            foreach (var dialect in new[] { Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses })
            {
                var filter = new AnswerFilter().Begin(vault, dialect, Policy((PiiEntity.JsonWebToken, GuardAction.Redact), (PiiEntity.ApiKey, GuardAction.Redact)));
                var got = RestoreWire.Read(dialect, RestoreWire.Pass(filter, RestoreWire.Events(dialect, Cut(said, size), Cut(arguments, size), escapeAll: false)));
                Assert.Equal(said.Replace(key, $"<{name}>", StringComparison.Ordinal), got.Text);
                Assert.Equal(arguments.Replace(key, $"<{name}>", StringComparison.Ordinal), got.Arguments);
                filter.Begin(vault, dialect, Policy((PiiEntity.JsonWebToken, GuardAction.Block), (PiiEntity.ApiKey, GuardAction.Block)));
                var stream = RestoreWire.Pass(filter, RestoreWire.Events(dialect, Cut(said, size), [], escapeAll: false), expectsEnd: false);
                Assert.Equal(name, filter.Blocked);
                Assert.DoesNotContain(key[..3], stream);
            }
        }
    }

    [Fact]
    public void What_never_breaks_waits_no_longer_than_the_longest_key()
    {
        using var vault = new Vault();
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.EmailAddress, GuardAction.Redact)));
        var slot = filter.Slot(0, 0, 0, 1)!;
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var most = 0;
        for (var i = 0; i < 20_000; i++)
        {
            filter.Next(slot, "Ab3/x"u8, 1, isLast: false, output);
            most = Math.Max(most, filter.HeldBytes);
        }
        Assert.InRange(most, GuardWindow.MaxHeld / 2, GuardWindow.MaxHeld * 5 / 4);
        // Once some of it is out, nothing waits for its end.
        Assert.InRange(filter.HeldBytes, 0, GuardWindow.Ahead + GuardWindow.Step + 5);
        filter.Flush(slot, output);
        Assert.Equal(100_000, output.WrittenCount);
    }

    /// <summary>What waits of one text is said before the next one begins, as the provider said it: reasoning, content, a call, another.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(50)]
    [InlineData(1000)]
    public void Texts_stay_in_their_order(int size)
    {
        using var vault = new Vault();
        var own = Encoding.UTF8.GetString(vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Own)));
        var policy = Policy((PiiEntity.EmailAddress, GuardAction.Redact));
        (string Name, string Text)[] texts =
        [
            ("reasoning_content", $"They ask for the address of Jane, which is {Mail}. I may say that of {own} and no other."),
            ("content", $"Jane is at {Mail}, and you are at {own}"),
            ("0", $"{{\"to\": \"{own}\", \"cc\": \"{Mail}\"}}"),
            ("1", $"{{\"to\": \"{Mail}\"}}"),
            ("content", "Both are sent."),
        ];
        foreach (var (calls, filtered) in new[] { (2, new AnswerFilter().Begin(vault, Dialect.OpenAi, policy)), (0, new AnswerFilter().Begin(vault, Dialect.OpenAi, policy)) })
        {
            var events = new List<string> { Event("\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"\"") };
            foreach (var (name, text) in texts)
            {
                var isCall = char.IsAsciiDigit(name[0]);
                if (isCall && calls == 0) continue;
                if (isCall) events.Add(Event($"\"tool_calls\":[{{\"index\":{name},\"id\":\"c{name}\",\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":\"\"}}}}]"));
                foreach (var bit in Cut(text, size))
                {
                    events.Add(isCall ? Event($"\"tool_calls\":[{{\"index\":{name},\"function\":{{\"arguments\":\"{RestoreWire.Quote(bit)}\"}}}}]")
                        : Event($"\"{name}\":\"{RestoreWire.Quote(bit)}\"" + (name == "content" ? ",\"reasoning_content\":null" : ",\"content\":\"\"")));
                }
            }
            if (calls == 0)
            {
                // All calls at once.
                events.Add(Event($"\"tool_calls\":[{string.Join(',', texts[2..4].Select(one => $"{{\"index\":{one.Name},\"id\":\"c{one.Name}\",\"function\":{{\"name\":\"f\",\"arguments\":\"{RestoreWire.Quote(one.Text)}\"}}}}"))}]"));
                (texts[2], texts[3], texts[4]) = (texts[4], texts[2], texts[3]);
                texts = [texts[0], ("content", texts[1].Text + texts[2].Text), texts[3], texts[4]];
            }
            events.Add("data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
            var said = new List<(string Name, string Text)>();
            foreach (var block in RestoreWire.Pass(filtered, events).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            {
                var delta = System.Text.Json.Nodes.JsonNode.Parse(block["data: ".Length..])!["choices"]![0]!["delta"]!;
                foreach (var name in new[] { "reasoning_content", "content" }) Add(name, (string?)delta[name]);
                foreach (var call in delta["tool_calls"]?.AsArray() ?? []) Add(call!["index"]!.ToString(), (string?)call["function"]!["arguments"]);
            }
            Assert.Equal(texts.Select(one => (one.Name, one.Text.Replace(Mail, "<EMAIL_ADDRESS>", StringComparison.Ordinal).Replace(own, Own, StringComparison.Ordinal))), said);

            void Add(string name, string? text)
            {
                if (string.IsNullOrEmpty(text)) return;
                if (said.Count > 0 && said[^1].Name == name) said[^1] = (name, said[^1].Text + text);
                else said.Add((name, text));
            }
        }

        static string Event(string delta) => $"data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"finish_reason\":null}}]}}\n\n";
    }

    /// <summary>The same reasoning under two names, as some servers say it: neither ends the other, or values would be cut.</summary>
    [Fact]
    public void Texts_side_by_side_are_each_whole()
    {
        using var vault = new Vault();
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.EmailAddress, GuardAction.Redact)));
        var events = Cut($"Jane is at {Mail}.", 3).Select(bit => $"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"\",\"reasoning\":\"{bit}\",\"reasoning_details\":[{{\"index\":0,\"text\":\"{bit}\"}}]}},\"finish_reason\":null}}]}}\n\n")
            .Append("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        var deltas = RestoreWire.Pass(filter, events).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(block => System.Text.Json.Nodes.JsonNode.Parse(block["data: ".Length..])!["choices"]![0]!["delta"]!).ToList();
        Assert.Equal("Jane is at <EMAIL_ADDRESS>.", string.Concat(deltas.Select(delta => (string?)delta["reasoning"])));
        Assert.Equal("Jane is at <EMAIL_ADDRESS>.", string.Concat(deltas.Select(delta => (string?)delta["reasoning_details"]?[0]?["text"])));
    }

    [Fact]
    public void What_stands_in_several_values_leaves_all_of_them()
    {
        using var vault = new Vault();
        const string Arguments = "{\"note\": \"here\", \"lat\": 52.520008, \"lon\": 13.404954, \"zoom\": 3, \"at\": \"52.520008, 13.404954\"}";
        foreach (var size in new[] { 1, 7, 1000 })
        {
            var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, Policy((PiiEntity.GeoCoordinates, GuardAction.Redact)));
            var said = RestoreWire.Read(Dialect.OpenAi, RestoreWire.Pass(filter, RestoreWire.Events(Dialect.OpenAi, ["x"], Cut(Arguments, size), escapeAll: false))).Arguments;
            var name = PiiEntity.GeoCoordinates.Name();
            Assert.Equal($"{{\"note\": \"here\", \"lat\": \"<{name}>\", \"lon\": \"<{name}>\", \"zoom\": 3, \"at\": \"<{name}>\"}}", said);
            Assert.Equal(2, filter.Found[(int)PiiEntity.GeoCoordinates]);
        }
    }

    /// <summary>The member that a translated answer of the Responses API repeats of its request.</summary>
    [Fact]
    public void What_an_answer_repeats_of_the_request_is_restored_and_not_guarded()
    {
        using var vault = new Vault();
        var own = Encoding.UTF8.GetString(vault.Placeholder("EMAIL"u8, Encoding.UTF8.GetBytes(Own)));
        var filter = new AnswerFilter().Begin(vault, Dialect.Responses, Policy((PiiEntity.EmailAddress, GuardAction.Block)));
        using var echo = new Edge.Pipeline.PooledBuffer();
        echo.Append(Encoding.UTF8.GetBytes($"\"instructions\":\"{own}\",\"metadata\":{{\"text\":\"{Mail}\"}},"));
        filter.Members(echo);
        Assert.Equal($"\"instructions\":\"{Own}\",\"metadata\":{{\"text\":\"{Mail}\"}},", Encoding.UTF8.GetString(echo.Span));
        Assert.Null(filter.Blocked);
        // The answer itself still is.
        RestoreWire.PassWhole(filter, RestoreWire.Whole(Dialect.Responses, $"It is {Mail}.", "", escapeAll: false));
        Assert.Equal("EMAIL_ADDRESS", filter.Blocked);
    }

    [Fact]
    public void An_expression_that_runs_out_of_time_ends_the_answer_where_it_would_act()
    {
        using var vault = new Vault();
        Assert.True(CustomDetectors.TryCreate([new CustomDetectorSpec { Name = "TICKET", Regex = "[a-z]", Validator = "luhn" }], out var custom, out _));
        // At each of so many matches the clock is asked: no machine does that in a quarter of a second.
        var answer = RestoreWire.Whole(Dialect.OpenAi, new string('a', 16_000_000), "", escapeAll: false);
        var policy = Policy((CustomDetectors.First, GuardAction.Redact)) with { Custom = custom, NameOf = custom.NameOf };
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi, policy);
        RestoreWire.PassWhole(filter, answer);
        Assert.Equal("custom_detector_timeout", filter.Blocked);
        filter.Begin(vault, Dialect.OpenAi, policy with { Actions = Policy((CustomDetectors.First, GuardAction.Flag), (PiiEntity.EmailAddress, GuardAction.Redact)).Actions });
        Assert.Equal(answer.Length, RestoreWire.PassWhole(filter, answer).Length);
        Assert.Null(filter.Blocked);
    }

    [Fact]
    public void Content_is_seen_through_the_escapes_of_a_calls_arguments()
    {
        using var vault = new Vault();
        Assert.True(ContentFilter.TryCreate([new("rude", ["damn thing"], [])], out var content, out _));
        const string Arguments = "{\"say\": \"the d\\u0061mn\\u0020thing\"}";
        foreach (var dialect in new[] { Dialect.OpenAi, Dialect.Responses })
        {
            var filter = new AnswerFilter().Begin(vault, dialect, Policy() with { Content = content, ContentActions = [VerdictAction.Block] });
            RestoreWire.PassWhole(filter, RestoreWire.Whole(dialect, "x", Arguments, escapeAll: false));
            Assert.Equal("rude", filter.Blocked);
            filter.Begin(vault, dialect, Policy() with { Content = content, ContentActions = [VerdictAction.Block] });
            RestoreWire.Pass(filter, RestoreWire.Events(dialect, ["x"], [Arguments], escapeAll: false), expectsEnd: false);
            Assert.Equal("rude", filter.Blocked);
        }
    }

    [Fact]
    public void Categories_of_content_are_seen_in_answers()
    {
        using var vault = new Vault();
        Assert.True(ContentFilter.TryCreate([new("rude", ["damn thing"], []), new("money", ["invoice"], [])], out var content, out _));
        foreach (var dialect in RestoreWire.Clients)
        {
            var filter = new AnswerFilter().Begin(vault, dialect, Policy() with { Content = content, ContentActions = [VerdictAction.Block, VerdictAction.Flag] });
            var events = RestoreWire.Events(dialect, Cut("Your invoice, please.", 3), [], escapeAll: false);
            Assert.Equal(string.Concat(events), RestoreWire.Pass(filter, events));
            Assert.Equal((2ul, null), (filter.FoundContent, filter.Blocked));
            filter.Begin(vault, dialect, Policy() with { Content = content, ContentActions = [VerdictAction.Block, VerdictAction.Flag] });
            RestoreWire.Pass(filter, RestoreWire.Events(dialect, Cut("The damn thing again.", 3), [], escapeAll: false));
            Assert.Equal("rude", filter.Blocked);
            // The last word of all.
            filter.Begin(vault, dialect, Policy() with { Content = content, ContentActions = [VerdictAction.Block, VerdictAction.Flag] });
            RestoreWire.Pass(filter, RestoreWire.Events(dialect, Cut("The damn thing", 3), [], escapeAll: false));
            Assert.Equal("rude", filter.Blocked);
        }
    }

    private static OutputPolicy Policy(params (PiiEntity Entity, GuardAction Action)[] actions)
    {
        var table = new GuardAction[256];
        foreach (var (entity, action) in actions) table[(int)entity] = action;
        return new OutputPolicy { Actions = table, MinConfidence = 50, NameOf = entity => entity.Name() };
    }

    private static string MaskOf(string value)
    {
        using var output = new Edge.Pipeline.PooledBuffer();
        Edge.Guard.Masking.Mask(Encoding.UTF8.GetBytes(value), isEmail: true, output);
        return Encoding.UTF8.GetString(output.Span);
    }

    private static IEnumerable<string> Cut(string text, int size) => text.Chunk(size).Select(bit => new string(bit));
}
