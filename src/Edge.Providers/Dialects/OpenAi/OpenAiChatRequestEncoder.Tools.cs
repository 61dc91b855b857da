using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

public sealed partial class OpenAiChatRequestEncoder
{
    private ref partial struct Body
    {
        private void Tools()
        {
            var choice = _request.ToolChoice;
            // The limit has a form of its own at OpenAI, which keeps the list and thus the cached prompt; elsewhere the list itself is shortened.
            var shortens = choice.IsLimited && !Has(ChatTraits.OpenAi);
            var any = false;
            foreach (ref readonly var tool in _request.Tools)
            {
                if (shortens && !IsAllowed(tool)) continue;
                Member(any ? ",{\"type\":\"function\",\"function\":{\"name\":"u8 : ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"u8, tool.Name);
                any = true;
                if (tool.Description.Length > 0) Member(",\"description\":"u8, tool.Description);
                if (tool.Parameters.IsPresent) RawMember(",\"parameters\":"u8, tool.Parameters);
                if (tool.Strict is { } strict) Flag(",\"strict\":"u8, strict);
                _json.Raw("}"u8);
                if (tool.CacheControl.IsPresent && Has(ChatTraits.CacheControl)) RawMember(",\"cache_control\":"u8, tool.CacheControl);
                _json.Raw("}"u8);
            }
            if (!any)
            {
                // Without tools a choice among them is refused.
                if (choice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named) _dropped.Drop("tool_choice");
                return;
            }
            _json.Raw("]"u8);
            Choice(choice);
            if (_request.ParallelToolCalls is not { } parallel) return;
            // The o-series refuses the field.
            if (!_model.IsO) Flag(",\"parallel_tool_calls\":"u8, parallel);
            else if (!parallel) _dropped.Drop("parallel_tool_calls");
        }

        private void Choice(in ToolChoice choice)
        {
            var isRequired = choice.Mode == ToolChoiceMode.Required;
            if (choice.IsLimited && Has(ChatTraits.OpenAi) && choice.Mode is ToolChoiceMode.Auto or ToolChoiceMode.Required)
            {
                _json.Raw(isRequired
                    ? ",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":["u8
                    : ",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":["u8);
                var any = false;
                foreach (var name in _request.AllowedTools)
                {
                    Member(any ? ",{\"type\":\"function\",\"function\":{\"name\":"u8 : "{\"type\":\"function\",\"function\":{\"name\":"u8, name);
                    _json.Raw("}}"u8);
                    any = true;
                }
                _json.Raw("]}}"u8);
                return;
            }
            switch (choice.Mode)
            {
                case ToolChoiceMode.None:
                    _json.Raw(",\"tool_choice\":\"none\""u8);
                    break;
                case ToolChoiceMode.Auto:
                    _json.Raw(",\"tool_choice\":\"auto\""u8);
                    break;
                case ToolChoiceMode.Required:
                    _json.Raw(",\"tool_choice\":\"required\""u8);
                    break;
                case ToolChoiceMode.Named:
                    Member(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":"u8, choice.Name);
                    _json.Raw("}}"u8);
                    break;
                default:
                    break;
            }
        }

        private readonly bool IsAllowed(in ChatTool tool)
        {
            var name = _request.Text(tool.Name);
            foreach (var allowed in _request.AllowedTools)
            {
                var other = _request.Text(allowed);
                if (name.IsEscaped ? other.IsEscaped ? name.Bytes.SequenceEqual(other.Bytes) : name.Is(other.Bytes) : other.Is(name.Bytes)) return true;
            }
            return false;
        }

        // Call and result come through here, so an id that we make up is the same on both sides.
        private void CallId(BodyRange id, int number)
        {
            const int Longest = 40;
            if (!id.IsPresent)
            {
                // "call" and five digits are nine characters.
                Span<byte> digits = stackalloc byte[5];
                for (var i = 4; i >= 0; i--, number /= 10) digits[i] = (byte)('0' + (number % 10));
                _json.Raw("\"call"u8);
                _json.Raw(digits);
                _json.Raw("\""u8);
                return;
            }
            var text = _request.Text(id);
            var fits = Has(ChatTraits.NineCharacterIds) ? IsNine(text) : !Has(ChatTraits.OpenAi) || text.Bytes.Length <= Longest;
            if (fits)
            {
                _json.String(text);
                return;
            }
            // FNV-1a, 64 bits; nine characters of 36 are 46 bits of it.
            var hash = 14695981039346656037UL;
            foreach (var b in Unescaped(text)) hash = (hash ^ b) * 1099511628211UL;
            Span<byte> name = stackalloc byte[Has(ChatTraits.NineCharacterIds) ? 9 : 13];
            foreach (ref var c in name)
            {
                c = "0123456789abcdefghijklmnopqrstuvwxyz"u8[(int)(hash % 36)];
                hash /= 36;
            }
            _json.Raw(Has(ChatTraits.NineCharacterIds) ? "\""u8 : "\"call_"u8);
            _json.Raw(name);
            _json.Raw("\""u8);
        }

        private static bool IsNine(JsonText id)
        {
            if (id.Bytes.Length != 9) return false;
            foreach (var b in id.Bytes)
            {
                if (!char.IsAsciiLetterOrDigit((char)b)) return false;
            }
            return true;
        }
    }
}
