using System.Diagnostics.CodeAnalysis;
using System.Text;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.Completions;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Simd.Json;
using Edge.Tests.Matrix;

namespace Edge.Fuzz;

/// <summary>Requests with something wrong in them, through every client's decoder and every provider's encoder: a valid body, or an error that names a field.</summary>
public class RequestFuzz
{
    private static readonly string[] _models =
    [
        "m", "gpt-5", "o3-mini", "claude-sonnet-4-5", "claude-opus-4-7", "claude-3-haiku-20240307", "gemini-2.5-flash", "gemini-3-pro", "gemini-1.5-pro", "anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0",
        "command-a-03-2025", "command-a-reasoning-08-2025", "deepseek-reasoner", "grok-4", "",
    ];

    private static readonly string[] _completions =
    [
        """{"model":"m","prompt":"Once upon \"a\" time\n","max_tokens":16,"temperature":0.5,"stop":["\n","END"],"logprobs":2,"n":1,"user":"u"}""",
        """{"model":"m","prompt":["Once"],"stream":true,"echo":false,"best_of":1,"suffix":null,"seed":7,"logit_bias":{"50256":-100},"presence_penalty":0.1}""",
    ];

    // Every field of chat that the goldens leave out.
    private const string Wide = """
        {"model":"m","messages":[{"role":"developer","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]},{"role":"user","name":"n","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
        {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQK"}},{"type":"image_url","image_url":{"url":"https://h/p.png"}}]},
        {"role":"assistant","content":[{"type":"text","text":"x"},{"type":"refusal","refusal":"r"}],"reasoning_content":"why","tool_calls":[{"id":"c","type":"custom","custom":{"name":"g","input":"free"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"y"}]},
        {"role":"function","name":"f","content":"z"}],"functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"},"tools":[{"type":"custom","custom":{"name":"g","format":{"type":"text"}}}],
        "stream":true,"stream_options":{"include_usage":true},"metadata":{"k":"v"},"store":false,"service_tier":"flex","seed":1,"logit_bias":{"1":-1},"logprobs":true,"top_logprobs":3,"n":1,"presence_penalty":0.5,
        "frequency_penalty":-0.5,"verbosity":"low","prompt_cache_key":"p","safety_identifier":"s","modalities":["text"],"prediction":{"type":"content","content":"c"},"web_search_options":{},"top_k":5,"thinking":{"type":"enabled","budget_tokens":2000},"response_format":{"type":"json_object"}}
        """;

    public static TheoryData<Dialect> Dialects => [Dialect.OpenAi, Dialect.Anthropic, Dialect.Responses, Dialect.Completions];

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Any_request_becomes_valid_bodies_or_an_error(Dialect client)
    {
        byte[][] seeds = [.. (client == Dialect.Completions ? _completions : Requests.All[client].Select(one => one.Body)).Concat(client == Dialect.OpenAi ? [Wide] : []).Select(Encoding.UTF8.GetBytes)];
        var encoders = ChatDialects.All.Select(dialect => (dialect.Dialect, Encoder: dialect.CreateRequestEncoder())).ToArray();
        var (request, output, taken) = (new ChatRequest(), new ByteBuffer(), 0);
        using var index = new JsonIndex();
        Fuzzer.Run(2_500, number =>
        {
            var random = new Random(number);
            var body = Mutant.Of(seeds[random.Next(seeds.Length)], random);
            if (!index.TryBuild(body, 64, 100_000, out _)) return;
            request.Clear();
            if (!TryDecode(client, body, index, request, out var refused))
            {
                Named(refused, body);
                return;
            }
            taken++;
            foreach (var (dialect, encoder) in encoders)
            {
                var sheets = ProviderCatalog.All.Where(sheet => sheet.Dialect == dialect).ToArray();
                var options = new ChatEncodeOptions
                {
                    Model = Encoding.UTF8.GetBytes(_models[random.Next(_models.Length)]),
                    Sheet = sheets.Length > 0 ? sheets[random.Next(sheets.Length)] : null,
                };
                var dropped = random.Next(8) == 0 ? null : new List<string>();
                output.Clear();
                if (!encoder.TryEncode(request, options, output, dropped, out var error))
                {
                    Named(error, body);
                    continue;
                }
                Clients.Json(output.Span, dialect.ToString());
                // Media in fallback texts and schemas that are written twice make a body longer than it came, but by no factor.
                Assert.True(output.Length <= 16_384 + (8 * body.Length), $"{dialect}: {body.Length} bytes became {output.Length}");
                if (dropped is null) continue;
                Assert.Equal(dropped.Count, dropped.Distinct().Count());
                Assert.All(dropped, name => Assert.True(name.Length > 0 && name.All(c => c is > ' ' and <= '~' and not ','), $"'{name}'"));
            }
        });
        Assert.True(taken > 0);
    }

    private static bool TryDecode(Dialect client, byte[] body, JsonIndex index, ChatRequest request, [NotNullWhen(false)] out RequestError? error) => client switch
    {
        Dialect.OpenAi => OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out error),
        Dialect.Anthropic => AnthropicRequestDecoder.TryDecode(body, index.Tokens, request, out error),
        Dialect.Responses => ResponsesRequestDecoder.TryDecode(body, index.Tokens, request, out error),
        _ => CompletionsRequestDecoder.TryDecode(body, index.Tokens, request, out error),
    };

    private static void Named(RequestError error, byte[] body) => Assert.True(error.Message.Length > 0, $"{error.Field}: {Encoding.UTF8.GetString(body)}");
}
