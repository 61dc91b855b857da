using System.Globalization;

namespace Edge.Configuration;

/// <summary>What holds between tenants, keys and everything that their policies name.</summary>
internal static class TenancyRules
{
    public static void Check(BindContext context, EdgeConfig config)
    {
        foreach (var (id, organisation) in config.Tenants)
        {
            var path = "tenants." + id;
            CheckPolicy(context, config, organisation.Policy, path);
            foreach (var (teamId, team) in organisation.Teams)
            {
                CheckPolicy(context, config, team.Policy, $"{path}.teams.{teamId}");
                foreach (var (userId, user) in team.Users) CheckPolicy(context, config, user.Policy, $"{path}.teams.{teamId}.users.{userId}");
            }
            foreach (var (userId, user) in organisation.Users) CheckPolicy(context, config, user.Policy, $"{path}.users.{userId}");
        }
        for (var i = 0; i < config.Auth.ApiKeys.Count; i++) CheckKey(context, config, config.Auth.ApiKeys[i], string.Create(CultureInfo.InvariantCulture, $"auth.api_keys[{i}]"));
        JwtConfig.Check(context, config);
        var anonymous = config.Auth.Anonymous;
        CheckPlace(context, config, anonymous.Organisation, anonymous.Team, null, "auth.anonymous");
        CheckPolicy(context, config, anonymous.Policy, "auth.anonymous");
        if (config.Auth.KeyPepper is { HasValue: true } pepper && pepper.Reveal().Length < 16) context.Error("auth.key_pepper", "is shorter than 16 characters; allowed: a random text, such as that of: openssl rand -hex 32");
    }

    /// <summary>Whoever is named must be there.</summary>
    public static void CheckPlace(BindContext context, EdgeConfig config, string? organisation, string? team, string? user, string path)
    {
        if (organisation is null)
        {
            if (team is not null) context.Error(path + ".team", "needs an organisation");
            if (user is not null) context.Error(path + ".user", "needs an organisation");
            return;
        }
        if (!config.Tenants.TryGetValue(organisation, out var top))
        {
            Missing(context, path + ".organisation", organisation, "an organisation", config.Tenants.Keys);
            return;
        }
        TeamConfig? below = null;
        if (team is not null && !top.Teams.TryGetValue(team, out below))
        {
            Missing(context, path + ".team", team, $"a team of '{organisation}'", top.Teams.Keys);
            return;
        }
        if (user is null) return;
        if (below is not null)
        {
            if (!below.Users.ContainsKey(user) && !top.Users.ContainsKey(user)) Missing(context, path + ".user", user, $"a user of that team, or one of '{organisation}' in no team,", below.Users.Keys.Concat(top.Users.Keys));
            return;
        }
        var places = top.Teams.Count(pair => pair.Value.Users.ContainsKey(user)) + (top.Users.ContainsKey(user) ? 1 : 0);
        if (places == 0) Missing(context, path + ".user", user, $"a user of '{organisation}'", top.Users.Keys.Concat(top.Teams.SelectMany(static pair => pair.Value.Users.Keys)).Distinct());
        else if (places > 1) context.Error(path + ".user", $"names a user who is in several teams (value '{context.Written(path + ".user", user)}'); name the team as well");
    }

    private static void CheckKey(BindContext context, EdgeConfig config, ClientKeyConfig key, string path)
    {
        CheckPlace(context, config, key.Organisation, key.Team, key.User, path);
        CheckPolicy(context, config, key.Policy, path);
        var text = key.Key.Reveal();
        if (text.Length > Auth.KeyHasher.MaxKeyBytes) context.Error(path, $"is longer than {Auth.KeyHasher.MaxKeyBytes} characters");
        else if (Auth.VirtualKey.IsBroken(text)) context.Error(path, $"begins with '{Auth.VirtualKey.Prefix}', as the keys that the gateway makes, but its checksum is wrong: it was mistyped or cut");
        if (key.NotBefore >= key.ExpiresAt) context.Error(path + ".not_before", "is not before expires_at");
    }

    private static void CheckPolicy(BindContext context, EdgeConfig config, TenantPolicyConfig policy, string path)
    {
        if (policy.Guard is { } guard && !config.Guard.Policies.ContainsKey(guard)) Missing(context, path + ".guard", guard, "a policy", config.Guard.Policies.Keys);
        for (var i = 0; i < policy.AllowedProviders.Count; i++)
        {
            var name = policy.AllowedProviders[i];
            // With no providers declared, they depend on the machine's keys; a name that is known is then no mistake.
            if (config.FindProvider(name) is not null || (!context.IsSet(ProvidersField.Key) && ProviderTypes.Find(name) is not null)) continue;
            Missing(context, string.Create(CultureInfo.InvariantCulture, $"{path}.allowed_providers[{i}]"), name, "a provider", config.Providers.Select(static provider => provider.Name));
        }
    }

    private static void Missing(BindContext context, string path, string value, string what, IEnumerable<string> known)
    {
        var names = known.ToList();
        var written = context.Written(path, value);
        var guess = Nearest.Of(written, names);
        context.Error(path, $"names {what} that does not exist (value '{written}'){(guess is null ? "" : $"; did you mean '{Shown.Text(guess)}'?")}; allowed: {(names.Count == 0 ? "nothing, as none is declared" : Shown.List(names))}");
    }
}
