using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

internal enum BlockKind : byte
{
    None,
    Text,
    Thinking,
    Redacted,
    Call,
}

/// <summary>A content block whose turn has not come, or a call that is being written. Texts are kept escaped. Pooled with its encoder.</summary>
internal sealed class HeldBlock
{
    private JsonProgress _progress;

    public BlockKind Kind { get; private set; }

    /// <summary>The call's number.</summary>
    public int Call { get; private set; }

    public ByteBuffer Id { get; } = new();

    public ByteBuffer Name { get; } = new();

    public ByteBuffer Content { get; } = new();

    public ByteBuffer Signature { get; } = new();

    /// <summary>Raw JSON of a text's citations, with commas between them.</summary>
    public ByteBuffer Citations { get; } = new();

    /// <summary>Nothing more belongs to it.</summary>
    public bool IsClosed { get; set; }

    /// <summary>It is on the wire.</summary>
    public bool IsOpened { get; set; }

    /// <summary>The call's arguments are a closed JSON value.</summary>
    public bool IsComplete => _progress.IsComplete;

    /// <summary>Arguments came.</summary>
    public bool HasArguments { get; private set; }

    public void Clear(BlockKind kind, int call = -1)
    {
        (Kind, Call) = (kind, call);
        _progress = default;
        IsClosed = IsOpened = HasArguments = false;
        Id.Clear();
        Name.Clear();
        Content.Clear();
        Signature.Clear();
        Citations.Clear();
    }

    /// <summary>What the call is. One without an id gets one that no other answer has, because the client sends its result back under it.</summary>
    public void SetCall(JsonText id, JsonText name, ReadOnlySpan<byte> answerId)
    {
        name.WriteEscaped(Name);
        if (!id.IsEmpty)
        {
            id.WriteEscaped(Id);
            return;
        }
        var json = new JsonOut(Id);
        json.Raw("toolu_"u8);
        json.Text(JsonText.Plain(answerId));
        json.Raw("_"u8);
        json.Number(Call);
        json.Flush();
    }

    /// <summary>More of the call's arguments went by.</summary>
    public void Follow(JsonText fragment)
    {
        HasArguments = true;
        _progress.Feed(fragment);
    }

    public static JsonText Text(ByteBuffer escaped) => new(escaped.Span, isEscaped: true);
}
