using Edge.Configuration;

namespace Edge.Tests.Configuration;

/// <summary>A secret put at the wrong key, through a variable: nothing that loading says may show it.</summary>
public class PlantedSecretTests
{
    private const string Mark = "48151";

    // What a key may be taken for: whichever rule quotes a value must have accepted that value first.
    private static readonly string[] _secrets = ["sk-48151", "127.0.0.1:48151", "unix:/48151", "p/48151", "48151", "https://h/48151", "48151ms"];

    private static readonly string[] _shapes =
    [
        "'${SECRET}'", "['${SECRET}']", "['${SECRET}', '${SECRET}']", "{x: '${SECRET}'}", "{x: '${SECRET}', y: '${SECRET}'}",
        "'x${SECRET}'", "'p/${SECRET}'", "'${NONE:-${SECRET}}'", "'*:${SECRET}'", "'unix:/${SECRET}'",
        "'${file:/none/${SECRET}}'", "'${file:/big/${SECRET}}'", "'${file:/empty/${SECRET}}'", "'${file:/held}'",
        "'http://u:${SECRET}@h/v1'", "'http://h/v1?k=${SECRET}'", "'http://h/v1#${SECRET}'",
    ];

    // Several things are wrong or odd in it, so that the rules between keys have something to say about what stands beside them.
    private const string Around = """
        admin: {listen: '127.0.0.1:8080'}
        providers: {p: {url: 'http://far.example', models: [m]}, openai: {api_key: '${NONE}'}}
        models: {aliases: {fast: p/none, slow: none, a: b, b: a}}
        routing: {default_provider: nobody, fallback_chain: [nobody, p, p]}
        """;

    public static TheoryData<string> Keys => [.. KeysOf(EdgeConfig.Section, "")];

    private static IEnumerable<string> KeysOf(ConfigSection section, string path)
    {
        foreach (var field in section.Fields)
        {
            var key = path + field.Name;
            yield return key;
            if (field.Kind.Child is not { } child) continue;
            foreach (var inner in KeysOf(child, key + (field.Kind.ChildPath.Length > 0 ? ".p." : "."))) yield return inner;
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Nothing_that_is_said_shows_it(string key)
    {
        foreach (var secret in _secrets)
        {
            foreach (var shape in _shapes) AssertHidden(secret, With(key, shape));
        }
    }

    [Fact]
    public void Nor_where_two_keys_hold_it()
    {
        var keys = KeysOf(EdgeConfig.Section, "").ToArray();
        foreach (var secret in _secrets)
        {
            AssertHidden(secret, "server: {listen: '${SECRET}'}\nadmin: {listen: ['${SECRET}', '${SECRET}']}");
            AssertHidden(secret, "providers: {p: {url: 'http://h', models: ['${SECRET}', '${SECRET}']}}\nmodels: {aliases: {a: p/m, b: '${SECRET}x', c: m}}");
            AssertHidden(secret, "providers: {p: {url: 'http://h'}}\nmodels: {aliases: {a: b, b: '${SECRET}', c: 'p/${SECRET}', d: a}}\nrouting: {default_provider: '${SECRET}'}");
        }
        Assert.True(keys.Length > 80, $"{keys.Length} keys");
    }

    [Fact]
    public void The_key_of_a_provider_as_the_name_of_the_default_one() => Assert.Equal(
        ["edge.yaml:1:29: routing.default_provider: names a provider that does not exist (value '${OPENAI_API_KEY}'); allowed: openai"],
        new FakeEnvironment().With("OPENAI_API_KEY", "sk-48151").Load("routing: {default_provider: '${OPENAI_API_KEY}'}").ErrorTexts());

    [Theory]
    [InlineData("http://u:sk-48151@127.0.0.1:1/v1?api_key=sk-48151", "holds a user or a password; give them as api_key or headers (value 'http://***')")]
    [InlineData("http://u:sk/48151?@h/v1", "is not an absolute http or https url (value 'http://***')")]
    [InlineData("http://h/v1?api_key=a@48151", "has a query or a fragment (value 'http://***')")]
    [InlineData("http://h/v1?api_key=48151", "has a query or a fragment (value 'http://h/v1?***')")]
    [InlineData("http://h/v1#48151", "has a query or a fragment (value 'http://h/v1#***')")]
    [InlineData("u:48151@h/v1?k=48151", "is not an absolute http or https url (value '***')")]
    [InlineData("h/v1?k=48151", "is not an absolute http or https url (value 'h/v1?***')")]
    public void A_url_that_holds_a_secret_is_refused_without_showing_it(string url, string error) => Assert.Equal(
        [$"edge.yaml:1:22: providers.p.url: {error}; allowed: an absolute http or https url without user, query or fragment"],
        new FakeEnvironment().Load($"providers: {{p: {{url: '{url}'}}}}").ErrorTexts());

    [Fact]
    public void A_file_whose_path_holds_it() => Assert.Equal(
        ["edge.yaml:1:20: gateway.version: cannot read the file '/none/${SECRET}' (there is no such file)"],
        new FakeEnvironment().With("SECRET", "sk-48151").Load("gateway: {version: '${file:/none/${SECRET}}'}").ErrorTexts());

    [Fact]
    public void A_key_that_the_file_chose_stays_on_one_line() =>
        Assert.All(
            new FakeEnvironment().Load("models: {aliases: {\"a\\nb\": none/x}}\nproviders: {ollama: {}}").ErrorTexts(),
            error => Assert.StartsWith("edge.yaml:1:28: models.aliases.a\\u000Ab: resolves to no model", error, StringComparison.Ordinal));

    private static void AssertHidden(string secret, string yaml)
    {
        var env = new FakeEnvironment().With("SECRET", secret).WithFile("/held", secret + "\n").WithFile("/big/" + secret, new byte[(64 << 10) + 1]).WithFile("/empty/" + secret, "");
        var result = env.Load(yaml);
        var said = string.Join('\n', [.. result.Errors.Select(error => error.ToString()), .. result.Warnings, .. result.NotEnforced,
            .. result.Config?.Providers.Select(provider => provider.DisabledBecause ?? "") ?? []]);
        Assert.False(said.Contains(Mark, StringComparison.Ordinal), $"{secret} is shown:\n{yaml}\n{said}");
    }

    /// <summary>The file around it with one key set: its section is replaced where it stands there already.</summary>
    private static string With(string key, string value)
    {
        var parts = key.Split('.');
        var text = value;
        for (var i = parts.Length - 1; i > 0; i--) text = $"{{{parts[i]}: {text}}}";
        // The rest of a provider: without a url most of its rules say nothing.
        if (parts is ["providers", "p", not "url", ..]) text = text.Replace("{p: {", "{p: {url: 'http://far.example', ", StringComparison.Ordinal);
        var others = Around.Split('\n').Where(line => !line.StartsWith(parts[0] + ":", StringComparison.Ordinal));
        return string.Join('\n', [.. others, $"{parts[0]}: {text}"]);
    }
}
