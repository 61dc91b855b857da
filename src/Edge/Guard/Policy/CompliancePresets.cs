using Edge.Guard.Pii;

namespace Edge.Guard.Policy;

/// <summary>What a compliance mode does about each entity where the configuration does not say otherwise.</summary>
internal static class CompliancePresets
{
    /// <summary>In a request.</summary>
    public static GuardAction Input(ComplianceMode mode, PiiEntity entity) => mode switch
    {
        // 45 CFR 164.514(b)(2): the identifiers of safe harbour, dates and addresses on the Web among them.
        ComplianceMode.Hipaa => GuardAction.Tokenize,
        // Art. 4(1) GDPR: what identifies a person, online identifiers among them; a date or a link alone does not.
        ComplianceMode.Gdpr => IsIncidental(entity) ? GuardAction.Allow : GuardAction.Tokenize,
        // Trust services criteria, confidentiality: credentials must not leave; personal data is to be known of.
        ComplianceMode.Soc2 => IsCredential(entity) ? GuardAction.Redact : IsIncidental(entity) ? GuardAction.Allow : GuardAction.Flag,
        _ => IsIncidental(entity) ? GuardAction.Allow : GuardAction.Tokenize,
    };

    /// <summary>In what a model produced by itself.</summary>
    public static GuardAction Output(ComplianceMode mode, PiiEntity entity) => mode switch
    {
        ComplianceMode.Hipaa => IsIncidental(entity) ? GuardAction.Allow : GuardAction.Redact,
        ComplianceMode.Gdpr or ComplianceMode.Soc2 => IsIncidental(entity) ? GuardAction.Allow : GuardAction.Flag,
        _ => GuardAction.Allow,
    };

    /// <summary>About what cannot be scanned.</summary>
    public static VerdictAction Unscanned(ComplianceMode mode) => mode switch
    {
        ComplianceMode.Hipaa => VerdictAction.Block,
        ComplianceMode.Gdpr => VerdictAction.Flag,
        _ => VerdictAction.Off,
    };

    /// <summary>It opens something.</summary>
    public static bool IsCredential(PiiEntity entity) => entity is PiiEntity.PrivateKey or PiiEntity.JsonWebToken or PiiEntity.ApiKey or PiiEntity.Password or PiiEntity.ConnectionString or PiiEntity.UrlCredentials;

    /// <summary>In most prompts it identifies nobody, and without it a model understands less.</summary>
    public static bool IsIncidental(PiiEntity entity) => entity is PiiEntity.Url or PiiEntity.DateTime;
}
