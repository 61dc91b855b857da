using System.Buffers;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>What the encoders of a chat answer must know of the request, in the form of <see cref="ChatOutput.Echo"/>: which tools are custom, for a call of one has another shape. Nothing of it is written.</summary>
public static class OpenAiChatEcho
{
    /// <summary>Writes <c>"tools":[{"type":"custom","name":".."}],</c>, or nothing where no tool is custom.</summary>
    /// <param name="root">The request's root value; valid according to <see cref="OpenAiChatRequestDecoder"/>.</param>
    /// <param name="output">Takes the member.</param>
    public static void Write(JsonValue root, IBufferWriter<byte> output)
    {
        var json = new JsonOut(output);
        var any = false;
        foreach (var tool in root["tools"u8].Elements)
        {
            if (!tool["type"u8].IsString("custom"u8)) continue;
            json.Raw(any ? ",{\"type\":\"custom\",\"name\":"u8 : "\"tools\":[{\"type\":\"custom\",\"name\":"u8);
            any = true;
            json.String(tool["custom"u8]["name"u8].Text);
            json.Raw("}"u8);
        }
        if (any) json.Raw("],"u8);
        json.Flush();
    }
}
