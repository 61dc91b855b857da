using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>Pieces that the streamed and the whole form of an OpenAI chat answer share. https://platform.openai.com/docs/api-reference/chat/object</summary>
internal static class OpenAiChatText
{
    /// <summary>
    /// The provider's id behind <c>chatcmpl-</c>, unless it begins so: a client may look at the prefix, and the provider's own part keeps the answer
    /// traceable in the provider's logs.
    /// </summary>
    public static void Id(ref JsonOut json, JsonText id, ReadOnlySpan<byte> fallback)
    {
        if (!id.Bytes.StartsWith("chatcmpl"u8)) json.Raw("chatcmpl-"u8);
        json.Text(id.IsEmpty ? JsonText.Plain(fallback) : id);
    }

    /// <summary>
    /// The reason in one of OpenAI's words, since clients refuse others (the .NET SDK throws). Of those <c>length</c> alone says that the answer may not be complete without blaming a filter.
    /// </summary>
    public static ReadOnlySpan<byte> Finish(FinishReason reason) => reason switch
    {
        FinishReason.Length or FinishReason.ContextWindow or FinishReason.Pause or FinishReason.Other => "length"u8,
        FinishReason.ToolCalls => "tool_calls"u8,
        FinishReason.ContentFilter => "content_filter"u8,
        _ => "stop"u8,
    };

    /// <summary>The provider's own word behind a finish reason, in the place that OpenRouter gave it. https://openrouter.ai/docs/api-reference/overview#finish-reason</summary>
    public static void NativeFinish(ref JsonOut json, FinishReason reason, JsonText detail)
    {
        if (detail.IsEmpty || reason == FinishReason.StopSequence) return;
        json.Raw(",\"native_finish_reason\":"u8);
        json.String(detail);
    }

