using Edge.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Configuration;

public class ConfigLoaderTests
{
    // The shape of the file that existing users have, in our own words.
    private const string ExistingUsersFile = """
        gateway: { version: "0.5-beta", environment: "development" }
        providers:
          openai:
            enabled: true
            api_key: ${OPENAI_API_KEY}
            models: ["gpt-4-turbo", "gpt-3.5-turbo"]
            rate_limit: 1000/min
            timeout: 30s
          anthropic:
            enabled: true
            api_key: ${ANTHROPIC_API_KEY}
            models: ["claude-3-opus"]
            rate_limit: 500/min
          ollama:
            enabled: true
            url: "http://localhost:11434"
            models: ["llama2", "mistral"]
        security: { pii_detection: true, prompt_filtering: true, audit_logging: true, encryption: true }
        routing:
          default_provider: "openai"
          fallback_chain: ["openai", "anthropic", "ollama"]
          selection_strategy: "cost_optimized" # or another
        caching: { semantic: true, ttl: 3600, similarity_threshold: 0.95 }
        monitoring: { prometheus: true, grafana: true, jaeger: true, log_level: "info" }
        limits: { max_tokens_per_request: 4000, max_requests_per_minute: 100, max_cost_per_day: 100.00 }
        """;

    [Fact]
    public void An_existing_users_file_means_what_it_meant()
    {
        var result = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o").With("ANTHROPIC_API_KEY", "sk-a").Load(ExistingUsersFile);
        var config = result.Valid();

        Assert.Equal("0.5-beta", config.Gateway.Version);
        Assert.Equal("development", config.Gateway.Environment);
        Assert.Equal(["openai", "anthropic", "ollama"], config.Providers.Select(provider => provider.Name));
        Assert.All(config.Providers, provider => Assert.True(provider.Enabled));
        var openAi = config.FindProvider("openai")!;
        Assert.Equal(ProviderType.OpenAi, openAi.Type);
        Assert.Equal("sk-o", openAi.ApiKey.Reveal());
        Assert.Equal(["gpt-4-turbo", "gpt-3.5-turbo"], openAi.Models);
        Assert.Equal(new Rate(1000, TimeSpan.FromMinutes(1)), openAi.RateLimit);
        Assert.Equal(TimeSpan.FromSeconds(30), openAi.Upstream.Timeout);
        Assert.Equal("https://api.openai.com/v1", openAi.ApiRoot!.ToString());
        Assert.Equal("https://api.anthropic.com/v1", config.FindProvider("anthropic")!.ApiRoot!.ToString());
        Assert.Equal("http://localhost:11434/v1", config.FindProvider("ollama")!.ApiRoot!.ToString());
        Assert.Equal(SelectionStrategy.CostOptimized, config.Routing.SelectionStrategy);
        Assert.Equal(["openai", "anthropic", "ollama"], config.Routing.FallbackChain);
        Assert.True(config.Security.PiiDetection);
        Assert.Equal(TimeSpan.FromHours(1), config.Caching.Ttl);
        Assert.Equal(0.95, config.Caching.SimilarityThreshold);
        Assert.Equal(LogSeverity.Info, config.Monitoring.LogLevel);
        Assert.Equal(4000, config.Limits.MaxTokensPerRequest);
        Assert.Equal(100 * MoneyText.NanosPerDollar, config.Limits.MaxCostPerDay);
        Assert.Equal([], result.Warnings);
    }

    [Fact]
    public void A_provider_whose_key_is_not_set_is_left_out_with_a_warning()
    {
        var result = new FakeEnvironment().With("ANTHROPIC_API_KEY", "").Load(ExistingUsersFile);
        var config = result.Valid();

        Assert.Equal((false, "OPENAI_API_KEY is not set"), (config.FindProvider("openai")!.Enabled, config.FindProvider("openai")!.DisabledBecause));
        Assert.Equal("ANTHROPIC_API_KEY is empty", config.FindProvider("anthropic")!.DisabledBecause);
        Assert.True(config.FindProvider("ollama")!.Enabled);
        Assert.Equal(
            [
                "/etc/edge/edge.yaml:4:5: providers.openai: left out: OPENAI_API_KEY is not set",
                "/etc/edge/edge.yaml:10:5: providers.anthropic: left out: ANTHROPIC_API_KEY is empty",
                "/etc/edge/edge.yaml:20:21: routing.default_provider: 'openai' is left out (OPENAI_API_KEY is not set)",
            ],
            result.Warnings);
    }

