using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Edge.Guard.Restore;

/// <summary>
/// What one request hides from the provider: its values, each under a placeholder like <c>&lt;EMAIL_1&gt;</c>. It lives in the request's context alone and is used again for the next request there;
/// its memory is zeroed before it is given back, for the values are personal data.
/// </summary>
/// <remarks>
/// A placeholder's number says how many distinct values of its name came before in the request. A conversation's earlier turns come again at the beginning of each request, so a value keeps its number over
/// the turns without any memory between them: the provider's prompt cache hits, and reasoning that the provider signed comes back to it letter for letter.
/// <para>What the client itself wrote like a placeholder must come back as it is, and must not change the numbers before it. So it goes by the same order: while its number is free it stays, and the number is passed over
/// from then on (<see cref="Reserve"/>); if a value has the number already, the text is a value in its turn and gets the next one (<see cref="NextLiteral"/>).</para>
/// </remarks>
internal sealed class Vault : IDisposable
{
    private const int KeepBytes = 4096, KeepEntries = 64;

    /// <summary>A value and its placeholder. Reserved ones have no value.</summary>
    private struct Entry
    {
        public int Placeholder, PlaceholderLength, Value, ValueLength;
        public int Hash, PlaceholderHash;

        /// <summary>Which name; -1: none of ours, the client wrote it.</summary>
        public int Name;

        /// <summary>The client uses it as a word, without brackets.</summary>
        public bool IsWord;

        /// <summary>The next entry in the same bucket, plus one.</summary>
        public int NextByValue, NextByPlaceholder;
    }

    private struct NameEntry
    {
        public int Start, Length;

        /// <summary>The highest number that was given away or passed over.</summary>
        public int Last;
    }

    private byte[] _bytes = [];
    private byte[]? _key;
    private int _used;
    private Entry[] _entries = [];
    private int _count;
    private int[] _byValue = [], _byPlaceholder = [];
    private int _mask = -1;
    private NameEntry[] _names = [];
    private int _nameCount;
    private int _assigned;

    // A bit for each letter with which a name begins.
    private uint _letters;

    /// <summary>
    /// From now on numbers are drawn from the values and a key. For a conversation that the provider keeps: it knows placeholders of earlier requests, and a number that counts would mean another value there.
    /// </summary>
    public void DrawNumbers(byte[] key) => _key = key;

    /// <summary>There is nothing to put back.</summary>
    public bool IsEmpty => _assigned == 0;

    /// <summary>Distinct values.</summary>
    public int Count => _assigned;

    /// <summary>Distinct names, in order of their first appearance: <see cref="NameAt"/>.</summary>
    public int NameCount => _nameCount;

    /// <summary>Bytes of the longest placeholder as the vault writes it.</summary>
    public int LongestPlaceholder { get; private set; }

    /// <summary>Bytes of the longest placeholder in the longest of the spellings in which it is recognised.</summary>
    public int LongestSpelling { get; private set; }

    /// <summary>Bytes of a text that are held back at most: the longest spelling but for its end, with which it is known. Reached in the worst case.</summary>
    public int LongestHeld { get; private set; }

    /// <summary>The name's text, as it stands in placeholders.</summary>
    public ReadOnlySpan<byte> NameAt(int name) => _bytes.AsSpan(_names[name].Start, _names[name].Length);

    /// <summary>
    /// The placeholder of a value; the same for the same name and value. Every text before it in the request must have been <see cref="Reserve">reserved</see> before the first call, and read with
    /// <see cref="NextLiteral"/> since.
    /// </summary>
    /// <param name="name">What the value is, such as <c>EMAIL</c>. Letters, digits and underscores, at most 64; written in upper case, anything else as an underscore.</param>
    /// <param name="value">Plain UTF-8: escapes resolved.</param>
    /// <returns>Valid until the next call.</returns>
    public ReadOnlySpan<byte> Placeholder(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var nameIndex = NameOf(name);
        var hash = Hash(value);
        for (var i = First(_byValue, hash); i >= 0; i = _entries[i].NextByValue - 1)
        {
            ref var known = ref _entries[i];
            if (known.Hash == hash && known.Name == nameIndex && ValueOf(known).SequenceEqual(value)) return PlaceholderOf(known);
        }
        Span<byte> text = stackalloc byte[Spelling.MaxName];
        var length = NextFree(nameIndex, value, text);
        var added = Add(text[..length], value, nameIndex);
        _assigned++;
        NeedsEscape |= ValueWriter.NeedsEscape(value);
        LongestPlaceholder = Math.Max(LongestPlaceholder, length + 2);
        var longest = length + Spelling.MaxBracket + (text[..length].Count((byte)'_') * (Spelling.MaxUnderscore - 1));
        LongestSpelling = Math.Max(LongestSpelling, longest + Spelling.MaxBracket);
        LongestHeld = Math.Max(LongestHeld, longest + Spelling.MaxClosing);
        return PlaceholderOf(_entries[added]);
    }

