using System.Text;
using System.Text.Json;
using Edge.Providers.Errors;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Errors;

public class ProviderErrorTests
{
    [Theory]
    [InlineData(400, "invalid_request_error", "messages: at least one", ProviderErrorKind.InvalidRequest, ErrorSide.Client, false)]
    [InlineData(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", ProviderErrorKind.ContextLength, ErrorSide.Client, false)]
    [InlineData(400, "invalid_request_error", "Your credit balance is too low", ProviderErrorKind.Quota, ErrorSide.Gateway, false)]
    [InlineData(400, "invalid_request_error", "Output blocked by content filtering policy", ProviderErrorKind.ContentPolicy, ErrorSide.Client, false)]
    [InlineData(401, "authentication_error", "invalid x-api-key", ProviderErrorKind.Authentication, ErrorSide.Gateway, false)]
    [InlineData(403, "permission_error", "m", ProviderErrorKind.Permission, ErrorSide.Gateway, false)]
    [InlineData(404, "not_found_error", "model: claude-x", ProviderErrorKind.ModelNotFound, ErrorSide.Gateway, false)]
    [InlineData(413, "request_too_large", "m", ProviderErrorKind.TooLarge, ErrorSide.Client, false)]
    [InlineData(429, "rate_limit_error", "m", ProviderErrorKind.RateLimit, ErrorSide.Provider, true)]
    [InlineData(500, "api_error", "m", ProviderErrorKind.ServerError, ErrorSide.Provider, true)]
    [InlineData(529, "overloaded_error", "m", ProviderErrorKind.Overloaded, ErrorSide.Provider, true)]
    [InlineData(504, "timeout_error", "m", ProviderErrorKind.Timeout, ErrorSide.Provider, true)]
    [InlineData(418, "teapot_error", "m", ProviderErrorKind.InvalidRequest, ErrorSide.Client, false)]
    public void Anthropics_errors(int status, string type, string message, ProviderErrorKind kind, ErrorSide side, bool retryable)
    {
        var error = AnthropicErrors.FromResponse(status, Encoding.UTF8.GetBytes($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"},"request_id":"req_1"}"""));

        Assert.Equal(new ProviderError { Kind = kind, Status = status, Type = type, Message = message }, error);
        Assert.Equal((side, retryable), (error.Side, error.IsRetryable));
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"m","type":"invalid_request_error","param":"messages","code":null}}""", ProviderErrorKind.InvalidRequest)]
    [InlineData(400, """{"error":{"message":"m","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""", ProviderErrorKind.ContextLength)]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens","type":"BadRequestError","code":400}}""", ProviderErrorKind.ContextLength)]
    [InlineData(400, """{"error":{"message":"m","code":"content_filter"}}""", ProviderErrorKind.ContentPolicy)]
    [InlineData(401, """{"error":{"message":"m","code":"invalid_api_key"}}""", ProviderErrorKind.Authentication)]
    [InlineData(404, """{"error":{"message":"m","code":"model_not_found"}}""", ProviderErrorKind.ModelNotFound)]
    [InlineData(404, """{"detail":"Not Found"}""", ProviderErrorKind.InvalidRequest)]
    [InlineData(429, """{"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}}""", ProviderErrorKind.RateLimit)]
    [InlineData(429, """{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}""", ProviderErrorKind.Quota)]
    [InlineData(402, "", ProviderErrorKind.Quota)]
    [InlineData(503, "<html><body>busy</body></html>", ProviderErrorKind.Overloaded)]
    [InlineData(502, "null", ProviderErrorKind.ServerError)]
    [InlineData(504, """{"error":{"message":"cut o""", ProviderErrorKind.Timeout)]
    [InlineData(500, """{"error":[[[1]]],"message":{}}""", ProviderErrorKind.ServerError)]
    public void OpenAis_errors(int status, string body, ProviderErrorKind kind)
    {
        var error = OpenAiErrors.FromResponse(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal((kind, status), (error.Kind, error.Status));
        Assert.DoesNotContain('<', error.Message);
    }

    [Fact]
    public void The_providers_own_words_are_kept()
    {
        var error = OpenAiErrors.FromResponse(400, """{"type":"x","error":{"message":"A \"b\"\n","type":"t","param":"p","code":"c"},"code":"y","message":"z"}"""u8);
        Assert.Equal(("A \"b\"\n", "t", "p", "c"), (error.Message, error.Type, error.Param, error.Code));
        Assert.Equal("text", OpenAiErrors.FromResponse(400, """{"error":"text"}"""u8).Message);
        Assert.Equal("Not Found", OpenAiErrors.FromResponse(404, """{"detail":"Not Found"}"""u8).Message);
    }

    [Theory]
    [InlineData("""{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","foo"],"msg":"Extra inputs are not permitted","input":[{"msg":"x"}]}]},"type":"invalid_request_error","param":null,"code":null}""", "foo: Extra inputs are not permitted", "foo")]
    [InlineData("""{"detail":[{"loc":["body","messages",0,"content"],"msg":"Field required"},{"loc":["body","n"],"msg":"Too big"}]}""", "messages[0].content: Field required; n: Too big", "messages[0].content")]
    [InlineData("""{"detail":[{"msg":"Field required","loc":["body"]}]}""", "Field required", null)]
    [InlineData("""{"detail":{"message":"No such model"}}""", "No such model", null)]
    [InlineData("""{"detail":["a",{"msg":"b"}]}""", "a; b", null)]
    [InlineData("""{"message":{"detail":[]},"type":"t"}""", "", null)]
    [InlineData("""{"detail":[{"loc":"x","msg":{"y":[1]}},{"loc":[[1],{"a":2},"k"],"msg":"z"}]}""", "k: z", "k")]
    [InlineData("""{"detail":[{"loc":["body","a"],"msg":"b"},{"loc":["bo""", "a: b", "a")]
    public void What_a_validation_says_of_each_member_is_kept(string body, string message, string? param)
    {
        var error = OpenAiErrors.FromResponse(422, Encoding.UTF8.GetBytes(body));
        Assert.Equal((ProviderErrorKind.InvalidRequest, message, param), (error.Kind, error.Message, error.Param));
    }

    [Fact]
    public void A_long_validation_is_cut_at_an_entry()
    {
        var entries = string.Join(',', Enumerable.Range(0, 500).Select(i => $$"""{"loc":["body",{{i}}],"msg":"wrong"}"""));
        var error = OpenAiErrors.FromResponse(422, Encoding.UTF8.GetBytes($$"""{"detail":[{{entries}}]}"""));
        Assert.InRange(error.Message.Length, 1000, 2048);
        Assert.EndsWith(": wrong", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("\\n")]
    [InlineData("\\\\")]
    [InlineData("\\ud83d\\ude00")]
    public void A_long_message_is_cut_at_a_character(string unit)
    {
        for (var shift = 0; shift < 12; shift++)
        {
            var text = new string('a', shift) + string.Concat(Enumerable.Repeat(unit, 4000));
            var error = AnthropicErrors.FromResponse(500, Encoding.UTF8.GetBytes($$$"""{"error":{"message":"{{{text}}}"}}"""));
            Assert.InRange(error.Message.Length, 100, 2048);
            Assert.DoesNotContain('\ufffd', error.Message[..^2]);
        }
    }

    [Fact]
    public void Recorded_errors_are_understood()
    {
        foreach (var file in new[] { "anthropic", "openai_chat", "groq", "mistral", "deepseek", "openrouter" })
        {
            foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
            {
                var response = record.GetProperty("response");
                var status = response.GetProperty("status").GetInt32();
                if (status < 400 || !response.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object) continue;
                var bytes = Encoding.UTF8.GetBytes(body.GetRawText());
                var error = file == "anthropic" ? AnthropicErrors.FromResponse(status, bytes) : OpenAiErrors.FromResponse(status, bytes);
                Assert.Equal(status, error.Status);
                Assert.True(error.Message.Length > 0, body.GetRawText());
            }
        }
    }
}
