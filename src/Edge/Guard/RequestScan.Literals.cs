using Edge.Guard.Injection;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard;

/// <summary>What the client itself wrote like a placeholder: it must come back as it is, and later turns of a conversation must not change the numbers of earlier ones. See <see cref="Restore.Vault"/>.</summary>
internal sealed partial class RequestScan
{
    // Before the first number is given away: most requests never get here.
    private void BeginNumbers(ReadOnlySpan<byte> body, int offset, PiiEntity entity)
    {
        if (_isReserved || _policy.ActionOf(entity) != GuardAction.Tokenize) return;
        _isReserved = true;
        var root = new JsonValue(body, _index!.Tokens);
        if (_isContinued || IsContinued(root)) _vault.DrawNumbers(_policy.HashKey);
        // Names and words of instructions and tools can not be hidden. They are the same in every turn, so their numbers can be passed over.
        foreach (var member in root.Members)
        {
            if (MemberNames.Find(member.Name) == MemberName.System) _vault.Reserve(body[member.Value.Token.Begin..member.Value.Token.End]);
        }
        _reservedTo = offset;
        _mode = Mode.Reserve;
        try
        {
            Walk(body, _index.Tokens, 0, TextRole.User, Place.Root);
        }
        finally
        {
            _mode = Mode.Scan;
        }
    }

    // The texts come in the order in which they are looked at; from the one at hand on, each is read when its turn comes.
    private void Reserve(ReadOnlySpan<byte> body, int start, int end)
    {
        if (start == _reservedTo) _reservedTo = -1;
        if (_reservedTo >= 0) _vault.Reserve(body[start..end]);
    }

    // Of a text from where it was read last up to a finding, or its end. Before the first number nothing need be done, and nothing counts as read.
    private void ScanLiterals(ReadOnlySpan<byte> body, ref int read, int to, Place place)
    {
        if (!_isReserved || read >= to) return;
        var from = read;
        read = to;
        var text = body[..to];
        while (_vault.NextLiteral(text, ref from, out var start, out var name))
        {
            var value = Plain(text, start, from, isEscaped: true);
            // Reasoning is as the provider signed it, but for what was put back; and who follows a link knows no placeholder.
            if (place == Place.Url || (place == Place.Signed && !_vault.Knows(value))) continue;
            var at = _replacements.Length;
            _replacements.Append(_vault.Placeholder(name, value));
            AddEdit(start, from - start, at);
        }
    }

    private bool ScanLiterals(ReadOnlySpan<byte> json, ref int read, int to, ref int copied)
    {
        if (!_isReserved || read >= to) return false;
        var isEdited = false;
        var from = read;
        read = to;
        while (_vault.NextLiteral(json[..to], ref from, out var start, out var name))
        {
            var value = Plain(json, start, from, isEscaped: false);
            _innerOutput.Append(json[copied..start]);
            _innerOutput.Append(_vault.Placeholder(name, value));
            copied = from;
            isEdited = true;
        }
        return isEdited;
    }

    // The provider holds the turns before, with placeholders of other requests.
    private static bool IsContinued(JsonValue root) => root["previous_response_id"u8].Kind == JsonKind.String || !root["conversation"u8].IsNullOrAbsent;
}
