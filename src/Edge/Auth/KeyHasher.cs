using System.Security.Cryptography;
using System.Text;
using Edge.Configuration;

namespace Edge.Auth;

/// <summary>
/// How a client's key is kept and looked up: HMAC-SHA256 under a secret of the gateway (the pepper), so that neither a copy of the database nor one of the memory gives a key away, and
/// whoever has both still has to guess 190 random bits. Any thread.
/// </summary>
public sealed class KeyHasher
{
    /// <summary>Of a hash, in bytes.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    /// <summary>The longest key, in bytes of UTF-8; what is longer is nobody's.</summary>
    public const int MaxKeyBytes = 1024;

    /// <summary>The file in the data directory that keeps a pepper which nobody configured.</summary>
    internal const string FileName = "key-pepper";

    private const int PepperBytes = 32;

    private const int Block = 64;

    // The pepper as both of HMAC's hashes begin with it (RFC 2104). Two plain hashes of so little cost a third of the library's HMAC, which looks up its algorithm anew each time.
    private readonly byte[] _inner = new byte[Block];
    private readonly byte[] _outer = new byte[Block];

    /// <param name="pepper">16 bytes to 64; what is hashed under one is unknown under another.</param>
    public KeyHasher(ReadOnlySpan<byte> pepper)
    {
        if (pepper.Length is < 16 or > Block) throw new ArgumentOutOfRangeException(nameof(pepper), pepper.Length, "A pepper has 16 to 64 bytes.");
        pepper.CopyTo(_inner);
        pepper.CopyTo(_outer);
        for (var i = 0; i < Block; i++)
        {
            _inner[i] ^= 0x36;
            _outer[i] ^= 0x5C;
        }
    }

    /// <summary>For keys of the configuration alone: nothing is kept, so that a secret of this process will do.</summary>
    public static KeyHasher OfProcess { get; } = new(RandomNumberGenerator.GetBytes(PepperBytes));

    /// <summary>
    /// The configured pepper (<c>auth.key_pepper</c>), else the one that the data directory keeps, made when it is not there; without both, this process's. Instances that share a database
    /// must share it too.
    /// </summary>
    /// <exception cref="IOException">The directory cannot be written, or its file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static KeyHasher Of(AuthConfig auth, string? dataDirectory)
    {
        if (auth.KeyPepper.HasValue) return new(SHA256.HashData(Encoding.UTF8.GetBytes(auth.KeyPepper.Reveal())));
        return string.IsNullOrEmpty(dataDirectory) ? OfProcess : OfFile(Path.Combine(dataDirectory, FileName));
    }

    /// <summary>Writes a key's hash. False = the key is longer than any: nothing was written.</summary>
    /// <param name="key">As the client sends it.</param>
    /// <param name="hash">Takes <see cref="Length"/> bytes.</param>
    public bool TryHash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[Block + MaxKeyBytes];
        if (!Encoding.UTF8.TryGetBytes(key, bytes[Block..], out var count)) return false;
        _inner.CopyTo(bytes);
        Span<byte> both = stackalloc byte[Block + Length];
        _outer.CopyTo(both);
        SHA256.HashData(bytes[..(Block + count)], both[Block..]);
        SHA256.HashData(both, hash);
        CryptographicOperations.ZeroMemory(bytes[..(Block + count)]);
        return true;
    }

    /// <summary>The same as an array of its own, for what is kept.</summary>
    /// <exception cref="ArgumentException">The key is longer than <see cref="MaxKeyBytes"/>.</exception>
    public byte[] Hash(ReadOnlySpan<char> key)
    {
        var hash = new byte[Length];
        return TryHash(key, hash) ? hash : throw new ArgumentException($"A key has at most {MaxKeyBytes} bytes.", nameof(key));
    }

    private static KeyHasher OfFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var fresh = RandomNumberGenerator.GetBytes(PepperBytes);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // Written under another name and linked to its own: of two gateways that start at once over one directory both must read the same, whole.
        var own = $"{path}.{Environment.ProcessId}";
        if (!File.Exists(path))
        {
            File.Delete(own);
            using (var file = new FileStream(own, options))
            {
                file.Write(fresh);
                file.Flush(flushToDisk: true);
            }
            try
            {
                File.Move(own, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(own);
            }
        }
        var pepper = File.ReadAllBytes(path);
        return pepper.Length == PepperBytes ? new(pepper) : throw new IOException($"The file {path} is no pepper: it must hold {PepperBytes} bytes. Without the right one no stored key is known any more.");
    }
}
