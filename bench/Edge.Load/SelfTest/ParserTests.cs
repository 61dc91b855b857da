using System.Text;
using System.Text.Json;
using Edge.Load.Http;
using Edge.Load.Load;
using Edge.Load.Mock;
using static Edge.Load.SelfTest.SelfTests;

namespace Edge.Load.SelfTest;

/// <summary>Everything that reads bytes in pieces, cut at every byte.</summary>
internal static class ParserTests
{
    public static readonly (string, Action)[] All =
    [
        ("streams are counted alike wherever they are cut", Streams_cut_at_every_byte),
        ("a stream that is not whole is not taken for whole", Broken_streams),
        ("messages are framed alike wherever they are cut", Messages_cut_at_every_byte),
        ("what is not HTTP is refused", Broken_messages),
        ("flags are found wherever they are cut, and only where they are set", Flags_cut_at_every_byte),
        ("requests are JSON, of the size asked for, each different", Requests),
        ("the mock's answers are JSON of the size asked for", Answers),
    ];

    private sealed class Collector : IHttpSink
    {
        private readonly List<byte> _body = [];

        public SseCounter Sse { get; } = new();

        public string Text => Encoding.UTF8.GetString(_body.ToArray());

        public int Ended { get; private set; }

        public string StartLine { get; private set; } = "";

        public bool Expect { get; private set; }

        public bool EventStream { get; private set; }

        public void OnHead(in HttpHead head) =>
            (StartLine, Expect, EventStream) = (Encoding.ASCII.GetString(head.StartLine), head.ExpectContinue, head.EventStream);

        public void OnBody(ReadOnlySpan<byte> bytes)
        {
            _body.AddRange(bytes);
            Sse.Feed(bytes);
        }

        public void OnEnd() => Ended++;
    }

    private static IEnumerable<(string Cut, Collector Seen, bool Accepted)> FedInEveryWay(byte[] message, bool response)
    {
        for (var cut = 0; cut <= message.Length; cut++)
        {
            var (reader, sink) = (new HttpReader(response), new Collector());
            var accepted = reader.Feed(message.AsSpan(..cut), sink) && reader.Feed(message.AsSpan(cut..), sink);
            yield return ($"cut at {cut}", sink, accepted);
        }
        var (slow, slowSink) = (new HttpReader(response), new Collector());
        yield return ("byte by byte", slowSink, message.All(b => slow.Feed([b], slowSink)));
    }

    private static void Streams_cut_at_every_byte()
    {
        var answers = new MockAnswers(new MockSettings());
        foreach (var (name, frames, extra) in new[]
        {
            ("OpenAI", answers.OpenAiStream, 3), ("OpenAI with usage", answers.OpenAiStreamWithUsage, 4), ("Anthropic", answers.AnthropicStream, 6),
        })
        {
            var wrong = FedInEveryWay(frames.Whole(20), response: true).Where(fed =>
                !fed.Accepted || fed.Seen.Ended != 1 || !fed.Seen.EventStream || fed.Seen.Sse is not { Tokens: 20, Done: true, Failed: false, AfterDone: false }
                || fed.Seen.Sse.DataLines != 20 + extra).Select(fed => fed.Cut).ToArray();
            Equal("", string.Join(", ", wrong.Take(5)), name);
        }
    }

    private static void Broken_streams()
    {
        static SseCounter Fed(string text)
        {
            var counter = new SseCounter();
            counter.Feed(Encoding.UTF8.GetBytes(text));
            return counter;
        }
        const string Token = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
        True(Fed(Token) is { Tokens: 1, Done: false }, "no [DONE] was taken for an end");
        True(Fed("data: [DON") is { Done: false }, "half a [DONE] was taken for an end");
        True(Fed("data: {\"choices\":[{\"delta\":{\"content\":\"[DONE]\"}}]}\n\n") is { Tokens: 1, Done: false }, "[DONE] within a text was taken for an end");
        True(Fed("data: {\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n") is { Tokens: 0, DataLines: 1 }, "an empty text was counted");
        True(Fed(": comment\n\nevent: x\nid: 7\n\n") is { Tokens: 0, DataLines: 0 }, "a comment was counted");
        True(Fed(Token.ReplaceLineEndings("\r\n") + "data:[DONE]\r\n\r\n") is { Tokens: 1, Done: true }, "CR LF, or no space after the colon, was not understood");
        True(Fed("data: {\"error\":{\"message\":\"x\"}}\n\n") is { Failed: true, Done: false }, "an error event was overlooked");
        True(Fed("event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n") is { Failed: true }, "an Anthropic error event was overlooked");
        True(Fed("data: [DONE]\n\n" + Token) is { AfterDone: true }, "data after the end was overlooked");
        True(Fed($"data: {new string('x', 300_000)}\n\n{Token}") is { Tokens: 1, DataLines: 2 }, "a long line spoiled the next");
    }

