using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Tests.Dialects.Bedrock;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects;

/// <summary>What another gateway makes of answers, compared in meaning (text, thinking, calls, finish, usage) with what our decoders read. Its choices are no standard: each difference is listed.</summary>
public class TranslateTests
{
    /// <summary>Where we differ, and why.</summary>
    private static readonly Dictionary<string, string> _differences = new()
    {
        ["tr-099f8ea4f341"] = "it passes OpenRouter's `reasoning` on under that name, which the test's reader does not know; we read it as reasoning",
        ["tr-b9b772d8c022"] = "it drops OpenRouter's `reasoning` for a Messages client; we give a thinking block",
        ["tr-2bab0e3927c8"] = "cut-off arguments become a JSON string as `input` there; we keep the text for whoever writes the answer to decide",
    };

    [Fact]
    public void Answers_mean_what_another_gateway_reads_in_them()
    {
        var (count, found) = (0, new List<string>());
        foreach (var record in SharedData.Lines("wire/translate/responses.jsonl"))
        {
            var (from, to) = (record.GetProperty("from").GetString()!, record.GetProperty("to").GetString());
            if (to is not ("completions" or "messages") || DialectOf(from) is not { } dialect) continue;
            count++;
            var id = record.GetProperty("id").GetString()!;
            var expected = ExpectedOf(record.GetProperty("expected"), to == "messages");
            var actual = Facts.Of(Read(dialect, record.GetProperty("input")));
            var isSame = WithoutUsage(expected) == WithoutUsage(actual);
            // Usage is checked against each provider's own documentation elsewhere: that gateway leaves cached tokens out of the input.
            if (isSame == _differences.ContainsKey(id)) found.Add($"{id} {from}->{to} {record.GetProperty("case").GetString()}:\n{expected}\n--- ours\n{actual}");
        }
        Assert.True(found.Count == 0, string.Join("\n\n", found));
        Assert.True(count >= 20, $"{count}");
    }

    /// <summary>Where our request differs from the other gateway's, and why.</summary>
    private static readonly Dictionary<string, string> _requestDifferences = new()
    {
        ["tr-90d0d003cd4b"] = "json_object: it makes a schema of it that is no JSON mode, we ask in words; a blank stop sequence, which the API refuses, goes along there; top_p beside temperature too",
        ["tr-bc74f4635789"] = "as the one before; and the choice of a tool is lost there",
        ["tr-67185a60e0c3"] = "it has a field of its own, reasoning_signature; signed reasoning comes as thinking_blocks or reasoning_details, and unsigned the API takes none back",
        ["tr-59d44b5e4eb0"] = "pictures in the results of tools are lost there; here they follow in a message of the user's",
        ["tr-1083a910c8d3"] = "OpenAI takes 64 characters for a user: a longer one goes as its hash",
        ["tr-a507c2483c99"] = "a file id is valid at its own provider alone: an error that says so, where it sends a reference to nothing",
        ["tr-366a9a0ffc64"] = "the effort of output_config is lost there; with it the model takes no temperature and no top_p",
        ["tr-6472829c9299"] = "top_p beside temperature, which the model refuses",
        ["tr-6958b4091956"] = "as the one before",
        ["tr-8ce5a73e3560"] = "as the one before",
        ["tr-1670903784ee"] = "from gpt-5.6 on chat completions refuses tools unless reasoning is turned off; it does that only where the client spoke of thinking",
        ["tr-14d9c868008d"] = "tools that the history names: it declares one of its own that shall not be called, we those that were called",
    };

    /// <summary>Each of the records: ours asks for the same, or the difference and its reason are listed, or it is none of a chat between dialects that clients and providers of ours speak.</summary>
    [Fact]
    public void Requests_ask_for_what_another_gateway_asks_for()
    {
        var (count, others, found) = (0, 0, new List<string>());
        foreach (var record in SharedData.Lines("wire/translate/requests.jsonl"))
        {
            var (id, from, to) = (record.GetProperty("id").GetString()!, record.GetProperty("from").GetString()!, record.GetProperty("to").GetString()!);
            if (!IsChat(from, to))
            {
                others++;
                continue;
            }
            count++;
            var input = record.GetProperty("input").GetProperty("json");
            var (dialect, walk, sheet) = TargetOf(to);
            // Three choices are an error here, but for a provider that gives them; there two of them are forgotten.
            var asked = dialect == Dialect.OpenAi ? input.GetRawText() : Regex.Replace(input.GetRawText(), "\"n\": ?3", "\"n\":1");
            var theirs = Facts(RequestMeaning.Of(walk, record.GetProperty("expected").GetProperty("json").GetProperty("request")));
            var (body, error) = Ask(from, asked, dialect, sheet);
            var ours = error is null ? Facts(RequestMeaning.Of(walk, body)) : $"{error}";

            // A limit that the client did not set is the gateway's own configuration.
            string Facts(List<string> facts) => string.Join('\n', facts.Where(fact => asked.Contains("max_", StringComparison.Ordinal) || !fact.StartsWith("limit", StringComparison.Ordinal)));
            if ((theirs == ours) == _requestDifferences.ContainsKey(id)) found.Add($"{id} {from}->{to} {record.GetProperty("case").GetString()}:\n{theirs}\n--- ours\n{ours}");
        }
        Assert.True(found.Count == 0, string.Join("\n\n", found));
        Assert.Equal((39, 21), (count, others));
    }

