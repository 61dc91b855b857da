using System.Globalization;
using Npgsql;

namespace Edge.Storage;

/// <summary><c>postgres://user:password@host:port/database?sslmode=require</c>, as libpq reads it.</summary>
/// <remarks>https://www.postgresql.org/docs/current/libpq-connect.html, 34.1.1.2.</remarks>
internal static class PostgresUrl
{
    private const string Form = "allowed: postgres://user:password@host:port/database, with sslmode, sslrootcert, search_path, connect_timeout and pool_size as its parameters";

    /// <param name="url">May hold a password: no part of it is in <paramref name="problem"/>.</param>
    /// <param name="problem">Reads on after the field's name.</param>
    public static NpgsqlConnectionStringBuilder? Parse(string url, out string? problem)
    {
        problem = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql") || uri.Host.Length == 0 || uri.AbsolutePath.Length < 2)
        {
            problem = "is no URL of a PostgreSQL database; " + Form;
            return null;
        }
        var user = uri.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]),
            ApplicationName = "edge",
            Timeout = 5,
            CommandTimeout = 30,
            // A cable that was pulled is noticed within half a minute, not after two hours.
            KeepAlive = 15,
            MaxPoolSize = 16,
            SslMode = SslMode.Prefer,
        };
        if (user[0].Length > 0) settings.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) settings.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            if (parts.Length == 2 && TrySet(settings, parts[0], Uri.UnescapeDataString(parts[1]))) continue;
            problem = $"has a parameter '{parts[0]}' that is unknown or has a value that is not allowed; {Form}";
            return null;
        }
        return settings;
    }

    private static bool TrySet(NpgsqlConnectionStringBuilder settings, string name, string value)
    {
        switch (name)
        {
            case "sslmode":
                SslMode? mode = value switch
                {
                    "disable" => SslMode.Disable,
                    "allow" => SslMode.Allow,
                    "prefer" => SslMode.Prefer,
                    "require" => SslMode.Require,
                    "verify-ca" => SslMode.VerifyCA,
                    "verify-full" => SslMode.VerifyFull,
                    _ => null,
                };
                if (mode is null) return false;
                settings.SslMode = mode.Value;
                return true;
            case "sslrootcert":
                settings.RootCertificate = value;
                return true;
            case "search_path":
                settings.SearchPath = value;
                return true;
            case "connect_timeout" when TryNumber(value, 1, 300, out var seconds):
                settings.Timeout = seconds;
                return true;
            case "pool_size" when TryNumber(value, 2, 1000, out var size):
                settings.MaxPoolSize = size;
                return true;
            default:
                return false;
        }
    }

    private static bool TryNumber(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;
}
