using Edge.Providers.Chat;

namespace Edge.Cache;

/// <summary>What one look at a recorded answer brought.</summary>
internal enum ReadResult : byte
{
    /// <summary>Everything that is there has been read.</summary>
    Nothing,

    /// <summary>An event went to the sink.</summary>
    Event,

    /// <summary>The provider took its time here: <see cref="AnswerReader.PauseMilliseconds"/>.</summary>
    Pause,

    /// <summary>The end mark went to the sink.</summary>
    End,

    /// <summary>The reader was too far behind: what it has not read is gone.</summary>
    Cut,
}

/// <summary>Pushes a recorded answer's events again, one by one.</summary>
internal sealed class AnswerReader
{
    private AnswerSegment? _segment;
    private int _offset;
    private long _position;
    private volatile bool _isCut;

    /// <summary>Bytes that have been read.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>How long, of the pause that was read last.</summary>
    public long PauseMilliseconds { get; private set; }

    public void Begin(AnswerSegment segment)
    {
        _segment = segment;
        _offset = 0;
        _position = 0;
        _isCut = false;
    }

    public void Clear() => _segment = null;

    /// <summary>From another thread: it is too slow.</summary>
    public void Cut()
    {
        _isCut = true;
        _segment = null;
    }

    /// <summary>The next event.</summary>
    /// <exception cref="InvalidDataException">It is no recorded answer. What came from another machine was checked as a whole before.</exception>
    public ReadResult Next(IChatEventSink sink)
    {
        var segment = _segment;
        if (_isCut || segment is null)
        {
            _segment = null;
            return ReadResult.Cut;
        }
        while (_offset == segment.Published)
        {
            if (!segment.IsOver) return ReadResult.Nothing;
            // What was published between the two looks.
            if (_offset != segment.Published) break;
            _segment = segment = segment.Next!;
            _offset = 0;
        }
        var parts = new EventParts(segment.Bytes.AsSpan(_offset, segment.Published - _offset));
        var before = parts.Left;
        var result = Push(ref parts, sink);
        var read = before - parts.Left;
        _offset += read;
        Volatile.Write(ref _position, _position + read);
        return result;
    }

    private ReadResult Push(ref EventParts parts, IChatEventSink sink)
    {
        var kind = parts.Event();
        switch (kind)
        {
            case AnswerEvent.Start:
                sink.Start(new ChatStart { Id = parts.Text(), Model = parts.Text(), Created = parts.Signed(), ServiceTier = parts.Text() });
                break;
            case AnswerEvent.Text:
                sink.Text(Choice(ref parts), parts.Text());
                break;
            case AnswerEvent.Refusal:
                sink.Refusal(Choice(ref parts), parts.Text());
                break;
            case AnswerEvent.Thinking:
                sink.Thinking(Choice(ref parts), parts.Text());
                break;
            case AnswerEvent.ThinkingSignature:
                sink.ThinkingSignature(Choice(ref parts), parts.Text());
                break;
            case AnswerEvent.RedactedThinking:
                sink.RedactedThinking(Choice(ref parts), parts.Text());
                break;
            case AnswerEvent.ToolCallStart:
                sink.ToolCallStart(Choice(ref parts), parts.Int(), parts.Text(), parts.Text());
                break;
            case AnswerEvent.ToolCallArguments:
                sink.ToolCallArguments(Choice(ref parts), parts.Int(), parts.Text());
                break;
            case AnswerEvent.ToolCallSignature:
                sink.ToolCallSignature(Choice(ref parts), parts.Int(), parts.Text());
                break;
            case AnswerEvent.Citation:
                sink.Citation(Choice(ref parts), new ChatCitation
                {
                    Url = parts.Text(),
                    Title = parts.Text(),
                    CitedText = parts.Text(),
                    SourceId = parts.Text(),
                    Start = parts.Int(),
                    End = parts.Int(),
                    Document = parts.Int(),
                    Place = (CitationPlace)parts.Int(),
                    From = parts.Int(),
                    To = parts.Int(),
                });
                break;
            case AnswerEvent.Logprobs:
                sink.Logprobs(Choice(ref parts), parts.Text().Bytes);
                break;
            case AnswerEvent.Media:
                sink.Media(Choice(ref parts), parts.Text(), parts.Text());
                break;
            case AnswerEvent.ServiceTier:
                Choice(ref parts);
                sink.ServiceTier(parts.Text());
                break;
            case AnswerEvent.Usage:
                sink.Usage(UsageOf(ref parts));
                break;
            case AnswerEvent.Finish:
                sink.Finish(Choice(ref parts), (FinishReason)parts.Int(), parts.Text());
                break;
            case AnswerEvent.Pause:
                PauseMilliseconds = (long)parts.Unsigned();
                return ReadResult.Pause;
            case AnswerEvent.End:
                sink.End();
                return ReadResult.End;
            default:
                throw new InvalidDataException($"There is no event {(byte)kind}.");
        }
        return ReadResult.Event;
    }

    private static int Choice(ref EventParts parts) => (int)parts.Unsigned();

    private static Usage UsageOf(ref EventParts parts) => new()
    {
        Input = parts.Signed(),
        Output = parts.Signed(),
        CacheRead = parts.Signed(),
        CacheWrite = parts.Signed(),
        CacheWrite1h = parts.Signed(),
        Reasoning = parts.Signed(),
        AudioInput = parts.Signed(),
        AudioOutput = parts.Signed(),
        ImageInput = parts.Signed(),
        ImageOutput = parts.Signed(),
        AcceptedPrediction = parts.Signed(),
        RejectedPrediction = parts.Signed(),
    };
}
