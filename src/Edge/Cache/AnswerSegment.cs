namespace Edge.Cache;

/// <summary>A piece of a recorded answer. One thread writes; any number read what has been published, while more is written behind it.</summary>
internal sealed class AnswerSegment
{
    private int _published;
    private bool _isOver;

    public AnswerSegment(int size) => Bytes = new byte[size];

    /// <summary>An answer that is complete.</summary>
    public AnswerSegment(byte[] bytes)
    {
        Bytes = bytes;
        Written = _published = bytes.Length;
    }

    public byte[] Bytes { get; }

    /// <summary>The writer's alone.</summary>
    public int Written { get; set; }

    /// <summary>What may be read.</summary>
    public int Published
    {
        get => Volatile.Read(ref _published);
        set => Volatile.Write(ref _published, value);
    }

    /// <summary>All of it is published, and there is another one behind it.</summary>
    public bool IsOver
    {
        get => Volatile.Read(ref _isOver);
        set => Volatile.Write(ref _isOver, value);
    }

    public AnswerSegment? Next { get; set; }
}
