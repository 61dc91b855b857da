using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

public static partial class AsciiFold
{
    internal static void ToLowerVector128(ReadOnlySpan<byte> text, Span<byte> output)
    {
        ref var from = ref MemoryMarshal.GetReference(text);
        ref var to = ref MemoryMarshal.GetReference(output);
        var at = 0;
        for (; at <= text.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var bytes = Vector128.LoadUnsafe(ref from, (nuint)at);
            var offset = bytes - Vector128.Create((byte)'A');
            var upper = Vector128.Equals(Vector128.Min(offset, Vector128.Create((byte)('Z' - 'A'))), offset);
            (bytes | (upper & Vector128.Create((byte)0x20))).StoreUnsafe(ref to, (nuint)at);
        }
        ToLowerScalar(text[at..], output[at..]);
    }
}
