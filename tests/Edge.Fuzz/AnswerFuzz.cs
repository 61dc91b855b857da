using System.Text;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Json;
using Edge.Providers.Tests.Dialects;
using Edge.Simd.Json;
using Edge.Tests.Matrix;
using Edge.TestSupport;

namespace Edge.Fuzz;

/// <summary>
/// Providers' answers with something wrong in them, through framing, decoder and every client's encoder. Whatever comes, there is no exception, the events keep their order, and
/// what is written is valid.
/// </summary>
public class AnswerFuzz
{
    private sealed record Message(string Type, byte[] Data);

    private sealed record Seed(Dialect Dialect, IReadOnlyList<Message> Stream, byte[] Whole);

    private static readonly Seed[] _seeds = [.. Answers.All.Select(Read), .. Answers.All.Where(answer => answer.Dialect == Dialect.Anthropic).Select(AsResponses)];

    public static TheoryData<Dialect> Dialects => [.. ChatDialects.All.Select(dialect => dialect.Dialect)];

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Any_stream_becomes_valid_streams_or_an_error(Dialect dialect)
    {
        var seeds = _seeds.Where(seed => seed.Dialect == dialect && seed.Stream.Count > 0).ToArray();
        Assert.NotEmpty(seeds);
        Fuzzer.Run(1_500, number =>
        {
            var random = new Random(number);
            var bytes = Frame(dialect, Messages(seeds, random), random);
            var cuts = Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(bytes.Length + 1)).Order().Append(bytes.Length).ToArray();
            Drive(dialect, bytes, cuts, new Recorder());
            var client = random.Next(Clients.All.Count);
            var (encoder, output) = (Clients.All[client].Create(), new ByteBuffer());
            encoder.Begin(output, Clients.Output);
            Drive(dialect, bytes, cuts, encoder);
            Clients.Check(client, encoder, output.Span, bytes.Length);
        });
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Any_whole_answer_becomes_valid_answers_or_an_error(Dialect dialect)
    {
        var seeds = _seeds.Where(seed => seed.Dialect == dialect && seed.Whole.Length > 0).ToArray();
        Assert.NotEmpty(seeds);
        var decoder = ChatDialects.Of(dialect)!.CreateDecoder();
        using var index = new JsonIndex();
        Fuzzer.Run(1_500, number =>
        {
            var random = new Random(number);
            var json = Mutant.Of(seeds[random.Next(seeds.Length)].Whole, random);
            ChatDialects.ReadError(dialect, random.Next(400, 600), random.Next(2) == 0 ? default : "ThrottlingException:http://x"u8, json);
            if (!index.TryBuild(json, 64, 100_000, out _)) return;
            var answer = new JsonValue(json, index.Tokens);
            Tap(dialect)?.Whole(answer);
            var recorder = new Recorder();
            decoder.Reset();
            decoder.Whole(answer, recorder);
            Assert.True(recorder.Ends == 1 ^ recorder.Failure is not null, Encoding.UTF8.GetString(json));
            var client = random.Next(Clients.All.Count);
            var (encoder, output) = (Clients.All[client].Create(), new ByteBuffer());
            encoder.Begin(output, Clients.Output);
            decoder.Reset();
            decoder.Whole(answer, encoder);
            Assert.True(encoder.IsWritten ^ encoder.Failure is not null, Encoding.UTF8.GetString(json));
            Clients.Check(client, encoder, output.Span, json.Length);
        });
    }

    // As the gateway drives it: events until the decoder is closed, then the end of the transport where the framing allows one.
    private static void Drive(Dialect dialect, byte[] bytes, int[] cuts, IChatEventSink sink)
    {
        const int Limit = 64 << 10;
        using var reader = ChatDialects.CreateReader(FramingOf(dialect), Limit);
        var (decoder, tap) = (ChatDialects.Of(dialect)!.CreateDecoder(), Tap(dialect));
        var start = 0;
        foreach (var cut in cuts)
        {
            // A piece of its own array, destroyed after use, shows any span that outlives its piece.
            var piece = bytes[start..cut];
            reader.Feed(piece);
            while (!decoder.IsClosed && reader.TryRead(out var wire))
            {
                if (!wire.HasData) continue;
                tap?.Look(wire.Type, wire.Data);
                decoder.Push(wire.Type, wire.Data, sink);
            }
            if (decoder.IsClosed) break;
            Assert.True(reader.PartialBytes <= Limit);
            Array.Fill(piece, (byte)'!');
            start = cut;
        }
        if (!decoder.IsClosed && !reader.Overflowed && reader.Broken is null) decoder.TryEnd(sink);
    }