    /// <summary>
    /// The usage object. Details that were not reported are left out rather than written as 0. <c>cache_write_tokens</c> counts where a
    /// provider takes money for writing its cache, and a client that reckons costs needs the figure.
    /// </summary>
    public static void Usage(ref JsonOut json, in Usage usage)
    {
        var input = Math.Max(usage.Input, 0);
        var output = Math.Max(usage.Output, 0);
        json.Raw("{\"prompt_tokens\":"u8);
        json.Number(input);
        json.Raw(",\"completion_tokens\":"u8);
        json.Number(output);
        json.Raw(",\"total_tokens\":"u8);
        json.Number(input + output);
        if (usage.CacheRead >= 0 || usage.CacheWrite >= 0 || usage.AudioInput >= 0 || usage.ImageInput >= 0)
        {
            json.Raw(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
            json.Number(Math.Max(usage.CacheRead, 0));
            Optional(ref json, ",\"cache_write_tokens\":"u8, usage.CacheWrite);
            Optional(ref json, ",\"audio_tokens\":"u8, usage.AudioInput);
            Optional(ref json, ",\"image_tokens\":"u8, usage.ImageInput);
            json.Raw("}"u8);
        }
        if (usage.Reasoning >= 0 || usage.AudioOutput >= 0 || usage.ImageOutput >= 0 || usage.AcceptedPrediction >= 0 || usage.RejectedPrediction >= 0)
        {
            json.Raw(",\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
            json.Number(Math.Max(usage.Reasoning, 0));
            Optional(ref json, ",\"audio_tokens\":"u8, usage.AudioOutput);
            Optional(ref json, ",\"image_tokens\":"u8, usage.ImageOutput);
            Optional(ref json, ",\"accepted_prediction_tokens\":"u8, usage.AcceptedPrediction);
            Optional(ref json, ",\"rejected_prediction_tokens\":"u8, usage.RejectedPrediction);
            json.Raw("}"u8);
        }
        json.Raw("}"u8);
    }

    /// <summary>
    /// An id for a call that the provider gave none: clients send the result back under it, so it must differ from those of every other turn.
    /// </summary>
    /// <param name="id">Takes it; 64 bytes do.</param>
    /// <param name="answer">The gateway's own id of the answer.</param>
    /// <param name="choice">The choice.</param>
    /// <param name="call">The call's number in the choice.</param>
    /// <returns>What of <paramref name="id"/> is the id; of the answer's id the end, so that OpenAI's limit of 40 is kept.</returns>
    public static JsonText MakeCallId(Span<byte> id, ReadOnlySpan<byte> answer, int choice, int call)
    {
        const int MaxAnswer = 26;
        if (answer.Length > MaxAnswer) answer = answer[^MaxAnswer..];
        "call_"u8.CopyTo(id);
        var length = 5;
        answer.CopyTo(id[length..]);
        length += answer.Length;
        if (choice > 0)
        {
            id[length++] = (byte)'_';
            System.Buffers.Text.Utf8Formatter.TryFormat(choice, id[length..], out var digits);
            length += digits;
        }
        id[length++] = (byte)'_';
        System.Buffers.Text.Utf8Formatter.TryFormat(call, id[length..], out var written);
        return JsonText.Plain(id[..(length + written)]);
    }

    /// <summary>The member of a tool call that takes Gemini's state back. https://ai.google.dev/gemini-api/docs/thought-signatures</summary>
    public static void ThoughtSignature(ref JsonOut json, JsonText unmarked)
    {
        json.Raw("\"extra_content\":{\"google\":{\"thought_signature\":"u8);
        json.String(unmarked);
        json.Raw("}}"u8);
    }

    /// <summary>
    /// An entry of <c>annotations</c>. The two places are required; where the provider says none, they are 0. OpenAI's schema has <c>url_citation</c> alone, and clients
    /// that check it refuse the whole answer over another type; so a source without a URL is one whose <c>url</c> is empty, with what is known of it beside it, in the shape
    /// that <c>file_citation</c> has in OpenAI's other APIs.
    /// </summary>
    public static void Citation(ref JsonOut json, in ChatCitation citation)
    {
        json.Raw("{\"type\":\"url_citation\",\"url_citation\":{\"url\":"u8);
        json.String(citation.Url);
        json.Raw(",\"title\":"u8);
        json.String(citation.Title);
        if (!citation.CitedText.IsEmpty)
        {
            json.Raw(",\"content\":"u8);
            json.String(citation.CitedText);
        }
        json.Raw(",\"start_index\":"u8);
        json.Number(Math.Max(citation.Start, 0));
        json.Raw(",\"end_index\":"u8);
        json.Number(Math.Max(citation.End, 0));
        json.Raw("}"u8);
        if (citation.Url.IsEmpty)
        {
            json.Raw(",\"file_citation\":{"u8);
            FileCitation(ref json, citation);
            json.Raw("}"u8);
        }
        json.Raw("}"u8);
    }

    /// <summary>The members of a <c>file_citation</c>: OpenAI's <c>file_id</c>, <c>filename</c> and <c>index</c>, then <c>quote</c> and the place inside the source where they are known.</summary>
    public static void FileCitation(ref JsonOut json, in ChatCitation citation)
    {
        json.Raw("\"file_id\":"u8);
        json.String(citation.SourceId);
        json.Raw(",\"filename\":"u8);
        json.String(citation.Title);
        json.Raw(",\"index\":"u8);
        json.Number(Math.Max(citation.Document, 0));
        if (!citation.CitedText.IsEmpty)
        {
            json.Raw(",\"quote\":"u8);
            json.String(citation.CitedText);
        }
        if (citation.Place == CitationPlace.None) return;
        json.Raw(citation.Place switch
        {
            CitationPlace.Characters => ",\"location\":{\"type\":\"char\",\"start\":"u8,
            CitationPlace.Pages => ",\"location\":{\"type\":\"page\",\"start\":"u8,
            _ => ",\"location\":{\"type\":\"block\",\"start\":"u8,
        });
        json.Number(Math.Max(citation.From, 0));
        json.Raw(",\"end\":"u8);
        json.Number(Math.Max(citation.To, 0));
        json.Raw("}"u8);
    }

    /// <summary>An entry of <c>images</c>. https://openrouter.ai/docs/features/multimodal/image-generation</summary>
    public static void Image(ref JsonOut json, JsonText mediaType, JsonText data)
    {
        json.Raw("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:"u8);
        json.Text(mediaType);
        json.Raw(";base64,"u8);
        json.Text(data);
        json.Raw("\"}}"u8);
    }

    /// <summary>OpenAI's error envelope.</summary>
    public static void Error(ref JsonOut json, ProviderError error)
    {
        json.Raw("{\"error\":{\"message\":"u8);
        json.String(error.Message.Length > 0 ? error.Message : "The provider reported an error.");
        json.Raw(",\"type\":"u8);
        json.String(error.ClientType);
        json.Raw(",\"param\":"u8);
        json.String(error.Param);
        json.Raw(",\"code\":"u8);
        json.String(error.ClientCode);
        json.Raw("}}"u8);
    }

    /// <summary>An error as the last event of a stream of chat or legacy completions; no <c>[DONE]</c> follows, so that no client takes the answer for whole.</summary>
    public static void ErrorEvent(IBufferWriter<byte> output, ProviderError error)
    {
        var json = new JsonOut(output);
        json.Raw("data: "u8);
        Error(ref json, error);
        json.Raw("\n\n"u8);
        json.Flush();
    }

    /// <summary>The end of a stream of chat or legacy completions: the chunk with the usage, where the client asked for it, and the mark.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="head">A chunk up to its choices.</param>
    /// <param name="includeUsage">The client asked for it.</param>
    /// <param name="usage">The totals.</param>
    /// <param name="members">Raw JSON members that stand behind the usage; empty = none.</param>
    public static void EndStream(IBufferWriter<byte> output, ReadOnlySpan<byte> head, bool includeUsage, in Usage usage, ReadOnlySpan<byte> members)
    {
        var json = new JsonOut(output, head.Length + 512);
        if (includeUsage)
        {
            json.Raw(head);
            json.Raw("],\"usage\":"u8);
            if (usage.IsReported) Usage(ref json, usage);
            else json.Raw("null"u8);
            if (!members.IsEmpty)
            {
                json.Raw(","u8);
                json.Raw(members);
            }
            json.Raw("}\n\n"u8);
        }
        json.Raw("data: [DONE]\n\n"u8);
        json.Flush();
    }

    private static void Optional(ref JsonOut json, ReadOnlySpan<byte> name, long value)
    {
        if (value < 0) return;
        json.Raw(name);
        json.Number(value);
    }
}
