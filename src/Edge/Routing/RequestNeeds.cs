using Edge.Providers;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Routing;

/// <summary>What a request asks of a target, found in one walk over its body. Only computed where there is something to choose.</summary>
public readonly struct RequestNeeds
{
    // An image of a usual size; the exact figure depends on model and detail.
    private const long TokensOfImage = 1000;

    // Of prose in Latin letters a token has about four bytes; of other scripts fewer characters, but more bytes each.
    private const int BytesPerToken = 4;

    public Capability Capabilities { get; init; }

    /// <summary>Estimated, media left out but for a lump sum each.</summary>
    public long InputTokens { get; init; }

    /// <summary>What the client allows; 0 = it names no limit.</summary>
    public long MaxOutputTokens { get; init; }

    public bool Has(Capability one) => (Capabilities & one) != 0;

    /// <summary>Of a body of any of the client's chat dialects.</summary>
    public static RequestNeeds Of(JsonValue root)
    {
        var walk = new Walk();
        foreach (var member in root.Members)
        {
            var value = member.Value;
            var name = member.Name;
            if (name.Is("messages"u8) || name.Is("input"u8)) walk.Messages(value);
            else if (name.Is("system"u8) || name.Is("prompt"u8) || name.Is("instructions"u8)) walk.Content(value);
            else if (name.Is("tools"u8) || name.Is("functions"u8)) walk.Tools(value);
            else if (name.Is("response_format"u8)) walk.Format(value);
            else if (name.Is("text"u8) && value.Kind == JsonKind.Object) walk.Format(value["format"u8]);
            else if (name.Is("output_config"u8) && value.Kind == JsonKind.Object) walk.Format(value["format"u8]);
            else if (name.Is("n"u8) && value.TryGetInt64(out var n) && n > 1) walk.Found |= Capability.SeveralChoices;
            else if (name.Is("logprobs"u8) && value.Kind == JsonKind.True) walk.Found |= Capability.Logprobs;
            else if (name.Is("max_tokens"u8) || name.Is("max_completion_tokens"u8) || name.Is("max_output_tokens"u8)) walk.Limit(value);
        }
        return new RequestNeeds { Capabilities = walk.Found, InputTokens = (walk.Bytes / BytesPerToken) + walk.Media, MaxOutputTokens = walk.Most };
    }

    private ref struct Walk
    {
        // Nested tool results end; the body's depth is bounded all the same.
        private const int MaxDepth = 8;

        public Capability Found;
        public long Bytes;
        public long Media;
        public long Most;

        public void Limit(JsonValue value)
        {
            if (value.TryGetInt64(out var most) && most > 0) Most = Math.Max(Most, most);
        }

        public void Tools(JsonValue value)
        {
            if (value.Kind != JsonKind.Array || value.Token.Length <= 2) return;
            Found |= Capability.Tools;
            Bytes += value.Token.Length;
        }

        public void Format(JsonValue value)
        {
            if (value.Kind != JsonKind.Object) return;
            var type = value["type"u8].RawText;
            if (type.SequenceEqual("json_schema"u8)) Found |= Capability.JsonSchema;
            else if (type.SequenceEqual("json_object"u8)) Found |= Capability.JsonObject;
        }

        public void Messages(JsonValue value)
        {
            Bytes += Text(value);
            if (value.Kind != JsonKind.Array) return;
            foreach (var message in value.Elements)
            {
                Bytes += Text(message);
                if (message.Kind != JsonKind.Object) continue;
                Content(message["content"u8]);
                Bytes += Text(message["arguments"u8]) + Text(message["output"u8]);
                if (message["tool_calls"u8] is { Kind: JsonKind.Array } calls) Bytes += calls.Token.Length;
            }
        }

        public void Content(JsonValue value, int depth = 0)
        {
            Bytes += Text(value);
            if (value.Kind != JsonKind.Array || depth > MaxDepth) return;
            foreach (var part in value.Elements)
            {
                Bytes += Text(part);
                if (part.Kind == JsonKind.Object) Part(part, depth);
            }
        }

        private void Part(JsonValue part, int depth)
        {
            var type = part["type"u8].RawText;
            if (type.SequenceEqual("image_url"u8) || type.SequenceEqual("image"u8) || type.SequenceEqual("input_image"u8))
            {
                Found |= Capability.Vision;
                Media += TokensOfImage;
            }
            else if (type.SequenceEqual("input_audio"u8))
            {
                Found |= Capability.AudioInput;
                Media += TokensOfImage;
            }
            else if (type.SequenceEqual("file"u8) || type.SequenceEqual("input_file"u8) || type.SequenceEqual("document"u8))
            {
                if (!part["source"u8]["type"u8].RawText.SequenceEqual("text"u8)) Found |= Capability.Pdf;
                Media += TokensOfImage;
            }
            else
            {
                Bytes += Text(part["text"u8]);
                if (part["input"u8] is { Kind: JsonKind.Object } input) Bytes += input.Token.Length;
                Content(part["content"u8], depth + 1);
            }
        }

        // A \uXXXX is one character, of two bytes more often than of three.
        private static int Text(JsonValue value)
        {
            if (value.Kind != JsonKind.String) return 0;
            var text = value.RawText;
            return value.Token.Escaped ? text.Length - (4 * text.Count("\\u"u8)) : text.Length;
        }
    }
}
