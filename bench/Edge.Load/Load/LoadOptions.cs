namespace Edge.Load.Load;

/// <summary>One run of the generator.</summary>
internal sealed record LoadOptions
{
    /// <summary>On 127.0.0.1; the generator reaches nothing else.</summary>
    public required int Port { get; init; }

    public string Path { get; init; } = "/v1/chat/completions";

    public string Model { get; init; } = "gpt-4o-mini";

    /// <summary>Sent as <c>Authorization: Bearer</c> and, to /v1/messages, as <c>x-api-key</c>.</summary>
    public string Key { get; init; } = "sk-edge-load";

    /// <summary>Requests a second, whatever the answers do; 0 = closed loop, each connection sends when its answer is complete.</summary>
    public double Rate { get; init; }

    /// <summary>Exponential gaps instead of equal ones.</summary>
    public bool Poisson { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Keep-alive connections, 1-20,000. With <see cref="Stream"/> and no rate this is the number of concurrent streams.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Load before the window, not counted.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The window that is measured.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The connections of a closed loop begin evenly over this time, so that streams do not tick in step.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>After the window: how long answers still under way are awaited.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A request without a complete answer after this counts as an error.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    public bool Stream { get; init; }

    /// <summary>Asks for <c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Text events that each stream must have; 0 = any number.</summary>
    public int ExpectEvents { get; init; }

    /// <summary>Bytes of the request's body.</summary>
    public int BodyBytes { get; init; } = 1200;

    /// <summary>Each request differs in a counter, so that no cache and no coalescing on the way answers for the mock.</summary>
    public bool Unique { get; init; } = true;
}
