using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Cache;

/// <summary>Takes an answer's events down as they come, and what must be known of them to decide whether they may be kept. One serves the answers of a connection one after another.</summary>
internal sealed class AnswerRecorder : IChatEventSink
{
    private AnswerLog _log = null!;
    private TimeProvider? _clock;
    private long _at;
    private bool _isFinished;
    private Usage _usage;

    /// <summary>The end mark came, behind a finish reason: nothing is missing.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>An error came, or something that cannot be taken down.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>A choice was finished otherwise than by the model's own end or a call of tools: cut off, filtered, paused.</summary>
    public bool IsPartial { get; private set; }

    public bool HasToolCalls { get; private set; }

    /// <summary>It says anything.</summary>
    public bool HasContent { get; private set; }

    /// <summary>What the provider reported last.</summary>
    public Usage ReportedUsage => _usage;

    /// <summary>Ready for an answer.</summary>
    /// <param name="log">Takes the events.</param>
    /// <param name="clock">Tells how long the provider took between them; null = that is not kept.</param>
    public void Begin(AnswerLog log, TimeProvider? clock)
    {
        _log = log;
        _clock = clock;
        Reset();
    }

    /// <summary>Another provider answers in its stead.</summary>
    public void Restart()
    {
        if (_log.TryRestart()) Reset();
        else IsBroken = true;
    }

    public void Clear()
    {
        _log = null!;
        _clock = null;
    }

    private void Reset()
    {
        IsComplete = IsBroken = IsPartial = HasToolCalls = HasContent = _isFinished = false;
        _at = 0;
        _usage = new Usage();
    }

    /// <summary>What was taken down may be read; between two such moments the provider took its time.</summary>
    public void Publish()
    {
        _log.Publish();
        if (_clock is null) return;
        var now = _clock.GetTimestamp();
        var gap = _at == 0 ? 0 : (long)_clock.GetElapsedTime(_at, now).TotalMilliseconds;
        _at = now;
        if (gap <= 0 || IsOver) return;
        var room = new EventWriter(_log.Reserve(1 + EventWriter.MaxNumber));
        room.Event(AnswerEvent.Pause);
        room.Unsigned((ulong)gap);
        _log.Advance(room.Length);
    }

    public void Start(in ChatStart start)
    {
        if (IsOver) return;
        var room = Begin(AnswerEvent.Start, EventWriter.SizeOf(start.Id) + EventWriter.SizeOf(start.Model) + EventWriter.SizeOf(start.ServiceTier));
        room.Text(start.Id);
        room.Text(start.Model);
        room.Signed(start.Created);
        room.Text(start.ServiceTier);
        _log.Advance(room.Length);
    }

    public void Text(int choice, JsonText text) => Say(AnswerEvent.Text, choice, text);

    public void Refusal(int choice, JsonText text)
    {
        // The model's own filter: what another answer would say is open.
        IsPartial = true;
        Say(AnswerEvent.Refusal, choice, text);
    }

    public void Thinking(int choice, JsonText text) => Add(AnswerEvent.Thinking, choice, text);

    public void ThinkingSignature(int choice, JsonText signature) => Add(AnswerEvent.ThinkingSignature, choice, signature);

