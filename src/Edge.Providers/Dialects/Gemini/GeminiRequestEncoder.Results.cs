using System.Text.Json;
using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Gemini;

public sealed partial class GeminiRequestEncoder
{
    // Calls of one turn whose results are sorted. The search is quadratic; no model makes so many.
    private const int MaxSorted = 256;

    private ref partial struct Body
    {
        // All results behind one turn: in the order of the turn's calls, then those that answer none of them. message is left on the last one.
        private bool Results(ref int message)
        {
            var messages = _request.Messages;
            var first = message;
            while (message + 1 < messages.Length && messages[message + 1].Role is ChatRole.Tool or ChatRole.System or ChatRole.Developer) message++;
            while (messages[message].Role != ChatRole.Tool) message--;
            var results = messages[first..(message + 1)];

            var turnEnd = first - 1;
            while (turnEnd >= 0 && messages[turnEnd].Role is ChatRole.System or ChatRole.Developer) turnEnd--;
            var turnStart = turnEnd;
            while (turnStart > 0 && messages[turnStart - 1].Role is ChatRole.Assistant or ChatRole.System or ChatRole.Developer) turnStart--;
            var calls = turnEnd < 0 || messages[turnEnd].Role != ChatRole.Assistant ? [] : _request.PartsOf(messages[turnStart], messages[turnEnd]);
            if (calls.Length > MaxSorted || results.Length > MaxSorted) return Fail("messages", "A turn must not have more than 256 parts or tool results.");

            // Each result once, even where some client gave two calls the same id.
            Span<bool> isWritten = stackalloc bool[results.Length];
            foreach (ref readonly var call in calls)
            {
                if (call.Kind != ChatPartKind.ToolCall) continue;
                for (var i = 0; i < results.Length; i++)
                {
                    if (isWritten[i] || !Answers(results[i], call)) continue;
                    isWritten[i] = true;
                    if (!Result(results[i], call.Name)) return false;
                    break;
                }
            }
            for (var i = 0; i < results.Length; i++)
            {
                ref readonly var result = ref results[i];
                if (result.Role != ChatRole.Tool || isWritten[i]) continue;
                if (NameOf(result, calls) is not { IsPresent: true } name)
                {
                    return Fail($"messages[{result.Position}].tool_call_id", "Must be the id of a call in the assistant's last turn before this message.");
                }
                if (!Result(result, name)) return false;
            }
            if (!_model.IsGemini3)
            {
                foreach (ref readonly var result in results)
                {
                    if (result.Role == ChatRole.Tool && !ResultMedia(result, inside: false)) return false;
                }
            }
            return true;
        }

        private readonly BodyRange NameOf(in ChatMessage result, ReadOnlySpan<ChatPart> calls)
        {
            foreach (ref readonly var call in calls)
            {
                if (call.Kind == ChatPartKind.ToolCall && Answers(result, call)) return call.Name;
            }
            return result.Name;
        }

        private readonly bool Answers(in ChatMessage result, in ChatPart call)
        {
            if (result.Role != ChatRole.Tool) return false;
            if (result.ToolCallId.IsPresent) return call.Id.IsPresent && Same(_request.Text(result.ToolCallId), _request.Text(call.Id));
            return result.CallNumber > 0 && result.CallNumber == call.CallNumber;
        }

        private bool Result(in ChatMessage result, BodyRange name)
        {
            OpenPart(Speaker.Functions, "\"functionResponse\":{"u8);
            if (!_isVertex && result.ToolCallId.IsPresent)
            {
                _json.Raw("\"id\":"u8);
                _json.String(_request.Text(result.ToolCallId));
                _json.Raw(","u8);
            }
            _json.Raw("\"name\":"u8);
            _json.String(_request.Text(name));
            _json.Raw(",\"response\":"u8);
            Response(result);
            if (_model.IsGemini3 && !ResultMedia(result, inside: true)) return false;
            _json.Raw("}"u8);
            return true;
        }

        // The response is an object by the API's definition, with "error" for what went wrong; a result that is one already goes as it is.
        private void Response(in ChatMessage result)
        {
            if (result.CacheControl.IsPresent) _dropped.Drop("cache_control");
            var texts = 0;
            BodyRange single = default;
            foreach (ref readonly var part in _request.PartsOf(result))
            {
                if (part.Kind != ChatPartKind.Text) continue;
                texts++;
                single = part.Text;
            }
            var kind = JsonTokenType.None;
            var json = texts == 1 ? Unescaped(_request.Text(single)).Trim(" \t\r\n"u8) : default;
            if (json is not [(byte)'{' or (byte)'[', ..] || !IsJson(json, out kind)) json = default;
            if (kind == JsonTokenType.StartObject && !result.IsError && !json.IsEmpty)
            {
                _json.Raw(json);
                return;
            }
            _json.Raw(result.IsError ? "{\"error\":"u8 : "{\"result\":"u8);
            if (!json.IsEmpty) _json.Raw(json);
            else Texts(result);
            _json.Raw("}"u8);
        }

        private void Texts(in ChatMessage result)
        {
            _json.Raw("\""u8);
            var any = false;
            foreach (ref readonly var part in _request.PartsOf(result))
            {
                if (part.Kind != ChatPartKind.Text || part.Text.Length == 0) continue;
                if (any) _json.Raw("\\n"u8);
                any = true;
                _json.Text(_request.Text(part.Text));
            }
            _json.Raw("\""u8);
        }

        // Gemini 3 takes media inside the response; before, they follow in a user content of their own.
        private bool ResultMedia(in ChatMessage result, bool inside)
        {
            var any = false;
            foreach (ref readonly var part in _request.PartsOf(result))
            {
                if (part.Kind is ChatPartKind.Text or ChatPartKind.Refusal) continue;
                if (!inside)
                {
                    if (!Media(result, part, Speaker.User)) return false;
                    continue;
                }
                if (!_request.TryMedia(part, out var mediaType, out var base64)) return FailPart(result, part, "Must be base64 or a data URL with base64 in a tool's result.");
                _json.Raw(any ? ",{\"inlineData\":"u8 : ",\"parts\":[{\"inlineData\":"u8);
                any = true;
                Blob(MediaType(part.Kind, mediaType), base64);
                _json.Raw("}"u8);
            }
            if (any) _json.Raw("]"u8);
            return true;
        }
    }
}
