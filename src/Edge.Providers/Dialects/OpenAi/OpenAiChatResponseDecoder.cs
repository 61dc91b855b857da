using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// OpenAI chat completions, streamed or whole, and those of compatible providers -> events. https://platform.openai.com/docs/api-reference/chat-streaming
/// <para>
/// Compatible servers differ, and what they say otherwise is understood: reasoning under four names, content as an array of chunks (Mistral), usage and errors within
/// <c>x_groq</c>, sources beside the choices (Perplexity), calls without an index, with another's index, or with an object for arguments, and finish reasons that are
/// errors. A choice that called tools finishes as such even where the server says <c>stop</c>, as OpenAI itself does after a forced call.
/// </para>
/// One instance serves one response at a time; <see cref="Reset"/> makes it ready for the next.
/// </summary>
public sealed partial class OpenAiChatResponseDecoder : IChatResponseDecoder
{
    // OpenAI allows 128 choices (n); an index beyond is no sane answer.
    private const int MaxChoices = 128;

    private readonly List<KnownCall> _calls = [];
    private readonly List<int> _begun = [];
    private readonly List<int> _finished = [];
    private readonly ByteBuffer _marked = new();
    // A bit a choice: it held text, sound, the words of a sound.
    private UInt128 _written;
    private UInt128 _heard;
    private UInt128 _transcribed;
    private bool _started;
    private bool _isWhole;

    /// <summary>The end mark or an error came; what follows is ignored.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Ready for another response.</summary>
    public void Reset()
    {
        _calls.Clear();
        _begun.Clear();
        _finished.Clear();
        _written = _heard = _transcribed = default;
        _started = false;
        _isWhole = false;
        IsClosed = false;
    }

