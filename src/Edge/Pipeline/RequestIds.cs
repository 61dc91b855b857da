using System.Security.Cryptography;

namespace Edge.Pipeline;

/// <summary>
/// Ids of requests: <c>req_</c> and 26 characters. The first half is drawn once for the process, the second counts, so that an id costs one addition and
/// no entropy, and two instances never share one.
/// </summary>
public sealed class RequestIds
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int PrefixLength = 13;
    private const int CounterLength = 13;

    private readonly string _prefix;
    private long _counter;

    public RequestIds()
        : this(RandomNumberGenerator.GetBytes(8))
    {
    }

    /// <param name="entropy">Eight bytes that no other instance has.</param>
    public RequestIds(ReadOnlySpan<byte> entropy)
    {
        var text = new char[PrefixLength];
        Encode(BitConverter.ToUInt64(entropy), text);
        _prefix = "req_" + new string(text);
    }

    public string Next() => string.Create(_prefix.Length + CounterLength, (_prefix, Interlocked.Increment(ref _counter)), static (text, state) =>
    {
        state._prefix.CopyTo(text);
        Encode((ulong)state.Item2, text[state._prefix.Length..]);
    });

    private static void Encode(ulong value, Span<char> text)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(value & 31)];
            value >>= 5;
        }
    }
}
