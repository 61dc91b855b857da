using System.Buffers;
using System.Text;
using Edge.Clients;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Simd.Json;
using Edge.TestSupport;

namespace Edge.Tests.Matrix;

/// <summary>
/// What each data sheet promises is held to what the gateway makes of a request for that provider: what it offers goes out, and what does not go out is refused or named:
/// nothing is lost without a word. The table in docs/providers.md is what passed here.
/// </summary>
public class ContractTests
{
    /// <summary>A request that needs the capability, what its body must then hold, and the name under which its loss is told.</summary>
    private sealed record Probe(Capability Capability, string Members, string Field, string Content = "\"hi\"", string? Wanted = null);

    private const string Tool = """{"type":"function","function":{"name":"probe_tool","description":"d","parameters":{"type":"object","properties":{"probe_arg":{"type":"string"}},"required":["probe_arg"],"additionalProperties":false}}}""";
    private const string Schema = """{"type":"object","properties":{"probe_field":{"type":"integer"}},"required":["probe_field"],"additionalProperties":false}""";

    private static readonly Probe[] _probes =
    [
        new(Capability.Chat, "", "messages", "\"probe_text\"", "probe_text"),
        new(Capability.Tools, $",\"tools\":[{Tool}]", "tools", Wanted: "probe_arg"),
        new(Capability.ForcedTools, $",\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"function\",\"function\":{{\"name\":\"probe_tool\"}}}}", "tool_choice", Wanted: "probe_tool"),
        new(Capability.Vision, "", "messages[0].content[0]", "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64," + Requests.Png + "\"}}]", Requests.Png),
        new(Capability.Pdf, "", "messages[0].content[0]", """[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQKcHJvYmU="}}]""", "JVBERi0xLjQKcHJvYmU="),
        new(Capability.AudioInput, "", "messages[0].content[0]", """[{"type":"input_audio","input_audio":{"data":"UklGRnByb2Jl","format":"wav"}}]""", "UklGRnByb2Jl"),
        new(Capability.JsonObject, """,response_format":{"type":"json_object"}""".Replace(",resp", ",\"resp", StringComparison.Ordinal), "response_format", Wanted: "JSON|json"),
        new(Capability.JsonSchema, $",\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"probe\",\"strict\":true,\"schema\":{Schema}}}}}", "response_format", Wanted: "probe_field"),
        new(Capability.Reasoning, ",\"reasoning_effort\":\"high\"", "reasoning_effort", Wanted: "reason|think|Think|budget"),
        new(Capability.Logprobs, ",\"logprobs\":true", "logprobs", Wanted: "ogprobs"),
        new(Capability.SeveralChoices, ",\"n\":2", "n", Wanted: "\"n\":2|candidateCount"),
        new(Capability.Seed, ",\"seed\":424242", "seed", Wanted: "424242"),
        new(Capability.AudioOutput, ",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"mp3\"}", "modalities", Wanted: "audio"),
    ];

    public static TheoryData<string> Sheets => [.. ProviderCatalog.All.Select(sheet => sheet.Name)];

    [Theory]
    [MemberData(nameof(Sheets))]
    public void What_a_sheet_offers_goes_out_and_what_it_does_not_is_never_lost_without_a_word(string name)
    {
        var sheet = ProviderCatalog.Find(name)!;
        var complaints = new StringBuilder();
        foreach (var probe in _probes)
        {
            // Sound in answers is never translated: it passes between a client and a provider of one dialect.
            if (probe.Capability == Capability.AudioOutput && sheet.Dialect == Dialect.OpenAi) continue;
            var (body, told) = Send(sheet, probe);
            var arrives = Arrives(probe, body);
            var offered = sheet.SupportOf(probe.Capability) != Support.NotOffered;
            if (offered && !arrives) complaints.Append(probe.Capability).Append(": offered, but does not go out: ").Append(told).Append(body).Append('\n');
            // What is not documented may still go out, and then the provider answers for it; what does not go out must be told.
            if (!arrives && body is not null && told.Length == 0) complaints.Append(probe.Capability).Append(": lost without a word: ").Append(body).Append('\n');
        }
        Assert.True(complaints.Length == 0, $"{name}\n{complaints}");
    }

