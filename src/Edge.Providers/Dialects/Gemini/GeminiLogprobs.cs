using System.Globalization;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// <c>logprobsResult</c> -> the elements of OpenAI's <c>logprobs.content</c>: <c>chosenCandidates[i]</c> is a token, <c>topCandidates[i].candidates</c> are its
/// alternatives. https://ai.google.dev/api/generate-content#LogprobsResult
/// </summary>
internal static class GeminiLogprobs
{
    public static void Push(int choice, ReadOnlySpan<byte> json, ByteBuffer scratch, IChatEventSink sink)
    {
        ReadOnlySpan<byte> chosen = default, top = default;
        var reader = GeminiText.Reader(json);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("chosenCandidates"u8)) chosen = GeminiText.Raw(json, ref reader);
            else if (reader.Is("topCandidates"u8)) top = GeminiText.Raw(json, ref reader);
            else reader.Skip();
        }
        if (chosen is not [(byte)'[', ..]) return;
        scratch.Clear();
        var output = new JsonOut(scratch);
        var tokens = GeminiText.Reader(chosen);
        tokens.Read();
        var alternatives = GeminiText.Reader(top is [(byte)'[', ..] ? top : "[]"u8);
        alternatives.Read();
        var any = false;
        while (GeminiText.NextObject(ref tokens))
        {
            if (any) output.Raw(","u8);
            any = true;
            Token(ref tokens, ref output);
            output.Raw(",\"top_logprobs\":["u8);
            if (GeminiText.NextObject(ref alternatives)) Alternatives(ref alternatives, ref output);
            output.Raw("]}"u8);
        }
        output.Flush();
        if (any) sink.Logprobs(choice, scratch.Span);
    }

    private static void Alternatives(scoped ref Utf8JsonReader reader, ref JsonOut output)
    {
        var any = false;
        while (GeminiText.NextMember(ref reader))
        {
            if (!reader.Is("candidates"u8))
            {
                reader.Skip();
                continue;
            }
            if (!GeminiText.Enter(ref reader, JsonTokenType.StartArray)) continue;
            while (GeminiText.NextObject(ref reader))
            {
                if (any) output.Raw(","u8);
                any = true;
                Token(ref reader, ref output);
                output.Raw("}"u8);
            }
        }
    }

    // {"token":"Hi","logprob":-0.1,"bytes":[72,105] and no closing brace.
    private static void Token(scoped ref Utf8JsonReader reader, ref JsonOut output)
    {
        JsonText token = default;
        var logprob = 0.0;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("token"u8)) token = GeminiText.String(ref reader);
            else if (reader.Is("logProbability"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number) double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out logprob);
                reader.Skip();
            }
            else reader.Skip();
        }
        output.Raw("{\"token\":"u8);
        output.String(token);
        output.Raw(",\"logprob\":"u8);
        output.Number(double.IsFinite(logprob) ? logprob : -9999);
        output.Raw(",\"bytes\":["u8);
        var bytes = token.Bytes.Length <= 256 ? stackalloc byte[token.Bytes.Length] : new byte[token.Bytes.Length];
        bytes = bytes[..token.Unescape(bytes)];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i > 0) output.Raw(","u8);
            output.Number((long)bytes[i]);
        }
        output.Raw("]"u8);
    }
}
