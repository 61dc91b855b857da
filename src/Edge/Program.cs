using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Edge;
using Edge.Cli;
using Edge.Configuration;
using Edge.Telemetry;

// 0 = done, 1 = failed or not ready, 2 = wrong arguments, 78 = the processor lacks what the binary was built for (see Native/processor_check.c).
if (args is ["audit", .. var rest])
{
    using var records = Console.OpenStandardOutput();
    return AuditCommand.Run(rest, ConfigEnvironment.Process, records, Console.Error);
}
if (AdminCommand.Serves(args)) return await AdminCommand.RunAsync(args, ConfigEnvironment.Process, Console.In, Console.Out, Console.Error);
var line = CommandLine.Parse(args);
var environment = ConfigEnvironment.Process;
var configPath = line.ConfigPath ?? (environment.Variable("EDGE_CONFIG") is { Length: > 0 } named ? named : null);
switch (line.Command)
{
    case Command.Help:
        Console.WriteLine(CommandLine.Help);
        return 0;
    case Command.Version:
        Console.WriteLine($"edge {GatewayVersion.Text}");
        return 0;
    case Command.PrintSchema:
        using (var output = Console.OpenStandardOutput()) ConfigSchema.Write(output);
        return 0;
    case Command.Health:
        return await HealthCommand.RunAsync(line with { ConfigPath = configPath }, environment, Console.Out);
    case Command.Prices:
        return PricesCommand.Run(line.File, environment, Console.Out, Console.Error);
    case Command.Tokens:
        return await TokensCommand.RunAsync(line.Model!, line.File!, environment, Console.Out, Console.Error);
    case Command.Warm:
        return await WarmCommand.RunAsync(line.File!, line.Url!, environment, Console.Out, Console.Error);
    case Command.Wrong:
        Console.Error.WriteLine($"edge: {line.Problem}; 'edge --help' lists what there is.");
        return 2;
}

var config = ConfigLoader.Load(configPath, environment);
if (config.Config is null)
{
    foreach (var error in config.Errors) Console.Error.WriteLine(error);
    Console.Error.WriteLine($"edge: {config.Errors.Count} error(s) in the configuration.");
    return 1;
}
if (line.Command == Command.CheckConfig)
{
    foreach (var warning in config.Warnings) Console.Error.WriteLine($"warning: {warning}");
    if (config.NotEnforced.Count > 0) Console.Error.WriteLine($"not enforced by this version: {string.Join(", ", config.NotEnforced)}");
    Console.WriteLine($"{configPath ?? "(no file)"}: the configuration is valid.");
    return 0;
}

// Read once by the runtime's socket engine, before its first socket: completions run on the thread that polls, as on the listener's side.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

await using var log = new Log(Console.OpenStandardError(), TimeProvider.System, config.Config.Monitoring.LogLevel);
try
{
    await using var gateway = new Gateway(configPath, environment, config, log, TimeProvider.System);
    var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.TrySetResult();
    }
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
    {
        signal.Cancel = true;
        gateway.Watcher.RequestReload();
    });
    await gateway.StartAsync();
    await stop.Task;
    await gateway.StopAsync();
    return 0;
}
catch (Exception e) when (e is IOException or SocketException or CryptographicException or UnauthorizedAccessException)
{
    log.Error(EventIds.ListenFailed, "EdgeGateway could not start.", ("reason", e.Message));
    return 1;
}
