using System.Diagnostics;
using Edge.Load.Measure;

namespace Edge.Load.Compare;

/// <summary>A process of ours: started on chosen cores, its last words kept, and ended with us whatever happens.</summary>
internal sealed class Child : IDisposable
{
    private const int LinesKept = 20;
    private const int SigTerm = 15;

    private static readonly List<Child> Alive = [];
    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static Child() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        lock (Alive)
            foreach (var child in Alive.ToArray())
                child.KillTree();
    };

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it printed last, for the message when it does not come up.</summary>
    public string LastLines
    {
        get
        {
            lock (_lastLines)
                return string.Join('\n', _lastLines);
        }
    }

    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cores">The cores it and its children may use: inherited over fork and exec, so that no wrapper adds to its start.</param>
    /// <param name="back">The cores of the calling thread afterwards.</param>
    /// <param name="directory">Its working directory.</param>
    public static Child Start(string file, IEnumerable<string> arguments, IReadOnlyList<int> cores, IReadOnlyList<int> back, string directory)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Machine.PinThread(cores);
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new UsageException($"cannot start {file}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new UsageException($"cannot start {file}: {error.Message}");
        }
        finally
        {
            Machine.PinThread(back);
        }
        var child = new Child(process);
        lock (Alive)
            Alive.Add(child);
        process.OutputDataReceived += (_, line) => child.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The first line that it prints.</summary>
    public string FirstLine(TimeSpan atMost) =>
        _firstLine.Task.Wait(atMost) ? _firstLine.Task.Result : throw new UsageException($"process {Id} printed nothing within {atMost.TotalSeconds:0} s");

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = Net.Libc.Kill(Id, SigTerm);
            if (!_process.WaitForExit(3000))
                KillTree();
        }
        lock (Alive)
            Alive.Remove(this);
        _process.Dispose();
    }

    private void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _firstLine.TrySetResult(line);
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LinesKept)
                _lastLines.Dequeue();
        }
    }
}
