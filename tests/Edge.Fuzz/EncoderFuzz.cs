using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Fuzz;

/// <summary>Any sequence of events that a decoder may push, into every client's encoder: what is written is valid, and no answer makes the next one longer.</summary>
public class EncoderFuzz
{
    // Escaped forms as they stand in JSON: halves of a pair, every short escape, what would end a string or an event if it were not escaped.
    private static readonly string[] _texts = ["", "x", "\\\"", "\\\\", "\\n", "\\ud83d", "\\ude00", "\\u0000", "é😀", "data: [DONE]\\n\\n", "[1]", " ", "\\/", "a longer piece of text that stands for many tokens"];

    private static readonly string[] _arguments = ["", "{", "}", "{}", "{\\\"a\\\":", "1", "null", "\\\"x\\\"", "[", "]", " ", "\\n", ",", "\\\\", "{\\\"a\\\":1}", "\\ud83d", "é"];

    [Fact]
    public void Any_sequence_of_events_is_written_as_valid_streams_and_answers()
    {
        var encoders = Clients.All.Select(client => client.Create()).ToArray();
        var output = new ByteBuffer();
        Fuzzer.Run(2_500, seed =>
        {
            for (var client = 0; client < encoders.Length; client++)
            {
                output.Clear();
                encoders[client].Begin(output, Clients.Output);
                var pushed = Push(encoders[client], new Random(seed));
                Clients.Check(client, encoders[client], output.Span, pushed);
            }
        });
    }

    private static long Push(IChatEncoder sink, Random random)
    {
        var pushed = 0L;
        sink.Start(new ChatStart { Id = Text(), Model = Text(), Created = random.Next(2), ServiceTier = Text() });
        var choices = random.Next(4) == 0 ? 3 : 1;
        var calls = new int[choices];
        for (var left = random.Next(40); left > 0; left--)
        {
            var choice = random.Next(choices);
            switch (random.Next(14))
            {
                case 0 or 1 or 2:
                    sink.Text(choice, Text());
                    break;
                case 3:
                    sink.Refusal(choice, Text());
                    break;
                case 4:
                    sink.Thinking(choice, Text());
                    break;
                case 5:
                    sink.ThinkingSignature(choice, Text());
                    break;
                case 6:
                    sink.RedactedThinking(choice, Text());
                    break;
                case 7:
                    sink.ToolCallStart(choice, calls[choice]++, Text(), Text());
                    break;
                case 8 or 9:
                    if (calls[choice] > 0) sink.ToolCallArguments(choice, random.Next(calls[choice]), Of(_arguments));
                    break;
                case 10:
                    if (calls[choice] > 0) sink.ToolCallSignature(choice, random.Next(calls[choice]), Text());
                    break;
                case 11:
                    var start = random.Next(-1, 3);
                    sink.Citation(choice, new ChatCitation { Url = Text(), Title = Text(), CitedText = Text(), Start = start, End = start < 0 ? -1 : start + random.Next(5), Document = random.Next(-1, 3) });
                    break;
                case 12:
                    sink.Logprobs(choice, """{"token":"x","logprob":-0.5,"bytes":[120],"top_logprobs":[]}"""u8);
                    break;
                default:
                    sink.Media(choice, JsonText.Plain("image/png"u8), JsonText.Plain("AAAA"u8));
                    break;
            }
            pushed += 32;
            if (random.Next(10) == 0) sink.Usage(new Usage { Input = random.Next(-1, 50), Output = random.Next(-1, 50), CacheRead = random.Next(-1, 3), Reasoning = random.Next(-1, 3) });
        }
        if (random.Next(5) == 0)
        {
            sink.Error(new ProviderError { Kind = ProviderErrorKind.Overloaded, Status = 529, Message = "say \"why\"\n\u0001\ud800" });
            return pushed;
        }
        for (var choice = 0; choice < choices; choice++) sink.Finish(choice, (FinishReason)random.Next(1, (int)FinishReason.Other + 1), random.Next(3) == 0 ? Text() : default);
        sink.Usage(new Usage { Input = 5, Output = 5 });
        sink.End();
        Assert.True(sink.IsWritten ^ sink.Failure is not null);
        return pushed;

        JsonText Text() => Of(_texts);

        JsonText Of(string[] list)
        {
            var bytes = Encoding.UTF8.GetBytes(list[random.Next(list.Length)]);
            pushed += bytes.Length;
            return new JsonText(bytes, isEscaped: true);
        }
    }
}
