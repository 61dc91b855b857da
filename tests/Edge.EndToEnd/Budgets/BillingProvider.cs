using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Edge.EndToEnd.Budgets;

/// <summary>A provider that takes its time, says what it used, and keeps its own bill: by the prompt of a request, in tokens.</summary>
internal sealed class BillingProvider : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (int Input, int Output)> _bill = new();
    private readonly FakeUpstream _upstream;

    public BillingProvider() => _upstream = new FakeUpstream(AnswerAsync);

    public string Url => _upstream.Url;

    /// <summary>Requests that are on the bill.</summary>
    public int Count => _bill.Count;

    /// <summary>The bill's sum in nano-dollars.</summary>
    /// <param name="input">Of a token.</param>
    /// <param name="output">Of a token.</param>
    /// <param name="only">Prompts that count; null = all.</param>
    public long Sum(long input, long output, IReadOnlySet<string>? only = null) =>
        _bill.Where(line => only is null || only.Contains(line.Key)).Sum(line => (line.Value.Input * input) + (line.Value.Output * output));

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    private async Task AnswerAsync(FakeExchange exchange)
    {
        var request = exchange.Json;
        var prompt = request.GetProperty("messages")[0].GetProperty("content").GetString()!;
        var most = request.GetProperty("max_tokens").GetInt32();
        // The same for the same prompt, whichever run: "r17 300ms 40%".
        var words = prompt.Split(' ');
        var wait = int.Parse(words[1], CultureInfo.InvariantCulture);
        var (input, output) = (words.Length + 5, Math.Max(1, most * int.Parse(words[2], CultureInfo.InvariantCulture) / 100));
        if (!request.TryGetProperty("stream", out var stream) || stream.ValueKind != JsonValueKind.True)
        {
            // Whole answers are billed whole, whoever still waits for them.
            _bill[prompt] = (input, output);
            await Task.Delay(wait);
            await exchange.JsonAsync(string.Create(CultureInfo.InvariantCulture,
                $$$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{{prompt}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input + output}}}}}"""));
            return;
        }
        _bill[prompt] = (input, 0);
        await exchange.StartStreamAsync();
        const int Pieces = 8;
        for (var i = 1; i <= Pieces; i++)
        {
            await Task.Delay(wait / Pieces);
            if (exchange.ClosedByGateway.IsCompleted) return;
            _bill[prompt] = (input, output * i / Pieces);
            await exchange.EventAsync(OpenAiWire.Text("piece"));
        }
        await exchange.EventAsync(OpenAiWire.Chunk("{}", "\"stop\""));
        await exchange.EventAsync(string.Create(CultureInfo.InvariantCulture,
            $$$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input + output}}}}}"""));
        await exchange.EventAsync("[DONE]");
        await exchange.EndStreamAsync();
    }
}