    [Fact]
    public void The_sample_that_users_have_loads_in_any_environment()
    {
        var path = Path.Combine(Path.GetDirectoryName(SharedData.Folder) ?? "", "sample-config.yaml");
        Assert.SkipUnless(SharedData.Folder is not null && File.Exists(path), "The shared sample configuration is absent.");

        foreach (var key in (string?[])[null, "", "sk-test"])
        {
            var env = new FakeEnvironment();
            if (key is not null) env.With("OPENAI_API_KEY", key).With("ANTHROPIC_API_KEY", key);
            var config = env.Load(File.ReadAllText(path)).Valid();
            Assert.Equal(string.IsNullOrEmpty(key) ? ["ollama"] : ["openai", "anthropic", "ollama"], config.Providers.Where(p => p.Enabled).Select(p => p.Name));
        }
    }

    [Theory]
    [InlineData("{mode: semantic, similarity_threshold: 0.92}")]
    [InlineData("{semantic: true, similarity_threshold: 0.5, allow_low_threshold: true}")]
    [InlineData("{mode: exact, similarity_threshold: 0.5}")]
    public void A_low_threshold_is_taken_where_it_is_meant_or_without_effect(string caching) => new FakeEnvironment().Load("caching: " + caching).Valid();

    [Fact]
    public void What_is_asked_for_and_not_built_is_named_and_only_that()
    {
        Assert.Equal(
            [
                "security.encryption", "monitoring.grafana",
            ],
            new FakeEnvironment().Load(ExistingUsersFile).NotEnforced);

        Assert.Equal([], new FakeEnvironment().Load("security: {pii_detection: false}\nrouting: {selection_strategy: priority}\ncaching: {semantic: false, ttl: 60}").NotEnforced);
    }

