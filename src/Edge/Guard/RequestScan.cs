using Edge.Guard.Content;
using Edge.Guard.Injection;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard;

/// <summary>
/// Looks at every text of a request's body and writes the body anew where something in it must be replaced. One serves the requests of a connection one after another, and holds
/// nothing of them in between.
/// </summary>
/// <remarks>
/// Every string is looked at but those that are known to be no text (ids, types, signatures, base64): a member that nobody knows yet is looked at too.
/// </remarks>
internal sealed partial class RequestScan : IDisposable
{
    private readonly GuardText _text = new();
    private readonly PooledBuffer _texts = new();
    private readonly PooledBuffer _output = new(), _replacements = new(), _value = new(), _deeper = new(), _inner = new(), _innerOutput = new();
    private readonly Vault _vault;
    private GuardPolicy _policy = GuardPolicy.Off;
    private JsonIndex? _index;
    private InjectionVerdict _verdict;
    private ContentHits _content;
    private Edit[] _edits = [];
    private int _editCount;
    private bool _isReserved, _isContinued;
    private Mode _mode;
    private JsonNesting _nesting;
    private int _nested;

    // Of the text up to which placeholders are reserved: where it begins in the body.
    private int _reservedTo;

    /// <param name="vault">Takes what is replaced by placeholders.</param>
    public RequestScan(Vault vault) => _vault = vault;

    /// <summary>What was found; null = nothing.</summary>
    public GuardReport? Report { get; private set; }

    /// <summary>The body as it may leave; only where <see cref="IsEdited"/>.</summary>
    public ReadOnlySpan<byte> Output => _output.Span;

    public bool IsEdited => _editCount > 0;

    /// <summary>Looks at a body.</summary>
    /// <param name="policy">What to look for, and what to do about it.</param>
    /// <param name="body">The whole body.</param>
    /// <param name="index">Its index.</param>
    /// <param name="isContinued">The provider holds more of the conversation than the body.</param>
    /// <param name="isChat">It is a conversation, or a prompt, that a model will act on: injections are looked for.</param>
    public void Run(GuardPolicy policy, ReadOnlySpan<byte> body, JsonIndex index, bool isChat, bool isContinued = false)
    {
        _policy = policy;
        _isContinued = isContinued;
        _index = index;
        _editCount = 0;
        _verdict = default;
        _content = default;
        Walk(body, index.Tokens, 0, isChat ? TextRole.User : null, Place.Root);
        if (!_vault.IsEmpty) _vault.NoteWords(body);
        Conclude();
        if (_editCount > 0) Splice(body);
    }

    /// <summary>The request is over: nothing of it may stay.</summary>
    public void Clear()
    {
        ClearOutput();
        _value.Clear();
        _deeper.Clear();
        _inner.Clear();
        _innerOutput.Clear();
        _texts.Clear();
        _text.Trim();
        _policy = GuardPolicy.Off;
        _index = null;
        Report = null;
        _isReserved = false;
    }

    /// <summary>What a model will act on, one text after another, as the inside of a JSON string. Valid until the request is over.</summary>
    public ReadOnlyMemory<byte> Collect(ReadOnlySpan<byte> body, JsonIndex index)
    {
        _texts.Clear();
        _mode = Mode.Collect;
        try
        {
            Walk(body, index.Tokens, 0, TextRole.User, Place.Root);
        }
        finally
        {
            _mode = Mode.Scan;
        }
        return _texts.Memory;
    }

    /// <summary>The body has been taken.</summary>
    public void ClearOutput()
    {
        _output.Clear();
        _replacements.Clear();
        _editCount = 0;
        if (_edits.Length > KeepEdits) _edits = [];
    }

    public void Dispose() => Clear();

    /// <summary>The report, made where there is none yet.</summary>
    public GuardReport Found => Report ??= new GuardReport();

    public void NoteUnscanned() => Found.IsUnscanned = true;

