using Edge.Load.Measure;

namespace Edge.Load.Load;

/// <summary>The processes that are measured along with a run.</summary>
internal sealed class Watch(ProcessProbe? target, ProcessProbe? mock)
{
    private readonly ProcessProbe _self = new(Environment.ProcessId);
    private ProcessSample?[] _atStart = [];
    private ProcessSample?[] _atEnd = [];

    public long HighestRss { get; private set; }

    public bool HasTarget => target is not null;

    public void Start() => _atStart = Sample();

    public void End() => _atEnd = Sample();

    public void SampleRss() => HighestRss = Math.Max(HighestRss, target?.SampleRss() ?? 0);

    public Usage? Target(double seconds) => Between(0, seconds);

    public Usage? Mock(double seconds) => Between(1, seconds);

    public Usage? Generator(double seconds) => Between(2, seconds);

    private ProcessSample?[] Sample() => [target?.Sample(), mock?.Sample(), _self.Sample()];

    private Usage? Between(int index, double seconds)
    {
        if (_atStart.Length == 0 || _atEnd.Length == 0 || _atStart[index] is not { } before || _atEnd[index] is not { } after)
            return null;
        var cpu = (after.CpuNanoseconds - before.CpuNanoseconds) / 1e9;
        return new Usage(cpu, cpu / seconds, after.UserShare, Mb(after.RssBytes), Mb(after.PeakRssBytes), after.Threads);
    }

    private static double Mb(long bytes) => bytes / (1024.0 * 1024);
}
