using System.Text;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Responses;

public class ResponsesEncoderTests
{
    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void What_the_client_gets_says_what_the_provider_said(string name)
    {
        var golden = Goldens.Find(name);
        var expected = ResponsesWire.Facts(Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(golden.Stream)));

        var (stream, whole) = ResponsesWire.FromAnthropic(golden.Stream);
        var final = ResponsesAccumulator.Of(stream).Final!;

        Assert.Equal(expected, ResponsesWire.Facts(ResponsesWire.Json(final.ToJsonString())));
        Assert.True(JsonNode.DeepEquals(final, JsonNode.Parse(whole)), $"{final.ToJsonString()}\n{whole}");
    }

    [Fact]
    public void A_text_is_the_documented_sequence_of_events()
    {
        var (stream, _) = ResponsesWire.Encode(sink =>
        {
            sink.Start(new ChatStart { Id = JsonText.Plain("a1"u8), Model = JsonText.Plain("m1"u8), Created = 5, ServiceTier = JsonText.Plain("priority"u8) });
            sink.Text(0, JsonText.Plain("He\"y"u8));
            sink.Text(0, new JsonText("\\ud83d"u8, isEscaped: true));
            sink.Text(0, new JsonText("\\ude00"u8, isEscaped: true));
            sink.Usage(new Usage { Input = 3, Output = 4, CacheRead = 1, Reasoning = 2 });
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        });

        const string Response = "\"id\":\"resp_a1\",\"object\":\"response\",\"created_at\":5,\"status\":\"";
        const string Rest = "\"background\":false,\"error\":null,\"incomplete_details\":null,\"model\":\"m1\",\"instructions\":null,\"max_output_tokens\":null,\"parallel_tool_calls\":true,\"previous_response_id\":null,\"store\":false,\"temperature\":1.0,\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":1.0,\"truncation\":\"disabled\",\"metadata\":{},\"service_tier\":\"priority\",";
        const string At = "\"item_id\":\"msg_a1_0\",\"output_index\":0,\"content_index\":0";
        const string Part = """{"type":"output_text","annotations":[],"logprobs":[],"text":"He\"y\ud83d\ude00"}""";
        const string Item = """{"id":"msg_a1_0","type":"message","status":"completed","role":"assistant","content":[""" + Part + "]}";
        string[] expected =
        [
            "response.created|\"response\":{" + Response + "in_progress\"," + Rest + "\"output\":[],\"usage\":null}",
            "response.in_progress|\"response\":{" + Response + "in_progress\"," + Rest + "\"output\":[],\"usage\":null}",
            "response.output_item.added|\"output_index\":0,\"item\":{\"id\":\"msg_a1_0\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}",
            "response.content_part.added|" + At + ",\"part\":{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"\"}",
            "response.output_text.delta|" + At + ",\"delta\":\"He\\\"y\",\"logprobs\":[]",
            "response.output_text.delta|" + At + ",\"delta\":\"\\ud83d\",\"logprobs\":[]",
            "response.output_text.delta|" + At + ",\"delta\":\"\\ude00\",\"logprobs\":[]",
            "response.output_text.done|" + At + ",\"text\":\"He\\\"y\\ud83d\\ude00\",\"logprobs\":[]",
            "response.content_part.done|" + At + ",\"part\":" + Part,
            "response.output_item.done|\"output_index\":0,\"item\":" + Item,
            "response.completed|\"response\":{" + Response + "completed\"," + Rest + "\"output\":[" + Item + "],\"usage\":{\"input_tokens\":3,\"input_tokens_details\":{\"cached_tokens\":1},\"output_tokens\":4,\"output_tokens_details\":{\"reasoning_tokens\":2},\"total_tokens\":7}}",
        ];
        Assert.Equal(
            string.Concat(expected.Select((line, number) => line.Split('|', 2) is var pair ? $"event: {pair[0]}\ndata: {{\"type\":\"{pair[0]}\",\"sequence_number\":{number},{pair[1]}}}\n\n" : "")),
            stream);
        ResponsesAccumulator.Of(stream);
    }

    [Fact]
    public void Reasoning_and_calls_are_items_of_their_own()
    {
        var output = ResponsesAccumulator.Of(ResponsesWire.FromAnthropic(Goldens.Find("thinking, then two parallel calls").Stream).Stream).Final!["output"]!.AsArray();

        Assert.Equal(
            """
            [{"id":"rs_msg_1_0","type":"reasoning","summary":[{"type":"summary_text","text":"Let me see."}],"encrypted_content":"anthropic.c2ln+/="},{"id":"rs_msg_1_1","type":"reasoning","summary":[],"encrypted_content":"redacted.ZW5j"},{"id":"msg_msg_1_2","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"I look."}]},{"id":"fc_msg_1_3","type":"function_call","status":"completed","arguments":"{\"city\":\"Paris \\\"P\\\"\"}","call_id":"toolu_1","name":"weather"},{"id":"fc_msg_1_4","type":"function_call","status":"completed","arguments":"{}","call_id":"toolu_2","name":"now"}]
            """,
            Wire.Compact(output.ToJsonString()));
    }

    [Fact]
    public void Arguments_of_parallel_calls_may_come_in_turns()
    {
        var (stream, _) = ResponsesWire.Encode(sink =>
        {
            sink.ToolCallStart(0, 0, JsonText.Plain("a"u8), JsonText.Plain("f"u8));
            sink.ToolCallStart(0, 1, default, JsonText.Plain("g"u8));
            sink.ToolCallStart(0, 2, JsonText.Plain("c"u8), JsonText.Plain("h"u8));
            sink.ToolCallArguments(0, 1, JsonText.Plain("{\"b\""u8));
            sink.ToolCallArguments(0, 0, JsonText.Plain("{\"a\":"u8));
            sink.Text(0, JsonText.Plain("between"u8));
            sink.ToolCallArguments(0, 1, JsonText.Plain(":2}"u8));
            sink.ToolCallArguments(0, 0, JsonText.Plain("1}"u8));
            sink.ToolCallArguments(0, 7, JsonText.Plain("of no call"u8));
            sink.Finish(0, FinishReason.ToolCalls, default);
            sink.End();
        });

        var output = ResponsesAccumulator.Of(stream).Final!["output"]!.AsArray();
        // A call without arguments gets an empty object, because clients parse it.
        Assert.Equal(["{\"a\":1}", "{\"b\":2}", "{}", null], output.Select(item => (string?)item!["arguments"]));
        Assert.Equal(["a", "call_fallback_1", "c", null], output.Select(item => (string?)item!["call_id"]));
    }

    [Theory]
    [InlineData(FinishReason.Length, "max_output_tokens")]
    [InlineData(FinishReason.ContextWindow, "max_output_tokens")]
    [InlineData(FinishReason.ContentFilter, "content_filter")]
    public void An_answer_that_was_cut_off_is_incomplete(FinishReason reason, string expected)
    {
        var (stream, whole) = ResponsesWire.Encode(sink =>
        {
            sink.Text(0, JsonText.Plain("a"u8));
            sink.ToolCallStart(0, 0, JsonText.Plain("c"u8), JsonText.Plain("f"u8));
            sink.ToolCallArguments(0, 0, JsonText.Plain("{\"a"u8));
            sink.Finish(0, reason, default);
            sink.End();
        });

        var accumulated = ResponsesAccumulator.Of(stream);
        Assert.Equal("response.incomplete", accumulated.Types[^1]);
        Assert.Equal(expected, (string?)accumulated.Final!["incomplete_details"]!["reason"]);
        Assert.Equal(["completed", "incomplete"], accumulated.Final["output"]!.AsArray().Select(item => (string?)item!["status"]));
        Assert.True(JsonNode.DeepEquals(accumulated.Final, JsonNode.Parse(whole)));
    }

    [Fact]
    public void Texts_and_refusals_are_parts_of_one_message_and_reasoning_between_them_ends_it()
    {
        var (stream, whole) = ResponsesWire.Encode(sink =>
        {
            sink.Text(0, JsonText.Plain("a"u8));
            sink.Refusal(0, JsonText.Plain("no"u8));
            sink.Refusal(0, JsonText.Plain("!"u8));
            sink.Text(0, JsonText.Plain("b"u8));
            sink.Text(1, JsonText.Plain("of another choice"u8));
            sink.Thinking(0, JsonText.Plain("t1"u8));
            sink.Text(0, JsonText.Plain("c"u8));
            sink.Thinking(0, JsonText.Plain("t2"u8));
            sink.ThinkingSignature(0, JsonText.Plain("openai.enc"u8));
            sink.Thinking(0, JsonText.Plain("t3"u8));
            sink.ThinkingSignature(0, JsonText.Plain("gemini.sig"u8));
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        });

        var final = ResponsesAccumulator.Of(stream).Final!;
        var output = final["output"]!.AsArray();
        Assert.Equal(["message", "reasoning", "message", "reasoning", "reasoning"], output.Select(item => (string?)item!["type"]));
        Assert.Equal(["a", "no!", "b"], output[0]!["content"]!.AsArray().Select(part => (string?)(part!["text"] ?? part["refusal"])));
        // OpenAI's own stands as OpenAI wrote it.
        Assert.Equal([null, null, null, "enc", "gemini.sig"], output.Select(item => (string?)item!["encrypted_content"]));
        Assert.True(JsonNode.DeepEquals(final, JsonNode.Parse(whole)));
    }

    [Fact]
    public void Sources_probabilities_and_pictures_arrive()
    {
        var (stream, whole) = ResponsesWire.Encode(sink =>
        {
            sink.Text(0, JsonText.Plain("One. "u8));
            sink.ToolCallStart(0, 0, JsonText.Plain("c"u8), JsonText.Plain("f"u8));
            sink.Text(0, JsonText.Plain("Two 😀."u8));
            sink.Citation(0, new ChatCitation { Url = JsonText.Plain("https://a/"u8), Title = JsonText.Plain("A \"a\""u8), Start = 5, End = 8, Document = -1 });
            sink.Citation(0, new ChatCitation { Url = JsonText.Plain("https://b/"u8), Start = -1, End = -1, Document = -1 });
            sink.Citation(0, new ChatCitation { Title = JsonText.Plain("d.pdf"u8), Start = -1, End = -1, Document = 2 });
            sink.Logprobs(0, """{"token":"Two","logprob":-1,"bytes":[84],"top_logprobs":[]}"""u8);
            sink.Logprobs(0, """{"token":" ","logprob":-2,"bytes":[32],"top_logprobs":[]}"""u8);
            sink.Media(0, JsonText.Plain("image/png"u8), JsonText.Plain("AAAA"u8));
            sink.Media(0, JsonText.Plain("audio/wav"u8), JsonText.Plain("no place"u8));
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        });

        var final = ResponsesAccumulator.Of(stream).Final!;
        var output = final["output"]!.AsArray();
        var part = output[2]!["content"]![0]!;
        Assert.Equal(
            """[{"type":"url_citation","start_index":0,"end_index":3,"url":"https://a/","title":"A \"a\""},{"type":"url_citation","start_index":0,"end_index":7,"url":"https://b/","title":""},{"type":"file_citation","file_id":"","filename":"d.pdf","index":2}]""",
            Wire.Compact(part["annotations"]!.ToJsonString()));
        Assert.Equal(["Two", " "], part["logprobs"]!.AsArray().Select(token => (string?)token!["token"]));
        // The deltas bring them too.
        var streamed = stream.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[6..])!).Where(data => (string?)data["type"] == "response.output_text.delta").SelectMany(data => data["logprobs"]!.AsArray());
        Assert.Equal(["Two", " "], streamed.Select(token => (string?)token!["token"]));
        Assert.Equal("""{"id":"ig_fallback_3","type":"image_generation_call","status":"completed","result":"AAAA"}""", output[3]!.ToJsonString());
        Assert.Equal(4, output.Count);
        Assert.True(JsonNode.DeepEquals(final, JsonNode.Parse(whole)));
    }

    [Fact]
    public void After_an_error_only_the_failed_response_comes()
    {
        var (stream, whole) = ResponsesWire.Encode(sink =>
        {
            sink.Thinking(0, JsonText.Plain("t"u8));
            sink.Text(0, JsonText.Plain("half"u8));
            sink.Error(new ProviderError { Kind = ProviderErrorKind.Overloaded, Status = 503, Type = "overloaded_error", Message = "Over\"loaded" });
            sink.Text(0, JsonText.Plain("more"u8));
            sink.ToolCallStart(0, 0, default, default);
            sink.Error(new ProviderError { Kind = ProviderErrorKind.ServerError, Status = 500 });
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        });

        var accumulated = ResponsesAccumulator.Of(stream);
        Assert.Equal(["error", "response.failed"], accumulated.Types[^2..]);
        Assert.Equal("""{"type":"overloaded_error","code":"server_error","message":"Over\"loaded","param":null}""", Wire.Compact(accumulated.Error!.ToJsonString()));
        Assert.Equal("""{"code":"server_error","message":"Over\"loaded"}""", Wire.Compact(accumulated.Final!["error"]!.ToJsonString()));
        // The message was cut off: only what was whole is there.
        Assert.Equal(["reasoning"], accumulated.Final["output"]!.AsArray().Select(item => (string?)item!["type"]));
        Assert.Equal("", whole);
    }

    [Fact]
    public void An_error_before_the_first_word_still_is_a_stream_of_its_own()
    {
        var (stream, _) = ResponsesWire.Encode(sink =>
        {
            sink.Start(default);
            sink.Error(new ProviderError { Kind = ProviderErrorKind.RateLimit, Status = 429, Code = "rate_limit_exceeded", Message = "Slow down." });
        });

        Assert.Equal(["response.created", "response.in_progress", "error", "response.failed"], ResponsesAccumulator.Of(stream).Types);
    }

    [Fact]
    public void Nothing_is_written_before_the_first_content()
    {
        var (encoder, output) = (new ResponsesStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.Start(new ChatStart { Id = JsonText.Plain("x"u8) });
        encoder.Usage(new Usage { Input = 1, Output = 1 });
        encoder.Finish(0, FinishReason.Stop, default);
        Assert.Equal(0, output.Length);

        encoder.End();
        Assert.True(encoder.IsWritten);
        Assert.Equal(["response.created", "response.in_progress", "response.completed"], ResponsesAccumulator.Of(Encoding.UTF8.GetString(output.Span)).Types);
    }

    [Fact]
    public void The_request_is_echoed_in_every_response_object_and_further_members_stand_in_the_last()
    {
        var echo = ResponsesWire.Echo(ResponsesWire.With("\"instructions\":\"Be \\\"brief\\\"\",\"tools\":[{\"type\":\"function\",\r\n\"name\":\"f\"}],\"temperature\":0.5,\"store\":true,\"reasoning\":{\"effort\":\"low\"},\"text\":{\"verbosity\":\"low\"},\"metadata\":{\"a\":\"b\"},\"service_tier\":\"flex\""));
        var (encoder, output) = (new ResponsesStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output with { Echo = echo });
        encoder.Text(0, JsonText.Plain("a"u8));
        encoder.FinalMembers = "\"x_edge\":{\"cost_usd\":0.5}"u8.ToArray();
        encoder.End();

        var final = ResponsesAccumulator.Of(Encoding.UTF8.GetString(output.Span)).Final!;
        Assert.Equal("""{"cost_usd":0.5}""", final["x_edge"]!.ToJsonString());
        Assert.Equal("Be \"brief\"", (string?)final["instructions"]);
        Assert.Equal("""[{"type":"function","name":"f"}]""", final["tools"]!.ToJsonString());
        Assert.Equal("""{"effort":"low","summary":null}""", final["reasoning"]!.ToJsonString());
        Assert.Equal("""{"format":{"type":"text"},"verbosity":"low"}""", final["text"]!.ToJsonString());
        Assert.Equal((0.5, false), ((double)final["temperature"]!, (bool)final["store"]!));
        // The wish is not the tier, and no provider named one.
        Assert.Null(final["service_tier"]);
        // Everything that the SDKs' types demand.
        Assert.All(
            ["max_output_tokens", "max_tool_calls", "parallel_tool_calls", "previous_response_id", "prompt_cache_key", "safety_identifier", "tool_choice", "top_logprobs", "top_p", "truncation", "user", "metadata", "incomplete_details", "error"],
            name => Assert.True(final.ContainsKey(name), name));
    }

    [Fact]
    public void A_custom_tool_gets_its_free_text()
    {
        var echo = ResponsesWire.Echo(ResponsesWire.With("""
            "tools":[{"type":"custom","name":"sql","description":"\"custom\""},{"type":"function","name":"f","parameters":{"name":"sql","type":"custom"}}]
            """));
        var (stream, whole) = ResponsesWire.Encode(
            sink =>
            {
                sink.ToolCallStart(0, 0, JsonText.Plain("a"u8), JsonText.Plain("sql"u8));
                sink.ToolCallArguments(0, 0, JsonText.Plain("{\"input\": \"SELECT \\\"a"u8));
                sink.ToolCallArguments(0, 0, JsonText.Plain("\\\"\\n\"}"u8));
                sink.ToolCallStart(0, 1, JsonText.Plain("b"u8), JsonText.Plain("f"u8));
                sink.ToolCallArguments(0, 1, JsonText.Plain("{\"input\":1}"u8));
                sink.ToolCallStart(0, 2, JsonText.Plain("c"u8), JsonText.Plain("sql"u8));
                sink.ToolCallArguments(0, 2, JsonText.Plain("no JSON"u8));
                sink.Finish(0, FinishReason.ToolCalls, default);
                sink.End();
            },
            Wire.Output with { Echo = echo });

        var final = ResponsesAccumulator.Of(stream).Final!;
        Assert.Equal(["custom_tool_call", "function_call", "custom_tool_call"], final["output"]!.AsArray().Select(item => (string?)item!["type"]));
        Assert.Equal(["SELECT \"a\"\n", null, "no JSON"], final["output"]!.AsArray().Select(item => (string?)item!["input"]));
        Assert.True(JsonNode.DeepEquals(final, JsonNode.Parse(whole)));
    }

    [Fact]
    public void Deltas_allocate_nothing_once_the_buffers_are_there()
    {
        var (encoder, output) = (new ResponsesStreamEncoder(), new ByteBuffer());
        Run();
        Run();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            encoder.Begin(output, Wire.Output);
            for (var i = 0; i < 300; i++)
            {
                output.Clear();
                encoder.Thinking(0, JsonText.Plain("think \"hard\""u8));
            }
            encoder.ThinkingSignature(0, JsonText.Plain("sig"u8));
            for (var i = 0; i < 300; i++)
            {
                output.Clear();
                encoder.Text(0, JsonText.Plain("Hello \"you\"\n"u8));
            }
            encoder.ToolCallStart(0, 0, JsonText.Plain("c"u8), JsonText.Plain("f"u8));
            for (var i = 0; i < 300; i++)
            {
                output.Clear();
                encoder.ToolCallArguments(0, 0, JsonText.Plain("1,"u8));
            }
            encoder.End();
        }
    }
}