    private void Scan(ReadOnlySpan<byte> body, JsonToken token, TextRole? role, Place place)
    {
        var raw = body.Slice(token.Start, token.Length);
        if (_mode != Mode.Scan)
        {
            if (_mode == Mode.Reserve) Reserve(body, token.Start, token.Start + token.Length);
            else Collect(raw, role);
            return;
        }
        if (raw.IsEmpty) return;
        // Results are most often JSON, whose own escapes would hide something.
        if (role == TextRole.ToolResult && raw[0] is (byte)'{' or (byte)'[')
        {
            ScanArguments(body, token, role);
            return;
        }
        var text = _text.Load(raw, token.Escaped ? DepthOf(raw) : 1, token.Escaped);
        if (_policy.Pii) ScanPii(body, token, text, place);
        if (role is { } known && place != Place.Url) Judge(text, known);
    }

    // JSON that somebody has pasted into a text brings its own escapes along: \\u0040, where the text's own would be \u0040.
    private static int DepthOf(ReadOnlySpan<byte> raw) => raw.IndexOf("\\\\u"u8) >= 0 ? 2 : 1;

    private enum Mode : byte
    {
        /// <summary>Every text is looked at.</summary>
        Scan,

        /// <summary>What a model will act on comes together.</summary>
        Collect,

        /// <summary>What looks like a placeholder in the texts before the one at hand is reserved.</summary>
        Reserve,
    }

    private void AddEdit(int offset, int length, int from)
    {
        if (_editCount == _edits.Length) Array.Resize(ref _edits, Math.Max(16, _editCount * 2));
        _edits[_editCount++] = new Edit(offset, length, from, _replacements.Length - from);
    }

    // The texts were not looked at in the order in which they stand.
    private void Splice(ReadOnlySpan<byte> body)
    {
        var edits = _edits.AsSpan(0, _editCount);
        edits.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        var copied = 0;
        foreach (ref readonly var edit in edits)
        {
            _output.Append(body[copied..edit.Offset]);
            _output.Append(_replacements.Span.Slice(edit.From, edit.Count));
            copied = edit.Offset + edit.Length;
        }
        _output.Append(body[copied..]);
    }

    // Of a body that was full of findings; the next one will not be.
    private const int KeepEdits = 1024;

    private readonly record struct Edit(int Offset, int Length, int From, int Count);

    private void ScanPii(ReadOnlySpan<byte> body, JsonToken token, ReadOnlySpan<byte> text, Place place)
    {
        Span<Finding> room = stackalloc Finding[8];
        var findings = new FindingList(room);
        try
        {
            NoteTimeout(PiiDetector.Find(text, _policy.Custom, ref findings));
            if (findings.Count > 0) Resolve(body.Slice(token.Start, token.Length), ref findings, isLink: place == Place.Url);
            var read = token.Start;
            BeginNesting(read, isJson: false);
            foreach (ref readonly var finding in findings.Items)
            {
                var (start, length) = _text.ToRaw(finding.Start, finding.Length);
                start += token.Start;
                BeginNumbers(body, token.Start, finding.Entity);
                ScanLiterals(body, ref read, start, place);
                var value = Plain(body, start, start + length, isEscaped: true);
                if (!Act(finding.Entity, value, place, out var action)) continue;
                var from = _replacements.Length;
                Replace(_replacements, finding.Entity, action, value);
                AddEdit(start, length, from);
                if (_isReserved) read = start + length;
            }
            ScanLiterals(body, ref read, token.Start + token.Length, place);
        }
        finally
        {
            findings.Dispose();
        }
    }

    // A custom expression had no time for the whole text: what it would have found must not leave.
    private void NoteTimeout(bool isComplete)
    {
        if (isComplete) return;
        Found.Add(GuardFinding.Unscanned, "custom_detector_timeout", "block");
        Found.IsBlocked = true;
    }

    // What is allowed must not push out, as the longer of two, what is not: a number in a link.
    private void Resolve(ReadOnlySpan<byte> raw, ref FindingList findings, bool isLink = false)
    {
        if (_policy.Output is not null)
        {
            foreach (ref readonly var finding in findings.Items)
            {
                if (finding.Confidence < _policy.MinConfidence || _policy.ActionOf(finding.Entity) != GuardAction.Allow) continue;
                var (start, length) = _text.ToRaw(finding.Start, finding.Length);
                // A model that repeats it tells the client nothing new.
                _vault.Note(JsonEscapes.Resolve(raw.Slice(start, length), _value));
            }
        }
        findings.Drop(_policy.Allowed);
        if (isLink) findings.Drop(LinkEntities.Others);
        findings.Resolve(_policy.MinConfidence);
    }

