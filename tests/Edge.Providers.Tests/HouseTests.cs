using System.Runtime.InteropServices;
using Edge.Providers.Chat;

namespace Edge.Providers.Tests;

public class HouseTests
{
    [Fact]
    public void Providers_know_the_kernels_and_the_base_class_library_alone()
    {
        var references = typeof(IChatEventSink).Assembly.GetReferencedAssemblies().Select(reference => reference.Name!).ToList();

        Assert.Contains("Edge.Simd", references);
        Assert.All(references.Where(name => name != "Edge.Simd"), name =>
        {
            Assert.StartsWith("System.", name, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), name + ".dll")), $"{name} is no part of the base class library.");
            // Bytes in, bytes out: no sockets, no files, no processes, no threads of its own.
            Assert.DoesNotMatch(@"^System\.(Net|IO\.(FileSystem|Pipes|Pipelines)|Diagnostics\.Process|Threading\.Thread)", name);
        });
    }
}
