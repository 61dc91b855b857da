using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Cohere;

/// <summary>
/// Cohere counts twice: <c>tokens</c> is what the model read and wrote, its own preamble of some five hundred tokens and more included; <c>billed_units</c> is
/// what is paid for. A gateway's figures settle budgets, so the billed ones are taken, and the others only where those are missing.
/// <c>cached_tokens</c> is a part of <c>tokens</c>, may be many times the billed input, and has no price of its own: beside billed units it says nothing.
/// -1 = not reported. https://docs.cohere.com/reference/chat, https://docs.cohere.com/v2/docs/how-does-cohere-pricing-work
/// </summary>
internal struct CohereUsage()
{
    public long BilledInput = -1;
    public long BilledOutput = -1;
    public long Input = -1;
    public long Output = -1;
    public long Cached = -1;

    public readonly bool IsEmpty => (BilledInput & BilledOutput & Input & Output) == -1;

    public readonly Usage ToUsage()
    {
        if (BilledInput >= 0 || BilledOutput >= 0) return new Usage { Input = Math.Max(BilledInput, 0), Output = Math.Max(BilledOutput, 0) };
        return new Usage { Input = Input, Output = Output, CacheRead = Cached <= Input ? Cached : -1 };
    }

    /// <summary>Reads the usage object that follows the name on which the reader stands.</summary>
    public void Read(scoped ref Utf8JsonReader reader)
    {
        if (!JsonReading.Object(ref reader)) return;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("billed_units"u8)) ReadPair(ref reader, ref BilledInput, ref BilledOutput);
            else if (reader.Is("tokens"u8)) ReadPair(ref reader, ref Input, ref Output);
            else if (reader.Is("cached_tokens"u8)) CohereFrame.Number(ref reader, ref Cached);
            else reader.Skip();
        }
    }

    /// <summary>Reads the usage object of a whole answer.</summary>
    public static CohereUsage Read(JsonValue usage) => new()
    {
        BilledInput = Number(usage["billed_units"u8]["input_tokens"u8]),
        BilledOutput = Number(usage["billed_units"u8]["output_tokens"u8]),
        Input = Number(usage["tokens"u8]["input_tokens"u8]),
        Output = Number(usage["tokens"u8]["output_tokens"u8]),
        Cached = Number(usage["cached_tokens"u8]),
    };

    private static void ReadPair(scoped ref Utf8JsonReader reader, ref long input, ref long output)
    {
        if (!JsonReading.Object(ref reader)) return;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("input_tokens"u8)) CohereFrame.Number(ref reader, ref input);
            else if (reader.Is("output_tokens"u8)) CohereFrame.Number(ref reader, ref output);
            else reader.Skip();
        }
    }

    private static long Number(JsonValue value) => value.TryGetDouble(out var number) && number is >= 0 and < 1e15 ? (long)number : -1;
}
