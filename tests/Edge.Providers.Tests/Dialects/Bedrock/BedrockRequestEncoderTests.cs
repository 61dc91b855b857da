using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Bedrock;
using Edge.Providers.Dialects.OpenAi;
using Edge.Simd.Json;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Bedrock;

public class BedrockRequestEncoderTests
{
    private const string Claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    private const string Nova = "us.amazon.nova-2-lite-v1:0";
    private const string Llama = "us.meta.llama4-maverick-17b-instruct-v1:0";

    /// <summary>OpenAI messages -> the body, and what was dropped.</summary>
    public static TheoryData<string, string, string, string, string> Conversations => new()
    {
        {
            "system and developer messages become system blocks, neighbours one message, blank texts nothing", Claude,
            """{"role":"system","content":"S1"},{"role":"user","content":"A"},{"role":"developer","content":[{"type":"text","text":"D\n\"2\""},{"type":"text","text":" "}]},{"role":"user","content":"B"}""",
            """ "messages":[{"role":"user","content":[{"text":"A"},{"text":"B"}]}],"system":[{"text":"S1"},{"text":"D\n\"2\""}] """, ""
        },
        {
            "a call, two results in one message, a failed one's status left to the client, declared by name", Claude,
            """
            {"role":"user","content":"A"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,\"\\\"x\\u00e9\\\"\"]}"}},{"id":"c.2","type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c.2","content":[{"type":"text","text":""},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
            {"role":"user","content":"B"}
            """,
            """
            "messages":[{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{"a":[1,"\"xé\""]}}},{"toolUse":{"toolUseId":"c_2_bb290e72","name":"g","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"one"}]}},{"toolResult":{"toolUseId":"c_2_bb290e72","content":[{"image":{"format":"png","source":{"bytes":"AAAA"}}}]}},{"text":"B"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}},{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object"}}}}]},"additionalModelRequestFields":{"tool_choice":{"type":"none"}}
            """, ""
        },
        {
            "functions, the older form, are numbered; an empty result is said", Claude,
            """{"role":"user","content":"A"},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":null}""",
            """ "messages":[{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"function_call_1","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"function_call_1","content":[{"text":"(empty)"}]}}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]},"additionalModelRequestFields":{"tool_choice":{"type":"none"}} """, ""
        },
        {
            "images and documents as bytes, names in the allowed alphabet and each once, a text beside documents", Nova,
            """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image\/jpg;base64,A\/A="}},{"type":"file","file":{"filename":"Q3 report_v2.pdf","file_data":"data:application/pdf;base64,JVBE"}},{"type":"file","file":{"filename":"Q3 report:v2.PDF","file_data":"JVBE"}},{"type":"file","file":{"file_data":"data:text/plain;base64,YQ=="}}]}""",
            """ "messages":[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":"A\/A="}}},{"document":{"format":"pdf","name":"Q3 report-v2","source":{"bytes":"JVBE"}}},{"document":{"format":"pdf","name":"Q3 report-v2 (2)","source":{"bytes":"JVBE"}}},{"document":{"format":"txt","name":"Document 3","source":{"bytes":"YQ=="}}},{"text":"(See the document.)"}]}] """, ""
        },
        {
            "what lies in S3 stays there", Nova,
            """{"role":"user","content":[{"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"s3://b/k.jpg"}},{"type":"file","file":{"filename":"x","file_data":"s3://b/k.docx"}}]}""",
            """ "messages":[{"role":"user","content":[{"text":"A"},{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://b/k.jpg"}}}},{"document":{"format":"docx","name":"x","source":{"s3Location":{"uri":"s3://b/k.docx"}}}}]}] """, ""
        },
        {
            "Claude's reasoning goes back signed, the encrypted one as the blob that it was", Claude,
            """{"role":"user","content":"A"},{"role":"assistant","content":"D","thinking_blocks":[{"type":"thinking","thinking":"t\n1","signature":"s1"},{"type":"redacted_thinking","data":"ZW5j"}]},{"role":"user","content":"E"}""",
            """ "messages":[{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"t\n1","signature":"s1"}}},{"reasoningContent":{"redactedContent":"Wlc1ag=="}},{"text":"D"}]},{"role":"user","content":[{"text":"E"}]}] """, ""
        },
        {
            "another provider's reasoning stays behind", Claude,
            """{"role":"user","content":"A"},{"role":"assistant","content":"D","thinking_blocks":[{"type":"thinking","thinking":"t1","signature":"gemini.s1"}]},{"role":"user","content":"E"}""",
            """ "messages":[{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[{"text":"D"}]},{"role":"user","content":[{"text":"E"}]}] """, "messages.thinking_blocks"
        },
        {
            "another model takes no reasoning", Llama,
            """{"role":"user","content":"A"},{"role":"assistant","reasoning_content":"why","content":"B"},{"role":"assistant","content":"D","thinking_blocks":[{"type":"thinking","thinking":"t1","signature":"s1"},{"type":"redacted_thinking","data":"e"}]},{"role":"user","content":"E"}""",
            """ "messages":[{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[{"text":"B"},{"text":"D"}]},{"role":"user","content":[{"text":"E"}]}] """, "messages.reasoning_content messages.thinking_blocks"
        },
        {
            "cache marks become points behind what they mark", Claude,
            """{"role":"system","content":"S","cache_control":{"type":"ephemeral"}},{"role":"user","content":[{"type":"text","text":"A","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"B"}],"cache_control":{"type":"ephemeral"}}""",
            """ "messages":[{"role":"user","content":[{"text":"A"},{"cachePoint":{"type":"default","ttl":"1h"}},{"text":"B"},{"cachePoint":{"type":"default"}}]}],"system":[{"text":"S"},{"cachePoint":{"type":"default"}}] """, ""
        },
        {
            "a model without a prompt cache gets none", Llama,
            """{"role":"user","content":"A","cache_control":{"type":"ephemeral"}}""",
            """ "messages":[{"role":"user","content":[{"text":"A"}]}] """, "messages.cache_control"
        },
        {
            "the assistant speaks first, and Claude's last words lose their trailing space", Claude,
            """{"role":"assistant","content":"Hello"},{"role":"user","content":"A"},{"role":"assistant","content":"C \n\t"}""",
            """ "messages":[{"role":"user","content":[{"text":"(The assistant begins.)"}]},{"role":"assistant","content":[{"text":"Hello"}]},{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[{"text":"C"}]}] """, ""
        },
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Conversations_are_translated(string name, string model, string messages, string expected, string dropped)
    {
        var (json, names, error) = BedrockWire.Encode(Requests.With("", messages: messages), model);

        Assert.True(error is null, $"{name}: {error}");
        Assert.Equal(Dialects.Wire.Compact($"{{{expected}}}"), json);
        Assert.Equal(dropped, string.Join(' ', names));
    }

    /// <summary>Model, further members of the request -> further members of the body, and what was dropped.</summary>
    [Theory]
    [InlineData(Claude, """ "max_tokens":5,"temperature":1.5,"stop":["a"," "] """, """ "inferenceConfig":{"maxTokens":5,"temperature":1,"stopSequences":["a"]},"additionalModelResponseFieldPaths":["/stop_sequence"] """, "temperature stop")]
    [InlineData(Claude, """ "temperature":0.25,"top_p":0.5,"top_k":7 """, """ "inferenceConfig":{"temperature":0.25},"additionalModelRequestFields":{"top_k":7} """, "top_p")]
    [InlineData(Nova, """ "temperature":0.25,"top_p":0.5,"top_k":7,"stop":"\n" """, """ "inferenceConfig":{"temperature":0.25,"topP":0.5,"stopSequences":["\n"]},"additionalModelRequestFields":{"inferenceConfig":{"topK":7}} """, "")]
    [InlineData("qwen.qwen3-32b-v1:0", """ "top_k":7,"reasoning_effort":"high" """, """ "additionalModelRequestFields":{"reasoning_config":"high","top_k":7} """, "")]
    [InlineData(Llama, """ "top_k":7,"reasoning_effort":"high","seed":1,"user":"u","logit_bias":{"1":2} """, "", "seed logit_bias user reasoning_effort top_k")]
    [InlineData("openai.gpt-oss-120b-1:0", """ "reasoning_effort":"medium" """, """ "additionalModelRequestFields":{"reasoning_effort":"medium"} """, "")]
    [InlineData("openai.gpt-oss-120b-1:0", """ "reasoning_effort":"minimal" """, """ "additionalModelRequestFields":{"reasoning_effort":"low"} """, "reasoning_effort")]
    [InlineData(Nova, """ "reasoning_effort":"high","temperature":0.5 """, """ "additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}} """, "temperature")]
    [InlineData(Nova, """ "reasoning_effort":"high","max_tokens":9 """, """ "inferenceConfig":{"maxTokens":9},"additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}} """, "reasoning_effort")]
    [InlineData(Claude, """ "reasoning_effort":"low","temperature":0.5,"top_k":3 """, """ "additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":2048}} """, "temperature top_k")]
    [InlineData(Claude, """ "thinking":{"type":"enabled","budget_tokens":3000},"max_tokens":5000 """, """ "inferenceConfig":{"maxTokens":5000},"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":3000}} """, "")]
    [InlineData("anthropic.claude-opus-4-6-v1", """ "reasoning_effort":"medium" """, """ "additionalModelRequestFields":{"thinking":{"type":"adaptive"},"output_config":{"effort":"medium"}} """, "")]
    [InlineData(Claude, """ "metadata":{"team":"a b","bad":"ü"},"service_tier":"flex" """, """ "requestMetadata":{"team":"a b"},"serviceTier":{"type":"flex"} """, "metadata")]
    [InlineData(Claude, """ "service_tier":"default","n":1,"seed":null """, "", "")]
    [InlineData(Claude, """ "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"properties":{"type":{}}},"strict":true}}],"tool_choice":"required" """, """ "toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object","properties":{"type":{}},"additionalProperties":false}},"strict":true}}],"toolChoice":{"any":{}}} """, "")]
    [InlineData(Llama, """ "tools":[{"type":"function","function":{"name":"f","strict":true}}],"tool_choice":"auto","parallel_tool_calls":false """, """ "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]} """, "tools.strict parallel_tool_calls")]
    [InlineData(Claude, """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false """, """ "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]},"additionalModelRequestFields":{"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}} """, "")]
    [InlineData(Claude, """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}} """, """ "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}],"toolChoice":{"tool":{"name":"f"}}} """, "")]
    [InlineData(Claude, """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none" """, "", "")]
    [InlineData(Claude, """ "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"\u0067"}}]}} """, """ "toolConfig":{"tools":[{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}}],"toolChoice":{"any":{}}} """, "")]
    [InlineData(Claude, """ "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,"schema":{"type":"object","properties":{}}}} """, """ "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}","name":"n","description":"d"}}}} """, "")]
    [InlineData("us.anthropic.claude-3-5-haiku-20241022-v1:0", """ "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}} """, """ "system":[{"text":"Answer with one valid JSON object and nothing else: no prose around it, no code fence. It must match this JSON schema: {\"type\":\"object\"}"}] """, "response_format")]
    [InlineData(Claude, """ "response_format":{"type":"json_object"} """, """ "system":[{"text":"Answer with one valid JSON object and nothing else: no prose around it, no code fence."}] """, "response_format")]
    public void Settings_are_translated(string model, string members, string expected, string dropped)
    {
        var (json, names, error) = BedrockWire.Encode(Requests.With(members), model);

        Assert.Null(error);
        var further = expected.Trim().Length > 0 ? "," + expected : "";
        Assert.Equal(Dialects.Wire.Compact($$"""{"messages":[{"role":"user","content":[{"text":"Hi"}]}]{{further}}}"""), json);
        Assert.Equal(dropped, string.Join(' ', names));
    }

    [Theory]
    [InlineData(Claude, """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none" """, true, "")]
    [InlineData(Claude, "", true, "")]
    [InlineData("us.anthropic.claude-3-5-haiku-20241022-v1:0", "", false, "")]
    [InlineData(Nova, """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none" """, false, "tool_choice")]
    [InlineData(Nova, "", false, "")]
    public void A_history_with_calls_has_its_tools_and_no_text_that_nobody_wrote(string model, string members, bool forbids, string named)
    {
        var (json, dropped, _) = BedrockWire.Encode(
            Requests.With(members, messages: """{"role":"user","content":"A"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}"""),
            model);

        var body = JsonDocument.Parse(json).RootElement;
        Assert.Equal("f", Assert.Single(body.GetProperty("toolConfig").GetProperty("tools").EnumerateArray()).GetProperty("toolSpec").GetProperty("name").GetString());
        Assert.False(body.GetProperty("toolConfig").TryGetProperty("toolChoice", out _));
        Assert.False(body.TryGetProperty("system", out _));
        Assert.Equal(forbids, body.TryGetProperty("additionalModelRequestFields", out var own) && own.GetProperty("tool_choice").GetProperty("type").GetString() == "none");
        Assert.Equal(named, string.Join(' ', dropped));
    }

    [Fact]
    public void A_tool_that_failed_says_so()
    {
        var (json, _, _) = BedrockWire.Encode(
            Requests.WithMessages("""{"role":"user","content":"A"}""", """{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}""", """{"role":"tool","tool_call_id":"c","content":"r"}"""),
            change: request => System.Runtime.CompilerServices.Unsafe.AsRef(in request.Messages[2]).IsError = true);
        Assert.Contains("""{"toolResult":{"toolUseId":"c","content":[{"text":"r"}],"status":"error"}}""", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "n":2 """, "n")]
    [InlineData(""" "modalities":["text","audio"],"audio":{"voice":"a","format":"wav"} """, "modalities")]
    public void What_the_client_would_miss_is_an_error(string members, string field)
    {
        Assert.Equal(field, BedrockWire.Encode(Requests.With(members)).Error?.Field);
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AA=="}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"filename":"a.zip","file_data":"data:application/zip;base64,AA=="}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"s3://b/k"}}]}""")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"[1]"}}]}""")]
    [InlineData("""{"role":"system","content":"S"}""")]
    [InlineData("""{"role":"user","content":" "}""")]
    public void Messages_that_cannot_be_sent_are_errors_that_name_them(string message)
    {
        var error = BedrockWire.Encode(Requests.WithMessages(message)).Error;
        Assert.NotNull(error);
        Assert.StartsWith("messages", error.Field, StringComparison.Ordinal);
    }

    [Fact]
    public void Sound_and_film_go_as_bytes()
    {
        var (json, _, error) = BedrockWire.Encode(Requests.WithMessages(
            """{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},{"type":"file","file":{"filename":"a.mp4","file_data":"data:video/mp4;base64,BBBB"}}]}"""));
        Assert.Null(error);
        Assert.Contains("""{"audio":{"format":"wav","source":{"bytes":"AAAA"}}},{"video":{"format":"mp4","source":{"bytes":"BBBB"}}}""", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_ids_are_cut_and_stay_different()
    {
        string Id(string id) => BedrockWire.Encode(Requests.WithMessages(
            """{"role":"user","content":"A"}""",
            $$$"""{"role":"assistant","tool_calls":[{"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":"{}"}}]}""")).Body.Split("toolUseId\":\"")[1].Split('"')[0];

        var (a, b) = (Id(new string('x', 100) + "a"), Id(new string('x', 100) + "b"));
        Assert.NotEqual(a, b);
        Assert.Equal((64, 64), (a.Length, b.Length));
        Assert.Equal(new string('y', 64), Id(new string('y', 64)));
    }

    [Fact]
    public void What_Bedrock_gave_it_takes_back()
    {
        // The blob of the answer -> the client's data -> the same blob.
        var recorder = BedrockWire.Decode(BedrockGoldens.All[1].Stream);
        var (json, _, _) = BedrockWire.Encode(Requests.WithMessages(
            """{"role":"user","content":"A"}""", $$$"""{"role":"assistant","content":"x","thinking_blocks":[{"type":"redacted_thinking","data":"{{{recorder["redacted:0"]}}}"}]}"""));
        Assert.Contains("""{"redactedContent":"Wlc1ag=="}""", json, StringComparison.Ordinal);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_it_throw_or_write_invalid_JSON()
    {
        var request = Encoding.UTF8.GetBytes(Requests.With(
            "\"stop\":[\"a\"],\"temperature\":0.5,\"metadata\":{\"a\":\"b\"},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":\"auto\"",
            messages: """{"role":"system","content":"S","cache_control":{"type":"ephemeral","ttl":"1h"}},{"role":"user","content":[{"type":"text","text":"A\u00e9\n"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="}}]},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\n\"}"}}],"thinking_blocks":[{"type":"redacted_thinking","data":"ZQ=="}]},{"role":"tool","tool_call_id":"c","content":"r"}"""));
        var taken = 0;
        Gen.Select(Gen.Int[0, 1 << 20], Gen.OneOf(Gen.Byte, Gen.Int[0, 13].Select(i => "{}[]\",:\\01nt ae"u8[i]))).Array[1, 3].Sample(
            changes =>
            {
                var body = request.ToArray();
                foreach (var (at, value) in changes) body[at % body.Length] = value;
                using var index = new JsonIndex();
                if (!index.TryBuild(body, 64, 10_000, out _)) return;
                var (chat, output) = (new ChatRequest(), new ByteBuffer());
                if (!OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, chat, out var error) || !new BedrockRequestEncoder().TryEncode(chat, new() { Model = Encoding.UTF8.GetBytes(Claude) }, output, [], out error))
                {
                    Assert.NotNull(error);
                    return;
                }
                Interlocked.Increment(ref taken);
                using var check = new JsonIndex();
                Assert.True(check.TryBuild(output.Span, 64, 10_000, out var wrong), $"{wrong} {Encoding.UTF8.GetString(output.Span)}");
            },
            iter: 10_000);
        Assert.True(taken > 500, $"{taken}");
    }

    [Theory]
    [InlineData("openai_chat")]
    [InlineData("deepseek")]
    [InlineData("groq")]
    public void Requests_that_were_taken_elsewhere_become_valid_requests_of_Converse(string file)
    {
        var (taken, refused) = (0, new List<string>());
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            var body = record.GetProperty("request").GetProperty("body");
            if (record.GetProperty("response").GetProperty("status").GetInt32() != 200 || body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("messages", out _)) continue;
            var (json, _, error) = BedrockWire.Encode(body.GetRawText());
            if (error is not null)
            {
                refused.Add($"{error}");
                continue;
            }
            taken++;
            CheckRules(JsonDocument.Parse(json).RootElement);
        }
        Assert.All(refused, error => Assert.Matches("audio|file|reasoning_effort|web", error));
        Assert.True(taken > 0);
    }

    // Converse's own rules, in so far as a body alone can break them.
    private static void CheckRules(JsonElement body)
    {
        var (previous, calls) = ("assistant", new HashSet<string>());
        var hasTools = body.TryGetProperty("toolConfig", out _);
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var role = message.GetProperty("role").GetString()!;
            Assert.NotEqual(previous, role);
            previous = role;
            Assert.True(message.GetProperty("content").GetArrayLength() > 0);
            foreach (var block in message.GetProperty("content").EnumerateArray().Select(block => block.EnumerateObject().Single()))
            {
                if (block.Name == "text") Assert.False(string.IsNullOrWhiteSpace(block.Value.GetString()));
                if (block.Name is "toolUse" or "toolResult") Assert.True(hasTools);
                if (block.Name == "toolUse") Assert.True(calls.Add(block.Value.GetProperty("toolUseId").GetString()!));
                if (block.Name == "toolResult") Assert.Contains(block.Value.GetProperty("toolUseId").GetString()!, calls);
            }
        }
    }

    [Fact]
    public void An_effort_by_itself_asks_for_no_thinking()
    {
        var request = Anthropic.Messages.Decoded(Anthropic.Messages.With(""" "temperature":0.5,"output_config":{"effort":"low"} """));
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new BedrockRequestEncoder().TryEncode(request, new() { Model = "anthropic.claude-opus-4-6-v1"u8.ToArray() }, output, dropped, out _);

        var body = JsonDocument.Parse(output.Span.ToArray()).RootElement;
        Assert.Equal("""{"output_config":{"effort":"low"}}""", body.GetProperty("additionalModelRequestFields").GetRawText());
        Assert.Equal(0.5, body.GetProperty("inferenceConfig").GetProperty("temperature").GetDouble());
        Assert.Empty(dropped);
    }
}
