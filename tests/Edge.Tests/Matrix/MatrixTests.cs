using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Clients;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.TestSupport;

namespace Edge.Tests.Matrix;

/// <summary>
/// Case x client dialect x provider dialect, request and response, streamed and not, every stream cut at every byte. A dialect that is added to a list is in the
/// matrix at once, and a test fails until it has cases. Golden files: EDGE_UPDATE_GOLDEN=1 rewrites them, a reader judges the difference.
/// </summary>
public class MatrixTests
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ChatOutput _settings = new() { Created = 1_700_000_000, IncludeUsage = true, FallbackId = "req1"u8.ToArray(), FallbackModel = "m"u8.ToArray() };

    public static TheoryData<string, string> Pairs =>
        new(from client in ClientDialects.All from provider in ChatDialects.All select (client.Wire.ToString(), provider.Dialect.ToString()));

    public static TheoryData<string, string, string> Responses => new(
        from client in ClientDialects.All from answer in Answers.All where answer.Dialect != client.Wire select (client.Wire.ToString(), answer.Dialect.ToString(), answer.Name));

    public static TheoryData<string, string> AnswerNames => new(Answers.All.Select(answer => (answer.Dialect.ToString(), answer.Name)));

    [Fact]
    public void Every_dialect_has_every_case()
    {
        foreach (var client in ClientDialects.All) Assert.True(Requests.All.ContainsKey(client.Wire), $"{client.Wire} has no requests");
        foreach (var provider in ChatDialects.All)
        {
            var names = Answers.All.Where(answer => answer.Dialect == provider.Dialect).Select(answer => answer.Name).Order(StringComparer.Ordinal);
            Assert.Equal(Answers.Meaning.Keys.Order(StringComparer.Ordinal), names);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_request_becomes_the_providers_body(string client, string provider)
    {
        var from = Client(client);
        var golden = new StringBuilder();
        foreach (var (name, body) in Requests.All[from.Wire])
        {
            var dropped = new List<string>();
            golden.Append("=== ").Append(name).Append('\n').Append(Translate(from, Provider(provider), body, dropped)).Append('\n');
            if (dropped.Count > 0) golden.Append("dropped: ").AppendJoin(", ", dropped.Select(from.FieldName)).Append('\n');
        }
        Compare($"requests.{client}-{provider}.txt", golden.ToString());
    }

    [Theory]
    [MemberData(nameof(AnswerNames))]
    public void An_answer_says_the_same_in_every_dialect_streamed_or_whole(string provider, string name)
    {
        var answer = Find(provider, name);

        Assert.Equal(Answers.Meaning[name], Read(Provider(provider), answer.Stream).ToString());
        if (answer.Whole.Length > 0) Assert.Equal(Answers.Meaning[name], ReadWhole(Provider(provider), answer.Whole).ToString());
    }

    [Theory]
    [MemberData(nameof(AnswerNames))]
    public void A_stream_that_is_cut_off_never_ends_well(string provider, string name)
    {
        var answer = Find(provider, name);
        var whole = Read(Provider(provider), answer.Stream).ToString();
        for (var length = 0; length < answer.Stream.Length; length++)
        {
            var facts = Read(Provider(provider), answer.Stream[..length]);
            // Cut behind the last event that matters: what is missing is a line end, or an end mark that this dialect can do without.
            if (facts.IsEnded) Assert.Equal(WithoutUsage(whole), WithoutUsage(facts.ToString()));
        }
    }

    [Theory]
    [MemberData(nameof(Responses))]
    public void An_answer_becomes_the_clients(string client, string provider, string name)
    {
        var (to, from, answer) = (Client(client), Provider(provider), Find(provider, name));
        var stream = Relay(from, to, [answer.Stream]);
        var whole = answer.Whole.Length > 0 ? Indented(Encoding.UTF8.GetBytes(RelayWhole(from, to, answer.Whole))) : "(streams alone)";

        Compare($"answers/{client}-{provider}.{name}.txt", $"{stream}\n=== whole\n{whole}\n");
        // And the client's own dialect reads back what the provider said, where it is one that providers speak too.
        if (ChatDialects.Of(to.Wire) is not { } same) return;
        Assert.Equal(Answers.Meaning[name], Read(same, Encoding.UTF8.GetBytes(stream)).ToString());
        if (answer.Whole.Length > 0) Assert.Equal(Answers.Meaning[name], ReadWhole(same, RelayWhole(from, to, answer.Whole)).ToString());
    }

    [Theory]
    [MemberData(nameof(Responses))]
    public void However_a_stream_is_cut_into_pieces_the_client_gets_the_same(string client, string provider, string name)
    {
        var (to, from, answer) = (Client(client), Provider(provider), Find(provider, name));
        var expected = Relay(from, to, [answer.Stream]);

        for (var cut = 1; cut < answer.Stream.Length; cut++) Assert.Equal(expected, Relay(from, to, [answer.Stream[..cut], answer.Stream[cut..]]));
        Assert.Equal(expected, Relay(from, to, answer.Stream.Select(one => new[] { one })));
    }

    private static string WithoutUsage(string facts) => string.Join('\n', facts.Split('\n').Where(line => !line.StartsWith("usage:", StringComparison.Ordinal)));

    private static string Translate(ClientDialect from, ChatDialect to, string json, List<string> dropped)
    {
        var body = Encoding.UTF8.GetBytes(json);
        using var index = Index(body);
        var request = new ChatRequest();
        Assert.True(from.TryDecode(body, index.Tokens, request, out var error), $"{error}");
        var output = new ArrayBufferWriter<byte>();
        var options = new ChatEncodeOptions { Model = "model-1"u8.ToArray(), Sheet = SheetOf(to.Dialect) };
        if (!to.CreateRequestEncoder().TryEncode(request, options, output, dropped, out error)) return $"refused: {error.Field}: {error.Message}";
        return Indented(output.WrittenSpan.ToArray());
    }

    private static Facts Read(ChatDialect dialect, byte[] stream)
    {
        var facts = new Facts();
        Push(dialect, facts, [stream]);
        return facts;
    }

    private static Facts ReadWhole(ChatDialect dialect, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Index(bytes);
        var facts = new Facts();
        dialect.CreateDecoder().Whole(new JsonValue(bytes, index.Tokens), facts);
        return facts;
    }

    private static string Relay(ChatDialect from, ClientDialect to, IEnumerable<byte[]> pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        var encoder = to.CreateStreamEncoder();
        encoder.Begin(output, _settings);
        Push(from, encoder, pieces);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string RelayWhole(ChatDialect from, ClientDialect to, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Index(bytes);
        var output = new ArrayBufferWriter<byte>();
        var encoder = to.CreateEncoder();
        encoder.Begin(output, _settings);
        from.CreateDecoder().Whole(new JsonValue(bytes, index.Tokens), encoder);
        Assert.True(encoder.IsWritten);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Push(ChatDialect dialect, IChatEventSink sink, IEnumerable<byte[]> pieces)
    {
        var decoder = dialect.CreateDecoder();
        using var reader = ChatDialects.CreateReader(SheetOf(dialect.Dialect).Framing, 1 << 20);
        foreach (var piece in pieces)
        {
            reader.Feed(piece);
            while (reader.TryRead(out var wire))
            {
                if (wire.HasData) decoder.Push(wire.Type, wire.Data, sink);
            }
        }
        Assert.Null(reader.Broken);
        if (!decoder.IsClosed && reader.PartialBytes == 0) decoder.TryEnd(sink);
    }

    // Responses is a second surface of providers that have another one first; Perplexity's is a relative of it.
    private static Provider SheetOf(Dialect dialect) => ProviderCatalog.All.FirstOrDefault(sheet => sheet.Dialect == dialect && (sheet.Traits & ChatTraits.AgentApi) == 0) ?? ProviderCatalog.Find("openai")!;

    private static ClientDialect Client(string name) => ClientDialects.All.Single(client => client.Wire.ToString() == name);

    private static ChatDialect Provider(string name) => ChatDialects.All.Single(dialect => dialect.Dialect.ToString() == name);

    private static Answer Find(string provider, string name) => Answers.All.Single(answer => answer.Dialect.ToString() == provider && answer.Name == name);

    private static JsonIndex Index(byte[] json)
    {
        var index = new JsonIndex();
        Assert.True(index.TryBuild(json, 256, int.MaxValue, out var error), $"{error}: {Encoding.UTF8.GetString(json)}");
        return index;
    }

    private static string Indented(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, _indented);
    }

    private static void Compare(string file, string text)
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "tests", "Edge.Tests", "Matrix", "golden", file);
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        Assert.True(File.Exists(path), $"{file}: no golden file; EDGE_UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), text);
    }
}
