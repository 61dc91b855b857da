using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

public sealed partial class ResponsesDecoder
{
    private void Begin(ref Item item, scoped in ResponsesItemFrame given, IChatEventSink sink)
    {
        if (item.Call == 0) Announce(ref item, given, sink);
        if (item.Call == 0 || item.HasSignature || given.ThoughtSignature.IsEmpty) return;
        item.HasSignature = true;
        _scratch.Clear();
        _scratch.Append(SignatureOrigin.Gemini);
        _scratch.Append(given.ThoughtSignature.Bytes);
        sink.ToolCallSignature(0, item.Call - 1, new JsonText(_scratch.Span, given.ThoughtSignature.IsEscaped));
    }

    private void Announce(ref Item item, scoped in ResponsesItemFrame given, IChatEventSink sink)
    {
        if (!(given.Type.Is("function_call"u8) || given.Type.Is("custom_tool_call"u8))) return;
        item.Call = ++_calls;
        sink.ToolCallStart(0, item.Call - 1, given.CallId, given.Name);
    }

    // The item as a whole: what was not streamed of it is said now.
    private void Complete(ref Item item, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        if (item.IsDone) return;
        item.IsDone = true;
        var given = ResponsesItemFrame.Read(json);
        Begin(ref item, given, sink);
        if (given.Type.Is("message"u8)) Message(ref item, given.Content, sink);
        else if (given.Type.Is("reasoning"u8)) Reasoning(ref item, given, sink);
        else if (given.Type.Is("function_call"u8))
        {
            // A call that needs none has an empty object of them everywhere else; of one that was cut off nobody knows.
            var arguments = given.Arguments.IsEmpty && !given.IsIncomplete ? JsonText.Plain("{}"u8) : given.Arguments;
            if (!item.HasArguments && !arguments.IsEmpty) sink.ToolCallArguments(0, item.Call - 1, arguments);
        }
        else if (given.Type.Is("custom_tool_call"u8))
        {
            // The text in its escaped form is what stands within the arguments' JSON, so there it is plain.
            sink.ToolCallArguments(0, item.Call - 1, JsonText.Plain(CustomTools.Before));
            if (!given.Input.IsEmpty) sink.ToolCallArguments(0, item.Call - 1, JsonText.Plain(given.Input.Bytes));
            sink.ToolCallArguments(0, item.Call - 1, JsonText.Plain(CustomTools.Behind));
        }
        else if (given.Type.Is("image_generation_call"u8) && !given.Result.IsEmpty)
        {
            sink.Media(0, JsonText.Plain(given.Format.Is("jpeg"u8) ? "image/jpeg"u8 : given.Format.Is("webp"u8) ? "image/webp"u8 : "image/png"u8), given.Result);
        }
    }

    private void Message(ref Item item, ReadOnlySpan<byte> content, IChatEventSink sink)
    {
        if (content.IsEmpty) return;
        var (wasStreamed, wasCited) = (item.HasText, item.HasCitations);
        var reader = new Utf8JsonReader(content, ResponsesFrame.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var part = ResponsesPartFrame.Read(content, ref reader);
            if (!wasStreamed)
            {
                if (part.Type.Is("output_text"u8)) Text(ref item, part.Text, sink);
                else if (!part.Refusal.IsEmpty) sink.Refusal(0, part.Refusal);
                Logprobs(part.Logprobs, sink);
            }
            if (!wasCited && !part.Annotations.IsEmpty) Citations(part.Annotations, sink);
        }
    }

    private void Reasoning(ref Item item, scoped in ResponsesItemFrame given, IChatEventSink sink)
    {
        if (!item.HasThinking && !item.HasSummary && !Texts(given.Content, sink)) Texts(given.Summary, sink);
        var encrypted = given.Encrypted;
        if (encrypted.IsEmpty) return;
        // Another gateway of our kind may stand between: then the state is marked already.
        if (encrypted.Bytes.StartsWith(ResponsesReasoning.Anthropic)) sink.ThinkingSignature(0, Behind(encrypted, ResponsesReasoning.Anthropic.Length));
        else if (encrypted.Bytes.StartsWith(ResponsesReasoning.Redacted)) sink.RedactedThinking(0, Behind(encrypted, ResponsesReasoning.Redacted.Length));
        else if (encrypted.Bytes.StartsWith(ResponsesReasoning.Call))
        {
            if (_calls > 0 && ResponsesReasoning.TryReadCallMark(encrypted.Bytes, out _, out var signature)) sink.ToolCallSignature(0, _calls - 1, new JsonText(encrypted.Bytes[signature], encrypted.IsEscaped));
        }
        else if (encrypted.Bytes.StartsWith(SignatureOrigin.Gemini)) sink.ThinkingSignature(0, encrypted);
        else
        {
            _scratch.Clear();
            _scratch.Append(SignatureOrigin.OpenAi);
            _scratch.Append(encrypted.Bytes);
            sink.ThinkingSignature(0, new JsonText(_scratch.Span, encrypted.IsEscaped));
        }
    }

    private static bool Texts(ReadOnlySpan<byte> list, IChatEventSink sink)
    {
        if (list.IsEmpty) return false;
        var any = false;
        var reader = new Utf8JsonReader(list, ResponsesFrame.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var part = ResponsesPartFrame.Read(list, ref reader);
            if (part.Text.IsEmpty) continue;
            if (any) sink.Thinking(0, new JsonText("\\n\\n"u8, isEscaped: true));
            any = true;
            sink.Thinking(0, part.Text);
        }
        return any;
    }

    private void Citations(ReadOnlySpan<byte> list, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(list, ResponsesFrame.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            Citation(list[start..(int)reader.BytesConsumed], sink);
        }
    }

    private void Citation(ReadOnlySpan<byte> annotation, IChatEventSink sink)
    {
        var reader = new Utf8JsonReader(annotation, ResponsesFrame.Options);
        reader.Read();
        var given = ResponsesPartFrame.Read(annotation, ref reader);
        // file_path points at a file that a built-in tool made.
        if (given.Url.IsEmpty && given.Title.IsEmpty) return;
        // Counted from the part's beginning here, from the choice's there: the same in the first text alone.
        var isPlaced = _texts <= 1 && given is { Start: >= 0 and <= int.MaxValue, End: >= 0 and <= int.MaxValue };
        sink.Citation(0, new ChatCitation
        {
            Url = given.Url,
            Title = given.Title,
            Start = isPlaced ? (int)given.Start : -1,
            End = isPlaced ? (int)given.End : -1,
            Document = -1,
        });
    }

    private static void Logprobs(ReadOnlySpan<byte> array, IChatEventSink sink)
    {
        if (array.Length <= 2) return;
        var tokens = array[1..^1].Trim(" \t\r\n"u8);
        if (!tokens.IsEmpty) sink.Logprobs(0, tokens);
    }

    private static JsonText Behind(JsonText text, int length) => new(text.Bytes[length..], text.IsEscaped);
}
