using Edge.Auth;
using Edge.Tenancy;

namespace Edge.Tests.Auth;

/// <summary>Step 1 with keys.</summary>
public class KeyTests
{
    private static readonly string _key = VirtualKey.Create();

    [Fact]
    public async Task A_key_of_the_file_and_one_of_the_store_are_known()
    {
        var kit = new AuthKit("auth: {api_keys: [{key: of-the-file, name: file}]}", new StoredTenancy { Keys = [AuthKit.Key(_key)] });
        Assert.Equal(200, (await kit.ChatAsync("of-the-file")).StatusCode);
        Assert.Equal("file", kit.LastCaller().Name);
        Assert.Equal(200, (await kit.ChatAsync(_key)).StatusCode);
        Assert.Equal("key_01", kit.LastCaller().Id);
    }

    [Theory]
    [InlineData("Bearer ")]
    [InlineData("bearer  ")]
    public async Task The_scheme_is_of_any_case_and_space(string scheme)
    {
        var kit = new AuthKit("auth: {api_keys: [secret]}");
        var sent = await kit.Kit.SendAsync("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""", transport => transport.RequestHeaders.Authorization = scheme + "secret");
        Assert.Equal(200, sent.StatusCode);
    }

    [Theory]
    [InlineData("secre", 401)]
    [InlineData("secret2", 401)]
    [InlineData("SECRET", 401)]
    [InlineData("", 401)]
    [InlineData("secret,secret", 401)]
    [InlineData("\u0000", 401)]
    public async Task Another_text_is_nobodys(string presented, int status)
    {
        var kit = new AuthKit("auth: {api_keys: [secret]}");
        var sent = await kit.ChatAsync(presented);
        Assert.Equal(status, sent.StatusCode);
        Assert.Null(kit.Kit.SentBody);
        Assert.Equal("anonymous", kit.LastCaller().Id);
    }

    [Fact]
    public async Task Two_headers_are_no_key()
    {
        var kit = new AuthKit("auth: {api_keys: [secret]}");
        var sent = await kit.Kit.SendAsync("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""", transport => transport.RequestHeaders.Authorization = new(["Bearer secret", "Bearer secret"]));
        Assert.Equal(401, sent.StatusCode);
    }

