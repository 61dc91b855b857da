using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;

namespace Edge.Providers.Tests.Dialects.OpenAi;

public class OpenAiChatRequestDecoderTests
{
    /// <summary>Every field that is read, with a value that is right.</summary>
    private const string Full =
        """
        {
          "model": "m",
          "messages": [
            {"role": "system", "content": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}], "cache_control": {"type": "ephemeral"}},
            {"role": "developer", "content": "d", "name": "n"},
            {"role": "user", "content": [
              {"type": "text", "text": "t"},
              {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
              {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
              {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "f.pdf", "file_id": "id"}}
            ]},
            {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "r"}, {"type": "thinking", "thinking": "t", "signature": "s"}, {"type": "redacted_thinking", "data": "d"}],
             "refusal": "r", "reasoning_content": "why", "thinking_blocks": [{"type": "thinking", "thinking": "t", "signature": "s"}, {"type": "redacted_thinking", "data": "d"}],
             "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}], "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "tool", "tool_call_id": "c1", "content": "r"},
            {"role": "function", "name": "f", "content": "r"},
            {"role": "assistant", "content": "a", "tool_calls": [{"id": "c2", "type": "function", "function": {"name": "f", "arguments": "{}"}}], "function_call": {"name": "f", "arguments": "{}"}}
          ],
          "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true}, "cache_control": {"type": "ephemeral"}}],
          "functions": [{"name": "f", "description": "d", "parameters": {"type": "object"}}],
          "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]}},
          "parallel_tool_calls": false,
          "max_tokens": 5, "max_completion_tokens": 6, "temperature": 0.5, "top_p": 0.9, "top_k": 4, "stop": ["a", "b"], "seed": 7, "n": 2,
          "presence_penalty": 1, "frequency_penalty": -1, "logit_bias": {"1": 2}, "logprobs": true, "top_logprobs": 3,
          "response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d", "schema": {"type": "object"}, "strict": true}},
          "reasoning_effort": "high", "thinking": {"type": "enabled", "budget_tokens": 2048},
          "stream": true, "stream_options": {"include_usage": true}, "user": "u", "metadata": {"a": "b"}, "service_tier": "auto",
          "modalities": ["text"], "store": false, "cache_control": {"type": "ephemeral"}
        }
        """;

