using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Chat;

/// <summary>What a response says about itself before its first word.</summary>
public readonly ref struct ChatStart
{
    /// <summary>The provider's id of the response; may be empty.</summary>
    public JsonText Id { get; init; }

    /// <summary>The model that answers, as the provider names it.</summary>
    public JsonText Model { get; init; }

    /// <summary>Unix seconds; 0 = not said.</summary>
    public long Created { get; init; }

    /// <summary>The processing tier that served the request, as the provider names it; may be empty.</summary>
    public JsonText ServiceTier { get; init; }
}

/// <summary>A source that the model gives for what it says.</summary>
public readonly ref struct ChatCitation
{
    /// <summary>Where the source is; empty for a document of the request.</summary>
    public JsonText Url { get; init; }

    public JsonText Title { get; init; }

    /// <summary>The words of the source; may be empty.</summary>
    public JsonText CitedText { get; init; }

    /// <summary>The part of the choice's text that rests on it, in UTF-16 units from the text's beginning, end exclusive; -1 = not said.</summary>
    public int Start { get; init; }

    public int End { get; init; }

    /// <summary>Of a document of the request: its number, from 0; -1 = none. With <see cref="CitationPlace.SearchResult"/> the number of the search result.</summary>
    public int Document { get; init; }

    /// <summary>The provider's id of a source without URL; may be empty.</summary>
    public JsonText SourceId { get; init; }

    /// <summary>What <see cref="From"/> and <see cref="To"/> count.</summary>
    public CitationPlace Place { get; init; }

    /// <summary>Where in the source the cited words begin, as the provider counts.</summary>
    public int From { get; init; }

    /// <summary>Where they end.</summary>
    public int To { get; init; }
}

/// <summary>In what a place inside a source is given. https://docs.claude.com/en/docs/build-with-claude/citations</summary>
public enum CitationPlace : byte
{
    /// <summary>The provider does not say.</summary>
    None,

    /// <summary>Characters, from 0, end exclusive.</summary>
    Characters,

    /// <summary>Pages, from 1, end exclusive.</summary>
    Pages,

    /// <summary>Blocks of the document, from 0, end exclusive.</summary>
    Blocks,

    /// <summary>Blocks of a search result that the request holds.</summary>
    SearchResult,
}

/// <summary>
/// The event vocabulary of every response, streamed or not: a decoder pushes, an encoder (or a meter, a cache recorder, a guard) is a sink. A whole
/// answer is the fold of the same events. Implemented by sealed classes; spans are valid during the call alone.
/// </summary>
public interface IChatEventSink
{
    /// <summary>First event of every response.</summary>
    void Start(in ChatStart start);

    /// <summary>More of the answer's text.</summary>
    /// <param name="choice">0 unless the request asked for several choices.</param>
    /// <param name="text">The addition, not the whole.</param>
    void Text(int choice, JsonText text);

    /// <summary>More of a refusal that a provider keeps apart from the text.</summary>
    void Refusal(int choice, JsonText text);

    /// <summary>More of the model's visible reasoning.</summary>
    void Thinking(int choice, JsonText text);

    /// <summary>
    /// The signature that closes a thinking block; replayed unaltered on the next turn, but only to a provider that can read it: <see cref="SignatureOrigin"/>.
    /// A provider may sign without having shown any reasoning.
    /// </summary>
    void ThinkingSignature(int choice, JsonText signature);

    /// <summary>An encrypted thinking block.</summary>
    void RedactedThinking(int choice, JsonText data);

    /// <summary>A tool call begins.</summary>
    /// <param name="choice">The choice it belongs to.</param>
    /// <param name="call">0, 1, 2 ... within the choice.</param>
    /// <param name="id">The provider's id of the call.</param>
    /// <param name="name">The tool.</param>
    void ToolCallStart(int choice, int call, JsonText id, JsonText name);

    /// <summary>More of a call's arguments: a fragment of the JSON text of the arguments object.</summary>
    void ToolCallArguments(int choice, int call, JsonText fragment);

    /// <summary>Opaque state that the provider bound to a call that has started (Gemini's thought signature) and wants back with it; tagged as <see cref="SignatureOrigin"/> says.</summary>
    void ToolCallSignature(int choice, int call, JsonText signature);

    /// <summary>A source for what the choice's text said last.</summary>
    void Citation(int choice, in ChatCitation citation);

    /// <summary>Log probabilities of the tokens of the text said last.</summary>
    /// <param name="choice">Which.</param>
    /// <param name="tokens">Raw JSON: the elements of OpenAI's <c>logprobs.content</c>, with commas between them, without the brackets.</param>
    void Logprobs(int choice, ReadOnlySpan<byte> tokens);

    /// <summary>A whole picture or sound that the model made.</summary>
    /// <param name="choice">Which.</param>
    /// <param name="mediaType">Such as <c>image/png</c>.</param>
    /// <param name="data">Base64.</param>
    void Media(int choice, JsonText mediaType, JsonText data);

    /// <summary>Running totals; the last one counts.</summary>
    void Usage(in Usage usage);

    /// <summary>The processing tier that served the request, where it is told only behind the beginning (<see cref="ChatStart.ServiceTier"/>). Some sinks have no place for it any more.</summary>
    /// <param name="tier">As the provider names it.</param>
    void ServiceTier(JsonText tier)
    {
    }

    /// <summary>The choice is finished.</summary>
    /// <param name="choice">Which.</param>
    /// <param name="reason">Why.</param>
    /// <param name="detail">
    /// Of <see cref="FinishReason.StopSequence"/> the sequence, where the provider names it; of any other reason the provider's own word, where it says more than the reason.
    /// </param>
    void Finish(int choice, FinishReason reason, JsonText detail);

    /// <summary>The provider reported an error inside the response. Nothing follows.</summary>
    void Error(ProviderError error);

    /// <summary>The provider's own end mark came (<c>[DONE]</c>, <c>message_stop</c>, the end of a JSON answer): the response is whole. Last event.</summary>
    void End();
}
