using System.Text;
using Edge.Telemetry;

namespace Edge.Tests.Telemetry;

public class ConnectionGaugeTests
{
    [Fact]
    public async Task A_host_that_nobody_calls_any_more_is_forgotten()
    {
        var metrics = new GatewayMetrics();
        metrics.SampleConnections([("a:1", 2, 1), ("b:1", 3, 3)]);
        Assert.Contains("edge_upstream_connections{host=\"b:1\",state=\"open\"} 3", await TextAsync(metrics), StringComparison.Ordinal);

        metrics.SampleConnections([("a:1", 1, 1)]);
        var text = await TextAsync(metrics);
        Assert.Contains("edge_upstream_connections{host=\"a:1\",state=\"open\"} 1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("b:1", text, StringComparison.Ordinal);

        metrics.SampleConnections([("b:1", 1, 0)]);
        text = await TextAsync(metrics);
        Assert.Contains("edge_upstream_connections{host=\"b:1\",state=\"idle\"} 0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a:1", text, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(GatewayMetrics metrics)
    {
        using var text = new MemoryStream();
        await metrics.Registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
