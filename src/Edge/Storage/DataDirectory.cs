using Edge.Configuration;

namespace Edge.Storage;

/// <summary>The directory of what outlives the process: database, journals, keys. For its owner's eyes only.</summary>
public static class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes it where it is missing.</summary>
    /// <returns>Its full path; null = none is configured, and nothing is kept.</returns>
    /// <exception cref="IOException">It cannot be made, or nothing can be written there.</exception>
    public static string? Open(StoresConfig config, ConfigEnvironment environment)
    {
        if ((config.DataDirectory ?? environment.Variable("EDGE_DATA_DIR")) is not { Length: > 0 } named) return null;
        try
        {
            var path = Path.GetFullPath(named);
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"stores.data_directory '{named}' cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Makes an empty file with mode 0600, unless it is there. What SQLite puts beside it gets the same mode.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void CreateFile(string path)
    {
        try
        {
            using var file = new FileStream(path, Options(FileMode.OpenOrCreate));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Replaces the file in one step, mode 0600: whoever reads it sees the old or the new, also after a crash.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        try
        {
            using (var file = new FileStream(temporary, Options(FileMode.Create)))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }
}
