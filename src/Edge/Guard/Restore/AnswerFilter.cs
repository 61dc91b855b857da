using System.Buffers;
using Edge.Providers;
using Edge.Providers.Dialects;

namespace Edge.Guard.Restore;

/// <summary>
/// What an answer goes through on its way to the client: the request's placeholders become values again, in every text that it says. A stream that passes through as bytes is changed event by event
/// (<see cref="Event"/>), a whole answer at once (<c>Whole</c>), a translated one on its way to the encoder (<see cref="FilteredEncoder"/>). One serves the answers of a connection one after another.
/// </summary>
/// <remarks>
/// Reasoning that the provider signed is restored like all text, and its signature is left as it is: it covers what the provider wrote, placeholders and all. It comes back true, because on the next turn the request
/// side puts the same placeholders there: the conversation's earlier texts stand before it and number the values as they did (<see cref="Vault"/>), and what the client replays is this answer. So in reasoning of the
/// providers that check (Anthropic's own dialect, and Bedrock's) only what is spelled as the vault spells it is put back: of another spelling nobody could make it again, and the provider would refuse the conversation.
/// <para>Left as they are: log probabilities, for they tell the tokens that the model produced and a placeholder is spread over several; places in the text that a citation counts, which a passed-through answer gives as its
/// provider counted them (translated ones leave them out where a value was put back before them).</para>
/// </remarks>
internal sealed partial class AnswerFilter : IDisposable
{
    // A provider that opens more texts than this in one answer gets the rest restored bit by bit, without holding back.
    private const int MaxSlots = 4096;

    // What a huge answer needed is not kept for the small ones after it.
    private const int Keep = 64 * 1024;

    private readonly Restorer _restorer = new();
    private readonly Dictionary<SlotKey, AnswerSlot> _slots = [];
    private readonly List<AnswerSlot> _pool = [];
    private ArrayBufferWriter<byte> _text = new(256), _held = new(256);
    private AnswerSlot? _last;
    private OutputGuard? _guard, _ownGuard;
    private ArrayBufferWriter<byte> _guarded = new(256);
    private Vault _vault = null!;
    private Dialect _dialect;

    /// <summary>Ready for an answer.</summary>
    /// <param name="vault">Filled by the request; not changed while the answer comes.</param>
    /// <param name="dialect">The client's.</param>
    /// <param name="policy">What is done about what the model produces by itself; null = nothing.</param>
    public AnswerFilter Begin(Vault vault, Dialect dialect, OutputPolicy? policy = null)
    {
        Clear();
        if (policy is not null) (_guard = _ownGuard ??= new()).Begin(policy, vault);
        _vault = vault;
        Policy = policy;
        _dialect = dialect;
        _restorer.Begin(vault);
        return this;
    }

    /// <summary>Values that were put back, by the vault's <see cref="Vault.NameAt">names</see>.</summary>
    public ReadOnlySpan<int> RestoredByName => _restorer.Counts;

    public long Restored => _restorer.Restored;

    /// <summary>The name of what the policy does not let the model say; null = nothing of that kind came. Nothing more goes to the client then.</summary>
    public string? Blocked => _guard?.Blocked;

    /// <summary>What is done about what the model says by itself; null = nothing.</summary>
    public OutputPolicy? Policy { get; private set; }

    /// <summary>How often each entity was found in what the model produced, by <see cref="Pii.PiiEntity"/>; empty without a policy.</summary>
    public ReadOnlySpan<int> Found => _guard is null ? default : _guard.Found;

    /// <summary>The categories of content that were found, a bit each.</summary>
    public ulong FoundContent => _guard?.FoundContent ?? 0;

    /// <summary>Bytes that the client has not got although they came.</summary>
    internal int HeldBytes { get; private set; }

    private int _openBytes;
    private bool _isExact;

    // Within what tells of sources.
    private bool _isCited;

    /// <summary>The request is over: nothing of its answer stays.</summary>
    public void Clear()
    {
        foreach (var (_, slot) in _slots)
        {
            slot.Clear();
            if (_pool.Count < 16) _pool.Add(slot);
        }
        _slots.Clear();
        _last = null;
        HeldBytes = _openBytes = 0;
        _restorer.Clear();
        ClearEvents();
        Wipe(ref _text);
        Wipe(ref _held);
        Wipe(ref _guarded);
        _ownGuard?.Clear();
        _guard = null;
        _encoder?.Clear();
    }

    public void Dispose()
    {
        Clear();
        _index.Dispose();
        _ownGuard?.Dispose();
    }

    /// <summary>Stands before an encoder of the client's dialect.</summary>
    /// <param name="encoder">Takes the restored events.</param>
    /// <param name="wire">The provider's dialect.</param>
    public FilteredEncoder Wrap(IChatEncoder encoder, Dialect wire) => (_encoder ??= new(this)).Begin(encoder, wire is Dialect.Anthropic or Dialect.Bedrock);

    private FilteredEncoder? _encoder;

    /// <summary>The message of an error, for the client alone: it may repeat what the provider was sent.</summary>
    public string Restore(string message)
    {
        if (_vault.IsEmpty) return message;
        _text.ResetWrittenCount();
        return _restorer.Next(System.Text.Encoding.UTF8.GetBytes(message), null, 0, isLast: true, isExact: false, _text) ? System.Text.Encoding.UTF8.GetString(_text.WrittenSpan) : message;
    }

