using System.Globalization;
using Edge.Configuration;
using Edge.Metering;

namespace Edge.Cli;

/// <summary><c>edge prices</c>: checks a price file, or says what the table in the binary holds.</summary>
public static class PricesCommand
{
    /// <returns>0 = every line is right, 1 = not.</returns>
    public static int Run(string? file, ConfigEnvironment environment, TextWriter output, TextWriter problems)
    {
        var errors = new List<ConfigError>();
        var lines = file is null ? PriceCatalog.ReadEmbedded(null, errors) : Read(file, environment, errors);
        foreach (var error in errors) problems.WriteLine(error);
        if (errors.Count > 0)
        {
            problems.WriteLine(string.Create(CultureInfo.InvariantCulture, $"edge: {errors.Count} error(s) in the price file."));
            return 1;
        }
        foreach (var provider in lines.GroupBy(line => line.Provider, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{provider.Key,-16} {provider.Select(line => line.Models[0]).Distinct().Count(),5} models"));
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file ?? "(in the binary)"}: {lines.Count} lines, valid."));
        return 0;
    }

    private static List<PriceLine> Read(string file, ConfigEnvironment environment, List<ConfigError> errors)
    {
        try
        {
            return PriceFile.Read(environment.ReadFile(file, PriceFile.MaxBytes), file, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            errors.Add(new ConfigError(file, 0, 0, "", $"cannot be read ({Expander.Reason(e)})"));
            return [];
        }
    }
}
