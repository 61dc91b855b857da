using System.Text.Json;
using Edge.Configuration;
using Edge.Providers;

namespace Edge.Tests.Pipeline;

/// <summary>What changes in bytes that pass to a provider which refuses a body over a member.</summary>
public class BodyEditsTests
{
    private const string Messages = """
        "messages":[{"role":"user","content":"hi"}]
        """;

    private const string Answer = """
        {"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}
        """;

    [Theory]
    [InlineData("\"seed\":7,\"max_completion_tokens\":5,", "{\"model\":\"m\",\"random_seed\":7,\"max_tokens\":5,MESSAGES}", "")]
    [InlineData("\"max_tokens\":3,\"max_completion_tokens\":5,", "{\"model\":\"m\",\"max_tokens\":5,MESSAGES}", "max_tokens")]
    [InlineData("\"user\":\"u\",\"logprobs\":true,\"safe_prompt\":true,", "{\"model\":\"m\",\"safe_prompt\":true,MESSAGES}", "logprobs, user")]
    [InlineData("\"user\":null,", "{\"model\":\"m\",MESSAGES}", "")]
    [InlineData("\"cache\":{\"enabled\":true},\"user\":\"u\",\"budget\":{},", "{\"model\":\"m\",MESSAGES}", "user")]
    [InlineData("\"stream_options\":{\"include_usage\":true},", "{\"model\":\"m\",MESSAGES}", "")]
    public async Task A_member_that_mistral_would_refuse_is_cut_or_renamed(string members, string expected, string dropped)
    {
        // The model stands first and last: whichever is cut has a neighbour on one side alone.
        foreach (var body in new[] { $"{{\"model\":\"m\",{members}{Messages}}}", $"{{{members}\"model\":\"m\",{Messages}}}", $"{{\"model\":\"m\",{Messages},{members.TrimEnd(',')}}}" })
        {
            var kit = new PipelineKit(sheet: ProviderCatalog.Find("mistral")).Answer(() => CannedResponse.Json(Answer));

            var answer = await kit.SendAsync(body);

            Assert.Equal(Members(expected.Replace("MESSAGES", Messages, StringComparison.Ordinal)), Members(kit.SentBody!));
            Assert.Equal(dropped, answer.ResponseHeaders["x-edge-dropped"].ToString());
        }
    }

