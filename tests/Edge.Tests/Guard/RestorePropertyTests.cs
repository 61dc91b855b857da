using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Edge.Guard.Restore;
using Edge.Providers;

namespace Edge.Tests.Guard;

/// <summary>restore(redact(x)) = x: whatever the text, the values, the spelling, the cuts, the dialects.</summary>
public sealed class RestorePropertyTests
{
    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Much of what could be mistaken for a placeholder, and what escaping can get wrong.
    private static readonly Gen<string> _word = Gen.OneOf(
        OneOf("<", ">", "\\", "\"", "&", "%", "<E", "<EMAIL_", "<EMAIL_1", "EMAIL_1>", "&lt;", "&gt;", "%3C", "%3E", "%5F", "\\u003c", "\\u003e", "\\<", "\\>", "\\_", "_", "1", "`", "\n", "\r\n", "\t", "\0", "\u007f"),
        OneOf("<EMAIL_1>", "<email_2>", "&lt;KEY_1&gt;", "%3CKEY_1%3E", "<KEY\\_2>", "\\u003cEMAIL_1\\u003e", "<NAME_1>"),
        Gen.Char['a', 'z'].Array[1, 6].Select(chars => new string(chars)),
        OneOf(" ", "é", "漢字", "😀", "مرحبا", "/", "{", "}", "[", "]", ":", ","));

    private static readonly Gen<string> _text = _word.Array[0, 8].Select(string.Concat);

    private static readonly Gen<(string Name, string Value)> _value = Gen.Select(OneOf("EMAIL", "KEY", "EMAIL_LIST"), Gen.OneOf(_text.Where(text => text.Length > 0), OneOf("a@b.c", "\"q\"", "-----BEGIN KEY-----\nx\\y\n", "<EMAIL_1>", "<")));

    // A turn: text, then a value, then text ...
    private static readonly Gen<(string Before, (string Name, string Value) Hidden)[]> _said = Gen.Select(_text, _value).Array[1, 5];

    [Fact]
    public void Whatever_is_hidden_comes_back()
    {
        Gen.Select(_said, _text, Gen.Int[1, 12], Gen.Bool, Gen.Int[0, 3]).Sample(
            (said, end, size, escapeAll, spelling) =>
            {
                using var vault = new Vault();
                var original = string.Concat(said.Select(one => one.Before + one.Hidden.Value)) + end;
                vault.Reserve(Encoding.UTF8.GetBytes(RestoreWire.Quote(original, escapeAll)));
                var hidden = string.Concat(said.Select(one => one.Before + Spell(Placeholder(vault, one.Hidden), spelling))) + end;
                // What begins like JSON is taken for it, and its values escaped as JSON's.
                vault.NoteWords(Encoding.UTF8.GetBytes(RestoreWire.Quote(original, escapeAll)));
                if (SaysJson(hidden)) return;
                var filter = new AnswerFilter();
                var hiddenArguments = JsonSerializer.Serialize(new Dictionary<string, string> { ["a"] = hidden }, escapeAll ? JsonSerializerOptions.Default : _plain);
                foreach (var from in RestoreWire.Clients)
                {
                    var call = from == Dialect.Completions ? "" : hiddenArguments;
                    var events = RestoreWire.Events(from, Cut(hidden, size), Cut(call, size), escapeAll);
                    var whole = RestoreWire.Whole(from, hidden, call, escapeAll);
                    foreach (var to in RestoreWire.Clients)
                    {
                        // Completions are no provider's dialect, and know no calls.
                        if (from != to && (from == Dialect.Completions || to == Dialect.Completions)) continue;
                        filter.Begin(vault, to);
                        var stream = from == to ? RestoreWire.Pass(filter, events, Bounded) : RestoreWire.Translate(filter, from, to, events, Bounded);
                        Check(RestoreWire.Read(to, stream), to);
                        filter.Begin(vault, to);
                        var answer = from == to ? RestoreWire.PassWhole(filter, whole) : RestoreWire.TranslateWhole(filter, from, to, whole);
                        Check(RestoreWire.ReadWhole(to, answer), to);
                    }
                }

                void Bounded() => Assert.InRange(filter.HeldBytes, 0, vault.LongestHeld);

                void Check(RestoreWire.Said got, Dialect to)
                {
                    Assert.Equal(original, got.Text);
                    if (got.Arguments.Length == 0 && to == Dialect.Completions) return;
                    using var json = JsonDocument.Parse(got.Arguments);
                    Assert.Equal(original, json.RootElement.GetProperty("a").GetString());
                }
            },
            iter: 200, threads: 1);
    }

