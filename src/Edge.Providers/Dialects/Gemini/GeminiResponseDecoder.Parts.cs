using System.Buffers.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

public sealed partial class GeminiResponseDecoder
{
    private void Content(GeminiCandidate candidate, ReadOnlySpan<byte> content, scoped ref GeminiBehind behind, IChatEventSink sink)
    {
        var reader = GeminiText.Reader(content);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            if (!reader.Is("parts"u8))
            {
                reader.Skip();
                continue;
            }
            if (!GeminiText.Enter(ref reader, JsonTokenType.StartArray)) continue;
            while (!IsClosed && GeminiText.NextObject(ref reader)) Part(candidate, content, ref reader, ref behind, sink);
            if (IsClosed) return;
        }
    }

    // The reader stands on the part's opening brace. Its members come in any order.
    private void Part(GeminiCandidate candidate, ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, scoped ref GeminiBehind behind, IChatEventSink sink)
    {
        JsonText text = default, signature = default;
        var (isThought, isText) = (false, false);
        ReadOnlySpan<byte> call = default, media = default, code = default;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("text"u8))
            {
                text = GeminiText.String(ref reader);
                isText = true;
            }
            else if (reader.Is("thought"u8)) isThought = GeminiText.Boolean(ref reader);
            else if (reader.Is("thoughtSignature"u8)) signature = GeminiText.String(ref reader);
            else if (reader.Is("functionCall"u8)) call = GeminiText.Raw(json, ref reader);
            else if (reader.Is("executableCode"u8) || reader.Is("codeExecutionResult"u8)) code = GeminiText.Raw(json, ref reader);
            else if (reader.Is("inlineData"u8)) media = GeminiText.Raw(json, ref reader);
            else reader.Skip();
        }
        if (call is [(byte)'{', ..])
        {
            behind.Push(candidate, _scratch, sink);
            Sign(candidate, sink);
            candidate.IsBehindCall = true;
            Call(candidate, call, signature, sink);
            return;
        }
        // What a thinking model sketches on the way is no part of the answer.
        if (media is [(byte)'{', ..] && !isThought)
        {
            Sign(candidate, sink);
            candidate.IsBehindCall = false;
            Media(candidate, media, sink);
        }
        if (code is [(byte)'{', ..] && !isThought)
        {
            Sign(candidate, sink);
            candidate.IsBehindCall = false;
            // To the client it is text, and as the signature of a text its signature comes back.
            isText = GeminiCode.Push(candidate, code, sink);
        }
        if (!text.IsEmpty)
        {
            Sign(candidate, sink);
            candidate.IsBehindCall = false;
            if (isThought) sink.Thinking(candidate.Index, text);
            else
            {
                candidate.Remember(text);
                sink.Text(candidate.Index, text);
            }
        }
        if (signature.IsEmpty || (!isText && media.IsEmpty)) return;
        Sign(candidate, sink);
        var marked = Mark(signature, isThought ? GeminiSignatures.OfThought : candidate.IsBehindCall ? GeminiSignatures.OfEnd : GeminiSignatures.OfText);
        candidate.IsSignatureEscaped = marked.IsEscaped;
        candidate.Signature.Append(marked.Bytes);
        if (isThought) Sign(candidate, sink);
    }

    private static void Sign(GeminiCandidate candidate, IChatEventSink sink)
    {
        if (candidate.Signature.Length == 0) return;
        sink.ThinkingSignature(candidate.Index, new(candidate.Signature.Span, candidate.IsSignatureEscaped));
        candidate.Signature.Clear();
    }

    private void Call(GeminiCandidate candidate, ReadOnlySpan<byte> json, JsonText signature, IChatEventSink sink)
    {
        JsonText id = default, name = default;
        ReadOnlySpan<byte> arguments = default, partial = default;
        var continues = false;
        var reader = GeminiText.Reader(json);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("name"u8)) name = GeminiText.String(ref reader);
            else if (reader.Is("args"u8)) arguments = GeminiText.Raw(json, ref reader);
            else if (reader.Is("id"u8)) id = GeminiText.String(ref reader);
            else if (reader.Is("partialArgs"u8)) partial = GeminiText.Raw(json, ref reader);
            else if (reader.Is("willContinue"u8)) continues = GeminiText.Boolean(ref reader);
            else reader.Skip();
        }
        if (!name.IsEmpty)
        {
            if (_calls == AnswerLimits.MaxCalls)
            {
                Fail(Malformed(AnswerLimits.TooManyCalls), sink);
                return;
            }
            if (candidate.IsCallOpen) CloseCall(candidate, sink);
            Start(candidate, id, name, sink);
            if (!signature.IsEmpty) sink.ToolCallSignature(candidate.Index, candidate.Calls - 1, Mark(signature, default));
        }
        else if (!candidate.IsCallOpen) return;
        if (arguments is [(byte)'{', ..])
        {
            candidate.IsCallOpen = false;
            sink.ToolCallArguments(candidate.Index, candidate.Calls - 1, JsonText.Plain(Compact(arguments)));
            return;
        }
        if (partial is [(byte)'[', ..] && !Partial(candidate, partial, sink)) return;
        if (!continues) CloseCall(candidate, sink);
    }

    private void Start(GeminiCandidate candidate, JsonText id, JsonText name, IChatEventSink sink)
    {
        var (call, number) = (candidate.Calls++, _calls++);
        candidate.IsCallOpen = true;
        candidate.Arguments.Clear();
        // Where the answer has no id either, nothing here differs from one turn to the next: the encoder makes the id of the gateway's own.
        if (!id.IsEmpty || _idSeed == 0)
        {
            sink.ToolCallStart(candidate.Index, call, id, name);
            return;
        }
        // Unlike those of any other answer of the conversation, and short enough for OpenAI's limit of 40.
        Span<byte> made = stackalloc byte[40];
        "call_"u8.CopyTo(made);
        var length = 5;
        Utf8Formatter.TryFormat(_idSeed, made[length..], out var written, new System.Buffers.StandardFormat('x', 16));
        length += written;
        Utf8Formatter.TryFormat(number, made[length..], out written);
        sink.ToolCallStart(candidate.Index, call, JsonText.Plain(made[..(length + written)]), name);
    }

    private bool Partial(GeminiCandidate candidate, ReadOnlySpan<byte> array, IChatEventSink sink)
    {
        _scratch.Clear();
        var reader = GeminiText.Reader(array);
        reader.Read();
        while (GeminiText.NextObject(ref reader))
        {
            JsonText path = default, text = default;
            ReadOnlySpan<byte> raw = default;
            var (isText, isNull, continues) = (false, false, false);
            while (GeminiText.NextMember(ref reader))
            {
                if (reader.Is("jsonPath"u8)) path = GeminiText.String(ref reader);
                else if (reader.Is("stringValue"u8))
                {
                    text = GeminiText.String(ref reader);
                    isText = true;
                }
                else if (reader.Is("numberValue"u8) || reader.Is("boolValue"u8)) raw = GeminiText.Raw(array, ref reader);
                else if (reader.Is("willContinue"u8)) continues = GeminiText.Boolean(ref reader);
                else
                {
                    isNull |= reader.Is("nullValue"u8);
                    reader.Skip();
                }
            }
            if (isNull) raw = "null"u8;
            if (path.IsEmpty || (raw.IsEmpty && !isText)) continue;
            if (candidate.Arguments.TryAdd(path, raw, text, isText, continues, _scratch)) continue;
            Fail(Malformed("A function's streamed arguments do not fit together."), sink);
            return false;
        }
        if (_scratch.Length > 0) sink.ToolCallArguments(candidate.Index, candidate.Calls - 1, JsonText.Plain(_scratch.Span));
        return true;
    }

    private void CloseCall(GeminiCandidate candidate, IChatEventSink sink)
    {
        _scratch.Clear();
        candidate.Arguments.Close(_scratch);
        candidate.IsCallOpen = false;
        sink.ToolCallArguments(candidate.Index, candidate.Calls - 1, JsonText.Plain(_scratch.Span));
    }

    private static void Media(GeminiCandidate candidate, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        JsonText mediaType = default, data = default;
        var reader = GeminiText.Reader(json);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("mimeType"u8)) mediaType = GeminiText.String(ref reader);
            else if (reader.Is("data"u8)) data = GeminiText.String(ref reader);
            else reader.Skip();
        }
        if (!data.IsEmpty) sink.Media(candidate.Index, mediaType, data);
    }

    private JsonText Mark(JsonText signature, ReadOnlySpan<byte> kind)
    {
        _scratch.Clear();
        _scratch.Append(SignatureOrigin.Gemini);
        _scratch.Append(kind);
        _scratch.Append(signature.Bytes);
        return new(_scratch.Span, signature.IsEscaped);
    }

    // Whole answers come indented; everywhere else a call's arguments are compact, and clients show them.
    private ReadOnlySpan<byte> Compact(ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAny(" \t\r\n"u8) < 0) return json;
        _scratch.Clear();
        while (!json.IsEmpty)
        {
            var length = json.IndexOfAny("\" \t\r\n"u8);
            if (length < 0) length = json.Length;
            _scratch.Append(json[..length]);
            json = json[length..];
            if (json is not [(byte)'"', ..])
            {
                json = json.TrimStart(" \t\r\n"u8);
                continue;
            }
            length = StringLength(json);
            _scratch.Append(json[..length]);
            json = json[length..];
        }
        return _scratch.Span;
    }

    // Of the string that begins there, quotes included.
    private static int StringLength(ReadOnlySpan<byte> json)
    {
        var at = 1;
        while (true)
        {
            at += json[at..].IndexOfAny("\"\\"u8);
            if (json[at] == '"') return at + 1;
            at += 2;
        }
    }
}