    public void RedactedThinking(int choice, JsonText data) => Add(AnswerEvent.RedactedThinking, choice, data);

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        HasToolCalls = true;
        if (IsOver) return;
        var room = Begin(AnswerEvent.ToolCallStart, EventWriter.SizeOf(id) + EventWriter.SizeOf(name), choice);
        room.Signed(call);
        room.Text(id);
        room.Text(name);
        _log.Advance(room.Length);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment) => Add(AnswerEvent.ToolCallArguments, choice, fragment, call);

    public void ToolCallSignature(int choice, int call, JsonText signature) => Add(AnswerEvent.ToolCallSignature, choice, signature, call);

    public void Citation(int choice, in ChatCitation citation)
    {
        if (IsOver) return;
        var room = Begin(AnswerEvent.Citation,
            EventWriter.SizeOf(citation.Url) + EventWriter.SizeOf(citation.Title) + EventWriter.SizeOf(citation.CitedText) + EventWriter.SizeOf(citation.SourceId) + (6 * EventWriter.MaxNumber), choice);
        room.Text(citation.Url);
        room.Text(citation.Title);
        room.Text(citation.CitedText);
        room.Text(citation.SourceId);
        room.Signed(citation.Start);
        room.Signed(citation.End);
        room.Signed(citation.Document);
        room.Signed((int)citation.Place);
        room.Signed(citation.From);
        room.Signed(citation.To);
        _log.Advance(room.Length);
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens) => Add(AnswerEvent.Logprobs, choice, JsonText.Plain(tokens));

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        HasContent = true;
        if (IsOver) return;
        var room = Begin(AnswerEvent.Media, EventWriter.SizeOf(mediaType) + EventWriter.SizeOf(data), choice);
        room.Text(mediaType);
        room.Text(data);
        _log.Advance(room.Length);
    }

    public void ServiceTier(JsonText tier) => Add(AnswerEvent.ServiceTier, 0, tier);

    public void Usage(in Usage usage)
    {
        if (IsOver) return;
        _usage = usage;
        var room = Begin(AnswerEvent.Usage, 12 * EventWriter.MaxNumber);
        room.Signed(usage.Input);
        room.Signed(usage.Output);
        room.Signed(usage.CacheRead);
        room.Signed(usage.CacheWrite);
        room.Signed(usage.CacheWrite1h);
        room.Signed(usage.Reasoning);
        room.Signed(usage.AudioInput);
        room.Signed(usage.AudioOutput);
        room.Signed(usage.ImageInput);
        room.Signed(usage.ImageOutput);
        room.Signed(usage.AcceptedPrediction);
        room.Signed(usage.RejectedPrediction);
        _log.Advance(room.Length);
    }

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        _isFinished = true;
        IsPartial |= reason is not (FinishReason.Stop or FinishReason.StopSequence or FinishReason.ToolCalls);
        if (IsOver) return;
        var room = Begin(AnswerEvent.Finish, EventWriter.SizeOf(detail) + EventWriter.MaxNumber, choice);
        room.Signed((int)reason);
        room.Text(detail);
        _log.Advance(room.Length);
    }

    public void Error(ProviderError error) => IsBroken = true;

    public void End()
    {
        if (IsOver) return;
        // As elsewhere: an end without a reason is none.
        IsBroken = !_isFinished;
        if (IsBroken) return;
        var room = new EventWriter(_log.Reserve(1));
        room.Event(AnswerEvent.End);
        _log.Advance(1);
        IsComplete = true;
    }

    private bool IsOver => IsComplete || IsBroken || _log.IsUseless;

    private void Say(AnswerEvent kind, int choice, JsonText text)
    {
        HasContent |= !text.IsEmpty;
        Add(kind, choice, text);
    }

    private void Add(AnswerEvent kind, int choice, JsonText text)
    {
        if (IsOver) return;
        var room = Begin(kind, EventWriter.SizeOf(text), choice);
        room.Text(text);
        _log.Advance(room.Length);
    }

    private void Add(AnswerEvent kind, int choice, JsonText text, int call)
    {
        if (IsOver) return;
        var room = Begin(kind, EventWriter.SizeOf(text), choice);
        room.Signed(call);
        room.Text(text);
        _log.Advance(room.Length);
    }

    private EventWriter Begin(AnswerEvent kind, int size, int choice = -1)
    {
        var room = new EventWriter(_log.Reserve(size + 1 + (3 * EventWriter.MaxNumber)));
        room.Event(kind);
        if (choice >= 0) room.Unsigned((ulong)choice);
        return room;
    }
}
