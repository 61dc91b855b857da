using Edge.Configuration;
using Edge.Model;
using Edge.Routing.Health;
using Edge.Upstream;

namespace Edge.Routing;

/// <summary>
/// The targets of one request in the order in which they are tried, what came of those that were, and whether there is another. Pooled with its context.
/// </summary>
public sealed class AttemptPlan
{
    // As many as a request may make.
    private const int MaxNoted = 20;

    private readonly AttemptNote[] _notes = new AttemptNote[MaxNoted];
    private Candidate[] _candidates = new Candidate[8];
    private int[] _tries = new int[8];
    private int _count;
    private long _deadline;
    private long _frequency = 1;
    private RetryConfig _retry = new();
    private AllOpenAction _whenAllOpen;

    // Of the call at hand.
    private int _current = -1;

    // The number of the call at hand.
    private int _noted;

    // Tries that were of another key.
    private int _forgiven;

    /// <summary>Calls that were begun.</summary>
    public int Made { get; private set; }

    /// <summary>What came of each, as far as noted.</summary>
    public ReadOnlySpan<AttemptNote> Notes => _notes.AsSpan(0, Math.Min(Made, MaxNoted));

    /// <summary>The number of the call at hand.</summary>
    internal int Current => _noted;

    /// <summary>What the client is told where none succeeds: the failure that says most.</summary>
    internal FailedAttempt? Best { get; private set; }

    /// <summary>The last failure was of a kind that another target, or another try, may mend.</summary>
    public bool MayGoOn { get; private set; }

    /// <summary>The provider's word on how long to stay away, of the last failure.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>A target was passed over because its provider has had all the requests that its operator gives it: until the first of such has room again; zero = none was.</summary>
    public TimeSpan RateWait { get; private set; }

    /// <summary>What led to the order, for whoever asks.</summary>
    public SelectionStrategy Strategy { get; set; }

    /// <summary>The rule that decided; null = none did.</summary>
    public string? Rule { get; set; }

    public RoutePlan? Plan { get; set; }

    public ReadOnlySpan<Candidate> Candidates => _candidates.AsSpan(0, _count);

    internal Span<Candidate> Ordered => _candidates.AsSpan(0, _count);

    /// <summary>Another call could follow: the request's body is still needed.</summary>
    public bool CouldGoOn => Made < _retry.MaxAttempts && (_count > 1 || (_count == 1 && (_tries[0] < _retry.PerTarget || _candidates[0].Route.Target.Credential is Upstream.Credentials.KeyRing { Count: > 1 })));

    /// <summary>Another provider is left that was not tried and has a place.</summary>
    internal bool HasUntried(long now)
    {
        if (Made >= _retry.MaxAttempts || now > _deadline) return false;
        var provider = _candidates[_current].State.Provider;
        for (var i = 0; i < _count; i++)
        {
            // The places are the provider's: another model of it has none either.
            if (_tries[i] == 0 && _candidates[i].State is var state && state.Provider != provider && state.IsAvailable(now) && state.Provider.Gate.HasPlace && state.Provider.Rate.HasRoom(now)) return true;
        }
        return false;
    }

    /// <summary>How much of its time the request has left for beginning another call.</summary>
    internal TimeSpan Left(long now) => TimeSpan.FromSeconds(Math.Max(0, _deadline - now) / (double)_frequency);

    internal void Begin(RoutingConfig config, long deadline, long frequency)
    {
        _frequency = frequency;
        Strategy = config.SelectionStrategy;
        _retry = config.Retry;
        _whenAllOpen = config.Breaker.WhenAllOpen;
        _deadline = deadline;
    }

    internal void Add(in Candidate candidate)
    {
        if (_count == _candidates.Length)
        {
            Array.Resize(ref _candidates, _count * 2);
            Array.Resize(ref _tries, _count * 2);
        }
        _tries[_count] = 0;
        _candidates[_count++] = candidate;
    }

    /// <summary>Leaves out what does not fit; what is left keeps its order.</summary>
    internal void Keep(int count)
    {
        Array.Clear(_candidates, count, _count - count);
        _count = count;
    }

