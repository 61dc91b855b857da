using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Cli;

/// <summary>
/// <c>edge keys</c>, <c>edge tenants</c> and <c>edge report</c>: the admin API of a running gateway from a terminal. The token comes from the environment, never from an argument, which every user of the
/// machine can read in the list of processes.
/// </summary>
public static class AdminCommand
{
    private const string TokenVariable = "EDGE_ADMIN_TOKEN";
    private const string DefaultUrl = "http://127.0.0.1:8081";

    private const string Help = """
        edge keys create [--organisation NAME] [--team NAME] [--user NAME] [--name TEXT] [--expires-at TIME] [--policy JSON]
                                      make a key and show its text, this once; --policy: further fields, such as {"allowed_models":["gpt-4o"]}
        edge keys list [--organisation NAME]
        edge keys rotate ID [--overlap DURATION]
                                      give it a new text; the old one is accepted for DURATION (24h; 0s = not at all)
        edge keys revoke ID           refuse it from now on, on every instance
        edge tenants list             organisations
        edge tenants import FILE [--prune] [--dry-run]
                                      make the store's tenants those of FILE (YAML or JSON with 'tenants', '-' = standard input)
        edge tenants export           the store's tenants, as import takes them
        edge report usage|savings [--from TIME] [--to TIME] [--group-by NAME,...] [--interval hour|day|month|all] [--format table|csv|json]
                                      what was used and what it cost, or what cache and routing saved; NAME: organisation, team, user, key, caller, endpoint, model,
                                      provider, outcome, tag:NAME; each but the last, and --tag NAME=VALUE, is also an option that keeps that one's requests alone

        All: [--url URL] of the admin plane (http://127.0.0.1:8081), [--json] for the answer as it came. EDGE_ADMIN_TOKEN holds the token.
        """;

    private static readonly string[] _flags = ["json", "prune", "dry-run"];

    /// <summary>The first argument is one of these commands.</summary>
    public static bool Serves(ReadOnlySpan<string> args) => args is ["keys" or "tenants" or "report", ..];

