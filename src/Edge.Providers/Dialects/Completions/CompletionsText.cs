using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Completions;

/// <summary>Pieces that the streamed and the whole form share. https://platform.openai.com/docs/api-reference/completions/object</summary>
internal static class CompletionsText
{
    /// <summary>Everything up to the choices.</summary>
    public static void Head(ref JsonOut json, JsonText id, JsonText model, long created, in ChatOutput settings)
    {
        json.Raw("{\"id\":\""u8);
        if (!id.Bytes.StartsWith("cmpl"u8)) json.Raw("cmpl-"u8);
        json.Text(id.IsEmpty ? JsonText.Plain(settings.FallbackId.Span) : id);
        json.Raw("\",\"object\":\"text_completion\",\"created\":"u8);
        json.Number(created > 0 ? created : settings.Created);
        json.Raw(",\"model\":"u8);
        json.String(model.IsEmpty ? JsonText.Plain(settings.FallbackModel.Span) : model);
        json.Raw(",\"choices\":["u8);
    }

    /// <summary>The three reasons that the dialect knows.</summary>
    public static ReadOnlySpan<byte> Finish(FinishReason reason) => reason switch
    {
        FinishReason.Length or FinishReason.ContextWindow or FinishReason.Pause or FinishReason.Other => "length"u8,
        FinishReason.ContentFilter => "content_filter"u8,
        _ => "stop"u8,
    };
}
