using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Configuration;
using Edge.Guard.Policy;

namespace Edge.Audit;

/// <summary>Whether something that a compliance mode asks for is in force.</summary>
public enum ControlState : byte
{
    InForce,
    Partly,
    NotInForce,
}

/// <summary>One thing that a mode asks for.</summary>
/// <param name="Id">Stable.</param>
/// <param name="Title">For people.</param>
/// <param name="Reference">Which rule asks for it.</param>
/// <param name="State">By the present configuration.</param>
/// <param name="Evidence">The configuration's values that show it, or what is missing.</param>
public sealed record ComplianceControl(string Id, string Title, string Reference, ControlState State, string Evidence);

/// <summary>
/// Which of the technical controls that a mode asks for are in force by a configuration, and which are not. It reads the configuration and nothing else: it is no audit, no certificate and no legal advice, and what people
/// and contracts must do is not in it.
/// </summary>
public sealed class ComplianceReport
{
    private readonly EdgeConfig _config;
    private readonly List<ComplianceControl> _controls = [];

    private ComplianceReport(EdgeConfig config, ComplianceMode mode) => (_config, Mode) = (config, mode);

    public ComplianceMode Mode { get; }

    public IReadOnlyList<ComplianceControl> Controls => _controls;

    public static ComplianceReport Of(EdgeConfig config, ComplianceMode mode)
    {
        var report = new ComplianceReport(config, mode);
        report.Guard();
        report.Audit();
        report.Access();
        report.Network();
        report.Residency();
        report.Storage();
        return report;
    }

