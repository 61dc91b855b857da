using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>
/// A citation of Converse: <c>{"title":..,"source":..,"sourceContent":[{"text":..}],"location":{"documentChar":{"documentIndex":0,..}}}</c>, a location being one of
/// <c>documentChar</c>, <c>documentPage</c>, <c>documentChunk</c>, <c>searchResultLocation</c>, <c>web</c>.
/// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsDelta.html
/// </summary>
internal ref struct BedrockCitation
{
    private JsonText _title;
    private JsonText _source;
    private JsonText _cited;
    private JsonText _url;
    private long _document;
    private CitationPlace _place;
    private long _from;
    private long _to;

    public BedrockCitation() => _document = -1;

    public bool IsPresent { get; private set; }

    /// <summary>As a source of that range of the text.</summary>
    public readonly ChatCitation ToCitation(int start, int end) => new()
    {
        Title = _title,
        Url = _url.IsEmpty && IsUrl(_source) ? _source : _url,
        CitedText = _cited,
        Start = start < end ? start : -1,
        End = start < end ? end : -1,
        Document = Count(_document),
        SourceId = IsUrl(_source) ? default : _source,
        Place = _place,
        From = Count(_from),
        To = Count(_to),
    };

    /// <summary>Reads the object that follows the name on which the reader stands.</summary>
    public void Read(scoped ref Utf8JsonReader reader)
    {
        if (!JsonReading.Object(ref reader)) return;
        IsPresent = true;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("title"u8)) _title = JsonReading.String(ref reader);
            else if (reader.Is("source"u8)) _source = JsonReading.String(ref reader);
            else if (reader.Is("sourceContent"u8)) ReadContent(ref reader);
            else if (reader.Is("location"u8)) ReadLocation(ref reader);
            else reader.Skip();
        }
    }

    public static BedrockCitation Read(JsonValue citation)
    {
        var read = new BedrockCitation { IsPresent = true, _title = citation["title"u8].Text, _source = citation["source"u8].Text };
        foreach (var content in citation["sourceContent"u8].Elements)
        {
            read._cited = content["text"u8].Text;
            break;
        }
        foreach (var location in citation["location"u8].Members)
        {
            read._place = PlaceOf(location.Name);
            if (location.Value[read._place == CitationPlace.SearchResult ? "searchResultIndex"u8 : "documentIndex"u8].TryGetInt64(out var index)) read._document = index;
            if (location.Value["start"u8].TryGetInt64(out var start)) read._from = start;
            if (location.Value["end"u8].TryGetInt64(out var end)) read._to = end;
            if (!location.Value["url"u8].IsNullOrAbsent) read._url = location.Value["url"u8].Text;
        }
        return read;
    }

    // The first piece stands for all: there is one, but for a quotation across pages.
    private void ReadContent(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (JsonReading.NextMember(ref reader))
            {
                if (_cited.IsEmpty && reader.Is("text"u8)) _cited = JsonReading.String(ref reader);
                else reader.Skip();
            }
        }
    }

    private void ReadLocation(scoped ref Utf8JsonReader reader)
    {
        if (!JsonReading.Object(ref reader)) return;
        while (JsonReading.NextMember(ref reader))
        {
            var place = PlaceOf(new JsonText(reader.ValueSpan, reader.ValueIsEscaped));
            if (!JsonReading.Object(ref reader)) continue;
            _place = place;
            while (JsonReading.NextMember(ref reader))
            {
                if (reader.Is("start"u8)) BedrockFrame.Number(ref reader, ref _from);
                else if (reader.Is("end"u8)) BedrockFrame.Number(ref reader, ref _to);
                else if (reader.Is("documentIndex"u8) || reader.Is("searchResultIndex"u8)) BedrockFrame.Number(ref reader, ref _document);
                else if (reader.Is("url"u8)) _url = JsonReading.String(ref reader);
                else reader.Skip();
            }
        }
    }

    private static CitationPlace PlaceOf(JsonText name)
    {
        if (name.Is("documentChar"u8)) return CitationPlace.Characters;
        if (name.Is("documentPage"u8)) return CitationPlace.Pages;
        if (name.Is("documentChunk"u8)) return CitationPlace.Blocks;
        return name.Is("searchResultLocation"u8) ? CitationPlace.SearchResult : CitationPlace.None;
    }

    private static int Count(long number) => number is >= 0 and <= int.MaxValue ? (int)number : -1;

    private static bool IsUrl(JsonText text) => text.Bytes.StartsWith("https:"u8) || text.Bytes.StartsWith("http:"u8);
}
