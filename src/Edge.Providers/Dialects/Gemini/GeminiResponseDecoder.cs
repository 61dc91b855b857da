using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// Answers of generateContent, whole or streamed with <c>alt=sse</c> -> events. https://ai.google.dev/api/generate-content#generatecontentresponse
/// <para>
/// Every event of a stream is a whole GenerateContentResponse with what is new in it, and there is no end mark: a stream is whole where each candidate said why it
/// finished. Calls have no ids before Gemini 3; they get some that differ within the answer and from one answer to the next. Code that the model ran, and what came out of it, are
/// fenced text, as Google's own SDKs print them (<see cref="GeminiCode"/>); what other tools of the provider do (<c>toolCall</c>, <c>toolResponse</c>) is left out: the client did not
/// declare them and could not answer; what the model makes of them comes as text, and sources as citations.
/// </para>
/// One instance serves one response at a time; <see cref="Reset"/> makes it ready for the next.
/// </summary>
public sealed partial class GeminiResponseDecoder : IChatResponseDecoder
{
    // candidateCount is 8 at most.
    private const int MaxCandidates = 128;

    private readonly List<GeminiCandidate> _candidates = [];
    private readonly ByteBuffer _scratch = new();
    private int _used;
    private int _calls;
    private ulong _idSeed;
    private bool _started;

    /// <inheritdoc/>
    public bool IsClosed { get; private set; }

