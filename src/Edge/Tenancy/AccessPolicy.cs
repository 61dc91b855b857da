using System.Globalization;
using System.Text;
using Edge.Auth;
using Edge.Configuration;
using Edge.Model;
using Edge.Routing;

namespace Edge.Tenancy;

/// <summary>What stands against a target.</summary>
internal enum TargetVerdict : byte
{
    Allowed,
    Model,
    Provider,
    Region,
}

/// <summary>
/// What a caller may use: the policies of its levels, narrowed into one. Every level's list counts for itself, and what is used must be in all of them, so that a lower level can take away
/// but never add. Immutable.
/// </summary>
public sealed class AccessPolicy
{
    public static readonly AccessPolicy Open = new();

    private AddressRange[][] _addresses = [];
    private ModelList[] _models = [];
    private string[][] _providers = [];
    private string[][] _regions = [];

    private AccessPolicy()
    {
    }

    /// <summary>Nothing is restricted: requests need not be checked.</summary>
    public bool IsOpen { get; private init; } = true;

    /// <summary>What it may be used for.</summary>
    public Scopes Scopes { get; private init; } = Scopes.All;

    /// <summary>Tokens of one prompt; 0 = any number.</summary>
    public long MaxContextSize { get; private init; }

    /// <summary>Some models, providers or regions are not for it.</summary>
    public bool RestrictsTargets => _models.Length > 0 || _providers.Length > 0 || _regions.Length > 0;

    /// <summary>Not every model is for it.</summary>
    public bool RestrictsModels => _models.Length > 0;

    /// <summary>Not every address is.</summary>
    internal bool RestrictsAddresses => _addresses.Length > 0;

    /// <summary>Of what targets it may reach: equal for policies that may reach the same. 0 = any.</summary>
    internal ulong Fingerprint { get; private init; }

    /// <summary>This policy, narrowed by a level below.</summary>
    /// <param name="own">What that level declares, checked.</param>
    /// <param name="none">What its scopes are where it names none.</param>
    /// <param name="scopes">Further scopes to keep within; empty = any.</param>
    public AccessPolicy Narrow(TenantPolicyConfig own, Scopes none = Scopes.All, IReadOnlyList<string>? scopes = null)
    {
        var allowed = Scopes & ScopeNames.Of(own.Scopes, none) & ScopeNames.Of(scopes ?? [], Scopes.All);
        if (allowed == Scopes && own is { AllowedModels.Count: 0, AllowedProviders.Count: 0, Regions.Count: 0, AllowedIps.Count: 0, MaxContextSize: null }) return this;
        var most = own.MaxContextSize is { } size && (MaxContextSize == 0 || size < MaxContextSize) ? size : MaxContextSize;
        AddressRange[] ranges = [.. own.AllowedIps.Select(static text => AddressRange.TryParse(text, out var range) is null ? range : default)];
        var policy = new AccessPolicy
        {
            IsOpen = false,
            Scopes = allowed,
            MaxContextSize = most,
            Fingerprint = own is { AllowedModels.Count: 0, AllowedProviders.Count: 0, Regions.Count: 0 } ? Fingerprint : Mix(Fingerprint, own),
            _addresses = ranges.Length == 0 ? _addresses : [.. _addresses, ranges],
            _models = own.AllowedModels.Count == 0 ? _models : [.. _models, new ModelList(own.AllowedModels)],
            _providers = own.AllowedProviders.Count == 0 ? _providers : [.. _providers, [.. own.AllowedProviders]],
            _regions = own.Regions.Count == 0 ? _regions : [.. _regions, [.. own.Regions]],
        };
        return policy;
    }

    /// <summary>This policy, kept within some scopes; none = it may do nothing.</summary>
    internal AccessPolicy Within(Scopes scopes) => (Scopes & scopes) == Scopes ? this : new AccessPolicy
    {
        IsOpen = false,
        Scopes = Scopes & scopes,
        MaxContextSize = MaxContextSize,
        Fingerprint = Fingerprint,
        _addresses = _addresses,
        _models = _models,
        _providers = _providers,
        _regions = _regions,
    };

    /// <summary>May requests come from there?</summary>
    internal bool AllowsAddress(UInt128 address)
    {
        foreach (var ranges in _addresses)
        {
            if (!AddressRange.AnyContains(ranges, address)) return false;
        }
        return true;
    }

    /// <summary>May requests go to that provider, whatever the model? Its region is the model's business where a model chooses it.</summary>
    internal TargetVerdict JudgeProvider(Target target)
    {
        foreach (var names in _providers)
        {
            if (Array.IndexOf(names, target.Name) < 0) return TargetVerdict.Provider;
        }
        return TargetVerdict.Allowed;
    }

    /// <summary>May a request for that name go there?</summary>
    /// <param name="route">Where it would go.</param>
    /// <param name="asked">The name that was asked for, JSON text in its shortest form; empty = nobody asked.</param>
    /// <param name="kind">What the name is.</param>
    /// <param name="hasModel">False = the request has none, as one for a file.</param>
    internal TargetVerdict Judge(ModelRoute route, ReadOnlySpan<byte> asked, AskedName kind, bool hasModel = true)
    {
        if (JudgeProvider(route.Target) is not TargetVerdict.Allowed and var verdict) return verdict;
        if (_regions.Length > 0)
        {
            var region = RegionOf(route);
            foreach (var allowed in _regions)
            {
                if (!IsIn(allowed, region)) return TargetVerdict.Region;
            }
        }
        if (!hasModel) return TargetVerdict.Allowed;
        foreach (var list in _models)
        {
            if (!list.Allows(route, asked, kind)) return TargetVerdict.Model;
        }
        return TargetVerdict.Allowed;
    }