    /// <returns>0 = done, 1 = refused or not reached, 2 = wrong arguments.</returns>
    public static async Task<int> RunAsync(string[] args, ConfigEnvironment environment, TextReader input, TextWriter output, TextWriter errors, CancellationToken cancel = default)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            await output.WriteLineAsync(Help);
            return 0;
        }
        if (Parse(args, out var words, out var options) is { } problem) return await WrongAsync(errors, problem);
        var call = await CallOfAsync(words, options, input, errors, cancel);
        if (call is null) return 2;
        if (environment.Variable(TokenVariable) is not { Length: > 0 } token) return await WrongAsync(errors, $"{TokenVariable} is not set: it holds the admin token");
        if (!Uri.TryCreate(options.GetValueOrDefault("url", DefaultUrl), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return await WrongAsync(errors, "--url is no http or https URL");
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(url, "/admin/v1/"), Timeout = TimeSpan.FromSeconds(60) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return await SendAsync(client, call, options.ContainsKey("json"), output, errors, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            await errors.WriteLineAsync($"edge: {url}: {(e is OperationCanceledException ? "no answer in time" : e.Message)}");
            return 1;
        }
        catch (FormatException)
        {
            return await WrongAsync(errors, $"{TokenVariable} holds characters that no token has");
        }
    }

    private static async Task<int> SendAsync(HttpClient client, Call call, bool asJson, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        var rows = new List<string[]>();
        var after = "";
        do
        {
            using var request = new HttpRequestMessage(new HttpMethod(call.Method), call.Path + (after.Length > 0 ? $"{(call.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}after={after}" : ""));
            if (call.Body is { } body)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.BodyType);
            }
            using var response = await client.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            if (!response.IsSuccessStatusCode)
            {
                await errors.WriteLineAsync($"edge: {(int)response.StatusCode}: {MessageOf(text)}");
                return 1;
            }
            if (asJson || (call.Columns.Length == 0 && !call.IsReport))
            {
                await output.WriteAsync(text);
                return 0;
            }
            using var page = JsonDocument.Parse(text.AsMemory());
            if (call.IsReport)
            {
                await WriteTableAsync(output, ReportTable.Rows(page.RootElement));
                return 0;
            }
            foreach (var item in page.RootElement.GetProperty("data"u8).EnumerateArray())
            {
                rows.Add([.. call.Columns.Select(column => item.TryGetProperty(column, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "-")]);
            }
            after = page.RootElement.GetProperty("next"u8).GetString() ?? "";
        }
        while (after.Length > 0);
        rows.Insert(0, call.Columns);
        await WriteTableAsync(output, rows);
        return 0;
    }

    private static async Task WriteTableAsync(TextWriter output, List<string[]> rows)
    {
        var widths = rows[0].Select((_, i) => rows.Max(row => row[i].Length)).ToArray();
        foreach (var row in rows) await output.WriteLineAsync(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    // Null = it was said what is wrong.
    private static async Task<Call?> CallOfAsync(List<string> words, Dictionary<string, string> options, TextReader input, TextWriter errors, CancellationToken cancel)
    {
        string[] allowed = [];
        Call? call = null;
        string? problem = null;
        switch (words)
        {
            case ["keys", "create"]:
                allowed = ["organisation", "team", "user", "name", "expires-at", "policy"];
                problem = BodyOf(options, allowed, out var body);
                call = new("POST", "keys", body, []);
                break;
            case ["keys", "list"]:
                allowed = ["organisation"];
                var of = options.TryGetValue("organisation", out var organisation) ? "?organisation=" + Uri.EscapeDataString(organisation) : "";
                call = new("GET", "keys" + of, null, ["id", "prefix", "status", "organisation", "team", "user", "name", "expires_at"]);
                break;
            case ["keys", "rotate", var id]:
                allowed = ["overlap"];
                problem = BodyOf(options, allowed, out var rotation);
                call = new("POST", $"keys/{Uri.EscapeDataString(id)}/rotate", rotation, []);
                break;
            case ["keys", "revoke", var id]:
                call = new("DELETE", $"keys/{Uri.EscapeDataString(id)}", null, []);
                break;
            case ["tenants", "list"]:
                call = new("GET", "organisations", null, ["id", "source", "name", "monthly_budget", "updated_at"]);
                break;
            case ["report", var report]:
                allowed = [.. ReportTable.Options, "format"];
                call = new("GET", ReportTable.Path(report, options, out problem), null, []) { IsReport = options.GetValueOrDefault("format", "table") == "table" };
                break;
            case ["tenants", "export"]:
                call = new("GET", "tenancy/export", null, []);
                break;
            case ["tenants", "import", var file]:
                allowed = ["prune", "dry-run"];
                var query = $"?prune={(options.ContainsKey("prune") ? "true" : "false")}&dry_run={(options.ContainsKey("dry-run") ? "true" : "false")}";
                try
                {
                    var content = file == "-" ? await input.ReadToEndAsync(cancel) : await File.ReadAllTextAsync(file, cancel);
                    call = new("POST", "tenancy/import" + query, Encoding.UTF8.GetBytes(content), []) { BodyType = "application/yaml" };
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    problem = $"{file} cannot be read: {e.Message}";
                }
                break;
            default:
                problem = $"unknown: edge {string.Join(' ', words)}";
                break;
        }
        problem ??= options.Keys.Except([.. allowed, "url", "json"]).FirstOrDefault() is { } unknown ? $"--{unknown} does not go with edge {words[0]} {words[1]}" : null;
        if (problem is null) return call;
        _ = await WrongAsync(errors, problem);
        return null;
    }

    private static string? BodyOf(Dictionary<string, string> options, string[] fields, out byte[] body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        body = [];
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var field in fields)
            {
                if (!options.TryGetValue(field, out var value)) continue;
                if (field != "policy")
                {
                    json.WriteString(field.Replace('-', '_'), value);
                    continue;
                }
                try
                {
                    using var policy = JsonDocument.Parse(value.AsMemory());
                    if (policy.RootElement.ValueKind != JsonValueKind.Object) return "--policy is no JSON object";
                    foreach (var member in policy.RootElement.EnumerateObject()) member.WriteTo(json);
                }
                catch (JsonException)
                {
                    return "--policy is no JSON";
                }
            }
            json.WriteEndObject();
        }
        body = buffer.WrittenSpan.ToArray();
        return null;
    }

    private static string? Parse(string[] args, out List<string> words, out Dictionary<string, string> options)
    {
        (words, options) = ([], new(StringComparer.Ordinal));
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(args[i]);
                continue;
            }
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i][2..] : args[i][2..equals];
            if (name is "token") return $"a token is no argument, every user of the machine could read it: set {TokenVariable}";
            if (_flags.Contains(name)) options[name] = "";
            else if (equals >= 0) options[name] = args[i][(equals + 1)..];
            else if (i + 1 < args.Length) options[name] = args[++i];
            else return $"--{name} needs a value";
        }
        return null;
    }

    private static string MessageOf(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body.AsMemory());
            return json.RootElement.GetProperty("error"u8).GetProperty("message"u8).GetString() ?? body;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return body;
        }
    }

    private static async Task<int> WrongAsync(TextWriter errors, string problem)
    {
        await errors.WriteLineAsync($"edge: {problem}; 'edge keys --help' lists what there is.");
        return 2;
    }

    /// <param name="Method">HTTP.</param>
    /// <param name="Path">Below /admin/v1/.</param>
    /// <param name="Body">Null = none.</param>
    /// <param name="Columns">Of a list: what is shown; none = the answer as it came.</param>
    private sealed record Call(string Method, string Path, byte[]? Body, string[] Columns)
    {
        public string BodyType { get; init; } = "application/json";

        /// <summary>The answer is a report, shown as a table.</summary>
        public bool IsReport { get; init; }
    }
}