    [Fact]
    public void Without_a_file_the_environment_and_the_simulator_serve()
    {
        var env = new FakeEnvironment().With("ANTHROPIC_API_KEY", "sk-a").With("ANTHROPIC_BASE_URL", "http://127.0.0.1:9000/proxy");
        var config = ConfigLoader.Load(null, env).Valid();

        Assert.Equal(["anthropic", "simulator"], config.Providers.Select(provider => provider.Name));
        Assert.Equal("sk-a", config.Providers[0].ApiKey.Reveal());
        Assert.Equal("http://127.0.0.1:9000/proxy/v1", config.Providers[0].ApiRoot!.ToString());
        Assert.All(config.Providers, provider => Assert.True(provider.Enabled));
        Assert.Equal("127.0.0.1:8080", config.Server.Listen[0].ToString());
        Assert.Equal("127.0.0.1:8081", config.Admin.Listen[0].ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("~")]
    public void An_empty_file_is_no_file(string yaml)
    {
        var env = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o");
        Assert.Equal(["openai", "simulator"], env.Load(yaml).Valid().Providers.Select(provider => provider.Name));
    }

    [Fact]
    public void A_file_that_says_something_gets_no_simulator_it_did_not_ask_for()
    {
        var env = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o");
        Assert.Equal(["openai"], env.Load("server: {max_connections: 5}").Valid().Providers.Select(provider => provider.Name));
        Assert.Equal(["ollama"], env.Load("providers: {ollama: }").Valid().Providers.Select(provider => provider.Name));
        Assert.Equal(["simulator"], env.Load("providers: {simulator: {}}").Valid().Providers.Select(provider => provider.Name));
    }

    [Fact]
    public void A_wrong_url_in_the_environment_is_an_error_that_names_the_variable()
    {
        var env = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o").With("OPENAI_BASE_URL", "not a url");
        var error = Assert.Single(ConfigLoader.Load(null, env).Errors);
        Assert.StartsWith("(no file): providers.openai.url: is not an absolute http or https url (value '${OPENAI_BASE_URL}'); allowed: ", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("providers: {openai: {api_key: '${OPENAI_API_KEY}'}}", "/etc/edge/edge.yaml:1:31: providers.openai.api_key: ")]
    [InlineData("providers: {openai: {url: '${OPENAI_BASE_URL}'}}", "/etc/edge/edge.yaml:1:27: providers.openai.url: ")]
    [InlineData("providers: {openai: {url: 'ftp://h'}}", "/etc/edge/edge.yaml:1:27: providers.openai.url: ")]
    public void What_the_file_and_the_environment_both_give_wrongly_is_one_error(string yaml, string start)
    {
        var env = new FakeEnvironment().With("OPENAI_API_KEY", "sk-\u0001");
        if (yaml.Contains("url", StringComparison.Ordinal)) env.With("OPENAI_BASE_URL", "ftp://h");
        Assert.StartsWith(start, Assert.Single(env.Load(yaml).Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_from_the_environment_never_goes_to_a_url_from_the_file()
    {
        var env = new FakeEnvironment().With("OPENAI_API_KEY", "sk-o").With("OPENAI_BASE_URL", "https://proxy.example/v1");
        var elsewhere = env.Load("providers: {openai: {url: 'https://elsewhere.example'}}").Valid().Providers[0];
        Assert.False(elsewhere.ApiKey.HasValue);
        Assert.Equal("https://elsewhere.example/v1", elsewhere.ApiRoot!.ToString());

        var own = env.Load("providers: {openai: {}}").Valid().Providers[0];
        Assert.Equal("sk-o", own.ApiKey.Reveal());
        Assert.Equal("https://proxy.example/v1", own.ApiRoot!.ToString());
    }

    [Fact]
    public void A_provider_takes_the_upstream_section_and_overrides_it_key_by_key_wherever_that_stands()
    {
        var config = new FakeEnvironment().Load("""
            providers:
              a: { url: "http://a.example", timeout: 5s, max_response_size: 1MiB }
              b: { url: "http://b.example" }
            upstream: { timeout: 7s, connect_timeout: 1s }
            """).Valid();
        var a = config.FindProvider("a")!.Upstream;
        Assert.Equal((5, 1, 1 << 20), (a.Timeout.TotalSeconds, a.ConnectTimeout.TotalSeconds, a.MaxResponseSize));
        Assert.Equal(config.Upstream, config.FindProvider("b")!.Upstream);
        Assert.Equal(7, config.Upstream.Timeout.TotalSeconds);
    }

    [Fact]
    public void Keys_may_be_written_in_camel_case()
    {
        var config = new FakeEnvironment().Load("""
            server: { maxBodySize: 1MiB, headerTimeout: 3s }
            providers: { local: { baseUrl: "http://127.0.0.1:1234/api/v2", maxTokensDefault: 7, connectTimeout: 9s } }
            caching: { similarityThreshold: 0.5 }
            """).Valid();
        Assert.Equal((1 << 20, 3), (config.Server.MaxBodySize, config.Server.HeaderTimeout.TotalSeconds));
        Assert.Equal((7, 9), (config.Providers[0].MaxTokensDefault, config.Providers[0].Upstream.ConnectTimeout.TotalSeconds));
        Assert.Equal("http://127.0.0.1:1234/api/v2", config.Providers[0].ApiRoot!.ToString());
        Assert.Equal(0.5, config.Caching.SimilarityThreshold);
    }

    [Theory]
    [InlineData("openai", "https://h", "https://h/v1")]
    [InlineData("openai", "https://h/", "https://h/v1")]
    [InlineData("openai", "https://h/v1/", "https://h/v1")]
    [InlineData("openai", "https://h/custom", "https://h/custom")]
    [InlineData("anthropic", "https://h", "https://h/v1")]
    [InlineData("anthropic", "https://h/proxy", "https://h/proxy/v1")]
    [InlineData("anthropic", "https://h/v1", "https://h/v1")]
    [InlineData("ollama", "http://h:11434/", "http://h:11434/v1")]
    [InlineData("ollama, api: native", "http://h:11434", "http://h:11434/api")]
    [InlineData("ollama, api: native", "http://h/ollama/", "http://h/ollama/api")]
    [InlineData("ollama, api: native", "http://h/ollama/api", "http://h/ollama/api")]
    [InlineData("openai_compatible", "http://h:8000", "http://h:8000/v1")]
    [InlineData("openai_compatible", "http://h:8000/openai/v1beta", "http://h:8000/openai/v1beta")]
    public void A_url_becomes_the_root_that_paths_are_appended_to(string type, string url, string root) =>
        Assert.Equal(root, new FakeEnvironment().Load($"providers: {{p: {{type: {type}, url: '{url}'}}}}").Valid().Providers[0].ApiRoot!.ToString());

    [Fact]
    public void Every_type_of_provider_validates_and_those_not_built_are_left_out()
    {
        foreach (var info in ProviderTypes.All)
        {
            Assert.Equal(info, ProviderTypes.Of(info.Type));
            var result = new FakeEnvironment().Load($"providers: {{{info.Name}: {{api_key: k, project: p, url: 'https://h.example'}}}}");
            var provider = Assert.Single(result.Valid().Providers);
            Assert.Equal(info.Type, provider.Type);
            var built = info.Served != ServedAs.NotBuilt;
            Assert.Equal(built, provider.Enabled);
            Assert.Equal(built ? [] : [$"providers.{info.Name} (type {info.Name})"], result.NotEnforced);
        }
    }

    [Fact]
    public void Merge_keys_and_anchors_share_settings()
    {
        var config = new FakeEnvironment().Load("""
            providers:
              one: &base
                url: http://one.example
                timeout: 5s
                models: [m]
              two:
                <<: *base
                url: http://two.example
            """).Valid();
        var two = config.FindProvider("two")!;
        Assert.Equal(("http://two.example/v1", 5.0, "m"), (two.ApiRoot!.ToString(), two.Upstream.Timeout.TotalSeconds, two.Models[0]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_path_that_is_none_is_an_error_and_never_thrown(string path) =>
        Assert.StartsWith(path + ": cannot be read (", Assert.Single(ConfigLoader.Load(path, ConfigEnvironment.Process).Errors).ToString(), StringComparison.Ordinal);

    [Fact]
    public void The_simulators_bounds_are_those_that_its_page_states()
    {
        ConfigResult Load(string setting) => new FakeEnvironment().Load($"providers: {{simulator: {{simulator: {{{setting}}}}}}}");
        var simulator = Load("chunk_tokens: 10000, first_byte_delay: 1h, chunk_delay: 1h").Valid().Providers[0].Simulator;
        Assert.Equal((10_000, TimeSpan.FromHours(1), TimeSpan.FromHours(1)), (simulator.ChunkTokens, simulator.FirstByteDelay, simulator.ChunkDelay));
        Assert.All(["chunk_tokens: 10001", "chunk_tokens: 0", "first_byte_delay: 61m", "chunk_delay: 61m"], setting => Assert.Single(Load(setting).Errors));

        // And its table names each key of the section.
        var page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "simulator.md"));
        Assert.All(SimulatorConfig.Section.Fields.SelectMany(field => field.Names), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Secrets_do_not_print()
    {
        var config = new FakeEnvironment().Load("auth: {api_keys: [hidden-1]}\nproviders: {p: {url: 'http://h', api_key: hidden-2, headers: {X-Key: hidden-3}}}").Valid();
        Assert.Equal("hidden-3", config.Providers[0].Headers["X-Key"].Reveal());
        Assert.DoesNotContain("hidden", config.ToString() + config.Providers[0] + config.Auth + config.Auth.ApiKeys[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_risky_is_said()
    {
        var result = new FakeEnvironment().Load("""
            server: { listen: "*:8080" }
            providers:
              p: { url: "http://far.example", api_key: k, tls: { insecure_skip_verify: true } }
            """);
        result.Valid();
        Assert.Contains(
            "/etc/edge/edge.yaml:3:76: providers.p.tls.insecure_skip_verify: any certificate is accepted: prompts and keys can be read on the way",
            result.Warnings);
        Assert.Contains(result.Warnings, warning => warning.EndsWith("providers.p.url: the api_key is sent without TLS", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, warning => warning.Contains("auth.api_keys: none is set", StringComparison.Ordinal));
    }
}
