using System.Text;
using Edge.Endpoints;
using Edge.Providers;

namespace Edge.Tests.Pipeline;

/// <summary>Azure OpenAI's paths: the deployment is the model, wherever the body goes.</summary>
public class AzureFrontTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private const string Deployment = "/openai/deployments/gpt-4o";
    private const string Completion = """{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    private static Task<NullTransport> SendAsync(PipelineKit kit, string target, string body, string type = "application/json", string method = "POST") => kit.SendAsync(body, transport =>
    {
        transport.Method = method;
        transport.RawTarget = target;
        // As Kestrel decodes it: all but the slash.
        transport.Path = Uri.UnescapeDataString(target.Split('?')[0].Replace("%2F", "%252F", StringComparison.Ordinal));
        if (body.Length == 0) return;
        transport.RequestHeaders.ContentType = type;
        transport.RequestHeaders.ContentLength = Encoding.UTF8.GetByteCount(body);
    });

    private static PipelineKit Kit(string answer = Completion) => new PipelineKit().Answer(() => CannedResponse.Json(answer));

    [Theory]
    [InlineData("{" + Messages + "}", "{\"model\":\"gpt-4o\"," + Messages + "}")]
    [InlineData(" { " + Messages + "}", " {\"model\":\"gpt-4o\", " + Messages + "}")]
    [InlineData("{" + Messages + ",\"model\":\"other\",\"x\":[1]}", "{" + Messages + ",\"model\":\"gpt-4o\",\"x\":[1]}")]
    [InlineData("{\"model\" : null," + Messages + "}", "{\"model\" : \"gpt-4o\"," + Messages + "}")]
    [InlineData("{\"model\":{\"a\":[1,2]}," + Messages + "}", "{\"model\":\"gpt-4o\"," + Messages + "}")]
    [InlineData("{\"model\":\"gpt\\u002d4o\"," + Messages + "}", "{\"model\":\"gpt-4o\"," + Messages + "}")]
    [InlineData("{\"cache\":{}," + Messages + "}", "{\"model\":\"gpt-4o\"," + Messages + "}")]
    public async Task The_deployment_is_the_bodys_model_and_wins(string body, string sent)
    {
        var kit = Kit();

        var transport = await SendAsync(kit, Deployment + "/chat/completions?api-version=2024-10-21", body);

        Assert.Equal((200, Completion), (transport.StatusCode, transport.WrittenText));
        Assert.Equal(sent, kit.SentBody);
        var record = kit.TakeRecord();
        Assert.Equal((Operation.ChatCompletions, "fake", 1L), (record.Operation, record.Provider, record.Usage.Input));
    }

    [Theory]
    [InlineData("fake/gpt-4o", "gpt-4o")]
    [InlineData("fake%2Fgpt-4o", "gpt-4o")]
    [InlineData("fake/org/m", "org/m")]
    [InlineData("chat", "chat")]
    [InlineData("a%20%22b%22", "a \\\"b\\\"")]
    public async Task A_deployments_name_may_be_any_models(string deployment, string sent)
    {
        var kit = Kit();

        await SendAsync(kit, $"/openai/deployments/{deployment}/completions", """{"prompt":"p"}""");

        Assert.Equal($$"""{"model":"{{sent}}","prompt":"p"}""", kit.SentBody);
    }

    [Fact]
    public async Task A_stream_is_asked_for_usage_behind_a_model_that_was_put_in()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Events("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n"));

        var transport = await SendAsync(kit, Deployment + "/chat/completions?api-version=x", "{\"stream\":true," + Messages + "}");

        Assert.Equal("{\"model\":\"gpt-4o\",\"stream\":true,\"stream_options\":{\"include_usage\":true}," + Messages + "}", kit.SentBody);
        Assert.EndsWith("data: [DONE]\n\n", transport.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_dialects_provider_gets_the_deployment_as_its_model()
    {
        var kit = new PipelineKit(Dialect.Anthropic).Answer(() => CannedResponse.Json(
            """{"id":"m","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"""));

        var transport = await SendAsync(kit, "/openai/deployments/fake/claude/chat/completions", "{" + Messages + "}");

        Assert.StartsWith("{\"model\":\"claude\"", kit.SentBody, StringComparison.Ordinal);
        Assert.Contains("\"object\":\"chat.completion\"", transport.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Deployment + "/embeddings?api-version=1", """{"input":"a"}""", "/embeddings", """{"model":"gpt-4o","input":"a"}""")]
    [InlineData(Deployment + "/images/generations?api-version=1", """{"prompt":"cat"}""", "/images/generations", """{"model":"gpt-4o","prompt":"cat"}""")]
    [InlineData(Deployment + "/audio/speech?api-version=1&provider=fake", """{"input":"a"}""", "/audio/speech", """{"model":"gpt-4o","input":"a"}""")]
    [InlineData("/openai/v1/images/generations", """{"model":"m","prompt":"cat"}""", "/images/generations", """{"model":"m","prompt":"cat"}""")]
    [InlineData("/openai/v1/chat/completions?api-version=preview", "{\"model\":\"m\"," + Messages + "}", "/chat/completions", "{\"model\":\"m\"," + Messages + "}")]
    [InlineData("/openai/v1/embeddings", """{"model":"m","input":"a"}""", "/embeddings", """{"model":"m","input":"a"}""")]
    [InlineData("/openai/responses?api-version=2025-04-01-preview", """{"model":"m","input":"a"}""", "/responses", """{"model":"m","input":"a"}""")]
    [InlineData(Deployment + "/batches?api-version=1", """{"input_file_id":"f"}""", "/batches", """{"input_file_id":"f"}""")]
    [InlineData("/openai/batches?api-version=1&limit=2", """{"input_file_id":"f"}""", "/batches?limit=2", """{"input_file_id":"f"}""")]
    public async Task Every_operation_has_its_path_in_both_surfaces(string target, string body, string path, string sent)
    {
        var kit = Kit("{}");

        var transport = await SendAsync(kit, target, body);

        Assert.Equal((200, path, sent), (transport.StatusCode, kit.SentTarget!.Split(' ')[1].Replace("/v1", "", StringComparison.Ordinal), kit.SentBody));
    }

    [Theory]
    [InlineData("GET", "/openai/files?api-version=1", "GET /files")]
    [InlineData("GET", "/openai/v1/files/f/content?a=b%20c", "GET /files/f/content?a=b%20c")]
    [InlineData("DELETE", "/openai/v1/responses/resp_1", "DELETE /responses/resp_1")]
    public async Task What_has_no_body_passes(string method, string target, string sent)
    {
        var kit = Kit("{}");
        await SendAsync(kit, target, "", method: method);
        Assert.Equal(sent, kit.SentTarget);
    }

    [Theory]
    [InlineData("/openai/models?api-version=2024-10-21")]
    [InlineData("/openai/v1/models")]
    public async Task Models_are_listed(string target)
    {
        var transport = await SendAsync(Kit(), target, "", method: "GET");
        Assert.StartsWith("{\"object\":\"list\"", transport.WrittenText, StringComparison.Ordinal);
    }

    private const string Part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";

    private static string Model(string name) => $"--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{name}\r\n";

    [Theory]
    [InlineData(10, null)]
    [InlineData(10, "whisper-1")]
    [InlineData(10, "other")]
    [InlineData(200_000, null)]
    [InlineData(200_000, "other")]
    public async Task A_forms_model_is_replaced_or_put_in(int size, string? model)
    {
        var kit = Kit("""{"text":"hi"}""");
        var file = Part + new string('a', size) + "\r\n";
        var body = file + (model is null ? "" : Model(model)) + "--x--\r\n";

        await SendAsync(kit, "/openai/deployments/fake/whisper-1/audio/transcriptions?api-version=1", body, "multipart/form-data; boundary=x");

        Assert.Equal(model is null ? Model("whisper-1") + file + "--x--\r\n" : file + Model("whisper-1") + "--x--\r\n", kit.SentBody);
    }

    [Fact]
    public async Task A_part_is_put_in_behind_a_preamble_and_none_into_what_is_no_form()
    {
        var kit = Kit("{}");
        await SendAsync(kit, Deployment + "/audio/translations", "preamble\r\n" + Part + "a\r\n--x--\r\n", "multipart/form-data; boundary=x");
        Assert.Equal("preamble\r\n" + Model("gpt-4o") + Part + "a\r\n--x--\r\n", kit.SentBody);

        await SendAsync(kit, Deployment + "/audio/translations", "--xy\r\n", "multipart/form-data; boundary=x");
        Assert.Equal("--xy\r\n", kit.SentBody);
    }

    [Theory]
    [InlineData("/openai/deployments")]
    [InlineData("/openai/deployments/")]
    [InlineData("/openai/deployments/m/files")]
    [InlineData("/openai/deployments//embeddings")]
    [InlineData("/openai/v1/messages")]
    [InlineData("/openai/messages/count_tokens")]
    [InlineData("/openai/")]
    [InlineData("/openai")]
    [InlineData("/openai/v2/models")]
    public async Task What_Azure_has_not_is_not_there_under_the_name_that_was_asked(string target)
    {
        var kit = Kit();
        var transport = await SendAsync(kit, target, "{" + Messages + "}");
        Assert.Equal(404, transport.StatusCode);
        Assert.Contains($"There is no path '{target}'.", transport.WrittenText, StringComparison.Ordinal);
        Assert.Null(kit.SentBody);
    }

    [Theory]
    [InlineData("/x/../openai/v1/files", "/openai/v1/files")]
    [InlineData("/openai/v1/files/../../admin", "/openai/v1/files/x")]
    [InlineData("/openai/v1//files", "/openai/v1/files")]
    [InlineData("http://elsewhere/openai/v1/files", "/openai/v1/files")]
    public async Task A_target_that_somebody_might_read_as_another_is_refused(string target, string path)
    {
        var kit = Kit();
        var transport = await kit.SendAsync("", t => (t.Method, t.Path, t.RawTarget) = ("GET", path, target));
        Assert.Equal(400, transport.StatusCode);
        Assert.Null(kit.SentTarget);
    }

    [Theory]
    [InlineData("{}", "messages")]
    [InlineData("[1]", null)]
    [InlineData("{\"model\":\"a\",\"model\":\"b\"," + Messages + "}", "model")]
    [InlineData("{" + Messages, null)]
    public async Task A_body_that_is_wrong_stays_wrong(string body, string? field)
    {
        var kit = Kit();
        var transport = await SendAsync(kit, Deployment + "/chat/completions", body);
        Assert.Equal(400, transport.StatusCode);
        Assert.Contains($"\"param\":{(field is null ? "null" : $"\"{field}\"")}", transport.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_are_too_long_and_methods_that_are_wrong_are_refused()
    {
        var transport = await SendAsync(Kit(), $"/openai/deployments/{new string('m', 300)}/chat/completions", "{" + Messages + "}");
        Assert.Equal(400, transport.StatusCode);
        transport = await SendAsync(Kit(), $"/openai/deployments/{new string('m', 300)}/audio/translations", Part + "a\r\n--x--\r\n", "multipart/form-data; boundary=x");
        Assert.Equal(400, transport.StatusCode);
        transport = await SendAsync(Kit(), Deployment + "/embeddings", "", method: "GET");
        Assert.Equal((405, "POST"), (transport.StatusCode, transport.ResponseHeaders.Allow.ToString()));
    }

    [Fact]
    public async Task The_next_request_of_a_connection_has_no_deployment()
    {
        var kit = Kit();
        var transport = await SendAsync(kit, Deployment + "/chat/completions", "{" + Messages + "}");
        transport.Begin(Encoding.UTF8.GetBytes("{\"model\":\"m\"," + Messages + "}"));
        (transport.Path, transport.RawTarget) = ("/v1/chat/completions", "/v1/chat/completions");
        transport.RequestHeaders.ContentLength = null;
        await transport.SendAsync(kit);
        Assert.Equal("{\"model\":\"m\"," + Messages + "}", kit.SentBody);
    }

    [Theory]
    [InlineData("/openai/realtime?api-version=2025-04-01-preview&deployment=m&x=1", "/v1/realtime?model=m&x=1")]
    [InlineData("/openai/v1/realtime?model=m", "/v1/realtime?model=m")]
    [InlineData("/openai/realtime?api-version=1", "/v1/realtime")]
    public async Task Realtimes_deployment_is_its_model(string target, string plain)
    {
        var kit = Kit();
        var transport = await SendAsync(kit, target, "", method: "GET");
        // No handshake, so that it is refused; what matters is what it was taken for.
        Assert.Equal(400, transport.StatusCode);
        Assert.Equal((Operation.Realtime, plain), (kit.TakeRecord().Operation, transport.RawTarget));
    }
}
