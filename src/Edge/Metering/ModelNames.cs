namespace Edge.Metering;

/// <summary>The names that a model may stand under in a price table, from the one asked for to ever plainer ones.</summary>
public static class ModelNames
{
    private const int MaxLength = 256;

    private static readonly string[] _paths = ["projects/", "publishers/", "accounts/", "models/", "locations/", "arn:"];
    private static readonly string[] _regions = ["us.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "sa.", "us-gov.", "global."];
    private static readonly string[] _variants = [":nitro", ":floor", ":online", ":exacto", ":thinking", ":beta"];

    /// <summary>
    /// Lower case; then without what leads to it (<c>models/</c>, <c>publishers/google/models/</c>, an ARN), without the region of a Bedrock profile (<c>us.</c>), without a version
    /// (<c>-v1:0</c>, <c>@20250929</c>, <c>:nitro</c>), without a date or <c>-latest</c>, and without its maker (<c>openai/</c>, <c>openai.</c>). Empty for a name that is far too long.
    /// </summary>
    public static List<string> Candidates(string model)
    {
        var name = model.Trim().ToLowerInvariant();
        if (name.Length is 0 or > MaxLength) return [];
        List<string> names = [name];
        if (_paths.Any(path => name.StartsWith(path, StringComparison.Ordinal))) Try(name[(name.LastIndexOf('/') + 1)..]);
        Try(name[(_regions.FirstOrDefault(region => name.StartsWith(region, StringComparison.Ordinal))?.Length ?? 0)..]);
        Try(WithoutVersion(name));
        Try(WithoutDate(name));
        // A preview may carry a date of its own.
        Try(WithoutDate(name));
        Try(WithoutMaker(name));
        return names;

        void Try(string next)
        {
            if (next.Length == 0 || next == name) return;
            name = next;
            names.Add(next);
        }
    }

    /// <summary>Whether a pattern with <c>*</c> for any run of characters matches the whole name. At most the product of the two lengths in steps: no pattern can make it hang.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (p, n, star, retry) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++retry;
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }

    // "-v1:0", "-v2", ":0", "-v1:0:200k"; "@20250929"; a variant of OpenRouter that is priced as the model.
    private static string WithoutVersion(string name)
    {
        if (name.LastIndexOf('@') is var at and > 0) return name[..at];
        if (_variants.FirstOrDefault(variant => name.EndsWith(variant, StringComparison.Ordinal)) is { } variant) return name[..^variant.Length];
        if (name.EndsWith('k') && name.LastIndexOf(':') is var size and > 0 && IsDigits(name.AsSpan(size + 1)[..^1])) name = name[..size];
        if (name.LastIndexOf(':') is var colon and > 0 && IsDigits(name.AsSpan(colon + 1))) name = name[..colon];
        return name.LastIndexOf("-v", StringComparison.Ordinal) is var v and > 0 && IsDigits(name.AsSpan(v + 2)) ? name[..v] : name;
    }

    // "-2024-08-06", "-20250929", "-0613", "-05-20" after "-preview", "-001", "-latest", "-preview".
    private static string WithoutDate(string name)
    {
        foreach (var (form, least) in _dates)
        {
            if (name.Length > form.Length && HasForm(name.AsSpan(^form.Length), form) && (least.Length == 0 || name.AsSpan(0, name.Length - form.Length).EndsWith(least, StringComparison.Ordinal))) return name[..^form.Length];
        }
        return name;
    }

    // 9 = any digit.
    private static readonly (string Form, string After)[] _dates =
        [("-2099-99-99", ""), ("-20999999", ""), ("-99-99", "-preview"), ("-99-2099", ""), ("-9999", ""), ("-009", ""), ("-latest", ""), ("-preview", "")];

    private static bool HasForm(ReadOnlySpan<char> text, string form)
    {
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i] == '9' ? !char.IsAsciiDigit(text[i]) : text[i] != form[i]) return false;
        }
        return true;
    }

    private static string WithoutMaker(string name)
    {
        if (name.LastIndexOf('/') is var slash and > 0) return name[(slash + 1)..];
        // A dot as in "openai.gpt-5.5", not as in "gpt-5.5".
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && dot + 1 < name.Length && char.IsAsciiLetter(name[dot + 1]) && !name.AsSpan(0, dot).ContainsAnyExceptInRange('a', 'z') ? name[(dot + 1)..] : name;
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');
}
