using System.Runtime.InteropServices;

namespace Edge.Bench.Scan;

/// <summary>An engine of the system's packages, called in this process; bench/native/build.sh compiles what stands between.</summary>
internal sealed unsafe class NativeEngine
{
    private readonly void* _engine;
    private readonly delegate* unmanaged<void*, byte*, nuint, nint> _scan;

    private NativeEngine(void* engine, delegate* unmanaged<void*, byte*, nuint, nint> scan, string version)
    {
        _engine = engine;
        _scan = scan;
        Version = version;
    }

    public string Version { get; }

    /// <summary>Null where the library is not there, or does not take the patterns.</summary>
    /// <param name="name">Of the file in artifacts/native, without its ending.</param>
    /// <param name="withStarts">Whether it is to say where matches begin too.</param>
    public static NativeEngine? Open(string name, bool withStarts)
    {
        if (Find(Path.Combine("artifacts", "native", name + ".so")) is not { } file || !NativeLibrary.TryLoad(file, out var library)) return null;
        var open = (delegate* unmanaged<byte**, int, int, void*>)NativeLibrary.GetExport(library, "engine_open");
        var scan = (delegate* unmanaged<void*, byte*, nuint, nint>)NativeLibrary.GetExport(library, "engine_scan");
        var version = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "engine_version");
        var patterns = stackalloc byte*[ScanPatterns.All.Length];
        for (var i = 0; i < ScanPatterns.All.Length; i++) patterns[i] = (byte*)Marshal.StringToCoTaskMemUTF8(ScanPatterns.All[i]);
        var engine = open(patterns, ScanPatterns.All.Length, withStarts ? 1 : 0);
        return engine == null ? null : new NativeEngine(engine, scan, Marshal.PtrToStringUTF8((nint)version()) ?? "");
    }

    public long Count(ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text) return _scan(_engine, first, (nuint)text.Length);
    }

    // The bench runs from wherever its binary was built to.
    private static string? Find(string relative)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var file = Path.Combine(folder, relative);
            if (File.Exists(file)) return file;
        }
        return null;
    }
}
