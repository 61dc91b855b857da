using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

public static partial class OpenAiChatRequestDecoder
{
    /// <summary>Which calls the results of tools may answer: those of the assistant's last turn, as at every provider.</summary>
    private ref partial struct Decoder
    {
        // A turn of more parts than any model writes is not searched, because the search is quadratic; the provider checks all the same.
        private const int MaxSearched = 128;

        // Neighbouring assistant messages are one turn: some clients write parallel calls as a message each. System messages do not end it, they have no place in it.
        private void Turn(ChatRole role)
        {
            if (role == ChatRole.Assistant)
            {
                _turnEnd = _request.Messages.Length;
                if (_isAssistantsTurn) return;
                _isAssistantsTurn = true;
                _turnStart = _turnEnd;
                _answered = _numbered;
            }
            else if (role is not (ChatRole.System or ChatRole.Developer)) _isAssistantsTurn = false;
        }

        private readonly bool IsCalled(BodyRange id)
        {
            if (_turnStart < 0) return false;
            var parts = _request.PartsOf(_request.Messages[_turnStart], _request.Messages[_turnEnd]);
            if (parts.Length > MaxSearched) return true;
            var wanted = _request.Text(id);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == ChatPartKind.ToolCall && part.Id.IsPresent && Same(_request.Text(part.Id), wanted)) return true;
            }
            return false;
        }

        private static bool Same(JsonText a, JsonText b)
        {
            if (!a.IsEscaped) return b.Is(a.Bytes);
            if (!b.IsEscaped) return a.Is(b.Bytes);
            return a.Bytes.SequenceEqual(b.Bytes) || a.ToString() == b.ToString();
        }
    }
}
