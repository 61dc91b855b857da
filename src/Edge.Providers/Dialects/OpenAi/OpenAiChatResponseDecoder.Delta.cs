using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.OpenAi;

public sealed partial class OpenAiChatResponseDecoder
{
    /// <summary>What a delta or a whole message holds. Reasoning goes out first and calls last, wherever they stand: other dialects have an order.</summary>
    private void Delta(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        JsonText text = default, refusal = default, reasoning = default;
        ReadOnlySpan<byte> chunks = default, details = default, blocks = default, annotations = default, images = default, calls = default;
        var (functionAt, audioAt) = (-1, -1);
        while (NextMember(ref reader))
        {
            if (reader.Is("content"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) text = new(reader.ValueSpan, reader.ValueIsEscaped);
                else if (reader.TokenType == JsonTokenType.StartArray)
                {
                    var at = (int)reader.TokenStartIndex;
                    reader.Skip();
                    chunks = json[at..(int)reader.BytesConsumed];
                }
                else reader.Skip();
            }
            else if (reader.Is("tool_calls"u8)) Array(json, ref reader, ref calls);
            else if (reader.Is("reasoning_content"u8) || reader.Is("reasoning"u8))
            {
                // Some providers send the same text under both names.
                var given = String(ref reader);
                if (reasoning.IsEmpty) reasoning = given;
            }
            else if (reader.Is("refusal"u8)) refusal = String(ref reader);
            else if (reader.Is("reasoning_details"u8)) Array(json, ref reader, ref details);
            else if (reader.Is("thinking_blocks"u8)) Array(json, ref reader, ref blocks);
            else if (reader.Is("annotations"u8)) Array(json, ref reader, ref annotations);
            else if (reader.Is("images"u8)) Array(json, ref reader, ref images);
            else if (reader.Is("audio"u8)) Object(ref reader, ref audioAt);
            else if (reader.Is("function_call"u8)) Object(ref reader, ref functionAt);
            else reader.Skip();
        }
        // Text that stands beside its signature outranks the same text without.
        var hasThought = !details.IsEmpty && Details(choice, details, ofCalls: false, sink);
        if (!hasThought && !reasoning.IsEmpty && !(_isWhole && HoldsThought(blocks))) sink.Thinking(choice, reasoning);
        if (!blocks.IsEmpty) ThinkingBlocks(choice, blocks, sink);
        if (!text.IsEmpty)
        {
            _written |= UInt128.One << choice;
            sink.Text(choice, text);
        }
        if (!chunks.IsEmpty) ContentChunks(choice, chunks, sink);
        if (audioAt >= 0) Audio(choice, json[audioAt..], sink);
        if (!refusal.IsEmpty) sink.Refusal(choice, refusal);
        if (!annotations.IsEmpty) Annotations(choice, annotations, sink);
        if (!images.IsEmpty) Images(choice, images, sink);
        if (!calls.IsEmpty) ToolCalls(choice, calls, sink);
        if (functionAt >= 0) FunctionCall(choice, json[functionAt..], sink);
        if (!details.IsEmpty) Details(choice, details, ofCalls: true, sink);
    }

