using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>The blocks of the stream: the one that is open, and those that wait behind a call whose arguments are not complete.</summary>
public sealed partial class AnthropicStreamEncoder
{
    private readonly List<HeldBlock> _blocks = [];
    private readonly ByteBuffer _marker = new();

    // _blocks[_at.._used] wait; the first of them is always a call, on the wire or about to be.
    private int _at;
    private int _used;
    private int _held;

    private BlockKind _open;
    private bool _isCited;

    // The number of the open block, or of the one that was open last.
    private int _index;

    private void ClearBlocks()
    {
        _at = _used = _held = 0;
        _open = BlockKind.None;
        _isCited = false;
        _index = -1;
    }

    // A call that is on the wire and complete is done as soon as anything else comes. One that is not lets everything wait.
    private bool MustWait()
    {
        if (_at == _used) return false;
        if (!_blocks[_at].IsOpened || !_blocks[_at].IsComplete) return true;
        var json = new JsonOut(_output);
        CloseCall(ref json, _blocks[_at]);
        json.Flush();
        Forget();
        return _at < _used;
    }

    // Writes what waits, in its order: everything, or up to a call that is not complete. The last block stays open, for there may be more of it.
    private void Drain(ref JsonOut json, bool all)
    {
        while (_at < _used)
        {
            var block = _blocks[_at];
            if (block.Kind == BlockKind.Call)
            {
                if (!block.HasArguments && !all) return;
                if (!block.IsOpened)
                {
                    OpenCall(ref json, block);
                    if (block.Content.Length > 0) WriteDelta(ref json, HeldBlock.Text(block.Content));
                }
                if (!all && (!block.IsComplete || _at + 1 == _used)) return;
                CloseCall(ref json, block);
            }
            else if (block.Kind == BlockKind.Text)
            {
                WriteText(ref json, HeldBlock.Text(block.Content));
                // One behind the other, each with a line feed behind it.
                foreach (var line in block.Citations.Span.Split((byte)'\n'))
                {
                    if (block.Citations.Span[line] is { IsEmpty: false } citation) WriteCitation(ref json, citation);
                }
            }
            else if (block.Kind == BlockKind.Redacted) WriteRedacted(ref json, HeldBlock.Text(block.Content));
            else
            {
                if (block.Content.Length > 0) WriteThinking(ref json, HeldBlock.Text(block.Content));
                if (block.Signature.Length > 0) WriteSignature(ref json, HeldBlock.Text(block.Signature));
            }
            Forget();
        }
    }

    private void Forget()
    {
        _at++;
        if (_at < _used) return;
        _at = _used = _held = 0;
    }

    private int FindCall(int call)
    {
        for (var i = _used - 1; i >= _at; i--)
        {
            if (_blocks[i].Kind == BlockKind.Call && _blocks[i].Call == call) return i;
        }
        return -1;
    }

    private HeldBlock Hold(BlockKind kind, int call)
    {
        if (_used == _blocks.Count) _blocks.Add(new HeldBlock());
        var block = _blocks[_used++];
        block.Clear(kind, call);
        // About what one takes by itself.
        Count(256);
        return block;
    }

    private void Hold(BlockKind kind, JsonText text) => Keep(Hold(kind, -1).Content, text);

    private void HoldText(JsonText text)
    {
        if (_blocks[_used - 1] is { Kind: BlockKind.Text, IsClosed: false } last) Keep(last.Content, text);
        else Hold(BlockKind.Text, text);
    }

    private void HoldThinking(JsonText text)
    {
        if (_blocks[_used - 1] is { Kind: BlockKind.Thinking, IsClosed: false } last) Keep(last.Content, text);
        else Hold(BlockKind.Thinking, text);
    }

    private void HoldSignature(JsonText signature)
    {
        var block = _blocks[_used - 1] is { Kind: BlockKind.Thinking, IsClosed: false } last ? last : Hold(BlockKind.Thinking, -1);
        block.IsClosed = true;
        Keep(block.Signature, signature);
    }

    // Behind a call that is on the wire, or before one that waits too.
    private HeldBlock? LastHeldText()
    {
        for (var i = _used - 1; i >= _at; i--)
        {
            if (_blocks[i].Kind == BlockKind.Text) return _blocks[i];
        }
        return null;
    }

    private void HoldCitation(HeldBlock block, in ChatCitation citation)
    {
        block.IsClosed = true;
        var before = block.Citations.Length;
        var json = new JsonOut(block.Citations);
        AnthropicAnswerText.Citation(ref json, citation);
        json.Raw("\n"u8);
        json.Flush();
        Count(block.Citations.Length - before);
    }