    /// <summary>For messages: what regions are required.</summary>
    internal string RegionsText => string.Join("; and of ", _regions.Select(static level => string.Join(", ", level)));

    /// <summary>For messages: what models are allowed.</summary>
    internal string ModelsText => string.Join("; and of ", _models.Select(static list => list.Text));

    /// <summary>For messages: what providers are allowed.</summary>
    internal string ProvidersText => string.Join("; and of ", _providers.Select(static level => string.Join(", ", level)));

    /// <summary>
    /// Where a route's data goes; empty = nobody knows. A model of Bedrock may name a geography in front of its name (<c>eu.</c>, <c>global.</c>), and then AWS takes any region of that,
    /// whatever region is called: <see href="https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html"/>.
    /// </summary>
    internal static string RegionOf(ModelRoute route)
    {
        if (!route.Target.Sheet.Name.StartsWith("bedrock", StringComparison.Ordinal)) return route.Target.Region;
        var model = route.Model.Span;
        foreach (var geography in _geographies)
        {
            if (model.Length > geography.Length && model[geography.Length] == '.' && Ascii.Equals(model[..geography.Length], geography)) return geography;
        }
        // An inference profile by its ARN: where that leads is not to be seen.
        return model.StartsWith("arn:"u8) ? "" : route.Target.Region;
    }

    private static readonly string[] _geographies = ["us", "eu", "apac", "ap", "jp", "au", "ca", "sa", "me", "af", "il", "uk", "us-gov", "global"];

    // "eu" is eu-west-1 too, and "europe" europe-west4; "eu-west-1" is no "eu": a geography is wider than one of its regions.
    private static bool IsIn(string[] allowed, string region)
    {
        if (region.Length == 0) return false;
        foreach (var entry in allowed)
        {
            if (region.Equals(entry, StringComparison.OrdinalIgnoreCase)) return true;
            if (region.Length > entry.Length && region[entry.Length] == '-' && region.StartsWith(entry, StringComparison.OrdinalIgnoreCase)) return true;
            if (entry.Contains('*', StringComparison.Ordinal) && Wildcard.Fits(entry, region)) return true;
        }
        return false;
    }

    private static ulong Mix(ulong above, TenantPolicyConfig own)
    {
        var text = new StringBuilder().Append(above.ToString(CultureInfo.InvariantCulture));
        text.Append("\nm").AppendJoin('\n', own.AllowedModels).Append("\np").AppendJoin('\n', own.AllowedProviders).Append("\nr").AppendJoin('\n', own.Regions);
        return Hash(text.ToString()) | 1;
    }

    /// <summary>For places in caches, which live as long as the process: FNV-1a.</summary>
    internal static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text) hash = (hash ^ letter) * 1099511628211UL;
        return Entropy.Mix(hash);
    }

    // One level's list.
    private sealed class ModelList
    {
        private readonly byte[][] _patterns;

        public ModelList(IReadOnlyList<string> patterns)
        {
            _patterns = [.. patterns.Select(GatewayStateBuilder.Escaped)];
            Text = string.Join(", ", patterns);
        }

        public string Text { get; }

        public bool Allows(ModelRoute route, ReadOnlySpan<byte> asked, AskedName kind)
        {
            var model = route.Model.Span;
            foreach (var pattern in _patterns)
            {
                if (Wildcard.Fits<byte>(pattern, model, (byte)'*') || FitsQualified(pattern, route.Target.Name, model)) return true;
                // A name of the operator's own, listed as it is: whoever wrote it knew what it leads to. A pattern that happens to fit it says nothing about where it leads.
                if (kind == AskedName.Named && pattern.AsSpan().SequenceEqual(asked)) return true;
                // The provider's own name of this very model may have its maker in front.
                if (kind == AskedName.Plain && Wildcard.Fits<byte>(pattern, asked, (byte)'*')) return true;
            }
            return false;
        }

        // "provider/model", without putting the two together.
        private static bool FitsQualified(ReadOnlySpan<byte> pattern, string provider, ReadOnlySpan<byte> model)
        {
            Span<byte> name = stackalloc byte[512];
            if (provider.Length + 1 + model.Length > name.Length || !Encoding.UTF8.TryGetBytes(provider, name, out var count)) return false;
            if (count + 1 + model.Length > name.Length) return false;
            name[count] = (byte)'/';
            model.CopyTo(name[(count + 1)..]);
            return Wildcard.Fits<byte>(pattern, name[..(count + 1 + model.Length)], (byte)'*');
        }
    }
}

/// <summary>What a name that a request asks for is, for the candidate at hand.</summary>
internal enum AskedName : byte
{
    /// <summary>The candidate did not come of the name itself: a chain, a rule.</summary>
    None,

    /// <summary>The model's own name.</summary>
    Plain,

    /// <summary>A group or an alias of the configuration, and the candidate is what it was made for.</summary>
    Named,
}
