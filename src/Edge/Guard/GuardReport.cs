using System.Globalization;
using System.Text;
using Edge.Guard.Policy;

namespace Edge.Guard;

/// <summary>What the guard found in one request and its answer: kinds and numbers, never a value.</summary>
public sealed class GuardReport
{
    private readonly List<Row> _rows = [];

    /// <param name="Kind">Which of the guard's parts found it.</param>
    /// <param name="Name">Of the entity, the content category or the rule.</param>
    /// <param name="Action">As in the configuration.</param>
    /// <param name="Count">How often.</param>
    /// <param name="IsOutput">In the answer.</param>
    public readonly record struct Row(GuardFinding Kind, string Name, string Action, int Count, bool IsOutput);

    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>The policy forbids the request.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Something could not be looked at.</summary>
    public bool IsUnscanned { get; set; }

    /// <summary>Policy has been asked about it.</summary>
    internal bool IsUnscannedTold { get; set; }

    /// <summary>The highest score of an injection, 0..1.</summary>
    public double InjectionScore { get; set; }

    /// <summary>Values that were put back into the answer.</summary>
    public long Restored { get; set; }

    public void Add(string entity, GuardAction action, bool isOutput = false) => Add(GuardFinding.Pii, entity, NameOf(action), isOutput);

    public void Add(GuardFinding kind, string name, string action, bool isOutput = false, int count = 1)
    {
        for (var i = 0; i < _rows.Count; i++)
        {
            var row = _rows[i];
            if (row.Kind != kind || row.IsOutput != isOutput || row.Name != name || row.Action != action) continue;
            _rows[i] = row with { Count = row.Count + count };
            return;
        }
        _rows.Add(new Row(kind, name, action, count, isOutput));
    }

    /// <summary>Names of one kind with an action, in order.</summary>
    public string Names(GuardFinding kind, string action) => string.Join(", ", _rows.Where(row => row.Kind == kind && row.Action == action).Select(static row => row.Name));

    /// <summary>What was found in the answer is told anew.</summary>
    internal void ClearOutput() => _rows.RemoveAll(static row => row.IsOutput);

    /// <summary>For the header <c>x-edge-guard</c>: <c>EMAIL_ADDRESS=tokenize:2, injection=flag, answer.PHONE_NUMBER=redact</c>. Empty = nothing to tell.</summary>
    public string Header()
    {
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            if (text.Length > 1000) break;
            if (text.Length > 0) text.Append(", ");
            if (row.IsOutput) text.Append("answer.");
            text.Append(CultureInfo.InvariantCulture, $"{row.Name}={row.Action}");
            if (row.Count > 1) text.Append(CultureInfo.InvariantCulture, $":{row.Count}");
        }
        return text.ToString();
    }

    internal static string NameOf(GuardAction action) => action switch
    {
        GuardAction.Flag => "flag",
        GuardAction.Mask => "mask",
        GuardAction.Hash => "hash",
        GuardAction.Redact => "redact",
        GuardAction.Tokenize => "tokenize",
        GuardAction.Block => "block",
        _ => "allow",
    };

    internal static string NameOf(VerdictAction action) => action switch
    {
        VerdictAction.Flag => "flag",
        VerdictAction.Block => "block",
        _ => "off",
    };
}

/// <summary>What kind of thing the guard found.</summary>
public enum GuardFinding : byte
{
    /// <summary>Personal data or a secret; the name is the entity.</summary>
    Pii,

    /// <summary>An attempt to take over the model; the names are the rules that fired.</summary>
    Injection,

    /// <summary>The name is the category.</summary>
    Content,

    /// <summary>The name is the category of the service that was asked.</summary>
    Moderation,

    /// <summary>Something that cannot be looked at.</summary>
    Unscanned,
}
