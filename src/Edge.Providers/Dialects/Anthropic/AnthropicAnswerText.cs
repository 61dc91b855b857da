using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>Pieces that the streamed and the whole form of an answer of the Messages API share. https://docs.claude.com/en/api/messages</summary>
internal static class AnthropicAnswerText
{
    /// <summary>The provider's id behind <c>msg_</c>, unless it begins so: the provider's own part keeps the answer traceable in the provider's logs.</summary>
    public static void Id(ref JsonOut json, JsonText id, ReadOnlySpan<byte> fallback)
    {
        if (!id.Bytes.StartsWith("msg_"u8)) json.Raw("msg_"u8);
        json.Text(id.IsEmpty ? JsonText.Plain(fallback) : id);
    }

    /// <summary>
    /// The reason in the API's words, quoted; null where nobody said. An agent on Anthropic's SDK goes by it alone: it runs tools on <c>tool_use</c> and is done on
    /// <c>end_turn</c>. Servers that finish calls with <c>stop</c>, and those that say <c>tool_calls</c> without one, would leave it with an unanswered call or in
    /// an endless loop, so the reason follows what the answer holds.
    /// </summary>
    private static ReadOnlySpan<byte> StopReason(FinishReason reason, bool hasCalls, bool isRefusal) => reason switch
    {
        FinishReason.StopSequence => "stop_sequence"u8,
        FinishReason.Length => "max_tokens"u8,
        FinishReason.ContextWindow => "model_context_window_exceeded"u8,
        FinishReason.ContentFilter => "refusal"u8,
        FinishReason.Pause => "pause_turn"u8,
        _ when hasCalls => "tool_use"u8,
        _ when isRefusal => "refusal"u8,
        FinishReason.Other => "max_tokens"u8,
        _ => "end_turn"u8,
    };

