using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;

namespace Edge.Cache.Semantic;

/// <summary>Whether the model is there.</summary>
internal enum SemanticState { Off, Loading, Ready, Unavailable }

/// <summary>
/// Finds the entry whose prompt asks for the same: the prompt in canonical form is embedded, the nearest of its scope are looked up, and the gate has the last word. The scope holds everything else that shapes an
/// answer (tenant, model, system prompt, tools, parameters, earlier turns): only the last turn of the user is compared. Texts come in after redaction. Safe for several threads; nothing here blocks the caller.
/// </summary>
internal sealed class SemanticLookup : IDisposable
{
    private readonly SemanticOptions _options;
    private readonly TimeProvider _time;
    private readonly string _folder;
    private readonly Lock _lock = new();
    private volatile Loaded? _loaded;
    private Task _loading = Task.CompletedTask;
    private bool _disposed;

    private sealed record Loaded(EmbeddingEngine Engine, SemanticIndex Index, EmbeddingWorkers Workers, Verifier? Verifier);

    /// <param name="options">Bounds and model.</param>
    /// <param name="time">Of deadlines.</param>
    /// <param name="folder">Where the model's files are; the binary's own by default.</param>
    public SemanticLookup(SemanticOptions options, TimeProvider time, string? folder = null) => (_options, _time, _folder) = (options, time, folder ?? AppContext.BaseDirectory);

    public SemanticState State { get; private set; }

    /// <summary>Why it is <see cref="SemanticState.Unavailable"/>, for the operator.</summary>
    public string? Problem { get; private set; }

    public SemanticCounters Counters { get; } = new();

    /// <summary>Entries of all scopes.</summary>
    public int Count => _loaded?.Index.Count ?? 0;

    /// <summary>Bytes held by their vectors.</summary>
    public long IndexSize => _loaded?.Index.Size ?? 0;

    /// <summary>Loads the model in the background, once; called where a policy says "semantic". Until it is there look-ups are <see cref="SemanticOutcome.Unavailable"/>.</summary>
    /// <returns>Ends when the model is loaded or cannot be.</returns>
    public Task StartAsync()
    {
        lock (_lock)
        {
            if (State != SemanticState.Off || _disposed) return _loading;
            State = SemanticState.Loading;
            return _loading = Task.Run(Load);
        }
    }

    /// <summary>Looks a prompt up.</summary>
    /// <param name="text">The last turn of the user, redacted.</param>
    /// <param name="scope">A hash of everything else that shapes the answer, the tenant first.</param>
    /// <param name="threshold">The least similarity, 0..1.</param>
    /// <param name="deadline">From now; past it the look-up is skipped. It is kept within one embedding, some milliseconds.</param>
    public ValueTask<SemanticResult> FindAsync(string text, UInt128 scope, double threshold, TimeSpan deadline)
    {
        if (_loaded is not { } loaded) return new(Counted(new SemanticResult(SemanticOutcome.Unavailable)));
        var done = new TaskCompletionSource<SemanticResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = loaded.Workers.TryPost(() => done.TrySetResult(Counted(Find(loaded, text, scope, (float)threshold))), () => done.TrySetResult(Counted(new SemanticResult(SemanticOutcome.Busy))), deadline);
        return posted ? new(done.Task) : new(Counted(new SemanticResult(SemanticOutcome.Busy)));
    }

    /// <summary>Adds an entry for a prompt that a look-up embedded. An entry that is there already is replaced.</summary>
    /// <param name="scope">As in the look-up.</param>
    /// <param name="prompt">From its result.</param>
    /// <param name="entry">The cache's id.</param>
    /// <returns>False where nothing is loaded.</returns>
    public bool TryAdd(UInt128 scope, PreparedPrompt prompt, ulong entry)
    {
        if (_loaded is not { } loaded) return false;
        loaded.Index.Add(scope, entry, prompt.Vector, prompt.Text);
        return true;
    }

    /// <summary>Adds an entry by its text, in the background: for warming, and for entries of another gateway. Texts that are not looked up are not added.</summary>
    /// <param name="scope">As in a look-up.</param>
    /// <param name="text">The prompt, redacted.</param>
    /// <param name="entry">The cache's id.</param>
    /// <param name="deadline">From now; an entry that had no turn by then is not added.</param>
    /// <returns>False where nothing is loaded or too many wait.</returns>
    public bool TryAdd(UInt128 scope, string text, ulong entry, TimeSpan deadline) =>
        _loaded is { } loaded && loaded.Workers.TryPost(() =>
        {
            if (Prepare(loaded, text, out var prompt) == GateReason.None) loaded.Index.Add(scope, entry, prompt!.Vector, prompt.Text);
        }, () => { }, deadline);

    /// <summary>Removes an entry: evicted, invalidated, or rejected by a client.</summary>
    public bool Remove(ulong entry) => _loaded?.Index.Remove(entry) ?? false;

