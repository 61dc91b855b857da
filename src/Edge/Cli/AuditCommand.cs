using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Edge.Audit;
using Edge.Configuration;
using Edge.Storage.Journal;

namespace Edge.Cli;

/// <summary><c>edge audit</c>: checks, shows and exports the audit. Reads only; the gateway may be running.</summary>
public static class AuditCommand
{
    private const string Usage = """
        edge audit verify [DIR] [--key FILE]           check the chain; exit 0 = whole, 1 = not, 2 = cannot be checked
        edge audit export [DIR] [--from TIME] [--to TIME] [--tenant PATH]
                                                       records as JSON Lines
        edge audit show ID [DIR]                       the records of one request
        edge audit report --mode hipaa|gdpr|soc2 [--json]
                                                       which controls the configuration has in force, as Markdown or JSON

        DIR is the audit's directory; without it, that of --config FILE, EDGE_CONFIG and EDGE_DATA_DIR. TIME is as 2026-01-31 or 2026-01-31T12:00:00Z.
        """;

    /// <param name="args">Behind <c>audit</c>.</param>
    /// <param name="environment">For the configuration.</param>
    /// <param name="output">For what was asked for.</param>
    /// <param name="problems">For what is wrong.</param>
    /// <returns>0 = done; 1 = the audit is not whole, or has no such request; 2 = wrong arguments, or nothing can be read.</returns>
    public static int Run(ReadOnlySpan<string> args, ConfigEnvironment environment, Stream output, TextWriter problems)
    {
        try
        {
            if (args is ["report", .. var rest]) return Report(rest, environment, output, problems);
            if (!Options.TryParse(args, environment, out var options, out var error))
            {
                problems.WriteLine(error is null ? Usage : $"edge audit: {error}");
                return 2;
            }
            var chains = AuditVerifier.Chains(options.Directory);
            if (chains.Count == 0)
            {
                problems.WriteLine($"edge audit: there is no audit in '{options.Directory}'.");
                return 2;
            }
            return options.Command switch
            {
                "verify" => Verify(chains, options, output),
                "show" => Show(chains, options.Id!, output, problems),
                _ => Export(chains, options, output, problems),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problems.WriteLine($"edge audit: {e.Message}");
            return 2;
        }
    }

    private static int Verify(IReadOnlyList<string> chains, Options options, Stream output)
    {
        using var signer = options.Key is { } key ? AuditSigner.Load(key) : null;
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        var isIntact = true;
        foreach (var chain in chains)
        {
            var verdict = AuditVerifier.Run(chain, signer, options.Checkpoints);
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{chain}: {(verdict.IsIntact ? "whole" : "NOT WHOLE")}, {verdict.Records} records ({verdict.First} to {verdict.Last}) in {verdict.Segments} segments"));
            text.WriteLine("  " + string.Join(", ", verdict.Types.Select(static type => string.Create(CultureInfo.InvariantCulture, $"{type.Key} {type.Value}"))));
            foreach (var note in verdict.Notes) text.WriteLine($"  note: {note}");
            foreach (var problem in verdict.Problems)
            {
                var place = problem.File.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{problem.File} at byte {problem.Offset}: ");
                text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  PROBLEM: {place}record {problem.Sequence}: {problem.Text}"));
            }
            isIntact &= verdict.IsIntact;
        }
        return isIntact ? 0 : 1;
    }

    private static int Report(ReadOnlySpan<string> args, ConfigEnvironment environment, Stream output, TextWriter problems)
    {
        var mode = Guard.Policy.ComplianceMode.None;
        var (config, isJson) = (environment.Variable("EDGE_CONFIG"), false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--json") isJson = true;
            else if (args[i] == "--config" && i + 1 < args.Length) config = args[++i];
            else if (args[i] == "--mode" && i + 1 < args.Length && ComplianceReport.TryMode(args[i + 1], out mode)) i++;
            else mode = Guard.Policy.ComplianceMode.None;
        }
        if (mode == Guard.Policy.ComplianceMode.None)
        {
            problems.WriteLine(Usage);
            return 2;
        }
        var loaded = ConfigLoader.Load(config is { Length: > 0 } ? config : null, environment);
        if (loaded.Config is null)
        {
            problems.WriteLine("edge audit: the configuration is not valid.");
            return 2;
        }
        var report = ComplianceReport.Of(loaded.Config, mode);
        var now = TimeProvider.System.GetUtcNow();
        output.Write(isJson ? report.Json(now) : Encoding.UTF8.GetBytes(report.Markdown(now)));
        return 0;
    }

    private static int Show(IReadOnlyList<string> chains, string id, Stream output, TextWriter problems)
    {
        var found = 0;
        var damaged = Each(chains, line =>
        {
            if (!Is(line, id)) return;
            found++;
            Put(output, line);
        });
        if (damaged > 0) problems.WriteLine($"edge audit: {damaged} place(s) could not be read; 'edge audit verify' says where.");
        if (found == 0) problems.WriteLine($"edge audit: there is no record of '{id}'.");
        return found > 0 ? 0 : 1;
    }

    private static int Export(IReadOnlyList<string> chains, Options options, Stream output, TextWriter problems)
    {
        var damaged = Each(chains, line =>
        {
            if (options.Takes(line)) Put(output, line);
        });
        output.Flush();
        if (damaged > 0) problems.WriteLine($"edge audit: {damaged} place(s) could not be read; 'edge audit verify' says where.");
        return damaged > 0 ? 1 : 0;
    }

    private delegate void Take(ReadOnlySpan<byte> line);

    private static int Each(IReadOnlyList<string> chains, Take take)
    {
        var damaged = 0;
        foreach (var chain in chains)
        {
            using var reader = new JournalReader(chain);
            while (reader.Read() is not JournalRead.End and var read)
            {
                if (read == JournalRead.Damage) damaged++;
                else take(reader.Payload.Span);
            }
        }
        return damaged;
    }

    private static void Put(Stream output, ReadOnlySpan<byte> line)
    {
        output.Write(line);
        output.WriteByte((byte)'\n');
    }

    private static bool Is(ReadOnlySpan<byte> line, string id) => Member(line, "id"u8) == id;

    // Of the outermost object; null = it has no such text.
    private static string? Member(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 1) continue;
                var isIt = json.ValueTextEquals(name);
                json.Read();
                if (isIt) return json.TokenType == JsonTokenType.String ? json.GetString() : null;
                json.Skip();
            }
        }
        catch (JsonException)
        {
            // Altered; verification says so.
        }
        return null;
    }

    private sealed record Options(string Command, string Directory, string? Id, string? Key, string? Checkpoints, DateTimeOffset From, DateTimeOffset To, string? Tenant)
    {
        public bool Takes(ReadOnlySpan<byte> line)
        {
            if (Tenant is { } tenant && (Member(line, "tenant"u8) is not { } path || !(path == tenant || path.StartsWith(tenant + "/", StringComparison.Ordinal)))) return false;
            if (From == DateTimeOffset.MinValue && To == DateTimeOffset.MaxValue) return true;
            return DateTimeOffset.TryParse(Member(line, "at"u8), CultureInfo.InvariantCulture, out var at) && at >= From && at < To;
        }

        // No error text = the usage says it.
        public static bool TryParse(ReadOnlySpan<string> args, ConfigEnvironment environment, out Options options, out string? error)
        {
            options = null!;
            error = null;
            if (args is not [("verify" or "export" or "show") and var command, .. var rest]) return false;
            string? id = null, directory = null, key = null, tenant = null, config = environment.Variable("EDGE_CONFIG");
            DateTimeOffset from = DateTimeOffset.MinValue, to = DateTimeOffset.MaxValue;
            for (var i = 0; i < rest.Length; i++)
            {
                var name = rest[i];
                if (!name.StartsWith("--", StringComparison.Ordinal))
                {
                    if (command == "show" && id is null) id = name;
                    else if (directory is null) directory = name;
                    else return false;
                    continue;
                }
                if (i + 1 == rest.Length) return false;
                var value = rest[++i];
                switch (name)
                {
                    case "--key":
                        key = value;
                        break;
                    case "--config":
                        config = value;
                        break;
                    case "--tenant" when command == "export":
                        tenant = value;
                        break;
                    case "--from" when command == "export":
                        if (!TryTime(value, out from)) error = $"--from '{value}' is no time; allowed: 2026-01-31 or 2026-01-31T12:00:00Z";
                        break;
                    case "--to" when command == "export":
                        if (!TryTime(value, out to)) error = $"--to '{value}' is no time; allowed: 2026-01-31 or 2026-01-31T12:00:00Z";
                        break;
                    default:
                        return false;
                }
            }
            if (error is not null || (command == "show" && id is null)) return false;
            string? checkpoints = null;
            if (directory is null)
            {
                if (ConfigLoader.Load(config is { Length: > 0 } ? config : null, environment).Config is not { } loaded)
                {
                    error = "the configuration is not valid; name the audit's directory";
                    return false;
                }
                directory = DirectoryOf(loaded, environment);
                key ??= loaded.Audit.SigningKeyFile;
                checkpoints = loaded.Audit.CheckpointDirectory;
            }
            options = new(command, directory, id, key, checkpoints, from, to, tenant);
            return true;
        }

        private static string DirectoryOf(EdgeConfig config, ConfigEnvironment environment) =>
            config.Audit.Directory ?? ((config.Stores.DataDirectory ?? environment.Variable("EDGE_DATA_DIR")) is { Length: > 0 } data ? Path.Combine(data, "audit") : AuditOptions.MakeshiftDirectory);

        private static bool TryTime(string text, out DateTimeOffset time) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
