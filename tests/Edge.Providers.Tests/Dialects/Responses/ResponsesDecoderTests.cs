using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Responses;

public class ResponsesDecoderTests
{
    private const string Usage = """{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":15}""";

    private const string Message = """{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi \ud83d\ude00","annotations":[{"type":"url_citation","url":"https://a","title":"A","start_index":0,"end_index":2}],"logprobs":[{"token":"Hi"}]},{"type":"refusal","refusal":"no"}]}""";

    private const string Output =
        """
        [{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"One"},{"type":"summary_text","text":"Two"}],"encrypted_content":"gAAA"},
        """ + Message +
        """
        ,{"id":"ws_1","type":"web_search_call","status":"completed"},
        {"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
        {"id":"ct_1","type":"custom_tool_call","call_id":"c2","name":"sql","input":"SELECT \"a\"\n"},
        {"id":"ig_1","type":"image_generation_call","status":"completed","result":"AAAA"}]
        """;

    private static readonly string _whole = $$"""{"id":"resp_1","object":"response","created_at":7,"model":"gpt-x","status":"completed","error":null,"incomplete_details":null,"service_tier":"default","output":{{Output.ReplaceLineEndings("")}},"usage":{{Usage}}}""";

    private static readonly string[] _events =
    [
        """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","created_at":7,"model":"gpt-x","status":"in_progress","service_tier":"default","output":[]}}""",
        """{"type":"response.in_progress","sequence_number":1,"response":{}}""",
        """{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}""",
        """{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}""",
        """{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"On"}""",
        """{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"e"}""",
        """{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"Two"}""",
        """{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"One"},{"type":"summary_text","text":"Two"}],"encrypted_content":"gAAA"}}""",
        """{"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","content":[]}}""",
        """{"type":"response.content_part.added","output_index":1,"content_index":0,"part":{"type":"output_text","text":""}}""",
        """{"type":"response.output_text.delta","item_id":"another","output_index":1,"content_index":0,"delta":"Hi \ud83d","logprobs":[ {"token":"Hi"} ]}""",
        """{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"\ude00","logprobs":[]}""",
        """{"type":"response.output_text.annotation.added","output_index":1,"content_index":0,"annotation_index":0,"annotation":{"type":"url_citation","url":"https://a","title":"A","start_index":0,"end_index":2}}""",
        """{"type":"response.output_text.done","output_index":1,"content_index":0,"text":"Hi \ud83d\ude00"}""",
        """{"type":"response.refusal.delta","output_index":1,"content_index":1,"delta":"no"}""",
        $$"""{"type":"response.output_item.done","output_index":1,"item":{{Message}}}""",
        """{"type":"response.output_item.added","output_index":2,"item":{"id":"ws_1","type":"web_search_call"}}""",
        """{"type":"response.web_search_call.searching","output_index":2}""",
        """{"type":"response.output_item.added","output_index":3,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":""}}""",
        """{"type":"response.output_item.added","output_index":4,"item":{"id":"ct_1","type":"custom_tool_call","call_id":"c2","name":"sql","input":""}}""",
        """{"type":"response.custom_tool_call_input.delta","output_index":4,"delta":"SELECT"}""",
        """{"type":"response.function_call_arguments.delta","output_index":3,"delta":"{\"a\":"}""",
        """{"type":"response.function_call_arguments.delta","output_index":3,"delta":"1}"}""",
        """{"type":"response.function_call_arguments.done","output_index":3,"arguments":"{\"a\":1}"}""",
        """{"type":"response.output_item.done","output_index":3,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"}}""",
        """{"type":"response.output_item.done","output_index":4,"item":{"id":"ct_1","type":"custom_tool_call","call_id":"c2","name":"sql","input":"SELECT \"a\"\n"}}""",
        """{"type":"response.image_generation_call.partial_image","output_index":5,"partial_image_b64":"A"}""",
        """{"type":"response.output_item.done","output_index":5,"item":{"id":"ig_1","type":"image_generation_call","status":"completed","result":"AAAA"}}""",
        """{"type":"response.sparkle","output_index":5}""",
        $$"""{"type":"response.completed","response":{{_whole}}}""",
    ];

