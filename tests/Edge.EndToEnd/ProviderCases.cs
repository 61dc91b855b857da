using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;

namespace Edge.EndToEnd;

/// <summary>The providers, each as its documentation writes its wire.</summary>
internal static class ProviderCases
{
    private const string KeyId = "AKIDEXAMPLE";
    private const string Arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0";

    private static readonly RSA _google = RSA.Create(2048);

    public static IReadOnlyList<ProviderCase> All { get; } =
    [
        OpenAi("openai", "openai", "gpt-4o", "/v1/chat/completions", $"    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "authorization", "Bearer " + ProviderCase.Secret)),
        OpenAi("mistral", "mistral", "mistral-large-latest", "/v1/chat/completions", $"    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "authorization", "Bearer " + ProviderCase.Secret)),
        OpenAi("azure v1", "azure_openai", "gpt-4o", "/openai/v1/chat/completions", $"    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "api-key", ProviderCase.Secret, "authorization")),
        OpenAi("azure deployments", "azure_openai", "my deployment/1", "/openai/deployments/my%20deployment%2F1/chat/completions?api-version=2025-01-01-preview",
            $"    api: deployments\n    api_version: 2025-01-01-preview\n    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "api-key", ProviderCase.Secret, "authorization")),
        OpenAi("azure entra", "azure_openai", "gpt-4o", "/openai/v1/chat/completions", $"    azure:\n      tenant_id: tenant-1\n      client_id: client-1\n      client_secret: {ProviderCase.Secret}",
            exchange => Header(exchange, "authorization", "Bearer token-of-entra", "api-key")) with
        {
            Environment = new Dictionary<string, string> { ["AZURE_AUTHORITY_HOST"] = "{url}" },
            Aside = EntraAsync,
        },
        OpenAi("bedrock mantle", "bedrock", "openai.gpt-oss-120b", "/v1/chat/completions", AwsKeys("eu-west-1") + "\n    api: openai", exchange => Signed(exchange, "eu-west-1", "bedrock-mantle")),
        Responses("openai responses", "openai", "gpt-4o", "/v1/responses", $"    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "authorization", "Bearer " + ProviderCase.Secret)),
        Responses("azure responses", "azure_openai", "gpt-4o", "/openai/v1/responses", $"    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "api-key", ProviderCase.Secret, "authorization")),
        Responses("mantle responses", "bedrock", "openai.gpt-oss-120b", "/v1/responses", AwsKeys("eu-west-1") + "\n    api: openai", exchange => Signed(exchange, "eu-west-1", "bedrock-mantle")),
        Anthropic(),
        Claude(),
        Gemini("gemini", "gemini", "/v1beta/models/gemini-2.5-flash", $"    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "x-goog-api-key", ProviderCase.Secret, "authorization")),
        Gemini("vertex", "vertex", "/v1/projects/p-1/locations/europe-west4/publishers/google/models/gemini-2.5-flash", Vertex, exchange => Header(exchange, "authorization", "Bearer token-of-google")) with
        {
            Aside = GoogleAsync,
        },
        Bedrock("bedrock", AwsKeys("us-west-2"), exchange => Signed(exchange, "us-west-2", "bedrock")),
        Bedrock("bedrock irsa", "    region: us-west-2", exchange =>
        {
            Assert.Equal("session-1", exchange.Header("x-amz-security-token"));
            Signed(exchange, "us-west-2", "bedrock");
        }) with
        {
            Environment = new Dictionary<string, string>
            {
                ["AWS_ENDPOINT_URL_STS"] = "{url}", ["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/edge", ["AWS_WEB_IDENTITY_TOKEN_FILE"] = "{folder}/token",
                ["AWS_ROLE_SESSION_NAME"] = "edge-1",
            },
            Aside = StsAsync,
        },
        Bedrock("bedrock api key", $"    region: us-west-2\n    api_key: {ProviderCase.Secret}", exchange => Header(exchange, "authorization", "Bearer " + ProviderCase.Secret)),
        Cohere(),
        Ollama(),
    ];

    /// <summary>One provider of each dialect and framing.</summary>
    public static IReadOnlyList<ProviderCase> Dialects { get; } =
        [.. All.Where(provider => provider.Name is "openai" or "openai responses" or "anthropic" or "vertex claude" or "gemini" or "bedrock" or "cohere" or "ollama")];

    public static ProviderCase Find(string name) => All.Single(provider => provider.Name == name);

    private static string Vertex => $$"""
            project: p-1
            region: europe-west4
            google:
              credentials: '{{JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["project_id"] = "p-1",
        ["client_email"] = "edge@p-1.iam.gserviceaccount.com",
        ["private_key_id"] = "k1",
        ["private_key"] = _google.ExportPkcs8PrivateKeyPem(),
        ["token_uri"] = "{url}/token",
    }, _plain)}}'
        """;

    private static readonly JsonSerializerOptions _plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string AwsKeys(string region) => $"    region: {region}\n    aws:\n      access_key_id: {KeyId}\n      secret_access_key: {ProviderCase.Secret}";

    private static byte[] Sse(string data, string? name = null, string line = "\n") => Encoding.UTF8.GetBytes((name is null ? "" : $"event: {name}{line}") + $"data: {data}{line}{line}");

    private static void Header(FakeExchange exchange, string name, string value, string? absent = null)
    {
        Assert.Equal(value, exchange.Header(name));
        if (absent is not null) Assert.Null(exchange.Header(absent));
        // The client's own key is the gateway's business.
        Assert.DoesNotContain("sk-of-the-client", exchange.Head);
    }

    private static void Signed(FakeExchange exchange, string region, string service) => Assert.Null(AwsSignature.Problem(exchange, KeyId, ProviderCase.Secret, region, service));

    private static ProviderCase OpenAi(string name, string type, string model, string path, string yaml, Action<FakeExchange> authorized) => new()
    {
        Name = name,
        Yaml = $"    type: {type}\n{yaml}",
        Model = model,
        Path = path,
        Authorized = authorized,
        Native = "openai",
        // These serve Responses themselves.
        ClientNames = name is "mistral" or "azure deployments" ? ["openai", "anthropic", "responses"] : ["openai", "anthropic"],
        Asked = (body, stream) =>
        {
            Assert.Equal(model, body.GetProperty("model").GetString());
            Assert.Equal(("system", "Be brief."), (Role(body.GetProperty("messages")[0]), TextOf(body.GetProperty("messages")[0])));
            Assert.Equal(("user", "Hi"), (Role(body.GetProperty("messages")[1]), TextOf(body.GetProperty("messages")[1])));
            Assert.Equal(100, (body.TryGetProperty("max_tokens", out var max) ? max : body.GetProperty("max_completion_tokens")).GetInt32());
            Assert.Equal(0.5, body.GetProperty("temperature").GetDouble());
            Assert.Equal("get_weather", body.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
            Assert.Equal(stream, body.TryGetProperty("stream", out var streamed) && streamed.GetBoolean());
        },
        Whole = OpenAiWire.Completion().Replace(OpenAiWire.Usage, """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}""", StringComparison.Ordinal),
        Events =
        [
            Sse(OpenAiWire.Chunk("""{"role":"assistant","content":""}""")), Sse(OpenAiWire.Text("Hello")), Sse(OpenAiWire.Text(" there")), Sse(OpenAiWire.Chunk("{}", "\"stop\"")),
            Sse("""{"id":"c","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"""), Sse("[DONE]"),
        ],
        CompleteEvents = 6,
        Throttled = OpenAiWire.Error("Slow down.", "requests", "rate_limit_exceeded"),
        Error = Sse(OpenAiWire.Error("It broke.", "server_error")),
        Malformed = [Sse("""{"choices":[{"index":0,"delta":{"content":"x""")],
    };

    // https://platform.openai.com/docs/api-reference/responses
    private static ProviderCase Responses(string name, string type, string model, string path, string yaml, Action<FakeExchange> authorized)
    {
        const string Message = """{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hello there","annotations":[]}]}""";
        const string Whole = """{"id":"resp_1","object":"response","created_at":1700000000,"status":"completed","model":"gpt-4o","output":[""" + Message + """],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}""";
        return new()
        {
            Name = name,
            Yaml = $"    type: {type}\n{yaml}",
            Model = model,
            Path = path,
            Authorized = authorized,
            Native = "responses",
            ClientNames = ["responses"],
            Asked = (body, stream) =>
            {
                Assert.Equal(model, body.GetProperty("model").GetString());
                Assert.Equal(("Hi", "Be brief."), (body.GetProperty("input").GetString(), body.GetProperty("instructions").GetString()));
                Assert.Equal(stream, body.GetProperty("stream").GetBoolean());
            },
            Whole = Whole,
            Events =
            [
                Sse("""{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}}""", "response.created"),
                Sse("""{"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hello"}""", "response.output_text.delta"),
                Sse("""{"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":" there"}""", "response.output_text.delta"),
                Sse("""{"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":""" + Message + "}", "response.output_item.done"),
                Sse("""{"type":"response.completed","sequence_number":4,"response":""" + Whole + "}", "response.completed"),
            ],
            CompleteEvents = 5,
            Throttled = OpenAiWire.Error("Slow down.", "requests", "rate_limit_exceeded"),
            Error = Sse("""{"type":"error","sequence_number":0,"code":"server_error","message":"It broke.","param":null}""", "error"),
            Malformed = [],
        };
    }

    private static ProviderCase Anthropic() => new()
    {
        Native = "anthropic",
        Name = "anthropic",
        Yaml = $"    type: anthropic\n    api_key: {ProviderCase.Secret}",
        Model = "claude-sonnet-4-5",
        Path = "/v1/messages",
        Authorized = exchange =>
        {
            Header(exchange, "x-api-key", ProviderCase.Secret, "authorization");
            Assert.Equal("2023-06-01", exchange.Header("anthropic-version"));
        },
        Asked = (body, stream) =>
        {
            Assert.Equal("claude-sonnet-4-5", body.GetProperty("model").GetString());
            Claude(body, stream);
        },
        Whole = AnthropicWire.Message(),
        Events =
        [
            Bytes(AnthropicWire.Start()), Bytes(AnthropicWire.Ping), Bytes(AnthropicWire.BlockStart(0, """{"type":"text","text":""}""")),
            Bytes(AnthropicWire.Delta(0, """{"type":"text_delta","text":"Hello"}""")), Bytes(AnthropicWire.Delta(0, """{"type":"text_delta","text":" there"}""")), Bytes(AnthropicWire.BlockStop(0)),
            Bytes(AnthropicWire.MessageDelta("end_turn")), Bytes(AnthropicWire.Stop),
        ],
        CompleteEvents = 8,
        Throttled = AnthropicWire.Error("rate_limit_error", "Slow down."),
        Error = Bytes(AnthropicWire.Event("error", AnthropicWire.Error("overloaded_error", "It broke."))),
        Malformed = [Sse("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x""", "content_block_delta")],
    };

    private static ProviderCase Claude()
    {
        const string Root = "/v1/projects/p-1/locations/europe-west4/publishers/anthropic/models/claude-sonnet-4-5%4020250929";
        return Anthropic() with
        {
            Name = "vertex claude",
            Yaml = "    type: vertex\n" + Vertex,
            Model = "claude-sonnet-4-5@20250929",
            Path = Root + ":rawPredict",
            StreamPath = Root + ":streamRawPredict",
            Authorized = exchange => Header(exchange, "authorization", "Bearer token-of-google", "x-api-key"),
            Asked = (body, stream) =>
            {
                Assert.False(body.TryGetProperty("model", out _));
                Assert.Equal("vertex-2023-10-16", body.GetProperty("anthropic_version").GetString());
                Claude(body, stream);
            },
            Aside = GoogleAsync,
        };
    }

    private static void Claude(JsonElement body, bool stream)
    {
        Assert.Contains("Be brief.", body.GetProperty("system").GetRawText());
        Assert.Equal("user", Role(body.GetProperty("messages")[0]));
        Assert.Equal("Hi", TextOf(body.GetProperty("messages")[0]));
        Assert.Equal(100, body.GetProperty("max_tokens").GetInt32());
        Assert.Equal(0.5, body.GetProperty("temperature").GetDouble());
        Assert.Equal("object", body.GetProperty("tools")[0].GetProperty("input_schema").GetProperty("type").GetString());
        Assert.Equal(stream, body.TryGetProperty("stream", out var streamed) && streamed.GetBoolean());
    }

    private static ProviderCase Gemini(string name, string type, string path, string yaml, Action<FakeExchange> authorized)
    {
        return new()
        {
            Name = name,
            Yaml = $"    type: {type}\n{yaml}",
            Model = "gemini-2.5-flash",
            Path = path + ":generateContent",
            StreamPath = path + ":streamGenerateContent?alt=sse",
            Authorized = authorized,
            Asked = (body, isStreamed) =>
            {
                Assert.False(body.TryGetProperty("model", out _) || body.TryGetProperty("stream", out _));
                Assert.Equal("Be brief.", body.GetProperty("systemInstruction").GetProperty("parts")[0].GetProperty("text").GetString());
                Assert.Equal("user", Role(body.GetProperty("contents")[0]));
                Assert.Equal("Hi", body.GetProperty("contents")[0].GetProperty("parts")[0].GetProperty("text").GetString());
                Assert.Equal(100, body.GetProperty("generationConfig").GetProperty("maxOutputTokens").GetInt32());
                Assert.Equal(0.5, body.GetProperty("generationConfig").GetProperty("temperature").GetDouble());
                Assert.Equal("get_weather", body.GetProperty("tools")[0].GetProperty("functionDeclarations")[0].GetProperty("name").GetString());
            },
            Whole = Answer("Hello there", Finish, Counts),
            Events = [Sse(Answer("Hello", "", "\"promptTokenCount\":10"), line: "\r\n"), Sse(Answer(" there", Finish, Counts), line: "\r\n")],
            Throttled = """{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}""",
            Error = Sse("""{"error":{"code":503,"message":"It broke.","status":"UNAVAILABLE"}}"""),
            Malformed = [Sse("""{"candidates":[{"content":{"parts":[{"text":"x""")],
        };

        static string Answer(string text, string more, string counts) =>
            $$$"""{"candidates":[{"content":{"parts":[{"text":"{{{text}}}"}],"role":"model"},"index":0{{{more}}}}],"usageMetadata":{{{{counts}}}},"modelVersion":"gemini-2.5-flash","responseId":"r1"}""";
    }

    private const string Finish = ",\"finishReason\":\"STOP\"";
    private const string Counts = "\"promptTokenCount\":10,\"candidatesTokenCount\":5,\"totalTokenCount\":15";

    private static ProviderCase Bedrock(string name, string yaml, Action<FakeExchange> authorized) => new()
    {
        Name = name,
        Yaml = $"    type: bedrock\n{yaml}",
        Model = Arn,
        Path = $"/model/{Uri.EscapeDataString(Arn)}/converse",
        StreamPath = $"/model/{Uri.EscapeDataString(Arn)}/converse-stream",
        Authorized = authorized,
        ContentType = "application/vnd.amazon.eventstream",
        Asked = (body, isStreamed) =>
        {
            Assert.False(body.TryGetProperty("model", out _) || body.TryGetProperty("stream", out _));
            Assert.Equal("Be brief.", body.GetProperty("system")[0].GetProperty("text").GetString());
            Assert.Equal("Hi", body.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("text").GetString());
            Assert.Equal(100, body.GetProperty("inferenceConfig").GetProperty("maxTokens").GetInt32());
            Assert.Equal(0.5, body.GetProperty("inferenceConfig").GetProperty("temperature").GetDouble());
            Assert.Equal("get_weather", body.GetProperty("toolConfig").GetProperty("tools")[0].GetProperty("toolSpec").GetProperty("name").GetString());
        },
        Whole = """{"output":{"message":{"role":"assistant","content":[{"text":"Hello there"}]}},"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":5,"totalTokens":15},"metrics":{"latencyMs":1}}""",
        Events =
        [
            EventStreamBytes.Event("messageStart", """{"role":"assistant"}"""), EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hello"},"p":"ab"}"""),
            EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":" there"}}"""), EventStreamBytes.Event("contentBlockStop", """{"contentBlockIndex":0}"""),
            EventStreamBytes.Event("messageStop", """{"stopReason":"end_turn"}"""),
            EventStreamBytes.Event("metadata", """{"usage":{"inputTokens":10,"outputTokens":5,"totalTokens":15},"metrics":{"latencyMs":1}}"""),
        ],
        CompleteEvents = 6,
        Throttled = """{"message":"Slow down."}""",
        ThrottledHeaders = "x-amzn-ErrorType: ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/\r\n",
        Error = EventStreamBytes.Exception("modelStreamErrorException", """{"message":"It broke."}"""),
        Malformed = [WrongChecksum(0), WrongChecksum(4), WrongChecksum(^1), EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"x""")],
    };

    private static byte[] WrongChecksum(Index at)
    {
        // Of the length, of the headers' length, and of the message: the checksum of the prelude or of the whole must notice.
        var message = EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"not me"}}""");
        message[at] ^= 1;
        return message;
    }

    private static ProviderCase Cohere() => new()
    {
        Name = "cohere",
        Yaml = $"    type: cohere\n    api_key: {ProviderCase.Secret}",
        Model = "command-a-03-2025",
        Path = "/v2/chat",
        Authorized = exchange => Header(exchange, "authorization", "Bearer " + ProviderCase.Secret),
        Asked = (body, stream) =>
        {
            Assert.Equal("command-a-03-2025", body.GetProperty("model").GetString());
            Assert.Equal(("system", "Be brief."), (Role(body.GetProperty("messages")[0]), TextOf(body.GetProperty("messages")[0])));
            Assert.Equal(("user", "Hi"), (Role(body.GetProperty("messages")[1]), TextOf(body.GetProperty("messages")[1])));
            Assert.Equal(100, body.GetProperty("max_tokens").GetInt32());
            Assert.Equal("get_weather", body.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
            Assert.Equal(stream, body.TryGetProperty("stream", out var streamed) && streamed.GetBoolean());
        },
        Whole = """{"id":"c1","message":{"role":"assistant","content":[{"type":"text","text":"Hello there"}]},"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":10,"output_tokens":5},"tokens":{"input_tokens":10,"output_tokens":5}}}""",
        Events =
        [
            Sse("""{"id":"c1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}""", "message-start"),
            Sse("""{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}""", "content-start"),
            Sse("""{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hello"}}}}""", "content-delta"),
            Sse("""{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":" there"}}}}""", "content-delta"), Sse("""{"type":"content-end","index":0}""", "content-end"),
            Sse("""{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":10,"output_tokens":5},"tokens":{"input_tokens":10,"output_tokens":5}}}}""", "message-end"),
        ],
        CompleteEvents = 6,
        Throttled = """{"id":"e1","message":"Slow down."}""",
        Error = Sse("""{"type":"message-end","delta":{"finish_reason":"ERROR","error":"It broke."}}""", "message-end"),
        Malformed = [Sse("""{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"x""", "content-delta")],
    };

    private static ProviderCase Ollama() => new()
    {
        Name = "ollama",
        Yaml = "    type: ollama\n    api: native",
        Model = "qwen3:8b",
        Path = "/api/chat",
        Authorized = exchange => Assert.Null(exchange.Header("authorization")),
        ContentType = "application/x-ndjson",
        Asked = (body, stream) =>
        {
            Assert.Equal("qwen3:8b", body.GetProperty("model").GetString());
            Assert.Equal(("system", "Be brief."), (Role(body.GetProperty("messages")[0]), TextOf(body.GetProperty("messages")[0])));
            Assert.Equal(("user", "Hi"), (Role(body.GetProperty("messages")[1]), TextOf(body.GetProperty("messages")[1])));
            Assert.Equal(100, body.GetProperty("options").GetProperty("num_predict").GetInt32());
            Assert.Equal(0.5, body.GetProperty("options").GetProperty("temperature").GetDouble());
            Assert.Equal("get_weather", body.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
            // Absent would mean true.
            Assert.Equal(stream, body.GetProperty("stream").GetBoolean());
        },
        Whole = """{"model":"qwen3:8b","created_at":"2026-01-02T03:04:05.1Z","message":{"role":"assistant","content":"Hello there"},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":5}""",
        Events =
        [
            Bytes("""{"model":"qwen3:8b","created_at":"2026-01-02T03:04:05.1Z","message":{"role":"assistant","content":"Hello"},"done":false}""" + "\n"),
            Bytes("""{"model":"qwen3:8b","created_at":"2026-01-02T03:04:05.2Z","message":{"role":"assistant","content":" there"},"done":false}""" + "\n"),
            Bytes("""{"model":"qwen3:8b","created_at":"2026-01-02T03:04:05.3Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":5}""" + "\n"),
        ],
        CompleteEvents = 3,
        Throttled = """{"error":"Slow down."}""",
        Error = Bytes("{\"error\":\"It broke.\"}\n"),
        Malformed = [Bytes("{\"model\":\"qwen3:8b\",\"message\":{\"role\":\"assistant\",\"content\":\"x\n"), Bytes("<html>\n")],
    };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Role(JsonElement message) => message.GetProperty("role").GetString();

    // A string, or one text block.
    private static string? TextOf(JsonElement message)
    {
        var content = message.GetProperty("content");
        return content.ValueKind == JsonValueKind.String ? content.GetString() : Assert.Single(content.EnumerateArray()).GetProperty("text").GetString();
    }

    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    private static async Task<bool> EntraAsync(FakeExchange exchange)
    {
        if (exchange.Target != "/tenant-1/oauth2/v2.0/token") return false;
        var form = HttpUtility.ParseQueryString(exchange.Text);
        var isRight = form["grant_type"] == "client_credentials" && form["client_id"] == "client-1" && form["client_secret"] == ProviderCase.Secret
            && form["scope"] == "https://cognitiveservices.azure.com/.default";
        await exchange.JsonAsync(isRight ? """{"token_type":"Bearer","expires_in":3599,"access_token":"token-of-entra"}""" : """{"error":"invalid_client"}""", isRight ? 200 : 401);
        return true;
    }

    // https://developers.google.com/identity/protocols/oauth2/service-account#httprest
    private static async Task<bool> GoogleAsync(FakeExchange exchange)
    {
        if (exchange.Target != "/token") return false;
        var form = HttpUtility.ParseQueryString(exchange.Text);
        var parts = (form["assertion"] ?? "").Split('.');
        var isRight = form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer" && parts.Length == 3
            && _google.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && JsonDocument.Parse(Base64(parts[1])).RootElement is var claims && claims.GetProperty("iss").GetString() == "edge@p-1.iam.gserviceaccount.com"
            && claims.GetProperty("scope").GetString() == "https://www.googleapis.com/auth/cloud-platform"
            && claims.GetProperty("aud").GetString() == $"http://{exchange.Header("host")}/token" && claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64() is > 0 and <= 3600;
        await exchange.JsonAsync(isRight ? """{"access_token":"token-of-google","expires_in":3599,"token_type":"Bearer"}""" : """{"error":"invalid_grant"}""", isRight ? 200 : 400);
        return true;

        static byte[] Base64(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
    }

    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    private static async Task<bool> StsAsync(FakeExchange exchange)
    {
        if (exchange.Target != "/") return false;
        var form = HttpUtility.ParseQueryString(exchange.Text);
        var isRight = form["Action"] == "AssumeRoleWithWebIdentity" && form["Version"] == "2011-06-15" && form["RoleArn"] == "arn:aws:iam::123456789012:role/edge"
            && form["RoleSessionName"] == "edge-1" && form["WebIdentityToken"] == "token-of-the-cluster" && exchange.Header("authorization") is null;
        await exchange.JsonAsync(
            isRight
                ? $"<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials><SessionToken>session-1</SessionToken><SecretAccessKey>{ProviderCase.Secret}</SecretAccessKey><Expiration>2099-01-01T00:00:00Z</Expiration><AccessKeyId>{KeyId}</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
                : "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
            isRight ? 200 : 403);
        return true;
    }
}