    /// <summary>The next bit of a text.</summary>
    /// <param name="slot">Null = it is whole.</param>
    /// <param name="text">As it stands in a JSON string.</param>
    /// <param name="depth">Of a text without slot: how many JSON strings are around it.</param>
    /// <param name="isLast">Nothing of the text follows.</param>
    /// <param name="output">Takes what the client gets.</param>
    /// <returns>False: the text itself, and nothing was written.</returns>
    internal bool Next(AnswerSlot? slot, ReadOnlySpan<byte> text, int depth, bool isLast, IBufferWriter<byte> output)
    {
        if (slot is null) return _restorer.Next(text, WholeSlot(depth), depth, isLast: true, _isExact, output);
        var isChanged = _guard is null ? Restore(slot, text, isLast, output) : Guard(_guard, slot, text, isLast, output);
        var open = slot.HeldLength + (_guard is null ? 0 : slot.Window!.Pending);
        var waiting = _guard is { Holds: true } ? open : slot.HeldLength;
        // The last word of a text is read when it is known to be the last.
        if (!isLast && _guard is not null && slot.Window!.Content is not null) open++;
        HeldBytes += waiting - slot.Waiting;
        _openBytes += open - slot.Open;
        (slot.Waiting, slot.Open) = (waiting, open);
        return isChanged;
    }

    /// <summary>A whole text that the model said, guarded and restored.</summary>
    internal bool NextSaid(ReadOnlySpan<byte> text, int depth, IBufferWriter<byte> output)
    {
        if (_guard is not { } guard) return Next(null, text, depth, isLast: true, output);
        guard.Read(null, text, depth, isLast: true);
        if (guard.Blocked is not null) return true;
        if (!guard.Detects) return Next(null, text, depth, isLast: true, output);
        _whole.Begin(default, depth, guard);
        _guarded.ResetWrittenCount();
        _whole.Window!.Next(guard, text, depth, isLast: true, _guarded);
        _whole.Window.Clear();
        if (guard.Blocked is not null) return true;
        var said = _guarded.WrittenSpan;
        if (said.SequenceEqual(text)) return Next(null, text, depth, isLast: true, output);
        if (!Next(null, said, depth, isLast: true, output)) output.Write(said);
        return true;
    }

    /// <summary>A whole text of a citation, guarded and restored: of a link no more than who is named in it.</summary>
    internal bool NextCited(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (_guard is null) return Next(null, text, 1, isLast: true, output);
        _guard.IsLink = text.StartsWith("http"u8);
        var isChanged = NextSaid(text, 1, output);
        _guard.IsLink = false;
        return isChanged;
    }

    /// <summary>Log probabilities would tell what the guard hides.</summary>
    internal bool HidesLogprobs => _guard is { Holds: true };

    /// <summary>The rest of a text of which nothing more comes.</summary>
    internal void Flush(AnswerSlot slot, IBufferWriter<byte> output) => Next(slot, default, slot.Depth, isLast: true, output);

    private bool Restore(AnswerSlot slot, ReadOnlySpan<byte> text, bool isLast, IBufferWriter<byte> output) => _restorer.Next(text, slot, slot.Depth, isLast, slot.IsExact, output);

    private bool Guard(OutputGuard guard, AnswerSlot slot, ReadOnlySpan<byte> text, bool isLast, IBufferWriter<byte> output)
    {
        // Where the answer must end, nothing more of it goes out.
        if (guard.Blocked is not null) return true;
        var window = slot.Window!;
        guard.Read(window.Content, text, slot.Depth, isLast);
        if (guard.Blocked is not null) return true;
        if (!guard.Detects) return Restore(slot, text, isLast, output);
        _guarded.ResetWrittenCount();
        window.Next(guard, text, slot.Depth, isLast, guard.Holds ? _guarded : null);
        if (guard.Blocked is not null) return true;
        if (!guard.Holds || _guarded.WrittenSpan.SequenceEqual(text)) return Restore(slot, text, isLast, output);
        if (!Restore(slot, _guarded.WrittenSpan, isLast, output)) output.Write(_guarded.WrittenSpan);
        return true;
    }

    /// <summary>The text of that key; null where there are too many.</summary>
    internal AnswerSlot? Slot(int kind, int group, int part, int depth, bool isExact = false)
    {
        var key = new SlotKey(kind, group, part);
        if (_last is { } last && last.Key == key) return last;
        if (!_slots.TryGetValue(key, out var slot))
        {
            if (_slots.Count == MaxSlots) return null;
            slot = _pool.Count > 0 ? _pool[^1] : new AnswerSlot();
            if (_pool.Count > 0) _pool.RemoveAt(_pool.Count - 1);
            slot.Begin(key, depth, _guard, isExact);
            _slots.Add(key, slot);
        }
        return _last = slot;
    }

    // Only in how many strings a value stands is asked of it.
    private AnswerSlot? WholeSlot(int depth)
    {
        if (depth == 0 || !_vault.NeedsEscape) return null;
        _whole.Begin(default, depth);
        return _whole;
    }

    private readonly AnswerSlot _whole = new();

    internal static void Wipe(ref ArrayBufferWriter<byte> writer)
    {
        writer.Clear();
        if (writer.Capacity > Keep) writer = new(256);
    }
}