    private static readonly byte[] _stream = Encoding.UTF8.GetBytes(ResponsesWire.Stream(_events));

    private const string Waiting =
        """{"id":"r","object":"response","created_at":7,"model":"google/gemini-3-pro","status":"requires_action","output":[{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{}","status":"completed","thought_signature":"c2ln"}],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15,"input_tokens_details":{"cache_read_input_tokens":4,"cache_creation_input_tokens":3}}}""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Perplexitys_answer_that_waits_for_a_call_is_whole(bool streams)
    {
        var recorder = streams
            ? ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(
                """{"type":"response.created","response":{"id":"r","created_at":7,"model":"m","status":"in_progress","output":[]}}""",
                """{"type":"response.output_item.added","output_index":0,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"","thought_signature":"c2ln"}}""",
                """{"type":"response.output_item.done","output_index":0,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{}","thought_signature":"c2ln"}}""",
                $$"""{"type":"response.completed","response":{{Waiting}}}""")))
            : ResponsesWire.DecodeWholeAnswer(Waiting);

        Assert.Null(recorder.Failure);
        Assert.Equal(FinishReason.ToolCalls, recorder.Finishes[0]);
        Assert.Equal(("{}", "gemini.c2ln"), (recorder["args:0:0"], recorder["callsignature:0:0"]));
        Assert.Equal((10L, 4L, 3L, 5L), (recorder.UsageTotals.Input, recorder.UsageTotals.CacheRead, recorder.UsageTotals.CacheWrite, recorder.UsageTotals.Output));
    }

    [Theory]
    [InlineData("completed", "{}")]
    [InlineData("incomplete", "")]
    public void A_call_without_arguments_has_an_empty_object_of_them(string status, string arguments)
    {
        var item = $$"""{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"","status":"{{status}}"}""";
        var response = $$"""{"id":"r","created_at":7,"model":"m","status":"{{status}}","output":[{{item}}]}""";
        var streamed = ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"","status":"in_progress"}}""",
            """{"type":"response.output_item.done","output_index":0,"item":""" + item + "}",
            "{\"type\":\"response." + status + "\",\"response\":" + response + "}")));
        Assert.Equal((arguments, arguments), (streamed["args:0:0"], ResponsesWire.DecodeWholeAnswer(response)["args:0:0"]));
    }

    [Theory]
    [InlineData("default", "default")]
    [InlineData("auto", null)]
    public void The_tier_that_is_known_at_the_end_stands_in_the_last_chunk(string completed, string? told)
    {
        var stream = ResponsesWire.Stream(
            """{"type":"response.created","response":{"id":"resp_1","created_at":7,"model":"m","status":"in_progress","service_tier":"auto","output":[]}}""",
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","content":[]}}""",
            """{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"A"}""",
            $$$"""{"type":"response.completed","response":{"id":"resp_1","status":"completed","service_tier":"{{{completed}}}","output":[]}}""");
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        ResponsesWire.Push(new ResponsesDecoder(), encoder, Encoding.UTF8.GetBytes(stream));

        var chunks = Encoding.UTF8.GetString(output.Span).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain("service_tier", chunks[0], StringComparison.Ordinal);
        using var last = JsonDocument.Parse(chunks[^2]["data: ".Length..]);
        Assert.Equal("stop", last.RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(told, last.RootElement.TryGetProperty("service_tier", out var tier) ? tier.GetString() : null);
    }

    [Fact]
    public void A_stream_says_what_the_whole_answer_says()
    {
        var streamed = ResponsesWire.DecodeAnswer(_stream);

        Assert.Equal(("resp_1", "gpt-x", 1, 1), (streamed.Id, streamed.Model, streamed.Starts, streamed.Ends));
        Assert.Equal("One\n\nTwo", streamed["thinking:0"]);
        Assert.Equal("openai.gAAA", streamed["signature:0"]);
        Assert.Equal(("Hi 😀", "no"), (streamed["text:0"], streamed["refusal:0"]));
        Assert.Equal("[https://a|A||0..2|-1]", streamed["citation:0"]);
        Assert.Equal("""{"token":"Hi"}""", streamed["logprobs:0"]);
        Assert.Equal(("c1", "f", """{"a":1}"""), (streamed["id:0:0"], streamed["name:0:0"], streamed["args:0:0"]));
        Assert.Equal(("c2", "sql", """{"input":"SELECT \"a\"\n"}"""), (streamed["id:0:1"], streamed["name:0:1"], streamed["args:0:1"]));
        Assert.Equal("[image/png;AAAA]", streamed["media:0"]);
        Assert.Equal(FinishReason.ToolCalls, streamed.Finishes[0]);
        Assert.Equal(new Usage { Input = 10, Output = 5, CacheRead = 4, Reasoning = 3 }, streamed.UsageTotals);
        Assert.Equal(streamed.Fold(), ResponsesWire.DecodeWholeAnswer(_whole).Fold());
    }

    [Fact]
    public void A_stream_may_be_cut_anywhere()
    {
        var expected = ResponsesWire.DecodeAnswer(_stream).Fold();
        for (var at = 1; at < _stream.Length; at++) Assert.Equal(expected, ResponsesWire.DecodeAnswer(_stream.AsMemory(0, at), _stream.AsMemory(at)).Fold());
    }

    [Fact]
    public void A_stream_that_stops_is_not_whole()
    {
        var recorder = ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(_events[..^1])));
        Assert.Equal((0, 0), (recorder.Ends, recorder.Finishes.Count));
        Assert.False(new ResponsesDecoder().TryEnd(recorder));
    }

    [Fact]
    public void What_comes_only_at_an_items_end_or_the_answers_end_is_taken_from_there()
    {
        var expected = ResponsesWire.DecodeWholeAnswer(_whole).Fold();
        var atItemsEnd = _events.Where(e => !e.Contains(".delta\"", StringComparison.Ordinal) && !e.Contains("annotation.added", StringComparison.Ordinal));
        Assert.Equal(expected, ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(atItemsEnd))).Fold());
        Assert.Equal(expected, ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(_events[0], _events[^1]))).Fold());
        Assert.Equal(expected, ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(_events[^1]) + "data: [DONE]\n\n")).Fold());
    }

    [Fact]
    public void An_item_that_the_last_event_puts_elsewhere_is_not_said_twice()
    {
        var moved = _events[..^1].Select(e => e.Replace("\"output_index\":1", "\"output_index\":11", StringComparison.Ordinal)).Append(_events[^1]);
        Assert.Equal("Hi 😀", ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(moved)))["text:0"]);
    }

    [Theory]
    [InlineData("max_output_tokens", FinishReason.Length)]
    [InlineData("content_filter", FinishReason.ContentFilter)]
    public void An_incomplete_answer_says_why(string reason, FinishReason finish)
    {
        var response = _whole.Replace("\"completed\",\"error\":null,\"incomplete_details\":null", $$"""
            "incomplete","error":null,"incomplete_details":{"reason":"{{reason}}"}
            """, StringComparison.Ordinal);
        Assert.Equal(finish, ResponsesWire.DecodeWholeAnswer(response).Finishes[0]);
        Assert.Equal(finish, ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream($$"""{"type":"response.incomplete","response":{{response}}}"""))).Finishes[0]);
    }

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"Pay."}}""", ProviderErrorKind.Quota)]
    [InlineData("""{"type":"error","code":"rate_limit_exceeded","message":"Pay.","param":null}""", ProviderErrorKind.RateLimit)]
    [InlineData("""{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"Pay."}}}""", ProviderErrorKind.ServerError)]
    public void An_error_ends_the_stream(string e, ProviderErrorKind kind)
    {
        var recorder = ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream([.. _events[..11], e, .. _events[11..]])));
        Assert.Equal((kind, "Pay.", 0), (recorder.Failure!.Kind, recorder.Failure.Message, recorder.Ends));
    }

    [Theory]
    [InlineData("""{"error":{"message":"No.","type":"invalid_request_error","code":"model_not_found"}}""", ProviderErrorKind.ModelNotFound)]
    [InlineData("""{"object":"response","status":"failed","output":[],"error":{"code":"server_error","message":"No."}}""", ProviderErrorKind.ServerError)]
    [InlineData("""{"object":"response","status":"queued","output":[]}""", ProviderErrorKind.Malformed)]
    [InlineData("""{"object":"chat.completion"}""", ProviderErrorKind.Malformed)]
    [InlineData("""{"status":"completed","output":[7]}""", ProviderErrorKind.Malformed)]
    [InlineData("[]", ProviderErrorKind.Malformed)]
    public void What_is_no_answer_is_an_error(string json, ProviderErrorKind kind) => Assert.Equal(kind, ResponsesWire.DecodeWholeAnswer(json).Failure?.Kind);

    [Fact]
    public void Reasoning_of_open_models_is_shown_once()
    {
        var recorder = ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(ResponsesWire.Stream(
            """{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"Hm"}""",
            """{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"summary"}""",
            """{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","summary":[{"type":"summary_text","text":"summary"}],"content":[{"type":"reasoning_text","text":"Hm"}]}}""",
            """{"type":"response.completed","response":{"status":"completed","output":[]}}""")));
        Assert.Equal("Hm", recorder["thinking:0"]);
    }

    [Fact]
    public void What_our_own_encoder_wrote_is_what_came()
    {
        foreach (var golden in Goldens.All)
        {
            var (stream, whole) = ResponsesWire.FromAnthropic(golden.Stream);
            var expected = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(golden.Stream));
            foreach (var recorder in new[] { ResponsesWire.DecodeAnswer(Encoding.UTF8.GetBytes(stream)), ResponsesWire.DecodeWholeAnswer(whole) })
            {
                foreach (var part in new[] { "text:0", "thinking:0", "signature:0", "redacted:0", "id:0:0", "name:0:0", "args:0:0", "id:0:1", "args:0:1" }) Assert.Equal(expected[part], recorder[part]);
                Assert.Equal((expected.UsageTotals.Input, expected.UsageTotals.Output), (recorder.UsageTotals.Input, recorder.UsageTotals.Output));
            }
        }
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_it_throw()
    {
        var whole = Encoding.UTF8.GetBytes(_whole);
        Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                var (stream, answer) = (_stream.ToArray(), whole.ToArray());
                foreach (var (at, value) in changes) (stream[at % stream.Length], answer[at % answer.Length]) = (value, value);
                var tap = new ResponsesTap();
                ResponsesWire.DecodeAnswer(stream);
                Wire.Events((type, data) => tap.Look(type, data), stream);
                using var index = new Edge.Simd.Json.JsonIndex();
                if (!index.TryBuild(answer, 64, 10_000, out _)) return;
                new ResponsesDecoder().Whole(new JsonValue(answer, index.Tokens), new Recorder());
                tap.Whole(new JsonValue(answer, index.Tokens));
            },
            iter: 3000);
    }

    [Fact]
    public void A_delta_allocates_nothing()
    {
        var (decoder, encoder, tap, output) = (new ResponsesDecoder(), new OpenAiChatStreamEncoder(), new ResponsesTap(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        foreach (var e in _events[..9]) decoder.Push(default, Encoding.UTF8.GetBytes(e), encoder);
        var (type, delta) = ("response.output_text.delta"u8.ToArray(), Encoding.UTF8.GetBytes(_events[11]));
        Push(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                tap.Look(type, delta);
                decoder.Push(type, delta, encoder);
            }
        }
    }
}
