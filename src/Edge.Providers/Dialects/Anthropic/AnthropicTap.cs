using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// Looks at answers of the Messages API that pass through as bytes: usage, finish reason, error and end. Nearly every event is a <c>content_block_delta</c>, told by
/// its event field or by how its data begins, and costs that one comparison. One instance serves one answer at a time.
/// </summary>
public sealed class AnthropicTap : IAnswerTap
{
    private AnthropicUsage _usage = new();

    /// <summary>The totals so far: those of <c>message_start</c>, replaced by what <c>message_delta</c> repeats.</summary>
    public Usage Usage { get; private set; } = new();

    /// <summary>The reason that was reported last.</summary>
    public FinishReason Finish { get; private set; }

    public ProviderError? Failure { get; private set; }

    /// <summary>Ready for another answer.</summary>
    public void Reset()
    {
        _usage = new();
        Usage = new();
        Finish = FinishReason.None;
        Failure = null;
    }

    /// <summary>Looks at one event.</summary>
    /// <param name="eventType">The event field; may be empty, the data's own type decides then.</param>
    /// <param name="data">The event's data.</param>
    public TapMarks Look(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data)
    {
        // content_block_start, _delta and _stop hold nothing that the gateway must know.
        if (eventType.StartsWith("content_block"u8) || eventType.SequenceEqual("ping"u8)) return TapMarks.None;
        if (data.StartsWith("{\"type\":\"content_block"u8) || data.StartsWith("{\"type\": \"content_block"u8)) return TapMarks.None;
        AnthropicFrame frame;
        try
        {
            frame = AnthropicFrame.ReadEvent(data);
        }
        catch (JsonException)
        {
            // Whatever it is, it passes through, and proves no end.
            return TapMarks.None;
        }
        var type = frame.Type.IsEmpty ? JsonText.Plain(eventType) : frame.Type;
        if (type.Is("message_stop"u8)) return TapMarks.Done;
        if (type.Is("error"u8))
        {
            Failure = AnthropicErrors.FromEvent(frame.ErrorType, frame.ErrorMessage);
            return TapMarks.Error;
        }
        if (!type.Is("message_start"u8) && !type.Is("message_delta"u8)) return TapMarks.None;
        return Take(frame.Usage) | Take(frame.StopReason);
    }

    /// <summary>Looks at a whole answer.</summary>
    /// <param name="answer">The root value.</param>
    public TapMarks Whole(JsonValue answer)
    {
        if (answer["type"u8].IsString("error"u8))
        {
            var error = answer["error"u8];
            Failure = AnthropicErrors.FromEvent(error["type"u8].Text, error["message"u8].Text);
            return TapMarks.Error;
        }
        var marks = TapMarks.None;
        foreach (var member in answer.Members)
        {
            if (member.Name.Is("usage"u8) && member.Value.Kind == JsonKind.Object) marks |= Take(AnthropicUsage.Read(member.Value));
            else if (member.Name.Is("stop_reason"u8)) marks |= Take(member.Value.Text);
        }
        return marks;
    }

    private TapMarks Take(in AnthropicUsage usage)
    {
        if (usage.IsEmpty) return TapMarks.None;
        _usage.Replace(usage);
        Usage = _usage.ToUsage();
        return TapMarks.Usage;
    }

    private TapMarks Take(JsonText reason)
    {
        if (reason.IsEmpty) return TapMarks.None;
        Finish = FinishWords.Of(reason);
        return TapMarks.Finish;
    }
}