    // Embeddings have tests of their own; Gemini's own dialect is none of a client's here; policies are that gateway's configuration; what get-messages gives is no request; tokens are
    // counted by a request of the client's own dialect, which passes as bytes.
    private static bool IsChat(string from, string to) =>
        from is "completions" or "messages" or "responses" && !to.StartsWith("get-messages", StringComparison.Ordinal);

    // Models that take what the records ask for: reasoning with an effort, schemas.
    private static string ModelOf(Dialect dialect) => dialect switch
    {
        Dialect.Bedrock => "anthropic.claude-opus-4-6-v1",
        Dialect.Anthropic => "claude-opus-4-6",
        Dialect.Gemini => "gemini-2.5-pro",
        _ => "gpt-5.6",
    };

    private static (Dialect Dialect, string Walk, string Sheet) TargetOf(string to) => to switch
    {
        "anthropic" => (Dialect.Anthropic, "messages", "anthropic"),
        "vertex" => (Dialect.Anthropic, "messages", "anthropic"),
        "bedrock" => (Dialect.Bedrock, "bedrock", "bedrock"),
        "vertex-gemini" => (Dialect.Gemini, "gemini", "vertex"),
        "responses" => (Dialect.Responses, "responses", "openai"),
        // Gemini's OpenAI surface.
        "completions" or "openai" or "gemini" => (Dialect.OpenAi, "completions", "openai"),
        _ => throw new NotSupportedException(to),
    };

    private static (JsonElement Body, RequestError? Error) Ask(string from, string input, Dialect dialect, string sheet)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        using var index = Wire.Index(bytes);
        var request = new ChatRequest();
        RequestError? error;
        var isRead = from switch
        {
            "completions" => OpenAiChatRequestDecoder.TryDecode(bytes, index.Tokens, request, out error),
            "messages" => AnthropicRequestDecoder.TryDecode(bytes, index.Tokens, request, out error),
            _ => ResponsesRequestDecoder.TryDecode(bytes, index.Tokens, request, out error),
        };
        if (!isRead) return (default, error);
        var output = new ByteBuffer();
        var isWritten = ChatDialects.Of(dialect)!.CreateRequestEncoder().TryEncode(
            request, new() { Sheet = ProviderCatalog.Find(sheet), DefaultMaxTokens = 4096, Model = Encoding.UTF8.GetBytes(ModelOf(dialect)) }, output, [], out error);
        return isWritten ? (JsonDocument.Parse(output.Span.ToArray()).RootElement, null) : (default, error);
    }

    private static Dialect? DialectOf(string from) => from switch
    {
        "messages" => Dialect.Anthropic,
        "bedrock" => Dialect.Bedrock,
        "completions" => Dialect.OpenAi,
        "vertex-gemini" => Dialect.Gemini,
        "responses" => Dialect.Responses,
        _ => null,
    };

    private static Recorder Read(Dialect dialect, JsonElement input)
    {
        if (input.TryGetProperty("base64", out var bytes)) return BedrockWire.Decode(bytes.GetBytesFromBase64());
        var codec = Codec.Of(dialect);
        return input.TryGetProperty("text", out var text) ? codec.Stream(text.GetString()!) : codec.Whole(input.GetProperty("json").GetRawText());
    }

    private static string ExpectedOf(JsonElement expected, bool isMessages)
    {
        if (!expected.TryGetProperty("text", out var text)) return isMessages ? Facts.OfAnthropic(expected.GetProperty("json")) : Facts.OfOpenAi(expected.GetProperty("json"));
        var events = Facts.Data(text.GetString()!);
        return isMessages ? Facts.OfAnthropic(Facts.Assemble(events)) : Facts.OfOpenAi(events);
    }

    // Spaces within arguments mean nothing.
    private static string WithoutUsage(string facts) => facts[..facts.LastIndexOf("usage=", StringComparison.Ordinal)].Replace(" ", "", StringComparison.Ordinal);
}
