using System.Text;
using Edge.Configuration;
using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Upstream;

namespace Edge.Tests.Pipeline;

public class SharedEndpointTests
{
    private const string Boundary = "--x\r\n";

    private static Task<NullTransport> SendAsync(PipelineKit kit, string method, string target, string body = "", string type = "application/json", Action<NullTransport>? more = null) =>
        kit.SendAsync(body, transport =>
        {
            transport.Method = method;
            transport.RawTarget = target;
            transport.Path = target.Split('?')[0];
            if (body.Length > 0)
            {
                transport.RequestHeaders.ContentType = type;
                transport.RequestHeaders.ContentLength = Encoding.UTF8.GetByteCount(body);
            }
            more?.Invoke(transport);
        });

    [Theory]
    [InlineData("GET", "/v1/files?limit=2&after=a%20b", "/files?limit=2&after=a%20b")]
    [InlineData("GET", "/v1/files/file-1/content", "/files/file-1/content")]
    [InlineData("DELETE", "/v1/files/file-1?provider=fake", "/files/file-1")]
    [InlineData("GET", "/v1/batches?provider=fake&limit=1", "/batches?limit=1")]
    [InlineData("POST", "/v1/batches/b/cancel", "/batches/b/cancel")]
    [InlineData("GET", "/v1/fine_tuning/checkpoints/ft%3Agpt%3Aorg/permissions", "/fine_tuning/checkpoints/ft%3Agpt%3Aorg/permissions")]
    [InlineData("GET", "/v1/vector_stores/vs/files/f", "/vector_stores/vs/files/f")]
    [InlineData("DELETE", "/v1/responses/resp_1", "/responses/resp_1")]
    [InlineData("GET", "/v1/responses/resp_1/input_items?limit=1", "/responses/resp_1/input_items?limit=1")]
    public async Task A_path_without_a_body_goes_to_the_provider_that_serves_it(string method, string target, string sent)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("""{"id":"x"}"""));

        var transport = await SendAsync(kit, method, target);

        Assert.Equal($"{method} {sent}", kit.SentTarget);
        Assert.Equal("", kit.SentBody);
        Assert.Equal((200, """{"id":"x"}"""), (transport.StatusCode, transport.WrittenText));
        Assert.Equal("fake", transport.ResponseHeaders["x-edge-provider"]);
    }

    [Fact]
    public async Task A_JSON_body_is_routed_by_its_model_which_alone_changes()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("""{"data":[],"usage":{"input_tokens":5,"output_tokens":7}}"""));

        await SendAsync(kit, "POST", "/v1/images/generations", """{"prompt":"cat","stream":true, "model":"fake/gpt-image-1","cache":{"enabled":false}}""");

        Assert.Equal("""{"prompt":"cat","stream":true, "model":"gpt-image-1"}""", kit.SentBody);
        Assert.Contains("content-type: application/json\r\n", kit.SentHeaders, StringComparison.Ordinal);
        var record = kit.TakeRecord();
        Assert.Equal((Operation.Images, 5L, 7L), (record.Operation, record.Usage.Input, record.Usage.Output));
    }

    [Theory]
    [InlineData("")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_that_curl_calls_a_form_is_JSON(string type)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{}"));

        await SendAsync(kit, "POST", "/v1/audio/speech", """{"model":"fake/tts-1","input":"hi"}""", type);

        Assert.Equal("""{"model":"tts-1","input":"hi"}""", kit.SentBody);
        Assert.Contains("content-type: application/json\r\n", kit.SentHeaders, StringComparison.Ordinal);
        Assert.DoesNotContain("urlencoded", kit.SentHeaders, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_JSON_body_needs_no_model()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{}"));
        const string body = """{"input_file_id":"file-1","endpoint":"/v1/chat/completions","completion_window":"24h"}""";

        await SendAsync(kit, "POST", "/v1/batches", body);

        Assert.Equal(body, kit.SentBody);
    }

    [Theory]
    [InlineData("fake/whisper-1", "whisper-1")]
    [InlineData("whisper-1", "whisper-1")]
    public async Task An_upload_streams_with_only_its_model_changed(string model, string sent)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("""{"text":"hi"}"""));
        string Body(string name) => Boundary + $"Content-Disposition: form-data; name=\"model\"\r\n\r\n{name}\r\n" + Boundary
            + "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" + new string('a', 200_000) + "\r\n--x--\r\n";

        await SendAsync(kit, "POST", "/v1/audio/transcriptions", Body(model), "multipart/form-data; boundary=x");

        Assert.Equal(Body(sent), kit.SentBody);
        Assert.Contains("content-type: multipart/form-data; boundary=x\r\n", kit.SentHeaders, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fake/whisper-1", "whisper-1")]
    [InlineData("whisper-1", "whisper-1")]
    public async Task A_model_behind_a_long_file_is_found_as_well(string model, string sent)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("""{"text":"hi"}"""));
        string Body(string name) => Boundary + "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" + new string('a', 200_000) + "\r\n"
            + Boundary + $"Content-Disposition: form-data; name=\"model\"\r\n\r\n{name}\r\n--x--\r\n";

        await SendAsync(kit, "POST", "/v1/audio/transcriptions", Body(model), "multipart/form-data; boundary=x");

        Assert.Equal(Body(sent), kit.SentBody);
    }

    [Fact]
    public async Task An_upload_whose_model_nobody_lists_goes_to_the_default_untouched()
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{}"));
        var body = Boundary + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + new string('a', 100_000) + "\r\n" + Boundary
            + "Content-Disposition: form-data; name=\"model\"\r\n\r\nnobody/knows\r\n--x--\r\n";

        await SendAsync(kit, "POST", "/v1/audio/transcriptions", body, "multipart/form-data; boundary=x");

        Assert.Equal(body, kit.SentBody);
    }

    [Fact]
    public async Task Sound_and_files_stream_through_with_what_describes_them()
    {
        byte[] sound = [0xFF, 0xF3, 0, 1, 2];
        var kit = new PipelineKit().Answer(() => new CannedResponse(206, "audio/mpeg", [sound, sound])
            .WithHeader("content-disposition", "attachment; filename=a.mp3").WithHeader("content-range", "bytes 0-9/20").WithHeader("set-cookie", "secret=1"));

        var transport = await SendAsync(kit, "GET", "/v1/files/f/content", more: t => t.RequestHeaders.Range = "bytes=0-9");

        Assert.Equal(206, transport.StatusCode);
        Assert.Equal([.. sound, .. sound], transport.Written.ToArray());
        Assert.Equal("audio/mpeg", transport.ResponseHeaders.ContentType);
        Assert.Equal("attachment; filename=a.mp3", transport.ResponseHeaders.ContentDisposition);
        Assert.Equal("bytes 0-9/20", transport.ResponseHeaders.ContentRange);
        Assert.False(transport.ResponseHeaders.ContainsKey("set-cookie"));
        Assert.Contains("range: bytes=0-9\r\n", kit.SentHeaders, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_providers_error_passes_as_it_is()
    {
        const string error = """{"error":{"message":"No such File object","type":"invalid_request_error","param":"id","code":null}}""";
        var kit = new PipelineKit().Answer(() => CannedResponse.Json(error, 404));

        var transport = await SendAsync(kit, "GET", "/v1/files/none");

        Assert.Equal((404, error), (transport.StatusCode, transport.WrittenText));
        Assert.Equal(Outcome.ProviderError, kit.TakeRecord().Outcome);
    }

    [Fact]
    public async Task JSON_that_breaks_off_is_an_honest_502_and_anything_else_breaks_the_connection()
    {
        ReadOnlyMemory<byte> half = "{\"id\":"u8.ToArray();
        var kit = new PipelineKit().Answer(() => new CannedResponse(200, "application/json", [half], UpstreamFailure.Cut));
        Assert.Equal(502, (await SendAsync(kit, "GET", "/v1/files/f")).StatusCode);

        kit.Answer(() => new CannedResponse(200, "application/octet-stream", [half], UpstreamFailure.Cut));
        Assert.True((await SendAsync(kit, "GET", "/v1/files/f/content")).Client.IsCancellationRequested);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_not_passed()
    {
        var kit = new PipelineKit().Answer(() => new CannedResponse(302, "text/html", []).WithHeader("location", "http://evil"));

        var transport = await SendAsync(kit, "GET", "/v1/files/f/content");

        Assert.Equal(502, transport.StatusCode);
        Assert.False(transport.ResponseHeaders.ContainsKey("location"));
    }

    [Theory]
    [InlineData("/v1/files/../../admin")]
    [InlineData("/v1/files/./x")]
    [InlineData("/v1/files/%2e%2e/x")]
    [InlineData("/v1/files/%2E./x")]
    [InlineData("/v1/files/a%2f..%2fb")]
    [InlineData("/v1/files/a%5cb")]
    [InlineData("/v1/files/a\\b")]
    [InlineData("/v1/files//x")]
    [InlineData("/v1/files/%252e%252e/x")]
    [InlineData("/v1/files/a%00")]
    [InlineData("/v1/files/a%0d%0aX:%20y")]
    [InlineData("/v1/files/a%zz")]
    [InlineData("/v1/files/a%2")]
    [InlineData("/v1/files/a;b")]
    [InlineData("/v1/files/é")]
    [InlineData("http://elsewhere/v1/files/x")]
    public async Task A_path_that_somebody_might_read_as_another_is_refused(string target)
    {
        Assert.False(SharedEndpoints.IsPlain(target));
        var kit = new PipelineKit();

        var transport = await kit.SendAsync("", t => (t.Method, t.Path, t.RawTarget) = ("GET", "/v1/files/x", target));

        Assert.Equal(400, transport.StatusCode);
        Assert.Null(kit.SentBody);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/filesystem")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/realtime")]
    [InlineData("/v1/images/other")]
    [InlineData("/v1/rerank/more")]
    [InlineData("/files")]
    public void Other_paths_are_none_of_them(string path) => Assert.Null(SharedEndpoints.Find(path));

    [Theory]
    [InlineData("PUT", "/v1/files", "GET, POST, DELETE")]
    [InlineData("GET", "/v1/moderations", "POST")]
    public async Task A_wrong_method_says_which_are_right(string method, string target, string allowed)
    {
        var transport = await SendAsync(new PipelineKit(), method, target);

        Assert.Equal((405, allowed), (transport.StatusCode, transport.ResponseHeaders.Allow.ToString()));
    }

    [Fact]
    public async Task Who_serves_it_is_said_where_nobody_does_or_the_named_one_does_not()
    {
        var nobody = await SendAsync(new PipelineKit(Dialect.Anthropic), "GET", "/v1/files");
        Assert.Equal(404, nobody.StatusCode);
        Assert.Contains("No configured provider serves /v1/files; configured are fake.", nobody.WrittenText, StringComparison.Ordinal);

        var named = await SendAsync(new PipelineKit(Dialect.Anthropic), "GET", "/v1/files", more: t => t.RequestHeaders["x-edge-provider"] = "fake");
        Assert.Equal(404, named.StatusCode);

        var unknown = await SendAsync(new PipelineKit(), "GET", "/v1/files?provider=other");
        Assert.Equal(400, unknown.StatusCode);
        Assert.Contains("allowed: fake", unknown.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v1/responses/resp_1", "openai")]
    [InlineData("GET", "/v1/files", "openai")]
    // None that we know has it: the unknown server is asked.
    [InlineData("POST", "/v1/rerank", "fake")]
    [InlineData("GET", "/v1/files?provider=fake", "fake")]
    public async Task A_server_that_nothing_is_known_of_is_asked_last(string method, string target, string provider)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("openai_compatible"), more: [ProviderCatalog.Find("anthropic")!, ProviderCatalog.Find("openai")!])
            .Answer(() => CannedResponse.Json("{}"));

        var transport = await SendAsync(kit, method, target, method == "POST" ? """{"query":"q","documents":["d"]}""" : "");

        Assert.Equal((200, provider), (transport.StatusCode, transport.ResponseHeaders["x-edge-provider"].ToString()));
    }

    [Fact]
    public async Task State_is_asked_of_providers_that_keep_some()
    {
        var transport = await SendAsync(new PipelineKit(Dialect.Anthropic), "POST", "/v1/responses", """{"model":"fake/m","input":"x","previous_response_id":"r"}""");

        Assert.Equal(400, transport.StatusCode);
        Assert.Contains("(openai, azure_openai)", transport.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_over_the_limit_is_refused_before_it_is_read()
    {
        var config = new EdgeConfig { Server = new ServerConfig { MaxUploadSize = 100 } };
        var kit = new PipelineKit(config: config);

        var transport = await SendAsync(kit, "POST", "/v1/files", new string('a', 101), "application/octet-stream");

        Assert.Equal(413, transport.StatusCode);
        Assert.Null(kit.SentBody);
    }

    [Fact]
    public void Every_endpoint_has_a_provider_and_rerank_both_versions()
    {
        Assert.All(SharedEndpoints.All, endpoint => Assert.Contains(ProviderCatalog.All, sheet => (sheet.Endpoints & endpoint.Needs) != 0));
        Assert.Equal("/v2", SharedEndpoints.Find("/v2/rerank")!.Version);
    }
}
