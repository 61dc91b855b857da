using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Dialects.OpenAi;

namespace Edge.Providers.Tests.Dialects.Gemini;

public class GeminiRequestEncoderTests
{
    private const string Hi = """{"role":"user","parts":[{"text":"Hi"}]}""";
    private const string Tool = """{"type":"function","function":{"name":"f","description":"D","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}""";
    private const string Declared = """{"name":"f","description":"D","parametersJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}""";

    private static string Contents(string json)
    {
        var (body, _, error) = GeminiWire.Encode(json);
        Assert.Null(error);
        return JsonDocument.Parse(body).RootElement.GetProperty("contents").GetRawText();
    }

    private static string Contents(string model, params IEnumerable<string> messages)
    {
        var (body, _, error) = GeminiWire.Encode(Requests.WithMessages(messages), model);
        Assert.Null(error);
        return JsonDocument.Parse(body).RootElement.GetProperty("contents").GetRawText();
    }

    [Fact]
    public void A_plain_chat()
    {
        var (body, dropped, error) = GeminiWire.Encode(Requests.WithMessages(
            """{"role":"system","content":"S"}""", """{"role":"user","content":"A\u00e9\n"}""", """{"role":"user","content":[{"type":"text","text":"B"},{"type":"text","text":""}]}""",
            """{"role":"assistant","content":"C"}""", """{"role":"developer","content":"T"}""", """{"role":"assistant","content":"D"}""", """{"role":"user","content":"E"}"""));

        Assert.Null(error);
        Assert.Empty(dropped);
        Assert.Equal(
            """{"contents":[{"role":"user","parts":[{"text":"Aé\n"},{"text":"B"}]},{"role":"model","parts":[{"text":"C"},{"text":"D"}]},{"role":"user","parts":[{"text":"E"}]}],"systemInstruction":{"parts":[{"text":"S"},{"text":"T"}]}}""",
            body);
    }

