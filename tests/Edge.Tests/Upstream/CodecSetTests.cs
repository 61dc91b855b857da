using Edge.Clients;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Wire;
using Edge.Tests.Pipeline;
using Edge.Upstream;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;

namespace Edge.Tests.Upstream;

/// <summary>Between two requests a connection holds no large prompt and no large answer.</summary>
public class CodecSetTests
{
    [Theory]
    [InlineData(128 * 1024, 1024 * 1024, true)]
    [InlineData(128 * 1024 + 1, 0, false)]
    [InlineData(0, 2 * 1024 * 1024, false)]
    public void Codecs_are_kept_after_a_usual_exchange_and_let_go_after_a_large_one(long whole, long streamed, bool keeps)
    {
        using var codecs = new CodecSet();
        var before = Used(codecs);

        codecs.Release(whole, streamed);

        Assert.All(before.Zip(Used(codecs)), pair => Assert.Equal(keeps, ReferenceEquals(pair.First, pair.Second)));
    }

    [Fact]
    public void What_passes_through_costs_no_codec()
    {
        using var codecs = new CodecSet();
        var relay = codecs.Relay;
        var before = GC.GetAllocatedBytesForCurrentThread();

        codecs.Release(100 << 20, 100 << 20);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Same(relay, codecs.Relay);
    }

    [Fact]
    public async Task A_large_translated_answer_leaves_nothing_on_its_connection()
    {
        var text = "x";
        var kit = new PipelineKit(Dialect.Anthropic).Answer(() => CannedResponse.Json(
            $$$"""{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"{{{text}}}"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"""));
        var transport = new NullTransport();
        async Task<object> SendAsync()
        {
            transport.Begin("""{"model":"fake/m","messages":[{"role":"user","content":"x"}]}"""u8.ToArray());
            await transport.RunAsync(kit.Pipeline);
            Assert.Equal(200, transport.StatusCode);
            return ((IHostContextContainer<RequestContext>)transport).HostContext!.Codecs.Encoder(ClientDialects.OpenAi);
        }

        var first = await SendAsync();
        Assert.Same(first, await SendAsync());
        text = new string('x', 1 << 20);
        Assert.NotSame(first, await SendAsync());
    }

    // Seen by what the next growth costs.
    [Theory]
    [InlineData(500, false)]
    [InlineData(300_000, true)]
    public void Lists_of_edits_and_pieces_do_not_keep_what_a_monstrous_body_took(int count, bool isLetGo)
    {
        var (edits, pieces) = (new EditList(), new BodySegments());
        Fill();
        edits.Clear();
        pieces.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Fill();

        Assert.Equal(isLetGo, GC.GetAllocatedBytesForCurrentThread() > before);

        void Fill()
        {
            for (var i = 0; i < count; i++)
            {
                edits.Add(i * 2, 1, default);
                pieces.Add(_piece);
            }
        }
    }

    private static readonly byte[] _piece = [1];

    private static object[] Used(CodecSet codecs) =>
    [
        codecs.Request, codecs.Relay, codecs.Metered, codecs.RequestEncoder(Dialect.Anthropic)!, codecs.Decoder(Dialect.Anthropic), codecs.Encoder(ClientDialects.OpenAi),
        codecs.StreamEncoder(ClientDialects.OpenAi),
    ];
}
