using System.Text;
using System.Text.Json;
using Edge.Audit;
using Edge.Configuration;
using Edge.Providers;
using Edge.Storage.Journal;
using Edge.Telemetry;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Audit;

public sealed class AuditStageTests : IAsyncLifetime
{
    private const string Body = """{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}""";
    private const string StreamBody = """{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string Answer = """{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""";
    private const string Chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n";
    private const string Finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Done = "data: [DONE]\n\n";

    private readonly AuditFolder _folder = new();
    private readonly PolicyServices _policy = new(new EdgeConfig(), new Log(new MemoryStream(), TimeProvider.System, LogSeverity.Error), TimeProvider.System);
    private AuditLog _log = null!;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (_log is not null) await _log.DisposeAsync();
        await _policy.DisposeAsync();
        _folder.Dispose();
    }

    // Every batch has a segment of its own, so that a directory in the place of the next one stops the disk.
    private PipelineKit Kit(AuditMode mode, Dialect dialect = Dialect.OpenAi)
    {
        _log = _folder.Open(_folder.Options with { Journal = _folder.Options.Journal with { SegmentBytes = 1, BufferBytes = 64 << 10 } });
        _policy.Audit.Attach(_log, mode);
        return new PipelineKit(dialect, policy: _policy);
    }

    private void StopDisk() => Directory.CreateDirectory(_folder.Segment(JournalFiles.List(_folder.Chain).Count + 1));

    private async Task<List<JsonElement>> RecordsAsync()
    {
        Assert.Equal(JournalFault.None, await _log.FlushedAsync(_log.Journal.Last));
        return [.. _folder.Lines().Select(line => JsonDocument.Parse(line).RootElement).Where(record => record.GetProperty("type").GetString() is not ("genesis" or "start"))];
    }

    [Fact]
    public async Task Relaxed_one_record_says_who_what_and_how_it_ended()
    {
        var kit = Kit(AuditMode.Relaxed).Answer(() => CannedResponse.Json(Answer));
        await kit.SendAsync(Body);
        var record = Assert.Single(await RecordsAsync());
        Assert.Equal("request", record.GetProperty("type").GetString());
        Assert.Equal("anonymous", record.GetProperty("caller").GetString());
        Assert.Equal("chat_completions", record.GetProperty("operation").GetString());
        Assert.Equal("gpt-4o", record.GetProperty("model").GetString());
        Assert.Equal("fake", record.GetProperty("provider").GetString());
        Assert.Equal(200, record.GetProperty("status").GetInt32());
        Assert.Equal("completed", record.GetProperty("outcome").GetString());
        Assert.Equal((7, 3), (record.GetProperty("usage").GetProperty("input").GetInt32(), record.GetProperty("usage").GetProperty("output").GetInt32()));
        Assert.Equal(Body.Length, record.GetProperty("body_bytes").GetInt32());
        Assert.Equal("ok", record.GetProperty("attempts")[0].GetProperty("result").GetString());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Body))), record.GetProperty("body_sha256").GetString());
    }

    [Theory]
    [InlineData("""{"model":5}""", 400, "INVALID_REQUEST")]
    [InlineData("nonsense", 400, "INVALID_JSON")]
    public async Task Refusals_are_recorded(string body, int status, string error)
    {
        foreach (var mode in new[] { AuditMode.Relaxed, AuditMode.Strict })
        {
            var kit = Kit(mode);
            Assert.Equal(status, (await kit.SendAsync(body)).StatusCode);
            var record = (await RecordsAsync())[^1];
            Assert.Equal((status, error, "rejected"), (record.GetProperty("status").GetInt32(), record.GetProperty("error").GetString(), record.GetProperty("outcome").GetString()));
            await _log.DisposeAsync();
        }
    }

    [Fact]
    public async Task Strict_a_begin_is_on_disk_when_the_provider_is_called()
    {
        PipelineKit kit = null!;
        var seen = new List<string>();
        kit = Kit(AuditMode.Strict).Answer(() =>
        {
            seen.AddRange(_folder.Lines());
            return CannedResponse.Json(Answer);
        });
        Assert.Equal(Answer, (await kit.SendAsync(Body)).WrittenText);
        Assert.StartsWith("""{"type":"begin","id":""", seen[^1], StringComparison.Ordinal);
        Assert.Equal(["begin", "request"], (await RecordsAsync()).Select(record => record.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Strict_without_a_begin_nobody_is_called(bool stream)
    {
        var kit = Kit(AuditMode.Strict).Answer(() => CannedResponse.Json(Answer));
        await _log.FlushedAsync(_log.Journal.Last);
        StopDisk();
        var transport = await kit.SendAsync(stream ? StreamBody : Body);
        Assert.Equal(503, transport.StatusCode);
        Assert.Contains("AUDIT_UNAVAILABLE", transport.WrittenText, StringComparison.Ordinal);
        Assert.Empty(kit.Called);
        Assert.Equal(1, _policy.Audit.Refused);
    }

    [Fact]
    public async Task Strict_an_answer_without_its_record_is_not_given()
    {
        var kit = Kit(AuditMode.Strict).Answer(() =>
        {
            StopDisk();
            return CannedResponse.Json(Answer);
        });
        var transport = await kit.SendAsync(Body);
        Assert.Equal(503, transport.StatusCode);
        Assert.Contains("AUDIT_UNAVAILABLE", transport.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("completion_tokens", transport.WrittenText, StringComparison.Ordinal);
        Assert.Equal("rejected", kit.TakeRecord().Outcome.ToString().ToLowerInvariant());
    }

    [Theory]
    [InlineData("/v1/chat/completions", Dialect.OpenAi)]
    [InlineData("/v1/messages", Dialect.OpenAi)]
    [InlineData("/v1/messages", Dialect.Anthropic)]
    [InlineData("/v1/chat/completions", Dialect.Anthropic)]
    public async Task Strict_a_stream_without_its_record_ends_with_an_error_in_place_of_its_end(string path, Dialect dialect)
    {
        var kit = Kit(AuditMode.Strict, dialect).Answer(() => CannedResponse.Events(dialect == Dialect.OpenAi ? OpenAiEvents() : AnthropicEvents()));
        var transport = await kit.SendAsync(StreamBody.Replace("{\"model\"", "{\"max_tokens\":9,\"model\"", StringComparison.Ordinal), transport => transport.Path = path);
        Assert.Equal(200, transport.StatusCode);
        Assert.Contains("Hello", transport.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", transport.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", transport.WrittenText, StringComparison.Ordinal);
        Assert.Contains("error", transport.WrittenText[transport.WrittenText.LastIndexOf("data: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    // The disk stops between the first event and the last.
    private IEnumerable<string> OpenAiEvents()
    {
        yield return Chunk;
        StopDiskSoon();
        yield return Finish + Done;
    }

    private IEnumerable<string> AnthropicEvents()
    {
        yield return "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
            + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
            + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n";
        StopDiskSoon();
        yield return "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    // The events are made when the provider is called, behind the begin.
    private void StopDiskSoon() => StopDisk();

    [Theory]
    [InlineData("/v1/chat/completions", Dialect.OpenAi, Done)]
    [InlineData("/v1/messages", Dialect.OpenAi, "data: {\"type\":\"message_stop\"}\n\n")]
    public async Task Strict_a_stream_ends_whole_behind_its_record(string path, Dialect dialect, string end)
    {
        var kit = Kit(AuditMode.Strict, dialect).Answer(() => CannedResponse.Events(
            Chunk, Finish, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n", Done));
        var transport = await kit.SendAsync(StreamBody.Replace("{\"model\"", "{\"max_tokens\":9,\"model\"", StringComparison.Ordinal), transport => transport.Path = path);
        Assert.EndsWith(end, transport.WrittenText, StringComparison.Ordinal);
        var records = await RecordsAsync();
        Assert.Equal(["begin", "request"], records.Select(record => record.GetProperty("type").GetString()));
        Assert.Equal(3, records[1].GetProperty("usage").GetProperty("output").GetInt32());
        Assert.True(records[1].GetProperty("stream").GetBoolean());
    }

    [Fact]
    public async Task Strict_the_same_bytes_reach_the_client_as_without_an_audit()
    {
        string[] events = [Chunk, ": comment\n\n", Chunk + Chunk, Finish + Done];
        var plain = new PipelineKit().Answer(() => CannedResponse.Events(events));
        var strict = Kit(AuditMode.Strict).Answer(() => CannedResponse.Events(events));
        Assert.Equal((await plain.SendAsync(StreamBody)).WrittenText, (await strict.SendAsync(StreamBody)).WrittenText);
    }

    [Fact]
    public async Task Strict_a_stream_that_dies_has_its_record_too()
    {
        var kit = Kit(AuditMode.Strict).Answer(() => CannedResponse.Events(Chunk));
        var transport = await kit.SendAsync(StreamBody);
        Assert.Contains("UPSTREAM_CUT", transport.WrittenText, StringComparison.Ordinal);
        Assert.Equal("UPSTREAM_CUT", (await RecordsAsync())[^1].GetProperty("error").GetString());
    }

    [Fact]
    public async Task Relaxed_a_failing_disk_refuses_nobody_and_what_found_no_room_is_counted()
    {
        var kit = Kit(AuditMode.Relaxed).Answer(() => CannedResponse.Json(Answer));
        await _log.FlushedAsync(_log.Journal.Last);
        StopDisk();
        for (var i = 0; i < 500; i++) Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
        Assert.True(_log.Lost > 0);
    }

    [Fact]
    public async Task Nothing_that_the_client_said_is_in_the_records()
    {
        foreach (var mode in new[] { AuditMode.Relaxed, AuditMode.Strict })
        {
            var kit = Kit(mode).Answer(() => CannedResponse.Json(Answer.Replace("Hi", "answer-secret", StringComparison.Ordinal)));
            await kit.SendAsync("""{"model":"gpt-4o","user":"jane-secret","metadata":{"k":"meta-secret"},"messages":[{"role":"user","content":"prompt-secret sk-proj-secret"}]}""",
                transport => transport.RequestHeaders.Authorization = "Bearer header-secret");
            await kit.SendAsync("""{"model":"gpt-4o","broken-secret":""");
            await RecordsAsync();
            Assert.DoesNotContain("secret", string.Concat(_folder.Lines()), StringComparison.Ordinal);
            await _log.DisposeAsync();
        }
    }
}
