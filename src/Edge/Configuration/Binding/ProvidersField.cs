using System.Text.Json;

namespace Edge.Configuration;

/// <summary>The key <c>providers</c>: a map from names of the file's choice to provider sections.</summary>
internal sealed class ProvidersField : ConfigField<EdgeConfig>
{
    public const string Key = "providers";

    private static readonly ProvidersKind _kind = new();

    public ProvidersField()
        : base(Key, null, "The providers by name. Where several list a model, the first of them serves its plain name.")
    {
    }

    public override ValueKind Kind => _kind;

    public override string DefaultText => "";

    public override bool IsNotBuilt => false;

    public override EdgeConfig Bind(BindContext context, YamlNode node, string path, EdgeConfig section)
    {
        if (node is YamlScalar { IsNull: true }) return section;
        if (node is not YamlMap map)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: a map of provider names to sections");
            return section;
        }
        context.Note(path, node);
        var providers = new List<ProviderConfig>();
        foreach (var (key, value) in map.Entries)
        {
            var entryPath = ConfigSection<EdgeConfig>.Join(path, Shown.Text(key.Text));
            if (!IsName(key.Text))
            {
                // No slash above all: provider/model would be ambiguous.
                context.Error(key, entryPath, $"'{Shown.Text(key.Text)}' is no name for a provider; allowed: letters, digits, '_', '-' and '.', at most 64");
                continue;
            }
            context.Note(entryPath, value is YamlScalar { IsNull: true } ? key : value);
            providers.Add(BindOne(context, key, value, entryPath, section.Upstream));
        }
        return section with { Providers = providers };
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("description", Doc);
        _kind.WriteSchema(json);
        json.WriteEndObject();
    }

    private static ProviderConfig BindOne(BindContext context, YamlScalar key, YamlNode node, string path, UpstreamConfig upstream)
    {
        var type = ProviderTypes.Find(key.Text)?.Type ?? ProviderType.OpenAiCompatible;
        var start = new ProviderConfig { Name = key.Text, Type = type, Upstream = upstream };
        context.MissingSecrets = [];
        var provider = ProviderConfig.Section.Bind(context, node, path, start);
        provider = ProviderRules.Complete(context, provider, path, context.MissingSecrets);
        context.MissingSecrets = null;
        return provider;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private sealed class ProvidersKind : ValueKind
    {
        public override string TypeText => "map of name to section";

        public override ConfigSection Child => ProviderConfig.Section;

        public override string ChildPath => ".<name>";

        public override void WriteSchema(Utf8JsonWriter json)
        {
            Alternatives.WriteTypes(json, "object", "null");
            json.WriteStartObject("propertyNames");
            json.WriteString("pattern", "^[A-Za-z0-9_.-]{1,64}$");
            json.WriteEndObject();
            json.WriteStartObject("additionalProperties");
            json.WriteString("$ref", "#/$defs/" + ProviderConfig.Section.Id);
            json.WriteEndObject();
        }
    }
}
