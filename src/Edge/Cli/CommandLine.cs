namespace Edge.Cli;

/// <summary>What the command line asks for.</summary>
public enum Command : byte
{
    Run,
    CheckConfig,
    PrintSchema,
    Version,
    Help,
    Health,
    Prices,
    Tokens,
    Warm,
    Wrong,
}

/// <param name="Command">What to do.</param>
/// <param name="ConfigPath">The configuration file; null = EDGE_CONFIG or none.</param>
/// <param name="Url">For health: what to ask.</param>
/// <param name="File">For prices: the file to check; null = the table in the binary. For tokens: the text.</param>
/// <param name="Model">For tokens: whose.</param>
/// <param name="Problem">For Wrong: what is wrong with the line.</param>
public sealed record CommandLine(Command Command, string? ConfigPath = null, string? Url = null, string? File = null, string? Model = null, string? Problem = null)
{
    public const string Help = """
        EdgeGateway: one endpoint for every LLM provider.

          edge [--config FILE]         run the gateway (without a file: embedded defaults, providers from the environment)
          edge --check-config [FILE]   check a configuration, print every error, exit 0 or 1
          edge --print-schema          print the JSON schema of the configuration
          edge health [--url URL]      ask a running gateway whether it is ready, exit 0 or 1
                                       (default http://127.0.0.1:8081/health/ready, or the admin.listen of --config)
          edge prices [--file FILE]    check a price file, print every error, exit 0 or 1 (without a file: what the binary knows)
          edge tokens --model MODEL --file FILE
                                       how many tokens a text has for a model, and whether that is counted or estimated
          edge warm --file FILE --url URL
                                       send the requests of a JSONL file to a running gateway, so that its cache has their answers
          edge audit verify|export|show ...
                                       check and read the audit: 'edge audit' lists how
          edge keys create|list|rotate|revoke ...
          edge tenants list|import|export ...
          edge report usage|savings ...
                                       administer a running gateway; EDGE_ADMIN_TOKEN holds the token (edge keys --help)
          edge --version
          edge --help

        Environment: EDGE_CONFIG names the configuration file; OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY and
        ANTHROPIC_BASE_URL make those providers available without one; EDGE_API_KEY is the key that warm sends.
        """;

    public static CommandLine Parse(ReadOnlySpan<string> args)
    {
        string? config = null;
        string? url = null;
        string? file = null;
        string? model = null;
        var command = Command.Run;
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = Split(args[i]);
            switch (name)
            {
                case "--config" or "-c":
                    if ((config = value ?? Next(args, ref i)) is null) return Wrong("--config needs a file");
                    break;
                case "--check-config":
                    command = Command.CheckConfig;
                    config = value ?? Next(args, ref i) ?? config;
                    break;
                case "--print-schema":
                    command = Command.PrintSchema;
                    break;
                case "--version" or "-V":
                    command = Command.Version;
                    break;
                case "--help" or "-h" or "help":
                    command = Command.Help;
                    break;
                case "health":
                    command = Command.Health;
                    break;
                case "--url":
                    if ((url = value ?? Next(args, ref i)) is null) return Wrong("--url needs a URL");
                    break;
                case "prices":
                    command = Command.Prices;
                    break;
                case "tokens":
                    command = Command.Tokens;
                    break;
                case "warm":
                    command = Command.Warm;
                    break;
                case "--model":
                    if ((model = value ?? Next(args, ref i)) is null) return Wrong("--model needs a model");
                    break;
                case "--file":
                    if ((file = value ?? Next(args, ref i)) is null) return Wrong("--file needs a file");
                    break;
                default:
                    return Wrong($"unknown argument '{args[i]}'");
            }
        }
        if (command == Command.Tokens && (file is null || model is null)) return Wrong("tokens needs --model and --file");
        if (command == Command.Warm && (file is null || url is null)) return Wrong("warm needs --file and --url");
        return new CommandLine(command, config, url, file, model);
    }

    private static CommandLine Wrong(string problem) => new(Command.Wrong, Problem: problem);

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals > 2 && argument.StartsWith("--", StringComparison.Ordinal) ? (argument[..equals], argument[(equals + 1)..]) : (argument, null);
    }

    private static string? Next(ReadOnlySpan<string> args, ref int i) =>
        i + 1 < args.Length && !args[i + 1].StartsWith('-') ? args[++i] : null;
}
