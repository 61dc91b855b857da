using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

public static partial class AsciiFold
{
    internal static void ToLowerVector256(ReadOnlySpan<byte> text, Span<byte> output)
    {
        ref var from = ref MemoryMarshal.GetReference(text);
        ref var to = ref MemoryMarshal.GetReference(output);
        var at = 0;
        for (; at <= text.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            var bytes = Vector256.LoadUnsafe(ref from, (nuint)at);
            var offset = bytes - Vector256.Create((byte)'A');
            var upper = Vector256.Equals(Vector256.Min(offset, Vector256.Create((byte)('Z' - 'A'))), offset);
            (bytes | (upper & Vector256.Create((byte)0x20))).StoreUnsafe(ref to, (nuint)at);
        }
        ToLowerScalar(text[at..], output[at..]);
    }
}
