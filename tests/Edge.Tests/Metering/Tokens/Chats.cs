using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;
using Edge.Simd.Json;

namespace Edge.Tests.Metering.Tokens;

internal static class Chats
{
    /// <summary>A chat-completions body, which must be right.</summary>
    public static ChatRequest Decode(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var request = new ChatRequest();
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(body, 64, 100_000, out _), "the body is JSON");
        Assert.True(OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out var error), error?.Message);
        return request;
    }
}
