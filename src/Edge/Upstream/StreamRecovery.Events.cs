using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Upstream;

// What becomes of each event: delivered and kept, held against what was delivered, or left out.
public sealed partial class StreamRecovery
{
    public void Start(in ChatStart start)
    {
        // The client's encoder has begun, and its ids stay.
        if (!IsJoining) _output.Start(start);
    }

    public void Text(int choice, JsonText text)
    {
        if (choice != 0)
        {
            if (Passes(choice)) _output.Text(choice, text);
        }
        else if (_isMatching) Match(text);
        else Deliver(text);
    }

    public void Refusal(int choice, JsonText text)
    {
        if (Passes(choice)) _output.Refusal(choice, text);
    }

    public void Thinking(int choice, JsonText text)
    {
        if (Reasons(choice)) _output.Thinking(choice, text);
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        if (Reasons(choice)) _output.ThinkingSignature(choice, signature);
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        if (Reasons(choice)) _output.RedactedThinking(choice, data);
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        if (Passes(choice)) _output.ToolCallStart(choice, call, id, name);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        if (Passes(choice)) _output.ToolCallArguments(choice, call, fragment);
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
        if (Passes(choice)) _output.ToolCallSignature(choice, call, signature);
    }

    public void Citation(int choice, in ChatCitation citation)
    {
        // Of words that the client has without.
        if (_isMatching || !Passes(choice)) return;
        if (_given == 0)
        {
            _output.Citation(choice, citation);
            return;
        }
        // It counts from the beginning of what this provider wrote.
        _output.Citation(choice, new ChatCitation
        {
            Url = citation.Url,
            Title = citation.Title,
            CitedText = citation.CitedText,
            Start = -1,
            End = -1,
            Document = citation.Document,
            SourceId = citation.SourceId,
            Place = citation.Place,
            From = citation.From,
            To = citation.To,
        });
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
        if (!_isMatching && Passes(choice)) _output.Logprobs(choice, tokens);
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        if (Passes(choice)) _output.Media(choice, mediaType, data);
    }

    public void ServiceTier(JsonText tier)
    {
        if (!IsJoining) _output.ServiceTier(tier);
    }

    public void Usage(in Usage usage) => _output.Usage(usage);

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        if (choice != 0)
        {
            if (Passes(choice)) _output.Finish(choice, reason, detail);
            return;
        }
        // The white space at the end of what was delivered is not missed by a model that has nothing to add.
        if (_isMatching && _given > 0 && _held.Length == 0 && _matched == _given) _isMatching = false;
        if (!IsCovered()) return;
        Note();
        IsFinished = true;
        _output.Finish(choice, reason, detail);
    }

    public void Error(ProviderError error)
    {
        var isMendable = error.Kind is not (ProviderErrorKind.InvalidRequest or ProviderErrorKind.ContentPolicy);
        if (IsJoining)
        {
            Failure = error;
            _isLost |= !isMendable;
        }
        else if (isMendable && !_isLost && !IsFinished && _context.StreamOutput.Length > 0 && _context.Attempts.CouldGoOn) Failure = error;
        else _output.Error(error);
    }

    public void End()
    {
        if (IsFinished) _output.End();
        // An end mark without a reason: something was lost on the way.
        else Error(new ProviderError { Kind = ProviderErrorKind.Malformed, Status = 502, Message = "The provider ended its answer without a stop reason." });
    }

    // Something that cannot be taken up by another provider, once the client has it.
    private bool Passes(int choice)
    {
        _hasOthers |= choice != 0;
        if (HasStopped || !IsCovered()) return false;
        _isLost = true;
        Note();
        return true;
    }

    private bool Reasons(int choice)
    {
        if (!_hidesThinking) return Passes(choice);
        // Of an answer that was begun for it, what the server takes for reasoning is the continuation itself. Of one that was asked afresh it led to the words that the client has already.
        if (_isMatching && _given > 0) IsMismatch = true;
        return false;
    }

    // Whether everything that was delivered has been said again, or was given; if not, the answer is another one.
    private bool IsCovered()
    {
        if (!_isMatching) return true;
        if (_mayRepeat) Decide();
        if (!HasStopped && _matched == _delivered.Length) _isMatching = false;
        else IsMismatch = true;
        return !_isMatching;
    }

    private void Deliver(JsonText text)
    {
        if (HasStopped) return;
        Note();
        if (!_isLost)
        {
            var plain = Plain(text);
            if (_delivered.Length + plain.Length > MaxDelivered || IsCut(text, plain))
            {
                _isLost = true;
                _delivered.Clear();
            }
            else _delivered.Append(plain);
        }
        _output.Text(0, text);
    }

    private void Match(JsonText text)
    {
        if (HasStopped) return;
        var plain = Plain(text);
        if (IsCut(text, plain)) IsMismatch = true;
        else if (!_mayRepeat) Match(plain);
        else
        {
            _held.Append(plain);
            var same = _held.Span.CommonPrefixLength(_delivered.Span);
            if (same < EchoBytes && same == _held.Length) return;
            if (same >= EchoBytes) _matched = 0;
            Decide();
        }
    }

    // What was held is the continuation, or a repetition that has shown itself.
    private void Decide()
    {
        _mayRepeat = false;
        Match(_held.Span);
        _held.Clear();
    }

    private void Match(ReadOnlySpan<byte> plain)
    {
        if (plain.IsEmpty) return;
        var missing = _delivered.Span[_matched..];
        var count = Math.Min(plain.Length, missing.Length);
        if (!plain[..count].SequenceEqual(missing[..count]))
        {
            IsMismatch = true;
            return;
        }
        _matched += count;
        if (_matched < _delivered.Length) return;
        // A continuation counts as such when it has said something: until then it may turn out to be reasoning.
        if (count == plain.Length && _given > 0) return;
        _isMatching = false;
        if (count == plain.Length) return;
        Note();
        _delivered.Append(plain[count..]);
        if (_delivered.Length > MaxDelivered) _isLost = true;
        _output.Text(0, JsonText.Plain(plain[count..]));
    }

    // Between two events: SDKs skip comments, people who look at the stream do not.
    private void Note()
    {
        if (!_isNoteDue) return;
        _isNoteDue = false;
        var route = _context.Route;
        var note = $": edge-recovered provider={route.Target.NameHeader} model={route.ModelHeader}\n\n";
        var output = _context.StreamOutput;
        output.Advance(Encoding.ASCII.GetBytes(note, output.GetSpan(note.Length)));
    }

    private ReadOnlySpan<byte> Plain(JsonText text)
    {
        if (!text.IsEscaped) return text.Bytes;
        _plain.Clear();
        _plain.Advance(text.Unescape(_plain.GetSpan(text.Bytes.Length)));
        return _plain.Span;
    }

    // Half a surrogate pair, whose other half comes with another event: as plain text it cannot be kept, nor compared.
    private static bool IsCut(JsonText text, ReadOnlySpan<byte> plain) =>
        text.IsEscaped && plain.IndexOf("\ufffd"u8) >= 0 && (text.Bytes.IndexOf("\\ud"u8) >= 0 || text.Bytes.IndexOf("\\uD"u8) >= 0);
}
