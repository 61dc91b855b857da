using Edge.Pipeline;

namespace Edge.Cache;

/// <summary>What the cache does for one request. It lives in the request's context and is used again for the next one there.</summary>
public sealed class CacheTicket : IDisposable
{
    /// <summary>What the cache did, so far.</summary>
    public CacheResult Result { get; internal set; }

    public CacheBypass Bypass { get; internal set; }

    /// <summary>Set unless the cache was not asked.</summary>
    public CacheKey Key { get; internal set; }

    /// <summary>The answer that was served, or that stands by for when no provider answers; null = none.</summary>
    internal CacheEntry? Entry { get; set; }

    /// <summary>It may be served only where no provider answers.</summary>
    internal bool IsEntrySpare { get; set; }

    /// <summary>The call that this request makes, where its answer is taken down.</summary>
    internal Flight? Lead { get; set; }

    /// <summary>The call that this request has its answer from.</summary>
    internal Flight? Followed { get; set; }

    /// <summary>The answer may be kept.</summary>
    internal bool MayStore { get; set; }

    internal bool IsStored { get; set; }

    internal bool IsRejected { get; set; }

    /// <summary>The model that is asked for, as the client writes it.</summary>
    internal string Model { get; set; } = "";

    /// <summary>When the cache was asked, in Unix milliseconds.</summary>
    internal long Now { get; set; }

    /// <summary>Milliseconds that an answer may be old; negative = as old as the configuration lets it be.</summary>
    internal long MaxAge { get; set; }

    /// <summary>There is an answer for when no provider gives one.</summary>
    internal bool HasSpare => IsEntrySpare && Entry is not null;

    /// <summary>How long it is kept.</summary>
    internal TimeSpan Ttl { get; set; }

    internal IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>By what its answer is found by its meaning.</summary>
    internal ref TicketPrompt Prompt => ref _prompt;

    private TicketPrompt _prompt;

    /// <summary>Of a semantic hit: the cosine of both prompts.</summary>
    internal float Similarity { get; set; }

    /// <summary>Redis has been asked.</summary>
    internal bool IsSharedAsked { get; set; }

    internal bool IsTooOld(CacheEntry entry) => MaxAge >= 0 && (MaxAge == 0 || Now - entry.CreatedAt > MaxAge);

    internal AnswerRecorder Recorder { get; } = new();

    internal AnswerReader Reader { get; } = new();

    internal CanonicalJson Canonical { get; } = new();

    internal PooledBuffer Scratch { get; } = new();

    /// <summary>Stands before an encoder and takes down what it is told; made when first needed.</summary>
    internal RecordingEncoder Tee => _tee ??= new();

    private RecordingEncoder? _tee;

    /// <summary>A call of the provider is being taken down.</summary>
    internal bool IsRecording => Lead is not null;

    /// <summary>Others have the answer too.</summary>
    internal bool IsFollowed => Lead is { HasFollowers: true };

    /// <summary>Others may read what was taken down so far.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isOut">The client has it, too; else it is published only where nothing of it will be taken back.</param>
    internal void Publish(RequestContext context, bool isOut)
    {
        if (Lead is not { } lead || (!Recorder.IsComplete && !isOut && !lead.Log.HasPublished)) return;
        lead.Begin(context.Route, context.Wire);
        Recorder.Publish();
        if (!Recorder.IsComplete || lead.Log.End != AnswerEnd.None) return;
        lead.Usage = Recorder.ReportedUsage;
        lead.Log.Close(AnswerEnd.Complete);
    }

    /// <summary>The request is over.</summary>
    internal void Clear()
    {
        Result = CacheResult.Bypass;
        Bypass = CacheBypass.None;
        Entry = null;
        Lead = Followed = null;
        MayStore = IsStored = IsRejected = IsEntrySpare = IsSharedAsked = false;
        Prompt = default;
        Tags = [];
        Model = "";
        Recorder.Clear();
        Reader.Clear();
        Scratch.Clear();
        _tee?.Clear();
    }

    public void Dispose() => Scratch.Dispose();
}