    /// <summary>
    /// Chooses the target of the next call and begins it: first those that are well, then those that are not known to be ill, then (where nothing else is left) those that are, then
    /// the same again.
    /// </summary>
    /// <param name="leg">Takes the call.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="wait">How long to wait before it.</param>
    /// <param name="entropy">For the jitter.</param>
    /// <returns>False = there is none.</returns>
    public bool TryNext(Leg leg, long now, Entropy entropy, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (Made >= _retry.MaxAttempts || (Made > 0 && now > _deadline)) return false;
        if (TryUntried(leg, now, Care.Preferred) || TryUntried(leg, now, Care.Available)) return true;
        if ((Made > 0 || _whenAllOpen == AllOpenAction.Try) && TryUntried(leg, now, Care.Forced)) return true;
        return Made > 0 && TryAgain(leg, now, entropy, out wait);
    }

    /// <summary>The same call without choice and wait, for a hedge: only a target that is well and was not tried.</summary>
    public bool TryHedge(Leg leg, long now) => Made < _retry.MaxAttempts && TryUntried(leg, now, Care.Preferred);

    private enum Care
    {
        Preferred,
        Available,
        Forced,
    }

    private bool TryUntried(Leg leg, long now, Care care)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_tries[i] > 0) continue;
            var state = _candidates[i].State;
            if (state.Provider.Switch == OperatorSwitch.Off) continue;
            var isForced = state.Provider.Switch == OperatorSwitch.Forced;
            if (care == Care.Preferred && !isForced && !state.IsPreferred(now)) continue;
            if (care == Care.Available && !isForced && !state.IsAvailable(now)) continue;
            // Who asked to be left alone is only asked where there is nobody else at all.
            if (care == Care.Forced && Made > 0 && !isForced && state.ThrottledUntil > now) continue;
            if (Take(leg, i, now, care == Care.Forced || isForced)) return true;
        }
        return false;
    }

    private bool Take(Leg leg, int index, long now, bool force)
    {
        var rate = _candidates[index].State.Provider.Rate;
        if (!rate.TryTake(now, out var wait))
        {
            // The operator's own word: it holds where nobody else is left, too.
            if (RateWait == TimeSpan.Zero || wait < RateWait) RateWait = wait;
            return false;
        }
        if (!leg.TryBegin(_candidates[index].Route, now, force))
        {
            rate.GiveBack();
            return false;
        }
        _tries[index]++;
        _current = index;
        leg.Number = Made;
        if (Made < MaxNoted) _notes[Made] = new AttemptNote { Route = _candidates[index].Route, BegunAt = now };
        Made++;
        _noted = leg.Number;
        return true;
    }

    private bool TryAgain(Leg leg, long now, Entropy entropy, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        for (var i = 0; i < _count; i++)
        {
            if (_tries[i] == 0 || _tries[i] >= _retry.PerTarget || !_candidates[i].State.Provider.Takes) continue;
            if (IsRuledOut(i)) continue;
            var most = TimeSpan.FromTicks(Math.Min(_retry.MaxDelay.Ticks, _retry.BaseDelay.Ticks << Math.Min(_tries[i] - 1, 20)));
            // Full jitter: those who failed together must not come back together.
            wait = most * entropy.NextDouble();
            var rest = Rest(i, now);
            if (rest > _retry.MaxDelay) continue;
            if (rest > wait) wait = rest;
            if (now + (long)(wait.TotalSeconds * _frequency) > _deadline) continue;
            if (!_candidates[i].State.Retries.TryTake(now)) continue;
            if (Take(leg, i, now, force: true)) return true;
        }
        return false;
    }

    // How long the provider wants to be left alone: by its last word here, or by what it said to whomever.
    private TimeSpan Rest(int index, long now)
    {
        var until = _candidates[index].State.ThrottledUntil;
        var rest = until > now ? TimeSpan.FromSeconds((until - now) / (double)_frequency) : TimeSpan.Zero;
        return index == _current && RetryAfter > rest ? RetryAfter.Value : rest;
    }

    private bool IsRuledOut(int index) => _candidates[index].Tier == int.MaxValue;

    /// <summary>The call at hand never went out: its target cannot serve the request at all.</summary>
    internal void RuleOut()
    {
        if (_current >= 0) _candidates[_current].Tier = int.MaxValue;
    }

    /// <summary>One of several keys was refused: the target is not tried less often for it, once for each other key.</summary>
    internal void Forgive(int keys)
    {
        if (_forgiven + 1 >= keys || _tries[_current] <= 1) return;
        _forgiven++;
        _tries[_current]--;
    }

    /// <summary>Only a larger context can help: what is not known to be larger is not tried.</summary>
    internal void OnlyLarger()
    {
        var current = _candidates[_current].Route.Facts.ContextWindow;
        for (var i = 0; i < _count; i++)
        {
            if (_candidates[i].Route.Facts.ContextWindow <= current || current == 0) _tries[i] = int.MaxValue;
        }
    }

    /// <summary>There is a call left to make, whatever it is.</summary>
    internal bool HasNext(long now)
    {
        if (Made >= _retry.MaxAttempts || now > _deadline) return false;
        for (var i = 0; i < _count; i++)
        {
            if (_candidates[i].State.Provider.Switch == OperatorSwitch.Off || !_candidates[i].State.Provider.Rate.HasRoom(now)) continue;
            if (_tries[i] == 0) return true;
            if (_tries[i] >= _retry.PerTarget || IsRuledOut(i) || !_candidates[i].State.Provider.Takes) continue;
            if (Rest(i, now) > _retry.MaxDelay) continue;
            return true;
        }
        return false;
    }

    /// <summary>The call at hand has failed.</summary>
    /// <param name="mayGoOn">Another target or another try may mend it.</param>
    /// <param name="retryAfter">The provider's word.</param>
    internal void Failed(bool mayGoOn, TimeSpan? retryAfter)
    {
        MayGoOn = mayGoOn;
        RetryAfter = retryAfter;
    }

    internal void Succeeded() => MayGoOn = false;

    /// <summary>A stream broke off after it had begun: the time for another attempt counts from there.</summary>
    internal void Extend(long now, long frequency) => _deadline = Math.Max(_deadline, now + (long)(_retry.Deadline.TotalSeconds * frequency));

    /// <summary>Keeps the failure for the client where it says more than what is kept.</summary>
    internal void Keep(FailedAttempt failed)
    {
        if (Best is null || failed.Rank > Best.Rank) Best = failed;
    }

    /// <summary>Notes what came of the call at hand.</summary>
    public void Note(string result, int status, double milliseconds)
    {
        if (Made == 0 || _noted >= MaxNoted) return;
        ref var note = ref _notes[_noted];
        note.Result = result;
        note.Status = status;
        note.Milliseconds = milliseconds;
    }

    /// <summary>Notes the loser of a hedge.</summary>
    internal void NoteHedge(int number, string result, double milliseconds)
    {
        if (number >= MaxNoted) return;
        _notes[number].Result = result;
        _notes[number].Milliseconds = milliseconds;
    }

    /// <summary>The call that was begun last was never sent: its target may still be tried.</summary>
    /// <param name="number">Of the call at hand.</param>
    internal void TakeBack(int number)
    {
        if (_current >= 0)
        {
            _tries[_current]--;
            _candidates[_current].State.Provider.Rate.GiveBack();
        }
        Made--;
        if (Made < MaxNoted) _notes[Made] = default;
        Resume(number);
    }

    /// <summary>The winner of a hedge is the call at hand.</summary>
    internal void Resume(int number)
    {
        _noted = number;
        for (var i = 0; i < _count && number < MaxNoted; i++)
        {
            if (_candidates[i].Route == _notes[number].Route) _current = i;
        }
    }

    public void Clear()
    {
        Array.Clear(_candidates, 0, _count);
        Array.Clear(_notes, 0, Math.Min(Made, MaxNoted));
        _count = Made = 0;
        _current = -1;
        _noted = _forgiven = 0;
        Best = null;
        Plan = null;
        Rule = null;
        MayGoOn = false;
        RetryAfter = null;
        RateWait = TimeSpan.Zero;
    }
}

/// <summary>One call of a request, for the debug header, spans and records.</summary>
public struct AttemptNote
{
    public ModelRoute Route;

    /// <summary><c>ok</c>, or the name of a failure; null = under way.</summary>
    public string? Result;

    /// <summary>HTTP status; 0 = none came.</summary>
    public int Status;

    /// <summary>When its target was chosen: a TimeProvider timestamp.</summary>
    public long BegunAt;

    /// <summary>From the request sent to its end, or to the first byte for the client.</summary>
    public double Milliseconds;
}
