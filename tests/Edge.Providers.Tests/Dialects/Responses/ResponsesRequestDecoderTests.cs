using System.Text;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Responses;

namespace Edge.Providers.Tests.Dialects.Responses;

public class ResponsesRequestDecoderTests
{
    private const string Full =
        """
        {
          "model": "m",
          "instructions": "Be brief.",
          "input": [
            {"role": "developer", "content": "d"},
            {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "s"}]},
            {"role": "user", "content": [
              {"type": "input_text", "text": "t"},
              {"type": "input_image", "image_url": "https://x/i.png", "detail": "low"},
              {"type": "input_image", "image_url": null, "file_id": "file-1"},
              {"type": "input_file", "file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf", "file_id": null, "file_url": null},
              {"type": "input_file", "file_url": "https://x/f.pdf"},
              {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
            ]},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "One"}, {"type": "summary_text", "text": "Tw\"o"}], "content": [{"type": "reasoning_text", "text": ""}], "encrypted_content": "gAAA"},
            {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "phase": "commentary", "content": [{"type": "output_text", "text": "a", "annotations": [], "logprobs": []}, {"type": "refusal", "refusal": "r"}]},
            {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}", "status": "completed"},
            {"type": "custom_tool_call", "call_id": "c2", "name": "sql", "input": "SELECT \"x\""},
            {"type": "function_call_output", "call_id": "c1", "output": "r1"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "r2"}, {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]},
            {"role": "assistant", "content": "done"},
            {"role": "user", "content": "more"}
          ],
          "tools": [
            {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true},
            {"type": "custom", "name": "sql", "description": "d", "format": {"type": "text"}}
          ],
          "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
          "parallel_tool_calls": false, "max_output_tokens": 9, "max_tool_calls": 3, "temperature": 0.5, "top_p": 0.9, "top_logprobs": 2,
          "presence_penalty": 0, "frequency_penalty": 0,
          "text": {"format": {"type": "json_schema", "name": "n", "description": "d", "schema": {"type": "object"}, "strict": true}, "verbosity": "low"},
          "reasoning": {"effort": "high", "summary": "auto", "generate_summary": null},
          "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
          "metadata": {"a": "b"}, "user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "service_tier": "auto", "truncation": "disabled",
          "store": false, "background": false, "previous_response_id": null, "conversation": null, "prompt": null,
          "stream": true, "stream_options": {"include_obfuscation": false}
        }
        """;