    /// <summary>The same text, cut at every byte of its UTF-8 that JSON can cut, in each dialect.</summary>
    [Fact]
    public void Cut_anywhere_it_is_the_same()
    {
        Gen.Select(_said, Gen.Bool).Sample(
            (said, escapeAll) =>
            {
                using var vault = new Vault();
                var original = string.Concat(said.Select(one => one.Before + one.Hidden.Value));
                vault.Reserve(Encoding.UTF8.GetBytes(RestoreWire.Quote(original, escapeAll)));
                var hidden = string.Concat(said.Select(one => one.Before + Placeholder(vault, one.Hidden)));
                vault.NoteWords(Encoding.UTF8.GetBytes(RestoreWire.Quote(original, escapeAll)));
                if (SaysJson(hidden)) return;
                var filter = new AnswerFilter();
                for (var cut = 1; cut < hidden.Length; cut++)
                {
                    if (char.IsLowSurrogate(hidden[cut])) continue;
                    var dialect = RestoreWire.Clients[cut % RestoreWire.Clients.Length];
                    var stream = RestoreWire.Pass(filter.Begin(vault, dialect), RestoreWire.Events(dialect, [hidden[..cut], hidden[cut..]], [], escapeAll));
                    Assert.Equal(original, RestoreWire.Read(dialect, stream).Text);
                }
            },
            iter: 150, threads: 1);
    }

    /// <summary>Floods of what begins like a placeholder: the work grows with the text, what is held does not.</summary>
    [Theory]
    [InlineData("<")]
    [InlineData("\\\\")]
    [InlineData("<EMAIL_")]
    [InlineData("<EMAIL_1")]
    [InlineData("<EMAIL_1\\\\")]
    [InlineData("&lt;")]
    [InlineData("%3C")]
    [InlineData("\\\\u003c")]
    [InlineData("<EMAIL_99999999999")]
    [InlineData("<EMAIL_1>")]
    [InlineData("<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_flood_is_read_once(string unit)
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, "a@b.c"u8);
        var filter = new AnswerFilter().Begin(vault, Dialect.OpenAi);
        foreach (var size in new[] { unit == "<EMAIL_1>" ? 10_000_000 : 2_000_000, 7 })
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, (size == 7 ? 200_000 : size) / unit.Length)));
            var expected = text.Length / unit.Length * (unit == "<EMAIL_1>" ? "a@b.c".Length : unit.Length);
            var slot = filter.Slot(size, 0, 0, 1)!;
            var output = new System.Buffers.ArrayBufferWriter<byte>(text.Length + 1024);
            for (var at = 0; at < text.Length; at += size)
            {
                // Within an escape JSON cannot be cut.
                var bit = text.AsSpan(at, Math.Min(size, text.Length - at));
                if (!filter.Next(slot, bit, 1, isLast: at + size >= text.Length, output)) output.Write(bit);
                Assert.InRange(filter.HeldBytes, 0, vault.LongestHeld);
            }
            Assert.Equal(expected, output.WrittenCount);
        }
    }

    [Fact]
    public void A_stream_without_anything_to_put_back_allocates_nothing_and_neither_does_one_with()
    {
        using var vault = new Vault();
        vault.Placeholder("EMAIL"u8, "a@b.c"u8);
        foreach (var bits in new string[][] { ["plain", " text"], ["<", "EMAIL_1> and", " \\ <b", "r>"] })
        {
            foreach (var dialect in RestoreWire.Clients)
            {
                var filter = new AnswerFilter();
                var stream = Encoding.UTF8.GetBytes(string.Concat(RestoreWire.Events(dialect, bits, dialect == Dialect.Completions ? [] : bits, false)));
                var output = new System.Buffers.ArrayBufferWriter<byte>(64 * 1024);
                using var reader = new Edge.Providers.Wire.SseReader(1 << 20);
                long bytes = 0;
                for (var round = 0; round < 3; round++)
                {
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    filter.Begin(vault, dialect);
                    output.ResetWrittenCount();
                    reader.Feed(stream);
                    while (reader.TryRead(out var wire)) filter.Event(wire, output);
                    filter.Clear();
                    bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                }
                Assert.Equal(0, bytes);
            }
        }
    }

    private static Gen<string> OneOf(params string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static bool SaysJson(string text)
    {
        var nesting = new JsonNesting();
        nesting.Begin(isJson: false);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            nesting.Feed([b]);
            if (nesting.Depth > 0) return true;
        }
        return false;
    }

    private static string Placeholder(Vault vault, (string Name, string Value) hidden) =>
        Encoding.UTF8.GetString(vault.Placeholder(Encoding.UTF8.GetBytes(hidden.Name), Encoding.UTF8.GetBytes(hidden.Value)));

    // As models do, in ways that leave the value's own writing alone.
    private static string Spell(string placeholder, int spelling) => spelling switch
    {
        1 => placeholder.ToLower(CultureInfo.InvariantCulture),
        2 => placeholder.Replace("_", "\\_", StringComparison.Ordinal),
        _ => placeholder,
    };

    private static IEnumerable<string> Cut(string text, int size)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = Math.Min(text.Length, at + size);
            if (end < text.Length && char.IsLowSurrogate(text[end])) end++;
            yield return text[at..end];
            at = end;
        }
    }
}
