using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Clients;

namespace Edge.Admin;

/// <summary>An answer of the admin plane: JSON, an error in OpenAI's envelope.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">JSON.</param>
/// <param name="Allow">For a 405: the methods.</param>
/// <param name="RetryAfterSeconds">0 = not said.</param>
public readonly record struct AdminReply(int Status, ReadOnlyMemory<byte> Body, string? Allow = null, int RetryAfterSeconds = 0)
{
    /// <summary>The revision, in quotes; null = none is told.</summary>
    public string? ETag { get; init; }

    /// <summary>Where what was made stands; null = not said.</summary>
    public string? Location { get; init; }

    /// <summary>Null = JSON.</summary>
    public string? ContentType { get; init; }

    /// <summary>Null = <see cref="Body"/>. What may be kept of it: an answer with a secret is shown once, and kept without.</summary>
    public ReadOnlyMemory<byte>? Kept { get; init; }

    /// <summary>It was given before, to the same request with the same key.</summary>
    public bool IsReplay { get; init; }

    /// <summary>204.</summary>
    public static AdminReply Done { get; } = new(204, default);

    // Read by people in a terminal, never by a browser as HTML.
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <param name="write">Writes one value.</param>
    public static AdminReply Ok(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, _json)) write(json);
        buffer.Write("\n"u8);
        return new(200, buffer.WrittenMemory);
    }

    public static AdminReply Error(int status, string code, string message, string? field = null) =>
        new(status, OpenAiEnvelope.Write(message, "invalid_request_error", field, code));

    public static AdminReply NotFound() => Error(404, "NOT_FOUND", "There is no such path.");

    public static AdminReply WrongMethod(string allowed) =>
        Error(405, "METHOD_NOT_ALLOWED", $"The path allows {allowed.Replace(", ", " and ", StringComparison.Ordinal)} only.") with { Allow = allowed };
}
