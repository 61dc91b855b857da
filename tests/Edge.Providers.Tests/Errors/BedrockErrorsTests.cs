using System.Text;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Errors;

public class BedrockErrorsTests
{
    /// <summary>Status, x-amzn-errortype, body -> kind, type.</summary>
    [Theory]
    [InlineData(400, "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/", """{"message":"Bad"}""", ProviderErrorKind.InvalidRequest, "ValidationException", "Bad")]
    [InlineData(400, "ValidationException", """{"message":"The provided model identifier is invalid."}""", ProviderErrorKind.ModelNotFound, "ValidationException", "The provided model identifier is invalid.")]
    [InlineData(400, "", """{"message":"The provided model identifier is invalid."}""", ProviderErrorKind.ModelNotFound, null, "The provided model identifier is invalid.")]
    [InlineData(400, "ValidationException", """{"message":"Input is too long for requested model."}""", ProviderErrorKind.ContextLength, "ValidationException", "Input is too long for requested model.")]
    [InlineData(400, "", """{"message":"The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum"}""", ProviderErrorKind.ContextLength, null, "The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum")]
    [InlineData(403, "AccessDeniedException", """{"Message":"No access"}""", ProviderErrorKind.Permission, "AccessDeniedException", "No access")]
    [InlineData(403, "", """{"message":"The security token included in the request is invalid."}""", ProviderErrorKind.Authentication, null, "The security token included in the request is invalid.")]
    [InlineData(403, "", """{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"m"}""", ProviderErrorKind.Authentication, "ExpiredTokenException", "m")]
    [InlineData(404, "ResourceNotFoundException", """{"message":"m"}""", ProviderErrorKind.ModelNotFound, "ResourceNotFoundException", "m")]
    [InlineData(408, "ModelTimeoutException", """{"message":"m"}""", ProviderErrorKind.Timeout, "ModelTimeoutException", "m")]
    [InlineData(424, "ModelErrorException", """{"message":"m","originalStatusCode":500}""", ProviderErrorKind.ServerError, "ModelErrorException", "m")]
    [InlineData(424, "", "", ProviderErrorKind.ServerError, null, "")]
    [InlineData(429, "ThrottlingException", """{"message":"Too many requests"}""", ProviderErrorKind.RateLimit, "ThrottlingException", "Too many requests")]
    [InlineData(429, "ThrottlingException", """{"message":"Too many tokens per day"}""", ProviderErrorKind.Quota, "ThrottlingException", "Too many tokens per day")]
    [InlineData(429, "ModelNotReadyException", """{"message":"m"}""", ProviderErrorKind.Overloaded, "ModelNotReadyException", "m")]
    [InlineData(400, "ServiceQuotaExceededException", """{"message":"m"}""", ProviderErrorKind.Quota, "ServiceQuotaExceededException", "m")]
    [InlineData(500, "InternalServerException", """{"message":"m"}""", ProviderErrorKind.ServerError, "InternalServerException", "m")]
    [InlineData(503, "ServiceUnavailableException", """{"message":"m"}""", ProviderErrorKind.Overloaded, "ServiceUnavailableException", "m")]
    [InlineData(502, "", "<html>", ProviderErrorKind.ServerError, null, "")]
    [InlineData(400, "", """{"message":7,"__type":[]}""", ProviderErrorKind.InvalidRequest, null, "")]
    [InlineData(400, "", """{"message":"cut o""", ProviderErrorKind.InvalidRequest, null, "")]
    public void Errors_are_told_apart(int status, string header, string body, ProviderErrorKind kind, string? type, string message)
    {
        var error = BedrockErrors.FromResponse(status, Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(body));
        Assert.Equal(new ProviderError { Kind = kind, Status = status, Type = type, Message = message }, error);
    }
}
