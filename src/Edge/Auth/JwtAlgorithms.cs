namespace Edge.Auth;

/// <summary>The signatures of tokens that are checked (RFC 7518 section 3). EdDSA is none of them: neither the base library nor the one that checks tokens has it.</summary>
internal static class JwtAlgorithms
{
    public static IReadOnlyList<string> Asymmetric { get; } = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public static IReadOnlyList<string> All { get; } = [.. Asymmetric, "HS256", "HS384", "HS512"];
}