    /// <summary>Paths into <see cref="Full"/> and the kinds of JSON that are right there.</summary>
    public static TheoryData<string, string> Fields => new()
    {
        { "model", "string" }, { "messages", "array" }, { "messages[0]", "object" }, { "messages[0].role", "role" }, { "messages[0].content", "string array" },
        { "messages[0].content[0]", "object" }, { "messages[0].content[0].type", "part" }, { "messages[0].content[0].text", "string" },
        { "messages[0].content[0].cache_control", "object null" }, { "messages[0].cache_control", "object null" }, { "messages[1].content", "string array" },
        { "messages[1].name", "string null" }, { "messages[2].content[1].image_url", "object string" }, { "messages[2].content[1].image_url.url", "string" },
        { "messages[2].content[1].image_url.detail", "detail null" }, { "messages[2].content[2].input_audio", "object" },
        { "messages[2].content[2].input_audio.data", "string" }, { "messages[2].content[2].input_audio.format", "format" },
        { "messages[2].content[3].file", "object" }, { "messages[2].content[3].file.file_data", "string null" },
        { "messages[2].content[3].file.filename", "string null" }, { "messages[2].content[3].file.file_id", "string null" },
        { "messages[3].content", "string array null" }, { "messages[3].content[1].refusal", "string" }, { "messages[3].content[2].thinking", "string array null" },
        { "messages[3].content[2].signature", "string null" }, { "messages[3].content[3].data", "string" }, { "messages[3].refusal", "string null" },
        { "messages[3].reasoning_content", "string null" }, { "messages[3].thinking_blocks", "array null" }, { "messages[3].thinking_blocks[0]", "object" },
        { "messages[3].thinking_blocks[0].type", "block" }, { "messages[3].thinking_blocks[0].thinking", "string array null" },
        { "messages[3].thinking_blocks[0].signature", "string null" }, { "messages[3].thinking_blocks[1].data", "string" },
        { "messages[6].tool_calls", "array null" }, { "messages[3].tool_calls[0]", "object" }, { "messages[3].tool_calls[0].id", "string" },
        { "messages[3].tool_calls[0].type", "type null" }, { "messages[3].tool_calls[0].function", "object" },
        { "messages[3].tool_calls[0].function.name", "string" }, { "messages[3].tool_calls[0].function.arguments", "string null" },
        { "messages[6].function_call", "object null" }, { "store", "boolean null" }, { "messages[3].function_call.name", "string" }, { "messages[3].function_call.arguments", "string null" },
        { "messages[4].tool_call_id", "string" }, { "messages[4].content", "string array" }, { "messages[5].name", "string" },
        { "messages[5].content", "string array null" },
        { "tools", "array null" }, { "tools[0]", "object" }, { "tools[0].type", "type" }, { "tools[0].function", "object" }, { "tools[0].function.name", "string" },
        { "tools[0].function.description", "string null" }, { "tools[0].function.parameters", "object null" }, { "tools[0].function.strict", "boolean null" },
        { "tools[0].cache_control", "object null" }, { "functions", "array null" }, { "functions[0]", "object" }, { "functions[0].name", "string" },
        { "functions[0].description", "string null" }, { "functions[0].parameters", "object null" },
        { "tool_choice", "object null" }, { "tool_choice.type", "choicetype" }, { "tool_choice.allowed_tools", "object" }, { "tool_choice.allowed_tools.mode", "mode" },
        { "tool_choice.allowed_tools.tools", "array" }, { "tool_choice.allowed_tools.tools[0]", "object" }, { "tool_choice.allowed_tools.tools[0].type", "type" },
        { "tool_choice.allowed_tools.tools[0].function", "object" }, { "tool_choice.allowed_tools.tools[0].function.name", "string" },
        { "parallel_tool_calls", "boolean null" }, { "max_tokens", "number null" }, { "max_completion_tokens", "number null" }, { "temperature", "number null" },
        { "top_p", "number null" }, { "top_k", "number null" }, { "stop", "string array null" }, { "stop[0]", "string" }, { "seed", "number null" },
        { "n", "number null" }, { "presence_penalty", "number null" }, { "frequency_penalty", "number null" }, { "logit_bias", "object null" },
        { "logprobs", "boolean null" }, { "top_logprobs", "number null" }, { "response_format", "object null" }, { "response_format.type", "formattype" },
        { "response_format.json_schema", "object" }, { "response_format.json_schema.name", "string" }, { "response_format.json_schema.description", "string null" },
        { "response_format.json_schema.schema", "object null" }, { "response_format.json_schema.strict", "boolean null" }, { "reasoning_effort", "effort null" },
        { "thinking", "object null" }, { "thinking.type", "thinkingtype" }, { "thinking.budget_tokens", "number null" }, { "stream", "boolean null" },
        { "stream_options", "object null" }, { "stream_options.include_usage", "boolean null" }, { "user", "string null" }, { "metadata", "object null" },
        { "service_tier", "string null" }, { "modalities", "array null" }, { "modalities[0]", "modality" }, { "cache_control", "object null" },
    };

    [Fact]
    public void The_full_request_is_right() => Assert.Null(Requests.Decode(Full, out _));

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_value_of_the_wrong_kind_is_an_error_that_names_the_field(string path, string kinds)
    {
        (string Kind, string Json)[] values =
        [
            ("null", "null"), ("boolean", "true"), ("number", "1"), ("string", "\"no such word\""), ("array", "[{\"type\":\"text\",\"text\":\"x\"}]"), ("object", "{\"x\":1}"),
        ];
        var allowed = kinds.Split(' ');
        foreach (var (kind, value) in values)
        {
            // An array or object of the right kind has its own fields checked by their own rows.
            if (allowed.Contains(kind)) continue;
            var error = Requests.Decode(Replace(path, value), out _);
            Assert.True(error is not null, $"{path} = {value} was taken");
            Assert.True(error.Field == path, $"{path} = {value} gave {error}");
            Assert.True(error.Message.Length > 10, error.Message);
        }
        if (allowed.Contains("null")) Assert.Null(Requests.Decode(Replace(path, "null"), out _));
    }

