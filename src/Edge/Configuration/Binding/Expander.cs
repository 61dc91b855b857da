using System.Text;

namespace Edge.Configuration;

/// <summary>
/// <c>${NAME}</c>, <c>${NAME:-default}</c>, <c>${file:/path}</c> and the escape <c>$${</c>, anywhere in a value. A default and a path
/// may hold
/// further references; what comes out of a variable or a file is taken as it is.
/// </summary>
internal sealed class Expander
{
    /// <summary>A secret or a certificate, not a data file.</summary>
    public const int MaxFileBytes = 64 << 10;

    private const int MaxNesting = 16;

    private readonly ConfigEnvironment _env;
    private readonly List<ConfigSource> _sources;
    private readonly string _folder;

    /// <param name="env">Gives variables and files.</param>
    /// <param name="sources">Each file that is read is added.</param>
    /// <param name="folder">What a relative path starts from: the folder of the configuration file.</param>
    public Expander(ConfigEnvironment env, List<ConfigSource> sources, string folder)
    {
        _env = env;
        _sources = sources;
        _folder = folder;
    }

    public Expansion Expand(string raw)
    {
        if (!raw.Contains("${", StringComparison.Ordinal)) return new Expansion { Text = raw };
        var state = new Expansion { Substituted = true };
        state.Text = Expand(raw, state, 0);
        return state;
    }

    private string Expand(ReadOnlySpan<char> raw, Expansion state, int nesting)
    {
        var text = new StringBuilder();
        while (state.Error is null)
        {
            var start = raw.IndexOf("${");
            if (start < 0)
            {
                text.Append(raw);
                break;
            }
            if (start > 0 && raw[start - 1] == '$')
            {
                text.Append(raw[..(start - 1)]).Append("${");
                raw = raw[(start + 2)..];
                continue;
            }
            text.Append(raw[..start]);
            raw = raw[(start + 2)..];
            var end = ClosingBrace(raw);
            if (end < 0 || nesting > MaxNesting)
            {
                state.Error = "holds '${' without its '}'; for a literal '${' write '$${'";
                break;
            }
            text.Append(Reference(raw[..end], state, nesting));
            raw = raw[(end + 1)..];
        }
        return text.ToString();
    }

    private string Reference(ReadOnlySpan<char> body, Expansion state, int nesting)
    {
        const string FilePrefix = "file:";
        if (body.StartsWith(FilePrefix, StringComparison.Ordinal))
        {
            var written = body[FilePrefix.Length..];
            return ReadFile(Expand(written, state, nesting + 1), written.ToString(), state);
        }

        var colon = body.IndexOf(":-");
        var name = (colon < 0 ? body : body[..colon]).ToString();
        if (!IsName(name))
        {
            // Not shown: what stands here may be a secret whose owner mistook the syntax.
            state.Error = "holds '${...}' with something other than a variable's name; "
                + "allowed: ${NAME}, ${NAME:-default}, ${file:/path}, and $${ for a literal ${";
            return "";
        }
        var value = _env.Variable(name);
        // As in a shell: ':-' also stands in for a variable that is set to nothing.
        if (colon >= 0) return string.IsNullOrEmpty(value) ? Expand(body[(colon + 2)..], state, nesting + 1) : value;
        if (value is null) state.UnsetVariable ??= name;
        else if (value.Length == 0) state.EmptyVariable ??= name;
        return value ?? "";
    }

    private string ReadFile(string path, string written, Expansion state)
    {
        if (state.Error is not null || state.UnsetVariable is not null) return "";
        if (path.Length == 0)
        {
            state.Error = "holds '${file:}' without a path";
            return "";
        }
        var full = Path.Combine(_folder, path);
        // A variable inside the path may hold what nobody should read: a key put there by mistake.
        var hasReference = written.Contains("${", StringComparison.Ordinal);
        var shown = Shown.Text(hasReference ? written : full);
        if (!_sources.Any(source => source.Path == full)) _sources.Add(new ConfigSource(full, _env.Stamp(full)));
        try
        {
            var bytes = _env.ReadFile(full, MaxFileBytes);
            if (bytes.Length > MaxFileBytes)
            {
                state.Error = $"cannot take the file '{shown}': it is larger than {SizeText.Format(MaxFileBytes)}";
                return "";
            }
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            if (text.EndsWith('\n')) text = text[..^1];
            if (text.EndsWith('\r')) text = text[..^1];
            if (text.Length == 0) state.EmptyVariable ??= "file:" + Shown.Text(written);
            return text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            state.Error = $"cannot read the file '{shown}' ({Reason(e, hasReference)})";
            return "";
        }
    }

    /// <param name="e">What went wrong with a file.</param>
    /// <param name="hidePath">The runtime's own messages name the path: not where that must not be seen.</param>
    internal static string Reason(Exception e, bool hidePath = false) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "access is denied, or it is a folder",
        DecoderFallbackException => "it is not UTF-8",
        PathTooLongException => "its path is too long",
        _ when hidePath => e.GetType().Name,
        _ => Shown.Text(e.Message.TrimEnd('.')),
    };

    private static int ClosingBrace(ReadOnlySpan<char> text)
    {
        var open = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{')
            {
                open++;
                i++;
            }
            else if (text[i] == '}' && open-- == 0)
            {
                return i;
            }
        }
        return -1;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}

/// <summary>What came of one value.</summary>
internal sealed class Expansion
{
    public string Text { get; set; } = "";

    /// <summary>
    /// Whether anything was substituted: then the text may be secret whatever the key is, and errors show the file's own text.
    /// </summary>
    public bool Substituted { get; init; }

    /// <summary>A variable without default that is not set; null = none.</summary>
    public string? UnsetVariable { get; set; }

    /// <summary>A variable without default, or a file, that gave nothing; null = none.</summary>
    public string? EmptyVariable { get; set; }

    public string? Error { get; set; }
}
