using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Dialects;

internal static class TapExtensions
{
    /// <summary>As the gateway does it: index the answer, then look. What is no JSON is never looked at.</summary>
    public static TapMarks Whole(this OpenAiChatTap tap, ReadOnlySpan<byte> json)
    {
        using var index = new JsonIndex();
        return index.TryBuild(json, 256, 1 << 20, out _) ? tap.Whole(new JsonValue(json, index.Tokens)) : TapMarks.None;
    }
}
