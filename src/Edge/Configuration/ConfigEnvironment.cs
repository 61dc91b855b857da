using System.Globalization;

namespace Edge.Configuration;

/// <summary>Everything that loading takes from outside: variables and files. Tests give their own.</summary>
public class ConfigEnvironment
{
    /// <summary>The process's variables and the file system.</summary>
    public static ConfigEnvironment Process { get; } = new();

    /// <summary>The variable's value; null = not set.</summary>
    public virtual string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    /// <summary>
    /// Up to <paramref name="limit"/> + 1 bytes of the file, so that the caller sees one that is too large without reading all of it.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public virtual byte[] ReadFile(string path, int limit)
    {
        // A pipe or a device can be read but has no length that says how far; hence a loop, not ReadAllBytes.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (copy.Length <= limit)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, limit + 1 - copy.Length));
            if (read == 0) break;
            copy.Write(buffer, 0, read);
        }
        return copy.ToArray();
    }

    /// <summary>
    /// The identity of the file that the path leads to now: real path, time of change, size, mode, content. Empty = there is none. For
    /// this process only.
    /// </summary>
    public virtual string Stamp(string path)
    {
        try
        {
            var real = RealPath.Of(path);
            var file = new FileInfo(real);
            if (!file.Exists) return "";
            // The content too: images and package stores set every time to the same second, and "5s" is as long as "6s".
            // Only of a file with a length: a named pipe has none, and to open it would wait for its writer.
            var content = new HashCode();
            if (file.Length > 0) content.AddBytes(ReadFile(real, ConfigLoader.MaxFileBytes));
            return string.Create(CultureInfo.InvariantCulture,
                $"{real}|{file.LastWriteTimeUtc.Ticks}|{file.Length}|{(int)file.UnixFileMode}|{content.ToHashCode()}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return "";
        }
    }
}
