using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// Sources -> citations. <c>groundingSupports</c> say which bytes of the text rest on which <c>groundingChunks</c>; the shared events count UTF-16 units.
/// https://ai.google.dev/api/generate-content#GroundingMetadata
/// </summary>
internal static class GeminiCitations
{
    // A support names a chunk by number, so that each is looked up from the beginning.
    private const int MaxChunks = 256;

    // Each support looks for its words in the text.
    private const int MaxSupports = 256;

    private const int MaxIndices = 16;

    public static void PushGrounding(GeminiCandidate candidate, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        ReadOnlySpan<byte> chunks = default, supports = default;
        var reader = GeminiText.Reader(json);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("groundingChunks"u8)) chunks = GeminiText.Raw(json, ref reader);
            else if (reader.Is("groundingSupports"u8)) supports = GeminiText.Raw(json, ref reader);
            else reader.Skip();
        }
        if (chunks is not [(byte)'[', ..]) return;
        var any = false;
        if (supports is [(byte)'[', ..])
        {
            reader = GeminiText.Reader(supports);
            reader.Read();
            for (var i = 0; i < MaxSupports && GeminiText.NextObject(ref reader); i++) any |= Support(candidate, supports, ref reader, chunks, sink);
        }
        if (any) return;
        for (var i = 0; i < MaxChunks && TryChunk(chunks, i, -1, -1, out var citation); i++) sink.Citation(candidate.Index, citation);
    }

    /// <summary><c>citationSources</c> of the Gemini API, <c>citations</c> of Vertex AI: where the model repeats a source word by word.</summary>
    public static void PushCitations(GeminiCandidate candidate, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = GeminiText.Reader(json);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            var isList = reader.Is("citationSources"u8) || reader.Is("citations"u8);
            if (!GeminiText.Enter(ref reader, JsonTokenType.StartArray)) continue;
            while (GeminiText.NextObject(ref reader))
            {
                JsonText uri = default, title = default;
                long start = 0, end = -1;
                while (GeminiText.NextMember(ref reader))
                {
                    if (reader.Is("uri"u8)) uri = GeminiText.String(ref reader);
                    else if (reader.Is("title"u8)) title = GeminiText.String(ref reader);
                    else if (reader.Is("startIndex"u8)) start = GeminiText.Count(ref reader);
                    else if (reader.Is("endIndex"u8)) end = GeminiText.Count(ref reader);
                    else reader.Skip();
                }
                if (!isList || uri.IsEmpty) continue;
                var (from, to) = Place(candidate, Math.Max(start, 0), end, default);
                sink.Citation(candidate.Index, new ChatCitation { Url = uri, Title = title, Start = from, End = to, Document = -1 });
            }
        }
    }

    private static bool Support(
        GeminiCandidate candidate, ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> chunks, IChatEventSink sink)
    {
        long start = 0, end = -1;
        JsonText text = default;
        ReadOnlySpan<byte> numbers = default;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("groundingChunkIndices"u8)) numbers = GeminiText.Raw(json, ref reader);
            else if (reader.Is("segment"u8))
            {
                if (!GeminiText.Enter(ref reader, JsonTokenType.StartObject)) continue;
                while (GeminiText.NextMember(ref reader))
                {
                    if (reader.Is("startIndex"u8)) start = Math.Max(GeminiText.Count(ref reader), 0);
                    else if (reader.Is("endIndex"u8)) end = GeminiText.Count(ref reader);
                    else if (reader.Is("text"u8)) text = GeminiText.String(ref reader);
                    else reader.Skip();
                }
            }
            else reader.Skip();
        }
        if (numbers is not [(byte)'[', ..]) return false;
        var (from, to) = Place(candidate, start, end, text);
        var any = false;
        var each = GeminiText.Reader(numbers);
        each.Read();
        for (var i = 0; i < MaxIndices && each.Read() && each.TokenType != JsonTokenType.EndArray; i++)
        {
            if (each.TokenType == JsonTokenType.Number && each.TryGetInt32(out var number) && TryChunk(chunks, number, from, to, out var citation))
            {
                sink.Citation(candidate.Index, citation);
                any = true;
            }
            each.Skip();
        }
        return any;
    }

    // {"web":{"uri","title"}}, {"retrievedContext":{"uri","title","text"}} or {"maps":{"uri","title","text"}}
    private static bool TryChunk(ReadOnlySpan<byte> chunks, int number, int start, int end, out ChatCitation citation)
    {
        citation = default;
        if (number is < 0 or >= MaxChunks) return false;
        var reader = GeminiText.Reader(chunks);
        reader.Read();
        for (var i = 0; GeminiText.NextObject(ref reader); i++)
        {
            JsonText uri = default, title = default, text = default, id = default;
            while (GeminiText.NextMember(ref reader))
            {
                if (!GeminiText.Enter(ref reader, JsonTokenType.StartObject)) continue;
                while (GeminiText.NextMember(ref reader))
                {
                    if (reader.Is("uri"u8)) uri = GeminiText.String(ref reader);
                    else if (reader.Is("title"u8)) title = GeminiText.String(ref reader);
                    else if (reader.Is("text"u8)) text = GeminiText.String(ref reader);
                    else if (reader.Is("documentName"u8) || (id.IsEmpty && reader.Is("fileSearchStore"u8))) id = GeminiText.String(ref reader);
                    else reader.Skip();
                }
            }
            if (i != number) continue;
            citation = new ChatCitation { Url = uri, Title = title, CitedText = text, SourceId = id, Start = start, End = end, Document = -1 };
            return true;
        }
        return false;
    }

    // Offsets count within one part, and which parts there are the answer's pieces do not tell: where the words are not at their place, they are looked for.
    private static (int Start, int End) Place(GeminiCandidate candidate, long start, long end, JsonText words)
    {
        var text = candidate.Text.Span;
        if (!words.IsEmpty)
        {
            var wanted = new byte[words.Bytes.Length].AsSpan();
            wanted = wanted[..words.Unescape(wanted)];
            if (end > text.Length || end < start || !text[(int)start..(int)end].SequenceEqual(wanted))
            {
                start = text.IndexOf(wanted);
                end = start + wanted.Length;
            }
        }
        if (start < 0 || end <= start || end > text.Length) return (-1, -1);
        var before = Encoding.UTF8.GetCharCount(text[..(int)start]);
        return (before, before + Encoding.UTF8.GetCharCount(text[(int)start..(int)end]));
    }
}
