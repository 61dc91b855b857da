using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Edge.Storage.Journal;
using Edge.Tenancy;

namespace Edge.Audit;

/// <summary>
/// Pseudonyms of people: an HMAC of who they are under a key of the installation. Whoever has the key and a name finds that person's records; nobody finds a name in the records.
/// </summary>
public sealed class AuditSubjects
{
    internal const string FileName = "subjects.key";
    private const int KeyBytes = 32;
    private const int Digits = 24;
    private readonly byte[] _key;
    private readonly ConditionalWeakTable<Caller, string> _known = [];

    private AuditSubjects(byte[] key) => _key = key;

    /// <summary>Reads the key of the directory, or makes one.</summary>
    /// <exception cref="IOException">It cannot be read or written, or is no key.</exception>
    public static AuditSubjects Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            // Whichever of several processes comes last has the file; all of them read what is there.
            JournalFiles.Replace(path, RandomNumberGenerator.GetBytes(KeyBytes));
        }
        var key = File.ReadAllBytes(path);
        return key.Length == KeyBytes ? new(key) : throw new IOException($"'{path}' holds no key of {KeyBytes} bytes.");
    }

    /// <summary>Of a caller that is a person.</summary>
    public string Of(Caller caller) => _known.GetValue(caller, caller => Of(caller.Id));

    /// <summary>Of an identity as <see cref="Caller.Id"/> writes it.</summary>
    public string Of(string identity) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(identity)))[..Digits];
}
