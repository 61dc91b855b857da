using System.Text;
using Edge.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Configuration;

public class ConfigSchemaTests
{
    private const string ReferenceHeading = "<!-- Generated from the declarations";

    private static readonly byte[] _schema = Schema();

    private static byte[] Schema()
    {
        using var stream = new MemoryStream();
        ConfigSchema.Write(stream);
        return stream.ToArray();
    }

    private static string InRepository(string path) => Path.Combine(SharedData.RepositoryRoot, path);

    /// <summary>Compares with the committed copy, or rewrites that where EDGE_UPDATE_GOLDEN=1 asks for it.</summary>
    private static void IsCommitted(string path, string text)
    {
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1") File.WriteAllText(InRepository(path), text);
        Assert.Equal(File.ReadAllText(InRepository(path)), text);
    }

    public static TheoryData<string> Examples => [.. Directory.GetFiles(InRepository("examples"), "*.yaml").Select(path => Path.GetFileName(path)).Order()];

    [Fact]
    public void The_committed_schema_is_the_one_that_is_printed() => IsCommitted("docs/config.schema.json", Encoding.UTF8.GetString(_schema));

    [Fact]
    public void The_committed_reference_is_the_one_that_the_declarations_give()
    {
        var text = File.ReadAllText(InRepository("docs/configuration.md"));
        var start = text.IndexOf('\n', text.IndexOf(ReferenceHeading, StringComparison.Ordinal)) + 1;
        Assert.True(start > 0);
        IsCommitted("docs/configuration.md", text[..start] + "\n" + ConfigReference.Write());
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_loads_without_a_warning_and_fits_the_schema(string example)
    {
        var yaml = File.ReadAllText(InRepository("examples/" + example));
        var env = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o").With("ANTHROPIC_API_KEY", "sk-a")
            .WithFile("/run/secrets/openai", "sk-o\n").WithFile("/run/secrets/anthropic", "sk-a\n").WithFile("/run/secrets/edge_client_key", "ck\n");
        var result = env.Load(yaml);
        Assert.All(result.Valid().Providers, provider => Assert.True(provider.Enabled));
        Assert.Equal([], result.Warnings);
        Assert.Equal([], result.NotEnforced);
        Assert.True(new SchemaChecker(_schema).Accepts(yaml));
    }

    [Fact]
    public void The_sample_that_users_have_fits_the_schema()
    {
        var path = Path.Combine(Path.GetDirectoryName(SharedData.Folder) ?? "", "sample-config.yaml");
        Assert.SkipUnless(SharedData.Folder is not null && File.Exists(path), "The shared sample configuration is absent.");
        Assert.True(new SchemaChecker(_schema).Accepts(File.ReadAllText(path)));
    }

    [Theory]
    [InlineData("server: {maxBodySize: 1.5MiB, max_connections: '${N:-5}', header_timeout: 0.5s, listen: [\"*:80\"]}", true)]
    [InlineData("server: {max_body_size: 70000, shutdown_delay: 0, listen: 'unix:/run/x'}", true)]
    [InlineData("server: ", true)]
    [InlineData("server: {tls: , max_json_depth: ~}", true)]
    [InlineData("providers: {a: {base_url: 'http://h', http_version: 2, models: [1.5, x], rate_limit: 5/s, timeout: 9s}}", true)]
    [InlineData("providers: {a: {url: 'http://h', http_version: 1.1, headers: {a: b}, tls: {serverName: s}}}", true)]
    [InlineData("caching: {ttl: 60, similarity_threshold: 1}", true)]
    [InlineData("caching: {ttl: 1h, similarity_threshold: '${X:-0.5}'}", true)]
    [InlineData("limits: {max_cost_per_day: $5, max_tokens_per_request: 9223372036854775807}", true)]
    [InlineData("gateway: {version: 0.5}", true)]
    [InlineData("monitoring: {log_level: debug, prometheus: 'true'}", true)]
    [InlineData("sever: {}", false)]
    [InlineData("server: {tiemout: 1s}", false)]
    [InlineData("server: {max_connections: -1}", false)]
    [InlineData("server: {max_connections: many}", false)]
    [InlineData("server: {max_connections: 1.5}", false)]
    [InlineData("server: {header_timeout: 10}", false)]
    [InlineData("server: {header_timeout: 10 s}", false)]
    [InlineData("server: {listen: []}", false)]
    [InlineData("server: {listen: 8080}", false)]
    [InlineData("server: []", false)]
    [InlineData("providers: {a b: {url: 'http://h'}}", false)]
    [InlineData("providers: {a: {type: opnai, url: 'http://h'}}", false)]
    [InlineData("providers: {a: {url: 'ftp://h'}}", false)]
    [InlineData("providers: {a: {url: 'http://h', http_version: 3}}", false)]
    [InlineData("providers: {a: {url: 'http://h', models: m}}", false)]
    [InlineData("caching: {similarity_threshold: 1.5}", false)]
    [InlineData("caching: {similarity_threshold: high}", false)]
    [InlineData("monitoring: {prometheus: yes}", false)]
    [InlineData("limits: {max_cost_per_day: -1}", false)]
    [InlineData("limits: {max_tokens_per_request: 0}", false)]
    public void The_schema_and_the_binder_agree(string yaml, bool valid)
    {
        Assert.Equal(valid, new FakeEnvironment().Load(yaml).Config is not null);
        Assert.Equal(valid, new SchemaChecker(_schema).Accepts(yaml));
    }

    [Fact]
    public void Every_default_that_the_reference_shows_can_be_written_in_a_file()
    {
        var checker = new SchemaChecker(_schema);
        var count = 0;
        foreach (var section in EdgeConfig.Section.Fields.Where(section => section.Kind.Child is not null && section.Kind.ChildPath.Length == 0))
        {
            foreach (var field in section.Kind.Child!.Fields.Where(field => field.Kind.Child is null && field.DefaultText.Length > 0 && !field.DefaultText.Contains(' ', StringComparison.Ordinal)))
            {
                var yaml = $"{section.Name}: {{{field.Name}: '{field.DefaultText}'}}";
                new FakeEnvironment().Load(yaml).Valid();
                Assert.True(checker.Accepts(yaml), yaml);
                count++;
            }
        }
        Assert.True(count > 30, $"{count} defaults");
    }

    [Fact]
    public void Every_key_is_described_once()
    {
        var sections = new Stack<ConfigSection>([EdgeConfig.Section]);
        while (sections.TryPop(out var section))
        {
            Assert.Equal(section.Fields.SelectMany(field => field.Spellings).Distinct().Count(), section.Fields.Sum(field => field.Spellings.Count));
            foreach (var field in section.Fields)
            {
                Assert.Matches("^[a-z][a-z0-9_]*$", field.Name);
                Assert.EndsWith(".", field.Doc, StringComparison.Ordinal);
                if (field.Kind.Child is { } child) sections.Push(child);
            }
        }
    }
}
