using System.Text;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using static Edge.Providers.Tests.Dialects.Anthropic.Messages;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicRequestDecoderTests
{
    [Fact]
    public void Settings_are_read()
    {
        var request = Decoded(With(
            """
            "system":"S","stream":true,"temperature":0.5,"top_p":0.9,"top_k":40,"stop_sequences":["a","b\n"],"metadata":{"user_id":"u"},"service_tier":"auto",
            "thinking":{"type":"enabled","budget_tokens":2048,"display":"omitted"},"output_config":{"effort":"xhigh","format":{"type":"json_schema","schema":{"type":"object"}}},
            "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g","input_schema":{}}],
            "tool_choice":{"type":"tool","name":"\u0067","disable_parallel_tool_use":true},"cache_control":{"type":"ephemeral","ttl":"1h"}
            """));

        Assert.Equal(("claude-sonnet-4-5", 100, true, true), (request.Text(request.Model).ToString(), request.MaxTokens, request.Stream, request.IncludeUsage));
        Assert.Equal((0.5, 0.9, 40L), (request.Temperature, request.TopP, request.TopK));
        Assert.Equal(["a", "b\n"], Texts(request, request.Stops));
        Assert.Equal(("u", "auto"), (request.Text(request.User).ToString(), request.Text(request.ServiceTier).ToString()));
        Assert.Equal((ThinkingMode.Enabled, 2048L, false, ReasoningEffort.XHigh), (request.Reasoning.Mode, request.Reasoning.Budget, request.Reasoning.Visible, request.Reasoning.Effort));
        Assert.Equal((ResponseFormatKind.JsonSchema, true), (request.ResponseFormat.Kind, request.ResponseFormat.Strict));
        Assert.Equal("""{"type":"object"}""", Encoding.UTF8.GetString(request.Raw(request.ResponseFormat.Schema)));
        Assert.Equal((2, "f", "d", true), (request.Tools.Length, request.Text(request.Tools[0].Name).ToString(), request.Text(request.Tools[0].Description).ToString(), request.Tools[0].Strict));
        Assert.True(request.Tools[0].CacheControl.IsPresent && request.CacheControl.IsPresent);
        Assert.Equal((ToolChoiceMode.Named, "g", false), (request.ToolChoice.Mode, request.Text(request.ToolChoice.Name).ToString(), request.ParallelToolCalls));
        Assert.Equal(ChatRole.System, request.Messages[0].Role);
        Assert.Empty(request.Unsupported);
    }

    [Fact]
    public void Results_come_before_the_words_that_stand_beside_them()
    {
        var request = Decoded(With("", """
            {"role":"user","content":"Q"},
            {"role":"assistant","content":[{"type":"text","text":"A"},{"type":"tool_use","id":"t1","name":"f","input":{"a":[1]}},{"type":"tool_use","id":"t2","name":"g","input":{}}]},
            {"role":"user","content":[{"type":"text","text":"before"},{"type":"tool_result","tool_use_id":"t1","content":"one","is_error":true},
              {"type":"tool_result","tool_use_id":"t2","cache_control":{"type":"ephemeral"},"content":[{"type":"text","text":"two"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
              {"type":"text","text":"after"}]}
            """));

        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Tool, ChatRole.User], request.Messages.ToArray().Select(message => message.Role));
        var call = request.PartsOf(request.Messages[1])[1];
        Assert.Equal((true, """{"a":[1]}"""), (call.ArgumentsAreJson, Encoding.UTF8.GetString(request.Raw(call.Text))));
        Assert.Equal((true, "t1", 2, 1), (request.Messages[2].IsError, request.Text(request.Messages[2].ToolCallId).ToString(), request.Messages[2].Position, request.Messages[2].Block));
        Assert.Equal((false, 2), (request.Messages[3].IsError, request.Messages[3].PartCount));
        Assert.True(request.Messages[3].CacheControl.IsPresent);
        Assert.Equal("messages.2.content.2.tool_result.content.1.image.source.base64", request.PathOf(request.Messages[3], request.PartsOf(request.Messages[3])[1]));
        Assert.Equal(["before", "after"], request.PartsOf(request.Messages[4]).ToArray().Select(part => request.Text(part.Text).ToString()));
    }

    [Fact]
    public void Documents_and_images_are_read_from_every_source()
    {
        var request = Decoded(With("", """
            {"role":"user","content":[
              {"type":"image","source":{"type":"url","url":"https://a/b"}},{"type":"image","source":{"type":"file","file_id":"file_1"}},
              {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"T","context":"C","citations":{"enabled":true},"cache_control":{"type":"ephemeral"}},
              {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}},{"type":"document","source":{"type":"url","url":"https://a/c.pdf"}},
              {"type":"document","source":{"type":"file","file_id":"file_2"}},{"type":"document","source":{"type":"content","content":"flat"}},
              {"type":"document","title":"P","source":{"type":"content","content":[{"type":"text","text":"p1"},{"type":"image","source":{"type":"url","url":"https://a/d"}}]}},
              {"type":"search_result","source":"https://s","title":"R","content":[{"type":"text","text":"found"}]}]}
            """));

        var parts = request.PartsOf(request.Messages[0]).ToArray();
        Assert.Equal(
            [
                "Image Url https://a/b", "Image FileId file_1", "Text Url C", "File Base64 JVBE", "File Text words", "File Url https://a/c.pdf", "File FileId file_2",
                "File Text flat", "File Text p1", "Image Url https://a/d", "File Text found",
            ],
            parts.Select(part => $"{part.Kind} {part.Source} {request.Text(part.Text).ToString()}"));
        Assert.Equal(("T", true, true), (request.Text(parts[3].Name).ToString(), parts[3].Citations, parts[3].CacheControl.IsPresent));
        Assert.Equal(("P", "R"), (request.Text(parts[8].Name).ToString(), request.Text(parts[10].Name).ToString()));
        Assert.Equal(["messages.content.document.source.content", "messages.content.search_result"], request.Unsupported);
        Assert.Equal("messages.0.content.2.document.source.base64", request.PathOf(request.Messages[0], parts[3]));
        Assert.True(request.TryMedia(parts[3], out var mediaType, out _));
        Assert.Equal("application/pdf", mediaType.ToString());
    }

    [Fact]
    public void Thinking_keeps_its_signature_as_it_came()
    {
        var request = Decoded(With("", """
            {"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"thinking","thinking":"a\n","signature":"openai.x"},{"type":"thinking","thinking":"","signature":"s"},
            {"type":"redacted_thinking","data":"e"},{"type":"thinking","thinking":"unsigned","signature":""},{"type":"text","text":"A"}]}
            """));

        var parts = request.PartsOf(request.Messages[1]).ToArray();
        Assert.Equal(["Thinking a\n openai.x", "Thinking  s", "RedactedThinking e ", "Thinking unsigned ", "Text A "], parts.Select(part => $"{part.Kind} {request.Text(part.Text).ToString()} {request.Text(part.Signature).ToString()}"));
    }

    [Fact]
    public void What_only_Anthropics_servers_can_do_is_named()
    {
        var request = Decoded(With(
            """
            "tools":[{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"any"},"container":"c","mcp_servers":[{"type":"url"}],"context_management":{"edits":[]},
            "service_tier":"standard_only","thinking":{"type":"between_tools"},"output_config":{"task_budget":{"total":1}},"speed":"standard","betas":[],"diagnostics":null,"größe":1,"routing":{}
            """,
            """
            {"role":"user","content":[{"type":"container_upload","file_id":"f"},{"type":"text","text":"Q"}]},
            {"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]}]},
            {"role":"system","content":[{"type":"text","text":"mid"}]},
            {"role":"assistant","content":[{"type":"text","text":"A","citations":[{"type":"char_location"}]}]},{"role":"user","content":"Q2"}
            """));

        Assert.Equal(
            [
                "container", "mcp_servers", "context_management", "service_tier", "thinking", "gr%C3%B6%C3%9Fe", "messages.content.container_upload",
                "messages.content.server_tool_use", "messages.content.web_search_tool_result", "messages.content.citations", "tools.web_search_20250305", "tool_choice",
                "output_config.task_budget",
            ],
            request.Unsupported);
        Assert.Equal(ToolChoiceMode.Unset, request.ToolChoice.Mode);
        Assert.Equal([ChatRole.User, ChatRole.System, ChatRole.Assistant, ChatRole.User], request.Messages.ToArray().Select(message => message.Role));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "[]", "" },
        { """{"max_tokens":1,"messages":[]}""", "model" },
        { """{"model":"m","messages":[{"role":"user","content":"x"}]}""", "max_tokens" },
        { """{"model":"m","max_tokens":1}""", "messages" },
        { """{"model":"m","max_tokens":1,"messages":[]}""", "messages" },
        { With("\"max_tokens\":0"), "max_tokens" },
        { With("\"temperature\":1.5"), "temperature" },
        { With("\"top_k\":-1"), "top_k" },
        { With("\"stop_sequences\":\"x\""), "stop_sequences" },
        { With("\"stop_sequences\":[\"a\",1]"), "stop_sequences.1" },
        { With("\"system\":1"), "system" },
        { With("\"system\":[{\"type\":\"image\"}]"), "system.0.type" },
        { With("\"system\":[{\"type\":\"text\"}]"), "system.0.text.text" },
        { With("\"service_tier\":\"flex\""), "service_tier" },
        { With("\"thinking\":{\"type\":\"enabled\"}"), "thinking.enabled.budget_tokens" },
        { With("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1000}"), "thinking.enabled.budget_tokens" },
        { With("\"thinking\":{\"type\":\"adaptive\",\"display\":\"all\"}"), "thinking.adaptive.display" },
        { With("\"thinking\":{\"type\":\"on\"}"), "thinking.type" },
        { With("\"output_config\":{\"effort\":\"minimal\"}"), "output_config.effort" },
        { With("\"output_config\":{\"format\":{\"type\":\"json_schema\"}}"), "output_config.format.schema" },
        { With("\"output_format\":{\"type\":\"json\"}"), "output_format.type" },
        { With("\"metadata\":{\"user_id\":1}"), "metadata.user_id" },
        { With("\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"2h\"}"), "cache_control.ephemeral.ttl" },
        { With("\"tools\":[{\"name\":\"f\"}]"), "tools.0.custom.input_schema" },
        { With("\"tools\":[{\"name\":\"f\",\"input_schema\":{}},{\"input_schema\":{}}]"), "tools.1.custom.name" },
        { With("\"tools\":[{\"type\":1}]"), "tools.0.type" },
        { With("\"tools\":[{\"name\":\"f\",\"input_schema\":{}}],\"tool_choice\":{\"type\":\"tool\",\"name\":\"g\"}"), "tool_choice.tool.name" },
        { With("\"tool_choice\":\"auto\""), "tool_choice" },
        { With("\"tool_choice\":{\"type\":\"required\"}"), "tool_choice.type" },
        { With("\"tool_choice\":{\"type\":\"any\",\"disable_parallel_tool_use\":1}"), "tool_choice.any.disable_parallel_tool_use" },
        { With("", "1"), "messages.0" },
        { With("", """{"role":"tool","content":"x"}"""), "messages.0.role" },
        { With("", """{"role":"user"}"""), "messages.0.content" },
        { With("", """{"role":"user","content":[]}"""), "messages.0.content" },
        { With("", """{"role":"user","content":["x"]}"""), "messages.0.content.0" },
        { With("", """{"role":"user","content":[{"type":"image_url"}]}"""), "messages.0.content.0.type" },
        { With("", """{"role":"user","content":[{"type":"text","text":1}]}"""), "messages.0.content.0.text.text" },
        { With("", """{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"x"}}]}"""), "messages.0.content.0.text.cache_control.type" },
        { With("", """{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/bmp","data":"A"}}]}"""), "messages.0.content.1.image.source.base64.media_type" },
        { With("", """{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":""}}]}"""), "messages.0.content.0.image.source.base64.data" },
        { With("", """{"role":"user","content":[{"type":"image","source":{"type":"s3"}}]}"""), "messages.0.content.0.image.source.type" },
        { With("", """{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"A"}}]}"""), "messages.0.content.0.document.source.base64.media_type" },
        { With("", """{"role":"user","content":[{"type":"document","source":{"type":"content","content":[{"type":"text"}]}}]}"""), "messages.0.content.0.document.source.content.content.0.text.text" },
        { With("", """{"role":"user","content":[{"type":"document","citations":{"enabled":1},"source":{"type":"url","url":"u"}}]}"""), "messages.0.content.0.document.citations.enabled" },
        { With("", """{"role":"user","content":[{"type":"tool_result","content":"x"}]}"""), "messages.0.content.0.tool_result.tool_use_id" },
        { With("", """{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}"""), "messages.0.content.0.tool_result.tool_use_id" },
        { With("", """{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"{}"}]}"""), "messages.0.content.0.tool_use.input" },
        { With("", """{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"audio"}]}]}"""), "messages.1.content.0.tool_result.content.0.type" },
        { With("", """{"role":"assistant","content":[{"type":"thinking","thinking":1}]}"""), "messages.0.content.0.thinking.thinking" },
        { With("", """{"role":"assistant","content":[{"type":"tool_result","tool_use_id":"t"}]}"""), "messages.0.content.0.type" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_is_named_as_Anthropic_names_it(string body, string field)
    {
        var error = Decode(body, out _);

        Assert.Equal(field, error?.Field);
        Assert.NotEmpty(error!.Message);
    }

    [Fact]
    public void A_result_answers_the_last_turn_alone()
    {
        const string Call = """{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]}""";
        const string Result = """{"role":"user","content":[{"type":"tool_result","tool_use_id":"\u0074"}]}""";

        Assert.Null(Decode(With("", $"{Call},{Result}"), out var request));
        Assert.Equal((ChatRole.Tool, 0), (request.Messages[2].Role, request.Messages[2].PartCount));
        Assert.Null(Decode(With("", $$"""{{Call}},{"role":"assistant","content":"more"},{{Result}}"""), out _));
        Assert.NotNull(Decode(With("", $$"""{{Call}},{{Result}},{"role":"assistant","content":"done"},{{Result}}"""), out _));
        // Several parallel results may come as several messages.
        Assert.Null(Decode(With("", $$"""{{Call}},{{Result}},{{Result}}"""), out _));
    }

    [Fact]
    public void A_count_needs_no_bound()
    {
        var body = """{"model":"m","messages":[{"role":"user","content":"x"}]}"""u8.ToArray();
        using var index = Wire.Index(body);

        Assert.True(AnthropicRequestDecoder.TryDecodeForCount(body, index.Tokens, new ChatRequest(), out _));
        Assert.False(AnthropicRequestDecoder.TryDecode(body, index.Tokens, new ChatRequest(), out _));
    }

    [Fact]
    public void Anything_of_another_type_anywhere_is_an_error_or_taken_and_never_an_exception()
    {
        var full = JsonNode.Parse(With(
            """
            "system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"stream":true,"temperature":0.5,"top_p":0.9,"top_k":40,"stop_sequences":["a"],"metadata":{"user_id":"u"},"service_tier":"auto",
            "thinking":{"type":"enabled","budget_tokens":2048,"display":"omitted"},"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},
            "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}
            """,
            """
            {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"document","title":"t","context":"c","citations":{"enabled":true},"source":{"type":"content","content":[{"type":"text","text":"p"}]}},
              {"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"f"}]}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"s"},{"type":"redacted_thinking","data":"e"},{"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":false,"content":[{"type":"text","text":"r"}]},{"type":"text","text":"x"}]}
            """))!;
        var others = new[] { "null", "true", "0", "-1.5", "1e400", "\"\"", "\"x\"", "[]", "{}", "[[]]", "[{}]", "[null]", """{"type":null}""", """{"type":"text"}""" };
        var (count, taken) = (0, 0);
        foreach (var path in Places(full).ToList())
        {
            foreach (var other in others)
            {
                var changed = full.DeepClone();
                Set(changed, path, JsonNode.Parse(other));
                count++;
                var (json, _, error) = Again(changed.ToJsonString());
                Assert.True(error is not null || json.Length > 0);
                if (error is null) taken++;
            }
        }
        Assert.True(count > 700 && taken > 50 && taken < count / 2, $"{taken} of {count}");

        static IEnumerable<object[]> Places(JsonNode? node) => node switch
        {
            JsonObject o => o.SelectMany(member => Places(member.Value).Select(rest => (object[])[member.Key, .. rest]).Prepend([member.Key])),
            JsonArray a => a.SelectMany((element, i) => Places(element).Select(rest => (object[])[i, .. rest]).Prepend([i])),
            _ => [],
        };

        static void Set(JsonNode node, object[] path, JsonNode? value)
        {
            foreach (var step in path[..^1]) node = step is int i ? node[i]! : node[(string)step]!;
            if (path[^1] is int last) node[last] = value;
            else node[(string)path[^1]] = value;
        }
    }

    private static List<string> Texts(ChatRequest request, ReadOnlySpan<BodyRange> ranges) => ranges.ToArray().Select(range => request.Text(range).ToString()).ToList();
}
