using System.Text;
using System.Text.Json.Nodes;
using Edge.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Pipeline;

public class PassThroughTests
{
    private const string Body = "{\"model\":\"fake/gpt\", \"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9 \\ud83d\\ude00\"}],\"future\":{\"a\":[1, 2]}}";
    private const string Delta = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    private const string Finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5,\"total_tokens\":8}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Fact]
    public async Task Only_the_models_name_changes_in_the_body()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{\"id\":\"1\",\"choices\":[]}"));
        var sent = await kit.SendAsync(Body);
        Assert.Equal(Body.Replace("fake/gpt", "gpt", StringComparison.Ordinal), kit.SentBody);
        Assert.Equal(200, sent.StatusCode);
        Assert.Equal("{\"id\":\"1\",\"choices\":[]}", sent.WrittenText);
        Assert.Equal("fake", sent.ResponseHeaders["x-edge-provider"]);
        Assert.Equal("gpt", sent.ResponseHeaders["x-edge-model"]);
    }

    [Theory]
    [InlineData("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    [InlineData("\"stream\":true,\"routing\":{}", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    [InlineData("\"stream\":true,\"stream_options\":null", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    [InlineData("\"stream\":true,\"stream_options\":{ }", "\"stream\":true,\"stream_options\":{\"include_usage\":true }")]
    [InlineData("\"stream\":true,\"stream_options\":{\"a\":1}", "\"stream\":true,\"stream_options\":{\"include_usage\":true,\"a\":1}")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":false}", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":true}", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    public async Task A_stream_asks_for_usage_and_hides_it_from_who_did_not_ask(string members, string expected)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events(Delta, Finish, Usage, Done));
        var sent = await kit.SendAsync($"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\"}}],{members}}}");
        Assert.Equal($"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\"}}],{expected}}}", kit.SentBody);
        Assert.NotNull(JsonNode.Parse(kit.SentBody!));
        var asked = members.Contains("include_usage\":true", StringComparison.Ordinal);
        // Who asks for usage is told the cost with it: a provider in this process has none.
        var usage = Usage.Replace("\"total_tokens\":8}}", "\"total_tokens\":8},\"x_edge\":{\"cost_usd\":\"0\"}}", StringComparison.Ordinal);
        Assert.Equal(asked ? Delta + Finish + usage + Done : Delta + Finish + Done, sent.WrittenText);
        var record = kit.TakeRecord();
        Assert.Equal(Outcome.Completed, record.Outcome);
        Assert.Equal((3, 5), (record.Usage.Input, record.Usage.Output));
    }

    [Fact]
    public async Task Each_piece_is_flushed_as_soon_as_its_events_are_whole()
    {
        var pieces = (Delta + Finish + Done).Chunk(7).Select(chunk => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(new string(chunk))).ToList();
        var gate = new GatedResponse(pieces);
        var kit = new PipelineKit().Answer(() => gate);
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal([Delta, Finish, Done], sent.Flushes.Where(flush => flush.Length > 0));
    }

    /// <summary>A stream cut after any byte: what was whole is passed on, an error event follows, and no end mark that nobody sent.</summary>
    [Theory]
    [InlineData(UpstreamFailure.Cut, "UPSTREAM_CUT")]
    [InlineData(UpstreamFailure.IdleTimeout, "UPSTREAM_TIMEOUT")]
    [InlineData(UpstreamFailure.Protocol, "UPSTREAM_PROTOCOL_ERROR")]
    public async Task A_stream_that_breaks_off_at_any_byte_is_never_complete(UpstreamFailure failure, string code)
    {
        var whole = Encoding.UTF8.GetBytes(Delta + Finish + Usage + Done);
        for (var cut = 1; cut < whole.Length; cut++)
        {
            var kept = whole[..cut];
            var kit = new PipelineKit().Answer(() => new CannedResponse(200, "text/event-stream", [kept], failure));
            var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
            Assert.DoesNotContain("[DONE]", sent.WrittenText);
            if (cut < Delta.Length)
            {
                // Not one event was whole, so nothing has been sent yet: an honest status.
                Assert.InRange(sent.StatusCode, 502, 504);
                Assert.Equal(code, Code(sent));
                continue;
            }
            Assert.EndsWith("}}\n\n", sent.WrittenText);
            var events = sent.WrittenText.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.All(events, e => Assert.NotNull(JsonNode.Parse(e["data: ".Length..])));
            Assert.Equal(code, (string?)JsonNode.Parse(events[^1]["data: ".Length..])!["error"]!["code"]);
            Assert.Equal(Outcome.UpstreamFailed, kit.TakeRecord().Outcome);
            Assert.True(kit.LastResponse!.WasDisposed);
        }
    }

    [Fact]
    public async Task A_stream_that_dies_before_its_first_byte_is_a_502()
    {
        var kit = new PipelineKit().Answer(() => new CannedResponse(200, "text/event-stream", [], UpstreamFailure.Cut));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal(502, sent.StatusCode);
        Assert.Equal("UPSTREAM_CUT", Code(sent));
    }

    [Fact]
    public async Task A_clean_end_without_the_mark_is_an_end_only_behind_a_finish_reason()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events(Delta, Finish));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal(Delta + Finish + Done, sent.WrittenText);

        kit.Answer(() => CannedResponse.Events(Delta));
        sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.DoesNotContain("[DONE]", sent.WrittenText);
        Assert.Contains("UPSTREAM_CUT", sent.WrittenText);
    }

    /// <summary>Each ends cleanly without the end mark, and none is whole.</summary>
    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"},\"finish_reason\":\"\"}]}\n\n", "")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"x\":{\"finish_reason\":\"stop\"}},\"finish_reason\":null}]}\n\n", "")]
    [InlineData(Delta + Finish, ",\"n\":2")]
    [InlineData(Delta + Finish + "data: {\"id\":\"ha", "")]
    public async Task A_clean_end_that_proves_nothing_is_a_cut(string stream, string members)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events(stream));
        var sent = await kit.SendAsync($"{{\"stream\":true,\"model\":\"m\",\"messages\":[{{\"role\":\"user\"}}]{members}}}");
        Assert.DoesNotContain("[DONE]", sent.WrittenText);
        Assert.Contains("UPSTREAM_CUT", sent.WrittenText);
    }

    [Fact]
    public async Task An_error_that_comes_first_keeps_its_status()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events("data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n", Done));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.InRange(sent.StatusCode, 500, 599);
        Assert.Equal("m", (string?)JsonNode.Parse(sent.WrittenText)!["error"]!["message"]);
        Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
    }

    [Fact]
    public async Task Nothing_is_added_behind_an_error_event_however_the_stream_ends()
    {
        const string Error = "data: {\"error\":{\"message\":\"m\"}}\n\n";
        foreach (var end in new[] { UpstreamFailure.None, UpstreamFailure.Cut })
        {
            foreach (var pieces in new[] { new[] { Delta + Finish + Error }, [Delta, Finish, Error] })
            {
                var kit = new PipelineKit().Answer(() => new CannedResponse(
                    200, "text/event-stream", [.. pieces.Select(piece => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(piece))], end));
                var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
                Assert.Equal(Delta + Finish + Error, sent.WrittenText);
                Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
            }
        }
    }

    [Theory]
    [InlineData("data: {\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}\n\n")]
    [InlineData("data: {\"choices\": [ ], \"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}\n\n")]
    public async Task A_usage_chunk_is_hidden_in_every_form(string usage)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events(Delta, Finish, usage, Done));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal(Delta + Finish + Done, sent.WrittenText);
        Assert.Equal(5, kit.TakeRecord().Usage.Output);
    }

    [Fact]
    public async Task An_error_that_calls_itself_a_success_is_an_error()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{\"error\":{\"message\":\"no credit\"}}"));
        var sent = await kit.SendAsync(Body);
        Assert.InRange(sent.StatusCode, 400, 599);
        Assert.Contains("no credit", sent.WrittenText);
    }

    [Fact]
    public async Task An_error_that_is_a_bare_string_becomes_the_envelope()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{\"error\":\"model 'x' not found\"}", 404));
        var sent = await kit.SendAsync(Body);
        Assert.Equal(404, sent.StatusCode);
        Assert.Contains("model 'x' not found", (string?)JsonNode.Parse(sent.WrittenText)!["error"]!["message"]);
    }

    [Fact]
    public async Task What_is_asked_for_and_not_done_is_said()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{}"));
        var sent = await kit.SendAsync("{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}],\"safety\":{\"piiDetection\":true},\"cache\":{},\"budget\":null}");
        Assert.Equal("cache", sent.ResponseHeaders["x-edge-not-enforced"]);
    }

    [Fact]
    public async Task What_follows_the_end_mark_is_not_sent()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events(Delta, Finish, Done, Delta));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal(Delta + Finish + Done, sent.WrittenText);
    }

    [Fact]
    public async Task An_error_event_of_the_provider_passes_and_ends_the_stream()
    {
        const string Error = "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n";
        var kit = new PipelineKit().Answer(() => CannedResponse.Events(Delta, Error, Done));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal(Delta + Error + Done, sent.WrittenText);
        Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
    }

    [Fact]
    public async Task A_providers_error_passes_with_status_body_and_retry_after()
    {
        const string Error = "{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}";
        var kit = new PipelineKit().Answer(() => CannedResponse.Json(Error, 429).WithHeader("retry-after", "7").WithHeader("set-cookie", "secret=1"));
        var sent = await kit.SendAsync(Body);
        Assert.Equal(429, sent.StatusCode);
        Assert.Equal(Error, sent.WrittenText);
        Assert.Equal("7", sent.ResponseHeaders["retry-after"]);
        Assert.False(sent.ResponseHeaders.ContainsKey("set-cookie"));
        Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
    }

    [Theory]
    [InlineData("<html>502 Bad Gateway</html>")]
    [InlineData("")]
    [InlineData("{\"error\":")]
    public async Task A_page_instead_of_an_error_becomes_the_clients_envelope(string page)
    {
        var kit = new PipelineKit().Answer(() => new CannedResponse(503, "text/html", page.Length == 0 ? [] : [Encoding.UTF8.GetBytes(page)]));
        var sent = await kit.SendAsync(Body);
        Assert.Equal(503, sent.StatusCode);
        Assert.NotNull(JsonNode.Parse(sent.WrittenText)!["error"]!["message"]);
    }

    [Theory]
    [InlineData(UpstreamFailure.Dns, 502)]
    [InlineData(UpstreamFailure.Connect, 502)]
    [InlineData(UpstreamFailure.Tls, 502)]
    [InlineData(UpstreamFailure.Reset, 502)]
    [InlineData(UpstreamFailure.Protocol, 502)]
    [InlineData(UpstreamFailure.ConnectTimeout, 504)]
    [InlineData(UpstreamFailure.FirstByteTimeout, 504)]
    [InlineData(UpstreamFailure.TotalTimeout, 504)]
    [InlineData(UpstreamFailure.PoolExhausted, 503)]
    public async Task A_failed_exchange_is_a_gateway_error(UpstreamFailure failure, int status)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Failed(failure));
        var sent = await kit.SendAsync(Body);
        Assert.Equal(status, sent.StatusCode);
        Assert.NotEmpty(Code(sent));
        Assert.True(kit.LastResponse!.WasDisposed);
    }

    [Theory]
    [InlineData("{\"id\":")]
    [InlineData("not json")]
    [InlineData("")]
    public async Task A_whole_answer_that_is_no_json_is_a_502(string body)
    {
        var kit = new PipelineKit().Answer(() => new CannedResponse(200, "application/json", body.Length == 0 ? [] : [Encoding.UTF8.GetBytes(body)]));
        var sent = await kit.SendAsync(Body);
        Assert.Equal(502, sent.StatusCode);
        Assert.Equal("UPSTREAM_PROTOCOL_ERROR", Code(sent));
    }

    [Fact]
    public async Task Headers_that_may_pass_do_and_no_other()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{}"));
        await kit.SendAsync(Body, transport =>
        {
            transport.RequestHeaders["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            transport.RequestHeaders["cookie"] = "session=1";
            transport.RequestHeaders["authorization"] = "Bearer client-key";
        });
        Assert.Equal("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n", kit.SentHeaders);
    }

    [Fact]
    public async Task The_stops_deadline_ends_a_stream_with_an_error_event()
    {
        var kit = new PipelineKit();
        kit.Answer(() => new GatedResponse([Encoding.UTF8.GetBytes(Delta)], then: () => kit.Lifetime.EndRequestsAsync()));
        var sent = await kit.SendAsync("{\"stream\":true,\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}");
        Assert.StartsWith(Delta, sent.WrittenText);
        Assert.Contains("GATEWAY_STOPPING", sent.WrittenText);
        Assert.DoesNotContain("[DONE]", sent.WrittenText);
    }

    private static string Code(NullTransport sent) => (string)JsonNode.Parse(sent.WrittenText)!["error"]!["code"]!;
}
