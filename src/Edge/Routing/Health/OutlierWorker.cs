using Edge.Configuration;
using Edge.Telemetry;

namespace Edge.Routing.Health;

/// <summary>
/// Compares the targets of each group at intervals, and has those used last for a while that do much worse than the others. A breaker asks whether a target works; this asks whether its neighbours
/// work better.
/// </summary>
/// <remarks>
/// The rule, over one interval, for targets with at least <see cref="OutlierConfig.MinRequests"/> calls of which there are two or more in the group: a target is an outlier whose share of failures is
/// above twice the median of the others' and by more than <see cref="ErrorMargin"/>, or whose mean time to first token, or to a whole answer, is above <see cref="LatencyFactor"/> times the median of the others' and by more than
/// <see cref="LatencyMargin"/>. The worst goes first, and as many as <see cref="OutlierConfig.MaxEjected"/> allows. The n-th time in a row it is out n times as long, ten times at most; an interval in
/// which it was judged and did well takes one off.
/// </remarks>
public sealed class OutlierWorker
{
    /// <summary>Of 20 calls with one failure in ten expected, three standard deviations.</summary>
    public const double ErrorMargin = 0.2;

    public const double LatencyFactor = 3;

    /// <summary>Milliseconds: among targets that answer within a few, three times as slow is nothing.</summary>
    public const double LatencyMargin = 250;

    private const int MostTimes = 10;

    private readonly Func<IEnumerable<IReadOnlyList<TargetState>>> _groups;
    private readonly Func<OutlierConfig> _config;
    private readonly TimeProvider _time;
    private readonly Log? _log;
    private readonly Lock _running = new();
    private readonly Dictionary<TargetState, Record> _records = [];
    private int _round;

    /// <param name="groups">The targets of each group, as they are now; a target may be in several.</param>
    /// <param name="config">As it is now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Tells who is out; null = nobody is told.</param>
    public OutlierWorker(Func<IEnumerable<IReadOnlyList<TargetState>>> groups, Func<OutlierConfig> config, TimeProvider time, Log? log = null)
    {
        _groups = groups;
        _config = config;
        _time = time;
        _log = log;
    }

    /// <summary>Until cancelled; returns then without throwing.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_config().Interval, _time, cancel);
                RunOnce(_time.GetTimestamp());
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>One comparison: over what happened since the last.</summary>
    /// <param name="now">A timestamp.</param>
    public void RunOnce(long now)
    {
        var config = _config();
        lock (_running)
        {
            _round++;
            var groups = _groups().ToList();
            foreach (var target in groups.SelectMany(static group => group)) Measure(target);
            foreach (var gone in _records.Where(pair => pair.Value.Round != _round).Select(static pair => pair.Key).ToList()) _records.Remove(gone);
            if (!config.Enabled) return;
            foreach (var group in groups) Judge(group, config, now);
            foreach (var record in _records.Values)
            {
                if (record.IsJudged && !record.IsOutlier && record.Times > 0) record.Times--;
            }
        }
    }

    private void Measure(TargetState target)
    {
        if (!_records.TryGetValue(target, out var record)) _records.Add(target, record = new Record(target));
        if (record.Round == _round) return;
        record.Round = _round;
        record.Measure(target);
    }

    private void Judge(IReadOnlyList<TargetState> group, OutlierConfig config, long now)
    {
        var judged = group.Distinct().Select(target => (Target: target, Record: _records[target])).Where(one => one.Record.Calls >= config.MinRequests).ToList();
        if (judged.Count < 2) return;
        var room = (int)(config.MaxEjected * group.Count) - group.Count(target => target.EjectedUntil > now);
        var worst = new List<(TargetState Target, Record Record, double Badness, string Why)>();
        foreach (var (target, record) in judged)
        {
            record.IsJudged = true;
            var others = judged.Where(one => one.Target != target).Select(static one => one.Record).ToList();
            var errors = record.ErrorRate - Math.Max(Median(others, static one => one.ErrorRate) * 2, Median(others, static one => one.ErrorRate) + ErrorMargin);
            // Streams and whole answers apart: the one's first token and the other's last are different things.
            var slowness = Math.Max(
                Slowness(record.FirstToken, Median(others.Where(static one => one.FirstToken >= 0), static one => one.FirstToken)),
                Slowness(record.WholeAnswer, Median(others.Where(static one => one.WholeAnswer >= 0), static one => one.WholeAnswer)));
            // Who fails is worse than who is slow.
            if (errors > 0) worst.Add((target, record, 1 + errors, "errors"));
            else if (slowness > 0) worst.Add((target, record, slowness, "slow"));
        }
        foreach (var (target, record, _, why) in worst.OrderByDescending(static one => one.Badness))
        {
            record.IsOutlier = true;
            // Out already by another group's word, or by an earlier one.
            if (target.EjectedUntil > now) continue;
            if (room-- <= 0) return;
            record.Times = Math.Min(record.Times + 1, MostTimes);
            var span = config.EjectFor * record.Times;
            target.Eject(span, now);
            _log?.Warn(EventIds.TargetEjected, "A target does much worse than the others of its group, and is used last for a while.", ("provider", target.Provider.Name), ("model", target.Model),
                ("why", why), ("error_rate", Math.Round(record.ErrorRate, 3)), ("first_token_ms", Math.Round(record.FirstToken)), ("seconds", span.TotalSeconds));
        }
    }

    // 0..1; 0 = not slow, or nothing to compare with.
    private static double Slowness(double own, double usual) => own > usual * LatencyFactor && own > usual + LatencyMargin ? 1 - (usual / own) : 0;

    // NaN where there is none: no comparison with it holds.
    private static double Median(IEnumerable<Record> records, Func<Record, double> of)
    {
        var values = records.Select(of).Order().ToList();
        if (values.Count == 0) return double.NaN;
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>A target since the last round.</summary>
    private sealed class Record(TargetState target)
    {
        private long _judged = target.Judged;
        private long _failures = target.Failures;
        private long _firstTokens = target.FirstTokens;
        private long _firstTokenSum = target.FirstTokenSum;
        private long _wholeAnswers = target.WholeAnswers;
        private long _wholeAnswerSum = target.WholeAnswerSum;

        public int Round { get; set; }

        public long Calls { get; private set; }

        public double ErrorRate { get; private set; }

        /// <summary>Milliseconds; negative = no stream began.</summary>
        public double FirstToken { get; private set; } = -1;

        /// <summary>Milliseconds; negative = there was no answer that was not streamed.</summary>
        public double WholeAnswer { get; private set; } = -1;

        public int Times { get; set; }

        public bool IsJudged { get; set; }

        public bool IsOutlier { get; set; }

        public void Measure(TargetState target)
        {
            IsJudged = IsOutlier = false;
            Calls = target.Judged - _judged;
            // Counted one after the other: a call may be in the one and not yet in the other.
            ErrorRate = Calls > 0 ? Math.Min(1, (target.Failures - _failures) / (double)Calls) : 0;
            var tokens = target.FirstTokens - _firstTokens;
            FirstToken = tokens > 0 ? (target.FirstTokenSum - _firstTokenSum) / (tokens * 1000.0) : -1;
            var answers = target.WholeAnswers - _wholeAnswers;
            WholeAnswer = answers > 0 ? (target.WholeAnswerSum - _wholeAnswerSum) / (answers * 1000.0) : -1;
            (_wholeAnswers, _wholeAnswerSum) = (target.WholeAnswers, target.WholeAnswerSum);
            (_judged, _failures, _firstTokens, _firstTokenSum) = (target.Judged, target.Failures, target.FirstTokens, target.FirstTokenSum);
        }
    }
}
