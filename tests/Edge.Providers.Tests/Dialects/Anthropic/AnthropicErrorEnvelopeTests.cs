using System.Text;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicErrorEnvelopeTests
{
    [Fact]
    public void The_gateways_own_error_carries_its_code_where_both_kinds_of_client_look()
    {
        var output = new ByteBuffer();
        AnthropicErrorEnvelope.Write(output, 429, "Slow \"down\"", "RATE_LIMIT_EXCEEDED", "req_1");

        Assert.Equal(
            """{"type":"error","error":{"type":"rate_limit_error","message":"Slow \"down\"","code":"RATE_LIMIT_EXCEEDED","details":{"error_code":"RATE_LIMIT_EXCEEDED"}},"request_id":"req_1"}""",
            Encoding.UTF8.GetString(output.Span));
    }

    [Fact]
    public void An_event_is_one_server_sent_event()
    {
        var output = new ByteBuffer();
        AnthropicErrorEnvelope.WriteEvent(output, 502, "Line\nbreak");

        Assert.Equal("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"Line\\nbreak\"}}\n\n", Encoding.UTF8.GetString(output.Span));
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(402, "billing_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(408, "timeout_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(422, "invalid_request_error")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(503, "overloaded_error")]
    [InlineData(504, "timeout_error")]
    [InlineData(529, "overloaded_error")]
    public void A_status_has_its_type(int status, string type) => Assert.Equal(type, AnthropicErrorEnvelope.TypeOf(status));

    [Theory]
    [InlineData(ProviderErrorKind.ContextLength, 400, "context_length_exceeded", "invalid_request_error")]
    [InlineData(ProviderErrorKind.ModelNotFound, 404, null, "not_found_error")]
    [InlineData(ProviderErrorKind.Quota, 429, "insufficient_quota", "rate_limit_error")]
    [InlineData(ProviderErrorKind.Quota, 402, null, "billing_error")]
    [InlineData(ProviderErrorKind.Overloaded, 503, "server_error", "overloaded_error")]
    [InlineData(ProviderErrorKind.ServerError, 500, "overloaded_error", "overloaded_error")]
    [InlineData(ProviderErrorKind.Malformed, 502, null, "api_error")]
    public void A_providers_error_has_one_of_the_dialects_types(ProviderErrorKind kind, int status, string? type, string expected)
    {
        var output = new ByteBuffer();
        AnthropicErrorEnvelope.Write(output, new ProviderError { Kind = kind, Status = status, Type = type, Message = "m", Param = "p", Code = "c" });

        var error = JsonDocument.Parse(output.Span.ToArray()).RootElement.GetProperty("error");
        Assert.Equal((expected, "p: m", "c"), (error.GetProperty("type").GetString(), error.GetProperty("message").GetString(), error.GetProperty("code").GetString()));
        // What we write we read.
        Assert.Equal(expected, AnthropicErrors.FromResponse(status, output.Span).Type);
    }
}
