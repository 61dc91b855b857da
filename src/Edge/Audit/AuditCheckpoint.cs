using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.Audit;

/// <summary>The end of a chain as it was at some time, noted outside of it: a chain that does not reach it has lost its tail.</summary>
/// <param name="Instance">Of the chain.</param>
/// <param name="Sequence">Of the record.</param>
/// <param name="Hash">That record's, in hex.</param>
/// <param name="At">When it was noted.</param>
public sealed record AuditCheckpoint(string Instance, long Sequence, string Hash, DateTimeOffset At)
{
    public const string FileName = "checkpoint.json";

    /// <summary>Null = it is not signed.</summary>
    public string? Signature { get; private init; }

    private byte[] Signed => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"edge-audit-checkpoint\n{Instance}\n{Sequence}\n{Hash}\n{At:O}"));

    public bool IsSignedBy(AuditSigner signer) => Signature is { } signature && signer.Verify(Signed, signature);

    internal byte[] Write(AuditSigner? signer)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("instance"u8, Instance);
            json.WriteNumber("seq"u8, Sequence);
            json.WriteString("hash"u8, Hash);
            json.WriteString("at"u8, At.ToString("O", CultureInfo.InvariantCulture));
            if (signer is not null) json.WriteString("signature"u8, signer.Sign(Signed));
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Null = the text is no checkpoint.</summary>
    public static AuditCheckpoint? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            string? instance = null, hash = null, signature = null;
            var sequence = 0L;
            DateTimeOffset at = default;
            var json = new Utf8JsonReader(text);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName) continue;
                var name = json.GetString();
                if (!json.Read()) return null;
                if (name == "instance") instance = json.GetString();
                else if (name == "seq" && json.TryGetInt64(out var number)) sequence = number;
                else if (name == "hash") hash = json.GetString();
                else if (name == "signature") signature = json.GetString();
                else if (name == "at" && !DateTimeOffset.TryParse(json.GetString(), CultureInfo.InvariantCulture, out at)) return null;
            }
            return instance is null || hash is null || sequence <= 0 ? null : new(instance, sequence, hash, at) { Signature = signature };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
