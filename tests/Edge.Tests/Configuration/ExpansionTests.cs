namespace Edge.Tests.Configuration;

public class ExpansionTests
{
    private static string Version(string value, FakeEnvironment? env = null) =>
        (env ?? new FakeEnvironment().With("A", "one").With("B_2", "two").With("EMPTY", "").With("ODD", "${A} }"))
            .WithFile("/etc/edge/secret", "from file\n").WithFile("/run/s", "x\r\n")
            .Load($"gateway: {{version: '{value}'}}").Valid().Gateway.Version;

    [Theory]
    [InlineData("plain $ {x} $A", "plain $ {x} $A")]
    [InlineData("${A}", "one")]
    [InlineData("<${A}-${B_2}>", "<one-two>")]
    [InlineData("${NONE:-d}", "d")]
    [InlineData("${A:-d}", "one")]
    [InlineData("${EMPTY:-d}", "d")]
    [InlineData("${NONE:-a:-b}", "a:-b")]
    [InlineData("${NONE:-${ALSO:-<${A}>}}!", "<one>!")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$$${A}", "$${A}")]
    [InlineData("x$${A}${A}", "x${A}one")]
    [InlineData("${file:/run/s}", "x")]
    [InlineData("${file:/run/${NONE:-s}}", "x")]
    [InlineData("${file:secret}", "from file")]
    public void References_are_replaced_anywhere_in_a_value(string value, string expanded) => Assert.Equal(expanded, Version(value));

    [Fact]
    public void Only_the_last_newline_of_a_file_is_dropped_and_a_reply_is_kept_as_it_is() =>
        Assert.Equal(" x\n", new FakeEnvironment().WithFile("/run/two", " x\n\n")
            .Load("providers: {simulator: {simulator: {reply: '${file:/run/two}'}}}").Valid().Providers[0].Simulator.Reply);

    [Fact]
    public void What_a_variable_holds_is_not_expanded_again() => Assert.Equal("${A} }", Version("${ODD}"));

    [Fact]
    public void References_that_come_out_empty_leave_the_default()
    {
        var config = new FakeEnvironment().With("EMPTY", "").Load("""
            server: { max_connections: "${EMPTY:-}", header_timeout: "${EMPTY}" }
            routing: { default_provider: "${NONE:-}" }
            """).Valid();
        Assert.Equal((0, 10), (config.Server.MaxConnections, config.Server.HeaderTimeout.TotalSeconds));
        Assert.Null(config.Routing.DefaultProvider);
    }

    [Fact]
    public void Null_leaves_the_default_too()
    {
        var config = new FakeEnvironment().Load("server:\nadmin: {listen: ~, enabled: null}\nrouting: {fallback_chain: }").Valid();
        Assert.Equal("127.0.0.1:8081", config.Admin.Listen[0].ToString());
        Assert.True(config.Admin.Enabled);
    }

    [Fact]
    public void Secrets_come_from_files_without_the_newline_and_the_files_are_known()
    {
        var result = new FakeEnvironment().WithFile("/run/secrets/key", "sk-1\n").Load("providers: {ollama: {api_key: '${file:/run/secrets/key}'}}");
        Assert.Equal("sk-1", result.Valid().Providers[0].ApiKey.Reveal());
        Assert.Equal([FakeEnvironment.ConfigPath, "/run/secrets/key"], result.Sources.Select(source => source.Path));
    }

    [Fact]
    public void An_empty_file_of_a_key_takes_the_provider_out_and_an_absent_one_is_an_error()
    {
        var env = new FakeEnvironment().WithFile("/run/key", "\n");
        Assert.Equal("file:/run/key is empty", env.Load("providers: {openai: {api_key: '${file:/run/key}'}}").Valid().Providers[0].DisabledBecause);
        env.Delete("/run/key");
        Assert.Equal(
            ["edge.yaml:1:31: providers.openai.api_key: cannot read the file '/run/key' (there is no such file)"],
            env.Load("providers: {openai: {api_key: '${file:/run/key}'}}").ErrorTexts());
    }

    [Fact]
    public void A_file_that_is_no_secret_is_not_taken_in()
    {
        var env = new FakeEnvironment().WithFile("/big", new byte[(64 << 10) + 1]).WithFile("/binary", [0xFF, 0xFE]);
        Assert.Equal(
            [
                "edge.yaml:1:20: gateway.version: cannot take the file '/big': it is larger than 64KiB",
                "edge.yaml:1:49: gateway.environment: cannot read the file '/binary' (it is not UTF-8)",
            ],
            env.Load("gateway: {version: '${file:/big}', environment: '${file:/binary}'}").ErrorTexts());
    }
}
