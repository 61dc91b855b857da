using System.Buffers.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// Looks at OpenAI answers that pass through as bytes: usage, finish reason, error and end, without decoding a delta. Nearly every event is a delta, so an event
/// is first searched for the names that matter, as bytes: a name's quotes cannot stand unescaped within a string, so <c>"usage"</c> followed by a colon is a
/// member and never somebody's text. One instance serves one answer at a time.
/// </summary>
public sealed class OpenAiChatTap : IAnswerTap
{
    // A bit per choice, of which OpenAI allows 128.
    private UInt128 _begun;
    private UInt128 _finished;

    /// <summary>The totals that were reported last.</summary>
    public Usage Usage { get; private set; } = new();

    /// <summary>The reason that was reported last.</summary>
    public FinishReason Finish { get; private set; }

    public ProviderError? Failure { get; private set; }

    /// <inheritdoc/>
    public bool AllFinished => _finished != 0 && (_begun & ~_finished) == 0;

    /// <summary>Ready for another answer.</summary>
    public void Reset()
    {
        Usage = new();
        Finish = FinishReason.None;
        Failure = null;
        _begun = _finished = 0;
    }

    /// <summary>Looks at one event's data.</summary>
    public TapMarks Look(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8)) return TapMarks.Done;
        var marks = TapMarks.None;
        var usage = Member(data, "\"usage\""u8, (byte)'{');
        if (usage >= 0 && ReadUsage(data[usage..]))
        {
            marks |= TapMarks.Usage;
            var choices = Member(data, "\"choices\""u8, (byte)'[');
            if (choices < 0 || (SkipSpace(data, choices + 1) is var next && next < data.Length && data[next] == ']')) marks |= TapMarks.UsageOnly;
        }
        var finish = Member(data, "\"finish_reason\""u8, (byte)'"');
        if (finish >= 0)
        {
            // Rare, so read exactly: a tool's argument or a vendor's own object may hold a member of that name, and some servers write "" until the end.
            var reason = ReadChoices(data);
            if (reason != FinishReason.None)
            {
                Finish = reason;
                marks |= TapMarks.Finish;
            }
        }
        else if (_begun == 0 || NamesOther(data)) ReadChoices(data);
        if (data.IndexOf("\"error\""u8) >= 0 && HasError(data))
        {
            Failure = OpenAiErrors.FromEvent(data);
            marks |= TapMarks.Error;
        }
        return marks;
    }

    /// <summary>Looks at a whole answer.</summary>
    /// <param name="answer">The root value.</param>
    public TapMarks Whole(JsonValue answer)
    {
        var marks = TapMarks.None;
        foreach (var member in answer.Members)
        {
            if (member.Name.Is("usage"u8) && OpenAiUsage.TryRead(member.Value, out var usage))
            {
                Usage = usage;
                marks |= TapMarks.Usage;
            }
            else if (member.Name.Is("choices"u8)) marks |= Choices(member.Value);
            else if (member.Name.Is("error"u8) && member.Value.Kind is JsonKind.Object or JsonKind.String)
            {
                Failure = OpenAiErrors.FromEvent(answer.Raw);
                return marks | TapMarks.Error;
            }
        }
        return marks;
    }

    private TapMarks Choices(JsonValue choices)
    {
        var marks = TapMarks.None;
        foreach (var choice in choices.Elements)
        {
            var reason = choice["finish_reason"u8];
            if (reason.Kind != JsonKind.String) continue;
            Finish = FinishWords.Of(reason.Text);
            marks = TapMarks.Finish;
        }
        return marks;
    }

    // Whether an index stands there that is no begun choice's: a choice that begins, or, rarely, a call's index.
    private bool NamesOther(ReadOnlySpan<byte> data)
    {
        for (var at = 0; data[at..].IndexOf("\"index\""u8) is var found and >= 0;)
        {
            at = SkipSpace(data, at + found + "\"index\""u8.Length);
            if (at >= data.Length || data[at] != ':') continue;
            at = SkipSpace(data, at + 1);
            if (!Utf8Parser.TryParse(data[at..], out int index, out _) || index is < 0 or > 127 || ((_begun >> index) & 1) == 0) return true;
        }
        return false;
    }

    // The last reason that stands there; which choices begin and finish.
    private FinishReason ReadChoices(ReadOnlySpan<byte> data)
    {
        var found = FinishReason.None;
        try
        {
            var reader = new Utf8JsonReader(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return found;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isChoices = reader.Is("choices"u8);
                reader.Read();
                if (!isChoices || reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    var (index, isFinished) = (0, false);
                    while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    {
                        var isIndex = reader.Is("index"u8);
                        var isFinish = reader.Is("finish_reason"u8);
                        reader.Read();
                        if (isFinish && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0)
                        {
                            found = FinishWords.Of(new JsonText(reader.ValueSpan, reader.ValueIsEscaped));
                            isFinished = true;
                        }
                        if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) && number is > 0 and < 128) index = number;
                        reader.Skip();
                    }
                    _begun |= UInt128.One << index;
                    if (isFinished) _finished |= UInt128.One << index;
                }
            }
        }
        catch (JsonException)
        {
            // Whatever it is, it passes through, and proves no end.
            return FinishReason.None;
        }
        return found;
    }

    private bool ReadUsage(ReadOnlySpan<byte> from)
    {
        try
        {
            var reader = new Utf8JsonReader(from);
            reader.Read();
            Usage = OpenAiUsage.Read(ref reader);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Anywhere but at the top level "error" is somebody's own field.
    private static bool HasError(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isError = reader.Is("error"u8);
                reader.Read();
                if (isError) return reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Whatever it is, it passes through.
        }
        return false;
    }

    // Offset of the value of the first member of that name whose value begins with that byte; -1 where there is none.
    private static int Member(ReadOnlySpan<byte> data, ReadOnlySpan<byte> quotedName, byte first)
    {
        var at = 0;
        while (true)
        {
            var found = data[at..].IndexOf(quotedName);
            if (found < 0) return -1;
            at = SkipSpace(data, at + found + quotedName.Length);
            if (at >= data.Length) return -1;
            if (data[at] != ':') continue;
            at = SkipSpace(data, at + 1);
            if (at < data.Length && data[at] == first) return at;
        }
    }

    private static int SkipSpace(ReadOnlySpan<byte> data, int at)
    {
        while (at < data.Length && data[at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r') at++;
        return at;
    }
}
