namespace Edge.Upstream;

/// <summary>Where the frames of a WebSocket begin and end (RFC 6455 section 5.2), in bytes that pass by. Nothing is unmasked and nothing is kept.</summary>
internal struct WebSocketFrames
{
    private const int CloseOpcode = 8;

    // Of the frame's head: two bytes, up to eight of length, four of mask.
    private int _headRead;
    private int _headLength;
    private int _lengthBytes;
    private long _payload;

    /// <summary>No frame is under way: another one may be put in here.</summary>
    public readonly bool IsAtBoundary => _headRead == 0 && _payload == 0;

    /// <summary>A close frame has begun: nothing may follow it.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Goes on over the data, up to the first boundary where <paramref name="stopAtBoundary"/> is set; the number of bytes gone over.</summary>
    public int Advance(ReadOnlySpan<byte> data, bool stopAtBoundary)
    {
        var at = 0;
        while (at < data.Length && !(stopAtBoundary && IsAtBoundary))
        {
            if (_headRead == 0 && _payload > 0)
            {
                var skipped = (int)Math.Min(_payload, data.Length - at);
                _payload -= skipped;
                at += skipped;
                continue;
            }
            Head(data[at++]);
        }
        return at;
    }

    private void Head(byte value)
    {
        if (_headRead == 0)
        {
            if ((value & 0xF) == CloseOpcode) HasClosed = true;
            _headLength = 2;
            _lengthBytes = 0;
            _payload = 0;
        }
        else if (_headRead == 1)
        {
            var length = value & 0x7F;
            _lengthBytes = length == 127 ? 8 : length == 126 ? 2 : 0;
            _payload = _lengthBytes == 0 ? length : 0;
            _headLength = 2 + _lengthBytes + ((value & 0x80) != 0 ? 4 : 0);
        }
        else if (_headRead < 2 + _lengthBytes)
        {
            // The topmost bit must be 0; a peer that sets it talks to itself.
            _payload = (_payload << 8 | value) & long.MaxValue;
        }
        if (++_headRead == _headLength) _headRead = 0;
    }
}
