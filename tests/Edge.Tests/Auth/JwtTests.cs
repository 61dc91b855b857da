using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Edge.Auth;
using Edge.Tenancy;
using Edge.Tests.Configuration;
using Edge.Tests.Simulator;

namespace Edge.Tests.Auth;

/// <summary>Step 1 with signed tokens, from an issuer on loopback.</summary>
public sealed class JwtTests : IDisposable
{
    private readonly FakeIssuer _issuer = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _issuer.Dispose();

    private AuthKit Kit(string jwt = "claims: {organisation: org}", string tenants = "acme: {}", string auth = "") =>
        new($"tenants: {{{tenants}}}\nauth: {{{(auth.Length > 0 ? auth + ", " : "")}jwt: {{corp: {{issuer: '{_issuer.Url}', audiences: [edge, other]{(jwt.Length > 0 ? ", " + jwt : "")}}}}}}}", time: _time);

    private JsonObject Right => _issuer.Right(_time.GetUtcNow());

    private JsonObject With(string claim, JsonNode? value)
    {
        var claims = Right;
        claims[claim] = value;
        return claims;
    }

    private static async Task RefusedAsync(AuthKit kit, string token, string says, int status = 401, string code = "INVALID_TOKEN")
    {
        var sent = await kit.ChatAsync(token);
        Assert.Contains(says, sent.WrittenText, StringComparison.Ordinal);
        Assert.Equal(status, sent.StatusCode);
        Assert.Contains($"\"{code}\"", sent.WrittenText, StringComparison.Ordinal);
        Assert.Empty(kit.Kit.Called);
        // Nothing of a token comes back: it may be right elsewhere.
        if (token.Length > 20) Assert.DoesNotContain(token[^20..], sent.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RS256", "rsa-1")]
    [InlineData("RS384", "rsa-1")]
    [InlineData("RS512", "rsa-1")]
    [InlineData("PS256", "rsa-1")]
    [InlineData("PS384", "rsa-1")]
    [InlineData("PS512", "rsa-1")]
    [InlineData("ES256", "ec-1")]
    [InlineData("RS256", null)]
    [InlineData("ES256", null)]
    public async Task A_token_is_taken_by_discovery(string algorithm, string? kid)
    {
        var kit = Kit();
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right, algorithm, kid))).StatusCode);
        var caller = kit.LastCaller();
        Assert.Equal((CallerKind.Jwt, $"{_issuer.Url}|ann", "ann"), (caller.Kind, caller.Id, caller.Name));
        Assert.Equal(["acme", "acme/user:ann"], caller.Tenants.Select(tenant => tenant.Path));
        Assert.NotEqual(0UL, caller.Scope);
    }

    [Fact]
    public async Task Keys_may_stand_in_the_configuration_and_secrets_too()
    {
        var jwks = new JsonObject { ["keys"] = new JsonArray(_issuer.Keys[0].DeepClone()) }.ToJsonString();
        Assert.Equal(200, (await Kit($"organisation: acme, keys: '{jwks}'").ChatAsync(_issuer.Sign(Right))).StatusCode);
        const string Secret = "0123456789abcdef0123456789abcdef";
        var kit = Kit($"organisation: acme, secret: {Secret}");
        Assert.Equal(200, (await kit.ChatAsync(FakeIssuer.Hmac(Right, Encoding.UTF8.GetBytes(Secret)))).StatusCode);
        Assert.Equal(401, (await kit.ChatAsync(FakeIssuer.Hmac(Right, Encoding.UTF8.GetBytes(Secret + "x")))).StatusCode);
        Assert.Equal(401, (await kit.ChatAsync(_issuer.Sign(Right))).StatusCode);
        Assert.Equal(0, _issuer.Asked);
    }

    [Fact]
    public async Task What_the_token_says_is_checked()
    {
        var now = _time.GetUtcNow();
        await RefusedAsync(Kit(), _issuer.Sign(With("exp", now.AddSeconds(-61).ToUnixTimeSeconds())), "expired");
        await RefusedAsync(Kit(), _issuer.Sign(With("exp", null)), "until when");
        await RefusedAsync(Kit(), _issuer.Sign(With("exp", "9999999999")), "until when");
        await RefusedAsync(Kit(), _issuer.Sign(With("exp", 1e300)), "until when");
        await RefusedAsync(Kit(), _issuer.Sign(With("nbf", now.AddSeconds(90).ToUnixTimeSeconds())), "not valid yet");
        await RefusedAsync(Kit(), _issuer.Sign(With("nbf", "soon")), "not valid yet");
        await RefusedAsync(Kit(), _issuer.Sign(With("iat", now.AddHours(1).ToUnixTimeSeconds())), "in the future");
        await RefusedAsync(Kit(), _issuer.Sign(With("aud", "elsewhere")), "another audience");
        await RefusedAsync(Kit(), _issuer.Sign(With("aud", null)), "another audience");
        await RefusedAsync(Kit(), _issuer.Sign(With("aud", new JsonArray("a", "b"))), "another audience");
        await RefusedAsync(Kit(), _issuer.Sign(With("iss", "https://evil.example")), "issuer is not known");
        await RefusedAsync(Kit(), _issuer.Sign(With("iss", _issuer.Url + "/")), "issuer is not known");
        await RefusedAsync(Kit(), _issuer.Sign(With("sub", null)), "no subject");
        await RefusedAsync(Kit(), _issuer.Sign(With("org", null)), "'org'");
        await RefusedAsync(Kit(), _issuer.Sign(With("org", new JsonArray("acme"))), "'org'");
        await RefusedAsync(Kit("claims: {organisation: org}, required_claims: {tier: gold}"), _issuer.Sign(With("tier", "goldish")), "'tier'");
        Assert.Equal(200, (await Kit().ChatAsync(_issuer.Sign(With("aud", new JsonArray("a", "edge"))))).StatusCode);
        Assert.Equal(200, (await Kit().ChatAsync(_issuer.Sign(With("exp", now.AddSeconds(-59).ToUnixTimeSeconds())))).StatusCode);
        Assert.Equal(200, (await Kit("claims: {organisation: org}, required_claims: {tier: gold}").ChatAsync(_issuer.Sign(With("tier", new JsonArray("x", "gold"))))).StatusCode);
    }

    [Fact]
    public async Task No_header_chooses_how_the_token_is_checked()
    {
        await RefusedAsync(Kit(), _issuer.Sign(Right, "none"), "form");
        await RefusedAsync(Kit(), _issuer.Sign(Right, "nOnE", null) + "AAAA", "algorithm");
        await RefusedAsync(Kit("claims: {organisation: org}, algorithms: [ES256]"), _issuer.Sign(Right), "algorithm");
        // The public key as a secret.
        foreach (var key in new[] { _issuer.RsaKey.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(_issuer.RsaKey.ExportSubjectPublicKeyInfoPem()), _issuer.RsaKey.ExportRSAPublicKey() })
        {
            await RefusedAsync(Kit(), FakeIssuer.Hmac(Right, key, "rsa-1"), "algorithm");
        }
        // Keys that the token brings along.
        using var own = RSA.Create(2048);
        await RefusedAsync(Kit(), _issuer.Sign(Right, header: head => head["jwk"] = FakeIssuer.Rsa("rsa-1", own), with: own), "signature");
        await RefusedAsync(Kit(), _issuer.Sign(Right, kid: "mine", header: head => head["jku"] = _issuer.Url + "/keys", with: own), "does not publish");
        foreach (var kid in new[] { "../../dev/null", "' OR 1=1 --", "ec-1", "", "RSA-1" }) await RefusedAsync(Kit(), _issuer.Sign(Right, kid: kid), "does not publish");
        await RefusedAsync(Kit(), _issuer.Sign(Right, header: head => head["kid"] = new JsonArray("rsa-1")), "no valid key");
        await RefusedAsync(Kit(), _issuer.Sign(Right, header: head => head["kid"] = new string('k', 300)), "no valid key");
        await RefusedAsync(Kit(), _issuer.Sign(Right, header: head => head["crit"] = new JsonArray("exp")), "extension");
        await RefusedAsync(Kit(), _issuer.Sign(Right, header: head => head["zip"] = "DEF"), "extension");
        await RefusedAsync(Kit(), _issuer.Sign(Right, header: head => head["typ"] = "logout+jwt"), "type");
        Assert.Equal(200, (await Kit().ChatAsync(_issuer.Sign(Right, header: head => head["typ"] = "at+jwt"))).StatusCode);
    }

    [Fact]
    public async Task A_token_that_was_touched_is_refused()
    {
        var token = _issuer.Sign(Right);
        var parts = token.Split('.');
        var payload = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(With("sub", "root").ToJsonString()));
        await RefusedAsync(Kit(), $"{parts[0]}.{payload}.{parts[2]}", "signature");
        await RefusedAsync(Kit(), $"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}", "signature");
        await RefusedAsync(Kit(), $"{parts[0]}.{parts[1]}.", "form");
        await RefusedAsync(Kit(), $"{parts[0]}.{parts[1]}.{parts[2]}.x", "form");
        await RefusedAsync(Kit(), $"{parts[0]}..{parts[2]}", "form");
        await RefusedAsync(Kit(), $"{parts[0]}.{parts[1]}!.{parts[2]}", "form");
        // After the right one, which is known by now.
        var kit = Kit();
        Assert.Equal(200, (await kit.ChatAsync(token)).StatusCode);
        Assert.Equal(401, (await kit.ChatAsync(token[..^2] + (token[^2] == 'A' ? 'B' : 'A') + token[^1])).StatusCode);
        Assert.Equal(401, (await kit.ChatAsync($"{parts[0]}.{payload}.{parts[2]}")).StatusCode);
    }

    [Theory]
    [InlineData("{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"rsa-1\"}", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("\"x\"", null)]
    [InlineData("{\"alg\":42}", null)]
    [InlineData("{}", null)]
    [InlineData(null, "[]")]
    [InlineData(null, "{\"iss\":\"x\",\"iss\":\"y\"}")]
    [InlineData(null, "{\"iss\":42}")]
    [InlineData(null, "null")]
    public async Task A_token_of_another_form_is_refused(string? header, string? payload)
    {
        var token = _issuer.Sign(header ?? "{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}", payload ?? Right.ToJsonString(), "RS256");
        Assert.Equal(401, (await Kit().ChatAsync(token)).StatusCode);
    }

    [Fact]
    public async Task Deep_long_and_odd_tokens_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40);
        await RefusedAsync(Kit(), _issuer.Sign("{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}", deep, "RS256"), "form");
        await RefusedAsync(Kit(), _issuer.Sign(With("x", new string('x', 20_000))), "longer");
        Assert.Equal(200, (await Kit().ChatAsync(_issuer.Sign(With("x", new string('x', 8_000))))).StatusCode);
        await RefusedAsync(Kit(), "eyJ.eyJ.eyJ", "form");
        await RefusedAsync(Kit(), "eyJé.eyJ.eyJ", "form");
        await RefusedAsync(Kit(), "eyJ..", "form");
        // Five parts: encrypted, which nobody here can open.
        await RefusedAsync(Kit(), "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", "form");
        var two = await Kit().Kit.SendAsync("""{"model":"m","messages":[{"role":"user","content":"x"}]}""", transport => transport.RequestHeaders.Authorization = new(["Bearer " + _issuer.Sign(Right), "Bearer " + _issuer.Sign(Right)]));
        Assert.Equal(401, two.StatusCode);
    }

    [Fact]
    public async Task A_token_is_known_again_until_it_ends()
    {
        var kit = Kit();
        var token = _issuer.Sign(Right);
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await kit.ChatAsync(token)).StatusCode);
        Assert.Equal(1, _issuer.Asked);
        _time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(59));
        Assert.Equal(200, (await kit.ChatAsync(token)).StatusCode);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, (await kit.ChatAsync(token)).StatusCode);
    }

    [Fact]
    public async Task A_known_token_is_found_without_allocation()
    {
        var kit = Kit();
        var token = _issuer.Sign(Right);
        await kit.ChatAsync(token);
        var tokens = new JwtTokens(_time);
        var tenancy = kit.Kit.State.Current.Tenancy;
        Assert.NotNull((await tokens.VerifyAsync(tenancy, token)).Token);
        for (var i = 0; i < 100; i++) _ = tokens.Known(tenancy, token)!.In(tenancy);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _ = tokens.Known(tenancy, token)!.In(tenancy);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_fetched_when_a_token_names_it_and_not_more_often_than_that()
    {
        var kit = Kit(auth: "max_failures_per_minute: 0");
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right))).StatusCode);
        using var next = RSA.Create(2048);
        _issuer.Keys.Add(FakeIssuer.Rsa("rsa-2", next));
        // Too early: whoever invents keys must not make the gateway ask.
        Assert.Equal(401, (await kit.ChatAsync(_issuer.Sign(Right, kid: "rsa-2", with: next))).StatusCode);
        for (var i = 0; i < 50; i++) Assert.Equal(401, (await kit.ChatAsync(_issuer.Sign(Right, kid: "invented-" + i, with: next))).StatusCode);
        Assert.Equal(1, _issuer.Asked);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right, kid: "rsa-2", with: next))).StatusCode);
        Assert.Equal(2, _issuer.Asked);
    }

    [Fact]
    public async Task A_key_that_the_issuer_takes_back_ends_the_tokens_that_it_signed()
    {
        var kit = Kit();
        var token = _issuer.Sign(Right);
        Assert.Equal(200, (await kit.ChatAsync(token)).StatusCode);
        _issuer.Keys.RemoveAt(0);
        _time.Advance(TimeSpan.FromSeconds(11));
        var source = kit.Kit.State.Current.Tenancy.Issuers[0].Source;
        await source.RefreshAsync(isForced: true);
        Assert.Equal(401, (await kit.ChatAsync(token)).StatusCode);
    }

    [Fact]
    public async Task While_the_issuer_is_away_what_was_good_last_stays_and_without_that_clients_are_told_to_come_again()
    {
        _issuer.IsDown = true;
        var kit = Kit();
        var early = await kit.ChatAsync(_issuer.Sign(Right));
        Assert.Equal(503, early.StatusCode);
        Assert.Contains("IDENTITY_UNAVAILABLE", early.WrittenText, StringComparison.Ordinal);
        Assert.NotEmpty(early.ResponseHeaders.RetryAfter.ToString());
        // What is wrong whatever the keys are is said at once.
        Assert.Equal(401, (await kit.ChatAsync(_issuer.Sign(With("aud", "x")))).StatusCode);
        _issuer.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right))).StatusCode);
        _issuer.IsDown = true;
        _time.Advance(TimeSpan.FromHours(2));
        var source = kit.Kit.State.Current.Tenancy.Issuers[0].Source;
        source.Tick();
        await source.RefreshAsync();
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right))).StatusCode);
    }

    [Fact]
    public async Task A_discovery_document_of_somebody_else_is_not_believed()
    {
        _issuer.Claims = "https://evil.example";
        Assert.Equal(503, (await Kit().ChatAsync(_issuer.Sign(Right))).StatusCode);
    }

    [Fact]
    public async Task A_set_of_keys_that_is_useless_replaces_no_good_one()
    {
        var kit = Kit();
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right))).StatusCode);
        using var small = RSA.Create(1024);
        _issuer.Keys.Clear();
        _issuer.Keys.Add(FakeIssuer.Rsa("rsa-1", small));
        _issuer.Keys.Add(new JsonObject { ["kty"] = "oct", ["kid"] = "rsa-1", ["k"] = Base64Url.EncodeToString("0123456789abcdef0123456789abcdef"u8) });
        await kit.Kit.State.Current.Tenancy.Issuers[0].Source.RefreshAsync(isForced: true);
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(Right))).StatusCode);
    }

    [Fact]
    public async Task Claims_lead_to_tenants_and_narrow_them()
    {
        var kit = Kit("claims: {organisation: 'https://acme.example/org', team: realm.team, user: email, roles: realm.roles, models: models, scopes: scope}", "acme: {allowed_models: ['gpt-*'], teams: {core: {}}}");
        var claims = Right;
        claims["https://acme.example/org"] = "acme";
        claims["realm"] = new JsonObject { ["team"] = "core", ["roles"] = new JsonArray("dev", 1, "ops") };
        claims["email"] = "ann@acme.example";
        claims["models"] = new JsonArray("gpt-4o", "claude");
        claims["scope"] = "openid edge:chat files";
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(claims))).StatusCode);
        var caller = kit.LastCaller();
        Assert.Equal(["acme", "acme/team:core", "acme/team:core/user:ann@acme.example"], caller.Tenants.Select(tenant => tenant.Path));
        Assert.Equal(["dev", "ops"], caller.Roles);
        Assert.Equal(403, (await kit.ChatAsync(_issuer.Sign(claims), "gpt-5")).StatusCode);
        Assert.Equal(403, (await kit.ChatAsync(_issuer.Sign(claims), "claude")).StatusCode);
        Assert.Equal(403, (await kit.SendAsync(_issuer.Sign(claims), """{"model":"gpt-4o","input":"x"}""", path: "/v1/embeddings")).StatusCode);
        // The organisation has not been given what its provider's account shares.
        Assert.Equal(403, (await kit.SendAsync(_issuer.Sign(claims), "", path: "/v1/files", method: "GET")).StatusCode);
        claims.Remove("scope");
        Assert.Equal(403, (await kit.ChatAsync(_issuer.Sign(claims))).StatusCode);
        claims["scope"] = "chat";
        claims.Remove("models");
        Assert.Equal(403, (await kit.ChatAsync(_issuer.Sign(claims))).StatusCode);
    }

    [Theory]
    [InlineData("users", "acme", null, "zoe", 200)]
    [InlineData("users", "globex", null, "zoe", 403)]
    [InlineData("users", "acme", "nowhere", "zoe", 403)]
    [InlineData("refuse", "acme", "core", "ann", 200)]
    [InlineData("refuse", "acme", "core", "zoe", 403)]
    [InlineData("create", "globex", "new", "zoe", 200)]
    [InlineData("users", "acme/team:core", null, "zoe", 403)]
    [InlineData("users", "acme", "core/user:ann", "zoe", 403)]
    public async Task Tenants_that_only_a_token_names(string unknown, string organisation, string? team, string user, int status)
    {
        var kit = Kit($"claims: {{organisation: org, team: team, user: user}}, unknown: {unknown}", "acme: {teams: {core: {users: {ann: {}}}}}");
        var claims = Right;
        (claims["org"], claims["user"]) = (organisation, user);
        if (team is not null) claims["team"] = team;
        Assert.Equal(status, (await kit.ChatAsync(_issuer.Sign(claims))).StatusCode);
    }

    [Fact]
    public async Task No_claim_leads_into_somebody_elses_path()
    {
        var kit = Kit("claims: {organisation: org, team: team, user: user}, unknown: create", "acme: {teams: {core: {users: {ann: {}}}}}");
        foreach (var (organisation, team, user) in new[] { ("acme/team:core", (string?)null, "ann"), ("x", "y/user:ann", "z"), ("acme", null, "../team:core/user:ann"), ("acme", "core/user:ann", "ann"), ("a%2Fb", null, "x") })
        {
            var claims = Right;
            (claims["org"], claims["team"], claims["user"]) = (organisation, team, user);
            Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(claims))).StatusCode);
            var tenants = kit.LastCaller().Tenants;
            Assert.Equal(team is null ? 2 : 3, tenants.Count);
            Assert.DoesNotContain(tenants, tenant => tenant.Path == "acme/team:core/user:ann");
            Assert.Equal(tenants.Count - 1, tenants[^1].Path.Count(letter => letter == '/'));
        }
        Assert.DoesNotContain(kit.Kit.State.Current.Tenancy.Tenants, tenant => tenant.Path.Contains('%', StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_flood_of_bad_tokens_waits_and_a_token_that_is_known_passes()
    {
        var kit = Kit(auth: "max_failures_per_minute: 5");
        var good = _issuer.Sign(Right);
        Assert.Equal(200, (await kit.ChatAsync(good)).StatusCode);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await kit.ChatAsync(_issuer.Sign(With("aud", "x" + i)))).StatusCode);
        Assert.Equal(429, (await kit.ChatAsync(_issuer.Sign(With("aud", "y")))).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync(good)).StatusCode);
        // A right one that nobody has seen waits too: to look at its signature is what the flood is after.
        Assert.Equal(429, (await kit.ChatAsync(_issuer.Sign(With("sub", "bob")))).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync(_issuer.Sign(With("sub", "bob")), from: "192.0.2.9")).StatusCode);
    }

    [Fact]
    public async Task Beside_tokens_anonymous_clients_are_refused_and_keys_are_taken()
    {
        var kit = Kit(auth: "api_keys: [k]");
        Assert.Equal(401, (await kit.ChatAsync(null)).StatusCode);
        Assert.Equal(401, (await kit.ChatAsync("x")).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync("k")).StatusCode);
    }

    [Theory]
    [InlineData("{audiences: [x]}", "has no issuer")]
    [InlineData("{issuer: 'https://id.example'}", "has no audiences")]
    [InlineData("{issuer: corp, audiences: [x]}", "is no url")]
    [InlineData("{issuer: 'http://id.example', audiences: [x]}", "without TLS")]
    [InlineData("{issuer: corp, audiences: [x], jwks_url: 'http://id.example/keys'}", "without TLS")]
    [InlineData("{issuer: corp, audiences: [x], secret: short}", "shorter than 32 bytes")]
    [InlineData("{issuer: corp, audiences: [x], secret: 0123456789abcdef0123456789abcdef, algorithms: [RS256]}", "need a key")]
    [InlineData("{issuer: 'https://id.example', audiences: [x], algorithms: [HS256]}", "need a secret")]
    [InlineData("{issuer: 'https://id.example', audiences: [x], algorithms: [none]}", "is unknown")]
    [InlineData("{issuer: 'https://id.example', audiences: [x], algorithms: [EdDSA]}", "is unknown")]
    [InlineData("{issuer: corp, audiences: [x], keys: '{}'}", "holds no key")]
    [InlineData("{issuer: corp, audiences: [x], keys: 'x'}", "is no JWKS")]
    [InlineData("{issuer: corp, audiences: [x], keys: '{}', secret: 0123456789abcdef0123456789abcdef}", "several sources")]
    [InlineData("{issuer: 'https://id.example', audiences: [x], organisation: nobody}", "names an organisation that does not exist")]
    [InlineData("{issuer: 'https://id.example', audiences: [x]}, b: {issuer: 'https://id.example', audiences: [x]}", "is the issuer of 'a' as well")]
    public void An_issuer_that_cannot_be_is_an_error_of_the_configuration(string jwt, string expected) =>
        Assert.Contains(new FakeEnvironment().Load($"auth: {{jwt: {{a: {jwt}}}}}").Errors, error => error.ToString().Contains(expected, StringComparison.Ordinal));
}
