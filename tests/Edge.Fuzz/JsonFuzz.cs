using System.Buffers;
using System.Text;
using System.Text.Json;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.Simd.Tests.Json;

namespace Edge.Fuzz;

public class JsonFuzz
{
    private const int Depth = 30;

    [Fact]
    public void The_index_accepts_and_sees_what_the_reference_reader_does()
    {
        using var index = new JsonIndex();
        Fuzzer.Run(500, seed =>
        {
            // Seeds far from those of the property test, which covers the first ones already.
            var mutator = new JsonMutator(seed + 1_000_000);
            for (var i = 0; i < 20; i++)
            {
                var json = mutator.Next();
                var accepted = index.TryBuild(json, Depth, int.MaxValue, out var error);
                Assert.True(accepted == JsonOracle.Accepts(json, Depth), $"{Convert.ToBase64String(json)}: accepted {accepted}, error {error}");
                if (!accepted) continue;
                Assert.True(JsonOracle.FirstDifference(json, index.Tokens) is null, $"{Convert.ToBase64String(json)}: {JsonOracle.FirstDifference(json, index.Tokens)}");
                Texts(json, index.Tokens);
            }
        });
    }

    // Every string of an accepted text: unescaped as the reference does it, and escaped again to what the reference reads back.
    private static void Texts(ReadOnlySpan<byte> json, ReadOnlySpan<JsonToken> tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            var value = new JsonValue(json, tokens, i);
            if (value.Kind != JsonKind.String) continue;
            var text = value.Text;
            var buffer = new byte[text.Bytes.Length];
            var plain = buffer.AsSpan(0, text.Unescape(buffer));
            Assert.True(System.Text.Unicode.Utf8.IsValid(plain), $"{Convert.ToBase64String(json)}: token {i} unescapes to what is not UTF-8");
            if (Reference(value.Raw) is { } expected) Assert.Equal(expected, Encoding.UTF8.GetString(plain));
            Assert.True(text.Is(plain));

            var output = new ArrayBufferWriter<byte>();
            output.Write("\""u8);
            JsonText.Plain(plain).WriteEscaped(output);
            output.Write("\""u8);
            Assert.Equal(Encoding.UTF8.GetString(plain), Reference(output.WrittenSpan));
        }
    }

    // Null where the reference refuses: lone surrogates.
    private static string? Reference(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
