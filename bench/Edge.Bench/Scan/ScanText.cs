using System.Text;

namespace Edge.Bench.Scan;

/// <summary>A text in the forms that contenders want.</summary>
internal sealed class ScanText(byte[] bytes)
{
    public byte[] Bytes => bytes;

    /// <summary>For .NET's regular expressions, which take no UTF-8; what the decoding costs is not counted against them.</summary>
    public string Chars { get; } = Encoding.UTF8.GetString(bytes);
}
