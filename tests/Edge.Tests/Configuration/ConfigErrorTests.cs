namespace Edge.Tests.Configuration;

public class ConfigErrorTests
{
    private static string[] Errors(string yaml, FakeEnvironment? env = null) => (env ?? new FakeEnvironment()).Load(yaml).ErrorTexts();

    [Fact]
    public void Every_error_is_reported_at_once_with_its_place() => Assert.Equal(
        [
            "edge.yaml:1:1: sever: unknown key 'sever'; did you mean 'server'?",
            "edge.yaml:4:18: server.max_body_size: has an unknown unit (value '10M'); allowed: a size such as 65536, 512KiB, 10MiB or 1MB, from 1KiB to 1GiB",
            "edge.yaml:5:19: server.header_timeout: has no unit (value '10'); allowed: a duration such as 250ms, 30s, 5m, 1h30m or 1d, from 100ms to 1h",
            "edge.yaml:6:20: server.max_json_depth: is out of range (value '1000'); allowed: a whole number from 8 to 512",
            "edge.yaml:9:5: providers.openai.tiemout: unknown key 'tiemout'; did you mean 'timeout'?",
            "edge.yaml:10:17: providers.openai.rate_limit: is not a rate (value 'many'); allowed: a rate such as 10/s, 1000/min, 5/h, 1/day or 100/15min",
            "edge.yaml:11:14: providers.openai.enabled: is neither true nor false (value 'yes'); allowed: true or false",
            "edge.yaml:13:21: routing.default_provider: names a provider that does not exist (value 'openia'); did you mean 'openai'?; allowed: openai",
            "edge.yaml:15:25: caching.similarity_threshold: is out of range (value '1.5'); allowed: a number from 0 to 1",
            "edge.yaml:17:14: monitoring.log_level: is unknown (value 'warning'); did you mean 'warn'?; allowed: trace, debug, info, warn, error",
            "edge.yaml:19:21: limits.max_cost_per_day: is not an amount of money (value '-1'); allowed: an amount in US dollars such as 0.10, 100 or $5",
        ],
        Errors("""
            sever:
              listen: 1
            server:
              max_body_size: 10M
              header_timeout: 10
              max_json_depth:  1000
            providers:
              openai:
                tiemout: 5s
                rate_limit: many
                enabled: yes
            routing:
              default_provider: openia
            caching:
              similarity_threshold: 1.5
            monitoring:
              log_level: warning
            limits:
              max_cost_per_day: -1
            """));

