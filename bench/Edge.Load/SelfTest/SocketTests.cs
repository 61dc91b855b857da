using System.Net;
using System.Net.Sockets;
using System.Text;
using Edge.Load.Load;
using Edge.Load.Mock;
using static Edge.Load.SelfTest.SelfTests;

namespace Edge.Load.SelfTest;

/// <summary>Generator against mock, over loopback, in one process.</summary>
internal static class SocketTests
{
    public static readonly (string, Action)[] All =
    [
        ("a server that stands still shows in the open loop's p99", A_stall_shows),
        ("the open loop sends exactly what is due", Everything_due_is_sent),
        ("the closed loop fills its connections", Closed_loop),
        ("500 concurrent streams end whole", Streams_end_whole),
        ("faults are counted by kind", Faults),
        ("nobody there is an error, not a hang", Nobody_there),
        ("an answer that never comes is an error, not a hang", Never_answered),
        ("the mock reads large, chunked and expected bodies", Bodies),
        ("the mock notices a reader that leaves", Reader_leaves),
        ("the mock refuses settings that it does not know", Settings),
    ];

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.5);

    private static void WithMock(MockSettings settings, Action<MockServer> test)
    {
        using var server = new MockServer(0, settings);
        var thread = new Thread(server.Run) { IsBackground = true };
        thread.Start();
        try
        {
            test(server);
        }
        finally
        {
            server.Stop();
            thread.Join();
        }
    }

    // 600 requests are due at 5 ms; the server stops for 0.6 s once. A tool that waits for answers before it sends would see two slow requests
    // (two connections), 0.3 %: nothing at p99. Due all the same are 120 requests, a fifth: p99 must be near the whole stall.
    private static void A_stall_shows() => WithMock(new MockSettings { StallAt = 200, StallMs = 600 }, server =>
    {
        var result = LoadRun.Run(new LoadOptions { Port = server.Port, Rate = 200, Connections = 2, Warmup = TimeSpan.Zero, Duration = TimeSpan.FromSeconds(3) });
        Equal(600, result.Latency.Count, "requests recorded");
        Equal(0, result.ErrorCount, "errors");
        True(result.Latency.P99 >= 500_000, $"p99 is {result.Latency.P99} us; a stall of 600 ms was omitted");
        True(result.Latency.P90 >= 200_000, $"p90 is {result.Latency.P90} us; a fifth of the requests was due during the stall");
        True(result.Service.Max >= 500_000 && result.Service.P99 < result.Latency.P99, $"service time p99 {result.Service.P99} us, max {result.Service.Max} us");
    });

    private static void Everything_due_is_sent() => WithMock(new MockSettings(), server =>
    {
        var options = new LoadOptions { Port = server.Port, Rate = 400, Connections = 8, Warmup = TimeSpan.Zero, Duration = Short };
        Equal(200, LoadRun.Run(options).Answers, "constant");
        Equal(300, LoadRun.Run(options with { Warmup = TimeSpan.FromSeconds(0.25) }).Answers, "with a warm-up");
        Equal(200, LoadRun.Run(options with { Warmup = TimeSpan.FromSeconds(0.25) }).Latency.Count, "recorded with a warm-up");
        var poisson = LoadRun.Run(options with { Poisson = true, Seed = 7 }).Answers;
        Equal(poisson, LoadRun.Run(options with { Poisson = true, Seed = 7 }).Answers, "Poisson, the same seed twice");
        True(poisson is > 130 and < 270, $"Poisson: {poisson} instead of about 200");
        Equal(poisson + 800, server.Counts.Requests - poisson, "what the mock saw");
    });

    private static void Closed_loop() => WithMock(new MockSettings(), server =>
    {
        var result = LoadRun.Run(new LoadOptions { Port = server.Port, Connections = 16, Warmup = TimeSpan.Zero, Duration = Short }, new Watch(null, null));
        True(result is { ErrorCount: 0, Completed: > 16, Reconnects: 0 } && server.Counts.Connections == 16, $"{result.Completed} answers, {server.Counts.Connections} connections");
        Equal(result.Answers, server.Counts.Requests, "what the mock saw");
        True(result.Generator is { CpuSeconds: > 0 }, "the generator's own CPU is missing");
    });

    private static void Streams_end_whole()
    {
        foreach (var path in new[] { "/v1/chat/completions", "/v1/messages" })
            WithMock(new MockSettings { Events = 30, IntervalMs = 20 }, server =>
            {
                var result = LoadRun.Run(new LoadOptions
                {
                    Port = server.Port,
                    Path = path,
                    Stream = true,
                    IncludeUsage = true,
                    ExpectEvents = 30,
                    Connections = 500,
                    Ramp = TimeSpan.FromSeconds(0.2),
                    Warmup = TimeSpan.FromSeconds(0.2),
                    Duration = TimeSpan.FromSeconds(1),
                });
                Equal("", string.Join(", ", result.Errors), $"{path} errors");
                Equal(500, result.PeakStreams, $"{path} streams at once");
                Equal(server.Counts.Events, result.Answers * 30, $"{path} events");
                True(result.FirstEvent is { Count: > 0 } && result.Gap is { Count: > 0 } && result.Latency.P50 >= 500_000, $"{path} times");
            });
        WithMock(new MockSettings { Events = 200, IntervalMs = 0 }, server =>
        {
            var result = LoadRun.Run(new LoadOptions { Port = server.Port, Stream = true, ExpectEvents = 200, Connections = 4, Warmup = TimeSpan.Zero, Duration = Short });
            True(result is { ErrorCount: 0, Completed: > 0 } && result.EventReads < result.Events / 10, $"all events at once: {result.Events} in {result.EventReads} reads");
        });
    }

    private static void Faults() => WithMock(new MockSettings { Events = 3, IntervalMs = 1 }, server =>
    {
        string Kinds(LoadOptions options) => string.Join(",", LoadRun.Run(options).Errors.Keys);
        var options = new LoadOptions { Port = server.Port, Connections = 1, Warmup = TimeSpan.Zero, Duration = TimeSpan.FromSeconds(0.1), Stream = true, ExpectEvents = 3 };
        Equal("", Kinds(options), "a good stream");
        Equal("event_count", Kinds(options with { ExpectEvents = 4 }), "an event short");
        Equal("not_event_stream", Kinds(options with { Path = "/health" }), "JSON instead of a stream");
        Equal("status_404", Kinds(options with { Path = "/nothing" }), "a status");
        True(LoadRun.Run(options with { Path = "/nothing" }).FirstError is { } body && body.StartsWith("{\"error\"", StringComparison.Ordinal), "the first error's body");
        Equal("timeout", Kinds(options with { Timeout = TimeSpan.FromMilliseconds(1), Duration = Short, Path = "/v1/messages", Model = Slow(server) }), "a time-out");
    });

    private static string Slow(MockServer server)
    {
        server.Settings = server.Settings with { DelayMs = 400 };
        return "slow";
    }

    private static void Nobody_there()
    {
        var port = Net.Sockets.FreePort();
        foreach (var rate in new[] { 0.0, 200 })
        {
            var result = LoadRun.Run(new LoadOptions { Port = port, Rate = rate, Connections = 2, Warmup = TimeSpan.Zero, Duration = Short, Drain = Short });
            True(result.Answers == 0 && result.Errors.GetValueOrDefault("connect_errno_111") > 0, $"rate {rate}: {string.Join(", ", result.Errors)}");
        }
    }

    private static void Never_answered() => WithMock(new MockSettings { DelayMs = 30_000 }, server =>
    {
        var result = LoadRun.Run(new LoadOptions { Port = server.Port, Rate = 20, Connections = 3, Warmup = TimeSpan.Zero, Duration = Short, Drain = TimeSpan.FromSeconds(0.3) });
        Equal(3, result.Errors.GetValueOrDefault("unanswered"), "unanswered");
        Equal(7, result.Errors.GetValueOrDefault("never_sent"), "never sent");
        True(result.Latency.Count == 10 && result.Latency.Max >= 300_000, $"what never came is missing from the percentiles: {result.Latency}");
    });

    private static void Bodies() => WithMock(new MockSettings { IntervalMs = 0, Events = 2 }, server =>
    {
        var filler = new string('x', 3_000_000);
        var body = $$"""{"content":"{{filler}}","stream" : true}""";
        True(Exchange(server.Port, $"POST /v1/chat/completions HTTP/1.1\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}")
            .EndsWith("0\r\n\r\n", StringComparison.Ordinal), "3 MB with a length");
        var chunks = string.Concat(body.Chunk(70_001).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));
        True(Exchange(server.Port, $"POST /v1/chat/completions HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
            .Contains("data: [DONE]", StringComparison.Ordinal), "3 MB in chunks");
        using var client = new TcpClient("127.0.0.1", server.Port) { ReceiveTimeout = 5000 };
        var stream = client.GetStream();
        stream.Write("POST /v1/messages HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"u8);
        var interim = new byte[25];
        stream.ReadExactly(interim);
        Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(interim), "Expect: 100-continue");
        stream.Write("{}"u8);
        True(new StreamReader(stream).ReadToEnd().StartsWith("HTTP/1.1 200 OK", StringComparison.Ordinal), "the answer after 100 Continue");
        Equal(0, server.Counts.BadRequests, "bad requests");
    });

    private static void Reader_leaves() => WithMock(new MockSettings { IntervalMs = 5, Events = 10_000 }, server =>
    {
        using (var client = new TcpClient("127.0.0.1", server.Port))
        {
            var stream = client.GetStream();
            stream.Write("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 15\r\n\r\n{\"stream\":true}"u8);
            _ = stream.ReadByte();
        }
        True(SpinWait.SpinUntil(() => Volatile.Read(ref server.Counts.CancelledStreams) == 1, TimeSpan.FromSeconds(10)), "the cancelled stream was not counted");
    });

    private static void Settings() => WithMock(new MockSettings(), server =>
    {
        static string Post(string query) => $"POST /mock?{query} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        True(Exchange(server.Port, Post("events=7&interval=2.5&delay=1&size=900")).StartsWith("HTTP/1.1 200", StringComparison.Ordinal), "good settings");
        Equal(new MockSettings { Events = 7, IntervalMs = 2.5, DelayMs = 1, Size = 900 }, server.Settings, "settings");
        foreach (var bad in "events=0 events=x colour=blue interval=-1".Split(' '))
            True(Exchange(server.Port, Post(bad)).StartsWith("HTTP/1.1 400", StringComparison.Ordinal), bad);
    });

    private static string Exchange(int port, string request)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, port);
        client.ReceiveTimeout = 10_000;
        var stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(request));
        return new StreamReader(stream).ReadToEnd();
    }
}
