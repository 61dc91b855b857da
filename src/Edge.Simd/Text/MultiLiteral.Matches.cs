namespace Edge.Simd.Text;

/// <summary>Where a literal stands.</summary>
/// <param name="Position">Its first byte in the text.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Literal">Its index in the list that the set was made from.</param>
public readonly record struct LiteralMatch(int Position, int Length, int Literal);

public sealed partial class MultiLiteral
{
    /// <summary>Enumerates without allocation; <c>foreach</c> takes it.</summary>
    public ref struct Matches
    {
        private readonly MultiLiteral _set;
        private readonly ReadOnlySpan<byte> _text;
        private Candidates _candidates;
        private int _literal = -1;
        private int _position;

        internal Matches(MultiLiteral set, ReadOnlySpan<byte> text, int from)
        {
            CheckFrom(text, from);
            _set = set;
            _text = text;
            _candidates = new Candidates(from);
        }

        /// <summary>The match that <see cref="MoveNext()"/> found.</summary>
        public readonly LiteralMatch Current => new(_position, _set.LengthOf(_literal), _literal);

        /// <summary>Itself.</summary>
        public readonly Matches GetEnumerator() => this;

        /// <summary>Goes to the next match; false where there is none.</summary>
        public bool MoveNext() => MoveNext<Dispatched>();

        internal bool MoveNext<TKernel>()
            where TKernel : struct, IKernel
        {
            if (_literal >= 0) _literal = _set._trie.NextShorter(_literal);
            while (_literal < 0)
            {
                if (!_candidates.Next<TKernel>(_set, _text, out _position)) return false;
                _literal = _set._trie.Longest(_text, _position);
            }
            return true;
        }
    }
}
