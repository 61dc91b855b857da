using System.Runtime.CompilerServices;
using System.Text.Json;
using Xunit;

namespace Edge.TestSupport;

/// <summary>Independent cases that live outside the repository; a test that needs them is skipped, visibly, where they are absent.</summary>
public static class SharedData
{
    /// <summary>The folder: EDGE_EVAL_DATA, else <c>../shared/data</c> beside the repository; null where neither exists.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The path of one file of the data folder. Skips the running test where it is absent.</summary>
    public static string Path(string relative)
    {
        Assert.SkipWhen(Folder is null, "The shared data folder is absent (EDGE_EVAL_DATA).");
        var path = System.IO.Path.Combine(Folder!, relative);
        Assert.SkipUnless(File.Exists(path), $"{relative} is absent from the shared data folder.");
        return path;
    }

    /// <summary>The records of one JSON Lines file.</summary>
    public static IEnumerable<JsonElement> Lines(string relative)
    {
        foreach (var line in File.ReadLines(Path(relative)))
        {
            if (line.Length > 0) yield return JsonDocument.Parse(line).RootElement;
        }
    }

    /// <summary>The repository's root: the folder that holds EdgeGateway.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static string? Find()
    {
        var folder = Environment.GetEnvironmentVariable("EDGE_EVAL_DATA");
        if (string.IsNullOrEmpty(folder)) folder = System.IO.Path.Combine(FindRoot(), "..", "shared", "data");
        return Directory.Exists(folder) ? System.IO.Path.GetFullPath(folder) : null;
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // Reproducible builds (CI=true) replace source paths by "/_/": then it is the place of the built test that tells. An IDE may build elsewhere: then it is the source.
        return Above(AppContext.BaseDirectory) ?? Above(here)
            ?? throw new InvalidOperationException($"EdgeGateway.sln was not found above {AppContext.BaseDirectory} or {here}.");
    }

    private static string? Above(string start)
    {
        for (var folder = System.IO.Path.GetDirectoryName(start); folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(System.IO.Path.Combine(folder, "EdgeGateway.sln"))) return folder;
        }
        return null;
    }
}