    public void Clear() => _loaded?.Index.Clear();

    public void Dispose()
    {
        Loaded? loaded;
        lock (_lock)
        {
            _disposed = true;
            (loaded, _loaded, State) = (_loaded, null, SemanticState.Off);
        }
        // The session stays until the process ends or the collector finds it: a worker may be inside of it.
        loaded?.Workers.Dispose();
    }

    private void Load()
    {
        EmbeddingEngine? engine = null;
        string? problem;
        try
        {
            engine = EmbeddingEngine.TryLoad(_options.Model, _folder, out problem);
            // Lists and lexicon are read at first use: now, and not by the first request.
            if (engine is not null) SemanticGate.Check("How do I do this?", "How can I do that?");
        }
        catch (Exception e)
        {
            // Whatever it is, requests go on without, and the operator is told: a cache that loads for ever says nothing.
            engine = null;
            problem = $"{e.GetType().Name}: {(e.InnerException ?? e).Message}";
        }
        lock (_lock)
        {
            if (engine is null || _disposed)
            {
                (State, Problem) = (SemanticState.Unavailable, problem);
                return;
            }
            _loaded = new Loaded(engine, new SemanticIndex(engine.Dimensions, _options.MaxEntries), new EmbeddingWorkers(_options.Workers, _options.Queue, _time), _options.Model.IsShipped ? Verifier.Embedded : null);
            State = SemanticState.Ready;
        }
    }

    private SemanticResult Find(Loaded loaded, string text, UInt128 scope, float threshold)
    {
        if (Prepare(loaded, text, out var prompt) is var bypass and not GateReason.None) return new SemanticResult(SemanticOutcome.Bypassed, Reason: bypass);
        if (loaded.Index.Search(scope, prompt!.Vector, threshold, _options.Candidates) is not { } found) return new SemanticResult(SemanticOutcome.Busy, Prompt: prompt);
        var refused = new SemanticResult(SemanticOutcome.Miss, Prompt: prompt);
        TextStates? states = null;
        foreach (var candidate in found)
        {
            var reason = SemanticGate.Check(prompt.Form, PromptForm.Of(candidate.Text)).Reason;
            if (reason == GateReason.None && candidate.Text != prompt.Text && !Verified(loaded, prompt, candidate, ref states)) reason = GateReason.Verifier;
            if (reason == GateReason.None) return new SemanticResult(SemanticOutcome.Hit, candidate.Entry, candidate.Similarity, GateReason.None, prompt);
            // The nearest one's reason is told.
            if (refused.Outcome == SemanticOutcome.Miss) refused = new SemanticResult(SemanticOutcome.Refused, candidate.Entry, candidate.Similarity, reason, prompt);
        }
        return refused;
    }

    private static bool Verified(Loaded loaded, PreparedPrompt prompt, Vectors.Neighbour candidate, ref TextStates? states)
    {
        if (loaded.Verifier is not { } verifier || !loaded.Engine.HasStates) return true;
        states ??= loaded.Engine.EmbedStates(prompt.Text);
        if (states is null || loaded.Engine.EmbedStates(candidate.Text) is not { } other) return false;
        Span<float> features = stackalloc float[PairFeatures.Count];
        PairFeatures.Of(prompt.Form, PromptForm.Of(candidate.Text), states, other, candidate.Similarity, features);
        return verifier.Score(features) >= Verifier.Threshold;
    }

    private GateReason Prepare(Loaded loaded, string text, out PreparedPrompt? prompt)
    {
        prompt = null;
        var screened = PromptScreen.Check(text, _options.Model.EnglishOnly);
        if (screened != GateReason.None) return screened;
        // To the model a line break is an unknown sign.
        text = text.Trim().ReplaceLineEndings(" ").Replace('\t', ' ');
        // The text itself must fit and be known to the model: its canonical form is shorter and may hide what is not.
        Span<long> ids = _options.Model.MaxTokens <= 512 ? stackalloc long[_options.Model.MaxTokens] : new long[_options.Model.MaxTokens];
        var tokens = loaded.Engine.Tokenize(text, ids);
        if (tokens.Clipped) return GateReason.TooLong;
        if (tokens.UnknownShare > EmbeddingEngine.MaxUnknownShare) return GateReason.UnknownPieces;
        var form = PromptForm.Of(text);
        if (form.Key.Length == 0) return GateReason.Empty;
        var vector = new float[loaded.Engine.Dimensions];
        var embedded = loaded.Engine.Embed(form.Key, vector);
        if (!embedded.HasVector) return embedded.Clipped ? GateReason.TooLong : embedded.UnknownShare > EmbeddingEngine.MaxUnknownShare ? GateReason.UnknownPieces : GateReason.Empty;
        prompt = new PreparedPrompt(text, form, vector);
        return GateReason.None;
    }

    private SemanticResult Counted(SemanticResult result)
    {
        Counters.Count(result);
        return result;
    }
}
