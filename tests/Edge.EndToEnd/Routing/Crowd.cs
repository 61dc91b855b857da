using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd.Routing;

/// <summary>One of a crowd's requests: what is asked, and what a client of its dialect makes of the answer. The answer must be the request's own word, so that nobody gets another's.</summary>
internal sealed record Errand(string Model, string Word, bool IsMessages, bool IsStream)
{
    public string Path => IsMessages ? "/v1/messages" : Kit.Path;

    public string Body => $$"""{"model":"{{Model}}",{{(IsMessages ? "\"max_tokens\":100," : "")}}{{(IsStream ? "\"stream\":true," : "")}}"messages":[{"role":"user","content":"{{Word}}"}]}""";

    /// <summary>What a provider of OpenAI's kind answers: the word, twice, in the pieces of a stream or whole.</summary>
    public static string[] Pieces(string word) =>
        [OpenAiWire.Event(OpenAiWire.Text(word)), OpenAiWire.Event(OpenAiWire.Text(word)), OpenAiWire.Event(OpenAiWire.Chunk("{}", "\"stop\"")) + OpenAiWire.Done];

    /// <summary>Null = well answered; <c>broken</c> = a stream that broke off and said so; else what is wrong.</summary>
    public string? Judge(int status, string body)
    {
        if (status != 200) return $"{status} {body}";
        try
        {
            if (!IsStream) return body.Contains($"\"{Word}{Word}\"", StringComparison.Ordinal) && JsonDocument.Parse(body) is not null ? null : "not the answer: " + body;
            return IsMessages ? JudgeMessages(body) : JudgeChat(body);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or Xunit.Sdk.XunitException)
        {
            return $"{e.Message}: {body}";
        }
    }

    private string? JudgeChat(string body)
    {
        var seen = Seen.Of(200, body, stream: true, "(absent)");
        if (seen.IsGood) return seen.Content == Word + Word ? null : "not the answer: " + body;
        return seen.IsBroken && (Word + Word).StartsWith(seen.Content, StringComparison.Ordinal) ? "broken" : "neither whole nor an error: " + body;
    }

    private string? JudgeMessages(string body)
    {
        var text = new StringBuilder();
        var last = "";
        foreach (var part in body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(part => !part.StartsWith(':')))
        {
            var json = JsonDocument.Parse(part[(part.IndexOf("data: ", StringComparison.Ordinal) + 6)..]).RootElement;
            if (last is "message_stop" or "error") return "something came behind the end: " + body;
            last = json.GetProperty("type").GetString()!;
            if (last == "content_block_delta") text.Append(json.GetProperty("delta").GetProperty("text").GetString());
        }
        if (last == "message_stop") return text.ToString() == Word + Word ? null : "not the answer: " + body;
        return last == "error" && (Word + Word).StartsWith(text.ToString(), StringComparison.Ordinal) ? "broken" : "neither whole nor an error: " + body;
    }
}

/// <summary>Clients that ask one after another, each for itself, until they are told to stop.</summary>
internal sealed class Crowd
{
    private readonly CancellationTokenSource _enough = new();
    private readonly List<Task> _clients;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly SemaphoreSlim _ended = new(0);
    private int _answered;
    private int _broken;

    /// <summary>Sends the clients out.</summary>
    /// <param name="size">How many at once.</param>
    /// <param name="model">What they ask for.</param>
    /// <param name="ask">Sends one request; status and body.</param>
    public Crowd(int size, string model, Func<int, Errand, Task<(int Status, string Body)>> ask) =>
        _clients = [.. Enumerable.Range(0, size).Select(number => Task.Run(() => RunAsync(number, model, ask)))];

    /// <summary>Whole answers.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Streams that broke off and said so.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>Everything else: there should be none.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Waits until so many more have been answered.</summary>
    public async Task AnsweredAsync(int more)
    {
        var enough = Answered + more;
        while (Answered < enough && _complaints.IsEmpty) await Patience.For(_ended.WaitAsync(Kit.Stop), $"{more} more answers");
    }

    /// <summary>Lets each client finish what it began.</summary>
    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await Patience.For(Task.WhenAll(_clients), "the crowd's last answers");
    }

    private async Task RunAsync(int number, string model, Func<int, Errand, Task<(int Status, string Body)>> ask)
    {
        for (var i = 0; !_enough.IsCancellationRequested; i++)
        {
            var kind = (number + i) % 4;
            var errand = new Errand(model, $"w{number}x{i}y", kind >= 2, kind % 2 == 1);
            try
            {
                var (status, body) = await ask(number, errand);
                var verdict = errand.Judge(status, body);
                if (verdict is null) Interlocked.Increment(ref _answered);
                else if (verdict == "broken") Interlocked.Increment(ref _broken);
                else _complaints.Enqueue($"{errand}: {verdict}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or System.Net.Sockets.SocketException or OperationCanceledException)
            {
                _complaints.Enqueue($"{errand}: {e.GetType().Name} {e.Message} {e.InnerException?.Message}");
            }
            _ended.Release();
        }
    }
}
