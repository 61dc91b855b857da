using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>The citations of the open text block.</summary>
internal sealed class HeldCitations
{
    // A block is a sentence or two; nobody shows more sources for one.
    private const int Max = 64;

    private readonly List<Held> _held = [];
    private int _used;

    private sealed class Held
    {
        public readonly ByteBuffer Url = new();
        public readonly ByteBuffer Title = new();
        public readonly ByteBuffer Cited = new();
        public int Document;
    }

    public bool IsEmpty => _used == 0;

    public void Clear() => _used = 0;

    public void Add(JsonText url, JsonText title, JsonText cited, long document)
    {
        if (_used == Max) return;
        if (_used == _held.Count) _held.Add(new Held());
        var held = _held[_used++];
        held.Url.Clear();
        held.Title.Clear();
        held.Cited.Clear();
        url.WriteEscaped(held.Url);
        title.WriteEscaped(held.Title);
        cited.WriteEscaped(held.Cited);
        held.Document = document is >= 0 and <= int.MaxValue ? (int)document : -1;
    }

    /// <summary>Pushes them as sources of that range of the text.</summary>
    public void Push(int start, int end, IChatEventSink sink)
    {
        for (var i = 0; i < _used; i++)
        {
            var held = _held[i];
            sink.Citation(0, new ChatCitation
            {
                Url = HeldBlock.Text(held.Url),
                Title = HeldBlock.Text(held.Title),
                CitedText = HeldBlock.Text(held.Cited),
                Start = start,
                End = end,
                Document = held.Document,
            });
        }
    }
}
