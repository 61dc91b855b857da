using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Edge.Storage.Journal;

/// <summary>A segment on disk.</summary>
/// <param name="Number">From 1; grows by one a segment.</param>
/// <param name="Path">Of the file.</param>
public readonly record struct JournalSegment(int Number, string Path);

/// <summary>Names, modes and durable changes of a journal's files.</summary>
internal static class JournalFiles
{
    public const string Extension = ".journal";
    private const string LockName = "journal.lock";

    // What these files hold is nobody else's to read.
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
    }

    public static string SegmentPath(string directory, int number) => Path.Combine(directory, number.ToString("D8", CultureInfo.InvariantCulture) + Extension);

    /// <summary>All segments, the oldest first.</summary>
    public static List<JournalSegment> List(string directory)
    {
        var segments = new List<JournalSegment>();
        foreach (var path in Directory.EnumerateFiles(directory, "*" + Extension))
        {
            var name = Path.GetFileNameWithoutExtension(path.AsSpan());
            if (name.Length >= 8 && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) segments.Add(new(number, path));
        }
        segments.Sort((a, b) => a.Number.CompareTo(b.Number));
        return segments;
    }

    public static FileStream Create(string path) => Open(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public static FileStream OpenToWrite(string path) => Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public static FileStream OpenToRead(string path) => Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Held until it is disposed of, and let go by the system when the process dies.</summary>
    /// <exception cref="JournalInUseException">Another process has it, or it cannot be opened.</exception>
    public static FileStream Lock(string directory)
    {
        var path = Path.Combine(directory, LockName);
        try
        {
            return Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new JournalInUseException($"The journal in '{directory}' is in use by another process, or its lock file cannot be opened ({e.Message}).", e);
        }
    }

    /// <summary>Puts <paramref name="content"/> in the place of a file: a reader, and a crash, find the old one or the new one, whole.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var beside = path + ".new";
        using (var file = Open(beside, FileMode.Create, FileAccess.ReadWrite, FileShare.Read))
        {
            RandomAccess.Write(file.SafeFileHandle, content, 0);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }
        File.Move(beside, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes new, renamed and deleted names durable: fsync of a file does not cover its name in the directory.</summary>
    public static void FlushDirectory(string directory)
    {
        // Elsewhere the journal is for development, and the name follows with the file system's next commit.
        if (!OperatingSystem.IsLinux()) return;
        var handle = OpenFile(Encoding.UTF8.GetBytes(directory + '\0'), 0);
        if (handle < 0) throw new IOException($"The directory '{directory}' cannot be opened.", Marshal.GetLastPInvokeError());
        try
        {
            if (FlushFile(handle) != 0) throw new IOException($"The directory '{directory}' cannot be flushed.", Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = CloseFile(handle);
        }
    }

    /// <summary>A failed call to the file system. For EFBIG the runtime throws an <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    /// <summary>The fault that a failed call to the file system means; on Unix <see cref="Exception.HResult"/> is errno.</summary>
    public static JournalFault FaultOf(Exception e) =>
        // EFBIG, ENOSPC, EDQUOT (Linux; asm-generic/errno-base.h and errno.h)
        e is ArgumentOutOfRangeException || (e is IOException && e.HResult is 27 or 28 or 122) ? JournalFault.DiskFull : JournalFault.DiskError;

    private static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open) options.UnixCreateMode = Private;
        return new FileStream(path, options);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushFile(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseFile(int handle);
}

/// <summary>A journal has one owner at a time, and this one has another.</summary>
public sealed class JournalInUseException : IOException
{
    public JournalInUseException()
    {
    }

    public JournalInUseException(string message)
        : base(message)
    {
    }

    public JournalInUseException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
