using System.Runtime.Intrinsics.X86;
using Edge.Simd.Text;

namespace Edge.Simd.Tests.Text;

/// <summary>Compares each variant with its definition on what a seed makes; the fuzzer goes on with further seeds.</summary>
internal static class MultiLiteralHarness
{
    public static bool Has(string variant) => variant != "Vector256" || Avx2.IsSupported;

    public static (int Position, int Literal) Find(MultiLiteral set, string variant, ReadOnlySpan<byte> text, int from)
    {
        var position = variant switch
        {
            "Scalar" => set.Find<MultiLiteral.KernelScalar>(text, from, out var literal) is var at ? (at, literal) : default,
            "Vector128" => set.Find<MultiLiteral.Kernel128>(text, from, out var literal) is var at ? (at, literal) : default,
            "Vector256" => set.Find<MultiLiteral.Kernel256>(text, from, out var literal) is var at ? (at, literal) : default,
            _ => set.Find(text, from, out var literal) is var at ? (at, literal) : default,
        };
        return position;
    }

    public static void Check(string variant, int seed)
    {
        var random = new Random(seed);
        var (literals, ignoreCase, text) = Case(random);
        Check(variant, seed, random, literals, ignoreCase, text);
    }

    public static void CheckPhrases(string variant, int seed)
    {
        var random = new Random(seed);
        string[] words = ["how", "to", "the", "a", "make", "kill", "bomb", "people", "someone", "an", "in", "it", "wxyz", "explosive device", "über", "的", "of", "Ransomware"];
        var literals = new byte[1 + random.Next(random.Next(2) == 0 ? 20 : 500)][];
        for (var i = 0; i < literals.Length; i++) literals[i] = Text(1 + random.Next(8), 100);
        // Pieces of the literals, whole and cut, between other words.
        var text = new List<byte>();
        while (text.Count < 600)
        {
            var piece = random.Next(2) == 0 ? literals[random.Next(literals.Length)] : Text(3, 40);
            var from = random.Next(3) == 0 ? random.Next(piece.Length) : 0;
            text.AddRange(piece[from..(random.Next(3) == 0 ? random.Next(from, piece.Length) : piece.Length)]);
            if (random.Next(2) == 0) text.Add((byte)' ');
        }
        Check(variant, seed, random, literals, random.Next(2) == 0, [.. text]);

        byte[] Text(int count, int longest)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, count).Select(_ => words[random.Next(words.Length)])));
            return bytes.Length > longest ? bytes[..longest] : bytes;
        }
    }

    private static void Check(string variant, int seed, Random random, byte[][] literals, bool ignoreCase, byte[] text)
    {
        var set = new MultiLiteral(literals, ignoreCase, atWordStarts: random.Next(3) == 0);
        var from = random.Next(3) == 0 ? random.Next(text.Length + 1) : 0;

        var first = set.FindScalar(text, from, out var expected);
        Assert.True((first, expected) == Find(set, variant, text, from), $"seed {seed}: the first at {first}");

        var all = new List<LiteralMatch>();
        for (var at = from; at < text.Length; at++)
        {
            var here = new List<LiteralMatch>();
            for (var i = 0; i < literals.Length; i++)
            {
                if (set.IsAt(text, at, i)) here.Add(new LiteralMatch(at, literals[i].Length, i));
            }
            all.AddRange(here.OrderByDescending(match => match.Length).ThenBy(match => match.Literal));
        }
        Assert.True(all.SequenceEqual(All(set, variant, text, from)), $"seed {seed}: {all.Count} matches");
    }

    public static void CheckMasks(string variant, int seed)
    {
        var random = new Random(seed);
        var (literals, _, text) = Case(random);
        var tables = random.Next(2) == 0 ? MultiLiteralTables.Make(literals) : new MultiLiteralTables(new WordPlaces(1 + random.Next(4), random.Next(2) == 0 ? (byte)0 : (byte)"<@ \0"[random.Next(3)]));
        var filter = new MultiLiteralFilter(literals, isListing: true);
        var padded = new byte[text.Length + 200];
        random.NextBytes(padded);
        text.CopyTo(padded, 0);
        var last = padded.Length - MultiLiteral.BlockSize - MultiLiteralFilter.Reach + 1;
        for (var at = random.Next(64); at <= last; at += MultiLiteral.BlockSize)
        {
            var block = MultiLiteral.KernelScalar.NextBlock(ref padded[0], at, last, tables, filter, out var mask);
            var actual = 0UL;
            var actualBlock = variant == "Vector128"
                ? MultiLiteral.Kernel128.NextBlock(ref padded[0], at, last, tables, filter, out actual)
                : MultiLiteral.Kernel256.NextBlock(ref padded[0], at, last, tables, filter, out actual);
            Assert.True((block, mask) == (actualBlock, actual), $"seed {seed}: block {block} mask {mask:x}, {variant} {actualBlock} {actual:x}");
        }
    }

    private static List<LiteralMatch> All(MultiLiteral set, string variant, ReadOnlySpan<byte> text, int from)
    {
        var all = new List<LiteralMatch>();
        var matches = set.FindAll(text, from);
        while (variant switch
        {
            "Scalar" => matches.MoveNext<MultiLiteral.KernelScalar>(),
            "Vector128" => matches.MoveNext<MultiLiteral.Kernel128>(),
            "Vector256" => matches.MoveNext<MultiLiteral.Kernel256>(),
            _ => matches.MoveNext(),
        }) all.Add(matches.Current);
        return all;
    }

    // From alphabets of two letters, where nearly everything overlaps, to bytes of any value; from one literal to hundreds.
    private static (byte[][] Literals, bool IgnoreCase, byte[] Text) Case(Random random)
    {
        byte[][] alphabets = ["ab"u8.ToArray(), "aAbB@`[{"u8.ToArray(), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"u8.ToArray(), [0, 1, 0x61, 0x80, 0xC3, 0xFF], [.. Enumerable.Range(0, 256).Select(b => (byte)b)]];
        var alphabet = alphabets[random.Next(alphabets.Length)];
        var longest = random.Next(4) == 0 ? 60 : 1 + random.Next(8);
        var literals = new byte[random.Next(10) == 0 ? 1 + random.Next(300) : 1 + random.Next(12)][];
        for (var i = 0; i < literals.Length; i++)
        {
            // Some begin as another one does.
            var beginning = i > 0 && random.Next(3) == 0 ? literals[random.Next(i)] : [];
            literals[i] = [.. beginning.Take(random.Next(beginning.Length + 1)), .. Bytes(1 + random.Next(longest))];
            if (literals[i].Length > MultiLiteral.MaxLength) literals[i] = literals[i][..MultiLiteral.MaxLength];
        }
        var text = Bytes(random.Next(400));
        for (var planted = random.Next(6); planted > 0; planted--)
        {
            var literal = literals[random.Next(literals.Length)];
            if (literal.Length <= text.Length) literal.CopyTo(text, random.Next(text.Length - literal.Length + 1));
        }
        return (literals, random.Next(2) == 0, text);

        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            foreach (ref var b in bytes.AsSpan()) b = alphabet[random.Next(alphabet.Length)];
            return bytes;
        }
    }
}
