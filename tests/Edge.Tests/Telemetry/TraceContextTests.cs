using System.Text;
using CsCheck;
using Edge.Routing;
using Edge.Telemetry.Tracing;

namespace Edge.Tests.Telemetry;

public sealed class TraceContextTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void A_callers_trace_is_joined_and_its_decision_followed()
    {
        var context = TraceContext.Begin(Parent, ratio: 0, new Entropy(1));
        Assert.True(context.IsOn);
        Assert.True(context.IsSampled);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", context.TraceIdText);
        Assert.Equal(0xb7ad6b7169203331, context.ParentId);
        Assert.NotEqual(context.ParentId, context.SpanId);
        Assert.False(TraceContext.Begin(Parent[..^1] + "0", ratio: 1, new Entropy(1)).IsSampled);
    }

    // https://www.w3.org/TR/trace-context/#traceparent-header-field-values
    [Theory]
    [InlineData("")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01")]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x")]
    public void A_malformed_parent_is_ignored(string header)
    {
        Assert.False(TraceContext.TryParse(header, out _));
        var context = TraceContext.Begin(header, ratio: 1, new Entropy(1));
        Assert.Equal(0u, context.ParentId);
        Assert.True(context.IsOn);
    }

    [Theory]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02-what-comes", false)]
    public void A_later_version_is_read_as_far_as_it_is_known(string header, bool sampled)
    {
        Assert.True(TraceContext.TryParse(header, out var context));
        Assert.Equal(sampled, context.IsSampled);
    }

    [Fact]
    public void What_is_written_for_a_provider_can_be_read_back()
    {
        Gen.ULong.Sample(seed =>
        {
            var context = TraceContext.Begin("", ratio: 0.5, new Entropy(seed));
            var seen = new HashSet<ulong> { context.SpanId };
            for (var call = 0; call < 20; call++)
            {
                var bytes = new byte[TraceContext.ParentLength];
                context.WriteParent(call, bytes);
                Assert.True(TraceContext.TryParse(Encoding.ASCII.GetString(bytes), out var read));
                Assert.Equal(context.TraceIdText, read.TraceIdText);
                Assert.Equal(context.CallId(call), read.SpanId);
                Assert.Equal(context.IsSampled, read.IsSampled);
                Assert.True(seen.Add(read.SpanId), "two spans of one request have one id");
            }
        });
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 2000, 2000)]
    [InlineData(0.25, 400, 600)]
    public void The_ratio_is_kept(double ratio, int least, int most)
    {
        var entropy = new Entropy(42);
        var sampled = Enumerable.Range(0, 2000).Count(_ => TraceContext.Begin("", ratio, entropy).IsSampled);
        Assert.InRange(sampled, least, most);
    }
}
