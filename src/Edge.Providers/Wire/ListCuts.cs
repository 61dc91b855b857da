namespace Edge.Providers.Wire;

/// <summary>
/// Cuts elements out of an array, or members out of an object, with the comma that goes with each: the one before it, or, at the list's beginning, the one behind. Every
/// element is shown in its order, also those that stay.
/// </summary>
/// <param name="edits">Takes the cuts.</param>
public struct ListCuts(EditList edits)
{
    private readonly EditList _edits = edits;
    private int _keptEnd = -1;
    private int _cutStart = -1;
    private int _cutEnd = -1;

    /// <summary>The next element.</summary>
    /// <param name="begin">Its first byte.</param>
    /// <param name="end">Behind its last byte.</param>
    /// <param name="goes">It is cut out.</param>
    public void Next(int begin, int end, bool goes)
    {
        if (goes)
        {
            if (_cutStart < 0) _cutStart = _keptEnd >= 0 ? _keptEnd : begin;
            _cutEnd = end;
            return;
        }
        if (_cutStart >= 0) _edits.Add(_cutStart, (_keptEnd >= 0 ? _cutEnd : begin) - _cutStart, default);
        _cutStart = -1;
        _keptEnd = end;
    }

    /// <summary>Behind the last element.</summary>
    public readonly void End()
    {
        if (_cutStart >= 0) _edits.Add(_cutStart, _cutEnd - _cutStart, default);
    }
}
