using System.Text;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.Gemini;

public class GeminiErrorsTests
{
    private static string Error(int code, string status, string message, string details = "") =>
        $$$"""{"error":{"code":{{{code}}},"message":"{{{message}}}","status":"{{{status}}}"{{{(details.Length > 0 ? $",\"details\":[{details}]" : "")}}}}}""";

    private static ProviderError Of(int status, string body) => GeminiErrors.FromResponse(status, Encoding.UTF8.GetBytes(body));

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", "Bad request", ProviderErrorKind.InvalidRequest)]
    [InlineData(400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", ProviderErrorKind.ContextLength)]
    [InlineData(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", ProviderErrorKind.Authentication)]
    [InlineData(400, "FAILED_PRECONDITION", "User location is not supported for the API use.", ProviderErrorKind.Permission)]
    [InlineData(401, "UNAUTHENTICATED", "m", ProviderErrorKind.Authentication)]
    [InlineData(403, "PERMISSION_DENIED", "m", ProviderErrorKind.Permission)]
    [InlineData(404, "NOT_FOUND", "models/x is not found for API version v1beta", ProviderErrorKind.ModelNotFound)]
    [InlineData(429, "RESOURCE_EXHAUSTED", "m", ProviderErrorKind.RateLimit)]
    [InlineData(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", ProviderErrorKind.Quota)]
    [InlineData(499, "CANCELLED", "m", ProviderErrorKind.ServerError)]
    [InlineData(500, "INTERNAL", "m", ProviderErrorKind.ServerError)]
    [InlineData(503, "UNAVAILABLE", "m", ProviderErrorKind.Overloaded)]
    [InlineData(504, "DEADLINE_EXCEEDED", "m", ProviderErrorKind.Timeout)]
    public void Kinds(int code, string status, string message, ProviderErrorKind kind)
    {
        foreach (var body in new[] { Error(code, status, message), $"[{Error(code, status, message)}]" })
        {
            var error = Of(code, body);
            Assert.Equal((kind, code, status, status, message), (error.Kind, error.Status, error.Type, error.Code, error.Message));
            Assert.True(GeminiErrors.TryFromEvent(Encoding.UTF8.GetBytes(body), out var inStream));
            Assert.Equal(error, inStream);
        }
    }

    [Fact]
    public void Details_say_more()
    {
        var wrongKey = Of(400, Error(400, "INVALID_ARGUMENT", "m", """{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}"""));
        var minute = Of(429, Error(429, "RESOURCE_EXHAUSTED", "m", """{"@type":"x/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"}]},{"@type":"x/google.rpc.RetryInfo","retryDelay":"34.5s"}"""));
        var day = Of(429, Error(429, "RESOURCE_EXHAUSTED", "m", """{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}"""));
        var field = Of(400, Error(400, "INVALID_ARGUMENT", "m", """{"@type":"x/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0].parts","description":"d"}]}"""));

        Assert.Equal((ProviderErrorKind.Authentication, "API_KEY_INVALID", 400), (wrongKey.Kind, wrongKey.Code, wrongKey.Status));
        Assert.Equal((ProviderErrorKind.RateLimit, TimeSpan.FromSeconds(34.5)), (minute.Kind, minute.RetryAfter));
        Assert.Equal(ProviderErrorKind.Quota, day.Kind);
        Assert.Equal("contents[0].parts", field.Param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Bad gateway</html>")]
    [InlineData("[]")]
    [InlineData("[[7]]")]
    [InlineData("7")]
    [InlineData("""{"error":7}""")]
    [InlineData("""{"error":{"details":[{"retryDelay":"NaNs"}]}}""")]
    [InlineData("""{"error":{"details":[{"retryDelay":"-Infinitys"}]}}""")]
    [InlineData("""{"error":{"code":"x","message":5,"status":[],"details":[1,{"reason":2,"retryDelay":"9e99s","violations":[3,{"quotaId":4}]}]}}""")]
    [InlineData("""{"error":{"code":503,"mess""")]
    public void Any_body_gives_an_error(string body)
    {
        var error = Of(502, body);
        Assert.Equal((ProviderErrorKind.ServerError, 502, ""), (error.Kind, error.Status, error.Message));
        Assert.Null(error.RetryAfter);
    }
}