    /// <summary>
    /// Remembers what looks like a placeholder in the client's own text, in any spelling that would be recognised in the answer: none such is ever given away, so the answer's copy of it stays as it is.
    /// </summary>
    /// <param name="json">Text as it stands in JSON strings, escapes and all.</param>
    public void Reserve(ReadOnlySpan<byte> json)
    {
        for (var at = 0; NextLiteral(json, ref at, out _, out _);)
        {
        }
    }

    /// <summary>
    /// The next text that the client wrote like a placeholder which is some value's by now: it must be hidden like a value, or the answer's copy of it would become that value. One whose number is free is reserved
    /// and passed over.
    /// </summary>
    /// <param name="json">Text as it stands in JSON strings, escapes and all.</param>
    /// <param name="at">Where to begin; then the byte behind what was found.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="name">Under which its own placeholder goes; valid until the vault changes.</param>
    public bool NextLiteral(ReadOnlySpan<byte> json, ref int at, out int start, out ReadOnlySpan<byte> name)
    {
        Span<byte> room = stackalloc byte[Spelling.MaxName];
        while (true)
        {
            var next = json[at..].IndexOfAny(Spelling.Openers);
            if (next < 0) break;
            at += next;
            var spelling = new Spelling(json[at..], isEscaped: true, room);
            if (spelling.Read() != Likeness.Whole)
            {
                at += spelling.Skip;
                continue;
            }
            start = at + spelling.Kept;
            at += spelling.Length;
            // Without a number, or with one that nobody counts up to, it never comes into question.
            var found = spelling.Name;
            var digits = found.Length - 1 - found.LastIndexOf((byte)'_');
            if (digits is 0 or > 9 || digits == found.Length || found[^digits..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) continue;
            var known = Find(found);
            if (known < 0) Add(found, default, name: -1);
            else if (_entries[known].Name >= 0)
            {
                name = NameAt(_entries[known].Name);
                return true;
            }
        }
        start = at;
        name = default;
        return false;
    }

    /// <summary>
    /// The client's own text may use a placeholder's letters as a word (<c>EMAIL_1</c> in code): then the model may, too, and in the answer only the bracketed form is the value. Asked when all values are known.
    /// </summary>
    /// <param name="json">The request's whole body as it came.</param>
    public void NoteWords(ReadOnlySpan<byte> json)
    {
        Span<byte> word = stackalloc byte[MaxNameLength + 10];
        for (var at = 0; ;)
        {
            var next = json[at..].IndexOf((byte)'_');
            if (next < 0) return;
            at += next;
            var before = json[..at].TrimEnd((byte)'\\');
            var digits = json.Slice(++at, Math.Min(9, json.Length - at));
            var count = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            digits = count < 0 ? digits : digits[..count];
            if (digits.IsEmpty) continue;
            for (var i = 0; i < _nameCount; i++)
            {
                var name = NameAt(i);
                if (!before.EndsWith(name)) continue;
                name.CopyTo(word);
                word[name.Length] = (byte)'_';
                digits.CopyTo(word[(name.Length + 1)..]);
                // What stands beside it may be hidden, and then it is a word.
                for (var length = 1; length <= digits.Length; length++)
                {
                    var found = Find(word[..(name.Length + 1 + length)]);
                    if (found >= 0) _entries[found].IsWord = true;
                }
            }
        }
    }

    /// <summary>A value that the client sent and that was not hidden: it is nothing that a model disclosed.</summary>
    public void Note(ReadOnlySpan<byte> value)
    {
        if (!Knows(value)) Add(default, value, name: -1);
    }

    /// <summary>The client sent this very value.</summary>
    public bool Knows(ReadOnlySpan<byte> value)
    {
        var hash = Hash(value);
        for (var i = First(_byValue, hash); i >= 0; i = _entries[i].NextByValue - 1)
        {
            if (_entries[i].Hash == hash && ValueOf(_entries[i]).SequenceEqual(value)) return true;
        }
        return false;
    }

    /// <summary>The value has a placeholder of that name.</summary>
    public bool Contains(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var hash = Hash(value);
        for (var i = First(_byValue, hash); i >= 0; i = _entries[i].NextByValue - 1)
        {
            ref var known = ref _entries[i];
            if (known.Hash == hash && known.Name >= 0 && NameAt(known.Name).SequenceEqual(name) && ValueOf(known).SequenceEqual(value)) return true;
        }
        return false;
    }

    /// <summary>Some value looks different inside a JSON string, so that it matters in how many it is put.</summary>
    public bool NeedsEscape { get; private set; }

    /// <summary>Some placeholder begins with that letter, in upper case.</summary>
    public bool MayBegin(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' && (_letters & (1u << (letter - 'A'))) != 0;

    /// <summary>The value behind a placeholder.</summary>
    /// <param name="placeholder">Without brackets, in upper case.</param>
    /// <param name="value">Plain UTF-8; valid until the vault changes.</param>
    /// <param name="name">Which of the <see cref="NameAt">names</see>.</param>
    /// <param name="isLoose">It came without brackets of its own.</param>
    public bool TryGet(ReadOnlySpan<byte> placeholder, out ReadOnlySpan<byte> value, out int name, bool isLoose = false)
    {
        value = default;
        name = -1;
        var found = Find(placeholder);
        if (found < 0 || _entries[found].Name < 0 || (isLoose && _entries[found].IsWord)) return false;
        value = ValueOf(_entries[found]);
        name = _entries[found].Name;
        return true;
    }

    /// <summary>Whether a placeholder that was given away begins with that. A whole one does only if a longer one begins so too, or it is that one itself.</summary>
    /// <param name="begun">Without brackets, in upper case.</param>
    public bool IsPrefix(ReadOnlySpan<byte> begun)
    {
        for (var i = 0; i < _nameCount; i++)
        {
            var name = NameAt(i);
            if (begun.Length <= name.Length)
            {
                if (name.StartsWith(begun)) return true;
                continue;
            }
            if (begun[name.Length] != '_' || !begun.StartsWith(name)) continue;
            var digits = begun[(name.Length + 1)..];
            if (digits.IsEmpty) return true;
            if (digits[0] == '0' || digits.Length > 9 || !Utf8Parser.TryParse(digits, out int number, out var read) || read != digits.Length) continue;
            if ((long)number * 10 <= _names[i].Last || TryGet(begun, out _, out _)) return true;
        }
        return false;
    }

    /// <summary>The request is over: forgets everything.</summary>
    public void Clear()
    {
        _key = null;
        if (_count == 0 && _used == 0) return;
        Release(ref _bytes, _used, KeepBytes);
        Release(ref _entries, _count, KeepEntries);
        Release(ref _names, _nameCount, KeepEntries);
        // Numbers of entries, which say nothing.
        Release(ref _byValue, 0, KeepEntries);
        Release(ref _byPlaceholder, 0, KeepEntries);
        _mask = -1;
        _used = _count = _nameCount = _assigned = LongestPlaceholder = LongestSpelling = LongestHeld = 0;
        _letters = 0;
        NeedsEscape = false;
    }

    public void Dispose()
    {
        Clear();
        Release(ref _bytes, 0, 0);
        Release(ref _entries, 0, 0);
        Release(ref _names, 0, 0);
        Release(ref _byValue, 0, 0);
        Release(ref _byPlaceholder, 0, 0);
    }

    private ReadOnlySpan<byte> ValueOf(in Entry entry) => _bytes.AsSpan(entry.Value, entry.ValueLength);

    private ReadOnlySpan<byte> PlaceholderOf(in Entry entry) => _bytes.AsSpan(entry.Placeholder, entry.PlaceholderLength);

    private int Find(ReadOnlySpan<byte> placeholder)
    {
        var hash = Hash(placeholder);
        for (var i = First(_byPlaceholder, hash); i >= 0; i = _entries[i].NextByPlaceholder - 1)
        {
            ref var entry = ref _entries[i];
            if (entry.PlaceholderHash == hash && entry.PlaceholderLength > 0 && PlaceholderOf(entry)[1..^1].SequenceEqual(placeholder)) return i;
        }
        return -1;
    }

    private int First(int[] buckets, int hash) => _mask < 0 ? -1 : buckets[hash & _mask] - 1;

    // Names are the few entities that a policy knows.
    private int NameOf(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxNameLength) ThrowName(name.Length);
        Span<byte> written = stackalloc byte[MaxNameLength];
        for (var i = 0; i < name.Length; i++)
        {
            var b = name[i];
            written[i] = b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 0x20) : char.IsAsciiLetterOrDigit((char)b) ? b : (byte)'_';
        }
        written = written[..name.Length];
        for (var i = 0; i < _nameCount; i++)
        {
            if (NameAt(i).SequenceEqual(written)) return i;
        }
        Ensure(ref _names, _nameCount, 1);
        if (char.IsAsciiLetterUpper((char)written[0])) _letters |= 1u << (written[0] - 'A');
        _names[_nameCount] = new NameEntry { Start = Append(written), Length = name.Length };
        return _nameCount++;
    }