    private static void Messages_cut_at_every_byte()
    {
        foreach (var (text, response, body, startLine) in new[]
        {
            ("POST /a HTTP/1.1\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", false, "hello", "POST /a HTTP/1.1"),
            ("POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: v\r\n\r\n", false, "hello", "POST /a HTTP/1.1"),
            ("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", false, "", "GET /health HTTP/1.1"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nCONTENT-LENGTH:5\r\n\r\nhello", true, "hello", "HTTP/1.1 200 OK"),
            ("HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\n\r\n0005\r\nhello\r\n0\r\n\r\n", true, "hello", "HTTP/1.1 429 Too Many Requests"),
        })
        {
            var wrong = FedInEveryWay(Encoding.ASCII.GetBytes(text), response)
                .Where(fed => !fed.Accepted || fed.Seen.Ended != 1 || fed.Seen.Text != body || fed.Seen.StartLine != startLine).Select(fed => fed.Cut).ToArray();
            Equal("", string.Join(", ", wrong.Take(5)), startLine);
        }
        var twice = Encoding.ASCII.GetBytes("POST /a HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na");
        Equal("", string.Join(", ", FedInEveryWay([.. twice, .. twice], response: false)
            .Where(fed => fed.Seen.Ended != 2 || fed.Seen.Text != "aa" || !fed.Seen.Expect).Select(fed => fed.Cut).Take(5)), "two in a row");

        var (reader, sink) = (new HttpReader(readsResponses: true), new Collector());
        True(reader.Feed("HTTP/1.1 200 OK\r\n\r\nabc"u8, sink) && sink.Ended == 0 && reader.FeedEnd(sink) && sink is { Ended: 1, Text: "abc" },
            "a body that lasts until the connection closes");
        True(reader.Feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"u8, sink) && !reader.FeedEnd(sink) && sink.Ended == 1, "a body cut off was taken for whole");
    }

    private static void Broken_messages()
    {
        foreach (var (text, error) in new[]
        {
            ("SSH-2.0-x\r\n\r\n", "not_http"),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "bad_content_length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", "bad_content_length"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "bad_chunk_size"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "bad_chunk_end"),
            ("HTTP/1.1 200 OK\r\ncontent\r\n\r\n", "bad_header"),
        })
        {
            var reader = new HttpReader(readsResponses: true);
            True(!reader.Feed(Encoding.ASCII.GetBytes(text), new Collector()) && reader.Error == error, $"{error}: got '{reader.Error}'");
        }
    }

    private static void Flags_cut_at_every_byte()
    {
        foreach (var (json, expected) in new[]
        {
            ("""{"model":"m","stream":true}""", true),
            ("{\"stream\" \t\r\n : \n true }", true),
            ("""{"a":"stream","stream":true}""", true),
            ("""{"stream_options":{"include_usage":true},"stream":true}""", true),
            ("""{"stream":"stream","x":"","stream":true}""", true),
            ("""{"stream":false}""", false),
            ("""{"stream":tru""", false),
            ("""{"stream_options":{"include_usage":true}}""", false),
            ("""{"content":"say \"stream\":true"}""", false),
            ("""{"a":"stream","b":true}""", false),
        })
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            var right = true;
            for (var cut = 0; cut <= bytes.Length; cut++)
            {
                var matcher = new FlagMatcher("\"stream\""u8.ToArray());
                matcher.Feed(bytes.AsSpan(..cut));
                matcher.Feed(bytes.AsSpan(cut..));
                right &= matcher.Found == expected;
            }
            var slow = new FlagMatcher("\"stream\""u8.ToArray());
            foreach (var b in bytes)
                slow.Feed([b]);
            True(right && slow.Found == expected, json);
        }
    }

    private static void Requests()
    {
        foreach (var path in new[] { "/v1/chat/completions", "/v1/messages" })
            foreach (var size in new[] { 1000, 1200, 1203, 10_000, 150_000 })
            {
                var template = new RequestTemplate(new LoadOptions { Port = 1, Path = path, BodyBytes = size, Stream = true, IncludeUsage = true });
                var first = Encoding.UTF8.GetString(template.Next());
                var second = Encoding.UTF8.GetString(template.Next());
                var body = first[(first.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
                using var json = JsonDocument.Parse(body);
                True(body.Length == size && first.Contains($"Content-Length: {size}\r\n", StringComparison.Ordinal)
                    && json.RootElement.GetProperty("stream").GetBoolean(), $"{path} of {size} bytes has {body.Length}");
                True(first != second && first.Length == second.Length, "two requests in a row are the same");
            }
        var same = new RequestTemplate(new LoadOptions { Port = 1, Unique = false });
        Equal(Encoding.UTF8.GetString(same.Next()), Encoding.UTF8.GetString(same.Next()), "--same");
    }

    private static void Answers()
    {
        foreach (var size in new[] { 600, 601, 20_000 })
        {
            var answers = new MockAnswers(new MockSettings { Size = size });
            foreach (var answer in new[] { answers.OpenAiJson, answers.AnthropicJson })
            {
                var text = Encoding.UTF8.GetString(answer);
                var body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
                using var json = JsonDocument.Parse(body);
                Equal(size, body.Length, "size");
                True(json.RootElement.TryGetProperty("usage", out _), "usage");
            }
        }
        foreach (var frames in new[] { new MockAnswers(new MockSettings()).OpenAiStreamWithUsage, new MockAnswers(new MockSettings()).AnthropicStream })
        {
            var sink = new Collector();
            _ = new HttpReader(readsResponses: true).Feed(frames.Whole(50), sink);
            foreach (var line in sink.Text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
                JsonDocument.Parse(line[6..]).Dispose();
            True(sink.Ended == 1, "each event is JSON");
        }
    }
}