    [Fact]
    public async Task A_key_of_any_length_is_answered()
    {
        var kit = new AuthKit("auth: {api_keys: [secret]}");
        foreach (var length in new[] { 1023, 1024, 1025, 100_000 }) Assert.Contains("INVALID_API_KEY", (await kit.ChatAsync(new string('k', length))).WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_a_coming_and_a_revoked_key_each_have_their_own_error()
    {
        var kit = new AuthKit("auth: {api_keys: [{key: old, expires_at: '1970-01-01'}, {key: new, not_before: '2099-01-01'}]}");
        var now = kit.Time.GetUtcNow();
        kit.Store(new StoredTenancy { Keys = [AuthKit.Key(_key) with { ExpiresAt = now.AddMinutes(1) }, AuthKit.Key("gone", "key_02") with { RevokedAt = now, ExpiresAt = now.AddYears(-1) }] });
        Assert.Contains("KEY_EXPIRED", (await kit.ChatAsync("old")).WrittenText, StringComparison.Ordinal);
        var coming = await kit.ChatAsync("new");
        Assert.Contains("KEY_NOT_YET_VALID", coming.WrittenText, StringComparison.Ordinal);
        Assert.Contains("2099-01-01T00:00:00Z", coming.WrittenText, StringComparison.Ordinal);
        Assert.Contains("KEY_REVOKED", (await kit.ChatAsync("gone")).WrittenText, StringComparison.Ordinal);
        Assert.Equal(200, (await kit.ChatAsync(_key)).StatusCode);
        kit.Time.Advance(TimeSpan.FromMinutes(1));
        var expired = await kit.ChatAsync(_key);
        Assert.Equal(401, expired.StatusCode);
        Assert.Contains("KEY_EXPIRED", expired.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_rotation_both_texts_are_valid_until_the_overlap_ends()
    {
        var kit = new AuthKit("");
        var next = VirtualKey.Create();
        kit.Store(new StoredTenancy { Keys = [AuthKit.Key(next) with { PreviousHash = KeyHasher.OfProcess.Hash(_key), PreviousUntil = kit.Time.GetUtcNow().AddHours(1) }] });
        Assert.Equal(200, (await kit.ChatAsync(_key)).StatusCode);
        Assert.Equal("key_01", kit.LastCaller().Id);
        Assert.Equal(200, (await kit.ChatAsync(next)).StatusCode);
        kit.Time.Advance(TimeSpan.FromHours(1));
        var late = await kit.ChatAsync(_key);
        Assert.Equal(401, late.StatusCode);
        Assert.Contains("replaced by a newer one", late.WrittenText, StringComparison.Ordinal);
        Assert.Equal(200, (await kit.ChatAsync(next)).StatusCode);
        // A revocation takes both, during the overlap too.
        kit.Store(new StoredTenancy { Keys = [AuthKit.Key(next) with { PreviousHash = KeyHasher.OfProcess.Hash(_key), PreviousUntil = kit.Time.GetUtcNow().AddHours(1), RevokedAt = kit.Time.GetUtcNow() }] });
        Assert.Contains("KEY_REVOKED", (await kit.ChatAsync(_key)).WrittenText, StringComparison.Ordinal);
        Assert.Contains("KEY_REVOKED", (await kit.ChatAsync(next)).WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_store_counts_for_the_next_request()
    {
        var kit = new AuthKit("");
        kit.Store(new StoredTenancy { Keys = [AuthKit.Key(_key)] });
        Assert.Equal(200, (await kit.ChatAsync(_key)).StatusCode);
        kit.Store(StoredTenancy.Empty);
        Assert.Equal(401, (await kit.ChatAsync(_key)).StatusCode);
        // And the last key's end opens the gateway to nobody.
        Assert.Equal(401, (await kit.ChatAsync(null)).StatusCode);
    }

    [Fact]
    public async Task Where_nothing_is_configured_anyone_may_call()
    {
        var kit = new AuthKit("");
        Assert.Equal(200, (await kit.ChatAsync(null)).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync("whatever")).StatusCode);
    }

    [Fact]
    public async Task Beside_keys_anonymous_clients_need_a_word_of_the_configuration()
    {
        Assert.Equal(401, (await new AuthKit("auth: {api_keys: [k]}").ChatAsync(null)).StatusCode);
        Assert.Equal(401, (await new AuthKit("auth: {anonymous: {enabled: false}}").ChatAsync(null)).StatusCode);
        var kit = new AuthKit("tenants: {guests: {}}\nauth: {api_keys: [k], anonymous: {enabled: true, organisation: guests, allowed_models: [small]}}");
        Assert.Equal(200, (await kit.ChatAsync(null, "small")).StatusCode);
        var caller = kit.LastCaller();
        Assert.Equal(["guests", "key:anonymous"], caller.Tenants.Select(tenant => tenant.Path));
        Assert.Equal(CallerKind.Anonymous, caller.Kind);
        Assert.Equal(403, (await kit.ChatAsync(null, "large")).StatusCode);
        // Whoever shows a key is held to it.
        Assert.Equal(401, (await kit.ChatAsync("wrong", "small")).StatusCode);
    }

    [Fact]
    public async Task A_flood_of_wrong_keys_is_told_to_wait_and_a_right_one_from_there_passes()
    {
        var kit = new AuthKit("auth: {api_keys: [right], max_failures_per_minute: 20}");
        for (var i = 0; i < 20; i++) Assert.Equal(401, (await kit.ChatAsync("wrong" + i)).StatusCode);
        var refused = await kit.ChatAsync("wrong");
        Assert.Equal(429, refused.StatusCode);
        Assert.Equal("3", refused.ResponseHeaders.RetryAfter);
        Assert.Contains("TOO_MANY_BAD_KEYS", refused.WrittenText, StringComparison.Ordinal);
        Assert.Equal(200, (await kit.ChatAsync("right")).StatusCode);
        Assert.Equal(401, (await kit.ChatAsync("wrong", from: "192.0.2.2")).StatusCode);
        kit.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(401, (await kit.ChatAsync("wrong")).StatusCode);
        Assert.Equal(429, (await kit.ChatAsync("wrong")).StatusCode);
    }

    [Fact]
    public async Task While_the_store_is_away_an_unknown_key_is_told_to_come_again_and_a_known_one_passes()
    {
        var freshness = new StoreFreshness();
        var kit = new AuthKit("", new StoredTenancy { Keys = [AuthKit.Key(_key)], Freshness = freshness });
        freshness.Set(false);
        Assert.Equal(200, (await kit.ChatAsync(_key)).StatusCode);
        var unknown = await kit.ChatAsync(VirtualKey.Create());
        Assert.Equal(503, unknown.StatusCode);
        Assert.NotEmpty(unknown.ResponseHeaders.RetryAfter.ToString());
        freshness.Set(true);
        Assert.Equal(401, (await kit.ChatAsync(VirtualKey.Create())).StatusCode);
    }

    [Fact]
    public async Task A_key_from_elsewhere_is_refused()
    {
        var kit = new AuthKit("tenants: {acme: {allowed_ips: [10.0.0.0/8]}}\nauth: {api_keys: [{key: k, organisation: acme, allowed_ips: [10.1.0.0/16, 192.0.2.0/24]}]}");
        Assert.Equal(200, (await kit.ChatAsync("k", from: "10.1.2.3")).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync("k", from: "::ffff:10.1.2.3")).StatusCode);
        // The key's own list cannot widen the organisation's.
        foreach (var from in new[] { "10.2.0.1", "192.0.2.1", "2001:db8::1" })
        {
            var sent = await kit.ChatAsync("k", from: from);
            Assert.Equal(403, sent.StatusCode);
            Assert.Contains("IP_NOT_ALLOWED", sent.WrittenText, StringComparison.Ordinal);
        }
        Assert.Equal(2, kit.Kit.SentBodies.Count);
    }

    [Theory]
    [InlineData("10.0.0.1", "10.9.9.9", true)]
    [InlineData("10.0.0.1", "203.0.113.7, 10.9.9.9", true)]
    [InlineData("10.0.0.1", "10.9.9.9, 203.0.113.7", false)]
    [InlineData("10.0.0.1", "10.9.9.9, 203.0.113.7, 10.0.0.2", false)]
    [InlineData("10.0.0.1", "10.9.9.9:4711", true)]
    [InlineData("10.0.0.1", "203.0.113.7, garbage", false)]
    [InlineData("10.0.0.1", "", false)]
    [InlineData("192.0.2.1", "10.9.9.9", false)]
    public async Task Behind_a_trusted_proxy_its_word_counts_and_nobody_elses(string peer, string forwarded, bool allowed)
    {
        var kit = new AuthKit("server: {trusted_proxies: [10.0.0.0/24]}\nauth: {api_keys: [{key: k, allowed_ips: [10.9.0.0/16]}]}");
        var sent = await kit.SendAsync("k", """{"model":"m","messages":[{"role":"user","content":"hi"}]}""", peer, configure: transport => transport.RequestHeaders["x-forwarded-for"] = forwarded);
        Assert.Equal(allowed ? 200 : 403, sent.StatusCode);
    }

    [Fact]
    public async Task The_operator_stops_a_key_of_the_store_or_an_organisation_by_name()
    {
        var kit = new AuthKit("tenants: {acme: {teams: {core: {}}}}\nauth: {api_keys: [{key: a, organisation: acme, team: core}, {key: b}]}", new StoredTenancy { Keys = [AuthKit.Key(_key)] });
        foreach (var (name, key) in new[] { ("acme", "a"), ("acme/team:core", "a"), ("key_01", _key), ("key:key_01", _key) })
        {
            await kit.Kit.Traffic.StopAsync(name, "test", endStreams: false);
            Assert.Equal(503, (await kit.ChatAsync(key)).StatusCode);
            Assert.Equal(200, (await kit.ChatAsync("b")).StatusCode);
            Assert.True(kit.Kit.Traffic.Lift(name));
            Assert.Equal(200, (await kit.ChatAsync(key)).StatusCode);
        }
    }

    [Fact]
    public async Task Errors_come_in_the_clients_dialect()
    {
        var kit = new AuthKit("auth: {api_keys: [{key: old, expires_at: '1970-01-01'}]}");
        var sent = await kit.SendAsync("old", """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}""", path: "/v1/messages");
        Assert.Equal(401, sent.StatusCode);
        Assert.Contains("\"type\":\"error\"", sent.WrittenText, StringComparison.Ordinal);
        Assert.Contains("authentication_error", sent.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Step_one_allocates_nothing_for_a_key()
    {
        var kit = new AuthKit("tenants: {acme: {}}\nauth: {api_keys: [{key: k, organisation: acme}]}");
        await kit.ChatAsync("k");
        Span<byte> hash = stackalloc byte[KeyHasher.Length];
        var tenancy = kit.Kit.State.Current.Tenancy;
        for (var i = 0; i < 100; i++) Find(tenancy, _key, hash);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Find(tenancy, _key, hash);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Find(TenancySnapshot tenancy, string key, Span<byte> hash)
        {
            if (VirtualKey.IsBroken(key) || !tenancy.Hasher.TryHash(key, hash) || tenancy.Keys.Find(hash) is not null) throw new InvalidOperationException();
        }
    }
}
