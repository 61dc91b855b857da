using System.Text;
using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Providers;
using Edge.Tests.Guard;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Routing;

// The providers, what they are sent and say, and what a client reads.
public sealed partial class StreamRecoveryTests
{
    private static IEnumerable<(string Path, string Dead, string Next)> AllWays()
    {
        foreach (var (path, client) in Clients)
        {
            var dialects = client == Dialect.Responses ? (string[])["OpenAi", "Anthropic", "Responses"] : ["OpenAi", "Anthropic"];
            foreach (var dead in dialects)
            {
                foreach (var next in dialects) yield return (path, dead, next);
            }
        }
    }

    // As its dialect's provider, without one that the client would speak instead, and without what it documents of going on.
    private static Provider Sheet(string name, string dialect) => Plain(dialect == "Anthropic" ? "anthropic" : "openai") with
    {
        Name = name,
        Continuation = Continuation.None,
        ResponsesPath = dialect == "Responses" ? "/responses" : null,
        CompletionsPath = null,
    };

    private static Provider Plain(string name) => ProviderCatalog.Find(name)! with { ResponsesPath = null, CompletionsPath = null };

    private static PipelineKit Kit(Provider[] sheets, Func<RoutingConfig, RoutingConfig>? configure = null, GuardConfig? guard = null, string model = "m", bool isOn = true, TimeProvider? time = null)
    {
        var group = new ModelGroupConfig { Targets = ["fake/m"], Fallbacks = [.. sheets[1..].Select(sheet => $"{sheet.Name}/{model}")], StreamRecovery = isOn };
        var routing = new RoutingConfig { Breaker = new BreakerConfig { MinRequests = 1_000_000 }, Retry = new RetryConfig { BudgetMin = 1000 } };
        var config = new EdgeConfig { Models = new ModelsConfig { Groups = new Dictionary<string, ModelGroupConfig> { ["g"] = group } }, Routing = configure?.Invoke(routing) ?? routing };
        if (guard is not null) config = config with { Guard = guard };
        return new PipelineKit(config: config, sheet: sheets[0], more: sheets[1..], time: time);
    }

    private static Task<NullTransport> SendAsync(PipelineKit kit, string path, string prompt = "hi") =>
        kit.SendAsync(Body(Clients[path], prompt), transport => transport.Path = transport.RawTarget = path);

    private static string Body(Dialect client, string prompt)
    {
        var body = new JsonObject { ["model"] = "g", ["stream"] = true };
        if (client == Dialect.Responses) (body["input"], body["max_output_tokens"]) = (prompt, 100);
        else if (client == Dialect.Completions) body["prompt"] = prompt;
        else (body["messages"], body["max_tokens"]) = (new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }), 100);
        return body.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static List<string> Events(string dialect, string path, string[] bits) =>
        RestoreWire.Events(dialect == "Responses" && Clients[path] == Dialect.Responses ? Dialect.Responses : Enum.Parse<Dialect>(dialect), bits, [], escapeAll: false);

    private static CannedResponse Cut(ReadOnlyMemory<byte> bytes) => new(200, "text/event-stream", [bytes], UpstreamFailure.Cut);

    private static CannedResponse Cut(IEnumerable<string> events) => new(200, "text/event-stream", [.. events.Select(e => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(e))], UpstreamFailure.Cut);

    private static string Delta(string delta, string? finish = null) =>
        $"data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{(finish is null ? "null" : $"\"{finish}\"")}}}]}}\n\n";

    // Without comments, as every reader of server-sent events sees it.
    private static string Data(NullTransport answer) =>
        string.Concat(answer.WrittenText.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(block => block[0] != ':').Select(block => block + "\n\n"));

    // What a client reads of a stream that is whole: one beginning, one finish, one end mark, no error.
    private static string Whole(string path, NullTransport answer)
    {
        var data = Data(answer);
        Assert.Equal(0, Count(data, "\"error\":{"));
        var (begin, finish, end) = Marks(path, data);
        Assert.Equal((path, begin, finish, end), (path, Clients[path] is Dialect.OpenAi or Dialect.Completions ? 0 : 1, 1, 1));
        if (Clients[path] is Dialect.OpenAi or Dialect.Completions) Assert.Single(Ids(data).Distinct());
        // The first provider's name for its model, if any.
        return RestoreWire.Read(Clients[path], data.Replace("\"model\":\"m-1\"", "\"model\":\"m\"", StringComparison.Ordinal)).Text;
    }

    // And of one that is not: neither finish nor end mark, and an error last.
    private static void Broken(string path, NullTransport answer)
    {
        var (_, finish, end) = Marks(path, Data(answer));
        Assert.Equal((0, 0), (finish, end));
        Assert.Matches("\"error\":\\{|\"type\":\"error\"", answer.WrittenText.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    // Of a stream that ends with an error.
    private static string Said(string path, NullTransport answer)
    {
        var data = Data(answer);
        return RestoreWire.Read(Clients[path], data[..(data.LastIndexOf("\n\n", data.Length - 3, StringComparison.Ordinal) + 2)]).Text;
    }

    private static (int Begin, int Finish, int End) Marks(string path, string data) => Clients[path] switch
    {
        Dialect.Anthropic => (Count(data, "event: message_start\n"), Count(data, "\"stop_reason\":\""), Count(data, "event: message_stop\n")),
        Dialect.Responses => (Count(data, "event: response.created\n"), Count(data, "event: response.completed\n"), Count(data, "event: response.completed\n")),
        _ => (0, Count(data, "\"finish_reason\":\""), Count(data, "data: [DONE]")),
    };

    private static IEnumerable<string?> Ids(string data) =>
        data.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(block => block["data: ".Length..]).Where(json => json != "[DONE]").Select(json => (string?)JsonNode.Parse(json)!["id"]);

    private static int Count(string text, string what) => text.Split(what).Length - 1;
}
