using System.Globalization;
using System.Text;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects;

/// <summary>No answer, however many calls a hostile server puts into it, makes a decoder keep more than a bounded number.</summary>
public sealed class CallLimitTests
{
    private const int Max = AnswerLimits.MaxCalls;

    public static TheoryData<Dialect> All => [.. ChatDialects.All.Select(dialect => dialect.Dialect)];

    [Theory]
    [MemberData(nameof(All))]
    public void A_stream_has_so_many_calls_and_no_more(Dialect dialect)
    {
        var (decoder, recorder) = (ChatDialects.Of(dialect)!.CreateDecoder(), new Recorder());
        for (var call = 0; call < Max; call++) Push(decoder, Event(dialect, call), recorder);
        Assert.Null(recorder.Failure);
        Assert.Equal(Max, recorder.ToolCalls(0));

        Push(decoder, Event(dialect, Max), recorder);

        Assert.Equal(ProviderErrorKind.Malformed, recorder.Failure?.Kind);
        Assert.Equal(Max, recorder.ToolCalls(0));
        Assert.True(decoder.IsClosed);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_whole_answer_has_so_many_calls_and_no_more(Dialect dialect)
    {
        var recorder = Codec.Of(dialect).Whole(Whole(dialect, Max));
        Assert.Null(recorder.Failure);
        Assert.Equal(Max, recorder.ToolCalls(0));

        recorder = Codec.Of(dialect).Whole(Whole(dialect, Max + 1));

        Assert.Equal(ProviderErrorKind.Malformed, recorder.Failure?.Kind);
        Assert.Equal(0, recorder.Ends);
    }

    private static void Push(IChatResponseDecoder decoder, (string Type, string Data) next, Recorder recorder) =>
        decoder.Push(Encoding.UTF8.GetBytes(next.Type), Encoding.UTF8.GetBytes(next.Data), recorder);

    private static (string Type, string Data) Event(Dialect dialect, int call)
    {
        var (type, data) = dialect switch
        {
            Dialect.OpenAi => ("", """{"id":"x","choices":[{"index":0,"delta":{"tool_calls":[{"index":#,"id":"c#","function":{"name":"f","arguments":"{}"}}]}}]}"""),
            Dialect.Anthropic => ("", """{"type":"content_block_start","index":#,"content_block":{"type":"tool_use","id":"c#","name":"f","input":{}}}"""),
            Dialect.Responses => ("", """{"type":"response.output_item.added","output_index":#,"item":{"type":"function_call","call_id":"c#","name":"f","arguments":""}}"""),
            Dialect.Gemini => ("", """{"responseId":"r","candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]}}]}"""),
            Dialect.Bedrock => ("contentBlockStart", """{"contentBlockIndex":#,"start":{"toolUse":{"toolUseId":"c#","name":"f"}}}"""),
            Dialect.Cohere => ("", """{"type":"tool-call-start","index":#,"delta":{"message":{"tool_calls":{"id":"c#","function":{"name":"f","arguments":"{}"}}}}}"""),
            Dialect.Ollama => ("", """{"created_at":"2026-01-02T03:04:05Z","message":{"tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":false}"""),
            _ => throw new NotSupportedException(dialect.ToString()),
        };
        return (type, Number(data, call));
    }

    private static string Whole(Dialect dialect, int calls)
    {
        var (answer, each) = dialect switch
        {
            Dialect.OpenAi => ("""{"choices":[{"index":0,"message":{"tool_calls":[*]},"finish_reason":"tool_calls"}]}""", """{"id":"c#","function":{"name":"f","arguments":"{}"}}"""),
            Dialect.Anthropic => ("""{"type":"message","content":[*],"stop_reason":"tool_use"}""", """{"type":"tool_use","id":"c#","name":"f","input":{}}"""),
            Dialect.Responses => ("""{"status":"completed","output":[*]}""", """{"type":"function_call","call_id":"c#","name":"f","arguments":"{}"}"""),
            Dialect.Gemini => ("""{"candidates":[{"content":{"parts":[*]},"finishReason":"STOP"}]}""", """{"functionCall":{"name":"f","args":{}}}"""),
            Dialect.Bedrock => ("""{"output":{"message":{"content":[*]}},"stopReason":"tool_use"}""", """{"toolUse":{"toolUseId":"c#","name":"f","input":{}}}"""),
            Dialect.Cohere => ("""{"message":{"tool_calls":[*]},"finish_reason":"TOOL_CALL"}""", """{"id":"c#","function":{"name":"f","arguments":"{}"}}"""),
            Dialect.Ollama => ("""{"message":{"tool_calls":[*]},"done":true,"done_reason":"stop"}""", """{"function":{"name":"f","arguments":{}}}"""),
            _ => throw new NotSupportedException(dialect.ToString()),
        };
        return answer.Replace("*", string.Join(',', Enumerable.Range(0, calls).Select(call => Number(each, call))), StringComparison.Ordinal);
    }

    private static string Number(string text, int number) => text.Replace("#", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
