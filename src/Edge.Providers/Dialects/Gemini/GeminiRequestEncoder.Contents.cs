using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

public sealed partial class GeminiRequestEncoder
{
    private enum Speaker : byte
    {
        Nobody,
        User,
        Model,

        /// <summary>Results of functions: a user content that holds nothing else, since the API counts its parts against the calls before it.</summary>
        Functions,
    }

    private ref partial struct Body
    {
        private bool Contents()
        {
            var messages = _request.Messages;
            for (var m = 0; m < messages.Length; m++)
            {
                ref readonly var message = ref messages[m];
                switch (message.Role)
                {
                    case ChatRole.System or ChatRole.Developer:
                        continue;
                    case ChatRole.Tool:
                        if (!Results(ref m)) return false;
                        continue;
                    case ChatRole.Assistant:
                        if (!ModelTurn(message)) return false;
                        continue;
                    default:
                        foreach (ref readonly var part in _request.PartsOf(message))
                        {
                            if (!UserPart(message, part)) return false;
                        }
                        continue;
                }
            }
            CloseContent();
            return _contents > 0 || Fail("messages", "Must hold at least one user, assistant or tool message with content.");
        }

        private bool UserPart(in ChatMessage message, in ChatPart part)
        {
            if (part.CacheControl.IsPresent) _dropped.Drop("cache_control");
            if (part.Kind is not (ChatPartKind.Text or ChatPartKind.Refusal)) return Media(message, part, Speaker.User);
            Text(Speaker.User, _request.Text(part.Text));
            return true;
        }

        private bool ModelTurn(in ChatMessage message)
        {
            foreach (ref readonly var part in _request.PartsOf(message))
            {
                if (part.CacheControl.IsPresent) _dropped.Drop("cache_control");
                switch (part.Kind)
                {
                    case ChatPartKind.Text or ChatPartKind.Refusal:
                        Text(Speaker.Model, _request.Text(part.Text));
                        if (part.Signature.IsPresent) Sign(_request.Text(part.Signature));
                        break;
                    case ChatPartKind.Thinking:
                        Thought(part);
                        break;
                    case ChatPartKind.RedactedThinking:
                        _dropped.Drop("messages.thinking_blocks");
                        break;
                    case ChatPartKind.ToolCall:
                        if (!Call(message, part)) return false;
                        break;
                    default:
                        if (!Media(message, part, Speaker.Model)) return false;
                        break;
                }
            }
            FlushSignature();
            if (_ending.IsEmpty) return true;
            Wait(SignedPart.Text, _ending);
            _ending = default;
            FlushSignature();
            return true;
        }

        private void Text(Speaker speaker, JsonText text)
        {
            // The API refuses empty texts.
            if (text.IsEmpty) return;
            OpenPart(speaker, "\"text\":"u8);
            _openPartIsText = true;
            _json.String(text);
            if (speaker == Speaker.Model && IsPending(SignedPart.Text)) WritePending();
        }

        // Reasoning that this family signed goes back as the thought that it was; any other means nothing to it.
        private void Thought(in ChatPart part)
        {
            if (!part.Signature.IsPresent || !GeminiSignatures.TryTake(_request.Text(part.Signature), out var kind, out var signature))
            {
                if (part.Text.Length > 0 || part.Signature.IsPresent) _dropped.Drop(part.Position < 0 ? "messages.reasoning_content" : "messages.thinking_blocks");
                return;
            }
            if (kind == SignedPart.End)
            {
                _ending = signature;
                return;
            }
            var isBehindItsText = kind == SignedPart.Text && part.Text.Length == 0 && _isPartOpen && _openPartIsText && _speaker == Speaker.Model;
            if (isBehindItsText)
            {
                Signature(signature);
                return;
            }
            FlushSignature();
            if (part.Text.Length > 0)
            {
                OpenPart(Speaker.Model, "\"thought\":true,\"text\":"u8);
                _json.String(_request.Text(part.Text));
            }
            Wait(kind, signature);
            if (kind == SignedPart.Thought) FlushSignature();
        }

        private bool Call(in ChatMessage message, in ChatPart part)
        {
            var own = part.Signature.IsPresent ? CallSignature(_request.Text(part.Signature)) : default;
            if (IsPending(SignedPart.Text)) FlushSignature();
            OpenPart(Speaker.Model, "\"functionCall\":{"u8);
            if (!_isVertex && part.Id.IsPresent)
            {
                _json.Raw("\"id\":"u8);
                _json.String(_request.Text(part.Id));
                _json.Raw(","u8);
            }
            _json.Raw("\"name\":"u8);
            _json.String(_request.Text(part.Name));
            _json.Raw(",\"args\":"u8);
            if (!Arguments(part)) return Fail(_request.PathOf(message, part), "Must be a string that holds a JSON object.");
            _json.Raw("}"u8);
            var isFirst = !_hasCall;
            _hasCall = true;
            if (!own.IsEmpty)
            {
                _pending = default;
                Signature(own);
            }
            else if (IsPending(SignedPart.Call)) WritePending();
            // Of the calls of one step Gemini 3 signs the first and checks that one.
            else if (isFirst && _model.IsGemini3) Signature(JsonText.Plain(GeminiSignatures.Dummy));
            return true;
        }

        // A decoder cannot tell a text's signature from a call's where both stand before the call: it is the mark that tells, and then it goes to the text.
        private JsonText CallSignature(JsonText given)
        {
            if (!GeminiSignatures.TryTake(given, out var kind, out var taken))
            {
                // Google's OpenAI interface has signatures of calls unmarked, and nobody else has any.
                return given.Bytes.IndexOf((byte)'.') < 0 ? given : default;
            }
            if (kind == SignedPart.Call) return taken;
            if (kind == SignedPart.End) _ending = taken;
            else if (_isPartOpen && _openPartIsText && _speaker == Speaker.Model) Signature(taken);
            else
            {
                FlushSignature();
                Wait(SignedPart.Text, taken);
            }
            return default;
        }

        private bool Arguments(in ChatPart part)
        {
            if (part.ArgumentsAreJson)
            {
                _json.Raw(_request.Raw(part.Text));
                return true;
            }
            var arguments = Unescaped(_request.Text(part.Text)).Trim(" \t\r\n"u8);
            if (arguments.IsEmpty)
            {
                _json.Raw("{}"u8);
                return true;
            }
            if (arguments[0] != '{' || !IsJson(arguments, out _)) return false;
            _json.Raw(arguments);
            return true;
        }

        private void Sign(JsonText marked)
        {
            if (!GeminiSignatures.TryTake(marked, out var kind, out var signature)) return;
            if (kind == SignedPart.End) _ending = signature;
            else if (_isPartOpen && _openPartIsText) Signature(signature);
            else Wait(kind, signature);
        }

        private readonly bool IsPending(SignedPart kind) => _pendingKind == kind && !_pending.IsEmpty;

        private void Wait(SignedPart kind, JsonText signature)
        {
            _pendingKind = kind;
            _pending = signature;
        }

        private void WritePending()
        {
            var signature = _pending;
            _pending = default;
            Signature(signature);
        }

        // The form in which the API itself streams a signature whose part has been said: an empty text.
        private void FlushSignature()
        {
            if (_pending.IsEmpty) return;
            if (_pendingKind == SignedPart.Thought && _isPartOpen && !_openPartIsText && _speaker == Speaker.Model)
            {
                WritePending();
                return;
            }
            OpenPart(Speaker.Model, "\"text\":\"\""u8);
            WritePending();
        }

        // The open part's last member; nothing else may sign it.
        private void Signature(JsonText signature)
        {
            _json.Raw(",\"thoughtSignature\":"u8);
            _json.String(signature);
            _openPartIsText = false;
            _json.Raw("}"u8);
            _isPartOpen = false;
        }

        private void OpenPart(Speaker speaker, scoped ReadOnlySpan<byte> begin)
        {
            ClosePart();
            if (_speaker == speaker) _json.Raw(",{"u8);
            else
            {
                CloseContent();
                if (_contents++ > 0) _json.Raw(","u8);
                _json.Raw(speaker == Speaker.Model ? "{\"role\":\"model\",\"parts\":[{"u8 : "{\"role\":\"user\",\"parts\":[{"u8);
                _speaker = speaker;
                _hasCall = false;
            }
            _json.Raw(begin);
            _isPartOpen = true;
            _openPartIsText = false;
        }

        private void ClosePart()
        {
            if (_isPartOpen) _json.Raw("}"u8);
            _isPartOpen = false;
        }

        private void CloseContent()
        {
            ClosePart();
            if (_speaker != Speaker.Nobody) _json.Raw("]}"u8);
            _speaker = Speaker.Nobody;
        }
    }
}
