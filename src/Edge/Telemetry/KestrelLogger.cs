using Edge.Configuration;
using Microsoft.Extensions.Logging;

namespace Edge.Telemetry;

/// <summary>Brings what the server itself has to say (warnings and worse) into our log.</summary>
internal sealed class KestrelLogger : ILoggerFactory, ILogger
{
    private readonly Log _log;

    public KestrelLogger(Log log) => _log = log;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && _log.Level <= LogSeverity.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // It warns that HTTP/2 needs TLS; ClearTextHttp2 sees to it that it does not.
        if (!IsEnabled(logLevel) || eventId.Name == "Http2DisabledWithHttp1AndNoTls") return;
        var message = formatter(state, exception);
        if (logLevel == LogLevel.Warning) _log.Warn(EventIds.Server, message, ("exception", exception?.Message));
        else _log.Error(EventIds.Server, message, ("exception", exception?.ToString()));
    }

    public void Dispose()
    {
    }
}
