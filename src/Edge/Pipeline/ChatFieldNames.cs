using Edge.Providers.Json;

namespace Edge.Pipeline;

/// <summary>Top-level members of a request body that the gateway reads. Those above <see cref="LastKept"/> are its own and never reach a provider.</summary>
[Flags]
public enum ChatField : ushort
{
    None = 0,
    Model = 1,
    Messages = 2,
    Stream = 4,
    StreamOptions = 8,
    N = 16,
    Prompt = 32,
    MaxTokens = 64,
    LastKept = MaxTokens,
    Routing = 128,
    Cache = 256,
    Safety = 512,
    Budget = 1024,
}

/// <summary>Names to fields.</summary>
public static class ChatFieldNames
{
    /// <summary>None for every member that only passes through.</summary>
    public static ChatField Find(JsonText name, BodyShape shape)
    {
        // Escapes in a member's name are legal and rare; "mod\u0065l" must not slip past the policy that reads "model".
        if (name.IsEscaped)
        {
            if (name.Bytes.Length > 128) return ChatField.None;
            Span<byte> buffer = stackalloc byte[128];
            return Find(JsonText.Plain(buffer[..name.Unescape(buffer)]), shape);
        }
        var bytes = name.Bytes;
        return bytes.Length switch
        {
            1 when bytes[0] == 'n' && shape is (BodyShape.Chat or BodyShape.Completions) => ChatField.N,
            5 when bytes.SequenceEqual("model"u8) => ChatField.Model,
            5 when bytes.SequenceEqual("cache"u8) => ChatField.Cache,
            6 when bytes.SequenceEqual("stream"u8) => ChatField.Stream,
            6 when shape == BodyShape.Completions && bytes.SequenceEqual("prompt"u8) => ChatField.Prompt,
            6 when bytes.SequenceEqual("safety"u8) => ChatField.Safety,
            6 when bytes.SequenceEqual("budget"u8) => ChatField.Budget,
            7 when bytes.SequenceEqual("routing"u8) => ChatField.Routing,
            8 when shape is (BodyShape.Chat or BodyShape.Messages or BodyShape.Count) && bytes.SequenceEqual("messages"u8) => ChatField.Messages,
            10 when shape == BodyShape.Messages && bytes.SequenceEqual("max_tokens"u8) => ChatField.MaxTokens,
            14 when shape is (BodyShape.Chat or BodyShape.Completions) && bytes.SequenceEqual("stream_options"u8) => ChatField.StreamOptions,
            _ => ChatField.None,
        };
    }
}
