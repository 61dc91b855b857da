using Edge.Providers.Chat;

namespace Edge.Providers.Tests;

public class HouseTests
{
    [Fact]
    public void Providers_know_the_kernels_and_the_base_class_library_alone()
    {
        // No sockets, no clock, no configuration, no logging: Edge.Providers is bytes in, bytes out.
        string[] allowed =
        [
            "Edge.Simd", "System.Collections", "System.Diagnostics.Debug", "System.Linq", "System.Memory", "System.Net.Primitives", "System.Numerics.Vectors",
            "System.Runtime", "System.Runtime.Intrinsics", "System.Runtime.InteropServices", "System.Security.Cryptography", "System.Text.Encoding.Extensions",
            "System.Text.Json", "System.Collections.Immutable",
        ];
        var references = typeof(IChatEventSink).Assembly.GetReferencedAssemblies().Select(reference => reference.Name!);
        Assert.Empty(references.Except(allowed));
    }
}
