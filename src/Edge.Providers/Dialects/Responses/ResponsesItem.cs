namespace Edge.Providers.Dialects.Responses;

internal enum ResponsesItemKind : byte
{
    Message,
    Reasoning,
    FunctionCall,

    /// <summary>A call of a tool that the client declared as custom: its arguments are held until they are whole, then their one member is its free text.</summary>
    CustomCall,
    Image,
}

/// <summary>A part of a message (text or refusal), the summary of a reasoning, the arguments of a call.</summary>
internal sealed class ResponsesPart
{
    public bool IsRefusal { get; set; }

    /// <summary>Escaped, so that halves of a surrogate pair join and nothing is escaped twice.</summary>
    public ByteBuffer Text { get; } = new();

    /// <summary>Elements of <c>annotations</c> with commas between.</summary>
    public ByteBuffer Annotations { get; } = new();

    public int AnnotationCount { get; set; }

    /// <summary>UTF-16 units of the text.</summary>
    public int Units { get; set; }

    /// <summary>UTF-16 units of all text in front of the part.</summary>
    public int Before { get; set; }

    /// <summary>Elements of <c>logprobs</c> with commas between.</summary>
    public ByteBuffer Logprobs { get; } = new();

    /// <summary>What every delta of the part says of its place.</summary>
    public ByteBuffer Head { get; } = new();

    public void Clear()
    {
        IsRefusal = false;
        AnnotationCount = Units = Before = 0;
        Text.Clear();
        Annotations.Clear();
        Logprobs.Clear();
        Head.Clear();
    }

    /// <summary>A message's part as it stands in its <c>content</c>.</summary>
    public void WriteContent(ref JsonOut json)
    {
        if (IsRefusal)
        {
            json.Raw("{\"type\":\"refusal\",\"refusal\":\""u8);
            json.Raw(Text.Span);
            json.Raw("\"}"u8);
            return;
        }
        json.Raw("{\"type\":\"output_text\",\"annotations\":["u8);
        json.Raw(Annotations.Span);
        json.Raw("],\"logprobs\":["u8);
        json.Raw(Logprobs.Span);
        json.Raw("],\"text\":\""u8);
        json.Raw(Text.Span);
        json.Raw("\"}"u8);
    }

    /// <summary>A reasoning's part as it stands in its <c>summary</c>.</summary>
    public void WriteSummary(ref JsonOut json)
    {
        json.Raw("{\"type\":\"summary_text\",\"text\":\""u8);
        json.Raw(Text.Span);
        json.Raw("\"}"u8);
    }
}

/// <summary>One output item while its events come in.</summary>
internal sealed class ResponsesItem
{
    private readonly List<ResponsesPart> _parts = [];

    public ResponsesItemKind Kind { get; private set; }

    /// <summary>Its place in the output.</summary>
    public int Index { get; private set; }

    /// <summary>Of a call: its number within the answer.</summary>
    public int Call { get; set; }

    public bool IsOpen { get; set; }

    /// <summary>It was cut off by a limit or a filter.</summary>
    public bool IsIncomplete { get; set; }

    public ByteBuffer Id { get; } = new();

    public ByteBuffer CallId { get; } = new();

    public ByteBuffer Name { get; } = new();

    /// <summary>Of a reasoning: <c>encrypted_content</c>. Of an image: base64.</summary>
    public ByteBuffer Data { get; } = new();

    public int PartCount { get; private set; }

    public ResponsesPart Last => _parts[PartCount - 1];

    public void Clear(ResponsesItemKind kind, int index)
    {
        Kind = kind;
        Index = index;
        Call = -1;
        IsOpen = true;
        IsIncomplete = false;
        PartCount = 0;
        Id.Clear();
        CallId.Clear();
        Name.Clear();
        Data.Clear();
    }

    public ResponsesPart AddPart()
    {
        if (PartCount == _parts.Count) _parts.Add(new ResponsesPart());
        var part = _parts[PartCount++];
        part.Clear();
        return part;
    }

    /// <summary>The item as it stands in <c>output</c>.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="isWhole">False = as it is announced, before anything of it came.</param>
    public void Write(ref JsonOut json, bool isWhole)
    {
        json.Raw("{\"id\":\""u8);
        json.Raw(Id.Span);
        switch (Kind)
        {
            case ResponsesItemKind.Message:
                json.Raw("\",\"type\":\"message\",\"status\":\""u8);
                Status(ref json, isWhole);
                json.Raw("\",\"role\":\"assistant\",\"content\":["u8);
                for (var i = 0; isWhole && i < PartCount; i++)
                {
                    if (i > 0) json.Raw(","u8);
                    _parts[i].WriteContent(ref json);
                }
                json.Raw("]}"u8);
                break;
            case ResponsesItemKind.Reasoning:
                json.Raw("\",\"type\":\"reasoning\",\"summary\":["u8);
                for (var i = 0; isWhole && i < PartCount; i++)
                {
                    if (i > 0) json.Raw(","u8);
                    _parts[i].WriteSummary(ref json);
                }
                json.Raw("]"u8);
                if (isWhole && Data.Length > 0)
                {
                    json.Raw(",\"encrypted_content\":\""u8);
                    json.Raw(Data.Span);
                    json.Raw("\""u8);
                }
                json.Raw("}"u8);
                break;
            case ResponsesItemKind.Image:
                json.Raw("\",\"type\":\"image_generation_call\",\"status\":\""u8);
                Status(ref json, isWhole);
                json.Raw("\",\"result\":"u8);
                if (isWhole)
                {
                    json.Raw("\""u8);
                    json.Raw(Data.Span);
                    json.Raw("\"}"u8);
                }
                else json.Raw("null}"u8);
                break;
            default:
                var isCustom = Kind == ResponsesItemKind.CustomCall;
                json.Raw(isCustom ? "\",\"type\":\"custom_tool_call\",\"status\":\""u8 : "\",\"type\":\"function_call\",\"status\":\""u8);
                Status(ref json, isWhole);
                json.Raw(isCustom ? "\",\"input\":\""u8 : "\",\"arguments\":\""u8);
                if (isWhole) json.Raw(_parts[0].Text.Span);
                json.Raw("\",\"call_id\":\""u8);
                json.Raw(CallId.Span);
                json.Raw("\",\"name\":\""u8);
                json.Raw(Name.Span);
                json.Raw("\"}"u8);
                break;
        }
    }

    private void Status(ref JsonOut json, bool isWhole) => json.Raw(!isWhole ? "in_progress"u8 : IsIncomplete ? "incomplete"u8 : "completed"u8);
}