    // {"id":"audio_1","data":"UklGR...","transcript":"Hi","expires_at":1}: what a spoken answer says is its text, since its content is null, but for
    // some servers which write both. No other dialect has sound in its answers.
    private void Audio(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        JsonText transcript = default, data = default;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextMember(ref reader))
        {
            if (reader.Is("transcript"u8)) transcript = String(ref reader);
            else if (reader.Is("data"u8)) data = String(ref reader);
            else reader.Skip();
        }
        var bit = UInt128.One << choice;
        if (!transcript.IsEmpty && (_written & bit) == 0) sink.Text(choice, transcript);
        if (!transcript.IsEmpty) _transcribed |= bit;
        if (!data.IsEmpty) _heard |= bit;
    }

    // Said once, and without the data, which a stream gives in pieces: that there was a sound is what can be told of it.
    private void EndAudio(int choice, IChatEventSink sink)
    {
        if ((_heard & ~_transcribed & ~_written & (UInt128.One << choice)) != 0) sink.Media(choice, JsonText.Plain("audio"u8), default);
    }

    // [{"type":"thinking","thinking":[{"type":"text","text":"..."}]},{"type":"text","text":"..."},{"type":"reference","reference_ids":[0]}]. https://docs.mistral.ai/capabilities/reasoning,
    // https://docs.mistral.ai/capabilities/citations
    private static void ContentChunks(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextObject(ref reader))
        {
            JsonText text = default, thinking = default;
            ReadOnlySpan<byte> inner = default, references = default;
            while (NextMember(ref reader))
            {
                if (reader.Is("text"u8)) text = String(ref reader);
                else if (reader.Is("thinking"u8))
                {
                    reader.Read();
                    var at = (int)reader.TokenStartIndex;
                    if (reader.TokenType == JsonTokenType.String) thinking = new(reader.ValueSpan, reader.ValueIsEscaped);
                    var isArray = reader.TokenType == JsonTokenType.StartArray;
                    reader.Skip();
                    if (isArray) inner = json[at..(int)reader.BytesConsumed];
                }
                else if (reader.Is("reference_ids"u8)) Array(json, ref reader, ref references);
                else reader.Skip();
            }
            if (!thinking.IsEmpty) sink.Thinking(choice, thinking);
            if (!inner.IsEmpty) InnerThinking(choice, inner, sink);
            if (!text.IsEmpty) sink.Text(choice, text);
            if (!references.IsEmpty) References(choice, references, sink);
        }
    }

    // Keys of the sources that the client gave in a tool's result; of their place in the text nothing is said but that the text before rests on them.
    private static void References(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var isKey = reader.TokenType is JsonTokenType.Number or JsonTokenType.String;
            if (isKey) sink.Citation(choice, new ChatCitation { SourceId = new(reader.ValueSpan, reader.ValueIsEscaped), Start = -1, End = -1, Document = -1 });
            else reader.Skip();
        }
    }

    private static void InnerThinking(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextObject(ref reader))
        {
            while (NextMember(ref reader))
            {
                if (!reader.Is("text"u8))
                {
                    reader.Skip();
                    continue;
                }
                var text = String(ref reader);
                if (!text.IsEmpty) sink.Thinking(choice, text);
            }
        }
    }

    // https://openrouter.ai/docs/use-cases/reasoning-tokens. State that is bound to a call (Gemini's) goes out once the call has begun. True = there was text among them.
    private bool Details(int choice, ReadOnlySpan<byte> json, bool ofCalls, IChatEventSink sink)
    {
        var hasText = false;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextObject(ref reader))
        {
            JsonText text = default, data = default, signature = default, format = default, id = default;
            while (NextMember(ref reader))
            {
                if (reader.Is("text"u8) || reader.Is("summary"u8)) text = Either(text, String(ref reader));
                else if (reader.Is("data"u8)) data = String(ref reader);
                else if (reader.Is("signature"u8)) signature = String(ref reader);
                else if (reader.Is("format"u8)) format = String(ref reader);
                else if (reader.Is("id"u8)) id = String(ref reader);
                else reader.Skip();
            }
            var isGemini = format.Bytes.StartsWith("google-gemini"u8);
            if (ofCalls != (isGemini && !data.IsEmpty && !id.IsEmpty)) continue;
            var origin = isGemini ? SignatureOrigin.Gemini
                : format.Bytes.StartsWith("openai"u8) || format.Bytes.StartsWith("azure-openai"u8) ? SignatureOrigin.OpenAi
                : default;
            // A family that nobody else reads (xAI's) has no mark of its own: unmarked it would be taken for Anthropic's.
            var isKnown = !origin.IsEmpty || format.IsEmpty || format.Bytes.StartsWith("anthropic"u8);
            if (!text.IsEmpty)
            {
                hasText = true;
                sink.Thinking(choice, text);
            }
            if (!isKnown) continue;
            if (!signature.IsEmpty) sink.ThinkingSignature(choice, Marked(origin, signature));
            if (data.IsEmpty) continue;
            if (ofCalls && TryFind(choice, id, out var call)) sink.ToolCallSignature(choice, call, Marked(origin, data));
            else sink.RedactedThinking(choice, Marked(origin, data));
        }
        return hasText;
    }

    private static JsonText Either(JsonText first, JsonText second) => first.IsEmpty ? second : first;

    private JsonText Marked(ReadOnlySpan<byte> origin, JsonText signature)
    {
        if (origin.IsEmpty || signature.Bytes.StartsWith(origin)) return signature;
        _marked.Clear();
        _marked.Append(origin);
        _marked.Append(signature.Bytes);
        return new(_marked.Span, signature.IsEscaped);
    }

    private static bool HoldsThought(ReadOnlySpan<byte> blocks)
    {
        if (blocks.IsEmpty) return false;
        var reader = new Utf8JsonReader(blocks);
        reader.Read();
        while (NextObject(ref reader))
        {
            while (NextMember(ref reader))
            {
                if (reader.Is("thinking"u8) && !String(ref reader).IsEmpty) return true;
                reader.Skip();
            }
        }
        return false;
    }

    // In a stream the text came before, as reasoning_content; in a whole answer each block brings its own, so that a signature stays beside what it signs.
    private void ThinkingBlocks(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextObject(ref reader))
        {
            JsonText thinking = default, signature = default, data = default;
            while (NextMember(ref reader))
            {
                if (reader.Is("thinking"u8)) thinking = String(ref reader);
                else if (reader.Is("signature"u8)) signature = String(ref reader);
                else if (reader.Is("data"u8)) data = String(ref reader);
                else reader.Skip();
            }
            if (_isWhole && !thinking.IsEmpty) sink.Thinking(choice, thinking);
            if (!signature.IsEmpty) sink.ThinkingSignature(choice, signature);
            if (!data.IsEmpty) sink.RedactedThinking(choice, data);
        }
    }

    // [{"type":"url_citation","url_citation":{"url":"...","title":"...","start_index":0,"end_index":5}}]
    private static void Annotations(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextObject(ref reader))
        {
            var at = -1;
            while (NextMember(ref reader))
            {
                if (reader.Is("url_citation"u8)) Object(ref reader, ref at);
                else reader.Skip();
            }
            if (at >= 0) Source(choice, json[at..], sink);
        }
    }

    // Perplexity's: objects with url and title, or URLs alone.
    private static void Sources(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0)
            {
                sink.Citation(choice, new ChatCitation { Url = new(reader.ValueSpan, reader.ValueIsEscaped), Start = -1, End = -1, Document = -1 });
            }
            else if (reader.TokenType == JsonTokenType.StartObject) Source(choice, json[(int)reader.TokenStartIndex..], sink);
            reader.Skip();
        }
    }

    private static void Source(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        JsonText url = default, title = default, content = default;
        long start = -1, end = -1;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextMember(ref reader))
        {
            if (reader.Is("url"u8)) url = String(ref reader);
            else if (reader.Is("title"u8)) title = String(ref reader);
            else if (reader.Is("content"u8)) content = String(ref reader);
            else if (reader.Is("start_index"u8)) start = Number(ref reader, -1);
            else if (reader.Is("end_index"u8)) end = Number(ref reader, -1);
            else reader.Skip();
        }
        if (url.IsEmpty) return;
        if (start is < 0 or > int.MaxValue || end < start || end > int.MaxValue) (start, end) = (-1, -1);
        sink.Citation(choice, new ChatCitation { Url = url, Title = title, CitedText = content, Start = (int)start, End = (int)end, Document = -1 });
    }

    // [{"type":"image_url","image_url":{"url":"data:image/png;base64,..."}}]. https://openrouter.ai/docs/features/multimodal/image-generation
    private static void Images(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextObject(ref reader))
        {
            JsonText url = default;
            while (NextMember(ref reader))
            {
                if (!reader.Is("image_url"u8))
                {
                    reader.Skip();
                    continue;
                }
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }
                while (NextMember(ref reader))
                {
                    if (reader.Is("url"u8)) url = String(ref reader);
                    else reader.Skip();
                }
            }
            if (DataUrl.TryParse(url, out var type, out var data)) sink.Media(choice, type, data);
        }
    }

    // The next element of an array, which must be an object.
    private static bool NextObject(scoped ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndArray) return false;
        return reader.TokenType == JsonTokenType.StartObject ? true : throw new JsonException();
    }
}