    /// <summary>Paths into <see cref="Full"/> and the kinds of JSON that are right there.</summary>
    public static TheoryData<string, string> Fields => new()
    {
        { "model", "string" }, { "instructions", "string null" }, { "input", "string array" }, { "input[0]", "object" }, { "input[0].role", "role" },
        { "input[0].content", "string array" }, { "input[1].type", "type null" }, { "input[1].content[0]", "object" }, { "input[1].content[0].type", "part" },
        { "input[1].content[0].text", "string" }, { "input[2].content[1].image_url", "string" }, { "input[2].content[1].detail", "detail null" },
        { "input[2].content[2].image_url", "string null" }, { "input[2].content[3].file_data", "string" }, { "input[2].content[3].filename", "string null" },
        { "input[2].content[3].file_id", "string null" }, { "input[2].content[3].file_url", "string null" }, { "input[2].content[5].input_audio", "object" },
        { "input[2].content[5].input_audio.data", "string" }, { "input[2].content[5].input_audio.format", "format" }, { "input[3].summary", "array null" },
        { "input[3].summary[0]", "object" }, { "input[3].summary[0].text", "string" }, { "input[3].content", "array null" }, { "input[3].content[0].text", "string" },
        { "input[3].encrypted_content", "string null" }, { "input[4].content[0].type", "part" }, { "input[4].content[0].text", "string" },
        { "input[4].content[1].refusal", "string" }, { "input[5].call_id", "string" }, { "input[5].name", "string" }, { "input[5].arguments", "string" },
        { "input[6].call_id", "string" }, { "input[6].name", "string" }, { "input[6].input", "string" }, { "input[7].call_id", "string" },
        { "input[7].output", "string array" }, { "input[8].output[0]", "object" }, { "input[8].output[0].type", "part" }, { "input[8].output[0].text", "string" },
        { "tools", "array null" }, { "tools[0]", "object" }, { "tools[0].type", "string" }, { "tools[0].name", "string" }, { "tools[0].description", "string null" },
        { "tools[0].parameters", "object null" }, { "tools[0].strict", "boolean null" }, { "tools[1].name", "string" }, { "tools[1].format", "object null" },
        { "tool_choice", "object null" }, { "tool_choice.type", "string" }, { "tool_choice.mode", "mode" }, { "tool_choice.tools", "array" },
        { "tool_choice.tools[0]", "object" }, { "tool_choice.tools[0].type", "string" }, { "tool_choice.tools[0].name", "string" },
        { "parallel_tool_calls", "boolean null" }, { "max_output_tokens", "number null" }, { "max_tool_calls", "number null" }, { "temperature", "number null" },
        { "top_p", "number null" }, { "top_logprobs", "number null" }, { "presence_penalty", "number null" }, { "frequency_penalty", "number null" },
        { "text", "object null" }, { "text.format", "object null" }, { "text.format.type", "formattype" }, { "text.format.name", "string" },
        { "text.format.description", "string null" }, { "text.format.schema", "object" }, { "text.format.strict", "boolean null" }, { "text.verbosity", "verbosity null" },
        { "reasoning", "object null" }, { "reasoning.effort", "effort null" }, { "reasoning.summary", "summary null" }, { "reasoning.generate_summary", "summary null" },
        { "include", "array null" }, { "include[0]", "string" }, { "metadata", "object null" }, { "user", "string null" }, { "safety_identifier", "string null" },
        { "prompt_cache_key", "string null" }, { "service_tier", "string null" }, { "truncation", "truncation null" }, { "store", "boolean null" },
        { "background", "null" }, { "previous_response_id", "null" }, { "conversation", "null" }, { "prompt", "null" }, { "stream", "boolean null" },
        { "stream_options", "object null" }, { "stream_options.include_obfuscation", "boolean null" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_value_of_the_wrong_kind_is_an_error_that_names_the_field(string path, string kinds)
    {
        (string Kind, string Json)[] values =
        [
            ("null", "null"), ("boolean", "true"), ("number", "1"), ("string", "\"no such word\""), ("array", "[{\"type\":\"input_text\",\"text\":\"x\"}]"), ("object", "{\"x\":1}"),
        ];
        var allowed = kinds.Split(' ');
        foreach (var (kind, value) in values)
        {
            // An array or object of the right kind has its own fields checked by their own rows.
            if (allowed.Contains(kind)) continue;
            var error = ResponsesWire.Decode(Replace(path, value), out _);
            Assert.True(error is not null, $"{path} = {value} was taken");
            Assert.True(error.Field == path || (path == "input[1].type" && error.Field.StartsWith("input[1]", StringComparison.Ordinal)), $"{path} = {value} gave {error}");
            Assert.True(error.Message.Length > 10, error.Message);
        }
        if (allowed.Contains("null")) Assert.Null(ResponsesWire.Decode(Replace(path, "null"), out _));
    }

    [Theory]
    [InlineData("temperature", "2.1")]
    [InlineData("temperature", "1e999")]
    [InlineData("top_p", "-0.5")]
    [InlineData("top_logprobs", "21")]
    [InlineData("max_output_tokens", "0")]
    [InlineData("max_output_tokens", "1.5")]
    [InlineData("max_output_tokens", "99999999999999999999")]
    [InlineData("max_tool_calls", "0")]
    [InlineData("model", "\"\"")]
    [InlineData("input", "[]")]
    [InlineData("input[2].content", "[]")]
    [InlineData("input[5].call_id", "\"\"")]
    [InlineData("input[5].name", "\"\"")]
    [InlineData("input[7].call_id", "\"of no call\"")]
    [InlineData("tools[0].name", "\"\"")]
    public void A_value_out_of_range_is_an_error_that_names_the_field(string path, string value) =>
        Assert.Equal(path, ResponsesWire.Decode(Replace(path, value), out _)?.Field);

    [Theory]
    [InlineData("model", "model")]
    [InlineData("input", "input")]
    [InlineData("input[0].role", "input[0].role")]
    [InlineData("input[2].content", "input[2].content")]
    [InlineData("input[2].content[1].image_url", "input[2].content[1].image_url")]
    [InlineData("input[2].content[4].file_url", "input[2].content[4].file_data")]
    [InlineData("input[5].arguments", "input[5].arguments")]
    [InlineData("input[7].output", "input[7].output")]
    [InlineData("tools[0].type", "tools[0].type")]
    [InlineData("text.format.schema", "text.format.schema")]
    public void A_field_that_must_be_there_is_missed(string path, string named) => Assert.Equal(named, ResponsesWire.Decode(Replace(path, null), out _)?.Field);

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    public void A_body_that_is_no_object_is_an_error(string json) => Assert.Equal("", ResponsesWire.Decode(json, out _)?.Field);

    [Theory]
    [InlineData("previous_response_id", "\"resp_1\"")]
    [InlineData("conversation", "{\"id\":\"conv_1\"}")]
    [InlineData("prompt", "{\"id\":\"pmpt_1\"}")]
    [InlineData("background", "true")]
    public void What_needs_a_provider_with_a_memory_is_an_error_that_says_so(string field, string value)
    {
        var error = ResponsesWire.Decode(ResponsesWire.With($"\"{field}\":{value}"), out _);
        Assert.Equal(field, error?.Field);
        Assert.Contains("serves Responses itself", error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"item_reference","id":"msg_1"}""", "input[0]")]
    [InlineData("""{"id":"msg_1"}""", "input[0]")]
    [InlineData("""{"type":"compaction","encrypted_content":"x"}""", "input[0].type")]
    [InlineData("""{"type":"sparkle"}""", "input[0].type")]
    [InlineData("""{"type":"reasoning","encrypted_content":"call.9.x.y"}""", "input[0].encrypted_content")]
    [InlineData("""{"type":"reasoning","encrypted_content":"call."}""", "input[0].encrypted_content")]
    [InlineData("""{"type":"function_call_output","call_id":"c","output":"x"}""", "input[0].call_id")]
    public void An_item_that_cannot_be_carried_over_is_an_error(string item, string field) =>
        Assert.Equal(field, ResponsesWire.Decode(ResponsesWire.WithInput(item), out _)?.Field);

    [Fact]
    public void Everything_is_read()
    {
        var request = ResponsesWire.Decoded(Full);

        Assert.Equal(
            [ChatRole.System, ChatRole.Developer, ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Tool, ChatRole.Assistant, ChatRole.User],
            request.Messages.ToArray().Select(message => message.Role));
        var user = request.PartsOf(request.Messages[3]).ToArray();
        Assert.Equal([ChatPartKind.Text, ChatPartKind.Image, ChatPartKind.Image, ChatPartKind.File, ChatPartKind.File, ChatPartKind.Audio], user.Select(part => part.Kind));
        Assert.Equal([ChatSource.Url, ChatSource.Url, ChatSource.FileId, ChatSource.Url, ChatSource.Url, ChatSource.Base64], user.Select(part => part.Source));
        var turn = request.PartsOf(request.Messages[4]).ToArray();
        Assert.Equal([ChatPartKind.Thinking, ChatPartKind.Text, ChatPartKind.Refusal, ChatPartKind.ToolCall, ChatPartKind.ToolCall], turn.Select(part => part.Kind));
        Assert.Equal("One\n\nTw\"o", request.Text(turn[0].Text).ToString());
        Assert.Equal("openai.gAAA", request.Text(turn[0].Signature).ToString());
        Assert.Equal("{\"a\":1}", request.Text(turn[3].Text).ToString());
        Assert.Equal("""{"input":"SELECT \"x\""}""", Encoding.UTF8.GetString(request.Raw(turn[4].Text)));
        Assert.True(turn[4].ArgumentsAreJson);
        Assert.Equal(["c1", "c2"], request.Messages.ToArray()[5..7].Select(message => request.Text(message.ToolCallId).ToString()));
        Assert.Equal(["f", "sql"], request.Tools.ToArray().Select(tool => request.Text(tool.Name).ToString()));
        Assert.Contains("\"input\"", Encoding.UTF8.GetString(request.Raw(request.Tools[1].Parameters)), StringComparison.Ordinal);
        Assert.Equal((ToolChoiceMode.Auto, true, 1), (request.ToolChoice.Mode, request.ToolChoice.IsLimited, request.AllowedTools.Length));
        Assert.Equal((9L, 0.5, 0.9, 2L, false), (request.MaxTokens, request.Temperature, request.TopP, request.TopLogprobs, request.ParallelToolCalls));
        Assert.Equal((ResponseFormatKind.JsonSchema, true), (request.ResponseFormat.Kind, request.ResponseFormat.Strict));
        Assert.Equal((ReasoningEffort.High, true), (request.Reasoning.Effort, request.Reasoning.Visible));
        Assert.Equal((true, true, true), (request.Stream, request.IncludeUsage, request.Logprobs));
        Assert.Equal(
            ["u", "s", "k", "auto", "low"],
            new[] { request.User, request.SafetyIdentifier, request.PromptCacheKey, request.ServiceTier, request.Verbosity }.Select(range => request.Text(range).ToString()));
        Assert.Equal(["max_tool_calls"], request.Unsupported);
    }

    [Fact]
    public void A_request_is_decoded_as_afresh_into_one_that_was_used()
    {
        var body = Encoding.UTF8.GetBytes(Full);
        using var index = Wire.Index(body);
        var request = new ChatRequest();
        for (var run = 0; run < 3; run++)
        {
            Assert.True(ResponsesRequestDecoder.TryDecode(body, index.Tokens, request, out _));
            Assert.Equal("openai.gAAA", request.Text(request.PartsOf(request.Messages[4])[0].Signature).ToString());
        }
    }

    [Fact]
    public void What_is_not_carried_over_is_named()
    {
        var request = ResponsesWire.Decoded(ResponsesWire.With(
            """
            "store":true,"truncation":"auto","max_tool_calls":2,"prompt_cache_retention":"24h","context_management":[],"reasoning":{"context":"auto"},"new,field":1,
            "tools":[{"type":"web_search"},{"type":"mcp","server_label":"x"},{"type":"custom","name":"c","format":{"type":"grammar"}}],"tool_choice":{"type":"web_search"},
            "routing":{},"cache":{},"safety":{},"budget":{}
            """,
            """[{"role":"user","content":"x"},{"type":"web_search_call","id":"ws_1"},{"type":"mcp_list_tools"},{"type":"computer_call_output","call_id":"c"},{"type":"web_search_call"}]"""));

        Assert.Equal(
            [
                "store", "truncation", "max_tool_calls", "prompt_cache_retention", "context_management", "reasoning.context", "new%2Cfield",
                "input.web_search_call", "input.mcp_list_tools", "input.computer_call_output", "tools.web_search", "tools.mcp", "tools.format", "tool_choice",
            ],
            request.Unsupported);
        Assert.Single(request.Tools.ToArray());
    }

    [Fact]
    public void Parts_are_found_again_by_their_own_path()
    {
        var request = ResponsesWire.Decoded(Full);
        string[] Paths(int message)
        {
            var found = new List<string>();
            foreach (var part in request.PartsOf(request.Messages[message]).ToArray()) found.Add(request.PathOf(request.Messages[message], part));
            return [.. found];
        }

        Assert.Equal(["instructions"], Paths(0));
        Assert.Equal(
            ["input[2].content[0]", "input[2].content[1].image_url", "input[2].content[2].file_id", "input[2].content[3].file_data", "input[2].content[4].file_data", "input[2].content[5].input_audio"],
            Paths(3));
        Assert.Equal(["input[3]", "input[4].content", "input[4].content", "input[5].arguments", "input[6].input"], Paths(4));
        Assert.Equal(["input[8].output[0]", "input[8].output[1].image_url"], Paths(6));
    }

    [Fact]
    public void A_conversation_becomes_one_of_the_Messages_API()
    {
        var (json, dropped, error) = ResponsesWire.ToAnthropic(ResponsesWire.With(
            """
            "instructions":"Be brief.","max_output_tokens":100,"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"tool_choice":"required"
            """,
            """
            [{"role":"user","content":"Hi"},
             {"type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}],"encrypted_content":"anthropic.c2ln"},
             {"type":"reasoning","summary":[],"encrypted_content":"redacted.ZW5j"},
             {"type":"message","role":"assistant","content":[{"type":"output_text","text":"I look."}]},
             {"type":"function_call","call_id":"a","name":"f","arguments":"{\"x\":1}"},
             {"type":"function_call","call_id":"b","name":"f","arguments":""},
             {"type":"function_call_output","call_id":"a","output":"1"},
             {"type":"function_call_output","call_id":"b","output":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}]
            """));

        Assert.Null(error);
        Assert.Empty(dropped);
        Assert.Equal(
            Wire.Compact("""
            {"model":"claude-sonnet-4-5","max_tokens":100,"system":[{"type":"text","text":"Be brief."}],"messages":[
             {"role":"user","content":[{"type":"text","text":"Hi"}]},
             {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"redacted_thinking","data":"ZW5j"},{"type":"text","text":"I look."},
              {"type":"tool_use","id":"a","name":"f","input":{"x":1}},{"type":"tool_use","id":"b","name":"f","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},
              {"type":"tool_result","tool_use_id":"b","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}],
             "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}
            """),
            json);
    }

    [Fact]
    public void State_that_is_bound_to_a_call_finds_it_wherever_the_client_puts_it()
    {
        const string Call = """{"type":"function_call","call_id":"c.1","name":"f","arguments":"{}"}""";
        const string State = """{"type":"reasoning","summary":[],"encrypted_content":"call.3.c.1.gemini.c2ln"}""";
        foreach (var items in new[] { new[] { Call, State }, [State, Call] })
        {
            var request = ResponsesWire.Decoded(ResponsesWire.WithInput(items));
            var part = Assert.Single(request.PartsOf(request.Messages[0]).ToArray());
            Assert.Equal("gemini.c2ln", request.Text(part.Signature).ToString());
        }
    }

    [Fact]
    public void Many_reasoning_texts_are_joined_in_linear_time()
    {
        var summary = string.Join(',', Enumerable.Repeat("""{"type":"summary_text","text":"abc"}""", 20_000));
        var request = ResponsesWire.Decoded(ResponsesWire.WithInput($$"""{"type":"reasoning","summary":[{{summary}}]}"""));
        var part = Assert.Single(request.PartsOf(request.Messages[0]).ToArray());
        Assert.Equal(string.Join("\n\n", Enumerable.Repeat("abc", 20_000)), request.Text(part.Text).ToString());
    }

    [Theory]
    [InlineData("max_tokens", "max_output_tokens")]
    [InlineData("reasoning_effort", "reasoning.effort")]
    [InlineData("response_format", "text.format")]
    [InlineData("response_format.json_schema.description", "text.format.description")]
    [InlineData("messages.name", "input.name")]
    [InlineData("messages", "input")]
    [InlineData("tools[2].function.name", "tools[2].name")]
    [InlineData("temperature", "temperature")]
    public void Names_of_chat_completions_have_names_here(string chat, string own) => Assert.Equal(own, ResponsesNames.OfChat(chat));

    // Sets or (null) removes what stands at a path such as input[0].content.
    private static string Replace(string path, string? value)
    {
        var root = JsonNode.Parse(Full)!;
        var steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries);
        var at = root;
        foreach (var step in steps[..^1]) at = step[0] == '[' ? at![int.Parse(step[1..^1], System.Globalization.CultureInfo.InvariantCulture)] : at![step];
        var last = steps[^1];
        if (last[0] == '[') at!.AsArray()[int.Parse(last[1..^1], System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value!);
        else if (value is null) at!.AsObject().Remove(last);
        else at!.AsObject()[last] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
