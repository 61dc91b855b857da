using System.Text;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.Completions;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Fuzz;

/// <summary>Every encoder of a client's answer, and what must hold of what it writes.</summary>
internal static class Clients
{
    /// <summary>Deeper than anything that a fuzzer makes.</summary>
    private const int Depth = 2_000;

    public static readonly ChatOutput Output = new() { Created = 1_700_000_000, IncludeUsage = true, FallbackId = "fallback"u8.ToArray(), FallbackModel = "model"u8.ToArray() };

    public static IReadOnlyList<(string Name, bool Streams, Func<IChatEncoder> Create)> All { get; } =
    [
        ("chat stream", true, () => new OpenAiChatStreamEncoder()),
        ("chat", false, () => new OpenAiChatResponseEncoder()),
        ("messages stream", true, () => new AnthropicStreamEncoder()),
        ("messages", false, () => new AnthropicResponseEncoder()),
        ("responses stream", true, () => new ResponsesStreamEncoder()),
        ("responses", false, () => new ResponsesEncoder()),
        ("completions stream", true, () => new CompletionsStreamEncoder()),
        ("completions", false, () => new CompletionsEncoder()),
    ];

    /// <param name="client">Its index.</param>
    /// <param name="encoder">What wrote it.</param>
    /// <param name="written">Everything that it wrote.</param>
    /// <param name="pushed">Bytes that came in, for the bound of what may go out.</param>
    public static void Check(int client, IChatEncoder encoder, ReadOnlySpan<byte> written, long pushed)
    {
        var (name, streams, _) = All[client];
        Assert.False(encoder.IsWritten && encoder.Failure is not null, $"{name}: both written and failed");
        // A stream repeats its frame for each event, Responses says everything three times and echoes each item.
        Assert.True(written.Length <= 8_192 + (200 * pushed), $"{name}: {pushed} bytes became {written.Length}");
        if (!streams)
        {
            Assert.Equal(encoder.IsWritten, !written.IsEmpty);
            if (encoder.IsWritten) Json(written, name);
            return;
        }
        using var reader = new SseReader(64 << 20);
        reader.Feed(written.ToArray());
        var done = false;
        while (reader.TryRead(out var sse))
        {
            Assert.True(sse.HasData, $"{name}: an event without data");
            Assert.False(done, $"{name}: something follows the end mark");
            if (sse.Data.SequenceEqual("[DONE]"u8)) done = true;
            else Json(sse.Data, name);
        }
        Assert.Equal(0, reader.PartialBytes);
        Assert.False(done && encoder.Failure is not null, $"{name}: an end mark after an error");
    }

    /// <summary>Valid JSON in valid UTF-8.</summary>
    public static void Json(ReadOnlySpan<byte> json, string what)
    {
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(json, Depth, int.MaxValue, out var error), $"{what}: {error} in {Encoding.UTF8.GetString(json)}");
    }
}
