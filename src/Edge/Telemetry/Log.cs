using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Edge.Configuration;

namespace Edge.Telemetry;

/// <summary>
/// One JSON object a line on standard error. A writer thread of its own does the writing: with inline scheduling, a blocked pipe would otherwise stop every
/// connection. When it cannot keep up, lines are lost and counted, never waited for.
/// </summary>
public sealed class Log : IAsyncDisposable
{
    private static readonly JsonWriterOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TimeProvider _time;
    private readonly Stream _output;
    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(8192) { SingleReader = true });
    private readonly Task _writer;
    private long _lost;

    public Log(Stream output, TimeProvider time, LogSeverity level)
    {
        _output = output;
        _time = time;
        Level = level;
        _writer = Task.Run(WriteLinesAsync);
    }

    /// <summary>Lines below it are not written. May change at run time.</summary>
    public LogSeverity Level { get; set; }

    /// <summary>Lines lost because the output could not keep up.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public void Debug(LogEvent id, string message, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogSeverity.Debug, id, message, fields);

    public void Info(LogEvent id, string message, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogSeverity.Info, id, message, fields);

    public void Warn(LogEvent id, string message, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogSeverity.Warn, id, message, fields);

    public void Error(LogEvent id, string message, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogSeverity.Error, id, message, fields);

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writer;
    }

    private void Write(LogSeverity level, LogEvent id, string message, ReadOnlySpan<(string Name, object? Value)> fields)
    {
        if (level < Level) return;
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, _plain))
        {
            writer.WriteStartObject();
            writer.WriteString("time"u8, _time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteString("level"u8, Name(level));
            writer.WriteNumber("event_id"u8, id.Id);
            writer.WriteString("event"u8, id.Name);
            writer.WriteString("message"u8, message);
            foreach (var (name, value) in fields) WriteField(writer, name, value);
            writer.WriteEndObject();
        }
        buffer.Write("\n"u8);
        if (!_lines.Writer.TryWrite(buffer.WrittenSpan.ToArray())) Interlocked.Increment(ref _lost);
    }

    private static void WriteField(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNull(name);
                break;
            case bool flag:
                writer.WriteBoolean(name, flag);
                break;
            case int or long:
                writer.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number:
                writer.WriteNumber(name, number);
                break;
            default:
                writer.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Name(LogSeverity level) => level switch
    {
        LogSeverity.Trace => "trace",
        LogSeverity.Debug => "debug",
        LogSeverity.Info => "info",
        LogSeverity.Warn => "warn",
        _ => "error",
    };

    private async Task WriteLinesAsync()
    {
        try
        {
            while (await _lines.Reader.WaitToReadAsync())
            {
                while (_lines.Reader.TryRead(out var line)) await _output.WriteAsync(line);
                await _output.FlushAsync();
            }
        }
        catch (IOException)
        {
            // Whoever read our standard error is gone; the gateway goes on without a log rather than not at all.
            _lines.Writer.TryComplete();
        }
    }
}