    // True = the value must be replaced.
    private bool Act(PiiEntity entity, ReadOnlySpan<byte> value, Place place, out GuardAction action)
    {
        action = _policy.ActionOf(entity);
        // A model that repeats it tells the client nothing new.
        if (action == GuardAction.Flag && _policy.Output is not null) _vault.Note(value);
        // The provider has signed its reasoning as it wrote it, with placeholders where the client's copy has values again; anything else in it is the model's own, and a change
        // would break the signature. With the other actions a value never went there.
        if (place == Place.Signed && (action == GuardAction.Flag || (action == GuardAction.Tokenize && !_vault.Knows(value)))) return false;
        Found.Add(_policy.EntityName(entity), action);
        if (action != GuardAction.Block) return action != GuardAction.Flag;
        Found.IsBlocked = true;
        return false;
    }

    private ReadOnlySpan<byte> NameOf(PiiEntity entity) => _policy.PlaceholderName(entity);

    private void Replace(PooledBuffer output, PiiEntity entity, GuardAction action, ReadOnlySpan<byte> value)
    {
        switch (action)
        {
            case GuardAction.Tokenize:
                output.Append(_vault.Placeholder(NameOf(entity), value));
                break;
            case GuardAction.Mask:
                Masking.Mask(value, entity == PiiEntity.EmailAddress, output);
                break;
            case GuardAction.Hash:
                Masking.Hash(value, NameOf(entity), _policy.HashKey, output);
                break;
            default:
                output.Append("<"u8);
                output.Append(NameOf(entity));
                output.Append(">"u8);
                break;
        }
    }