    [Fact]
    public async Task Names_of_participants_are_cut_but_not_those_of_tools()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("mistral")).Answer(() => CannedResponse.Json(Answer));

        var answer = await kit.SendAsync("""{"model":"m","messages":[{"name":"ann","role":"user","content":"hi"},{"role":"user","content":"ho","name":"bob"},{"role":"assistant","content":null,"tool_calls":[{"id":"abcdefghi","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","name":"t","tool_call_id":"abcdefghi","content":"1"}]}""");

        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"user","content":"ho"},{"role":"assistant","content":null,"tool_calls":[{"id":"abcdefghi","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","tool_call_id":"abcdefghi","name":"t","content":"1"}]}""",
            kit.SentBody);
        Assert.Equal("messages.name", answer.ResponseHeaders["x-edge-dropped"].ToString());
    }

    [Fact]
    public async Task Ids_of_another_providers_calls_become_nine_characters_on_both_sides()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("mistral")).Answer(() => CannedResponse.Json(Answer));

        await kit.SendAsync("""{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_abcdefghijklmnop","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_abcdefghijklmnop","content":"1"}]}""");

        using var sent = JsonDocument.Parse(kit.SentBody!);
        var messages = sent.RootElement.GetProperty("messages");
        var id = messages[1].GetProperty("tool_calls")[0].GetProperty("id").GetString();
        Assert.Matches("^[a-zA-Z0-9]{9}$", id);
        Assert.Equal(id, messages[2].GetProperty("tool_call_id").GetString());
    }

    [Fact]
    public async Task What_mistral_thinks_is_reasoning_content_and_its_finish_is_openais()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("mistral")).Answer(() => CannedResponse.Json(
            """{"id":"i","model":"m","choices":[{"index":0,"finish_reason":"model_length","message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"hi"}]}}]}"""));

        var answer = await kit.SendAsync($"{{\"model\":\"m\",{Messages}}}");

        using var written = JsonDocument.Parse(answer.WrittenText);
        var choice = written.RootElement.GetProperty("choices")[0];
        Assert.Equal("hi", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("hm", choice.GetProperty("message").GetProperty("reasoning_content").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Where_dropping_is_not_allowed_the_request_is_refused()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("mistral"), config: new EdgeConfig { Translation = new TranslationConfig { DropUnsupported = DropPolicy.Error } });

        var answer = await kit.SendAsync($"{{\"model\":\"m\",\"user\":\"u\",{Messages}}}");

        Assert.Equal(400, answer.StatusCode);
        Assert.Contains("UNSUPPORTED_FEATURE", answer.WrittenText, StringComparison.Ordinal);
        Assert.Null(kit.SentBody);
    }

    [Theory]
    [InlineData("""{"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"anthropic_version":"old","cache":{"enabled":true},"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"cache":{"enabled":true},"max_tokens":5,"messages":[{"role":"user","content":"hi"}],"anthropic_version":"old","model":"claude-x"}""")]
    public async Task Claude_on_vertex_gets_the_version_in_the_models_place(string body)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("vertex_anthropic")).Answer(() => CannedResponse.Json("""{"type":"message","content":[]}"""));

        await kit.SendAsync(body, transport => transport.Path = "/v1/messages");

        Assert.Equal(Members("""{"anthropic_version":"vertex-2023-10-16","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}"""), Members(kit.SentBody!));
    }

    private const string Reply = """
        {"reasoning_content":"hm","role":"assistant","content":"a","images":[{"type":"image_url"}],"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}],"tool_calls":[{"extra_content":{"google":{"thought_signature":"g"}},"id":"c","type":"function","function":{"name":"t","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"t","arguments":"{}"},"extra_content":{}}]}
        """;

    private const string Calls = """
        "tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"t","arguments":"{}"}}]
        """;

    [Theory]
    [InlineData("groq", "", "messages.reasoning_content, messages.thinking_blocks, messages.images, messages.tool_calls.extra_content")]
    [InlineData("openai", "", "messages.reasoning_content, messages.thinking_blocks, messages.images, messages.tool_calls.extra_content")]
    [InlineData("azure_openai", "", "messages.reasoning_content, messages.thinking_blocks, messages.images, messages.tool_calls.extra_content")]
    [InlineData("deepseek", "\"reasoning_content\":\"hm\",", "messages.thinking_blocks, messages.images, messages.tool_calls.extra_content")]
    public async Task What_our_own_answers_add_is_cut_where_the_provider_does_not_take_it(string sheet, string kept, string dropped)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find(sheet)).Answer(() => CannedResponse.Json(Answer));

        // In a user's words, the names are nobody's business.
        const string User = """{"role":"user","content":"\"reasoning_content\"","reasoning_content":"x"}""";
        var answer = await kit.SendAsync($"{{\"model\":\"m\",\"messages\":[{User},{Reply}]}}");

        Assert.Equal($"{{\"model\":\"m\",\"messages\":[{User},{{{kept}\"role\":\"assistant\",\"content\":\"a\",{Calls}}}]}}", kit.SentBody);
        Assert.Equal(dropped, answer.ResponseHeaders["x-edge-dropped"].ToString());
    }

    [Theory]
    [InlineData("openai_compatible", Reply)]
    [InlineData("groq", """{"role":"assistant","content":"reasoning_content","refusal":null}""")]
    public async Task What_the_provider_takes_passes_as_it_came(string sheet, string reply)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find(sheet)).Answer(() => CannedResponse.Json(Answer));
        var body = $"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}},{reply}]}}";

        var answer = await kit.SendAsync(body);

        Assert.Equal(body, kit.SentBody);
        Assert.False(answer.ResponseHeaders.ContainsKey("x-edge-dropped"));
    }

    [Fact]
    public async Task A_reply_with_a_participants_name_loses_both_at_once()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("groq")).Answer(() => CannedResponse.Json(Answer));

        var answer = await kit.SendAsync("""{"model":"m","messages":[{"role":"assistant","content":"a","name":"bob","reasoning_content":null},{"name":"ann","role":"user","content":"b"},{"role":"tool","name":"t","tool_call_id":"c","content":"1"}]}""");

        Assert.Equal("""{"model":"m","messages":[{"role":"assistant","content":"a"},{"role":"user","content":"b"},{"role":"tool","name":"t","tool_call_id":"c","content":"1"}]}""", kit.SentBody);
        Assert.Equal("messages.name", answer.ResponseHeaders["x-edge-dropped"].ToString());
    }

    [Fact]
    public async Task Where_dropping_is_not_allowed_our_own_members_are_named_in_the_refusal()
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("groq"), config: new EdgeConfig { Translation = new TranslationConfig { DropUnsupported = DropPolicy.Error } });

        var answer = await kit.SendAsync($"{{\"model\":\"m\",\"messages\":[{Reply}]}}");

        Assert.Equal(400, answer.StatusCode);
        Assert.Null(kit.SentBody);
    }

    [Theory]
    [InlineData("openai", "anthropic.c2ln", true)]
    [InlineData("openai", "gemini.t.c2ln", true)]
    [InlineData("azure_openai", "redacted.c2ln", true)]
    [InlineData("azure_openai", "call.22.call_abcdefghijklmnopq.gemini.c2ln", true)]
    [InlineData("openai", "gAAAAABo", false)]
    public async Task Reasoning_that_another_family_signed_does_not_go_to_OpenAIs_Responses(string sheet, string state, bool goes)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find(sheet)).Answer(() => CannedResponse.Json("""{"object":"response","output":[]}"""));
        var item = $"{{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":\"{state}\"}}";
        const string Said = """{"role":"user","content":"encrypted_content"}""";

        var answer = await kit.SendAsync($"{{\"model\":\"m\",\"input\":[{Said},{item},{Said}]}}", transport => transport.Path = "/v1/responses");

        Assert.Equal($"{{\"model\":\"m\",\"input\":[{Said},{(goes ? "" : item + ",")}{Said}]}}", kit.SentBody);
        Assert.Equal(goes ? "input.reasoning" : "", answer.ResponseHeaders["x-edge-dropped"].ToString());
    }

    // In the order of their names: which member stands where is not what these tests are about.
    private static string Members(string json)
    {
        using var document = JsonDocument.Parse(json);
        return string.Join(',', document.RootElement.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}:{member.Value.GetRawText()}"));
    }
}
