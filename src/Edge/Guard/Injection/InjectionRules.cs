using System.Text;

namespace Edge.Guard.Injection;

/// <summary>What kinds of attack are told apart. The order is the order in which a verdict names them.</summary>
internal enum InjectionRule : byte
{
    InstructionOverride,
    SystemPromptExtraction,
    JailbreakPersona,
    JailbreakMode,
    RefusalSuppression,
    FakeTurn,
    ToolHijack,
    DataExfiltration,
    SecretExtraction,
    EncodedPayload,
    InvisibleText,
    ObfuscatedText,
    OutputHijack,
    NewInstructions,
    AuthorityClaim,
    RoleplayLock,
    DualResponse,
    PromptBoundary,
    Classifier,
}

/// <summary>A rule as users see it.</summary>
/// <param name="Id">Its name in errors, metrics and configuration.</param>
/// <param name="Catches">What it catches, for the documentation.</param>
internal sealed record InjectionRuleInfo(string Id, string Catches)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(Id);

    public ReadOnlySpan<byte> Utf8Id => _utf8;
}

/// <summary>The rules, in the order of <see cref="InjectionRule"/>.</summary>
internal static class InjectionRules
{
    public static readonly InjectionRuleInfo[] All =
    [
        new("instruction_override", "Orders to ignore, forget or replace the instructions that the model has, in some twenty languages"),
        new("system_prompt_extraction", "Asking for the system prompt, the initial instructions or the text above"),
        new("jailbreak_persona", "A persona without rules (\"do anything now\", an unfiltered AI, one that is not bound by policy)"),
        new("jailbreak_mode", "Switching the model into a developer, debug, god or maintenance mode"),
        new("refusal_suppression", "Forbidding refusals, warnings and disclaimers; demanding that everything is answered"),
        new("fake_turn", "Chat-template marks and headings of turns inside a text (<|im_start|>, [INST], \"### System:\")"),
        new("tool_hijack", "A tool result or a document that gives orders to the model or has it call tools"),
        new("data_exfiltration", "Sending the conversation, data or secrets to an address, also by a markdown image"),
        new("secret_extraction", "Asking the model for its password, key or secret"),
        new("encoded_payload", "An attack in base64, hexadecimal, binary, rot13 or written backwards"),
        new("invisible_text", "Unicode tag characters, which spell text that nobody sees"),
        new("obfuscated_text", "An attack in look-alike letters, leet or spaced-out letters"),
        new("output_hijack", "Orders to print or say just one given text instead of doing the task"),
        new("new_instructions", "New instructions, a new task or a new role inside a text"),
        new("authority_claim", "Claiming to be the developer, an administrator or approved by the provider; overrides"),
        new("roleplay_lock", "Holding the model to a character (\"stay in character\", tokens lost on refusal)"),
        new("dual_response", "Demanding two answers, one of them without rules"),
        new("prompt_boundary", "Pretended ends of the prompt, session or document"),
        new("classifier", "The trained classifier alone finds the text close to known attacks"),
    ];
}