    [Fact]
    public void The_table_in_the_documentation_is_what_the_sheets_say()
    {
        var shown = Enum.GetValues<Capability>().Where(one => one != Capability.None && one != Capability.Chat && one != Capability.Streaming).ToList();
        var table = new StringBuilder();
        table.Append("| type | ").AppendJoin(" | ", shown.Select(Words)).Append(" |\n|---|").Insert(table.Length, "---|", shown.Count).Append('\n');
        foreach (var sheet in ProviderCatalog.All)
        {
            table.Append("| `").Append(sheet.Name).Append("` | ").AppendJoin(" | ", shown.Select(one => Cell(sheet, one))).Append(" |\n");
        }
        var path = Path.Combine(SharedData.RepositoryRoot, "docs", "providers.md");
        var page = File.ReadAllText(path);
        const string Begin = "<!-- capabilities: generated -->\n", End = "<!-- end -->";
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, "docs/providers.md has no place for the table");
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1")
        {
            page = page[..from] + table + page[to..];
            File.WriteAllText(path, page);
            to = from + table.Length;
        }
        Assert.Equal(page[from..to], table.ToString());
    }

    // What the probe of that capability came to; where none can be sent from here, what the sheet says.
    private static string Cell(Provider sheet, Capability capability)
    {
        var support = sheet.SupportOf(capability);
        if (support == Support.NotOffered) return "-";
        if (_probes.FirstOrDefault(probe => probe.Capability == capability) is { } probe && (capability != Capability.AudioOutput || sheet.Dialect != Dialect.OpenAi) && !Arrives(probe, Send(sheet, probe).Body)) return "no";
        return support == Support.Native ? "yes" : "adapted";
    }

    private static bool Arrives(Probe probe, string? body) => body is not null && probe.Wanted!.Split('|').Any(word => body.Contains(word, StringComparison.Ordinal));

    private static (string? Body, string Told) Send(Provider sheet, Probe probe)
    {
        var json = Encoding.UTF8.GetBytes("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" + probe.Content + "}],\"max_tokens\":30000" + probe.Members + "}");
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(json, 64, 10_000, out var problem), $"{problem}: {Encoding.UTF8.GetString(json)}");
        var request = new ChatRequest();
        if (!ClientDialects.OpenAi.TryDecode(json, index.Tokens, request, out var error)) return (null, error.Message);
        var output = new ArrayBufferWriter<byte>();
        var dropped = new List<string>();
        var options = new ChatEncodeOptions { Model = Encoding.UTF8.GetBytes(ModelOf(sheet, probe.Capability)), Sheet = sheet };
        if (!ChatDialects.Of(sheet.Dialect)!.CreateRequestEncoder().TryEncode(request, options, output, dropped, out error)) return (null, $"{error.Field}: {error.Message}");
        var told = dropped.Any(name => name.StartsWith(probe.Field, StringComparison.Ordinal)) ? string.Join(", ", dropped) : "";
        return (Encoding.UTF8.GetString(output.WrittenSpan), told);
    }

    // A sheet speaks of the best of a provider's models.
    private static string ModelOf(Provider sheet, Capability capability) => sheet.Name switch
    {
        "openai" or "azure_openai" or "azure_openai_deployments" when capability == Capability.Reasoning => "o4-mini",
        "openai" or "azure_openai" or "azure_openai_deployments" => "gpt-4.1",
        "anthropic" => "claude-sonnet-4-5-20250929",
        "vertex_anthropic" => "claude-sonnet-4-5@20250929",
        "bedrock" => "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "gemini" or "vertex" => "gemini-2.5-pro",
        "cohere" => "command-a-reasoning-08-2025",
        "mistral" => "mistral-medium-latest",
        _ => "some-model",
    };

    private static string Words(Capability capability) => capability switch
    {
        Capability.ParallelTools => "parallel tools",
        Capability.ForcedTools => "forced tools",
        Capability.Pdf => "PDF",
        Capability.AudioInput => "audio in",
        Capability.AudioOutput => "audio out",
        Capability.JsonObject => "JSON object",
        Capability.JsonSchema => "JSON schema",
        Capability.SeveralChoices => "`n` > 1",
        Capability.PromptCache => "prompt cache",
        _ => capability.ToString().ToLowerInvariant(),
    };
}
