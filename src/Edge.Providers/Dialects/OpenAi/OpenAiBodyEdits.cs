using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>What must change in the messages of a chat completions body on its way to a provider of the same dialect.</summary>
public static class OpenAiBodyEdits
{
    // In the order of the flags below.
    private static readonly string[] _names = ["messages.reasoning_content", "messages.thinking_blocks", "messages.images", "messages.tool_calls.extra_content", "messages.name"];

    [Flags]
    private enum Members
    {
        None = 0,
        Reasoning = 1,
        Blocks = 2,
        Images = 4,
        Extra = 8,
        Name = 16,
    }

    /// <summary>
    /// Cuts out of the messages what their provider refuses the request over: members that this gateway's answers have beyond OpenAI's, unless its sheet's <see cref="Provider.TakesBack"/>
    /// holds them, and names of participants where it refuses those.
    /// </summary>
    /// <param name="body">The body's bytes, for a first look that costs a few searches where there is no such member.</param>
    /// <param name="messages">The member <c>messages</c>.</param>
    /// <param name="sheet">The provider.</param>
    /// <param name="edits">Takes the edits; none where there is nothing to cut.</param>
    /// <param name="dropped">Takes the names of what said something.</param>
    public static void CutMembers(ReadOnlySpan<byte> body, JsonValue messages, Provider sheet, EditList edits, ref List<string>? dropped)
    {
        var wanted = sheet.Refused.Contains("messages.name") ? Members.Name : Members.None;
        // Only what an assistant said has them.
        if (body.IndexOf("\"assistant\""u8) >= 0) wanted |= Look(body, sheet.TakesBack);
        if (wanted == Members.None) return;
        var lost = Members.None;
        foreach (var message in messages.Elements) Message(message, wanted, edits, ref lost);
        for (var i = 0; i < _names.Length; i++)
        {
            if ((lost & (Members)(1 << i)) != 0) (dropped ??= []).Drop(_names[i]);
        }
    }

    private static Members Look(ReadOnlySpan<byte> body, IReadOnlyList<string> takes)
    {
        var found = Members.None;
        if (!takes.Contains("reasoning_content") && body.IndexOf("reasoning_content\""u8) >= 0) found |= Members.Reasoning;
        if (!takes.Contains("thinking_blocks") && body.IndexOf("thinking_blocks\""u8) >= 0) found |= Members.Blocks;
        if (!takes.Contains("images") && body.IndexOf("\"images\""u8) >= 0) found |= Members.Images;
        if (!takes.Contains("extra_content") && body.IndexOf("extra_content\""u8) >= 0) found |= Members.Extra;
        return found;
    }

    private static void Message(JsonValue message, Members wanted, EditList edits, ref Members lost)
    {
        if (message.Kind != JsonKind.Object) return;
        var role = message["role"u8];
        // A tool's message may be named: that is the tool's name.
        if (role.IsString("tool"u8)) return;
        if (!role.IsString("assistant"u8)) wanted &= Members.Name;
        if (wanted == Members.None) return;
        var cuts = new ListCuts(edits);
        foreach (var member in message.Members)
        {
            var one = wanted & Of(member.Name);
            cuts.Next(member.NameToken.Begin, member.Value.Token.End, one != Members.None);
            // An empty one said nothing.
            if (one != Members.None && !IsEmpty(member.Value)) lost |= one;
            if ((wanted & Members.Extra) != 0 && member.Name.Is("tool_calls"u8)) Calls(member.Value, edits, ref lost);
        }
        cuts.End();
    }

    private static void Calls(JsonValue calls, EditList edits, ref Members lost)
    {
        foreach (var call in calls.Elements)
        {
            if (call["extra_content"u8].Kind == JsonKind.None) continue;
            var cuts = new ListCuts(edits);
            foreach (var member in call.Members)
            {
                var goes = member.Name.Is("extra_content"u8);
                if (goes && !IsEmpty(member.Value)) lost |= Members.Extra;
                cuts.Next(member.NameToken.Begin, member.Value.Token.End, goes);
            }
            cuts.End();
        }
    }

    private static Members Of(JsonText name) =>
        name.Is("reasoning_content"u8) ? Members.Reasoning
        : name.Is("thinking_blocks"u8) ? Members.Blocks
        : name.Is("images"u8) ? Members.Images
        : name.Is("name"u8) ? Members.Name
        : Members.None;

    private static bool IsEmpty(JsonValue value) => value.IsNullOrAbsent || value.Token.Length == 0 || (value.Kind == JsonKind.Array && value.Token.Length <= 2);
}