    private const int MaxNameLength = 64;

    [DoesNotReturn]
    private static void ThrowName(int length) => throw new ArgumentOutOfRangeException(nameof(length), length, $"A placeholder's name has 1 to {MaxNameLength} characters.");

    private int NextFree(int name, ReadOnlySpan<byte> value, Span<byte> text)
    {
        var prefix = NameAt(name);
        prefix.CopyTo(text);
        text[prefix.Length] = (byte)'_';
        for (var number = _key is null ? _names[name].Last + 1 : HashedNumber(prefix, value); ; number++)
        {
            _names[name].Last = Math.Max(_names[name].Last, number);
            Utf8Formatter.TryFormat(number, text[(prefix.Length + 1)..], out var digits);
            var length = prefix.Length + 1 + digits;
            if (Find(text[..length]) < 0) return length;
        }
    }

    // Of nine digits: nobody counts up to it, and two values of a conversation hardly ever share one.
    private int HashedNumber(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        KeyedHash.Write(name, value, _key!, hash);
        return (int)(100_000_000 + (BinaryPrimitives.ReadUInt64LittleEndian(hash) % 899_000_000));
    }

    private int Add(ReadOnlySpan<byte> placeholder, ReadOnlySpan<byte> value, int name)
    {
        Ensure(ref _entries, _count, 1);
        if (_count > _mask) Rehash();
        var entry = new Entry { Name = name, Hash = Hash(value), PlaceholderHash = Hash(placeholder), Value = _used, ValueLength = value.Length, PlaceholderLength = placeholder.IsEmpty ? 0 : placeholder.Length + 2 };
        Append(value);
        if (!placeholder.IsEmpty)
        {
            entry.Placeholder = Append("<"u8);
            Append(placeholder);
            Append(">"u8);
        }
        _entries[_count] = entry;
        Link(_count);
        return _count++;
    }

