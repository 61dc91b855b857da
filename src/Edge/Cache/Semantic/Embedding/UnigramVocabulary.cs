using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Edge.Cache.Semantic.Embedding;

/// <summary>The pieces of a SentencePiece unigram model with their scores; a piece's id is its place. Read from the compact form ("EUV1"), a SentencePiece <c>.model</c> or its <c>.vocab</c>.</summary>
internal sealed class UnigramVocabulary
{
    private const int MaxPieces = 1_000_000;

    // Types of SentencePiece.Type (sentencepiece_model.proto).
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4;

    private readonly List<string> _pieces = [];
    private readonly List<float> _scores = [];
    private readonly List<bool> _isText = [];

    public IReadOnlyList<string> Pieces => _pieces;

    public IReadOnlyList<float> Scores => _scores;

    /// <summary>False for what stands for no text: the unknown, begin and end, reserved places.</summary>
    public IReadOnlyList<bool> IsText => _isText;

    public int UnknownId { get; private set; }

    /// <summary>What a character without a piece costs: ten below the rarest piece, as SentencePiece has it; nothing in the shipped model's reference implementation.</summary>
    public float UnknownScore { get; private set; }

    /// <summary>Begin and end of a text where the model has them; -1 where not.</summary>
    public int BeginId { get; private set; } = -1;

    public int EndId { get; private set; } = -1;

    /// <exception cref="InvalidDataException">It is none of the three forms.</exception>
    public static UnigramVocabulary Read(ReadOnlySpan<byte> data)
    {
        var vocabulary = new UnigramVocabulary();
        if (data.StartsWith("EUV1"u8)) vocabulary.ReadCompact(data[4..]);
        else if (!data.IsEmpty && data[0] == 0x0A) vocabulary.ReadModel(data);
        else vocabulary.ReadLines(data);
        if (!data.StartsWith("EUV1"u8) && vocabulary._scores.Count > 0) vocabulary.UnknownScore = vocabulary._scores.Min() - 10;
        if (vocabulary._pieces.Count < 2) throw new InvalidDataException("The vocabulary is empty: expected a SentencePiece .model or .vocab.");
        return vocabulary;
    }

    /// <summary>The compact form: count of pieces, count of reserved ones in front, then for each a length, UTF-8 and the score as a single.</summary>
    public static byte[] Write(IReadOnlyList<(string Piece, float Score)> pieces, int reserved = 6)
    {
        using var output = new MemoryStream();
        using var writer = new BinaryWriter(output);
        writer.Write("EUV1"u8);
        writer.Write(pieces.Count);
        writer.Write(reserved);
        foreach (var (piece, score) in pieces)
        {
            var text = Encoding.UTF8.GetBytes(piece);
            writer.Write((byte)text.Length);
            writer.Write(text);
            writer.Write(score);
        }
        return output.ToArray();
    }

    private void ReadCompact(ReadOnlySpan<byte> data)
    {
        if (data.Length < 8) throw Truncated();
        var (count, reserved) = (BinaryPrimitives.ReadInt32LittleEndian(data), BinaryPrimitives.ReadInt32LittleEndian(data[4..]));
        if (count is < 0 or > MaxPieces) throw Truncated();
        data = data[8..];
        for (var i = 0; i < count; i++)
        {
            if (data.IsEmpty || data.Length < 1 + data[0] + 4) throw Truncated();
            Add(Encoding.UTF8.GetString(data.Slice(1, data[0])), BinaryPrimitives.ReadSingleLittleEndian(data[(1 + data[0])..]), i >= reserved);
            data = data[(1 + data[0] + 4)..];
        }
        UnknownId = 0;
    }

    private void ReadLines(ReadOnlySpan<byte> data)
    {
        foreach (var line in Encoding.UTF8.GetString(data).Split('\n'))
        {
            var tab = line.LastIndexOf('\t');
            if (tab <= 0) continue;
            if (!float.TryParse(line.AsSpan(tab + 1).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var score)) throw new InvalidDataException($"Line {_pieces.Count + 1} of the vocabulary has no score after its tab.");
            AddNamed(line[..tab], score, Normal);
        }
    }

    // ModelProto: field 1 is a piece, of which 1 is the text, 2 the score, 3 the type.
    private void ReadModel(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var tag = Varint(ref data);
            var value = Field(ref data, tag);
            if (tag != ((1 << 3) | 2)) continue;
            var (text, score, type) = ("", 0f, Normal);
            while (!value.IsEmpty)
            {
                var inner = Varint(ref value);
                var part = Field(ref value, inner);
                switch (inner)
                {
                    case (1 << 3) | 2: text = Encoding.UTF8.GetString(part); break;
                    case (2 << 3) | 5: score = BinaryPrimitives.ReadSingleLittleEndian(part); break;
                    case 3 << 3: type = (int)Varint(ref part); break;
                }
            }
            AddNamed(text, score, type);
        }
    }

    private void AddNamed(string piece, float score, int type)
    {
        if (type == Unknown || piece == "<unk>") UnknownId = _pieces.Count;
        else if (piece == "<s>") BeginId = _pieces.Count;
        else if (piece == "</s>") EndId = _pieces.Count;
        Add(piece, score, type is Normal or UserDefined && piece is not ("<unk>" or "<s>" or "</s>" or "<pad>"));
    }

    private void Add(string piece, float score, bool isText)
    {
        if (_pieces.Count == MaxPieces) throw new InvalidDataException($"The vocabulary has more than {MaxPieces} pieces.");
        _pieces.Add(piece);
        _scores.Add(score);
        _isText.Add(isText && piece.Length > 0);
    }

    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> data, ulong tag)
    {
        var before = data;
        var length = (int)(tag & 7) switch
        {
            0 => SkipVarint(ref data),
            1 => 8,
            2 => (long)Varint(ref data),
            5 => 4,
            _ => -1,
        };
        if (length < 0 || length > data.Length) throw Truncated();
        if ((tag & 7) == 0) return before[..^data.Length];
        var value = data[..(int)length];
        data = data[(int)length..];
        return value;
    }

    private static long SkipVarint(ref ReadOnlySpan<byte> data)
    {
        Varint(ref data);
        return 0;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> data)
    {
        var value = 0ul;
        for (var shift = 0; shift < 64 && !data.IsEmpty; shift += 7)
        {
            var part = data[0];
            data = data[1..];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Truncated();
    }

    private static InvalidDataException Truncated() => new("The vocabulary is cut off or no SentencePiece model.");
}
