using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// OpenAI chat completions, streamed or whole, and those of compatible providers -> events. https://platform.openai.com/docs/api-reference/chat-streaming
/// Reasoning is read from <c>reasoning_content</c> (DeepSeek) or <c>reasoning</c> (OpenRouter, Groq); never from both in one delta, since some providers
/// send the same text under both names. One instance serves one response at a time; <see cref="Reset"/> makes it ready for the next.
/// </summary>
public sealed class OpenAiChatResponseDecoder : IChatResponseDecoder
{
    // OpenAI allows 128 choices (n); an index beyond is no sane answer.
    private const int MaxChoices = 128;

    private readonly List<(int Choice, long Index)> _calls = [];
    private readonly List<int> _begun = [];
    private readonly List<int> _finished = [];
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
        _started = _isWhole = false;
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
            IsClosed = true;
            sink.End();
            return;
        }
        try
        {
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
        if (!answer["error"u8].IsNullOrAbsent)
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
        sink.Start(new ChatStart { Id = answer["id"u8].Text, Model = answer["model"u8].Text, Created = created });
        // The same walk as for a chunk: a message has the members of a delta, only all at once.
        var usage = OpenAiUsage.TryRead(answer["usage"u8], out var totals);
        if (usage) sink.Usage(totals);
        _started = _isWhole = true;
        foreach (var choice in choices.Elements)
        {
            try
            {
                var reader = new Utf8JsonReader(choice.Raw);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
                Choice(choice.Raw, ref reader, sink);
            }
            catch (JsonException)
            {
                Fail(Malformed("A choice is not valid."), sink);
                return;
            }
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
        JsonText id = default, model = default;
        Usage? usage = null;
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray) choicesAt = (int)reader.TokenStartIndex;
                reader.Skip();
            }
            else if (!_started && reader.ValueTextEquals("id"u8)) id = String(ref reader);
            else if (!_started && reader.ValueTextEquals("model"u8)) model = String(ref reader);
            else if (!_started && reader.ValueTextEquals("created"u8)) created = Number(ref reader, 0);
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) usage = OpenAiUsage.Read(ref reader);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
                {
                    Fail(OpenAiErrors.FromEvent(data), sink);
                    return;
                }
                reader.Skip();
            }
            else reader.Skip();
        }
        reader.Read();
        if (!_started)
        {
            // Azure's first chunk holds what its filter found in the prompt and says nothing of the answer; the next one has the head.
            if (id.IsEmpty && model.IsEmpty && usage is null && choicesAt >= 0 && data[(choicesAt + 1)..].TrimStart(" \t\r\n"u8) is [(byte)']', ..]) return;
            _started = true;
            sink.Start(new ChatStart { Id = id, Model = model, Created = created });
        }
        if (choicesAt >= 0) Choices(data[choicesAt..], sink);
        if (usage is { } totals && !IsClosed) sink.Usage(totals);
    }

    private void Choices(ReadOnlySpan<byte> array, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(array);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            Choice(array, ref reader, sink);
        }
    }

    // The reader stands on the choice's opening brace. The index and the finish reason count for the delta, wherever they stand.
    private void Choice(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, IChatEventSink sink)
    {
        long index = 0;
        var deltaAt = -1;
        JsonText finish = default;
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("index"u8)) index = Number(ref reader, 0);
            else if (reader.ValueTextEquals("finish_reason"u8)) finish = String(ref reader);
            else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) deltaAt = (int)reader.TokenStartIndex;
                reader.Skip();
            }
            else reader.Skip();
        }
        if (index is < 0 or >= MaxChoices) throw new JsonException();
        if (!_begun.Contains((int)index)) _begun.Add((int)index);
        if (deltaAt >= 0) Delta((int)index, json[deltaAt..], sink);
        if (finish.IsEmpty || _finished.Contains((int)index)) return;
        _finished.Add((int)index);
        sink.Finish((int)index, OpenAiChatText.Finish(finish), default);
    }

    private void Delta(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var hasThinking = false;
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8)) Content(choice, ref reader, sink);
            else if (reader.ValueTextEquals("tool_calls"u8)) ToolCalls(choice, ref reader, sink);
            else if (reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8))
            {
                var text = String(ref reader);
                if (text.IsEmpty || hasThinking) continue;
                hasThinking = true;
                sink.Thinking(choice, text);
            }
            else if (reader.ValueTextEquals("refusal"u8))
            {
                var text = String(ref reader);
                if (!text.IsEmpty) sink.Refusal(choice, text);
            }
            else if (reader.ValueTextEquals("thinking_blocks"u8)) ThinkingBlocks(choice, ref reader, sink);
            else if (reader.ValueTextEquals("function_call"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) FunctionCall(choice, ref reader, sink);
                else reader.Skip();
            }
            else reader.Skip();
        }
    }

    // A string; of Mistral's reasoning models a list: {"type":"text","text":".."} and {"type":"thinking","thinking":[{"type":"text","text":".."}]}.
    // https://docs.mistral.ai/capabilities/reasoning
    private static void Content(int choice, scoped ref Utf8JsonReader reader, IChatEventSink sink)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueSpan.Length > 0) sink.Text(choice, new JsonText(reader.ValueSpan, reader.ValueIsEscaped));
        }
        else if (reader.TokenType == JsonTokenType.StartArray) ContentParts(choice, ref reader, isThinking: false, sink);
        else reader.Skip();
    }

    private static void ContentParts(int choice, scoped ref Utf8JsonReader reader, bool isThinking, IChatEventSink sink)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("text"u8))
                {
                    var text = String(ref reader);
                    if (text.IsEmpty) continue;
                    if (isThinking) sink.Thinking(choice, text);
                    else sink.Text(choice, text);
                }
                else if (!isThinking && reader.ValueTextEquals("thinking"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartArray) ContentParts(choice, ref reader, isThinking: true, sink);
                    else reader.Skip();
                }
                else reader.Skip();
            }
        }
    }

    private void ToolCalls(int choice, scoped ref Utf8JsonReader reader, IChatEventSink sink)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        var position = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            // A whole answer's calls have no index: their place counts. So it does in the streams of some servers, until the next delta brings another call
            // in the same place: there the id tells them apart.
            long place = position++, index = -1;
            JsonText id = default, name = default, arguments = default;
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("index"u8)) index = Math.Max(Number(ref reader, -1), -1);
                else if (reader.ValueTextEquals("id"u8)) id = String(ref reader);
                else if (reader.ValueTextEquals("function"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject) ReadFunction(ref reader, ref name, ref arguments);
                    else reader.Skip();
                }
                else reader.Skip();
            }
            if (index < 0) index = _isWhole || id.IsEmpty ? place : IndexOf(id);
            Call(choice, index, id, name, arguments, sink);
        }
    }

    // FNV-1a, beyond every index that a provider counts.
    private static long IndexOf(JsonText id)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in id.Bytes) hash = (hash ^ b) * 1099511628211UL;
        return (long)(hash >> 1) | (1L << 62);
    }

    private void FunctionCall(int choice, scoped ref Utf8JsonReader reader, IChatEventSink sink)
    {
        JsonText name = default, arguments = default;
        ReadFunction(ref reader, ref name, ref arguments);
        Call(choice, 0, default, name, arguments, sink);
    }

    private static void ReadFunction(scoped ref Utf8JsonReader reader, ref JsonText name, ref JsonText arguments)
    {
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("name"u8)) name = String(ref reader);
            else if (reader.ValueTextEquals("arguments"u8)) arguments = String(ref reader);
            else reader.Skip();
        }
    }

    private void Call(int choice, long index, JsonText id, JsonText name, JsonText arguments, IChatEventSink sink)
    {
        var number = 0;
        var known = false;
        foreach (var call in _calls)
        {
            if (call.Choice != choice) continue;
            known = call.Index == index;
            if (known) break;
            number++;
        }
        if (!known)
        {
            _calls.Add((choice, index));
            sink.ToolCallStart(choice, number, id, name);
        }
        if (!arguments.IsEmpty) sink.ToolCallArguments(choice, number, arguments);
    }

    private static void ThinkingBlocks(int choice, scoped ref Utf8JsonReader reader, IChatEventSink sink)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("signature"u8))
                {
                    var signature = String(ref reader);
                    if (!signature.IsEmpty) sink.ThinkingSignature(choice, signature);
                }
                else if (reader.ValueTextEquals("data"u8))
                {
                    var data = String(ref reader);
                    if (!data.IsEmpty) sink.RedactedThinking(choice, data);
                }
                else reader.Skip();
            }
        }
    }

    private static bool NextMember(scoped ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static JsonText String(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return new(reader.ValueSpan, reader.ValueIsEscaped);
        reader.Skip();
        return default;
    }

    private static long Number(scoped ref Utf8JsonReader reader, long otherwise)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)) return number;
        reader.Skip();
        return otherwise;
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