    [Theory]
    [InlineData("server: {zzzzzzzz: 1}", "edge.yaml:1:10: server.zzzzzzzz: unknown key 'zzzzzzzz'; allowed: listen, tls, trusted_proxies, max_body_size, max_upload_size, max_json_depth, max_header_size, max_header_count, header_timeout, body_timeout, keep_alive_timeout, stream_keep_alive, slow_client_timeout, max_connections, max_concurrent_requests, max_streams_per_connection, shutdown_timeout, shutdown_delay, reuse_port")]
    [InlineData("zzzzzzzz: 1", "edge.yaml:1:1: zzzzzzzz: unknown key 'zzzzzzzz'; allowed: gateway, server, admin, auth, upstream, providers, models, prices, routing, translation, security, guard, caching, monitoring, limits, budgets, tenants, stores, ledger, audit")]
    [InlineData("server: {max-body-size: 1MiB}", "edge.yaml:1:10: server.max-body-size: unknown key 'max-body-size'; did you mean 'max_body_size'?")]
    [InlineData("server: {max_body_size: 1MiB, maxBodySize: 2MiB}", "edge.yaml:1:31: server.maxBodySize: sets the same as 'max_body_size' at line 1")]
    [InlineData("routing: {retry: {base_delay: 2s, max_delay: 1s}}", "edge.yaml:1:46: routing.retry.max_delay: is less than routing.retry.base_delay")]
    [InlineData("server: []", "edge.yaml:1:9: server: is a list; allowed: a map with the keys listen, tls, trusted_proxies, max_body_size, max_upload_size, max_json_depth, max_header_size, max_header_count, header_timeout, body_timeout, keep_alive_timeout, stream_keep_alive, slow_client_timeout, max_connections, max_concurrent_requests, max_streams_per_connection, shutdown_timeout, shutdown_delay, reuse_port")]
    [InlineData("server: {max_connections: {a: 1}}", "edge.yaml:1:27: server.max_connections: is a map; allowed: a whole number from 0 to 2147483647")]
    [InlineData("server: {max_connections: 1.5}", "edge.yaml:1:27: server.max_connections: is not a whole number (value '1.5'); allowed: a whole number from 0 to 2147483647")]
    [InlineData("server: {max_connections: 99999999999999999999}", "edge.yaml:1:27: server.max_connections: is out of range (value '99999999999999999999'); allowed: a whole number from 0 to 2147483647")]
    [InlineData("server: {listen: []}", "edge.yaml:1:18: server.listen: is empty; allowed: at least one value")]
    [InlineData("server: {listen: {}}", "edge.yaml:1:18: server.listen: is a map; allowed: address, or a list")]
    [InlineData("server: {listen: ['*:80', '*:80']}", "edge.yaml:1:27: server.listen[1]: is listed twice (value '*:80')")]
    [InlineData("server: {listen: ['*:80', '127.0.0.1:80']}", "edge.yaml:1:27: server.listen[1]: cannot listen on the same address as server.listen[0] (value '127.0.0.1:80' and '*:80')")]
    [InlineData("server: {listen: '127.0.0.1:8081'}", "edge.yaml:1:18: server.listen: cannot listen on the same address as admin.listen (value '127.0.0.1:8081' and '127.0.0.1:8081')")]
    [InlineData("server: {tls: {cert: /c.pem}}", "edge.yaml:1:15: server.tls: has no key; allowed: cert and key together")]
    [InlineData("server: {tls: {client_ca: /c.pem, key: /k.pem}}", "edge.yaml:1:15: server.tls: has no cert; allowed: cert and key together")]
    [InlineData("auth: {api_keys: k}", "edge.yaml:1:18: auth.api_keys: is text; allowed: a list of keys")]
    [InlineData("auth: {api_keys: [~]}", "edge.yaml:1:19: auth.api_keys[0]: holds no key")]
    [InlineData("auth: {api_keys: [{key: k, guard: strikt}]}\nguard: {policies: {strict: {}}}", "edge.yaml:1:35: auth.api_keys[0].guard: names a policy that does not exist (value 'strikt'); did you mean 'strict'?; allowed: strict")]
    [InlineData("guard: {pii: {actions: {EMAIL_ADRESS: block}}}", "edge.yaml:1:39: guard.pii.actions.EMAIL_ADRESS: 'EMAIL_ADRESS' is no entity; did you mean 'EMAIL_ADDRESS'?; allowed: an entity of docs/guard.md or a custom detector")]
    [InlineData("guard: {pii: {action: hide}}", "edge.yaml:1:23: guard.pii.action: is unknown (value 'hide'); allowed: allow, flag, mask, hash, redact, tokenize, block")]
    [InlineData("guard: {pii: {output_action: tokenize}}", "edge.yaml:1:30: guard.pii.output_action: is unknown (value 'tokenize'); allowed: allow, flag, mask, redact, block")]
    [InlineData("guard: {moderation: {action: block}}", "edge.yaml:1:30: guard.moderation.action: asks for a service, and there is no url")]
    [InlineData("auth: {api_keys: [same, same]}", "edge.yaml:1:25: auth.api_keys[1]: is listed twice")]
    [InlineData("providers: [a]", "edge.yaml:1:12: providers: is a list; allowed: a map of provider names to sections")]
    [InlineData("providers: {a/b: {url: 'http://h'}}", "edge.yaml:1:13: providers.a/b: 'a/b' is no name for a provider; allowed: letters, digits, '_', '-' and '.', at most 64")]
    [InlineData("providers: {antropic: {}}", "edge.yaml:1:23: providers.antropic: 'antropic' is no known type of provider (did you mean 'anthropic'?); allowed: a type, or a url of something compatible with OpenAI")]
    [InlineData("providers: {mine: {type: openai_compatible}}", "edge.yaml:1:19: providers.mine: type 'openai_compatible' needs a url")]
    [InlineData("providers: {p: {url: 'ftp://h'}}", "edge.yaml:1:22: providers.p.url: is not an absolute http or https url (value 'ftp://h'); allowed: an absolute http or https url without user, query or fragment")]
    [InlineData("providers: {p: {url: '/v1'}}", "edge.yaml:1:22: providers.p.url: is not an absolute http or https url (value '/v1'); allowed: an absolute http or https url without user, query or fragment")]
    [InlineData("providers: {p: {url: 'http://h/?a=b'}}", "edge.yaml:1:22: providers.p.url: has a query or a fragment (value 'http://h/?***'); allowed: an absolute http or https url without user, query or fragment")]
    [InlineData("providers: {ollama: {models: [a, a]}}", "edge.yaml:1:34: providers.ollama.models[1]: is listed twice (value 'a')")]
    [InlineData("providers: {ollama: {models: [[a]]}}", "edge.yaml:1:31: providers.ollama.models[0]: is a list; allowed: text that is not empty")]
    [InlineData("providers: {ollama: {headers: {Host: h}}}", "edge.yaml:1:32: providers.ollama.headers.Host: is written by the gateway itself; not allowed: host, content-length, transfer-encoding, connection, keep-alive, upgrade, te, trailer, proxy-connection, expect, content-encoding")]
    [InlineData("providers: {ollama: {headers: {'a b': h}}}", "edge.yaml:1:32: providers.ollama.headers.a b: is not the name of a header")]
    [InlineData("providers: {openai: {organization: \"a\\r\\nb\"}}", "edge.yaml:1:36: providers.openai.organization: holds a control character (value 'a\\u000D\\u000Ab'); allowed: text of visible ASCII characters")]
    [InlineData("providers: {openai: {project: \u00e9}}", "edge.yaml:1:31: providers.openai.project: holds a character that no header may carry (value '\u00e9'); allowed: text of visible ASCII characters")]
    [InlineData("providers: {anthropic: {anthropic_version: ''}}", "edge.yaml:1:44: providers.anthropic.anthropic_version: is empty (value ''); allowed: text of visible ASCII characters")]
    [InlineData("routing: {fallback_chain: [openai, simulater]}\nproviders: {openai: {}, simulator: {}}", "edge.yaml:1:36: routing.fallback_chain[1]: names a provider that does not exist (value 'simulater'); did you mean 'simulator'?; allowed: openai, simulator")]
    [InlineData("routing: {fallback_chain: [openai, openai]}", "edge.yaml:1:36: routing.fallback_chain[1]: is listed twice (value 'openai')")]
    [InlineData("models: {aliases: {a: b, b: c, c: a, d: a}}\nproviders: {simulator: }", "edge.yaml:1:23: models.aliases.a: leads back to itself: a -> b -> c -> a")]
    [InlineData("models: {aliases: {fast: ollama/lama}}\nproviders: {ollama: {models: [llama]}}", "edge.yaml:1:26: models.aliases.fast: names a model that 'ollama' does not list (value 'ollama/lama'); did you mean 'llama'?; allowed: llama")]
    [InlineData("models: {aliases: {fast: lama}}\nproviders: {ollama: {models: [llama]}}", "edge.yaml:1:26: models.aliases.fast: resolves to no model (value 'lama'); did you mean 'llama'?; allowed: provider/model, a model that a provider lists, or an alias")]
    [InlineData("models: {aliases: {fast: 'ollama/'}}\nproviders: {ollama: }", "edge.yaml:1:26: models.aliases.fast: names no model after the provider (value 'ollama/')")]
    [InlineData("caching: {ttl: 9000d}", "edge.yaml:1:16: caching.ttl: is out of range (value '9000d'); allowed: a duration such as 250ms, 30s, 5m, 1h30m or 1d, or a number of seconds, up to 365d")]
    [InlineData("caching: {similarity_threshold: NaN}", "edge.yaml:1:33: caching.similarity_threshold: is not a number (value 'NaN'); allowed: a number from 0 to 1")]
    [InlineData("caching: {mode: semantic, similarity_threshold: 0.9}", "edge.yaml:1:49: caching.similarity_threshold: is so low that prompts which ask for different things share answers; allowed: a number from 0.92 to 1, or any with allow_low_threshold: true")]
    [InlineData("limits: {max_tokens_per_request: 0}", "edge.yaml:1:34: limits.max_tokens_per_request: is out of range (value '0'); allowed: a whole number, at least 1")]
    [InlineData("gateway: {version: '${VERSION}'}", "edge.yaml:1:20: gateway.version: the variable VERSION is not set; set it, or give a default: ${VERSION:-...}")]
    [InlineData("auth: {api_keys: ['${KEY}']}", "edge.yaml:1:19: auth.api_keys[0]: the variable KEY is not set; set it, or give a default: ${KEY:-...}")]
    [InlineData("auth: {api_keys: ['${KEY:-}']}", "edge.yaml:1:19: auth.api_keys[0]: is empty; allowed: text of visible ASCII characters, best as ${NAME} or ${file:/path}")]
    [InlineData("gateway: {version: '${VERSION'}", "edge.yaml:1:20: gateway.version: holds '${' without its '}'; for a literal '${' write '$${'")]
    [InlineData("gateway: {version: '${file:}'}", "edge.yaml:1:20: gateway.version: holds '${file:}' without a path")]
    [InlineData("gateway: {version: '${file:/none}'}", "edge.yaml:1:20: gateway.version: cannot read the file '/none' (there is no such file)")]
    [InlineData("gateway: {version: '${a-b}'}", "edge.yaml:1:20: gateway.version: holds '${...}' with something other than a variable's name; allowed: ${NAME}, ${NAME:-default}, ${file:/path}, and $${ for a literal ${")]
    public void A_mistake_is_told_with_its_place_and_what_is_allowed(string yaml, string error) => Assert.Equal([error], Errors(yaml));

