using Edge.Load.Compare;
using Edge.Load.Load;
using Edge.Load.Measure;
using Edge.Load.Mock;
using Edge.Load.Net;
using Edge.Load.SelfTest;

namespace Edge.Load;

/// <summary>The command line.</summary>
internal static class Commands
{
    private const string Help = """
        Edge.Load: what the gateway costs, beside nginx and the direct call. Linux, loopback only.

          mock      a cheap LLM provider
                    [--port 9000] [--events 50] [--interval 20] [--delay 0] [--size 600]      (ms; bytes)
                    [--stall-at N --stall MS] [--seconds 3600] [--parent PID]
          load      a load generator
                    --port N [--path /v1/chat/completions] [--model gpt-4o-mini] [--key sk-edge-load]
                    [--rate 1000 [--poisson] | --closed] [--connections 64] [--body 1200] [--same]
                    [--sse | --streams N] [--events 50] [--usage] [--ramp S]
                    [--warmup 1] [--seconds 5] [--drain 15] [--timeout 60]                    (s)
                    [--watch PID] [--watch-mock PID] [--json FILE]
          compare   direct, nginx and the gateway in turn, in one run
                    [--edge BINARY] [--edge-config [NAME=]FILE]... [--nginx BINARY] [--rounds 3] [--quick]
                    [--only json-cpu,sse-cpu,...] [--out bench/results] [--name NAME] [--key sk-edge-load]
                    [--nice N] [--max-minutes 40]
          selftest  checks the tool itself

        bench/README.md tells what each figure means.
        """;

    public static int Run(string[] args)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                throw new UsageException("needs Linux: epoll and /proc");
            Sockets.RaiseFileLimit();
            var rest = new Args(args.Skip(1));
            return args.FirstOrDefault() switch
            {
                "mock" => RunMock(rest),
                "load" => RunLoad(rest),
                "compare" => CompareCommand.Run(rest),
                "selftest" => SelfTests.Run(rest),
                null or "help" or "--help" or "-h" => ShowHelp(),
                var other => throw new UsageException($"unknown command '{other}'; known: mock, load, compare, selftest"),
            };
        }
        catch (UsageException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }
    }

    private static int ShowHelp()
    {
        Console.WriteLine(Help);
        return 0;
    }

    private static int RunMock(Args args)
    {
        var settings = new MockSettings();
        try
        {
            foreach (var name in new[] { "events", "interval", "delay", "size", "stall-at", "stall" })
                if (args.Text(name) is { } value)
                    settings = settings.With(name, value);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message);
        }
        var port = args.Whole("port", 9000, 0, 65535);
        var seconds = args.Seconds("seconds", 3600, 86_400);
        var parent = args.Whole("parent", 0, 0, int.MaxValue);
        args.RejectUnknown();
        using var server = new MockServer(port, settings);
        server.StopAfter(seconds, parent);
        Console.WriteLine($"mock on 127.0.0.1:{server.Port}");
        server.Run();
        return 0;
    }

    private static int RunLoad(Args args)
    {
        var streams = args.Whole("streams", 0, 1, 20_000);
        var closed = args.Flag("closed") || streams > 0;
        var sse = args.Flag("sse") || streams > 0;
        var options = new LoadOptions
        {
            Port = args.Whole("port", 0, 1, 65535) is var port and > 0 ? port : throw new UsageException("--port is needed"),
            Path = args.Text("path") ?? "/v1/chat/completions",
            Model = args.Text("model") ?? "gpt-4o-mini",
            Key = args.Text("key") ?? "sk-edge-load",
            Rate = closed ? 0 : args.Number("rate", 1000, 0.1, 1_000_000),
            Poisson = args.Flag("poisson"),
            Connections = streams > 0 ? streams : args.Whole("connections", 64, 1, 20_000),
            BodyBytes = args.Whole("body", 1200, 200, 64 << 20),
            Unique = !args.Flag("same"),
            Stream = sse,
            IncludeUsage = args.Flag("usage"),
            ExpectEvents = sse ? args.Whole("events", 50, 0, 10_000) : 0,
            Ramp = args.Seconds("ramp", streams > 0 ? 1 : 0, 60),
            Warmup = args.Seconds("warmup", streams > 0 ? 2 : 1, 600),
            Duration = args.Seconds("seconds", 5, 3600),
            Drain = args.Seconds("drain", 15, 600),
            Timeout = args.Seconds("timeout", 60, 600),
        };
        var target = args.Whole("watch", 0, 1, int.MaxValue);
        var mock = args.Whole("watch-mock", 0, 1, int.MaxValue);
        var json = args.Text("json");
        args.RejectUnknown();
        var watch = new Watch(target > 0 ? new ProcessProbe(target) : null, mock > 0 ? new ProcessProbe(mock) : null);
        var result = LoadRun.Run(options, watch);
        LoadReport.Print(result, Console.Out);
        if (json is not null)
            File.WriteAllText(json, LoadReport.Json(new { options, result }));
        return result.ErrorCount == 0 ? 0 : 1;
    }
}
