using System.Text;
using System.Text.Json;
using Edge.Upstream;
using Edge.Upstream.Simulator;

namespace Edge.Tests.Simulator;

/// <summary>A simulator under test with its time, and the readings that every test takes.</summary>
internal sealed class SimulatorBench
{
    private readonly SimulatorClient _client;

    public SimulatorBench(SimulatorSettings? settings = null) => _client = new SimulatorClient(Time, settings ?? new() { AllowRequestControl = true });

    public ManualTime Time { get; } = new();

    public static string Chat(string text, string fields = "", string model = "simulator") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":{{JsonSerializer.Serialize(text)}}}]{{(fields.Length > 0 ? "," + fields : "")}}}""";

    public static UpstreamRequest Request(string body, string path = "/v1/chat/completions", int segmentBytes = int.MaxValue)
    {
        var request = new UpstreamRequest { Path = Encoding.UTF8.GetBytes(path) };
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var at = 0; at < bytes.Length;)
        {
            var take = Math.Min(segmentBytes, bytes.Length - at);
            request.Body.Add(bytes.AsMemory(at, take));
            at += take;
        }
        return request;
    }

    public UpstreamResponse Send(string body, string control = "") => Send(Request(body), control);

    public UpstreamResponse Send(UpstreamRequest request, string control = "") =>
        _client.Send(request, Encoding.UTF8.GetBytes(control), CancellationToken.None);

    public Task<UpstreamResponse> SendAsync(string body, string control = "") => SendAsync(Request(body), control);

    public Task<UpstreamResponse> SendAsync(UpstreamRequest request, string control = "") => SendCancellable(request, control, CancellationToken.None);

    public Task<UpstreamResponse> SendCancellable(UpstreamRequest request, string control, CancellationToken cancel) =>
        _client.SendAsync(request, Encoding.UTF8.GetBytes(control), cancel).AsTask();

    /// <summary>Everything that can be read without waiting, and how it ended.</summary>
    public static (byte[] Body, UpstreamRead Last, int Pieces) Drain(UpstreamResponse response)
    {
        var body = new List<byte>();
        var pieces = 0;
        while (true)
        {
            Assert.True(response.TryRead(out var read), "a read would wait");
            if (read.Kind != UpstreamReadKind.Data) return ([.. body], read, pieces);
            Assert.False(read.Data.IsEmpty);
            body.AddRange(read.Data.Span);
            pieces++;
        }
    }

    /// <summary>The complete body of an answer without delays.</summary>
    public string Text(string body, string control = "", int status = 200)
    {
        using var response = Send(body, control);
        Assert.Equal(UpstreamFailure.None, response.Failure);
        Assert.Equal(status, response.Status);
        var (bytes, last, _) = Drain(response);
        Assert.Equal(UpstreamReadKind.End, last.Kind);
        return Encoding.UTF8.GetString(bytes);
    }

    public JsonElement Json(string body, string control = "", int status = 200) => Parse(Text(body, control, status));

    public string Content(string body, string control = "") => Json(body, control).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    public string Finish(string body) => Json(body).GetProperty("choices")[0].GetProperty("finish_reason").GetString()!;

    /// <summary>The data of each event of a stream; the stream must be nothing but <c>data: ...</c> and blank lines.</summary>
    public static string[] Events(string stream)
    {
        Assert.EndsWith("\n\n", stream, StringComparison.Ordinal);
        return [.. stream[..^2].Split("\n\n").Select(e =>
        {
            Assert.StartsWith("data: ", e, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e);
            return e[6..];
        })];
    }

    /// <summary>The chunks of a complete stream, without [DONE].</summary>
    public JsonElement[] Chunks(string body, string control = "")
    {
        var events = Events(Text(body, control));
        Assert.Equal("[DONE]", events[^1]);
        return [.. events[..^1].Select(Parse)];
    }

    /// <summary>The concatenated content of one choice of a stream.</summary>
    public static string Joined(JsonElement[] chunks, int choice = 0) => string.Concat(chunks
        .SelectMany(c => c.GetProperty("choices").EnumerateArray())
        .Where(c => c.GetProperty("index").GetInt32() == choice && c.GetProperty("delta").TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String)
        .Select(c => c.GetProperty("delta").GetProperty("content").GetString()));

    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static (string Message, string Type, string? Param, string? Code) Error(JsonElement body)
    {
        var error = body.GetProperty("error");
        Assert.Single(body.EnumerateObject());
        return (error.GetProperty("message").GetString()!, error.GetProperty("type").GetString()!, error.GetProperty("param").GetString(), error.GetProperty("code").GetString());
    }
}
