using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Json;
using Edge.Providers.Wire;

namespace Edge.Cache;

/// <summary>Reads along what passes to the client as bytes, to take it down. Without a cache there is none, and nothing is read.</summary>
internal static class PassThroughFill
{
    /// <summary>Of an answer that is about to pass; null = it is not taken down.</summary>
    public static IChatResponseDecoder? Begin(RequestContext context)
    {
        if (context.Cache is not { IsRecording: true } cache) return null;
        // No decoder reads OpenAI's legacy completions: they pass, and nobody can have them too.
        if (ChatDialects.Of(context.Wire) is null) return null;
        cache.Recorder.Restart();
        return context.Codecs.Decoder(context.Wire);
    }

    public static void Event(RequestContext context, IChatResponseDecoder decoder, in WireEvent wire)
    {
        if (wire.HasData && !decoder.IsClosed) decoder.Push(wire.Type, wire.Data, context.Cache!.Recorder);
    }

    /// <summary>The end came without its mark.</summary>
    public static void End(RequestContext context, IChatResponseDecoder decoder)
    {
        if (!decoder.IsClosed) decoder.TryEnd(context.Cache!.Recorder);
    }

    /// <summary>A whole answer, which is about to go out.</summary>
    public static void Whole(RequestContext context, JsonValue answer)
    {
        if (Begin(context) is not { } decoder) return;
        decoder.Whole(answer, context.Cache!.Recorder);
        context.Cache.Publish(context, isOut: false);
    }
}