    /// <summary>
    /// <c>"stop_reason":..,"stop_sequence":..,"stop_details":..</c>. The list of reasons is open (https://docs.claude.com/en/api/versioning), so a provider's own word stands there as it is;
    /// what a filter is called stands in its explanation.
    /// </summary>
    public static void Stop(ref JsonOut json, FinishReason reason, bool hasCalls, bool isRefusal, JsonText detail)
    {
        var text = StopReason(reason, hasCalls, isRefusal);
        json.Raw("\"stop_reason\":"u8);
        if (reason == FinishReason.None) json.Raw("null"u8);
        else json.String(reason is FinishReason.Pause or FinishReason.Other && !hasCalls && !detail.IsEmpty ? detail : JsonText.Plain(text));
        json.Raw(",\"stop_sequence\":"u8);
        if (detail.IsEmpty || reason != FinishReason.StopSequence) json.Raw("null"u8);
        else json.String(detail);
        if (reason == FinishReason.None || !text.SequenceEqual("refusal"u8))
        {
            json.Raw(",\"stop_details\":null"u8);
            return;
        }
        json.Raw(",\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":"u8);
        if (detail.IsEmpty || detail.Is("refusal"u8)) json.Raw("null"u8);
        else json.String(detail);
        json.Raw("}"u8);
    }

    /// <summary>
    /// The usage object. The API's <c>input_tokens</c> leaves out what was read from and written to the cache. Its counters are no options in the SDKs' types, so
    /// what was not reported is 0.
    /// </summary>
    /// <param name="json">Takes it.</param>
    /// <param name="usage">The totals.</param>
    /// <param name="tier">The API's word for the tier, quoted, or null; empty = not written (<c>message_delta</c> has none).</param>
    public static void Usage(ref JsonOut json, in Usage usage, ReadOnlySpan<byte> tier)
    {
        var read = Math.Max(usage.CacheRead, 0);
        var write = Math.Max(usage.CacheWrite, 0);
        var hour = Math.Clamp(usage.CacheWrite1h, 0, write);
        json.Raw("{\"input_tokens\":"u8);
        json.Number(Math.Max(usage.Input - read - write, 0));
        json.Raw(",\"cache_creation_input_tokens\":"u8);
        json.Number(write);
        json.Raw(",\"cache_read_input_tokens\":"u8);
        json.Number(read);
        json.Raw(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":"u8);
        json.Number(write - hour);
        json.Raw(",\"ephemeral_1h_input_tokens\":"u8);
        json.Number(hour);
        json.Raw("},\"output_tokens\":"u8);
        json.Number(Math.Max(usage.Output, 0));
        if (usage.Reasoning >= 0)
        {
            json.Raw(",\"output_tokens_details\":{\"thinking_tokens\":"u8);
            json.Number(usage.Reasoning);
            json.Raw("}"u8);
        }
        if (!tier.IsEmpty)
        {
            json.Raw(",\"service_tier\":"u8);
            json.Raw(tier);
        }
        json.Raw("}"u8);
    }

    /// <summary>The tier that served the request, in the API's words (<c>standard</c>, <c>priority</c>, <c>batch</c>), quoted; null where nobody said.</summary>
    public static ReadOnlySpan<byte> Tier(JsonText tier)
    {
        if (tier.IsEmpty) return "null"u8;
        if (tier.Is("priority"u8)) return "\"priority\""u8;
        return tier.Is("batch"u8) ? "\"batch\""u8 : "\"standard\""u8;
    }

    /// <summary>
    /// A citation. A page of the web is a <c>web_search_result_location</c>, whose <c>encrypted_index</c> only Anthropic can fill; a source that is neither that nor a
    /// document of the request (what a tool put out, a file of the provider's store) is a <c>search_result_location</c>. Where in the source the words stand some providers
    /// do not say; then the range is empty.
    /// </summary>
    public static void Citation(ref JsonOut json, in ChatCitation citation)
    {
        if (citation.Place == CitationPlace.SearchResult || (citation.Url.IsEmpty && citation.Document < 0))
        {
            json.Raw("{\"type\":\"search_result_location\",\"source\":"u8);
            json.String(citation.Url.IsEmpty ? citation.SourceId : citation.Url);
            Title(ref json, ",\"title\":"u8, citation.Title);
            Number(ref json, ",\"search_result_index\":"u8, citation.Document);
            Range(ref json, ",\"start_block_index\":"u8, ",\"end_block_index\":"u8, citation);
        }
        else if (!citation.Url.IsEmpty)
        {
            json.Raw("{\"type\":\"web_search_result_location\",\"url\":"u8);
            json.String(citation.Url);
            Title(ref json, ",\"title\":"u8, citation.Title);
            json.Raw(",\"encrypted_index\":\"\""u8);
        }
        else
        {
            json.Raw(citation.Place switch
            {
                CitationPlace.Pages => "{\"type\":\"page_location\",\"document_index\":"u8,
                CitationPlace.Blocks => "{\"type\":\"content_block_location\",\"document_index\":"u8,
                _ => "{\"type\":\"char_location\",\"document_index\":"u8,
            });
            json.Number(citation.Document);
            Title(ref json, ",\"document_title\":"u8, citation.Title);
            if (citation.Place == CitationPlace.Pages) Range(ref json, ",\"start_page_number\":"u8, ",\"end_page_number\":"u8, citation);
            else if (citation.Place == CitationPlace.Blocks) Range(ref json, ",\"start_block_index\":"u8, ",\"end_block_index\":"u8, citation);
            else Range(ref json, ",\"start_char_index\":"u8, ",\"end_char_index\":"u8, citation);
            Title(ref json, ",\"file_id\":"u8, citation.SourceId);
        }
        json.Raw(",\"cited_text\":"u8);
        json.String(citation.CitedText);
        json.Raw("}"u8);
    }

    private static void Range(ref JsonOut json, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, in ChatCitation citation)
    {
        Number(ref json, from, citation.From);
        Number(ref json, to, citation.To);
    }

    private static void Number(ref JsonOut json, ReadOnlySpan<byte> name, int value)
    {
        json.Raw(name);
        json.Number(Math.Max(value, 0));
    }

    private static void Title(ref JsonOut json, ReadOnlySpan<byte> name, JsonText text)
    {
        json.Raw(name);
        if (text.IsEmpty) json.Raw("null"u8);
        else json.String(text);
    }

    /// <summary>What stands for media, which the API's answers cannot carry: the client sees that there was some, and its next request is not megabytes of base64.</summary>
    public static void MediaMarker(ref JsonOut json, JsonText mediaType)
    {
        json.Raw("["u8);
        if (mediaType.IsEmpty) json.Raw("media"u8);
        else json.Text(mediaType);
        json.Raw(" left out: the Messages API has no such content]"u8);
    }
}
