using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// Looks at Responses answers that pass through as bytes: usage, finish reason, error and end. The one event that says all of it is the last; of every other event only the first bytes of
/// its type are looked at. One instance serves one answer at a time.
/// </summary>
public sealed class ResponsesTap : IAnswerTap
{
    private bool _calls;

    public Usage Usage { get; private set; } = new();

    public FinishReason Finish { get; private set; }

    public ProviderError? Failure { get; private set; }

    public void Reset()
    {
        Usage = new();
        Finish = FinishReason.None;
        Failure = null;
        _calls = false;
    }

    public TapMarks Look(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data)
    {
        // Servers that leave the event field out begin their data with the type; else it has to be found.
        var type = eventType.IsEmpty ? TypeOf(data) : eventType;
        if (type.SequenceEqual("error"u8)) return Fail(data);
        if (!type.StartsWith("response."u8)) return TapMarks.None;
        type = type["response.".Length..];
        // completed, incomplete, failed, cancelled; in_progress is the one other event that begins so.
        if (type.IsEmpty || type[0] is not ((byte)'c' or (byte)'i' or (byte)'f')) return TapMarks.None;
        if (type.SequenceEqual("completed"u8) || type.SequenceEqual("incomplete"u8)) return Last(data);
        return type.SequenceEqual("failed"u8) || type.SequenceEqual("cancelled"u8) ? Fail(data) | Read(data) : TapMarks.None;
    }

    public TapMarks Whole(JsonValue answer)
    {
        // An error envelope, or an answer in the background that failed.
        var error = answer["error"u8];
        if (error.Kind is JsonKind.Object or JsonKind.String && answer["output"u8].Kind != JsonKind.Array)
        {
            Failure = OpenAiErrors.FromEvent(answer.Raw);
            return TapMarks.Error;
        }
        var marks = Read(answer.Raw);
        if (!answer["status"u8].IsString("failed"u8)) return marks;
        Failure = ResponsesErrors.FromResponse(answer.Raw);
        return (marks | TapMarks.Error) & ~TapMarks.Finish;
    }

    private TapMarks Last(ReadOnlySpan<byte> data) => Read(data) is var marks && marks.HasFlag(TapMarks.Finish) ? marks | TapMarks.Done : marks;

    private TapMarks Fail(ReadOnlySpan<byte> data)
    {
        // error comes before response.failed and says more.
        Failure ??= ResponsesErrors.FromEvent(data);
        return TapMarks.Error;
    }

    // The type stands first, or after the sequence number; nothing in front of it is longer.
    private static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.Is("type"u8);
                reader.Read();
                if (isType) return reader.TokenType == JsonTokenType.String ? reader.ValueSpan : default;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Whatever it is, it passes through.
        }
        return default;
    }

    // The response object, alone or as the member of an event.
    private TapMarks Read(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = 512 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return TapMarks.None;
            return Response(ref reader);
        }
        catch (JsonException)
        {
            // Whatever it is, it passes through, and proves no end.
            return TapMarks.None;
        }
    }

    private TapMarks Response(scoped ref Utf8JsonReader reader)
    {
        var marks = TapMarks.None;
        var finish = FinishReason.None;
        JsonText reason = default;
        _calls = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("response"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) marks |= Response(ref reader);
                else reader.Skip();
            }
            else if (reader.Is("status"u8)) finish = ResponsesFinish.OfStatus(ref reader);
            else if (reader.Is("incomplete_details"u8)) reason = ResponsesFinish.OfDetails(ref reader);
            else if (reader.Is("output"u8)) _calls |= ResponsesFinish.HasCalls(ref reader);
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    Usage = ResponsesUsage.Read(ref reader);
                    marks |= TapMarks.Usage;
                }
                else reader.Skip();
            }
            else reader.Skip();
        }
        if (finish == FinishReason.None) return marks;
        Finish = ResponsesFinish.Of(finish, reason, _calls);
        return marks | TapMarks.Finish;
    }
}
