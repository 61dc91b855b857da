using System.Text.Json;
using Edge.Configuration;
using Edge.Tenancy;
using Edge.Tests.Configuration;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Auth;

/// <summary>What a caller may use: narrowed from level to level, held against the name that is asked for and against wherever that leads.</summary>
public class AccessTests
{
    private const string Providers = "\nproviders: {fake: {url: 'http://127.0.0.1:1', api_key: k}, other: {url: 'http://127.0.0.1:1', api_key: k}}";

    private static AuthKit Kit(string organisation, string more = "", string key = "", Func<string, string>? regionOf = null) =>
        new($"tenants: {{acme: {{{organisation}}}}}\nauth: {{api_keys: [{{key: k, organisation: acme{(key.Length > 0 ? ", " + key : "")}}}, {{key: free}}]}}\n{(more.Contains("routing:", StringComparison.Ordinal) ? more : more + "\nrouting: {default_provider: fake}")}", more: ["other"], regionOf: regionOf);

    private static async Task RefusedAsync(AuthKit kit, Func<AuthKit, Task<NullTransport>> send, string code, int status = 403)
    {
        var before = kit.Kit.Called.Count;
        var sent = await send(kit);
        Assert.Equal((status, before), (sent.StatusCode, kit.Kit.Called.Count));
        Assert.Contains($"\"{code}\"", sent.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt-4o", true)]
    [InlineData("gpt-4o-mini", true)]
    [InlineData("fake/gpt-4o", true)]
    [InlineData("other/gpt-4o", true)]
    [InlineData("claude-3", false)]
    [InlineData("GPT-4o", false)]
    [InlineData("xgpt-4o", false)]
    [InlineData("fake/claude", false)]
    [InlineData("fake/fake/gpt-4o", false)]
    [InlineData("gpt\\u002d4o", true)]
    [InlineData("claude\\u002d3", false)]
    public async Task Only_allowed_models_are_reached(string model, bool allowed)
    {
        var kit = Kit("allowed_models: ['gpt-4o*']");
        if (allowed) Assert.Equal(200, (await kit.ChatAsync("k", model)).StatusCode);
        else await RefusedAsync(kit, it => it.ChatAsync("k", model), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("free", model)).StatusCode);
    }

    [Fact]
    public async Task A_level_below_takes_away_and_never_adds()
    {
        var kit = new AuthKit("""
            tenants:
              acme:
                allowed_models: ['gpt-*']
                teams:
                  wide: {allowed_models: ['*', 'claude-3']}
                  narrow: {allowed_models: ['gpt-4o', 'claude-3'], users: {ann: {allowed_models: ['*mini', 'gpt-4o']}}}
            auth:
              api_keys:
                - {key: wide, organisation: acme, team: wide, allowed_models: ['*']}
                - {key: narrow, organisation: acme, team: narrow}
                - {key: ann, organisation: acme, user: ann, allowed_models: ['gpt-4o', 'gpt-5']}
            """);
        Assert.Equal(200, (await kit.ChatAsync("wide", "gpt-5")).StatusCode);
        await RefusedAsync(kit, it => it.ChatAsync("wide", "claude-3"), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("narrow", "gpt-4o")).StatusCode);
        await RefusedAsync(kit, it => it.ChatAsync("narrow", "gpt-5"), "MODEL_NOT_ALLOWED");
        await RefusedAsync(kit, it => it.ChatAsync("narrow", "claude-3"), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("ann", "gpt-4o")).StatusCode);
        Assert.Equal(["acme", "acme/team:narrow", "acme/team:narrow/user:ann", "key:api_keys[2]"], kit.LastCaller().Tenants.Select(tenant => tenant.Path));
        await RefusedAsync(kit, it => it.ChatAsync("ann", "gpt-4o-mini"), "MODEL_NOT_ALLOWED");
        await RefusedAsync(kit, it => it.ChatAsync("ann", "gpt-5"), "MODEL_NOT_ALLOWED");
    }

    private const string Routes = """
        models:
          aliases: {fast: fake/cheap, best: fake/dear, cheap-alias: fake/dear}
          groups: {smart: {targets: [fake/cheap, other/dear], fallbacks: [other/spare]}}
        """;

    [Fact]
    public async Task A_forbidden_model_is_not_reached_by_an_alias()
    {
        var kit = Kit("allowed_models: [cheap, 'cheap-*']", Routes);
        Assert.Equal(200, (await kit.ChatAsync("k", "fast")).StatusCode);
        await RefusedAsync(kit, it => it.ChatAsync("k", "best"), "MODEL_NOT_ALLOWED");
        // Its name fits the pattern; where it leads does not.
        await RefusedAsync(kit, it => it.ChatAsync("k", "cheap-alias"), "MODEL_NOT_ALLOWED");
    }

    [Fact]
    public async Task Of_a_group_only_the_allowed_targets_are_left_unless_the_group_itself_is_listed()
    {
        var kit = Kit("allowed_models: [cheap]", Routes);
        kit.Kit.AnswerOf = name => name == "fake" ? CannedResponse.Json("{}", 500) : CannedResponse.Json("{}");
        Assert.Equal(500, (await kit.ChatAsync("k", "smart")).StatusCode);
        Assert.DoesNotContain("other", kit.Kit.Called);
        await RefusedAsync(Kit("allowed_models: ['sm*']", Routes), it => it.ChatAsync("k", "smart"), "MODEL_NOT_ALLOWED");

        kit = Kit("allowed_models: [smart]", Routes);
        kit.Kit.AnswerOf = name => name == "fake" ? CannedResponse.Json("{}", 500) : CannedResponse.Json("{}");
        Assert.Equal(200, (await kit.ChatAsync("k", "smart")).StatusCode);
        Assert.Contains("other", kit.Kit.Called);
        await RefusedAsync(kit, it => it.ChatAsync("k", "fake/cheap"), "MODEL_NOT_ALLOWED");
    }

    [Fact]
    public async Task A_forbidden_model_is_not_reached_by_preference()
    {
        var kit = Kit("allowed_models: [cheap]");
        Assert.Equal(200, (await kit.ChatAsync("k", "cheap", more: ""","routing":{"preferredModels":["fake/dear","other/dear"]}""")).StatusCode);
        Assert.DoesNotContain(kit.Kit.SentBodies, body => body.Contains("dear", StringComparison.Ordinal));
        await RefusedAsync(kit, it => it.ChatAsync("k", "dear", more: ""","routing":{"preferredModels":["fake/dear"]}"""), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("k", "dear", more: ""","routing":{"preferredModels":["fake/dear","other/cheap"]}""")).StatusCode);
        Assert.Contains("cheap", kit.Kit.SentBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forbidden_model_is_not_reached_by_the_chain_or_a_rule()
    {
        var kit = Kit("allowed_models: [cheap]", "routing: {default_provider: fake, fallback_chain: [other/dear], rules: {up: {models: [climb], use: fake/dear}, same: {models: [down], use: other/cheap}}}");
        kit.Kit.AnswerOf = name => name == "fake" ? CannedResponse.Json("{}", 500) : CannedResponse.Json("{}");
        Assert.Equal(500, (await kit.ChatAsync("k", "cheap")).StatusCode);
        Assert.DoesNotContain("other", kit.Kit.Called);
        await RefusedAsync(kit, it => it.ChatAsync("k", "climb"), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("k", "down")).StatusCode);
    }

    [Fact]
    public async Task A_provider_is_not_asked_to_choose_among_models()
    {
        var kit = Kit("allowed_models: [cheap]");
        await RefusedAsync(kit, it => it.ChatAsync("k", "cheap", more: ""","models":["dear"]"""), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("free", "cheap", more: ""","models":["dear"]""")).StatusCode);
    }

    [Fact]
    public async Task No_copy_goes_to_a_forbidden_model()
    {
        var kit = Kit("allowed_models: [fake/cheap]", "models: {groups: {g: {targets: [fake/cheap], shadow: {target: other/dear, share: 1}}}}");
        Assert.Equal(200, (await kit.ChatAsync("k", "g")).StatusCode);
        Assert.Equal(0, kit.Kit.Shadows.Running);
        Assert.DoesNotContain("other", kit.Kit.Called);
    }

    [Fact]
    public async Task Only_allowed_providers_are_called()
    {
        var kit = Kit("allowed_providers: [other]", Routes);
        await RefusedAsync(kit, it => it.ChatAsync("k", "fake/cheap"), "PROVIDER_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("k", "smart")).StatusCode);
        Assert.Equal(["other"], kit.Kit.Called);
        await RefusedAsync(kit, it => it.ChatAsync("k", "smart", more: ""","routing":{"providers":["fake"]}"""), "NO_HEALTHY_PROVIDER", 503);
        // What is passed on takes the first that is allowed, and does not say who else there is.
        Assert.Equal(200, (await kit.SendAsync("k", """{"model":"other/m","input":"x"}""", path: "/v1/moderations")).StatusCode);
        await RefusedAsync(kit, it => it.SendAsync("k", """{"model":"fake/m","input":"x"}""", path: "/v1/moderations"), "PROVIDER_NOT_ALLOWED");
        Assert.Equal(200, (await kit.SendAsync("k", """{"input":"x"}""", path: "/v1/moderations")).StatusCode);
        Assert.Equal("other", kit.Kit.Called[^1]);
    }

    [Theory]
    [InlineData("eu", "eu-west-1", true)]
    [InlineData("eu", "eu", true)]
    [InlineData("eu", "europe-west4", false)]
    [InlineData("europe", "europe-west4", true)]
    [InlineData("eu-west-1", "eu", false)]
    [InlineData("eu-west-1", "eu-west-10", false)]
    [InlineData("EU-West-1", "eu-west-1", true)]
    [InlineData("eu-*", "eu-north-1", true)]
    [InlineData("eu", "us-east-1", false)]
    [InlineData("eu", "", false)]
    [InlineData("*", "", false)]
    public async Task Data_goes_to_allowed_regions_alone(string allowed, string region, bool goes)
    {
        var kit = Kit($"regions: ['{allowed}']", regionOf: _ => region);
        if (goes) Assert.Equal(200, (await kit.ChatAsync("k")).StatusCode);
        else await RefusedAsync(kit, it => it.ChatAsync("k"), "DATA_RESIDENCY_VIOLATION");
        var passed = kit.SendAsync("k", """{"input":"x"}""", path: "/v1/moderations");
        Assert.Equal(goes ? 200 : 404, (await passed).StatusCode);
    }

    [Fact]
    public async Task The_refusal_names_the_regions_and_a_fallback_elsewhere_is_not_taken()
    {
        var kit = Kit("regions: [eu]", "routing: {default_provider: fake, fallback_chain: [other/m]}", regionOf: name => name == "fake" ? "eu-west-1" : "us-east-1");
        kit.Kit.AnswerOf = _ => CannedResponse.Json("{}", 500);
        Assert.Equal(500, (await kit.ChatAsync("k", "m")).StatusCode);
        Assert.DoesNotContain("other", kit.Kit.Called);
        var sent = await kit.ChatAsync("k", "other/m");
        Assert.Contains("required: eu", sent.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_geography_in_a_models_name_counts_for_more_than_the_region_that_is_called()
    {
        var config = new FakeEnvironment().Load("""
            providers:
              bedrock: {region: eu-west-1, aws: {access_key_id: a, secret_access_key: b}}
            """).Valid();
        var state = Edge.Model.GatewayStateBuilder.Build(config, TimeProvider.System);
        foreach (var (model, region) in new[] { ("amazon.nova-lite-v1:0", "eu-west-1"), ("global.anthropic.claude", "global"), ("us.amazon.nova", "us"), ("eu.amazon.nova", "eu"), ("arn:aws:bedrock:eu-west-1:1:inference-profile/x", "") })
        {
            var name = System.Text.Encoding.UTF8.GetBytes("bedrock/" + model);
            Assert.True(Edge.Routing.RouteStage.TryFind(state, name, out Edge.Routing.RoutePlan plan));
            Assert.Equal(region, AccessPolicy.RegionOf(plan.Primary));
        }
    }

    [Theory]
    [InlineData("/v1/files", "GET", 403)]
    [InlineData("/v1/files/file-1", "GET", 403)]
    [InlineData("/v1/files/file-1/content", "GET", 403)]
    [InlineData("/v1/uploads", "POST", 403)]
    [InlineData("/v1/batches", "POST", 403)]
    [InlineData("/v1/batches", "GET", 403)]
    [InlineData("/v1/fine_tuning/jobs", "GET", 403)]
    [InlineData("/v1/vector_stores", "GET", 403)]
    [InlineData("/v1/responses/resp_1", "GET", 403)]
    [InlineData("/v1/conversations/conv_1", "GET", 403)]
    [InlineData("/v1/realtime/client_secrets", "POST", 403)]
    [InlineData("/v1/moderations", "POST", 200)]
    [InlineData("/v1/models", "GET", 200)]
    public async Task Tenants_have_nothing_that_a_providers_account_shares_unless_they_are_given_it(string path, string method, int status)
    {
        var body = method == "GET" ? "" : """{"input":"x"}""";
        var kit = Kit("");
        Assert.Equal(status, (await kit.SendAsync("k", body, path: path, method: method)).StatusCode);
        Assert.Equal(200, (await kit.SendAsync("free", body, path: path, method: method)).StatusCode);
        Assert.Equal(200, (await Kit("scopes: [all]").SendAsync("k", body, path: path, method: method)).StatusCode);
        // A level below cannot take what the organisation has not.
        Assert.Equal(status, (await Kit("", key: "scopes: [all]").SendAsync("k", body, path: path, method: method)).StatusCode);
    }

    [Fact]
    public async Task A_key_does_what_its_scopes_say()
    {
        var kit = Kit("scopes: [chat, files]", key: "scopes: [chat, embeddings]");
        Assert.Equal(200, (await kit.ChatAsync("k")).StatusCode);
        foreach (var path in new[] { "/v1/embeddings", "/v1/images/generations", "/v1/audio/speech" }) await RefusedAsync(kit, it => it.SendAsync("k", """{"model":"m","input":"x"}""", path: path), "FORBIDDEN");
        await RefusedAsync(kit, it => it.SendAsync("k", "", path: "/v1/files", method: "GET"), "FORBIDDEN");
        Assert.Contains("its scopes: chat.", (await kit.SendAsync("k", "{}", path: "/v1/embeddings")).WrittenText, StringComparison.Ordinal);
        var store = new AuthKit("", new StoredTenancy { Keys = [AuthKit.Key("stored") with { Scopes = ["embeddings"] }] });
        await RefusedAsync(store, it => it.ChatAsync("stored"), "FORBIDDEN");
    }

    [Theory]
    [InlineData("previous_response_id", "\"resp_1\"")]
    [InlineData("conversation", "\"conv_1\"")]
    public async Task Another_tenants_stored_answer_is_not_gone_on_with(string member, string value)
    {
        var body = $$"""{"model":"m","input":"x","{{member}}":{{value}}}""";
        await RefusedAsync(Kit(""), it => it.SendAsync("k", body, path: "/v1/responses"), "FORBIDDEN");
        Assert.NotEqual(403, (await Kit("scopes: [all]").SendAsync("k", body, path: "/v1/responses")).StatusCode);
        Assert.NotEqual(403, (await Kit("").SendAsync("k", $$"""{"model":"m","input":"x","{{member}}":null}""", path: "/v1/responses")).StatusCode);
    }

    [Fact]
    public async Task A_batch_is_no_way_to_another_model_and_images_must_name_theirs()
    {
        var kit = Kit("scopes: [all], allowed_models: [cheap]");
        await RefusedAsync(kit, it => it.SendAsync("k", """{"input_file_id":"f","endpoint":"/v1/chat/completions"}""", path: "/v1/batches"), "FORBIDDEN");
        Assert.Equal(200, (await kit.SendAsync("k", "", path: "/v1/batches", method: "GET")).StatusCode);
        await RefusedAsync(kit, it => it.SendAsync("k", """{"prompt":"x"}""", path: "/v1/images/generations"), "MODEL_NOT_ALLOWED");
        await RefusedAsync(kit, it => it.SendAsync("k", """{"prompt":"x","model":"dear"}""", path: "/v1/images/generations"), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.SendAsync("k", """{"prompt":"x","model":"cheap"}""", path: "/v1/images/generations")).StatusCode);
        await RefusedAsync(kit, it => it.SendAsync("k", """{"training_file":"f"}""", path: "/v1/fine_tuning/jobs"), "MODEL_NOT_ALLOWED");
    }

    [Fact]
    public async Task Prompts_have_a_largest_size_and_the_smallest_of_the_levels_counts()
    {
        var kit = Kit("max_context_size: 100", key: "max_context_size: 1000");
        Assert.Equal(200, (await kit.ChatAsync("k")).StatusCode);
        var large = $$"""{"model":"m","messages":[{"role":"user","content":"{{new string('x', 4000)}}"}]}""";
        await RefusedAsync(kit, it => it.SendAsync("k", large), "CONTEXT_TOO_LARGE", 400);
        await RefusedAsync(kit, it => it.SendAsync("k", $$"""{"model":"m","input":"{{new string('x', 4000)}}"}""", path: "/v1/embeddings"), "CONTEXT_TOO_LARGE", 400);
        Assert.Equal(200, (await kit.SendAsync("free", large)).StatusCode);
    }

    [Fact]
    public async Task The_list_of_models_holds_what_may_be_used()
    {
        var kit = Kit("allowed_models: [cheap]", Routes);
        Assert.Equal(["fast", "smart"], Ids(await kit.SendAsync("k", "", path: "/v1/models", method: "GET")).Order());
        Assert.Contains("best", Ids(await kit.SendAsync("free", "", path: "/v1/models", method: "GET")));
        await RefusedAsync(kit, it => it.SendAsync("k", "", path: "/v1/models/best", method: "GET"), "MODEL_NOT_FOUND", 404);
        Assert.Equal(200, (await kit.SendAsync("k", "", path: "/v1/models/fast", method: "GET")).StatusCode);

        static List<string> Ids(NullTransport sent) => [.. JsonDocument.Parse(sent.WrittenText).RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!)];
    }

    [Fact]
    public void Callers_of_one_organisation_share_a_scope_and_nobody_else_does()
    {
        var kit = new AuthKit("""
            tenants: {acme: {teams: {a: {}, b: {allowed_models: [cheap]}}}, globex: {}}
            auth: {api_keys: [{key: k1, organisation: acme, team: a}, {key: k2, organisation: acme}, {key: k3, organisation: acme, team: b}, {key: k4, organisation: globex}, {key: k5}, {key: k6}]}
            """);
        var scopes = kit.Kit.State.Current.Tenancy.ConfigKeys.Select(caller => caller.Scope).ToList();
        Assert.Equal(scopes[0], scopes[1]);
        // What is answered by a model that one of them may not use is not for that one.
        Assert.Equal(5, scopes.Distinct().Count());
        Assert.DoesNotContain(0UL, scopes);
    }

    [Fact]
    public async Task A_stored_key_whose_organisation_is_gone_is_nobodys()
    {
        var stored = new StoredTenancy { Organisations = [new("acme", null, TenantPolicyConfig.None)], Users = [new("acme", null, "bob", null, TenantRole.Developer, TenantPolicyConfig.None)], Keys = [AuthKit.Key("k", organisation: "acme", user: "bob")] };
        var kit = new AuthKit("", stored);
        Assert.Equal(200, (await kit.ChatAsync("k")).StatusCode);
        Assert.Equal(["acme", "acme/user:bob", "key:key_01"], kit.LastCaller().Tenants.Select(tenant => tenant.Path));
        kit.Store(stored with { Users = [] });
        await RefusedAsync(kit, it => it.ChatAsync("k"), "FORBIDDEN");
        kit.Store(stored with { Organisations = [], Users = [] });
        await RefusedAsync(kit, it => it.ChatAsync("k"), "FORBIDDEN");
    }

    [Fact]
    public async Task Where_the_file_and_the_store_have_the_same_organisation_the_files_counts()
    {
        var stored = new StoredTenancy { Organisations = [new("acme", "Another", new() { AllowedModels = ["*"] })], Teams = [new("acme", "new", null, TenantPolicyConfig.None)], Keys = [AuthKit.Key("k", organisation: "acme", team: "new")] };
        var kit = new AuthKit("tenants: {acme: {allowed_models: [cheap]}}", stored);
        await RefusedAsync(kit, it => it.ChatAsync("k", "dear"), "MODEL_NOT_ALLOWED");
        Assert.Equal(200, (await kit.ChatAsync("k", "cheap")).StatusCode);
    }

    [Fact]
    public void What_is_counted_for_a_tenant_outlives_a_change_of_the_store()
    {
        var kit = new AuthKit("tenants: {acme: {}}\nauth: {api_keys: [{key: k, organisation: acme}]}");
        var before = kit.Kit.State.Current.Tenancy.ConfigKeys[0].Tenants.Select(tenant => tenant.Meters).ToList();
        kit.Store(new StoredTenancy { Keys = [AuthKit.Key("x")] });
        Assert.Equal(before, kit.Kit.State.Current.Tenancy.ConfigKeys[0].Tenants.Select(tenant => tenant.Meters));
    }

    [Theory]
    [InlineData("auth: {api_keys: [{key: k, organisation: acmee}]}", "auth.api_keys[0].organisation: names an organisation that does not exist (value 'acmee'); did you mean 'acme'?; allowed: acme")]
    [InlineData("auth: {api_keys: [{key: k, organisation: acme, team: x}]}", "auth.api_keys[0].team: names a team of 'acme' that does not exist (value 'x'); allowed: core")]
    [InlineData("auth: {api_keys: [{key: k, team: core}]}", "auth.api_keys[0].team: needs an organisation")]
    [InlineData("auth: {api_keys: [{key: k, organisation: acme, user: eve}]}", "auth.api_keys[0].user: names a user of 'acme' that does not exist (value 'eve'); allowed: ann, bob")]
    [InlineData("auth: {api_keys: [{key: k, organisation: acme, user: bob}]}", "auth.api_keys[0].user: names a user who is in several teams (value 'bob'); name the team as well")]
    [InlineData("auth: {api_keys: [{key: k, allowed_providers: [othr]}]}", "auth.api_keys[0].allowed_providers[0]: names a provider that does not exist (value 'othr'); did you mean 'other'?; allowed: fake, other")]
    [InlineData("auth: {api_keys: [{key: k, guard: strict}]}", "auth.api_keys[0].guard: names a policy that does not exist (value 'strict'); allowed: nothing, as none is declared")]
    [InlineData("auth: {api_keys: [{key: k, scopes: [chatt]}]}", "auth.api_keys[0].scopes[0]")]
    [InlineData("auth: {api_keys: [{key: k, allowed_ips: [10.0.0.1/8]}]}", "auth.api_keys[0].allowed_ips[0]: has bits behind its prefix")]
    [InlineData("auth: {api_keys: [{key: k, expires_at: tomorrow}]}", "auth.api_keys[0].expires_at: is no time")]
    [InlineData("auth: {api_keys: [{key: k, not_before: 2030-01-01, expires_at: 2029-01-01}]}", "auth.api_keys[0].not_before: is not before expires_at")]
    [InlineData("auth: {anonymous: {enabled: true, organisation: nobody}}", "auth.anonymous.organisation: names an organisation that does not exist")]
    [InlineData("auth: {key_pepper: short}", "auth.key_pepper: is shorter than 16 characters")]
    public void What_a_key_names_must_be_there(string yaml, string expected)
    {
        const string Tenants = "tenants: {acme: {teams: {core: {users: {bob: {}}}}, users: {ann: {}, bob: {}}}}";
        var errors = new FakeEnvironment().Load($"{yaml}\n{Tenants}{Providers}").Errors;
        Assert.Contains(errors, error => error.ToString().Contains(expected, StringComparison.Ordinal));
    }
}