    [Theory]
    [InlineData("temperature", "2.1")]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "1e999")]
    [InlineData("top_p", "1.5")]
    [InlineData("top_k", "-1")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "1.5")]
    [InlineData("max_completion_tokens", "-3")]
    [InlineData("max_completion_tokens", "99999999999999999999")]
    [InlineData("n", "0")]
    [InlineData("n", "129")]
    [InlineData("presence_penalty", "3")]
    [InlineData("frequency_penalty", "-3")]
    [InlineData("top_logprobs", "21")]
    [InlineData("thinking.budget_tokens", "0")]
    [InlineData("seed", "1.5")]
    [InlineData("model", "\"\"")]
    [InlineData("messages", "[]")]
    [InlineData("messages[2].content", "[]")]
    [InlineData("messages[4].tool_call_id", "\"\"")]
    [InlineData("messages[3].tool_calls[0].id", "\"\"")]
    public void A_value_out_of_range_is_an_error_that_names_the_field(string path, string value) =>
        Assert.Equal(path, Requests.Decode(Replace(path, value), out _)?.Field);

    [Theory]
    [InlineData("model", "model")]
    [InlineData("messages", "messages")]
    [InlineData("messages[0].role", "messages[0].role")]
    [InlineData("messages[0].content", "messages[0].content")]
    [InlineData("messages[2].content[1].image_url", "messages[2].content[1].image_url")]
    [InlineData("messages[4].tool_call_id", "messages[4].tool_call_id")]
    [InlineData("messages[5].name", "messages[5].name")]
    [InlineData("tools[0].type", "tools[0].type")]
    [InlineData("tools[0].function.name", "tools[0].function.name")]
    public void A_field_that_must_be_there_is_missed(string path, string named) =>
        Assert.Equal(named, Requests.Decode(Replace(path, null), out _)?.Field);

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    public void A_body_that_is_no_object_is_an_error(string json) => Assert.Equal("", Requests.Decode(json, out _)?.Field);

    [Fact]
    public void Everything_is_read()
    {
        var request = Requests.Decoded(Full);

        Assert.Equal("m", Text(request, request.Model));
        Assert.Equal(
            [ChatRole.System, ChatRole.Developer, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Tool, ChatRole.Assistant],
            request.Messages.ToArray().Select(message => message.Role));
        Assert.Equal(
            [ChatPartKind.Text, ChatPartKind.Image, ChatPartKind.Audio, ChatPartKind.File],
            request.PartsOf(request.Messages[2]).ToArray().Select(part => part.Kind));
        Assert.Equal(
            [
                ChatPartKind.Thinking, ChatPartKind.RedactedThinking, ChatPartKind.Text, ChatPartKind.Refusal, ChatPartKind.Thinking, ChatPartKind.RedactedThinking,
                ChatPartKind.Refusal, ChatPartKind.ToolCall, ChatPartKind.ToolCall,
            ],
            request.PartsOf(request.Messages[3]).ToArray().Select(part => part.Kind));
        Assert.Equal((6L, 0.5, 0.9, 4L, 7L, 2L), (request.MaxTokens, request.Temperature, request.TopP, request.TopK, request.Seed, request.Choices));
        Assert.Equal((1d, -1d, true, 3L), (request.PresencePenalty, request.FrequencyPenalty, request.Logprobs, request.TopLogprobs));
        Assert.Equal((true, true, false, false), (request.Stream, request.IncludeUsage, request.WantsAudio, request.ParallelToolCalls));
        Assert.Equal(["a", "b"], request.Stops.ToArray().Select(stop => Text(request, stop)));
        Assert.Equal((ResponseFormatKind.JsonSchema, true), (request.ResponseFormat.Kind, request.ResponseFormat.Strict));
        Assert.Equal((ReasoningEffort.High, ThinkingMode.Enabled, 2048L), (request.Reasoning.Effort, request.Reasoning.Mode, request.Reasoning.Budget));
        Assert.Equal((ToolChoiceMode.Auto, true), (request.ToolChoice.Mode, request.ToolChoice.IsLimited));
        Assert.Single(request.Tools.ToArray());
        Assert.Equal("""{"a": "b"}""", Encoding.UTF8.GetString(request.Raw(request.Metadata)));
        // The newer names win.
        Assert.Equal(["max_tokens", "functions"], request.Unsupported);
    }

    [Fact]
    public void Unknown_fields_are_collected_and_the_gateways_own_are_not()
    {
        var request = Requests.Decoded(Requests.With(
            """
            "web_search_options":{},"prediction":{},"verbosity":"low","nothing":null,"routing":{},"cache":{},"safety":{},"budget":{},"store":true,"\u0075ser":"u"
            """));
        Assert.Equal(["web_search_options", "prediction", "store"], request.Unsupported);
        Assert.Equal("u", Text(request, request.User));
    }

    [Fact]
    public void Unknown_members_inside_of_others_are_named_once_each()
    {
        const string Message = """{"role":"user","zz2":2,"content":[{"type":"text","text":"hi","zz1":1,"a b":1}]}""";
        var request = Requests.Decoded(Requests.With(
            """
            "zz6":6,"tools":[{"type":"function","function":{"name":"f","parameters":{"zz":1},"zz3":3},"zz4":4}],"response_format":{"type":"text","zz5":1}
            """,
            "m", $"{Message},{Message}"));
        Assert.Equal(
            ["messages.content.a%20b", "messages.content.zz1", "messages.zz2", "response_format.zz5", "tools.function.zz3", "tools.zz4", "zz6"],
            request.Unsupported.Order(StringComparer.Ordinal));
        Assert.Equal("zz6", Assert.Single(request.Extras).Name);
    }

    [Fact]
    public void What_an_answer_holds_is_no_unknown_member_of_the_next_request()
    {
        const string Reply = """{"role":"assistant","content":"a","refusal":null,"annotations":[{"type":"url_citation"}],"audio":null,"function_call":null,"images":[],"provider_specific_fields":{},"reasoning":"r","reasoning_content":"r","thinking_blocks":[],"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}""";
        var request = Requests.Decoded(Requests.WithMessages("""{"role":"user","content":"hi"}""", Reply, """{"role":"tool","tool_call_id":"c","content":"1"}"""));
        Assert.Empty(request.Unsupported);
    }

    [Fact]
    public void Of_many_unknown_members_inside_of_others_few_are_named()
    {
        var members = string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"x{i}\":1"));
        var request = Requests.Decoded(Requests.With("\"last\":1", "m", $$"""{"role":"user","content":"hi",{{members}}}"""));
        Assert.Equal(32 + 1, request.Unsupported.Count);
        Assert.Contains("last", request.Unsupported);
    }

    [Fact]
    public void Whole_doubles_are_integers() => Assert.Equal(100, Requests.Decoded(Requests.With("\"max_tokens\":100.0")).MaxTokens);

    [Fact]
    public void A_signature_without_its_text_takes_it_from_the_reasoning()
    {
        var request = Requests.Decoded(Requests.WithMessages(
            """{"role":"assistant","reasoning_content":"why","thinking_blocks":[{"type":"thinking","signature":"s"}],"content":"a"}"""));
        var part = request.PartsOf(request.Messages[0])[0];
        Assert.Equal((ChatPartKind.Thinking, "why", "s"), (part.Kind, Text(request, part.Text), Text(request, part.Signature)));
    }

    [Theory]
    [InlineData("""{"signature":"s1"},{"thinking":"b","signature":"s2"}""", "ab", 0)]
    [InlineData("""{"thinking":"a","signature":"s1"},{"signature":"s2"}""", "ab", 1)]
    [InlineData("""{"thinking":"","signature":"s1"},{"thinking":"b","signature":"s2"}""", "b", -1)]
    [InlineData("""{"signature":"s1"},{"signature":"s2"}""", "", -1)]
    public void A_signature_never_takes_the_text_of_one_of_several_blocks(string blocks, string reasoning, int wrong)
    {
        var typed = blocks.Replace("{", "{\"type\":\"thinking\",\"index\":0,", StringComparison.Ordinal);
        var error = Requests.Decode(
            Requests.WithMessages($$"""{"role":"assistant","reasoning_content":"{{reasoning}}","thinking_blocks":[{{typed}}],"content":"a"}"""), out var request);

        Assert.Equal(wrong < 0 ? null : $"messages[0].thinking_blocks[{wrong}].thinking", error?.Field);
        if (wrong < 0) Assert.Equal(("", "s1"), (Text(request, request.PartsOf(request.Messages[0])[0].Text), Text(request, request.PartsOf(request.Messages[0])[0].Signature)));
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"video_url","video_url":{"url":"u"}}]}""", "messages[0].content[0].type")]
    [InlineData("""{"role":"system","content":[{"type":"image_url","image_url":{"url":"u"}}]}""", "messages[0].content[0].type")]
    [InlineData("""{"role":"assistant","content":null}""", "messages[0].content")]
    [InlineData("""{"role":"assistant"}""", "messages[0].content")]
    [InlineData("""{"role":"user"}""", "messages[0].content")]
    [InlineData("""{"role":"owner","content":"x"}""", "messages[0].role")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"filename":"x"}}]}""", "messages[0].content[0].file")]
    public void Messages_that_make_no_sense_are_errors(string message, string field) =>
        Assert.Equal(field, Requests.Decode(Requests.WithMessages(message), out _)?.Field);

    /// <summary>Roles in short: u user, s system, a:x assistant that calls x, f:x assistant with a function_call, t:x result of call x, r result of a function.</summary>
    [Theory]
    [InlineData("u a:1 t:1", null)]
    [InlineData("u a:1,2 t:2 t:1 u", null)]
    [InlineData("u a:1 a:2 t:1 s t:2", null)]
    [InlineData("u a:1 s a:2 t:1 t:2", null)]
    [InlineData("u a:1 t:1 a:1 t:1", null)]
    [InlineData("u a:1 u t:1", null)]
    [InlineData("u f r f r", null)]
    [InlineData("u f f r r u", null)]
    [InlineData("u f u f r", null)]
    [InlineData("u t:1", "messages[1].tool_call_id")]
    [InlineData("u a:1 t:2", "messages[2].tool_call_id")]
    [InlineData("u f t:1", "messages[2].tool_call_id")]
    [InlineData("t:1 u a:1", "messages[0].tool_call_id")]
    [InlineData("u a:1 t:1 a:2 t:1", "messages[4].tool_call_id")]
    [InlineData("u r", "messages[1]")]
    [InlineData("u f r r", "messages[3]")]
    [InlineData("u a:1 r", "messages[2]")]
    [InlineData("u f r a:1 t:1 r", "messages[5]")]
    public void A_result_answers_a_call_of_the_last_turn(string conversation, string? wrong)
    {
        var error = Requests.Decode(Requests.WithMessages(conversation.Split(' ').Select(Message)), out _);
        Assert.Equal(wrong, error?.Field);

        static string Message(string message) => message.Split(':') switch
        {
            ["u"] => """{"role":"user","content":"x"}""",
            ["s"] => """{"role":"system","content":"x"}""",
            ["a", var ids] =>
                $$"""{"role":"assistant","tool_calls":[{{string.Join(',', ids.Split(',').Select(id => $$$"""{"id":"{{{id}}}","function":{"name":"f"}}"""))}}]}""",
            ["f"] => """{"role":"assistant","function_call":{"name":"f"}}""",
            ["t", var id] => $$"""{"role":"tool","tool_call_id":"{{id}}","content":"x"}""",
            _ => """{"role":"function","name":"f","content":"x"}""",
        };
    }

    [Theory]
    [InlineData("a/b", "a\\/b")]
    [InlineData("a\\/b", "\\u0061/b")]
    public void A_calls_id_is_the_same_however_it_is_escaped(string call, string result) =>
        Assert.Null(Requests.Decode(
            Requests.WithMessages(
                $$$"""{"role":"assistant","tool_calls":[{"id":"{{{call}}}","function":{"name":"f"}}]}""", $$"""{"role":"tool","tool_call_id":"{{result}}","content":"x"}"""),
            out _));

    [Fact]
    public void A_request_can_be_used_again_and_keeps_nothing()
    {
        var request = Requests.Decoded(Full);
        var fresh = new ChatRequest();
        var body = Encoding.UTF8.GetBytes(Requests.With(""));
        using var index = Wire.Index(body);

        Assert.True(OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _));
        Assert.True(OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, fresh, out _));

        foreach (var property in typeof(ChatRequest).GetProperties().Where(property => property.CanWrite))
        {
            Assert.Equal(property.GetValue(fresh), property.GetValue(request));
        }
        Assert.Equal((1, 0, 0, 0), (request.Messages.Length, request.Tools.Length, request.Stops.Length, request.AllowedTools.Length));
        Assert.Equal((fresh.ToolChoice, fresh.ResponseFormat, fresh.Reasoning), (request.ToolChoice, request.ResponseFormat, request.Reasoning));
    }

    [Fact]
    public void A_common_request_is_decoded_without_allocation()
    {
        var request = new ChatRequest();
        var body = Encoding.UTF8.GetBytes(Full);
        using var index = Wire.Index(body);
        for (var i = 0; i < 100; i++) OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Text(ChatRequest request, BodyRange range) => request.Text(range).ToString();

    private static string Replace(string path, string? value)
    {
        var root = JsonNode.Parse(Full)!;
        var steps = path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        var at = root;
        foreach (var step in steps[..^1]) at = int.TryParse(step, out var index) ? at[index]! : at[step]!;
        var last = steps[^1];
        if (value is null) at.AsObject().Remove(last);
        else if (int.TryParse(last, out var index)) at[index] = JsonNode.Parse(value);
        else at[last] = JsonNode.Parse(value);
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
