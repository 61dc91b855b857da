using System.Globalization;
using System.Runtime.InteropServices;
using Edge.Load.Net;

namespace Edge.Load.Measure;

/// <summary>Where the figures were taken.</summary>
internal sealed record Machine(string Cpu, int Cores, string Kernel, long MemoryMb, string Runtime)
{
    public static Machine Describe() => new(
        CpuModel(),
        AllowedCores().Count,
        $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}",
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024),
        RuntimeInformation.FrameworkDescription);

    /// <summary>Time that the hypervisor gave to others and time in all, in ticks over all cores, from /proc/stat.</summary>
    public static (long Stolen, long Idle, long Total) Ticks()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(long.Parse).ToArray();
        return (fields.ElementAtOrDefault(7), fields[3] + fields[4], fields.Sum());
    }

    /// <summary>The cores that this process may use, lowest first.</summary>
    public static unsafe List<int> AllowedCores()
    {
        Span<ulong> mask = stackalloc ulong[16];
        fixed (ulong* p = mask)
            _ = Libc.GetAffinity(0, mask.Length * sizeof(ulong), p);
        var cores = new List<int>();
        for (var core = 0; core < mask.Length * 64; core++)
            if ((mask[core / 64] >> (core % 64) & 1) != 0)
                cores.Add(core);
        return cores;
    }

    /// <summary>Pins the calling thread, and so what it starts from now on, threads and processes alike.</summary>
    public static void PinThread(IEnumerable<int> cores) => Pin(0, cores);

    /// <summary>Pins every thread of this process that exists now; those to come inherit it.</summary>
    public static void PinProcess(IEnumerable<int> cores)
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
            Pin(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), cores);
    }

    /// <summary>Gives every thread of this process another niceness, -20 to 19; children inherit it. Below 0 it takes root.</summary>
    /// <remarks>
    /// With autogrouping (sched(7)) niceness weighs only within a session, and the session has a niceness of its own: that one is set too, until the process ends.
    /// </remarks>
    /// <returns>False when that is not permitted.</returns>
    public static bool SetNice(int nice)
    {
        const string Autogroup = "/proc/self/autogroup";
        try
        {
            if (File.Exists(Autogroup) && File.ReadAllText(Autogroup).Split(' ') is [_, "nice", var before])
            {
                File.WriteAllText(Autogroup, nice.ToString(CultureInfo.InvariantCulture));
                AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllText(Autogroup, before.Trim());
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        return Directory.EnumerateDirectories("/proc/self/task")
            .All(thread => Libc.SetPriority(0, int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), nice) == 0);
    }

    private static unsafe void Pin(int thread, IEnumerable<int> cores)
    {
        Span<ulong> mask = stackalloc ulong[16];
        mask.Clear();
        foreach (var core in cores)
            mask[core / 64] |= 1UL << (core % 64);
        fixed (ulong* p = mask)
            _ = Libc.SetAffinity(thread, mask.Length * sizeof(ulong), p);
    }

    private static string CpuModel()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return model?[(model.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
