namespace Edge.Configuration;

/// <summary>The least severe line that is written.</summary>
public enum LogSeverity
{
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}
