using static Edge.Guard.Injection.InjectionRule;
using static Edge.Guard.Injection.WordClass;

namespace Edge.Guard.Injection;

/// <summary>The rules. A weight is near the share of attacks among the texts that have the sequence; several kinds of evidence add up as independent ones do.</summary>
internal static class RuleSet
{
    public static readonly Rule[] All =
    [
        // Ignore (all) previous instructions; the word order of German and French; of Turkish, Japanese, Korean, Hindi, where the verb comes last.
        Make(InstructionOverride, 92, (Override, 0), (Prior, 4), (Instruction, 3)),
        Make(InstructionOverride, 90, (Override, 0), (Instruction, 4), (Prior, 4)),
        Make(InstructionOverride, 85, (Prior, 0), (Instruction, 8), (Override, 8)),
        Make(InstructionOverride, 70, (Override, 0), (Everything, 3), (Instruction, 3)),
        Make(InstructionOverride, 75, (Override, 0), (Your, 3), (Instruction | Norm, 4)),
        // "Ignore all previous" alone may be about warnings or commits; what shall be done instead tells.
        Make(InstructionOverride, 65, (Override, 0), (Everything, 2), (Prior, 3), (And | Say | Instead | Reveal, 4)),
        Make(InstructionOverride, 40, (Override, 0), (Everything, 2), (Prior, 3)),
        Make(InstructionOverride, 60, (Override, 0), (Norm, 5), (Prior, 1), (New, 6)),
        Make(InstructionOverride, 45, (Override, 0), (Norm, 1), (Norm | Instruction, 1)),
        Make(InstructionOverride, 60, (Override, 0), (Norm, 2), (Approved, 4)),
        Make(InstructionOverride, 65, (Override, 0), (Prior, 2), (And, 1), (Say | Instead | Reveal, 3)),
        Make(InstructionOverride, 65, (Override, 0), (Instruction, 2), (And, 1), (Say | Instead | Reveal, 3)),
        Make(InstructionOverride, 50, (Override, 0), (Prior | Everything, 4), (Topic, 3), (And | Say | Instead, 3)),
        Make(InstructionOverride, 50, (Override, 0), (Topic, 6), (And, 1), (Say | Instead, 2)),
        Make(InstructionOverride, 65, (Override, 0), (Everything, 2), (You, 3), (Told, 4)),
        // What comes next is to be ignored "and instead" something is to be looked at "only": twice the word that puts one thing in another's place.
        Make(InstructionOverride, 60, (Override, 0), (And, 3), (Instead, 1), (Instead, 3)),
        Make(InstructionOverride, 60, (Override, 0), (Topic | Words, 3), (Say, 2), (Quote, 2)),
        Make(InstructionOverride, 60, (Negation, 0), (Obey, 2), (Prior | Your, 4), (Instruction, 3)),
        Make(InstructionOverride, 60, (Prior | Your, 0), (Instruction, 2), (NoLonger, 4)),
        Make(InstructionOverride, 30, (Override, 0), (Everything | Your | Prior, 4), (Instruction | Norm | Prior | Topic, 6)),

        Make(SystemPromptExtraction, 85, (Reveal | What, 0), (Your, 4), (SystemPrompt, 3)),
        Make(SystemPromptExtraction, 60, (Reveal | What, 0), (The, 4), (SystemPrompt, 1)),
        Make(SystemPromptExtraction, 75, (Reveal, 0), (Your | Hidden, 5), (Hidden | Prior, 2), (Prompt, 3)),
        // Instructions for pancakes are not the model's own.
        Make(SystemPromptExtraction, 55, (Reveal, 0), (Your, 5), (Prompt, 1), (About, -1)),
        Make(SystemPromptExtraction, 55, (What, 0), (Your, 2), (Prompt, 3), (About, -1)),
        Make(SystemPromptExtraction, 55, (Reveal, 0), (Everything | Words, 3), (Told, 6), (Prior, 3)),
        Make(SystemPromptExtraction, 45, (Reveal, 0), (You, 8), (Told, 2), (Prior, 2)),
        Make(SystemPromptExtraction, 45, (IAm | You, 0), (Told, 2), (Colon | Quote, 3)),
        Make(SystemPromptExtraction, 20, (SystemPrompt, 0)),
        Make(SystemPromptExtraction, 45, (Reveal, 0), (Override | Prior, 3), (SystemPrompt | Prompt, 4), (About, -1)),

        Make(JailbreakPersona, 92, (Jailbreak, 0)),
        Make(JailbreakPersona, 80, (Persona, 0), (Ai, 8), (Unrestricted, 14)),
        Make(JailbreakPersona, 75, (Persona, 0), (Unrestricted, 4), (Ai, 4)),
        Make(JailbreakPersona, 70, (Ai, 0), (Negation, 8), (Norm | Bound, 6)),
        Make(JailbreakPersona, 45, (Persona, 0), (Unrestricted, 10)),
        Make(JailbreakPersona, 55, (Unrestricted, 0), (Ai, 2)),
        Make(JailbreakPersona, 60, (NoLonger, 0), (Bound, 3), (Norm | Ai, 6)),
        Make(JailbreakPersona, 60, (Negation, 0), (Bound, 3), (Norm | Ai | Harm, 6)),
        Make(JailbreakPersona, 40, (Negation, 0), (Obey, 4), (Norm, 6)),
        Make(JailbreakPersona, 50, (Persona, 0), (Dan, 3), (Ai | Persona | Answer, 12)),
        Make(JailbreakPersona, 40, (Persona, 0), (Negation, 12), (Norm, 4)),
        Make(JailbreakPersona, 50, (Unrestricted, 0), (Norm | Harm, 6), (Ai | Answer, 12)),

        Make(JailbreakMode, 45, (Activate | Persona | IAm, 0), (ModeName, 3), (Mode, 1)),
        Make(JailbreakMode, 45, (ModeName, 0), (Mode, 1), (Activate | Answer | Ai, 3)),
        Make(JailbreakMode, 60, (Persona | You, 0), (ModeName, 4), (Mode, 1)),
        Make(JailbreakMode, 65, (ModeName, 0), (Mode, 1), (Activate, 2), (Unrestricted | Norm | Answer | Everything, 6)),
        Make(JailbreakMode, 25, (ModeName, 0), (Mode, 1)),

        Make(RefusalSuppression, 40, (Negation, 0), (Refusal, 4)),
        Make(RefusalSuppression, 40, (Negation, 0), (Say, 2), (Refusal, 6)),
        Make(RefusalSuppression, 35, (You, 0), (Must, 3), (Answer | Obey, 3)),
        Make(RefusalSuppression, 40, (Answer, 0), (Everything, 3), (Harm | Unrestricted, 8)),

        // A mark alone is what questions about templates have, a heading alone what logs have.
        Make(FakeTurn, 75, (Template, 0), (You | Your | Ai | Instruction | Override | Unrestricted | Persona | Instead, 8)),
        Make(FakeTurn, 45, (Template, 0)),
        Make(FakeTurn, 50, (TurnHead, 0), (You | Your | Override | Ai | Persona | Instead, 8)),
        Make(FakeTurn, 25, (TurnHead, 0)),
        Make(FakeTurn, 45, (UserHead, 0), (Reveal | Say | Instead, 5), (Quote, 6)),
        // A text has the model's answer and the next question already, and the question asks to repeat something. Pasted conversations have all but the last.
        Make(FakeTurn, 60, (Ai, 0), (UserHead, 8), (You, 10), (What, 1)),
        Make(FakeTurn, 55, (UserHead, 0), (Prior | Override | Instead, 12), (Instruction | Override | Instead | Reveal, 8)),

        Make(ToolHijack, 60, (ToModel, 0)),
        Make(ToolHijack, 55, (Tool | Call | Send, 0), (Secretly, 14)),
        Make(DataExfiltration, 45, (Send, 0), (Data | Secret, 6), (Address, 10)),
        // Badges have addresses and the names of files too.
        Make(DataExfiltration, 30, (Image, 0), (Address, 3), (Data | Secret, 7)),
        Make(SecretExtraction, 40, (Reveal, 0), (The, 2), (Secret, 1)),
        Make(SecretExtraction, 45, (Reveal | What, 0), (Your, 4), (Secret, 3)),
        Make(EncodedPayload, 75, (Encoded, 0), (Encoded, 6)),
        Make(EncodedPayload, 35, (Decode, 0), (Obey | Call | Answer, 8)),
        Make(OutputHijack, 45, (Instead, 0), (Say, 2), (Quote, 3)),
        Make(OutputHijack, 60, (Pwned, 0)),
        Make(OutputHijack, 30, (Instead, 0), (Say, 2)),
        Make(OutputHijack, 40, (Answer | Say, 0), (Instead, 2), (New, 2), (Words | Topic, 1)),
        // Whoever writes to the model of "the user" is none.
        Make(ToolHijack, 25, (User, 0), (Told, 1), (Answer | Say, 8), (Instead, 3)),
        // The task hidden in a text that is to be translated or polished.
        Make(NewInstructions, 55, (Say, 0), (Harm, 3), (Words, 1), (About, 1)),
        Make(NewInstructions, 60, (Your, 0), (New, 1), (Instruction, 3)),
        Make(NewInstructions, 45, (New, 0), (Instruction, 1), (Colon, 2)),
        Make(AuthorityClaim, 25, (IAm, 0), (Authority, 3)),
        Make(AuthorityClaim, 50, (IAm, 0), (Your | Ai, 2), (Authority, 2)),
        Make(AuthorityClaim, 40, (Authority | ModeName | Hidden, 0), (Approved, 2), (Colon | Say | Reveal, 4)),
        Make(AuthorityClaim, 45, (Approved, 0), (Authority, 3)),
        Make(RoleplayLock, 35, (Character, 0)),
        Make(RoleplayLock, 45, (Threat, 0), (Refusal | Answer | Character, 12)),
        Make(DualResponse, 45, (Two, 0)),
        Make(PromptBoundary, 55, (Boundary, 0), (Override | Instead | New | Persona | Boundary, 8)),
        Make(PromptBoundary, 35, (Boundary, 0)),

        // Manuals, mails and errors give orders to people: only one that addresses the model suffices, the others add up.
        InData(ToolHijack, 55, (Ai, 0), (You, 2), (Must | Call | Send | Reveal | Say, 3)),
        InData(ToolHijack, 45, (Ai, 0), (Must, 1), (Call | Send | Reveal | Say | Obey, 3), (Tool | Data | User | Address, 6)),
        InData(ToolHijack, 25, (Reveal, 0), (User, 2)),
        InData(ToolHijack, 30, (Call, 0), (Tool, 4), (Address | Data | Secret | Send, 8)),
        InData(ToolHijack, 25, (You, 0), (Must, 2), (Call | Send | Reveal | Obey, 3)),
        InData(ToolHijack, 30, (Secretly, 0)),
        InData(OutputHijack, 30, (Instead, 0), (Say, 3)),
    ];

    /// <summary>The classes with which some rule begins: a token without them begins none.</summary>
    public static readonly WordClass Begins = All.Aggregate(None, (all, rule) => all | rule.Steps[0].Any);

    private static Rule Make(InjectionRule kind, int weight, params (WordClass Any, int Within)[] steps) => new(kind, weight, false, [.. steps.Select(s => new Step(s.Any, s.Within))]);

    private static Rule InData(InjectionRule kind, int weight, params (WordClass Any, int Within)[] steps) => new(kind, weight, true, [.. steps.Select(s => new Step(s.Any, s.Within))]);
}