    [Theory]
    [InlineData("\"max_tokens\":5,\"temperature\":0.5,\"top_p\":0.9,\"top_k\":7,\"seed\":42,\"n\":2", """{"maxOutputTokens":5,"temperature":0.5,"topP":0.9,"topK":7,"seed":42,"candidateCount":2}""", "")]
    [InlineData("\"stop\":[\"a\",\"\"]", """{"stopSequences":["a"]}""", "stop")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":3", """{"responseLogprobs":true,"logprobs":3}""", "")]
    [InlineData("\"presence_penalty\":1,\"frequency_penalty\":0", null, "presence_penalty")]
    [InlineData("\"seed\":99999999999,\"logit_bias\":{\"1\":2},\"user\":\"u\",\"metadata\":{\"a\":\"b\"}", null, "seed,logit_bias,metadata,user")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", """{"responseMimeType":"application/json"}""", "")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\",\"$defs\":{}}}}", """{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","$defs":{}}}""", "")]
    [InlineData("\"reasoning_effort\":\"none\"", """{"thinkingConfig":{"thinkingBudget":0}}""", "")]
    [InlineData("\"reasoning_effort\":\"medium\"", """{"thinkingConfig":{"thinkingBudget":8192,"includeThoughts":true}}""", "")]
    [InlineData("\"reasoning_effort\":\"high\",\"max_tokens\":4096", """{"maxOutputTokens":4096,"thinkingConfig":{"thinkingBudget":3072,"includeThoughts":true}}""", "")]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":50000}", """{"thinkingConfig":{"thinkingBudget":24576,"includeThoughts":true}}""", "thinking.budget_tokens")]
    [InlineData("\"thinking\":{\"type\":\"adaptive\"}", """{"thinkingConfig":{"thinkingBudget":-1,"includeThoughts":true}}""", "")]
    public void Settings(string members, string? config, string droppedNames)
    {
        var (body, dropped, error) = GeminiWire.Encode(Requests.With(members));

        Assert.Null(error);
        Assert.Equal(config is null ? $$"""{"contents":[{{Hi}}]}""" : $$"""{"contents":[{{Hi}}],"generationConfig":{{config}}}""", body);
        Assert.Equal(droppedNames, string.Join(',', dropped));
    }

    [Theory]
    [InlineData("gemini-2.5-pro", "none", """{"thinkingBudget":128}""", "reasoning_effort")]
    [InlineData("gemini-2.5-flash-lite", "low", """{"thinkingBudget":1024,"includeThoughts":true}""", "")]
    [InlineData("gemini-3-pro-preview", "none", """{"thinkingLevel":"low"}""", "reasoning_effort")]
    [InlineData("gemini-3-pro-preview", "medium", """{"thinkingLevel":"high","includeThoughts":true}""", "")]
    [InlineData("gemini-3.1-pro-preview", "medium", """{"thinkingLevel":"medium","includeThoughts":true}""", "")]
    [InlineData("models/gemini-3-flash-preview", "none", """{"thinkingLevel":"minimal"}""", "reasoning_effort")]
    [InlineData("gemini-3-flash-preview", "minimal", """{"thinkingLevel":"minimal","includeThoughts":true}""", "")]
    [InlineData("gemini-flash-latest", "xhigh", """{"thinkingLevel":"high","includeThoughts":true}""", "")]
    [InlineData("gemini-2.0-flash-001", "low", null, "reasoning_effort")]
    [InlineData("gemini-2.0-flash-001", "none", null, "")]
    [InlineData("gemma-3-27b-it", "low", null, "reasoning_effort")]
    public void Effort_by_model(string model, string effort, string? config, string droppedNames)
    {
        var (body, dropped, _) = GeminiWire.Encode(Requests.With($"\"reasoning_effort\":\"{effort}\""), model);

        Assert.Equal(config is null ? $$"""{"contents":[{{Hi}}]}""" : $$$"""{"contents":[{{{Hi}}}],"generationConfig":{"thinkingConfig":{{{config}}}}}""", body);
        Assert.Equal(droppedNames, string.Join(',', dropped));
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("\"auto\"", """{"mode":"AUTO"}""", "")]
    [InlineData("\"none\"", """{"mode":"NONE"}""", "")]
    [InlineData("\"required\"", """{"mode":"ANY"}""", "")]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", """{"mode":"ANY","allowedFunctionNames":["f"]}""", "")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}""", """{"mode":"AUTO"}""", "g")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}""", """{"mode":"ANY"}""", "g")]
    public void Tool_choices(string choice, string config, string leftOut)
    {
        var second = """{"type":"function","function":{"name":"g"}}""";
        var (body, dropped, error) = GeminiWire.Encode(Requests.With($"\"tools\":[{Tool},{second}]" + (choice.Length > 0 ? $",\"tool_choice\":{choice}" : "")));

        Assert.Null(error);
        Assert.Empty(dropped);
        var declarations = leftOut.Length > 0 ? Declared : Declared + ",{\"name\":\"g\"}";
        var expected = $$"""{"contents":[{{Hi}}],"tools":[{"functionDeclarations":[{{declarations}}]}]""" + (config.Length > 0 ? $$$""","toolConfig":{"functionCallingConfig":{{{config}}}}}""" : "}");
        Assert.Equal(expected, body);
    }

    [Theory]
    [InlineData("gemini-3-flash-preview", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"VALIDATED\"}}", "")]
    [InlineData("gemini-2.5-flash", "", "tools.strict")]
    public void Strict_tools_are_validated_where_the_model_can(string model, string config, string droppedNames)
    {
        var tool = """{"type":"function","function":{"name":"f","strict":true,"parameters":{"properties":{"a":{"type":"string"}}}}}""";
        var (body, dropped, _) = GeminiWire.Encode(Requests.With($"\"tools\":[{tool}]"), model);

        Assert.Contains("""{"name":"f","parametersJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}""", body, StringComparison.Ordinal);
        Assert.Equal(config.Length > 0, body.Contains("toolConfig", StringComparison.Ordinal));
        Assert.Contains(config, body, StringComparison.Ordinal);
        Assert.Equal(droppedNames, string.Join(',', dropped));
    }

    [Fact]
    public void A_format_beside_tools_is_an_instruction_before_Gemini_3()
    {
        var request = Requests.With($"\"tools\":[{Tool}],\"response_format\":{{\"type\":\"json_object\"}},\"parallel_tool_calls\":false");

        var (old, dropped, _) = GeminiWire.Encode(request);
        var (current, alsoDropped, _) = GeminiWire.Encode(request, "gemini-3-flash-preview");

        Assert.DoesNotContain("responseMimeType", old, StringComparison.Ordinal);
        Assert.Contains("JSON", JsonDocument.Parse(old).RootElement.GetProperty("systemInstruction").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(["response_format", "parallel_tool_calls"], dropped);
        Assert.Contains("\"generationConfig\":{\"responseMimeType\":\"application/json\"}", current, StringComparison.Ordinal);
        Assert.Equal(["parallel_tool_calls"], alsoDropped);
    }

    private const string TwoCalls =
        """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\u00e9\\n\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}""";

    [Fact]
    public void Results_go_back_in_the_order_of_their_calls()
    {
        var contents = Contents(
            "gemini-2.5-flash",
            """{"role":"user","content":"Hi"}""",
            TwoCalls,
            """{"role":"tool","tool_call_id":"c2","content":"plain \"text\""}""",
            """{"role":"system","content":"S"}""",
            """{"role":"tool","tool_call_id":"c1","content":" {\"ok\": true} "}""",
            """{"role":"user","content":"And?"}""");

        Assert.Equal(
            $$$$"""[{{{{Hi}}}},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":"é\n"}}},{"functionCall":{"id":"c2","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"ok":true}}},{"functionResponse":{"id":"c2","name":"g","response":{"result":"plain \"text\""}}}]},{"role":"user","parts":[{"text":"And?"}]}]""",
            Wire.Compact(contents));
    }

    [Theory]
    [InlineData("\"[1, 2]\"", """{"result":[1,2]}""")]
    [InlineData("\"\"", """{"result":""}""")]
    [InlineData("\"17\"", """{"result":"17"}""")]
    [InlineData("\"{broken\"", """{"result":"{broken"}""")]
    [InlineData("\"{} {}\"", """{"result":"{} {}"}""")]
    [InlineData("""[{"type":"text","text":"a"},{"type":"text","text":"b"}]""", """{"result":"a\nb"}""")]
    public void Results_that_are_no_object_are_wrapped(string content, string response)
    {
        var contents = Contents("gemini-2.5-flash", """{"role":"user","content":"Hi"}""", TwoCalls, $$"""{"role":"tool","tool_call_id":"c1","content":{{content}}}""");
        Assert.Contains($"\"response\":{response}", Wire.Compact(contents), StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_tools_say_error()
    {
        var request = Requests.Decoded(Requests.WithMessages("""{"role":"user","content":"Hi"}""", TwoCalls, """{"role":"tool","tool_call_id":"c1","content":"No luck"}"""));
        var failed = new ChatRequest { Body = request.Body, Model = request.Model };
        foreach (ref readonly var message in request.Messages)
        {
            ref var copy = ref failed.AddMessage(message.Role, message.Position);
            (copy.ToolCallId, copy.IsError) = (message.ToolCallId, message.Role == ChatRole.Tool);
            foreach (ref readonly var part in request.PartsOf(message))
            {
                ref var added = ref failed.AddPart(part.Kind, part.Position);
                (added.Text, added.Id, added.Name) = (part.Text, part.Id, part.Name);
            }
        }

        Assert.Contains("""{"id":"c1","name":"f","response":{"error":"No luck"}}""", GeminiWire.Encode(failed).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemini-3-flash-preview", """[{"functionResponse":{"id":"c1","name":"f","response":{"result":"see"},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}}]""", "")]
    [InlineData("gemini-2.5-flash", """[{"functionResponse":{"id":"c1","name":"f","response":{"result":"see"}}}]""", """,{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}""")]
    public void Images_of_results_stay_with_them_where_the_model_can(string model, string parts, string behind)
    {
        var contents = Contents(
            model, """{"role":"user","content":"Hi"}""", TwoCalls,
            """{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}""");
        Assert.EndsWith($$"""{"role":"user","parts":{{parts}}}{{behind}}]""", Wire.Compact(contents), StringComparison.Ordinal);
    }

    [Fact]
    public void Vertex_gets_no_ids()
    {
        var (body, _, _) = GeminiWire.Encode(
            Requests.WithMessages("""{"role":"user","content":"Hi"}""", TwoCalls, """{"role":"tool","tool_call_id":"c1","content":"r"}"""), sheet: ProviderCatalog.Find("vertex"));
        Assert.DoesNotContain("\"id\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", "gemini", "", "")]
    [InlineData("default", "vertex", "", "")]
    [InlineData("flex", "gemini", ",\"serviceTier\":\"flex\"", "")]
    [InlineData("priority", "gemini", ",\"serviceTier\":\"priority\"", "")]
    [InlineData("priority", "vertex", "", "service_tier")]
    [InlineData("scale", "gemini", "", "service_tier")]
    public void Service_tiers(string tier, string provider, string member, string droppedNames)
    {
        var (body, dropped, _) = GeminiWire.Encode(Requests.With($"\"service_tier\":\"{tier}\""), sheet: ProviderCatalog.Find(provider));
        Assert.Equal($$"""{"contents":[{{Hi}}]{{member}}}""", body);
        Assert.Equal(droppedNames, string.Join(',', dropped));
    }

    [Fact]
    public void Calls_without_a_signature_carry_the_documented_dummy_to_Gemini_3()
    {
        string[] messages = ["""{"role":"user","content":"Hi"}""", TwoCalls, """{"role":"tool","tool_call_id":"c1","content":"r"}""", """{"role":"tool","tool_call_id":"c2","content":"r"}""", TwoCalls];

        var current = Wire.Compact(Contents("gemini-3.1-pro-preview", messages));
        var old = Contents("gemini-2.5-flash", messages);

        Assert.Equal(3, current.Split("skip_thought_signature_validator").Length);
        Assert.Contains("""{"functionCall":{"id":"c1","name":"f","args":{"a":"é\n"}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"c2","name":"g","args":{}}}""", current, StringComparison.Ordinal);
        Assert.DoesNotContain("thoughtSignature", old, StringComparison.Ordinal);
    }

    // A client of the Messages API: signed thinking stands before the part that it belongs to.
    private static string Replay(params (ChatPartKind Kind, string Text, string Signature)[] parts)
    {
        var body = new StringBuilder("x");
        var request = new ChatRequest();
        request.AddMessage(ChatRole.User, 0);
        request.AddPart(ChatPartKind.Text, 0).Text = Place("Hi");
        request.AddMessage(ChatRole.Assistant, 1);
        foreach (var (kind, text, signature) in parts)
        {
            ref var part = ref request.AddPart(kind, 0);
            if (kind == ChatPartKind.ToolCall)
            {
                part.Name = Place(text);
                part.Id = Place("id");
            }
            else part.Text = Place(text);
            part.Signature = Place(signature);
        }
        request.Body = Encoding.UTF8.GetBytes(body.ToString());
        var (json, _, error) = GeminiWire.Encode(request, "gemini-3-flash-preview");
        Assert.Null(error);
        return JsonDocument.Parse(json).RootElement.GetProperty("contents")[1].GetProperty("parts").GetRawText();

        BodyRange Place(string text)
        {
            if (text.Length == 0) return default;
            body.Append(text);
            return new(body.Length - text.Length, text.Length, false);
        }
    }

    [Fact]
    public void Signatures_go_back_on_their_own_part()
    {
        Assert.Equal(
            """[{"functionCall":{"id":"id","name":"f","args":{}},"thoughtSignature":"S1"},{"functionCall":{"id":"id","name":"g","args":{}}}]""",
            Replay((ChatPartKind.ToolCall, "f", "gemini.S1"), (ChatPartKind.ToolCall, "g", "")));
        Assert.Equal(
            """[{"thought":true,"text":"hm"},{"functionCall":{"id":"id","name":"f","args":{}},"thoughtSignature":"S1"}]""",
            Replay((ChatPartKind.Thinking, "hm", "gemini.S1"), (ChatPartKind.ToolCall, "f", "")));
        Assert.Equal(
            """[{"text":"A","thoughtSignature":"S0"},{"functionCall":{"id":"id","name":"f","args":{}},"thoughtSignature":"S1"}]""",
            Replay((ChatPartKind.Text, "A", ""), (ChatPartKind.Thinking, "", "gemini.x.S0"), (ChatPartKind.Thinking, "", "gemini.S1"), (ChatPartKind.ToolCall, "f", "")));
        Assert.Equal(
            """[{"thought":true,"text":"hm"},{"text":"A","thoughtSignature":"S0"}]""",
            Replay((ChatPartKind.Thinking, "hm", "gemini.x.S0"), (ChatPartKind.Text, "A", "")));
        Assert.Equal(
            """[{"thought":true,"text":"hm","thoughtSignature":"S0"},{"text":"A"}]""",
            Replay((ChatPartKind.Thinking, "hm", "gemini.t.S0"), (ChatPartKind.Text, "A", "")));
        Assert.Equal("""[{"text":"A"},{"text":"","thoughtSignature":"S1"}]""", Replay((ChatPartKind.Text, "A", ""), (ChatPartKind.Thinking, "", "gemini.S1")));
    }

    [Fact]
    public void A_texts_signature_before_a_call_stays_the_texts()
    {
        Assert.Equal(
            """[{"text":"A","thoughtSignature":"S0"},{"functionCall":{"id":"id","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]""",
            Replay((ChatPartKind.Text, "A", ""), (ChatPartKind.ToolCall, "f", "gemini.x.S0")));
        Assert.Equal(
            """[{"text":"","thoughtSignature":"S0"},{"functionCall":{"id":"id","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]""",
            Replay((ChatPartKind.ToolCall, "f", "gemini.x.S0")));
    }

    [Fact]
    public void A_call_of_an_OpenAI_client_keeps_its_signature_over_a_turn()
    {
        var answer = """{"candidates":[{"content":{"parts":[{"functionCall":{"id":"g1","name":"f","args":{"a":1}},"thoughtSignature":"QUJD+/=="}]},"finishReason":"STOP"}],"responseId":"r"}""";
        var message = JsonDocument.Parse(GeminiWire.ToOpenAi(stream: false, sink => GeminiWire.Whole(answer, sink))).RootElement.GetProperty("choices")[0].GetProperty("message").GetRawText();

        var contents = Contents("gemini-3-flash-preview", """{"role":"user","content":"Hi"}""", message, """{"role":"tool","tool_call_id":"g1","content":"r"}""");

        Assert.Contains("""{"functionCall":{"id":"g1","name":"f","args":{"a":1}},"thoughtSignature":"QUJD+/=="}""", Wire.Compact(contents), StringComparison.Ordinal);
    }

    [Fact]
    public void Signatures_and_reasoning_of_others_stay_away()
    {
        Assert.Equal(
            """[{"text":"A"},{"functionCall":{"id":"id","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]""",
            Replay(
                (ChatPartKind.Thinking, "hm", "c2ln"), (ChatPartKind.Thinking, "hm", "openai.x"), (ChatPartKind.Thinking, "hm", ""), (ChatPartKind.RedactedThinking, "ZZ", ""),
                (ChatPartKind.Text, "A", ""), (ChatPartKind.ToolCall, "f", "openai.c2ln")));
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"}}""", """{"inlineData":{"mimeType":"image/jpeg","data":"AAAA"}}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://a.b/c.PNG?x=1.pdf"}}""", """{"fileData":{"mimeType":"image/png","fileUri":"https://a.b/c.PNG?x=1.pdf"}}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"https:\/\/a.b\/c"}}""", """{"fileData":{"mimeType":"image/jpeg","fileUri":"https://a.b/c"}}""")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}""", """{"inlineData":{"mimeType":"audio/mpeg","data":"AAAA"}}""")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}""", """{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}""")]
    [InlineData("""{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}}""", """{"text":"a.pdf:"},{"inlineData":{"mimeType":"application/pdf","data":"AAAA"}}""")]
    [InlineData("""{"type":"file","file":{"filename":"a.pdf","file_data":"AAAA"}}""", """{"text":"a.pdf:"},{"inlineData":{"mimeType":"application/pdf","data":"AAAA"}}""")]
    [InlineData("""{"type":"file","file":{"file_data":"https://youtu.be/x"}}""", """{"fileData":{"mimeType":"video/mp4","fileUri":"https://youtu.be/x"}}""")]
    [InlineData("""{"type":"file","file":{"file_id":"files/abc"}}""", """{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}""")]
    public void Media(string part, string expected) =>
        Assert.Equal($$"""[{"role":"user","parts":[{{expected}}]}]""", Wire.Compact(Contents(Requests.WithMessages($$"""{"role":"user","content":[{{part}}]}"""))));

    [Theory]
    [InlineData("gemini-2.0-flash", """{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}""", "messages[0].content[0].image_url.url")]
    [InlineData("gemini-2.5-flash", """{"type":"image_url","image_url":{"url":"gs://a/c.png"}}""", "messages[0].content[0].image_url.url")]
    [InlineData("gemini-2.5-flash", """{"type":"image_url","image_url":{"url":"c.png"}}""", "messages[0].content[0].image_url.url")]
    [InlineData("gemini-2.5-flash", """{"type":"file","file":{"file_id":"file-123"}}""", "messages[0].content[0].file.file_id")]
    public void Media_that_the_model_cannot_get_is_an_error_with_its_name(string model, string part, string field)
    {
        var (_, _, error) = GeminiWire.Encode(Requests.WithMessages($$"""{"role":"user","content":[{{part}}]}"""), model);
        Assert.Equal(field, error?.Field);
    }

    [Theory]
    [InlineData("\"n\":9", "n")]
    [InlineData("\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"a\",\"format\":\"mp3\"}", "modalities")]
    public void What_the_client_would_miss_is_an_error(string members, string field) => Assert.Equal(field, GeminiWire.Encode(Requests.With(members)).Error?.Field);

    [Fact]
    public void Arguments_that_are_no_object_are_an_error()
    {
        var call = """{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"[1]"}}]}""";
        Assert.Equal("messages[1].tool_calls[0].function.arguments", GeminiWire.Encode(Requests.WithMessages("""{"role":"user","content":"x"}""", call)).Error?.Field);
    }

    [Fact]
    public void A_conversation_without_content_is_an_error() =>
        Assert.Equal("messages", GeminiWire.Encode(Requests.WithMessages("""{"role":"system","content":"S"}""", """{"role":"user","content":""}""")).Error?.Field);

    [Fact]
    public void A_common_request_is_encoded_without_allocation()
    {
        var body = Encoding.UTF8.GetBytes(Requests.With(
            $"\"max_tokens\":10,\"reasoning_effort\":\"low\",\"tools\":[{Tool}]",
            messages: """{"role":"system","content":"S"},{"role":"user","content":"A\n"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c","content":"{\"r\":1}"}"""));
        using var index = Wire.Index(body);
        var (request, output, encoder, dropped) = (new ChatRequest(), new ByteBuffer(), new GeminiRequestEncoder(), new List<string>());
        var options = new ChatEncodeOptions { Model = "gemini-3-flash-preview"u8.ToArray() };
        Run(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _);
                Assert.True(encoder.TryEncode(request, options, output, dropped, out _));
            }
        }
    }

    [Fact]
    public void Claude_on_Vertex_has_its_version_in_the_body_and_its_model_in_the_path()
    {
        var sheet = ProviderCatalog.Find("vertex_anthropic")!;
        var (body, _, _) = Requests.ToAnthropic(Requests.With("\"max_tokens\":5"), new() { Model = "claude-sonnet-4-5@20250929"u8.ToArray(), Sheet = sheet });

        Assert.Equal("""{"anthropic_version":"vertex-2023-10-16","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}""", body);
        Assert.Equal(
            ("/publishers/anthropic/models/{model}:rawPredict", "/publishers/anthropic/models/{model}:streamRawPredict"), (sheet.ChatPath, sheet.StreamPath));
    }
}
