using System.Runtime.CompilerServices;

namespace Edge.Pipeline;

/// <summary>Up to four byte ranges (there are four extension members, none may stand twice), held in place.</summary>
public struct ExtensionRanges
{
    private Buffer _ranges;

    public int Count { get; private set; }

    public readonly (int Offset, int Length) this[int index] => _ranges[index];

    public void Add(int offset, int length) => _ranges[Count++] = (offset, length);

    [InlineArray(4)]
    private struct Buffer
    {
        private (int, int) _first;
    }
}
