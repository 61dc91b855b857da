using System.Globalization;
using Edge.Configuration;
using Edge.Metering;
using Edge.Metering.Tokens;

namespace Edge.Cli;

/// <summary><c>edge tokens</c>: how many tokens a text has for a model, and whether that is counted or estimated.</summary>
public static class TokensCommand
{
    /// <returns>0 = told, 1 = the file cannot be read.</returns>
    public static async Task<int> RunAsync(string model, string file, ConfigEnvironment environment, TextWriter output, TextWriter problems)
    {
        byte[] text;
        try
        {
            text = environment.ReadFile(file, PriceFile.MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            await problems.WriteLineAsync($"edge: {file} cannot be read ({Expander.Reason(e)})");
            return 1;
        }
        var (counter, family) = (new TokenCounter(), TokenFamily.Of(model));
        await counter.PreparedAsync(family);
        var count = counter.Count(text, family);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{count.Tokens} tokens ({(count.IsExact ? "counted" : "estimated")}, {family.Name})"));
        return 0;
    }
}
