using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Edge.Cli;
using Edge.Tests.Configuration;

namespace Edge.Tests.Cli;

public class HealthCommandTests
{
    private static readonly byte[] _ready = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"u8.ToArray();
    private static readonly byte[] _draining = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"u8.ToArray();

    private static Task<(int Code, string Said)> Health(string yaml) =>
        Health(new CommandLine(Command.Health, FakeEnvironment.ConfigPath), new FakeEnvironment().WithFile(FakeEnvironment.ConfigPath, yaml));

    private static async Task<(int Code, string Said)> Health(CommandLine line, FakeEnvironment env)
    {
        var output = new StringWriter();
        var code = await HealthCommand.RunAsync(line, env, output);
        return (code, output.ToString().TrimEnd());
    }

    /// <summary>Asks while one listener stands there; gives the request that it saw as well.</summary>
    private static async Task<(int Code, string Said, string Request)> AskListener(EndPoint at, byte[] answer, Func<int, Task<(int, string)>> ask)
    {
        using var listener = new Socket(at.AddressFamily, SocketType.Stream, at is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        listener.Bind(at);
        listener.Listen();
        var stop = TestContext.Current.CancellationToken;
        var seen = Serve(listener, answer, stop);
        var (code, said) = await ask((listener.LocalEndPoint as IPEndPoint)?.Port ?? 0);
        listener.Close();
        return (code, said, await seen);
    }

    private static async Task<string> Serve(Socket listener, byte[] answer, CancellationToken stop)
    {
        try
        {
            using var client = await listener.AcceptAsync(stop);
            var request = new StringBuilder();
            var buffer = new byte[1024];
            while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await client.ReceiveAsync(buffer, stop);
                if (read == 0) break;
                request.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
            await client.SendAsync(answer, stop);
            return request.ToString();
        }
        catch (SocketException) // Nobody came before it was closed.
        {
            return "";
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("*", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    // Another address than the usual one: it must be asked where it listens.
    [InlineData("127.0.0.2", "127.0.0.2")]
    public async Task The_admin_listener_is_asked_where_it_listens(string configured, string asked)
    {
        var (code, said, request) = await AskListener(new IPEndPoint(IPAddress.Parse(asked), 0), _ready, port => Health($"admin: {{listen: '{configured}:{port}'}}"));
        Assert.Equal((0, "ready"), (code, said));
        Assert.StartsWith($"GET /health/ready HTTP/1.1\r\nhost: {asked}:", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_address_of_ipv6_is_asked_at_its_loopback()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        try
        {
            var (code, said, request) = await AskListener(new IPEndPoint(IPAddress.IPv6Loopback, 0), _ready, port => Health($"admin: {{listen: '[::]:{port}'}}"));
            Assert.Equal((0, "ready"), (code, said));
            Assert.Contains("host: [::1]:", request, StringComparison.Ordinal);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            Assert.Skip("This machine has no IPv6 loopback.");
        }
    }

    [Fact]
    public async Task A_unix_socket_is_asked_there()
    {
        var path = Path.Combine(Path.GetTempPath(), $"edge-{Guid.NewGuid():N}.sock");
        try
        {
            var (code, said, _) = await AskListener(new UnixDomainSocketEndPoint(path), _ready, _ => Health($"admin: {{listen: 'unix:{path}'}}"));
            Assert.Equal((0, "ready"), (code, said));
        }
        finally
        {
            File.Delete(path);
        }
        (var refused, var why) = await Health($"admin: {{listen: 'unix:{path}'}}");
        Assert.Equal(1, refused);
        Assert.StartsWith($"not ready: unix:{path}: ", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_answers_otherwise_is_not_ready()
    {
        var (code, said, _) = await AskListener(
            new IPEndPoint(IPAddress.Loopback, 0), _draining, port => Health($"admin: {{listen: ['127.0.0.1:0', '127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}']}}"));
        Assert.Equal(1, code);
        Assert.Matches(@"^not ready: http://127\.0\.0\.1:\d+/health/ready answered 503$", said);
    }

    [Fact]
    public async Task A_url_comes_before_the_configuration()
    {
        var (code, said, request) = await AskListener(
            new IPEndPoint(IPAddress.Loopback, 0), _ready,
            port => Health(new CommandLine(Command.Health, "/none.yaml", $"http://localhost:{port}"), new FakeEnvironment()));
        Assert.Equal((0, "ready"), (code, said));
        Assert.StartsWith("GET /health/ready HTTP/1.1\r\nhost: localhost:", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("admin: {enabled: false}", "not ready: admin.enabled is false")]
    [InlineData("admin: {listen: '127.0.0.1:0'}", "not ready: admin.listen leaves the port open (0): say with --url where to ask")]
    [InlineData("sever: 1\nadmn: 1", "not ready: the configuration cannot be loaded: /etc/edge/edge.yaml:1:1: sever: unknown key 'sever'; did you mean 'server'? (and 1 more; --check-config shows them)")]
    public async Task What_cannot_be_asked_is_said_and_nothing_else_is_asked(string yaml, string said) => Assert.Equal((1, said), await Health(yaml));

    [Fact]
    public async Task A_file_that_is_absent_is_said() => Assert.Equal(
        (1, "not ready: the configuration cannot be loaded: /none.yaml: cannot be read (there is no such file)"),
        await Health(new CommandLine(Command.Health, "/none.yaml"), new FakeEnvironment()));

    [Theory]
    [InlineData("not-a-url")]
    [InlineData("https://127.0.0.1:1")]
    public async Task A_url_of_another_kind_is_refused(string url) =>
        Assert.Equal((1, $"not ready: '{url}' is not an http:// URL"), await Health(new CommandLine(Command.Health, null, url), new FakeEnvironment()));
}
