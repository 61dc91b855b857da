using System.Buffers;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard.Restore;

internal sealed partial class AnswerFilter
{
    /// <summary>A whole answer, or a provider's error, that passes through: every string of it, names of members included.</summary>
    /// <param name="answer">The root value.</param>
    /// <param name="json">The bytes that were indexed.</param>
    /// <param name="output">Takes the answer as it goes to the client.</param>
    /// <returns>False: it goes as it is, and nothing was written.</returns>
    public bool Whole(JsonValue answer, ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        if (_guard is null && _restorer.IsClean(json)) return false;
        _target = output;
        _copied = 0;
        _isLast = true;
        Any(json, answer);
        if (_copied == 0) return false;
        output.Write(json[_copied..]);
        return true;
    }

    /// <summary>What the answer repeats of the request, which is the request as the provider got it.</summary>
    /// <param name="members">JSON members with a comma behind each.</param>
    public void Members(PooledBuffer members)
    {
        if (members.Length == 0 || _restorer.IsClean(members.Span)) return;
        using var whole = new PooledBuffer();
        using var restored = new PooledBuffer();
        whole.Append("{"u8);
        whole.Append(members.Span[..^1]);
        whole.Append("}"u8);
        // No model said it.
        var guard = _guard;
        _guard = null;
        var isRestored = Whole(whole.Span, restored);
        _guard = guard;
        if (!isRestored) return;
        members.Clear();
        members.Append(restored.Span[1..^1]);
        members.Append(","u8);
    }

    /// <summary>The same for JSON that nobody has indexed yet. False also for what is none.</summary>
    public bool Whole(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        using var index = new JsonIndex();
        return index.TryBuild(json, MaxDepth, MaxTokens, out _) && Whole(new JsonValue(json, index.Tokens), json, output);
    }
}
