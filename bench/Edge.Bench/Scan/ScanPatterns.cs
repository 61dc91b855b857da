using System.Text.RegularExpressions;

namespace Edge.Bench.Scan;

/// <summary>The nine patterns that every engine gets: what a first regex for each kind looks like.</summary>
internal static partial class ScanPatterns
{
    private const string Ssn = @"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b";
    private const string Email = @"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}";
    private const string Phone = @"\b[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{4}\b";
    private const string Card = @"\b[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b";
    private const string IpV4 = @"\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b";
    private const string Iban = @"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b";
    private const string OpenAiKey = @"\bsk-[A-Za-z0-9]{20,}";
    private const string GitHubToken = @"\bghp_[A-Za-z0-9]{36}\b";
    private const string AwsKey = @"\bAKIA[0-9A-Z]{16}\b";

    public static readonly string[] All = [Ssn, Email, Phone, Card, IpV4, Iban, OpenAiKey, GitHubToken, AwsKey];

    public static readonly Regex[] Generated = [SsnRegex(), EmailRegex(), PhoneRegex(), CardRegex(), IpV4Regex(), IbanRegex(), OpenAiKeyRegex(), GitHubTokenRegex(), AwsKeyRegex()];

    [GeneratedRegex(Ssn, RegexOptions.CultureInvariant)]
    private static partial Regex SsnRegex();

    [GeneratedRegex(Email, RegexOptions.CultureInvariant)]
    private static partial Regex EmailRegex();

    [GeneratedRegex(Phone, RegexOptions.CultureInvariant)]
    private static partial Regex PhoneRegex();

    [GeneratedRegex(Card, RegexOptions.CultureInvariant)]
    private static partial Regex CardRegex();

    [GeneratedRegex(IpV4, RegexOptions.CultureInvariant)]
    private static partial Regex IpV4Regex();

    [GeneratedRegex(Iban, RegexOptions.CultureInvariant)]
    private static partial Regex IbanRegex();

    [GeneratedRegex(OpenAiKey, RegexOptions.CultureInvariant)]
    private static partial Regex OpenAiKeyRegex();

    [GeneratedRegex(GitHubToken, RegexOptions.CultureInvariant)]
    private static partial Regex GitHubTokenRegex();

    [GeneratedRegex(AwsKey, RegexOptions.CultureInvariant)]
    private static partial Regex AwsKeyRegex();
}
