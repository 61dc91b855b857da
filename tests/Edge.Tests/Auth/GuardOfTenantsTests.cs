using Edge.Tenancy;
using Edge.Tests.Configuration;

namespace Edge.Tests.Auth;

/// <summary>The guard's policies and modes of a caller's levels: of each part the stricter.</summary>
public class GuardOfTenantsTests
{
    private const string Mail = "write to ann@example.org";

    private static Task<Pipeline.NullTransport> SayAsync(AuthKit kit, string key, string text) =>
        kit.SendAsync(key, $$"""{"model":"m","messages":[{"role":"user","content":"{{text}}"}]}""");

    [Theory]
    [InlineData("hipaa", true)]
    [InlineData("gdpr", true)]
    [InlineData("soc2", false)]
    [InlineData("none", false)]
    public async Task An_organisations_mode_holds_for_its_keys(string mode, bool isHidden)
    {
        var kit = new AuthKit($"tenants: {{acme: {{compliance_mode: {mode}, teams: {{core: {{compliance_mode: none}}}}}}}}\nauth: {{api_keys: [{{key: k, organisation: acme, team: core, compliance_mode: none}}, free]}}");
        await SayAsync(kit, "k", Mail);
        Assert.Equal(!isHidden, kit.Kit.SentBody!.Contains("ann@example.org", StringComparison.Ordinal));
        await SayAsync(kit, "free", Mail);
        Assert.Contains("ann@example.org", kit.Kit.SentBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_guards_own_policy_is_kept_under_a_mode()
    {
        // A mode adds: what the guard itself blocks, it still blocks.
        var kit = new AuthKit("tenants: {acme: {compliance_mode: soc2}}\nauth: {api_keys: [{key: k, organisation: acme}]}\nguard: {pii: {enabled: true, actions: {EMAIL_ADDRESS: block}}}");
        Assert.Equal(400, (await SayAsync(kit, "k", Mail)).StatusCode);
    }

    [Fact]
    public async Task A_level_below_cannot_choose_a_laxer_policy()
    {
        var kit = new AuthKit("""
            guard:
              policies:
                strict: {pii: {enabled: true, actions: {EMAIL_ADDRESS: block}, custom: {PROJECT: {literals: [bluebird]}}}, content: {categories: {secret: {literals: [moonbase]}}}, injection: {action: flag}}
                lax: {pii: {enabled: false}}
                other: {pii: {enabled: true, actions: {EMAIL_ADDRESS: allow, US_SSN: block}, custom: {TEAM: {literals: [redwood]}}}}
            tenants: {acme: {guard: strict}}
            auth: {api_keys: [{key: lax, organisation: acme, guard: lax}, {key: other, organisation: acme, guard: other}, {key: alone, guard: other}]}
            """);
        Assert.Equal(400, (await SayAsync(kit, "lax", Mail)).StatusCode);
        Assert.Equal(400, (await SayAsync(kit, "other", Mail)).StatusCode);
        Assert.Equal(400, (await SayAsync(kit, "other", "we build a moonbase")).StatusCode);
        // What either of them looks for is found.
        await SayAsync(kit, "other", "bluebird and redwood");
        Assert.DoesNotContain("bluebird", kit.Kit.SentBody, StringComparison.Ordinal);
        Assert.DoesNotContain("redwood", kit.Kit.SentBody, StringComparison.Ordinal);
        Assert.Equal(400, (await SayAsync(kit, "other", "my SSN is 536-90-4399")).StatusCode);
        // By itself the policy is what it says.
        Assert.Equal(200, (await SayAsync(kit, "alone", Mail)).StatusCode);
        Assert.Contains("ann@example.org", kit.Kit.SentBody, StringComparison.Ordinal);
    }

    [Fact]
    public void Callers_whose_levels_say_the_same_share_one_policy()
    {
        var kit = new AuthKit("tenants: {acme: {compliance_mode: gdpr}, globex: {compliance_mode: gdpr}}\nauth: {api_keys: [{key: a, organisation: acme}, {key: b, organisation: globex}, {key: c}]}");
        var keys = kit.Kit.State.Current.Tenancy.ConfigKeys;
        Assert.Same(keys[0].Guard, keys[1].Guard);
        Assert.Same(kit.Kit.State.Current.Guard, keys[2].Guard);
        kit.Store(new StoredTenancy { Keys = [AuthKit.Key("x")] });
        Assert.Same(keys[0].Guard, kit.Kit.State.Current.Tenancy.ConfigKeys[0].Guard);
    }

    [Theory]
    [InlineData("tenants: {acme: {guard: missing}}", "tenants.acme.guard")]
    [InlineData("tenants: {acme: {teams: {core: {guard: missing}}}}", "tenants.acme.teams.core.guard")]
    [InlineData("tenants: {acme: {teams: {core: {users: {ann: {guard: missing}}}}}}", "tenants.acme.teams.core.users.ann.guard")]
    public void A_policy_that_is_named_must_exist(string yaml, string path) =>
        Assert.StartsWith(path, Assert.Single(new FakeEnvironment().Load(yaml).Errors).Path, StringComparison.Ordinal);
}
