using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd.Audit;

/// <summary>The published binary, killed: what a client had the end of has its record.</summary>
public sealed class AuditTests : IDisposable
{
    private const int Clients = 24;
    private const int Rounds = 6;
    private const int SigKill = 9;

    private readonly string _data = Directory.CreateTempSubdirectory("edge-audit-e2e-").FullName;

    private string AuditFolder => Path.Combine(_data, "audit");

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private string Config(string audit = "mode: strict") => $$"""
        audit: { directory: "{{AuditFolder}}", {{audit}} }
        providers:
          simulator: {}
        """;

    [Fact]
    public async Task Strict_every_answer_that_a_client_had_whole_has_its_record_whenever_the_gateway_dies()
    {
        var whole = new ConcurrentBag<string>();
        var random = new Random(6);
        for (var round = 0; round < Rounds; round++)
        {
            await using var edge = await EdgeProcess.StartAsync(Config());
            using var client = new HttpClient { BaseAddress = edge.Url, Timeout = Patience.Limit };
            var least = whole.Count + 20;
            var clients = Enumerable.Range(0, Clients).Select(number => DriveAsync(client, number, whole)).ToArray();
            while (whole.Count < least) await Task.Yield();
            // Somewhere within the requests in flight.
            await Task.Delay(random.Next(30), Kit.Stop);
            edge.Signal(SigKill);
            await Patience.For(Task.WhenAll(clients), "the clients' end");
            await edge.ExitAsync();
        }

        var records = await RecordsAsync();
        var missing = whole.Where(id => !records.Contains(id)).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} of {whole.Count} answers have no record, such as {missing.FirstOrDefault()}");
        var verdict = await EdgeBinary.RunAsync("audit", "verify", AuditFolder);
        Assert.True(verdict.ExitCode == 0, verdict.Output + verdict.Errors);
        TestContext.Current.TestOutputHelper?.WriteLine($"{whole.Count} whole answers over {Rounds} kills\n{verdict.Output}");
    }

    // Streams and whole answers, of both dialects; what broke off is left out.
    private static async Task DriveAsync(HttpClient client, int number, ConcurrentBag<string> whole)
    {
        for (var i = 0; ; i++)
        {
            var isStream = (number + i) % 2 == 0;
            var isMessages = number % 3 == 0;
            var body = $$"""{"model":"simulator","max_tokens":16,"stream":{{(isStream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi {{number}} {{i}}"}]}""";
            try
            {
                using var response = await client.PostAsync(isMessages ? "/v1/messages" : Kit.Path, Kit.Json(body), CancellationToken.None);
                var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
                if ((int)response.StatusCode != 200) continue;
                var end = isMessages ? "message_stop" : "[DONE]";
                if (!isStream || text.Contains(end, StringComparison.Ordinal)) whole.Add(response.Headers.GetValues("x-edge-request-id").First());
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                return;
            }
        }
    }

    private async Task<HashSet<string>> RecordsAsync()
    {
        var export = await EdgeBinary.RunAsync("audit", "export", AuditFolder);
        Assert.True(export.ExitCode == 0, export.Errors);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in export.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var record = JsonDocument.Parse(line);
            if (record.RootElement.GetProperty("type").GetString() == "request") ids.Add(record.RootElement.GetProperty("id").GetString()!);
        }
        return ids;
    }

    [Fact]
    public async Task One_flipped_byte_is_found_and_located_and_a_request_is_shown()
    {
        string id;
        await using (var edge = await EdgeProcess.StartAsync(Config("mode: relaxed")))
        {
            using var client = edge.CreateClient();
            using (var response = await client.PostAsync(Kit.Chat.Replace("gpt-4o-mini", "simulator", StringComparison.Ordinal))) id = response.Headers.GetValues("x-edge-request-id").First();
            using (var response = await client.PostAsync(Kit.Chat.Replace("gpt-4o-mini", "simulator", StringComparison.Ordinal))) Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal(0, await edge.StopAsync());
        }
        var verdict = await EdgeBinary.RunAsync("audit", "verify", AuditFolder);
        Assert.True(verdict.ExitCode == 0, verdict.Output + verdict.Errors);
        var shown = await EdgeBinary.RunAsync("audit", "show", id, AuditFolder);
        Assert.Contains("\"outcome\":\"completed\"", shown.Output, StringComparison.Ordinal);

        var path = Path.Combine(AuditFolder, "1", "00000001.journal");
        var bytes = await File.ReadAllBytesAsync(path, Kit.Stop);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(id));
        bytes[at + 3] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Kit.Stop);
        verdict = await EdgeBinary.RunAsync("audit", "verify", AuditFolder);
        Assert.Equal(1, verdict.ExitCode);
        Assert.Contains("PROBLEM: 00000001.journal at byte ", verdict.Output, StringComparison.Ordinal);
        Assert.Contains("record 3: ", verdict.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await EdgeBinary.RunAsync("audit", "verify", Path.Combine(_data, "nothing"))).ExitCode);
    }

    [Fact]
    public async Task Strict_a_disk_without_room_refuses_requests_and_ends_no_stream_as_if_it_were_whole()
    {
        // Files of this process may not grow beyond 64 KB; the signal that says so is ignored, as a full disk sends none.
        var folder = EdgeProcess.NewFolder();
        var path = Path.Combine(folder, "edge.yaml");
        await File.WriteAllTextAsync(path, EdgeProcess.Configuration(Config()), Kit.Stop);
        var start = new ProcessStartInfo("/bin/sh", ["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" --config \"$1\"", EdgeBinary.Path, path]) { RedirectStandardError = true, WorkingDirectory = folder };
        // A binary that compiles at run time keeps its code in a file; the published one does not.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var process = Process.Start(start)!;
        try
        {
            var port = 0;
            while (port == 0 && await process.StandardError.ReadLineAsync(Kit.Stop) is { } line)
            {
                using var entry = JsonDocument.Parse(line);
                if (entry.RootElement.TryGetProperty("listen", out var listen)) port = new Uri(listen.GetString()!.Split(',')[0]).Port;
            }
            Assert.NotEqual(0, port);
            _ = process.StandardError.ReadToEndAsync(Kit.Stop);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Patience.Limit };
            var (served, refused) = (0, 0);
            for (var i = 0; i < 2000 && refused < 3; i++)
            {
                var isStream = i % 2 == 0;
                using var response = await client.PostAsync((isStream ? Kit.StreamedChat : Kit.Chat).Replace("gpt-4o-mini", "simulator", StringComparison.Ordinal));
                var text = await response.Content.ReadAsStringAsync(Kit.Stop);
                if (text.Contains("AUDIT_UNAVAILABLE", StringComparison.Ordinal))
                {
                    refused++;
                    Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
                }
                else
                {
                    served++;
                    Assert.Equal(200, (int)response.StatusCode);
                    if (isStream) Assert.Contains("[DONE]", text, StringComparison.Ordinal);
                }
            }
            Assert.True(served > 10 && refused == 3, $"{served} served, {refused} refused");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
        Assert.Equal(0, (await EdgeBinary.RunAsync("audit", "verify", AuditFolder)).ExitCode);
    }

    [Theory]
    [InlineData("strict")]
    [InlineData("relaxed")]
    public async Task No_secret_and_no_personal_data_is_in_the_files(string mode)
    {
        string[] planted = ["sk-proj-plantedplantedplantedplanted", "planted.person@example.org", "PLANTED prompt", "Bearer planted-header", "planted-user"];
        await using (var edge = await EdgeProcess.StartAsync(Config($"mode: {mode}") + "\nsecurity: { pii_detection: true }\n"))
        {
            using var client = edge.CreateClient();
            foreach (var stream in new[] { "true", "false" })
            {
                var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path + "?key=" + planted[0])
                {
                    Content = Kit.Json($$"""{"model":"simulator","stream":{{stream}},"user":"planted-user","metadata":{"note":"PLANTED prompt"},"messages":[{"role":"user","content":"PLANTED prompt {{planted[0]}} {{planted[1]}}"}]}"""),
                };
                request.Headers.TryAddWithoutValidation("authorization", planted[3]);
                using var response = await client.SendAsync(request, Kit.Stop);
                await response.Content.ReadAsStringAsync(Kit.Stop);
            }
            Assert.Equal(0, await edge.StopAsync());
        }
        var files = Directory.GetFiles(AuditFolder, "*", SearchOption.AllDirectories);
        Assert.Contains(files, path => path.EndsWith(".journal", StringComparison.Ordinal));
        foreach (var path in files)
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path, Kit.Stop));
            Assert.All(planted, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
        }
    }
}
