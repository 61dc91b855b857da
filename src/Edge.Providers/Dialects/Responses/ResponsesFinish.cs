using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>Why a Responses answer ended: its status, its <c>incomplete_details</c>, and whether its output calls a tool of the client's. Each reads the value of the member on whose name the reader stands.</summary>
internal static class ResponsesFinish
{
    /// <summary>None where the answer has not ended or failed.</summary>
    public static FinishReason OfStatus(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            // Perplexity's word for an answer that waits for the result of a call: it is whole.
            if (reader.Is("completed"u8) || reader.Is("requires_action"u8)) return FinishReason.Stop;
            if (reader.Is("incomplete"u8)) return FinishReason.Length;
            return FinishReason.None;
        }
        reader.Skip();
        return FinishReason.None;
    }

    /// <summary>Both together.</summary>
    /// <param name="status">What the status says.</param>
    /// <param name="details">The word of <c>incomplete_details.reason</c>; empty where there is none.</param>
    /// <param name="hasCalls">The output calls a tool of the client's.</param>
    public static FinishReason Of(FinishReason status, JsonText details, bool hasCalls)
    {
        if (status == FinishReason.Stop) return hasCalls ? FinishReason.ToolCalls : status;
        if (status != FinishReason.Length || details.IsEmpty) return status;
        // A word that means a normal end elsewhere is none of an answer that is not complete.
        return FinishWords.Of(details) is var reason and not (FinishReason.Stop or FinishReason.ToolCalls or FinishReason.StopSequence) ? reason : FinishReason.Other;
    }

    /// <summary>The word of <c>incomplete_details.reason</c>; empty where there is none.</summary>
    public static JsonText OfDetails(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        JsonText reason = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return reason;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isReason = reader.Is("reason"u8);
            reader.Read();
            if (isReason && reader.TokenType == JsonTokenType.String) reason = new(reader.ValueSpan, reader.ValueIsEscaped);
            else reader.Skip();
        }
        return reason;
    }

    /// <summary>The output holds a call that the client has to answer.</summary>
    public static bool HasCalls(scoped ref Utf8JsonReader reader)
    {
        var calls = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.Is("type"u8);
                reader.Read();
                if (isType && reader.TokenType == JsonTokenType.String) calls |= reader.Is("function_call"u8) || reader.Is("custom_tool_call"u8);
                else reader.Skip();
            }
        }
        return calls;
    }
}
