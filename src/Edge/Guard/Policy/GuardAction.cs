namespace Edge.Guard.Policy;

/// <summary>What is done about personal data or a secret that was found.</summary>
public enum GuardAction : byte
{
    /// <summary>Nothing.</summary>
    Allow,

    /// <summary>It passes; header, log and metrics say that it did.</summary>
    Flag,

    /// <summary>Its end stays readable: <c>****1111</c>.</summary>
    Mask,

    /// <summary>A keyed hash stands in its place: the same value gives the same hash, and nobody without the key can try values.</summary>
    Hash,

    /// <summary>The name of what it was stands in its place: <c>&lt;EMAIL&gt;</c>.</summary>
    Redact,

    /// <summary>A numbered placeholder stands in its place, which the answer's way back to the client turns into the value again.</summary>
    Tokenize,

    /// <summary>The request is refused, the answer ended.</summary>
    Block,
}

/// <summary>What is done about a text, where nothing in it can be replaced.</summary>
public enum VerdictAction : byte
{
    Off,
    Flag,
    Block,
}

/// <summary>Presets of actions for the rules that an organisation is under.</summary>
public enum ComplianceMode : byte
{
    None,
    Gdpr,
    Hipaa,
    Soc2,
}