    public byte[] Json(DateTimeOffset at)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("mode"u8, Word(Mode));
            json.WriteString("version"u8, GatewayVersion.Text);
            json.WriteString("at"u8, at.UtcDateTime);
            json.WriteString("scope"u8, Scope);
            json.WriteStartArray("controls"u8);
            foreach (var control in _controls)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, control.Id);
                json.WriteString("title"u8, control.Title);
                json.WriteString("reference"u8, control.Reference);
                json.WriteString("state"u8, Word(control.State));
                json.WriteString("evidence"u8, control.Evidence);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    public string Markdown(DateTimeOffset at)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Technical controls: {Word(Mode).ToUpperInvariant()}\n\nEdgeGateway {GatewayVersion.Text}, {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC. {Scope}\n\n");
        text.Append("| control | state | evidence | asked for by |\n|---|---|---|---|\n");
        foreach (var control in _controls) text.Append(CultureInfo.InvariantCulture, $"| {control.Title} | {Word(control.State)} | {control.Evidence.Replace("|", "\\|", StringComparison.Ordinal)} | {control.Reference} |\n");
        return text.ToString();
    }

    private const string Scope = "By the present configuration alone: no certificate, no legal advice, and nothing that people or contracts must do.";

    private static string Word(ControlState state) => state switch
    {
        ControlState.InForce => "in force",
        ControlState.Partly => "partly in force",
        _ => "NOT in force",
    };

    internal static string Word(ComplianceMode mode) => mode switch
    {
        ComplianceMode.Hipaa => "hipaa",
        ComplianceMode.Gdpr => "gdpr",
        ComplianceMode.Soc2 => "soc2",
        _ => "none",
    };

    /// <summary>The mode of that name; false = there is none.</summary>
    internal static bool TryMode(string word, out ComplianceMode mode)
    {
        for (mode = ComplianceMode.Soc2; mode > ComplianceMode.None; mode--)
        {
            if (Word(mode) == word) return true;
        }
        return false;
    }

    private string Rule(string hipaa, string gdpr, string soc2) => Mode switch
    {
        ComplianceMode.Hipaa => hipaa,
        ComplianceMode.Gdpr => gdpr,
        _ => soc2,
    };

    private void Add(string id, string title, string reference, ControlState state, string evidence) => _controls.Add(new(id, title, reference, state, evidence));

    private const string GuardTitle = "Personal data and secrets are kept from providers by the mode's preset";

    private string GuardRule => Rule("45 CFR 164.514(b)", "GDPR Art. 25, 32", "CC6.1, CC6.7");

    private void Guard()
    {
        var own = _config.Guard.Policy;
        if (own.Pii.Enabled == false)
        {
            Add("guard_preset", GuardTitle, GuardRule, ControlState.NotInForce, "guard.pii.enabled: false");
            return;
        }
        var isGlobal = own.Mode == Mode;
        var isUsed = isGlobal || AuditRetention.Modes(_config).Contains(Mode);
        Add("guard_preset", GuardTitle, GuardRule,
            isGlobal ? ControlState.InForce : isUsed ? ControlState.Partly : ControlState.NotInForce,
            isGlobal ? $"guard.mode: {Word(Mode)}; what other keys of guard say goes before the preset" : isUsed ? $"compliance_mode: {Word(Mode)} for some tenants or keys; guard.mode: {Word(own.Mode)} for all others" : $"guard.mode: {Word(own.Mode)}");
    }

    private void Audit()
    {
        var mode = AuditOptions.ModeOf(_config);
        Add("audit", "Every request and every change leaves a record", Rule("45 CFR 164.312(b)", "GDPR Art. 5(2), 30", "CC7.2"),
            mode switch
            {
                AuditMode.Strict => ControlState.InForce,
                AuditMode.Relaxed => ControlState.Partly,
                _ => ControlState.NotInForce,
            },
            mode switch
            {
                AuditMode.Strict => "audit.mode: strict",
                AuditMode.Relaxed => string.Create(CultureInfo.InvariantCulture, $"audit.mode: relaxed; a loss of power may cost the records of the last {_config.Audit.MaxDelay.TotalMilliseconds} ms"),
                _ => "audit.mode: off",
            });
        var isSigned = mode != AuditMode.Off && _config.Audit.SigningKeyFile is not null;
        Add("audit_integrity", "Changes to the records are evident", Rule("45 CFR 164.312(c)(1)", "GDPR Art. 5(1)(f)", "CC7.2"),
            mode == AuditMode.Off ? ControlState.NotInForce : isSigned ? ControlState.InForce : ControlState.Partly,
            mode == AuditMode.Off ? "there are no records" : isSigned ? "hash chain; checkpoints signed with audit.signing_key_file" : "hash chain; audit.signing_key_file is not set, so that whoever can write the directory can write the checkpoint, too");
        var retention = AuditRetention.Of(_config);
        var least = AuditRetention.Least(Mode);
        Add("audit_retention", "Records are kept long enough", Rule("45 CFR 164.316(b)(2)(i)", "GDPR Art. 5(1)(e): no longer than needed", "CC7.2"),
            mode == AuditMode.Off ? ControlState.NotInForce
                : Mode == ComplianceMode.Gdpr ? retention is null ? ControlState.NotInForce : ControlState.InForce
                : retention is null || retention >= least ? ControlState.InForce : ControlState.NotInForce,
            mode == AuditMode.Off ? "there are no records"
                : retention is { } span ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0} days in force")
                : "audit.retention is not set: records are kept for ever");
    }

    private void Access()
    {
        var keys = _config.Auth.ApiKeys.Count;
        Add("access", "Nobody unknown may send requests", Rule("45 CFR 164.312(a)(1), (d)", "GDPR Art. 32(1)(b)", "CC6.1"),
            keys > 0 ? ControlState.InForce : ControlState.NotInForce, keys > 0 ? string.Create(CultureInfo.InvariantCulture, $"auth.api_keys: {keys}") : "auth.api_keys is empty: unless the store has keys, or tokens are demanded, anybody may");
    }

    private void Network()
    {
        var isLocal = _config.Server.Listen.All(static address => address.IsLoopback);
        var hasTls = _config.Server.Tls is not null;
        Add("tls_in", "Clients' connections are encrypted", Rule("45 CFR 164.312(e)(1)", "GDPR Art. 32(1)(a)", "CC6.7"),
            hasTls ? ControlState.InForce : isLocal ? ControlState.Partly : ControlState.NotInForce,
            hasTls ? "server.tls is set" : isLocal ? "server.tls is not set; server.listen is this machine alone" : "server.tls is not set, and server.listen is open to the network");
        var plain = _config.Providers.Where(static provider => provider.Enabled && provider.ApiRoot is { Scheme: "http", IsLoopback: false }).Select(static provider => provider.Name).ToList();
        Add("tls_out", "Providers' connections are encrypted", Rule("45 CFR 164.312(e)(1)", "GDPR Art. 32(1)(a)", "CC6.7"),
            plain.Count == 0 ? ControlState.InForce : ControlState.NotInForce, plain.Count == 0 ? "no enabled provider on another machine is reached by http" : $"reached by http: {string.Join(", ", plain)}");
    }

    private void Residency()
    {
        var all = _config.Tenants.Count > 0 && _config.Tenants.Values.All(static tenant => tenant.Policy.Regions.Count > 0);
        var some = _config.Tenants.Values.Any(static tenant => tenant.Policy.Regions.Count > 0);
        Add("residency", "Data goes to allowed regions only", Rule("by contract", "GDPR Art. 44", "C1.1"),
            all ? ControlState.InForce : some ? ControlState.Partly : ControlState.NotInForce,
            all ? "regions are set for every organisation of the configuration" : some ? "regions are set for some organisations" : "regions are set for no organisation of the configuration");
    }

    private void Storage() => Add("at_rest", "What is stored is encrypted", Rule("45 CFR 164.312(a)(2)(iv)", "GDPR Art. 32(1)(a)", "CC6.1, C1.1"), ControlState.NotInForce,
        "EdgeGateway does not encrypt its database, journals and audit records (they hold no texts of requests or answers); encrypt the disk");
}
