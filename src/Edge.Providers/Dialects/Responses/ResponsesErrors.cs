using System.Text.Json;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>Errors inside a Responses answer, whose HTTP status was 200.</summary>
internal static class ResponsesErrors
{
    /// <summary>
    /// The error of an event: <c>{"type":"error","error":{...}}</c> as OpenAI sends it, <c>{"type":"error","code":..,"message":..}</c> as it is documented, or
    /// <c>{"type":"response.failed","response":{"error":{...}}}</c>.
    /// </summary>
    public static ProviderError FromEvent(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = 512 });
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isResponse = reader.Is("response"u8);
                    reader.Read();
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    if (isResponse) return FromResponse(data[start..(int)reader.BytesConsumed]);
                }
            }
        }
        catch (JsonException)
        {
            // Then what can be read of it says enough.
        }
        return OpenAiErrors.FromEvent(data) is var error && error.Type == "error" ? error with { Type = null } : error;
    }

    /// <summary>The error of a failed response object.</summary>
    public static ProviderError FromResponse(ReadOnlySpan<byte> response)
    {
        var error = OpenAiErrors.FromEvent(response);
        return error.Message.Length > 0 ? error : error with { Message = "The response failed." };
    }
}
