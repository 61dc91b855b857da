using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Edge.Limits;

/// <summary>The cells of one limit: one, or one for each model, user or address. Lives as long as the limit, whatever is reloaded. Any thread.</summary>
internal sealed class LimitCells
{
    /// <summary>Beyond it strangers share one: names and addresses are the clients', and memory has an end.</summary>
    internal const int MostCells = 100_000;

    /// <summary>Letters of a name that count; longer ones are told apart no further.</summary>
    internal const int MostLetters = 256;

    private readonly string _identity;
    private readonly bool _isPersonal;
    private readonly ConcurrentDictionary<string, LimitCell>? _byName;
    private readonly ConcurrentDictionary<string, LimitCell>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly LimitCell _one;
    private int _count;

    public LimitCells(string identity, LimitBy by)
    {
        _identity = identity;
        var isKeyed = by != LimitBy.Tenant;
        _isPersonal = by is LimitBy.User or LimitBy.Ip;
        _one = new LimitCell(KeyOf(identity, ""), "");
        if (!isKeyed) return;
        _byName = new(StringComparer.Ordinal);
        _lookup = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The one cell of a limit that is not by anything, or of whoever has no name.</summary>
    public LimitCell One => _one;

    public LimitCell Of(ReadOnlySpan<char> name)
    {
        if (_byName is null || name.IsEmpty) return _one;
        if (name.Length > MostLetters) name = name[..MostLetters];
        if (_lookup.TryGetValue(name, out var cell)) return cell;
        if (Volatile.Read(ref _count) >= MostCells) return _one;
        var text = name.ToString();
        var made = new LimitCell(KeyOf(_identity, _isPersonal ? Hashed(text) : text), text);
        cell = _byName.GetOrAdd(text, made);
        if (cell == made) Interlocked.Increment(ref _count);
        return cell;
    }

    /// <summary>Every cell with the name that it is for; empty = the one.</summary>
    public IEnumerable<(string Name, LimitCell Cell)> All => _byName is null ? [("", _one)] : [("", _one), .. _byName.Select(pair => (pair.Key, pair.Value))];

    /// <summary>Throws out what nobody would miss.</summary>
    public void Sweep(LimitRule rule, long now, int period, int share)
    {
        if (_byName is null) return;
        foreach (var (name, cell) in _byName)
        {
            lock (cell.Gate)
            {
                cell.Fits(rule, 0, now, period, share);
                // What Redis counts is not in here.
                if (!cell.IsEmpty(rule) || (cell.Shared.At > 0 && now - cell.Shared.At < 2 * rule.Window.Nanoseconds)) continue;
                cell.IsGone = true;
            }
            if (_byName.TryRemove(name, out _)) Interlocked.Decrement(ref _count);
        }
    }

    // Users' names and addresses do not leave this process.
    private static string Hashed(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    // All limits of a request are one script's keys, and a cluster runs a script on one node: one hash tag for all.
    private static string KeyOf(string identity, string name) => name.Length == 0 ? "{edge:limits}:" + identity : $"{{edge:limits}}:{identity}:{name}";
}