    private static List<Message> Messages(Seed[] seeds, Random random)
    {
        var messages = seeds[random.Next(seeds.Length)].Stream.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(messages.Count);
            switch (random.Next(7))
            {
                case 0 when messages.Count > 1:
                    messages.RemoveAt(at);
                    break;
                case 1:
                    messages.Insert(random.Next(messages.Count + 1), messages[at]);
                    break;
                case 2:
                    var other = seeds[random.Next(seeds.Length)].Stream;
                    messages.Insert(at, other[random.Next(other.Count)]);
                    break;
                default:
                    messages[at] = messages[at] with { Data = Mutant.Of(messages[at].Data, random) };
                    break;
            }
        }
        return messages;
    }

    private static byte[] Frame(Dialect dialect, List<Message> messages, Random random)
    {
        var bytes = messages.SelectMany(message => FramingOf(dialect) switch
        {
            Framing.Ndjson => [.. message.Data, (byte)'\n'],
            Framing.EventStream => EventStreamBytes.Message(
                [(message.Type.EndsWith("Exception", StringComparison.Ordinal) ? ":exception-type" : ":event-type", message.Type), (":message-type", message.Type.EndsWith("Exception", StringComparison.Ordinal) ? "exception" : "event")], message.Data),
            _ => [.. message.Type.Length > 0 ? Encoding.UTF8.GetBytes($"event: {message.Type}\n") : [], .. "data: "u8, .. message.Data, .. "\n\n"u8],
        }).ToArray();
        // Sometimes the frames themselves are hurt.
        return random.Next(8) == 0 ? Mutant.Of(bytes, random) : bytes;
    }

    private static Framing FramingOf(Dialect dialect) => dialect switch { Dialect.Bedrock => Framing.EventStream, Dialect.Ollama => Framing.Ndjson, _ => Framing.Sse };

    private static IAnswerTap? Tap(Dialect dialect) => dialect switch
    {
        Dialect.OpenAi => new OpenAiChatTap(),
        Dialect.Anthropic => new AnthropicTap(),
        Dialect.Responses => new ResponsesTap(),
        _ => null,
    };

    private static Seed Read(Answer answer) => new(answer.Dialect, Split(FramingOf(answer.Dialect), answer.Stream), Encoding.UTF8.GetBytes(answer.Whole));

    // Responses have no golden answers of their own here: they are what our encoders make of Anthropic's.
    private static Seed AsResponses(Answer answer)
    {
        var whole = new ByteBuffer();
        var (streamEncoder, stream) = (new ResponsesStreamEncoder(), new ByteBuffer());
        streamEncoder.Begin(stream, Clients.Output);
        Drive(answer.Dialect, answer.Stream, [answer.Stream.Length], streamEncoder);
        if (answer.Whole.Length > 0)
        {
            var (encoder, json) = (new ResponsesEncoder(), Encoding.UTF8.GetBytes(answer.Whole));
            encoder.Begin(whole, Clients.Output);
            using var index = new JsonIndex();
            Assert.True(index.TryBuild(json, 64, 100_000, out _));
            new AnthropicResponseDecoder().Whole(new JsonValue(json, index.Tokens), encoder);
        }
        return new Seed(Dialect.Responses, Split(Framing.Sse, stream.Span.ToArray()), whole.Span.ToArray());
    }

    private static List<Message> Split(Framing framing, byte[] stream)
    {
        using var reader = ChatDialects.CreateReader(framing, 1 << 20);
        var messages = new List<Message>();
        reader.Feed(stream);
        while (reader.TryRead(out var wire)) messages.Add(new Message(Encoding.UTF8.GetString(wire.Type), wire.Data.ToArray()));
        return messages;
    }
}
