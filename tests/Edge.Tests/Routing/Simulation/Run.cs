using Edge.Configuration;
using Edge.Routing;
using Edge.Routing.Health;

namespace Edge.Tests.Routing.Simulation;

/// <summary>
/// One run through the world's half hour: each request is scored by the strategy and tries one target after another as the gateway does (those that are well first, then those that are available, then any;
/// four at most), with the product's own breakers, measures and outlier ejection on simulated time.
/// </summary>
internal sealed class Run
{
    private const int MaxAttempts = 4;

    private readonly RoutingKit _kit = new();
    private readonly Candidate[] _targets;
    private readonly Entropy _luck = new(7);
    private readonly PriorityQueue<Call, (double At, int Number)> _calls = new();
    private readonly OutlierWorker _outliers;
    private readonly IRoutingStrategy? _strategy;
    private readonly Chooser? _chooser;
    private readonly List<World.Request> _requests = World.Requests();
    private double _now;
    private double _nextComparison = 10_000;
    private int _number;

    /// <summary>In the place of a strategy: the lowest is tried first.</summary>
    public delegate double Chooser(Run run, int place, in World.Request request);

    public Run(string name, IRoutingStrategy? strategy, Chooser? chooser = null)
    {
        Name = name;
        _strategy = strategy;
        _chooser = chooser;
        _targets = [.. World.Places.Select(place => _kit.Candidate(place.Name, place.Input, place.Output, place.Quality))];
        TargetState[] group = [.. _targets.Select(target => target.State)];
        _outliers = new OutlierWorker(() => [group], () => new OutlierConfig(), _kit.Time);
    }

    public string Name { get; }

    public List<Answer> Answers { get; } = [];

    /// <summary>Of each place.</summary>
    public int[] FirstChoices { get; } = new int[World.Places.Length];

    public int Failures { get; private set; }

    /// <summary>Requests that no attempt answered.</summary>
    public int Unanswered { get; private set; }

    /// <summary>For tests that look at each choice: the request, the first target in the order, and which were well.</summary>
    public Action<World.Request, int, bool[]>? OnChoice { get; init; }

    public double Minute => _now / 60_000;

    public double Seconds => Answers.Average(answer => answer.Milliseconds) / 1000;

    public double SecondsAt(double quantile) => Answers.Select(answer => answer.Milliseconds).Order().ElementAt((int)(Answers.Count * quantile)) / 1000;

    /// <summary>Dollars for a thousand requests.</summary>
    public double Cost => Answers.Average(answer => answer.Cost) * 1000;

    public double Quality => Answers.Average(answer => World.Places[answer.Place].Quality);

    public double FailureShare => (double)Failures / _requests.Count;

    public int UnderWay(int place) => _targets[place].State.InFlight;

    /// <summary>What a request would cost there, in dollars.</summary>
    public static double CostOf(int place, in World.Request request) => ((request.Input * World.Places[place].Input) + (request.Output * World.Places[place].Output)) / 1e6;

    /// <summary>What it would take there at this moment, without chance.</summary>
    public double TimeOf(int place, in World.Request request) =>
        (World.Places[place].First + (request.Output * World.Places[place].Between)) * World.Slowness(place, Minute) * World.Load(place, UnderWay(place));

    public Run Go()
    {
        foreach (var request in _requests)
        {
            while (_calls.TryPeek(out _, out var due) && due.At <= request.At) Finish();
            MoveTo(request.At);
            Attempt(new Call(request, new bool[_targets.Length]));
        }
        while (_calls.Count > 0) Finish();
        return this;
    }

    private void Attempt(Call call)
    {
        var now = _kit.Now;
        foreach (var place in Order(call))
        {
            if (!_targets[place].State.TryBegin(now, call.IsForced, out var isProbe)) continue;
            if (call.Attempts++ == 0) FirstChoices[place]++;
            call.Tried[place] = true;
            Send(call, place, isProbe);
            return;
        }
        Unanswered++;
    }

