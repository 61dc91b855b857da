using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Unicode;
using Edge.Simd.Text;

namespace Edge.Simd.Tests.Text;

/// <summary>Compares each variant with its oracle, and the oracle with the base library.</summary>
internal static class Utf8ValidationHarness
{
    public static string? Disagreement(ReadOnlySpan<byte> text)
    {
        var expected = Utf8Validation.IsValidScalar(text);
        var same = expected == Utf8.IsValid(text) && expected == Utf8Validation.IsValid<Utf8Validation.Block128>(text) && expected == Utf8Validation.IsValid(text)
            && (!Avx2.IsSupported || expected == Utf8Validation.IsValid<Utf8Validation.Block256>(text));
        return same ? null : $"{Convert.ToHexString(text)}: the oracle says {expected}";
    }

    public static void Check(int seed)
    {
        var random = new Random(seed);
        var text = new List<byte>();
        var kinds = 1 + random.Next(4);
        while (text.Count < random.Next(300))
        {
            var most = random.Next(kinds) switch { 0 => 0x80, 1 => 0x800, 2 => 0x10000, _ => 0x110000 };
            for (var run = random.Next(1, most == 0x80 ? 90 : 5); run > 0; run--)
            {
                var value = random.Next(most);
                var bytes = new byte[4];
                if (Rune.IsValid(value)) text.AddRange(bytes.AsSpan(0, new Rune(value).EncodeToUtf8(bytes)));
            }
        }
        var array = text.ToArray();
        Assert.True(Utf8Validation.IsValid(array), $"seed {seed}");
        for (var fault = 0; fault < 10 && array.Length > 0; fault++)
        {
            var at = random.Next(array.Length);
            var before = array[at];
            array[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(before ^ (1 << random.Next(8)));
            Assert.True(Disagreement(array) is null, $"seed {seed}: {Disagreement(array)}");
            if (random.Next(2) == 0) array[at] = before;
        }
    }
}
