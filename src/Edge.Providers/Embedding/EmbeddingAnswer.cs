using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// Writes the answer that the client gets, vector by vector. Numbers keep the provider's own digits; only where the client wants base64 and the provider sends
/// numbers, or the other way round, they are converted. One instance serves one answer at a time and is used again.
/// <para>https://platform.openai.com/docs/api-reference/embeddings/object</para>
/// </summary>
public sealed class EmbeddingAnswer
{
    private readonly ByteBuffer _floats = new();
    private IBufferWriter<byte>? _output;
    private bool _base64;

    /// <summary>Vectors written so far.</summary>
    public int Count { get; private set; }

    /// <summary>Input tokens of all calls; -1 = nobody told.</summary>
    public long Tokens { get; private set; } = -1;

    /// <summary>Starts an answer.</summary>
    /// <param name="output">Takes the JSON; must be thrown away where a codec refuses a call's answer.</param>
    /// <param name="model">The model's name as the client shall see it.</param>
    /// <param name="base64">The client wants base64.</param>
    public void Begin(IBufferWriter<byte> output, JsonText model, bool base64)
    {
        (_output, _base64, Count, Tokens) = (output, base64, 0, -1);
        var json = new JsonOut(output);
        json.Raw("{\"object\":\"list\",\"model\":"u8);
        json.String(model);
        json.Raw(",\"data\":["u8);
        json.Flush();
    }

    /// <summary>Adds a call's input tokens; what is negative counts as not told.</summary>
    public void AddTokens(long tokens)
    {
        if (tokens >= 0) Tokens = Math.Max(Tokens, 0) + tokens;
    }

    /// <summary>Ends the answer. Tokens that nobody told are written as 0: the SDKs demand the numbers.</summary>
    public void End()
    {
        var json = new JsonOut(_output!);
        json.Raw("],\"usage\":{\"prompt_tokens\":"u8);
        json.Number(Math.Max(Tokens, 0));
        json.Raw(",\"total_tokens\":"u8);
        json.Number(Math.Max(Tokens, 0));
        json.Raw("}}"u8);
        json.Flush();
        _output = null;
    }

    /// <summary>Writes the vector on whose first token the reader stands: an array of numbers, or a string of base64. False where it is neither.</summary>
    internal bool TryAdd(scoped ref Utf8JsonReader reader)
    {
        var json = new JsonOut(_output!, 4096);
        if (Count > 0) json.Raw(","u8);
        json.Raw("{\"object\":\"embedding\",\"index\":"u8);
        json.Number(Count);
        json.Raw(",\"embedding\":"u8);
        var good = reader.TokenType switch
        {
            JsonTokenType.StartArray when _base64 => NumbersToBase64(ref reader, ref json),
            JsonTokenType.StartArray => Numbers(ref reader, ref json),
            JsonTokenType.String when reader.ValueIsEscaped => false,
            JsonTokenType.String when _base64 => IsBase64OfFloats(reader.ValueSpan) && Copy(reader.ValueSpan, ref json),
            JsonTokenType.String => Base64ToNumbers(reader.ValueSpan, ref json),
            _ => false,
        };
        json.Raw("}"u8);
        json.Flush();
        Count++;
        return good;
    }

    private static bool Numbers(scoped ref Utf8JsonReader reader, scoped ref JsonOut json)
    {
        var any = false;
        json.Raw("["u8);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (any) json.Raw(","u8);
            json.Raw(reader.ValueSpan);
            any = true;
        }
        json.Raw("]"u8);
        return any && reader.TokenType == JsonTokenType.EndArray;
    }

    private bool NumbersToBase64(scoped ref Utf8JsonReader reader, scoped ref JsonOut json)
    {
        _floats.Clear();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (!float.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !float.IsFinite(number)) return false;
            BinaryPrimitives.WriteSingleLittleEndian(_floats.GetSpan(4), number);
            _floats.Advance(4);
        }
        if (reader.TokenType != JsonTokenType.EndArray || _floats.Length == 0) return false;
        var text = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(_floats.Length));
        Base64.EncodeToUtf8(_floats.Span, text, out _, out var written);
        Copy(text.AsSpan(0, written), ref json);
        ArrayPool<byte>.Shared.Return(text);
        return true;
    }

    private bool Base64ToNumbers(ReadOnlySpan<byte> text, scoped ref JsonOut json)
    {
        _floats.Clear();
        var room = _floats.GetSpan(Base64.GetMaxDecodedFromUtf8Length(text.Length));
        if (Base64.DecodeFromUtf8(text, room, out _, out var length) != OperationStatus.Done || length == 0 || length % 4 != 0) return false;
        json.Raw("["u8);
        Span<byte> digits = stackalloc byte[32];
        for (var at = 0; at < length; at += 4)
        {
            var number = BinaryPrimitives.ReadSingleLittleEndian(room[at..]);
            if (!float.IsFinite(number)) return false;
            number.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
            if (at > 0) json.Raw(","u8);
            json.Raw(digits[..written]);
        }
        json.Raw("]"u8);
        return true;
    }

    private static bool IsBase64OfFloats(ReadOnlySpan<byte> text) => Base64.IsValid(text, out var length) && length > 0 && length % 4 == 0;

    private static bool Copy(ReadOnlySpan<byte> text, scoped ref JsonOut json)
    {
        json.Raw("\""u8);
        json.Raw(text);
        json.Raw("\""u8);
        return true;
    }
}