    // A value that stands in JSON inside of the text has escapes of each: else the same value would be two.
    private ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> text, int from, int to, bool isEscaped)
    {
        var raw = text[from..to];
        if (!raw.Contains((byte)'\\')) return raw;
        var value = JsonEscapes.Resolve(raw, _value);
        // Of a place that was only flagged, something may be read again.
        var before = _nested < from ? text[_nested..from] : default;
        if (isEscaped) _nesting.FeedEscaped(before);
        else _nesting.Feed(before);
        _nested = Math.Max(_nested, to);
        var depth = _nesting.Depth - (isEscaped ? 0 : 1);
        _nesting.Feed("x"u8);
        for (; depth > 0 && value.Contains((byte)'\\'); depth--)
        {
            var inner = JsonEscapes.Resolve(value, _deeper);
            if (inner == value) break;
            _value.Clear();
            _value.Append(inner);
            value = _value.Span;
        }
        return value;
    }

    private void BeginNesting(int at, bool isJson)
    {
        _nesting.Begin(isJson);
        _nested = at;
    }

    private void Judge(ReadOnlySpan<byte> text, TextRole role)
    {
        // Instructions are what an application's own prompt is made of.
        var isJudged = _policy.Injection != VerdictAction.Off && role != TextRole.System;
        // What the application forbids it may have to name in its own instructions; the model's earlier words were looked at when they were said.
        var content = role is TextRole.User or TextRole.ToolResult or TextRole.Document ? _policy.Content : null;
        var (trigger, hasPhrase) = (0, true);
        if (isJudged && content is not null) content.Filter.Probe?.Look(text, out trigger, out hasPhrase);
        if (isJudged) InjectionDetector.Shared.Score(text, role, ref _verdict, trigger);
        content?.Filter.Find(text, ref _content, hasPhrase);
    }

    private void Conclude()
    {
        if (_policy.Injection != VerdictAction.Off && _verdict.Score > 0 && _verdict.Score >= _policy.InjectionThreshold)
        {
            Found.InjectionScore = _verdict.Score;
            Found.IsBlocked |= _policy.Injection == VerdictAction.Block;
            for (var rule = 0; rule < InjectionRules.All.Length; rule++)
            {
                if (_verdict.Has((InjectionRule)rule)) Found.Add(GuardFinding.Injection, InjectionRules.All[rule].Id, GuardReport.NameOf(_policy.Injection));
            }
        }
        if (_content.IsEmpty) return;
        for (var category = 0; category < _policy.Content!.Actions.Count; category++)
        {
            if (!_content.Has(category)) continue;
            var action = _policy.Content.Actions[category];
            Found.Add(GuardFinding.Content, _policy.Content.Filter.Categories[category], GuardReport.NameOf(action));
            Found.IsBlocked |= action == VerdictAction.Block;
        }
    }

    private void Collect(ReadOnlySpan<byte> raw, TextRole? role)
    {
        if (role is not (TextRole.User or TextRole.ToolResult or TextRole.Document)) return;
        if (_texts.Length > 0) _texts.Append("\\n"u8);
        _texts.Append(raw);
    }

    // Arguments of a call: JSON inside a JSON string.
    private void ScanArguments(ReadOnlySpan<byte> body, JsonToken token, TextRole? role)
    {
        var raw = body.Slice(token.Start, token.Length);
        if (_mode == Mode.Reserve) Reserve(body, token.Start, token.Start + token.Length);
        if (raw.IsEmpty || _mode != Mode.Scan) return;
        var json = JsonEscapes.Resolve(raw, _inner);
        // Broken JSON is still cut where it can be; what never was JSON is a text.
        if (json.TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)'[', ..])
        {
            var plain = _text.Load(raw, DepthOf(raw));
            if (_policy.Pii) ScanPii(body, token, plain, Place.Text);
            if (role is { } speaker) Judge(plain, speaker);
            return;
        }
        if (_policy.Pii && ScanJson(body, token.Start, json))
        {
            var from = _replacements.Length;
            JsonText.Plain(_innerOutput.Span).WriteEscaped(_replacements);
            AddEdit(token.Start, token.Length, from);
        }
        if (role is { } known) Judge(_text.Load(json, DepthOf(json)), known);
    }

    // An object of arguments: its bytes are the JSON text.
    private void ScanObject(ReadOnlySpan<byte> body, JsonToken token, TextRole? role)
    {
        if (_mode == Mode.Reserve) Reserve(body, token.Begin, token.End);
        if (_mode != Mode.Scan) return;
        var json = body.Slice(token.Begin, token.End - token.Begin);
        if (_policy.Pii && ScanJson(body, token.Begin, json))
        {
            var from = _replacements.Length;
            _replacements.Append(_innerOutput.Span);
            AddEdit(token.Begin, token.End - token.Begin, from);
        }
        if (role is { } known) Judge(_text.Load(json, DepthOf(json)), known);
    }

    // As one text, because a member's name is what tells of its value ("ssn", "password"); what is replaced stays inside a string, and a number becomes one.
    private bool ScanJson(ReadOnlySpan<byte> body, int offset, ReadOnlySpan<byte> json)
    {
        Span<Finding> room = stackalloc Finding[8];
        var findings = new FindingList(room);
        var isEdited = false;
        try
        {
            NoteTimeout(PiiDetector.Find(_text.Load(json, DepthOf(json)), _policy.Custom, ref findings));
            if (findings.Count == 0 && !_isReserved) return false;
            Resolve(json, ref findings);
            _innerOutput.Clear();
            var (copied, read) = (0, 0);
            BeginNesting(0, isJson: true);
            var pieces = new JsonPieces(json);
            foreach (ref readonly var finding in findings.Items)
            {
                var (start, length) = _text.ToRaw(finding.Start, finding.Length);
                pieces.Begin(start, start + length);
                while (pieces.Next(out var from, out var to, out var isString))
                {
                    if (from < copied) continue;
                    BeginNumbers(body, offset, finding.Entity);
                    isEdited |= ScanLiterals(json, ref read, from, ref copied);
                    var value = isString ? Plain(json, from, to, isEscaped: false) : json[from..to];
                    if (!Act(finding.Entity, value, Place.Text, out var action)) continue;
                    _innerOutput.Append(json[copied..from]);
                    if (!isString) _innerOutput.Append("\""u8);
                    Replace(_innerOutput, finding.Entity, action, value);
                    if (!isString) _innerOutput.Append("\""u8);
                    copied = to;
                    if (_isReserved) read = to;
                    isEdited = true;
                }
            }
            isEdited |= ScanLiterals(json, ref read, json.Length, ref copied);
            if (isEdited) _innerOutput.Append(json[copied..]);
        }
        finally
        {
            findings.Dispose();
        }
        return isEdited;
    }
}
