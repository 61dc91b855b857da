using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// The entries of one choice's <c>thinking_blocks</c>: <c>{"index":0,"type":"thinking","thinking":"...","signature":"..."}</c> and
/// <c>{"index":1,"type":"redacted_thinking","data":"..."}</c>. An entry is always a whole block, because a signature is valid for the exact text of its own block
/// alone; the official SDKs' accumulators demand the index on every entry of a list in a delta.
/// </summary>
internal sealed class ThinkingBlocks
{
    // The text of the block that is open, escaped, so that halves of a surrogate pair join and nothing is escaped twice.
    private readonly ByteBuffer _text = new();
    private int _count;

    /// <summary>The choice that it belongs to.</summary>
    public int Choice { get; private set; }

    /// <summary>Bytes that an entry for the open block takes beside its signature.</summary>
    public int Size => _text.Length + 80;

    public void Clear(int choice)
    {
        Choice = choice;
        _count = 0;
        _text.Clear();
    }

    /// <summary>More of the open block's text.</summary>
    public void Add(JsonText text) => text.WriteEscaped(_text);

    /// <summary>The open block ended without a signature: its text belongs to no later one.</summary>
    public void Drop() => _text.Clear();

    /// <summary>Writes the open block and closes it.</summary>
    public void WriteSigned(ref JsonOut json, JsonText signature)
    {
        Open(ref json);
        json.Raw(",\"type\":\"thinking\",\"thinking\":\""u8);
        json.Raw(_text.Span);
        json.Raw("\",\"signature\":"u8);
        json.String(signature);
        json.Raw("}"u8);
        _text.Clear();
    }

    public void WriteRedacted(ref JsonOut json, JsonText data)
    {
        _text.Clear();
        Open(ref json);
        json.Raw(",\"type\":\"redacted_thinking\",\"data\":"u8);
        json.String(data);
        json.Raw("}"u8);
    }

    private void Open(ref JsonOut json)
    {
        json.Raw("{\"index\":"u8);
        json.Number(_count++);
    }
}
