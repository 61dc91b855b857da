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
        public readonly ByteBuffer SourceId = new();
        public int Document;
        public CitationPlace Place;
        public int From;
        public int To;
    }

    public bool IsEmpty => _used == 0;

    public void Clear() => _used = 0;

    /// <summary>The place that a citation of this type names.</summary>
    public static CitationPlace PlaceOf(JsonText type)
    {
        if (type.Is("char_location"u8)) return CitationPlace.Characters;
        if (type.Is("page_location"u8)) return CitationPlace.Pages;
        if (type.Is("content_block_location"u8)) return CitationPlace.Blocks;
        return type.Is("search_result_location"u8) ? CitationPlace.SearchResult : CitationPlace.None;
    }

    /// <summary>A number of the wire; -1 where it is none.</summary>
    public static int Count(long number) => number is >= 0 and <= int.MaxValue ? (int)number : -1;

    /// <summary>Takes one; its range of the text is what <see cref="Push"/> says.</summary>
    public void Add(in ChatCitation citation)
    {
        if (_used == Max) return;
        if (_used == _held.Count) _held.Add(new Held());
        var held = _held[_used++];
        held.Url.Clear();
        held.Title.Clear();
        held.Cited.Clear();
        held.SourceId.Clear();
        citation.Url.WriteEscaped(held.Url);
        citation.Title.WriteEscaped(held.Title);
        citation.CitedText.WriteEscaped(held.Cited);
        citation.SourceId.WriteEscaped(held.SourceId);
        (held.Document, held.Place, held.From, held.To) = (citation.Document, citation.Place, citation.From, citation.To);
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
                SourceId = HeldBlock.Text(held.SourceId),
                Place = held.Place,
                From = held.From,
                To = held.To,
            });
        }
    }
}