    // What is only reserved has no value, what is only noted no placeholder.
    private void Link(int index)
    {
        ref var entry = ref _entries[index];
        if (entry.PlaceholderLength > 0)
        {
            ref var bucket = ref _byPlaceholder[entry.PlaceholderHash & _mask];
            (entry.NextByPlaceholder, bucket) = (bucket, index + 1);
        }
        if (entry.Name >= 0 || entry.PlaceholderLength == 0)
        {
            ref var bucket = ref _byValue[entry.Hash & _mask];
            (entry.NextByValue, bucket) = (bucket, index + 1);
        }
    }

    private void Rehash()
    {
        var size = Math.Max(KeepEntries, (_mask + 1) * 2);
        _mask = size - 1;
        Buckets(ref _byValue, size);
        Buckets(ref _byPlaceholder, size);
        for (var i = 0; i < _count; i++) Link(i);
    }

    private static void Buckets(ref int[] buckets, int size)
    {
        if (buckets.Length < size)
        {
            Release(ref buckets, 0, 0);
            buckets = ArrayPool<int>.Shared.Rent(size);
        }
        Array.Clear(buckets);
    }

    private int Append(ReadOnlySpan<byte> bytes)
    {
        Ensure(ref _bytes, _used, bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_used));
        _used += bytes.Length;
        return _used - bytes.Length;
    }

    // Seeded per process, so that nobody can choose values that share a bucket.
    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private static void Ensure<T>(ref T[] array, int used, int more)
        where T : struct
    {
        if (array.Length - used >= more) return;
        var larger = ArrayPool<T>.Shared.Rent((int)Math.Min(Math.Max((long)used + more, Math.Max(32, array.Length * 2L)), Array.MaxLength));
        array.AsSpan(0, used).CopyTo(larger);
        Release(ref array, used, 0);
        array = larger;
    }

    private static void Release<T>(ref T[] array, int used, int keep)
        where T : struct
    {
        if (array.Length == 0) return;
        array.AsSpan(0, used).Clear();
        if (array.Length <= keep) return;
        ArrayPool<T>.Shared.Return(array);
        array = [];
    }
}
