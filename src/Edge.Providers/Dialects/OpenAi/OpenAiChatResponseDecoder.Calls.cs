using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.OpenAi;

public sealed partial class OpenAiChatResponseDecoder
{
    // Index: the provider's own; NoIndex = it gave none. Id: a hash, 0 = none.
    private readonly record struct KnownCall(int Choice, long Index, ulong Id);

    private const long NoIndex = -1;

    private void ToolCalls(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var position = 0;
        while (NextObject(ref reader))
        {
            // A whole answer's calls have no index, or all the same: their place counts.
            long index = _isWhole ? position : NoIndex;
            position++;
            JsonText id = default, name = default, arguments = default, signature = default;
            while (NextMember(ref reader))
            {
                if (!_isWhole && reader.Is("index"u8)) index = Math.Max(Number(ref reader, NoIndex), NoIndex);
                else if (reader.Is("id"u8)) id = String(ref reader);
                else if (reader.Is("function"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject) ReadFunction(json, ref reader, ref name, ref arguments);
                    else reader.Skip();
                }
                else if (reader.Is("extra_content"u8)) signature = ThoughtSignature(ref reader);
                else reader.Skip();
            }
            var number = Call(choice, index, id, name, arguments, sink);
            if (!signature.IsEmpty) sink.ToolCallSignature(choice, number, Marked(SignatureOrigin.Gemini, signature));
        }
    }

    private void FunctionCall(int choice, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        JsonText name = default, arguments = default;
        ReadFunction(json, ref reader, ref name, ref arguments);
        Call(choice, 0, default, name, arguments, sink);
    }

    private static void ReadFunction(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, ref JsonText name, ref JsonText arguments)
    {
        while (NextMember(ref reader))
        {
            if (reader.Is("name"u8)) name = String(ref reader);
            else if (reader.Is("arguments"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) arguments = new(reader.ValueSpan, reader.ValueIsEscaped);
                else if (reader.TokenType == JsonTokenType.StartObject)
                {
                    // Some servers give the object itself: its JSON is the text.
                    var at = (int)reader.TokenStartIndex;
                    reader.Skip();
                    arguments = JsonText.Plain(json[at..(int)reader.BytesConsumed]);
                }
                else reader.Skip();
            }
            else reader.Skip();
        }
    }

    // {"google":{"thought_signature":"..."}}. https://ai.google.dev/gemini-api/docs/thought-signatures
    private static JsonText ThoughtSignature(scoped ref Utf8JsonReader reader)
    {
        JsonText signature = default;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return default;
        }
        while (NextMember(ref reader))
        {
            var isGoogle = reader.Is("google"u8);
            reader.Read();
            if (!isGoogle || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (NextMember(ref reader))
            {
                if (reader.Is("thought_signature"u8)) signature = String(ref reader);
                else reader.Skip();
            }
        }
        return signature;
    }

    // The call's number within the choice.
    private int Call(int choice, long index, JsonText id, JsonText name, JsonText arguments, IChatEventSink sink)
    {
        var hash = Hash(id);
        var (number, count) = (-1, 0);
        foreach (var call in _calls)
        {
            if (call.Choice != choice) continue;
            // The last one that fits: a server may use one index for all its calls.
            if (index == NoIndex ? hash == 0 || call.Id == hash : call.Index == index) number = count;
            count++;
        }
        var isNew = number < 0 || (!name.IsEmpty && (index == NoIndex ? hash == 0 : hash != 0 && IdOf(choice, number) is var known && known != 0 && known != hash));
        if (isNew)
        {
            if (_calls.Count == AnswerLimits.MaxCalls) throw new JsonException();
            number = count;
            _calls.Add(new(choice, index, hash));
            sink.ToolCallStart(choice, number, id, name);
        }
        if (!arguments.IsEmpty) sink.ToolCallArguments(choice, number, arguments);
        return number;
    }

    private ulong IdOf(int choice, int number)
    {
        foreach (var call in _calls)
        {
            if (call.Choice == choice && number-- == 0) return call.Id;
        }
        return 0;
    }

    private bool TryFind(int choice, JsonText id, out int number)
    {
        var hash = Hash(id);
        number = 0;
        foreach (var call in _calls)
        {
            if (call.Choice != choice) continue;
            if (call.Id == hash) return true;
            number++;
        }
        return false;
    }

    // FNV-1a: an answer's few calls are told apart by it, without a copy of their ids.
    private static ulong Hash(JsonText id)
    {
        if (id.IsEmpty) return 0;
        var hash = 14695981039346656037UL;
        foreach (var b in id.Bytes) hash = (hash ^ b) * 1099511628211UL;
        return hash | 1;
    }
}
