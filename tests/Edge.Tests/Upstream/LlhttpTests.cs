using System.Text.Json;
using Edge.TestSupport;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

/// <summary>The response cases of an independent HTTP parser's suite. Where we differ from it, the difference and its reason stand here as data.</summary>
public class LlhttpTests
{
    /// <summary>Refused by the suite's strict mode as well as by us, or accepted by both, unless listed.</summary>
    private static readonly Dictionary<string, (string Expected, string Why)> Differences = new()
    {
        ["llh-fc6682ce1b8d"] = ("204|", "surplus after `connection: close`: the response stands, the connection is closed"),
        ["llh-c9526efcfebe"] = ("Protocol", "lenient mode: bare LF"),
        ["llh-cbf48e130b33"] = ("Protocol", "an empty line before the second status line; we forgive none"),
        ["llh-09c3a0a888b8"] = ("304|", "304 has no body; the suite reads a second response behind it"),
        ["llh-cc0725f4a9f3"] = ("304|", "304 has no body; the suite reads a second response behind it"),
        ["llh-e842afb9f61d"] = ("Protocol", "ICE is not HTTP"),
        ["llh-150bac9675a7"] = ("200|", "the second space belongs to the reason phrase"),
        ["llh-35a6acc67afd"] = ("Protocol", "Transfer-Encoding must be chunked alone"),
        ["llh-a76bacce2977"] = ("Protocol", "Transfer-Encoding must be chunked alone"),
        ["llh-3bf271fa5cc4"] = ("Cut", "the case ends before the 219 bytes that it announces"),
        ["llh-38a1dd05d99c"] = ("Cut", "the case ends before the empty line that ends the body"),
        ["llh-531baa2b9b38"] = ("200|HTTP/1.1 200 OK", "close-delimited: ends with the connection"),
    };

    [Fact]
    public async Task Every_response_case_is_read_or_refused_as_expected()
    {
        var cases = SharedData.Lines("robustness/llhttp.jsonl")
            .Where(line => line.GetProperty("type").GetString()!.StartsWith("response", StringComparison.Ordinal)).ToList();
        Assert.True(cases.Count >= 30, "The file holds fewer response cases than it should.");
        var wrong = new List<string>();
        foreach (var line in cases)
        {
            var id = line.GetProperty("id").GetString()!;
            var bytes = line.GetProperty("raw_base64").GetBytesFromBase64();
            var expected = Differences.TryGetValue(id, out var difference) ? difference.Expected
                : line.GetProperty("rejected").GetBoolean() ? "Protocol" : "accepted";
            foreach (var transport in new[] { ScriptedTransport.Cut(bytes, []), ScriptedTransport.ByteByByte(bytes) })
            {
                var outcome = await transport.ExchangeAsync();
                var got = outcome.Failure == UpstreamFailure.None ? $"{outcome.Status}|{outcome.Body}" : outcome.Failure.ToString();
                var body = line.GetProperty("body") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
                var right = expected == "accepted"
                    ? outcome.Failure == UpstreamFailure.None && outcome.Body.StartsWith(body.Split('\\')[0], StringComparison.Ordinal)
                    : got == expected;
                if (!right) wrong.Add($"{id} ({line.GetProperty("name").GetString()}): {got} {outcome.Detail}, expected {expected} {body}");
            }
        }
        Assert.Empty(wrong);
    }
}
