namespace Edge.Configuration;

/// <summary>A path with every symbolic link on the way resolved.</summary>
internal static class RealPath
{
    // Linux gives up (ELOOP) after 40 links.
    private const int MaxLinks = 40;

    /// <summary>
    /// Resolves links in every component, not only the last: a Kubernetes mount is <c>edge.yaml -> ..data/edge.yaml</c> with
    /// <c>..data -> ..2026_01_31</c>, and an update swaps only the link in the middle.
    /// </summary>
    /// <exception cref="IOException">More than 40 links.</exception>
    public static string Of(string path)
    {
        var todo = new Stack<string>();
        var real = StartOver(todo, Path.GetFullPath(path));
        for (var links = 0; todo.TryPop(out var part);)
        {
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MaxLinks) throw new IOException($"'{path}': too many symbolic links");
            real = StartOver(todo, Path.GetFullPath(target, real));
        }
        return real;
    }

    private static string StartOver(Stack<string> todo, string fullPath)
    {
        foreach (var part in fullPath.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) todo.Push(part);
        return "/";
    }
}