    /// <summary>Translates one event of a stream.</summary>
    /// <param name="eventType">Without meaning here.</param>
    /// <param name="data">The event's data: a chunk, an error object or <c>[DONE]</c>.</param>
    /// <param name="sink">Takes the events.</param>
    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        if (IsClosed) return;
        if (data.SequenceEqual("[DONE]"u8))
        {
            // The mark says that nothing more comes, not that what came is whole: a proxy may write it behind a stream that broke off.
            if (_finished.Count < _begun.Count)
            {
                Fail(Malformed("The stream ended before a choice had its finish reason."), sink);
                return;
            }
            IsClosed = true;
            sink.End();
            return;
        }
        try
        {
            JsonReading.RequireUtf8(data);
            Chunk(data, sink);
        }
        catch (JsonException)
        {
            Fail(Malformed("A stream event is not a valid chat completion chunk."), sink);
        }
    }

    /// <summary>
    /// Some compatible servers close a finished stream without <c>[DONE]</c>; their finish reason is end enough, where every choice that began has one. One that was asked for and has not even
    /// begun is not seen here.
    /// </summary>
    public bool TryEnd(IChatEventSink sink)
    {
        if (IsClosed || _finished.Count == 0 || _finished.Count < _begun.Count) return false;
        IsClosed = true;
        sink.End();
        return true;
    }

    /// <summary>Translates a whole answer.</summary>
    /// <param name="answer">The answer's root value; an error envelope becomes an Error event, anything but a completion Error(Malformed).</param>
    /// <param name="sink">Takes the events.</param>
    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        if (!answer["error"u8].IsNullOrAbsent || answer["object"u8].IsString("error"u8))
        {
            Fail(OpenAiErrors.FromEvent(answer.Raw), sink);
            return;
        }
        var choices = answer["choices"u8];
        if (choices.Kind != Simd.Json.JsonKind.Array)
        {
            Fail(Malformed("The answer has no choices array."), sink);
            return;
        }
        answer["created"u8].TryGetInt64(out var created);
        sink.Start(new ChatStart { Id = answer["id"u8].Text, Model = answer["model"u8].Text, Created = created, ServiceTier = answer["service_tier"u8].Text });
        var usage = OpenAiUsage.TryRead(answer["usage"u8], out var totals);
        if (usage) sink.Usage(totals);
        _started = true;
        _isWhole = true;
        var sources = answer["search_results"u8].Kind == Simd.Json.JsonKind.Array ? answer["search_results"u8].Raw : answer["citations"u8].Raw;
        foreach (var choice in choices.Elements)
        {
            try
            {
                // The same walk as for a chunk: a message has the members of a delta, only all at once.
                var reader = new Utf8JsonReader(choice.Raw);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
                Choice(choice.Raw, ref reader, sources, sink);
            }
            catch (JsonException)
            {
                Fail(Malformed("A choice is not valid."), sink);
            }
            if (IsClosed) return;
        }
        IsClosed = true;
        sink.End();
    }

    private void Chunk(ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        // Two passes, because the head may stand behind the choices: Start must be the first event, and usage comes before Finish nowhere.
        var reader = new Utf8JsonReader(data);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var choicesAt = -1;
        long created = 0;
        JsonText id = default, model = default, tier = default;
        ReadOnlySpan<byte> sources = default;
        Usage? usage = null;
        while (NextMember(ref reader))
        {
            if (reader.Is("choices"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray) choicesAt = (int)reader.TokenStartIndex;
                reader.Skip();
            }
            else if (!_started && reader.Is("id"u8)) id = String(ref reader);
            else if (!_started && reader.Is("model"u8)) model = String(ref reader);
            else if (!_started && reader.Is("created"u8)) created = Number(ref reader, 0);
            else if (!_started && reader.Is("service_tier"u8)) tier = String(ref reader);
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) usage = OpenAiUsage.Read(ref reader);
                else reader.Skip();
            }
            else if (reader.Is("error"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
                {
                    Fail(OpenAiErrors.FromEvent(data), sink);
                    return;
                }
                reader.Skip();
            }
            else if (reader.Is("object"u8))
            {
                if (!String(ref reader).Is("error"u8)) continue;
                Fail(OpenAiErrors.FromEvent(data), sink);
                return;
            }
            else if (reader.Is("x_groq"u8))
            {
                if (Groq(data, ref reader, ref usage, sink)) return;
            }
            else if (reader.Is("search_results"u8)) Array(data, ref reader, ref sources);
            else if (sources.IsEmpty && reader.Is("citations"u8)) Array(data, ref reader, ref sources);
            else reader.Skip();
        }
        reader.Read();
        if (!_started)
        {
            // Azure begins with the verdict on the prompt, in a chunk that names neither answer nor model.
            if (id.IsEmpty && model.IsEmpty && usage is null && choicesAt >= 0 && IsEmptyArray(data[choicesAt..])) return;
            _started = true;
            sink.Start(new ChatStart { Id = id, Model = model, Created = created, ServiceTier = tier });
        }
        if (choicesAt >= 0) Choices(data[choicesAt..], sources, sink);
        if (usage is { } totals && !IsClosed) sink.Usage(totals);
    }

    // {"usage":{...}} in the last chunk, {"error":"..."} where it broke off. https://console.groq.com/docs/api-reference
    private bool Groq(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader, ref Usage? usage, IChatEventSink sink)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }
        var at = (int)reader.TokenStartIndex;
        while (NextMember(ref reader))
        {
            var isUsage = reader.Is("usage"u8);
            var isError = !isUsage && reader.Is("error"u8);
            reader.Read();
            if (isUsage && usage is null && reader.TokenType == JsonTokenType.StartObject) usage = OpenAiUsage.Read(ref reader);
            else if (isError && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
            {
                Fail(OpenAiErrors.FromEvent(data[at..]), sink);
                return true;
            }
            else reader.Skip();
        }
        return false;
    }

    private void Choices(ReadOnlySpan<byte> array, ReadOnlySpan<byte> sources, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(array);
        reader.Read();
        while (!IsClosed && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            Choice(array, ref reader, sources, sink);
        }
    }

    // The reader stands on the choice's opening brace. The index and the finish reason count for the delta, wherever they stand.
    private void Choice(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> sources, IChatEventSink sink)
    {
        var at = (int)reader.TokenStartIndex;
        long index = 0;
        var (deltaAt, logprobsAt, hasError) = (-1, -1, false);
        JsonText finish = default, native = default;
        Usage? usage = null;
        while (NextMember(ref reader))
        {
            if (reader.Is("index"u8)) index = Number(ref reader, 0);
            else if (reader.Is("finish_reason"u8)) finish = String(ref reader);
            else if (reader.Is("native_finish_reason"u8)) native = String(ref reader);
            else if (reader.Is("delta"u8) || reader.Is("message"u8)) Object(ref reader, ref deltaAt);
            else if (reader.Is("logprobs"u8)) Object(ref reader, ref logprobsAt);
            else if (reader.Is("usage"u8))
            {
                // Moonshot's place for it.
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) usage = OpenAiUsage.Read(ref reader);
                else reader.Skip();
            }
            else if (reader.Is("error"u8))
            {
                reader.Read();
                hasError = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                reader.Skip();
            }
            else reader.Skip();
        }
        if (index is < 0 or >= MaxChoices) throw new JsonException();
        var choice = (int)index;
        if (!_begun.Contains(choice)) _begun.Add(choice);
        if (deltaAt >= 0) Delta(choice, json[deltaAt..], sink);
        if (logprobsAt >= 0) Logprobs(choice, json[logprobsAt..], sink);
        if (usage is { } totals) sink.Usage(totals);
        if (hasError)
        {
            Fail(OpenAiErrors.FromEvent(json[at..]), sink);
            return;
        }
        if (finish.IsEmpty || _finished.Contains(choice)) return;
        if (FinishWords.IsFailure(finish, HasCalls(choice)))
        {
            Fail(new() { Kind = ProviderErrorKind.ServerError, Status = 502, Message = $"The provider broke the answer off: {ErrorBody.Bounded(finish)}." }, sink);
            return;
        }
        _finished.Add(choice);
        EndAudio(choice, sink);
        if (!sources.IsEmpty) Sources(choice, sources, sink);
        // OpenRouter's, and our own encoder's: what the finish reason had to be made of says more where it is a word that we know.
        if (FinishWords.Of(native) is FinishReason.Pause or FinishReason.ContextWindow or FinishReason.ContentFilter or FinishReason.StopSequence) finish = native;
        var detail = FinishWords.Detail(finish);
        sink.Finish(choice, Reason(choice, finish), detail.IsEmpty && !native.IsEmpty && FinishWords.Of(native) == FinishReason.Other ? native : detail);
    }

    private FinishReason Reason(int choice, JsonText finish)
    {
        var reason = FinishWords.Of(finish);
        if (reason is not (FinishReason.Stop or FinishReason.Other or FinishReason.ToolCalls)) return reason;
        if (HasCalls(choice)) return FinishReason.ToolCalls;
        return reason == FinishReason.ToolCalls ? FinishReason.Stop : reason;
    }

    private bool HasCalls(int choice)
    {
        foreach (var call in _calls)
        {
            if (call.Choice == choice) return true;
        }
        return false;
    }

    private static void Logprobs(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextMember(ref reader))
        {
            var isContent = reader.Is("content"u8);
            ReadOnlySpan<byte> tokens = default;
            Array(json, ref reader, ref tokens);
            if (!isContent || tokens.IsEmpty) continue;
            tokens = tokens[1..^1].Trim(" \t\r\n"u8);
            if (!tokens.IsEmpty) sink.Logprobs(choice, tokens);
        }
    }

    private static bool IsEmptyArray(ReadOnlySpan<byte> json) => json[1..].TrimStart(" \t\r\n"u8) is [(byte)']', ..];

    private static long Number(scoped ref Utf8JsonReader reader, long otherwise)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)) return number;
        reader.Skip();
        return otherwise;
    }

    // Where the next value begins, if it is an object.
    private static void Object(scoped ref Utf8JsonReader reader, ref int at)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) at = (int)reader.TokenStartIndex;
        reader.Skip();
    }

    // The next value, if it is an array.
    private static void Array(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, ref ReadOnlySpan<byte> array)
    {
        reader.Read();
        var (isArray, at) = (reader.TokenType == JsonTokenType.StartArray, (int)reader.TokenStartIndex);
        reader.Skip();
        if (isArray) array = json[at..(int)reader.BytesConsumed];
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
