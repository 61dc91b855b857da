using System.Globalization;

namespace Edge.Configuration;

/// <summary>One thing that is wrong, and where. Never holds a secret.</summary>
/// <param name="File">The file as it was named, or a word for where a value came from.</param>
/// <param name="Line">From 1; 0 = the whole file.</param>
/// <param name="Column">From 1; 0 = the whole line.</param>
/// <param name="Path">The key's path such as <c>providers.openai.timeout</c>; empty = the document.</param>
/// <param name="Message">What is wrong, with the value and what is allowed.</param>
public sealed record ConfigError(string File, int Line, int Column, string Path, string Message)
{
    /// <summary><c>file:line:column: key.path: message</c>, the form that editors and CI systems link.</summary>
    public override string ToString()
    {
        var place = Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
        return Path.Length == 0 ? $"{place}: {Message}" : $"{place}: {Path}: {Message}";
    }
}
