using System.Text;
using Edge.Configuration;
using Edge.Metering;

namespace Edge.Tests.Metering;

/// <summary>Price lines for tests.</summary>
internal static class Prices
{
    public const string File = "prices.jsonl";

    public static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The lines, which must be right.</summary>
    public static List<PriceLine> Lines(params string[] lines)
    {
        var errors = new List<ConfigError>();
        var read = PriceFile.Read(Encoding.UTF8.GetBytes(string.Join('\n', lines)), File, errors);
        Assert.Equal([], errors.Select(error => error.ToString()));
        return read;
    }

    /// <summary>One model, from the fields behind its name.</summary>
    public static ModelPrice Model(params string[] fieldsOfPeriods)
    {
        var lines = Lines([.. fieldsOfPeriods.Select(fields => $$"""{"provider":"p","model":"m",{{fields}}}""")]);
        return new ModelPrice("p", "m", [.. lines.Select(line => line.Period)]);
    }

    /// <summary>What is wrong with a file.</summary>
    public static string[] Errors(string text) => Errors(Encoding.UTF8.GetBytes(text));

    public static string[] Errors(byte[] bytes)
    {
        var errors = new List<ConfigError>();
        PriceFile.Read(bytes, File, errors);
        return [.. errors.Select(error => error.ToString())];
    }
}
