using System.Text;
using CsCheck;
using Edge.Configuration;

namespace Edge.Tests.Configuration;

public class HostileYamlTests
{
    private static string[] Errors(string yaml) => new FakeEnvironment().Load(yaml).ErrorTexts();

    private static string[] Errors(byte[] file) =>
        ConfigLoader.Load(FakeEnvironment.ConfigPath, new FakeEnvironment().WithFile(FakeEnvironment.ConfigPath, file)).ErrorTexts();

    [Theory]
    [InlineData("a: 1\na: 2", "edge.yaml:2:1: duplicate key 'a' (first at line 1)", 2)]
    [InlineData("server: {}\n---\nserver: {}", "edge.yaml:2:1: holds more than one document; allowed: one", 1)]
    [InlineData("server: *nowhere", "edge.yaml:1:9: '*nowhere' names an anchor that is not defined before it", 1)]
    [InlineData("server: &self {tls: *self}", "edge.yaml:1:21: '*self' names an anchor that is not defined before it", 1)]
    [InlineData("? [a, b]\n: 1", "edge.yaml:1:3: has a list or a map as a key; allowed: text", 1)]
    [InlineData("server: !Danger {}", "edge.yaml:1:9: has the unknown tag '!Danger'; allowed: none is needed", 1)]
    [InlineData("server: {<<: 5}", "edge.yaml:1:14: '<<' wants a map, or a list of maps", 1)]
    [InlineData("server: {<<: [5]}", "edge.yaml:1:15: '<<' lists something that is not a map", 1)]
    [InlineData("- a", "edge.yaml:1:1: is a list; allowed: a map with the keys gateway, server, admin, auth, upstream, providers, models, prices, routing, translation, security, guard, caching, monitoring, limits, budgets, tenants, stores, ledger, audit", 1)]
    [InlineData("text", "edge.yaml:1:1: is text; allowed: a map with the keys gateway, server, admin, auth, upstream, providers, models, prices, routing, translation, security, guard, caching, monitoring, limits, budgets, tenants, stores, ledger, audit", 1)]
    public void What_yaml_allows_and_a_configuration_does_not(string yaml, string first, int count)
    {
        var errors = Errors(yaml);
        Assert.Contains(first, errors);
        Assert.Equal(count, errors.Length);
    }

    [Theory]
    [InlineData("server: [")]
    [InlineData("server: {listen: \"")]
    [InlineData("server:\n\tlisten: x")]
    [InlineData("server: @x")]
    [InlineData("a: b: c")]
    [InlineData("\"\\U00110000\": 1")]
    [InlineData("\"\\uD800\": 1")]
    [InlineData("%YAML 9.9\n--- x")]
    [InlineData("&a &b x: 1")]
    public void Broken_yaml_is_one_error_with_a_place_and_no_crash(string yaml)
    {
        var error = Assert.Single(Errors(yaml));
        Assert.Matches("^edge\\.yaml:[1-9][0-9]*:[0-9]+: ", error);
    }

    [Fact]
    public void Laughs_are_counted_before_they_are_laughed()
    {
        var yaml = new StringBuilder("l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
        for (var i = 1; i < 20; i++) yaml.Append($"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n");
        Assert.Equal(["edge.yaml:5:45: holds more than 100000 values, each alias counted as what it stands for"], Errors(yaml.ToString()));
    }

    [Fact]
    public void Laughs_by_merging_are_counted_too()
    {
        var yaml = new StringBuilder("m0: &m0 {" + string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"k{i}: 1")) + "}\n");
        for (var i = 1; i < 200; i++) yaml.Append($"m{i}: &m{i} {{<<: *m0}}\n");
        Assert.Contains("holds more than 100000 values", Assert.Single(Errors(yaml.ToString())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    public void Depth_is_bounded(string opening, int times)
    {
        var error = Assert.Single(Errors(string.Concat(Enumerable.Repeat(opening, times))));
        Assert.Contains("nested deeper than 64 levels", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_through_aliases_is_bounded()
    {
        var deep = new string('[', 50) + new string(']', 50);
        Assert.Contains("nested deeper than 64 levels", Errors($"a: &a {deep}\nb: {new string('[', 30)}*a")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_file_is_refused_unread() =>
        Assert.Equal(["edge.yaml: is larger than 4MiB"], Errors(new byte[(4 << 20) + 1]));

    [Fact]
    public void A_binary_file_is_told_by_its_first_odd_byte()
    {
        Assert.Equal(["edge.yaml:2:3: holds the control character 0x00; is it a binary file?"], Errors("a: 1\nb:\0"u8.ToArray()));
        Assert.Equal(["edge.yaml:1:1: holds the control character 0x7F; is it a binary file?"], Errors("\x7f\x45LF"u8.ToArray()));
        Assert.Equal(["edge.yaml:2:4: holds bytes that are not UTF-8"], Errors([.. "a: 1\nb: "u8, 0xC3, 0x28]));
        Assert.Equal(["edge.yaml: is UTF-16; save it as UTF-8"], Errors(Encoding.Unicode.GetPreamble().Concat("a"u8.ToArray()).ToArray()));
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_key() =>
        Assert.Equal([], Errors([.. Encoding.UTF8.Preamble, .. "server: {max_connections: 5}"u8]));

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Assert.Equal(["edge.yaml: cannot be read (there is no such file)"], ConfigLoader.Load(FakeEnvironment.ConfigPath, new FakeEnvironment()).ErrorTexts());

    [Fact]
    public void Any_text_loads_or_is_refused_but_never_throws()
    {
        string[] pieces =
        [
            "server", "providers", "openai", "routing", "listen", "timeout", "a", "5s", "1", ": ", ":", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ", ",
            "&a ", "*a", "<<", "!x ", "!!str ", "\"", "'", "\\", "\\x41", "\\U0011FFFF", "|\n", ">-\n", "# c\n", "---\n", "...\n", "%TAG ! x\n", "? ", "~", "${A}", "${", "}",
            "${file:/x}", "\u00e9", "\U0001F600", "\t", "\r\n", "@", "`", "%", "null",
        ];
        Gen.Int[0, pieces.Length - 1].Array[0, 40].Sample(parts =>
        {
            var result = new FakeEnvironment().With("A", "x").Load(string.Concat(parts.Select(part => pieces[part])));
            return result.Config is null == result.Errors.Count > 0;
        });
    }

    [Fact]
    public void Any_bytes_load_or_are_refused_but_never_throw() =>
        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            var result = ConfigLoader.Load("x", new FakeEnvironment().WithFile("x", bytes));
            return result.Config is null == result.Errors.Count > 0;
        });
}
