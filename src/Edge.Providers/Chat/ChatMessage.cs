namespace Edge.Providers.Chat;

public enum ChatRole : byte
{
    System,
    Developer,
    User,
    Assistant,

    /// <summary>The result of a tool call, one message each. A dialect that packs results into a user message takes them apart.</summary>
    Tool,
}

/// <summary>One turn of the conversation.</summary>
public struct ChatMessage
{
    public ChatRole Role;

    /// <summary>Its place in the client's own array, for error texts.</summary>
    public int Position;

    /// <summary>Where one message of the client's holds several turns (Anthropic's tool results): the block that this one was, for error texts.</summary>
    public int Block;

    /// <summary>The participant's name; of a tool message the tool's.</summary>
    public BodyRange Name;

    /// <summary>Of a tool message: the call that it answers; absent where calls have no ids, then <see cref="CallNumber"/> says which.</summary>
    public BodyRange ToolCallId;

    /// <summary>Of a tool message without <see cref="ToolCallId"/>: the <see cref="ChatPart.CallNumber"/> of the call that it answers.</summary>
    public int CallNumber;

    /// <summary>Of a tool message: the tool failed.</summary>
    public bool IsError;

    /// <summary>Raw JSON of Anthropic's cache mark for the whole message.</summary>
    public BodyRange CacheControl;

    /// <summary>Index of its first part among the request's parts.</summary>
    public int FirstPart;

    public int PartCount;
}

public enum ChatPartKind : byte
{
    Text,
    Refusal,
    Image,
    Audio,
    File,

    /// <summary>Visible reasoning of an earlier turn, with the signature under which the provider takes it back.</summary>
    Thinking,

    /// <summary>An encrypted reasoning block.</summary>
    RedactedThinking,

    /// <summary>A call of a tool by the assistant.</summary>
    ToolCall,
}

/// <summary>How a part holds its media.</summary>
public enum ChatSource : byte
{
    /// <summary>A URL, which may be a <c>data:</c> URL.</summary>
    Url,

    /// <summary>Base64; the media type stands apart.</summary>
    Base64,

    /// <summary>The id of a file at some provider.</summary>
    FileId,

    /// <summary>A document's text as it is.</summary>
    Text,
}

public enum ImageDetail : byte
{
    Unset,
    Auto,
    Low,
    High,
}

/// <summary>One piece of a message. Which fields count depends on its kind.</summary>
public struct ChatPart
{
    public ChatPartKind Kind;

    /// <summary>Image, audio and file: what <see cref="Text"/> is.</summary>
    public ChatSource Source;

    /// <summary>Image alone.</summary>
    public ImageDetail Detail;

    /// <summary>Tool call alone: <see cref="Text"/> is the raw JSON of the arguments, not a string that holds it.</summary>
    public bool ArgumentsAreJson;

    /// <summary>Its place in the client's own array (of parts, calls or thinking blocks); -1 = the content is no array.</summary>
    public int Position;

    /// <summary>The text; the URL, base64 or file id; the reasoning; the encrypted block; the call's arguments.</summary>
    public BodyRange Text;

    /// <summary>The called tool; the file's name.</summary>
    public BodyRange Name;

    /// <summary>The call's id; absent where the client's dialect has none, then <see cref="CallNumber"/> stands for it.</summary>
    public BodyRange Id;

    /// <summary>Of a call without an id: 1, 2, 3 ... within the request.</summary>
    public int CallNumber;

    /// <summary>The media type of base64 data; the format of audio (<c>wav</c>, <c>mp3</c>).</summary>
    public BodyRange MediaType;

    /// <summary>The reasoning's signature; of a text or a tool call the provider's opaque state that goes back with it. See <see cref="SignatureOrigin"/>.</summary>
    public BodyRange Signature;

    /// <summary>Of a file: the client wants citations of it.</summary>
    public bool Citations;

    /// <summary>Number from 1 of the <see cref="ChatAttachment"/> that was fetched for the URL; 0 = none.</summary>
    public int Attachment;

    /// <summary>Raw JSON of Anthropic's cache mark.</summary>
    public BodyRange CacheControl;
}
