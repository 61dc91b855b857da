using System.Text.Json;

namespace Edge.TestSupport;

/// <summary>Lines that a process writes, kept and waited for.</summary>
public sealed class LineLog
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Found)> _waiters = [];
    private bool _closed;

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock) return [.. _lines];
        }
    }

    public override string ToString() => string.Join('\n', Lines);

    /// <summary>The first line, past or future, that matches. Fails when the writer ends without one.</summary>
    public Task<string> FindAsync(Func<string, bool> matches, string what, int skip = 0)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Func<string, bool> counting = line => matches(line) && skip-- <= 0;
        lock (_lock)
        {
            if (_lines.Find(line => counting(line)) is { } line) return Task.FromResult(line);
            if (_closed) throw new EndOfStreamException($"It ended without {what}. It said:\n{string.Join('\n', _lines)}");
            _waiters.Add((counting, found));
        }
        return Patience.For(found.Task, what);
    }

    /// <summary>The log's JSON object of that event.</summary>
    /// <param name="name">The <c>event</c> member.</param>
    /// <param name="skip">How many of its kind to pass over first.</param>
    public async Task<JsonElement> EventAsync(string name, int skip = 0)
    {
        var line = await FindAsync(line => EventOf(line) == name, $"the event '{name}'", skip);
        return JsonDocument.Parse(line).RootElement;
    }

    /// <summary>How many events of that name there are so far.</summary>
    public int Count(string name) => Lines.Count(line => EventOf(line) == name);

    internal void Add(string line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (!_waiters[i].Matches(line)) continue;
                _waiters[i].Found.TrySetResult(line);
                _waiters.RemoveAt(i);
            }
        }
    }

    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var (_, found) in _waiters)
            {
                found.TrySetException(new EndOfStreamException($"It ended first. It said:\n{string.Join('\n', _lines)}"));
            }
            _waiters.Clear();
        }
    }

    private static string? EventOf(string line)
    {
        if (!line.StartsWith('{')) return null;
        using var json = JsonDocument.Parse(line);
        return json.RootElement.TryGetProperty("event", out var name) ? name.GetString() : null;
    }
}
