using System.Buffers;
using Edge.Providers.Errors;

namespace Edge.Providers.Dialects.Responses;

/// <summary>The last event of a stream that passed through and broke: <c>{"type":"error","error":{...}}</c>, over which the official SDKs raise. A stream of our own ends by <see cref="ResponsesAnswerEncoder.Error"/>.</summary>
public static class ResponsesErrorEvent
{
    /// <summary>Writes the event.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="sequenceNumber">Of the event before, and one more; 0 where nobody counted.</param>
    public static void Write(IBufferWriter<byte> output, ProviderError error, long sequenceNumber)
    {
        var json = new JsonOut(output);
        json.Raw("event: error\ndata: {\"type\":\"error\",\"sequence_number\":"u8);
        json.Number(sequenceNumber);
        json.Raw(",\"error\":"u8);
        ResponsesText.EventError(ref json, error);
        json.Raw("}\n\n"u8);
        json.Flush();
    }
}
