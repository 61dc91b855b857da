using Edge.Providers.Chat;
using Edge.Providers.Errors;

namespace Edge.Providers.Dialects.Responses;

/// <summary>Pieces that the streamed and the whole form of a Responses answer share. https://platform.openai.com/docs/api-reference/responses/object</summary>
internal static class ResponsesText
{
    /// <summary>Stands in where the caller gives no echo of the request.</summary>
    public static ReadOnlySpan<byte> NoEcho =>
        """
        "instructions":null,"max_output_tokens":null,"parallel_tool_calls":true,"previous_response_id":null,"store":false,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","metadata":{},
        """u8;

    /// <summary>
    /// The reason of an answer that ended before it was whole, escaped; empty = it was whole. SDKs take any word here, so a provider's own stands where none of OpenAI's fits.
    /// </summary>
    /// <param name="reason">Why the answer ended.</param>
    /// <param name="detail">The provider's own word, escaped.</param>
    public static ReadOnlySpan<byte> Incomplete(FinishReason reason, ReadOnlySpan<byte> detail) => reason switch
    {
        FinishReason.ContentFilter => "content_filter"u8,
        FinishReason.Pause or FinishReason.Other when !detail.IsEmpty => detail,
        FinishReason.Length or FinishReason.ContextWindow or FinishReason.Pause or FinishReason.Other => "max_output_tokens"u8,
        _ => default,
    };

    /// <summary>
    /// The usage object. Its details are demanded by the official SDKs' types, so what was not reported is 0. <c>cache_write_tokens</c> is an extension for providers that charge for it.
    /// </summary>
    public static void Usage(ref JsonOut json, in Usage usage)
    {
        var input = Math.Max(usage.Input, 0);
        var output = Math.Max(usage.Output, 0);
        json.Raw("{\"input_tokens\":"u8);
        json.Number(input);
        json.Raw(",\"input_tokens_details\":{\"cached_tokens\":"u8);
        json.Number(Math.Max(usage.CacheRead, 0));
        if (usage.CacheWrite >= 0)
        {
            json.Raw(",\"cache_write_tokens\":"u8);
            json.Number(usage.CacheWrite);
        }
        json.Raw("},\"output_tokens\":"u8);
        json.Number(output);
        json.Raw(",\"output_tokens_details\":{\"reasoning_tokens\":"u8);
        json.Number(Math.Max(usage.Reasoning, 0));
        json.Raw("},\"total_tokens\":"u8);
        json.Number(input + output);
        json.Raw("}"u8);
    }

    /// <summary>A response's <c>error</c> object.</summary>
    public static void Error(ref JsonOut json, ProviderError error)
    {
        json.Raw("{\"code\":"u8);
        json.String(Code(error));
        json.Raw(",\"message\":"u8);
        json.String(Message(error));
        json.Raw("}"u8);
    }

    /// <summary>The error object of an <c>error</c> event, as OpenAI sends it: the SDKs raise over it, so that nobody takes the answer for whole.</summary>
    public static void EventError(ref JsonOut json, ProviderError error)
    {
        json.Raw("{\"type\":"u8);
        json.String(error.ClientType);
        json.Raw(",\"code\":"u8);
        json.String(Code(error));
        json.Raw(",\"message\":"u8);
        json.String(Message(error));
        json.Raw(",\"param\":"u8);
        json.String(error.Param);
        json.Raw("}"u8);
    }

    private static string Message(ProviderError error) => error.Message.Length > 0 ? error.Message : "The provider reported an error.";

    private static string Code(ProviderError error) => error.Code ?? error.Kind switch
    {
        ProviderErrorKind.RateLimit => "rate_limit_exceeded",
        ProviderErrorKind.Quota => "insufficient_quota",
        ProviderErrorKind.ContextLength => "context_length_exceeded",
        ProviderErrorKind.InvalidRequest => "invalid_prompt",
        _ => "server_error",
    };
}