    [Theory]
    [InlineData("5s-secret", "timeout: ${SECRET}")]
    [InlineData("secret", "enabled: ${SECRET}")]
    [InlineData("secret", "url: 'ftp://${SECRET}'")]
    [InlineData("secret", "url: 'ftp://user:secret@host'")]
    [InlineData("secret\u0001", "api_key: ${SECRET}")]
    [InlineData("secret", "api_key: 'gehe\u00edm secret'")]
    [InlineData("secret", "api_key: {secret: 1}")]
    [InlineData("secret", "api_key: ['secret']")]
    [InlineData("secret", "api_key: '${secret-key}'")]
    [InlineData("secret", "headers: {Authorization: 'sec\u00e9 secret'}")]
    [InlineData("secret", "headers: 'secret'")]
    [InlineData("secret", "tls: 'secret'")]
    [InlineData("secret", "rate_limit: ${file:/key-file}")]
    public void No_error_shows_a_secret(string secret, string line)
    {
        var env = new FakeEnvironment().With("SECRET", secret).WithFile("/key-file", "the-secret-content\n");
        var errors = Errors("providers:\n  ollama:\n    " + line, env);
        Assert.NotEmpty(errors);
        Assert.All(errors, error =>
        {
            Assert.StartsWith("edge.yaml:3:", error, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", error.Replace("list of secret", "", StringComparison.Ordinal).Replace("map of header to secret", "", StringComparison.Ordinal), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_reference_that_yaml_takes_for_a_map_is_explained() =>
        Assert.EndsWith("(a ${...} inside {...} or [...] needs quotes around it)", Assert.Single(Errors("gateway: {\n  version: ${VERSION}}")), StringComparison.Ordinal);

    [Fact]
    public void A_key_where_a_provider_should_stand_is_not_shown()
    {
        var error = Assert.Single(Errors("providers:\n  openai: sk-hidden\n"));
        Assert.StartsWith("edge.yaml:2:11: providers.openai: is text; allowed: a map with the keys type, ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-hidden", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_stays_on_one_line_of_bounded_length()
    {
        var error = Assert.Single(Errors("gateway: {\"a\\nb\\u202E" + new string('x', 5000) + "\": 1}"));
        Assert.DoesNotContain('\n', error);
        Assert.DoesNotContain('\u202E', error);
        Assert.InRange(error.Length, 50, 400);
    }
}
