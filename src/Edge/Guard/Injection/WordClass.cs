namespace Edge.Guard.Injection;

/// <summary>What a word may mean in an attack. A word may be of several classes; rules are sequences of classes.</summary>
[Flags]
internal enum WordClass : ulong
{
    None = 0,

    /// <summary>ignore, disregard, forget, bypass</summary>
    Override = 1ul << 0,

    /// <summary>previous, above, initial</summary>
    Prior = 1ul << 1,

    /// <summary>instructions, rules, prompt</summary>
    Instruction = 1ul << 2,

    /// <summary>all, everything</summary>
    Everything = 1ul << 3,

    /// <summary>reveal, show, print, repeat</summary>
    Reveal = 1ul << 4,

    /// <summary>your</summary>
    Your = 1ul << 5,

    /// <summary>system, hidden, secret (before a word such as prompt)</summary>
    Hidden = 1ul << 6,

    /// <summary>prompt, instructions, configuration: what an extraction asks for</summary>
    Prompt = 1ul << 7,

    /// <summary>pretend, act as, simulate, you are now</summary>
    Persona = 1ul << 8,

    /// <summary>unfiltered, uncensored, amoral</summary>
    Unrestricted = 1ul << 9,

    /// <summary>AI, ChatGPT, assistant, language model</summary>
    Ai = 1ul << 10,

    /// <summary>not, never, without, no</summary>
    Negation = 1ul << 11,

    /// <summary>policy, guidelines, ethics, filters, restrictions</summary>
    Norm = 1ul << 12,

    /// <summary>answer, reply, respond</summary>
    Answer = 1ul << 13,

    /// <summary>just, only, instead</summary>
    Instead = 1ul << 14,

    /// <summary>print, say, state, write</summary>
    Say = 1ul << 15,

    /// <summary>password, api key</summary>
    Secret = 1ul << 16,

    /// <summary>send, forward, upload</summary>
    Send = 1ul << 17,

    /// <summary>http, www, an e-mail address follows</summary>
    Address = 1ul << 18,

    /// <summary>conversation, history, data</summary>
    Data = 1ul << 19,

    /// <summary>developer, debug, god, admin (before mode)</summary>
    ModeName = 1ul << 20,

    /// <summary>mode</summary>
    Mode = 1ul << 21,

    /// <summary>enabled, activate, enter</summary>
    Activate = 1ul << 22,

    /// <summary>refuse, decline, apologise, disclaimer</summary>
    Refusal = 1ul << 23,

    /// <summary>must, have to, shall</summary>
    Must = 1ul << 24,

    /// <summary>new, updated, real</summary>
    New = 1ul << 25,

    /// <summary>developer, creator, administrator (a person)</summary>
    Authority = 1ul << 26,

    /// <summary>obey, follow, comply</summary>
    Obey = 1ul << 27,

    /// <summary>text, words, sentences (above)</summary>
    Words = 1ul << 28,

    /// <summary>bound, restricted, limited</summary>
    Bound = 1ul << 29,

    /// <summary>A quotation mark.</summary>
    Quote = 1ul << 30,

    /// <summary>A colon.</summary>
    Colon = 1ul << 31,

    /// <summary>system, assistant as the heading of a turn: at the beginning of a line, with a colon (the tokeniser sees to that)</summary>
    TurnHead = 1ul << 32,

    /// <summary>Marks of chat templates.</summary>
    Template = 1ul << 33,

    /// <summary>do anything now, and other names of known jailbreaks</summary>
    Jailbreak = 1ul << 34,

    /// <summary>stay in character, break character</summary>
    Character = 1ul << 35,

    /// <summary>two responses, both ways</summary>
    Two = 1ul << 36,

    /// <summary>end of prompt, begin new session</summary>
    Boundary = 1ul << 37,

    /// <summary>an image in markdown</summary>
    Image = 1ul << 38,

    /// <summary>I am, I'm, as</summary>
    IAm = 1ul << 39,

    /// <summary>no longer, invalid, void</summary>
    NoLonger = 1ul << 40,

    /// <summary>you were told, were given</summary>
    Told = 1ul << 41,

    /// <summary>tool, function, command</summary>
    Tool = 1ul << 42,

    /// <summary>call, run, execute</summary>
    Call = 1ul << 43,

    /// <summary>what, which</summary>
    What = 1ul << 44,

    /// <summary>and, then</summary>
    And = 1ul << 45,

    /// <summary>you</summary>
    You = 1ul << 46,

    /// <summary>override (the noun), approved, authorised</summary>
    Approved = 1ul << 47,

    /// <summary>a name that is a persona only beside such words: DAN, AIM, STAN</summary>
    Dan = 1ul << 48,

    /// <summary>system prompt, as one thing</summary>
    SystemPrompt = 1ul << 49,

    /// <summary>above, before: the place of the text that an extraction asks for</summary>
    Above = 1ul << 50,

    /// <summary>user, visitor: to whom a hijacked model shall speak</summary>
    User = 1ul << 51,

    /// <summary>hijacked, pwned</summary>
    Pwned = 1ul << 52,

    /// <summary>illegal, unethical, harmful: what shall be allowed</summary>
    Harm = 1ul << 53,

    /// <summary>lose tokens, be shut down, be terminated</summary>
    Threat = 1ul << 54,

    /// <summary>decode, decrypt</summary>
    Decode = 1ul << 55,

    /// <summary>A word of an attack in rot13 or backwards.</summary>
    Encoded = 1ul << 56,

    /// <summary>First in its line: set by the tokeniser.</summary>
    LineStart = 1ul << 57,

    /// <summary>user, human as the heading of a turn</summary>
    UserHead = 1ul << 58,

    /// <summary>note to the AI, if you are an AI: text that is meant for a model</summary>
    ToModel = 1ul << 59,

    /// <summary>the</summary>
    The = 1ul << 60,

    /// <summary>text, message, task, request: what an override may be about as well</summary>
    Topic = 1ul << 61,

    /// <summary>do not tell the user, silently</summary>
    Secretly = 1ul << 62,

    /// <summary>for, about: what follows "your instructions" where they are for something, not the model's own</summary>
    About = 1ul << 63,
}
