using Edge.Providers.Json;

namespace Edge.Pipeline;

/// <summary>Top-level members of a chat completions body that the gateway reads. Those above <see cref="LastKept"/> are its own and never reach a provider.</summary>
[Flags]
public enum ChatField : ushort
{
    None = 0,
    Model = 1,
    Messages = 2,
    Stream = 4,
    StreamOptions = 8,
    N = 16,
    LastKept = N,
    Routing = 32,
    Cache = 64,
    Safety = 128,
    Budget = 256,
}

/// <summary>Names to fields.</summary>
public static class ChatFieldNames
{
    /// <summary>None for every member that only passes through.</summary>
    public static ChatField Find(JsonText name)
    {
        // Escapes in a member's name are legal and rare; "mod\u0065l" must not slip past the policy that reads "model".
        if (name.IsEscaped)
        {
            if (name.Bytes.Length > 128) return ChatField.None;
            Span<byte> buffer = stackalloc byte[128];
            return Find(JsonText.Plain(buffer[..name.Unescape(buffer)]));
        }
        var bytes = name.Bytes;
        return bytes.Length switch
        {
            1 when bytes[0] == 'n' => ChatField.N,
            5 when bytes.SequenceEqual("model"u8) => ChatField.Model,
            5 when bytes.SequenceEqual("cache"u8) => ChatField.Cache,
            6 when bytes.SequenceEqual("stream"u8) => ChatField.Stream,
            6 when bytes.SequenceEqual("safety"u8) => ChatField.Safety,
            6 when bytes.SequenceEqual("budget"u8) => ChatField.Budget,
            7 when bytes.SequenceEqual("routing"u8) => ChatField.Routing,
            8 when bytes.SequenceEqual("messages"u8) => ChatField.Messages,
            14 when bytes.SequenceEqual("stream_options"u8) => ChatField.StreamOptions,
            _ => ChatField.None,
        };
    }
}