    /// <inheritdoc/>
    public void Reset()
    {
        _used = _calls = 0;
        _idSeed = 0;
        _started = false;
        IsClosed = false;
        _scratch.Clear();
    }

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        if (IsClosed) return;
        try
        {
            JsonReading.RequireUtf8(data);
            Chunk(data, sink);
        }
        catch (JsonException)
        {
            Fail(Malformed("A stream event is not a valid GenerateContentResponse."), sink);
        }
    }

    /// <summary>True where every candidate that began has said why it finished.</summary>
    public bool TryEnd(IChatEventSink sink)
    {
        if (IsClosed || _used == 0) return false;
        for (var i = 0; i < _used; i++)
        {
            if (_candidates[i].Reason == FinishReason.None || _candidates[i].IsCallOpen) return false;
        }
        End(sink);
        return true;
    }

    /// <inheritdoc/>
    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        try
        {
            // A stream without alt=sse is an array of events.
            if (answer.Kind == JsonKind.Array)
            {
                foreach (var chunk in answer.Elements)
                {
                    if (!IsClosed) Chunk(chunk.Raw, sink);
                }
            }
            else Chunk(answer.Raw, sink);
        }
        catch (JsonException)
        {
            Fail(Malformed("The answer is not a valid GenerateContentResponse."), sink);
        }
        if (IsClosed) return;
        if (_used == 0)
        {
            Fail(Malformed("The answer has no candidates."), sink);
            return;
        }
        // The answer's own end proves that it is whole.
        for (var i = 0; i < _used; i++)
        {
            var candidate = _candidates[i];
            if (candidate.IsCallOpen) CloseCall(candidate, sink);
            if (candidate.Reason == FinishReason.None) candidate.Reason = candidate.Calls > 0 ? FinishReason.ToolCalls : FinishReason.Other;
        }
        End(sink);
    }

    private void Chunk(ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        // Start must be the first event, and what it says stands behind the candidates.
        var reader = GeminiText.Reader(data);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            if (GeminiErrors.TryFromEvent(data, out var inArray))
            {
                Fail(inArray, sink);
                return;
            }
            throw new JsonException();
        }
        ReadOnlySpan<byte> candidates = default;
        JsonText id = default, model = default, created = default, tier = default;
        JsonText blocked = default;
        var hasUsage = false;
        Usage usage = default;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("candidates"u8)) candidates = GeminiText.Raw(data, ref reader);
            else if (reader.Is("usageMetadata"u8))
            {
                if (!GeminiText.Enter(ref reader, JsonTokenType.StartObject)) continue;
                tier = GeminiUsage.Read(ref reader, out var read, out var isReported);
                if (isReported) (hasUsage, usage) = (true, read);
            }
            else if (reader.Is("responseId"u8)) id = GeminiText.String(ref reader);
            else if (reader.Is("modelVersion"u8)) model = GeminiText.String(ref reader);
            else if (reader.Is("createTime"u8)) created = GeminiText.String(ref reader);
            else if (reader.Is("promptFeedback"u8)) blocked = BlockReason(ref reader);
            else if (reader.Is("error"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject && GeminiErrors.TryFromEvent(data, out var error))
                {
                    Fail(error, sink);
                    return;
                }
                reader.Skip();
            }
            else reader.Skip();
        }
        // Trailing bytes throw here.
        reader.Read();
        if (!_started)
        {
            _started = true;
            _idSeed = id.IsEmpty ? 0 : Hash(id.Bytes);
            sink.Start(new ChatStart { Id = id, Model = model, Created = UnixSeconds(created), ServiceTier = tier });
        }
        if (hasUsage) sink.Usage(usage);
        if (candidates is [(byte)'[', ..]) Candidates(candidates, sink);
        if (blocked.IsEmpty || IsClosed || _used > 0) return;
        Candidate(0).Reason = FinishReason.ContentFilter;
        blocked.WriteEscaped(_candidates[0].Detail);
    }

    private void Candidates(ReadOnlySpan<byte> array, IChatEventSink sink)
    {
        var reader = GeminiText.Reader(array);
        reader.Read();
        while (!IsClosed && GeminiText.NextObject(ref reader))
        {
            long index = 0;
            ReadOnlySpan<byte> content = default;
            var behind = new GeminiBehind();
            JsonText finish = default, message = default;
            while (GeminiText.NextMember(ref reader))
            {
                if (reader.Is("content"u8)) content = GeminiText.Raw(array, ref reader);
                else if (reader.Is("index"u8)) index = Math.Max(GeminiText.Count(ref reader), 0);
                else if (reader.Is("finishReason"u8)) finish = GeminiText.String(ref reader);
                else if (reader.Is("finishMessage"u8)) message = GeminiText.String(ref reader);
                else if (reader.Is("groundingMetadata"u8)) behind.Grounding = GeminiText.Raw(array, ref reader);
                else if (reader.Is("citationMetadata"u8)) behind.Citations = GeminiText.Raw(array, ref reader);
                else if (reader.Is("logprobsResult"u8)) behind.Logprobs = GeminiText.Raw(array, ref reader);
                else reader.Skip();
            }
            if (index >= MaxCandidates) throw new JsonException();
            var candidate = Candidate((int)index);
            if (content is [(byte)'{', ..]) Content(candidate, content, ref behind, sink);
            if (IsClosed) return;
            behind.Push(candidate, _scratch, sink);
            if (finish.IsEmpty) continue;
            candidate.Reason = GeminiFinish.Of(finish, candidate.Calls > 0);
            candidate.Detail.Clear();
            if (candidate.Reason is not (FinishReason.Stop or FinishReason.ToolCalls)) FinishWords.Detail(finish).WriteEscaped(candidate.Detail);
            if (candidate.Reason == FinishReason.None) Fail(GeminiFinish.Error(finish, message), sink);
        }
    }

    private GeminiCandidate Candidate(int index)
    {
        for (var i = 0; i < _used; i++)
        {
            if (_candidates[i].Index == index) return _candidates[i];
        }
        if (_used == _candidates.Count) _candidates.Add(new GeminiCandidate());
        var candidate = _candidates[_used++];
        candidate.Clear(index);
        return candidate;
    }

    private void End(IChatEventSink sink)
    {
        for (var i = 0; i < _used; i++)
        {
            var candidate = _candidates[i];
            Sign(candidate, sink);
            // A call may come behind the reason.
            var reason = candidate.Reason == FinishReason.Stop && candidate.Calls > 0 ? FinishReason.ToolCalls : candidate.Reason;
            sink.Finish(candidate.Index, reason, new JsonText(candidate.Detail.Span, isEscaped: candidate.Detail.Length > 0));
        }
        IsClosed = true;
        sink.End();
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };

    // {"blockReason":"PROHIBITED_CONTENT"}: the prompt was refused, there are no candidates.
    private static JsonText BlockReason(scoped ref Utf8JsonReader reader)
    {
        JsonText blocked = default;
        if (!GeminiText.Enter(ref reader, JsonTokenType.StartObject)) return blocked;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("blockReason"u8)) blocked = GeminiText.String(ref reader);
            else reader.Skip();
        }
        return blocked;
    }

    // FNV-1a.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037ul;
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211ul;
        return hash;
    }

    // "2026-02-15T07:50:39.884152Z"; 0 where it is something else.
    private static long UnixSeconds(JsonText time)
    {
        if (time.IsEscaped || time.Bytes.Length < 20 || time.Bytes[^1] != 'Z') return 0;
        Span<char> text = stackalloc char[19];
        for (var i = 0; i < text.Length; i++) text[i] = (char)time.Bytes[i];
        return DateTimeOffset.TryParseExact(
            text, "yyyy-MM-ddTHH:mm:ss", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var parsed)
            ? Math.Max(parsed.ToUnixTimeSeconds(), 0)
            : 0;
    }
}