    // The first of each kind, as AttemptPlan takes them.
    private List<int> Order(Call call)
    {
        var now = _kit.Now;
        var scored = new Candidate[_targets.Length];
        _targets.CopyTo(scored, 0);
        if (_chooser is not null)
        {
            for (var i = 0; i < scored.Length; i++) scored[i].Score = _chooser(this, i, call.Request);
        }
        else
        {
            _strategy!.Score(_kit.Query(call.Request.Input, sticky: _strategy.Kind == SelectionStrategy.Sticky ? Entropy.Mix(call.Request.User) : 0, turn: (uint)Answers.Count), scored);
        }
        var order = Enumerable.Range(0, scored.Length).OrderBy(i => scored[i].Score).Where(i => !call.Tried[i]).ToList();
        if (call.Attempts == 0) OnChoice?.Invoke(call.Request, order.First(i => _targets[i].State.IsPreferred(now)), [.. _targets.Select(target => target.State.IsPreferred(now))]);
        var preferred = order.Where(i => _targets[i].State.IsPreferred(now)).ToList();
        if (preferred.Count > 0) return preferred;
        var available = order.Where(i => _targets[i].State.IsAvailable(now)).ToList();
        call.IsForced = available.Count == 0;
        return call.IsForced ? order : available;
    }

    private void Send(Call call, int place, bool isProbe)
    {
        var luck = (_luck.NextDouble() + _luck.NextDouble() + _luck.NextDouble()) / 3;
        var scatter = 0.7 + (0.6 * luck) + (_luck.Next(50) == 0 ? 1 : 0);
        call.IsFailing = _luck.NextDouble() < World.Failing(place, Minute);
        (call.Place, call.IsProbe) = (place, isProbe);
        var slowness = World.Slowness(place, Minute) * World.Load(place, UnderWay(place) - 1) * scatter;
        call.First = World.Places[place].First * slowness;
        call.Between = World.Places[place].Between * slowness;
        var takes = call.IsFailing ? World.Hangs(place, Minute) ? World.HangsFor : World.FailsAfter : call.First + (call.Request.Output * call.Between);
        _calls.Enqueue(call, (_now + takes, _number++));
    }

    private void Finish()
    {
        _calls.TryDequeue(out var call, out var due);
        MoveTo(due.At);
        var state = _targets[call!.Place].State;
        if (!call.IsFailing)
        {
            state.InterToken.Observe(call.Between, _kit.Now);
            state.OutputTokens.Observe(call.Request.Output);
            state.End(CallResult.Ok, call.IsProbe, call.First, _kit.Now);
            Answers.Add(new Answer(call.Request.At, call.Place, _now - call.Request.At, CostOf(call.Place, call.Request)));
            return;
        }
        Failures++;
        state.End(CallResult.Failed, call.IsProbe, -1, _kit.Now);
        if (call.Attempts < MaxAttempts) Attempt(call);
        else Unanswered++;
    }

    private void MoveTo(double milliseconds)
    {
        while (_nextComparison <= milliseconds)
        {
            Advance(_nextComparison);
            _outliers.RunOnce(_kit.Now);
            _nextComparison += 10_000;
        }
        Advance(milliseconds);
    }

    private void Advance(double milliseconds)
    {
        _kit.Time.Advance(TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond) - (long)(_now * TimeSpan.TicksPerMillisecond)));
        _now = milliseconds;
    }

    /// <param name="At">When the request came, in milliseconds.</param>
    /// <param name="Place">Who answered.</param>
    /// <param name="Milliseconds">From the request to the end of the answer, failed attempts included.</param>
    /// <param name="Cost">Dollars.</param>
    internal readonly record struct Answer(double At, int Place, double Milliseconds, double Cost);

    private sealed class Call(World.Request request, bool[] tried)
    {
        public World.Request Request { get; } = request;

        public bool[] Tried { get; } = tried;

        public int Attempts, Place;
        public bool IsProbe, IsFailing, IsForced;
        public double First, Between;
    }
}
