using System.Globalization;
using Edge.Load.Net;

namespace Edge.Load.Measure;

/// <summary>What a process and its children have used so far, and hold now.</summary>
/// <param name="CpuNanoseconds">User and system time, all threads, ended ones included.</param>
/// <param name="UserShare">The part of it spent in user mode, 0-1, at the kernel's resolution of 10 ms.</param>
/// <param name="RssBytes">VmRSS.</param>
/// <param name="PeakRssBytes">VmHWM: the highest VmRSS since the process began.</param>
/// <param name="Threads">Threads now.</param>
internal readonly record struct ProcessSample(long CpuNanoseconds, double UserShare, long RssBytes, long PeakRssBytes, int Threads);

/// <summary>Reads /proc for a process and its descendants (nginx: a master and its worker). The list of processes is taken once.</summary>
internal sealed unsafe class ProcessProbe
{
    private readonly int[] _processes;

    public ProcessProbe(int process) => _processes = [process, .. Descendants(process)];

    public IReadOnlyList<int> Processes => _processes;

    /// <summary>Sums over the processes; one that has ended counts as nothing.</summary>
    public ProcessSample Sample()
    {
        long cpu = 0, user = 0, system = 0, rss = 0, peak = 0;
        var threads = 0;
        foreach (var process in _processes)
        {
            if (ReadStat(process) is not { } stat)
                continue;
            var ticksUser = Long(stat[11]);
            var ticksSystem = Long(stat[12]);
            user += ticksUser;
            system += ticksSystem;
            threads += (int)Long(stat[17]);
            cpu += ProcessClock(process) ?? ((ticksUser + ticksSystem) * 10_000_000);
            foreach (var line in Lines($"/proc/{process}/status"))
            {
                if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                    rss += Kilobytes(line);
                else if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    peak += Kilobytes(line);
            }
        }
        return new ProcessSample(cpu, user + system == 0 ? 0 : (double)user / (user + system), rss, peak, threads);
    }

    /// <summary>RSS alone: what is sampled ten times a second while a load runs.</summary>
    public long SampleRss() => _processes.Sum(process =>
        Lines($"/proc/{process}/statm") is [var line, ..] ? Long(line.Split(' ')[1]) * Environment.SystemPageSize : 0);

    // The CPU clock of a whole process (clock_getcpuclockid(3)): the same sum as utime + stime in /proc/<pid>/stat, in nanoseconds instead of ticks of 10 ms.
    private static long? ProcessClock(int process)
    {
        Libc.TimeSpec time;
        return Libc.ClockGetTime((~process << 3) | 2, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : null;
    }

    private static List<int> Descendants(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out var process) && ReadStat(process) is { } stat)
                parents[process] = (int)Long(stat[1]);
        var found = new List<int> { root };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents.Where(pair => pair.Value == found[i]).Select(pair => pair.Key));
        found.RemoveAt(0);
        return found;
    }

    // The fields of /proc/<pid>/stat after the command, which may itself hold spaces and brackets: [0] is the state.
    private static string[]? ReadStat(int process)
    {
        var lines = Lines($"/proc/{process}/stat");
        return lines.Length == 0 ? null : lines[0][(lines[0].LastIndexOf(')') + 2)..].Split(' ');
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static long Kilobytes(string line) => Long(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Replace("kB", "", StringComparison.Ordinal)) * 1024;

    private static long Long(string text) => long.Parse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
}
