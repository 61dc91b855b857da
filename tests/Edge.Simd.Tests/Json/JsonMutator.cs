using System.Text;

namespace Edge.Simd.Tests.Json;

/// <summary>Valid texts, and what a careless or hostile client might make of them. The same for the same seed.</summary>
public sealed class JsonMutator(int seed)
{
    /// <summary>Valid documents that between them hold every construct of the grammar.</summary>
    public static IReadOnlyList<byte[]> Documents { get; } =
    [
        .. new[]
        {
            """{"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are \"helpful\".\n"},{"role":"user","content":"Grüße 你好 😀"}],"temperature":0.7,"stream":true,"n":1,"stop":null}""",
            """ { "a" : [ 1 , -2.5e+10 , 0 , -0 , 1E-3 , 0.0 ] , "b" : { } , "c" : [ ] , "d" : [ [ ] , { } , [ [ { "e" : [ ] } ] ] ] } """,
            """["\u0041\uD83D\uDE00\ud800\uDC00 \uD800 \/\b\f\n\r\t\\\"", "", "é", "\u0000", true, false, null]""",
            """{"":{"":[{"":""}]},"\u006eame":"x","long":"0123456789abcdef0123456789abcdef0123456789abcdef\\0123456789abcdef0123456789abcdef\n0123456789abcdef"}""",
            "\t\r\n[\n  1,\r\n  2\t]\n",
            "\"just a string\"", "12345678901234567890", "-0.5e-7", "true", "false", "null", "[]", "{}",
            string.Concat(Enumerable.Repeat("[{\"k\":", 20)) + "1" + string.Concat(Enumerable.Repeat("}]", 20)),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] _scraps =
    [
        .. new[] { "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "\\u", "\\uD800", "\\x", "0", "-", "1.", "e", "+", "true", "nul", "//", "/**/", "'", "\0", "\u001F", "\u007F", "\uFEFF", "é", "NaN", ",,", "[1]", "\"a\":1" }
            .Select(Encoding.UTF8.GetBytes),
        [0x80], [0xC0, 0xAF], [0xE0, 0x80], [0xED, 0xA0, 0x80], [0xF5], [0xFF], [0xF0, 0x9F],
    ];

    private readonly Random _random = new(seed);

    /// <summary>A document with one to four changes; valid still in about one case of four.</summary>
    public byte[] Next()
    {
        var text = Documents[_random.Next(Documents.Count)].ToList();
        for (var changes = _random.Next(1, 5); changes > 0; changes--) Change(text);
        return [.. text];
    }

    private void Change(List<byte> text)
    {
        var at = _random.Next(text.Count + 1);
        var length = Math.Min(_random.Next(1, 8), text.Count - at);
        switch (_random.Next(7))
        {
            case 0:
                text.InsertRange(at, _scraps[_random.Next(_scraps.Length)]);
                break;
            case 1:
                text.RemoveRange(at, length);
                break;
            case 2:
                if (at < text.Count) text[at] = (byte)_random.Next(256);
                break;
            case 3:
                text.InsertRange(at, text.GetRange(at, length));
                break;
            case 4:
                text.RemoveRange(at, text.Count - at);
                break;
            case 5:
                // Another document as a value: where a value stood, the text stays valid.
                text.InsertRange(at, Documents[_random.Next(Documents.Count)]);
                break;
            default:
                // Inside a long run of letters only the vector paths look.
                text.InsertRange(at, Enumerable.Repeat((byte)"aé "u8[_random.Next(4) == 0 ? 3 : 0], _random.Next(70)));
                break;
        }
    }
}