    private void Keep(ByteBuffer buffer, JsonText text)
    {
        var before = buffer.Length;
        text.WriteEscaped(buffer);
        Count(buffer.Length - before);
    }

    private void Count(int bytes)
    {
        _held += bytes;
        if (_held > MaxHeld) Fail("The provider mixes its tool calls in a way that would need too much memory to put in order.");
    }

    private void WriteText(ref JsonOut json, JsonText text)
    {
        // A citation is of the text before it; what follows it is another block, as at Anthropic.
        if (_open != BlockKind.Text || _isCited)
        {
            OpenBlock(ref json, BlockKind.Text, "{\"type\":\"text\",\"text\":\"\"}}\n\n"u8, "\"text_delta\",\"text\":\""u8);
        }
        WriteDelta(ref json, text);
    }

    private void WriteCitation(ref JsonOut json, ReadOnlySpan<byte> citation)
    {
        json.Raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        json.Number(_index);
        json.Raw(",\"delta\":{\"type\":\"citations_delta\",\"citation\":"u8);
        json.Raw(citation);
        json.Raw("}}\n\n"u8);
        _isCited = true;
    }

    private void WriteThinking(ref JsonOut json, JsonText text)
    {
        if (_open != BlockKind.Thinking) OpenThinking(ref json);
        WriteDelta(ref json, text);
    }

    // SDKs replace the signature by what a delta holds, so it is always one; and it closes its block.
    private void WriteSignature(ref JsonOut json, JsonText signature)
    {
        if (_open != BlockKind.Thinking) OpenThinking(ref json);
        json.Raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        json.Number(_index);
        json.Raw(",\"delta\":{\"type\":\"signature_delta\",\"signature\":"u8);
        json.String(signature);
        json.Raw("}}\n\n"u8);
        CloseBlock(ref json);
    }

    private void OpenThinking(ref JsonOut json) =>
        OpenBlock(ref json, BlockKind.Thinking, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n"u8, "\"thinking_delta\",\"thinking\":\""u8);

    private void WriteRedacted(ref JsonOut json, JsonText data)
    {
        StartBlock(ref json, BlockKind.Redacted);
        json.Raw("{\"type\":\"redacted_thinking\",\"data\":"u8);
        json.String(data);
        json.Raw("}}\n\n"u8);
        CloseBlock(ref json);
    }

    private void OpenCall(ref JsonOut json, HeldBlock call)
    {
        if (call.Signature.Length > 0)
        {
            // Into a block of its own, whatever is open: the signature is of the call alone.
            CloseBlock(ref json);
            WriteSignature(ref json, HeldBlock.Text(call.Signature));
            call.Signature.Clear();
        }
        StartBlock(ref json, BlockKind.Call);
        json.Raw("{\"type\":\"tool_use\",\"id\":\""u8);
        json.Raw(call.Id.Span);
        json.Raw("\",\"name\":\""u8);
        json.Raw(call.Name.Span);
        // The caller is the model itself, not code that it runs; strict clients take no tool_use without it.
        json.Raw("\",\"input\":{},\"caller\":{\"type\":\"direct\"}}}\n\n"u8);
        SetDelta("\"input_json_delta\",\"partial_json\":\""u8);
        call.IsOpened = true;
    }

    private void CloseCall(ref JsonOut json, HeldBlock call)
    {
        CloseBlock(ref json);
        if (call.Signature.Length > 0) WriteSignature(ref json, HeldBlock.Text(call.Signature));
    }

    private void OpenBlock(ref JsonOut json, BlockKind kind, ReadOnlySpan<byte> block, ReadOnlySpan<byte> delta)
    {
        StartBlock(ref json, kind);
        json.Raw(block);
        SetDelta(delta);
    }

    private void StartBlock(ref JsonOut json, BlockKind kind)
    {
        CloseBlock(ref json);
        StartMessage(ref json);
        _open = kind;
        _index++;
        json.Raw("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        json.Number(_index);
        json.Raw(",\"content_block\":"u8);
    }

    // It is the same in every delta of the block, so it is made once and then copied.
    private void SetDelta(ReadOnlySpan<byte> type)
    {
        _delta.Clear();
        var json = new JsonOut(_delta);
        json.Raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        json.Number(_index);
        json.Raw(",\"delta\":{\"type\":"u8);
        json.Raw(type);
        json.Flush();
    }

    private void WriteDelta(ref JsonOut json, JsonText text)
    {
        json.Raw(_delta.Span);
        json.Text(text);
        json.Raw("\"}}\n\n"u8);
    }

    private void CloseBlock(ref JsonOut json)
    {
        _isCited = false;
        if (_open == BlockKind.None) return;
        _open = BlockKind.None;
        json.Raw("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        json.Number(_index);
        json.Raw("}\n\n"u8);
    }
}
