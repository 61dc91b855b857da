using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Edge.Guard.Pii;
using Edge.TestSupport;

namespace Edge.Tests.Guard;

/// <summary>What is right, missed and wrong.</summary>
internal sealed class PiiScore
{
    public int Right, Missed, Wrong;

    public double Precision => Right + Wrong == 0 ? 1 : (double)Right / (Right + Wrong);

    public double Recall => Right + Missed == 0 ? 1 : (double)Right / (Right + Missed);

    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    public void Add(int right, int missed, int wrong)
    {
        Right += right;
        Missed += missed;
        Wrong += wrong;
    }

    public override string ToString() => $"P {Precision:F3}  R {Recall:F3}  F1 {F1:F3}  ({Right} right, {Missed} missed, {Wrong} wrong)";
}

/// <summary>One corpus scored: as a whole, and by entity or rule.</summary>
internal sealed class PiiScores
{
    public PiiScore All { get; } = new();

    public SortedDictionary<string, PiiScore> ByName { get; } = new(StringComparer.Ordinal);

    /// <summary>What went wrong, a line each.</summary>
    public List<string> Failures { get; } = [];

    private void Add(string name, int right, int missed, int wrong)
    {
        if (!ByName.TryGetValue(name, out var score)) ByName[name] = score = new PiiScore();
        score.Add(right, missed, wrong);
        All.Add(right, missed, wrong);
    }

    /// <summary>
    /// Confidence 1: whether the form is recognised at all. Default: what would be acted upon, without the records whose own recogniser is unsure (below 0.4).
    /// </summary>
    public static PiiScores Identifiers(byte minimum)
    {
        var scores = new PiiScores();
        foreach (var record in SharedData.Lines("pii/presidio.jsonl"))
        {
            var name = record.GetProperty("entity").GetString()!;
            var text = record.GetProperty("text").GetString()!;
            var valid = record.GetProperty("valid").GetBoolean();
            if (valid && minimum > 1 && IsUnsure(record)) continue;
            var found = Entity(name) is { } entity ? Find(text, minimum).Where(f => f.Entity == entity).Select(f => Range(text, f)).ToList() : [];
            var (right, missed, wrong) = valid ? Compare(record, found) : (0, 0, Math.Min(found.Count, 1));
            scores.Add(name, right, missed, wrong);
            if (missed + wrong > 0) scores.Failures.Add($"{(missed > 0 ? "missed" : "wrong ")} {name}: {text}");
        }
        return scores;
    }

    /// <summary>Whether a text holds a secret at all, of whichever kind.</summary>
    public static PiiScores Secrets()
    {
        var scores = new PiiScores();
        using var stream = new GZipStream(File.OpenRead(SharedData.Path("pii/secrets_gitleaks.jsonl.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var record = JsonDocument.Parse(line).RootElement;
            var rule = record.GetProperty("rule").GetString()!;
            var text = record.GetProperty("text").GetString()!;
            var valid = record.GetProperty("valid").GetBoolean();
            var found = Find(text, Confidence.Default).Exists(f => f.Entity is >= PiiEntity.PrivateKey or PiiEntity.UrlCredentials);
            scores.Add(rule, valid && found ? 1 : 0, valid && !found ? 1 : 0, !valid && found ? 1 : 0);
            if (found != valid) scores.Failures.Add($"{(valid ? "missed" : "wrong ")} {rule}: {text.ReplaceLineEndings("\\n")[..Math.Min(160, text.ReplaceLineEndings("\\n").Length)]}");
        }
        return scores;
    }

    /// <summary>An example of every country's mobile numbers.</summary>
    public static PiiScores Telephones()
    {
        var scores = new PiiScores();
        foreach (var record in SharedData.Lines("pii/phone_examples.jsonl"))
        {
            var text = record.GetProperty("text").GetString()!;
            var found = Find(text, Confidence.Default).Exists(f => f.Entity == PiiEntity.PhoneNumber);
            scores.Add("PHONE_NUMBER", found ? 1 : 0, found ? 0 : 1, 0);
            if (!found) scores.Failures.Add("missed " + text);
        }
        return scores;
    }

    /// <summary>What one text holds at the confidence.</summary>
    public static List<Finding> Find(string text, byte minimum)
    {
        var findings = new FindingList([]);
        PiiDetector.Find(Encoding.UTF8.GetBytes(text), ref findings);
        var list = findings.Items.ToArray().Where(f => f.Confidence >= minimum).ToList();
        findings.Dispose();
        return list;
    }

    // What is one kind of number here and a kind for each country there.
    private static PiiEntity? Entity(string name) => name switch
    {
        "PH_MOBILE_NUMBER" or "TR_PHONE_NUMBER" => PiiEntity.PhoneNumber,
        "FIN" => PiiEntity.SgNricFin,
        _ => PiiEntityNames.TryParse(name, out var entity) ? entity : null,
    };

    private static bool IsUnsure(JsonElement record) =>
        record.TryGetProperty("scores", out var scores) && scores.ValueKind == JsonValueKind.Array && scores.EnumerateArray().Any(pair => pair[0].GetDouble() < 0.4);

    private static (int Right, int Missed, int Wrong) Compare(JsonElement record, List<(int Start, int End)> found)
    {
        if (record.GetProperty("spans") is not { ValueKind: JsonValueKind.Array } spans)
        {
            var wanted = record.GetProperty("count_min") is { ValueKind: JsonValueKind.Number } min ? Math.Max(1, min.GetInt32()) : 1;
            var distinct = found.Distinct().Count();
            return (Math.Min(wanted, distinct), Math.Max(0, wanted - distinct), 0);
        }
        var expected = spans.EnumerateArray().Select(s => (Start: s.GetProperty("start").GetInt32(), End: s.GetProperty("end").GetInt32())).ToList();
        var right = expected.Count(e => found.Exists(f => Overlap(e, f) * 2 > e.End - e.Start));
        var wrong = found.Count(f => !expected.Exists(e => Overlap(e, f) > 0));
        return (right, expected.Count - right, wrong);
    }

    private static int Overlap((int Start, int End) a, (int Start, int End) b) => Math.Max(0, Math.Min(a.End, b.End) - Math.Max(a.Start, b.Start));

    private static (int Start, int End) Range(string text, Finding finding)
    {
        // Spans of the data count code points.
        var bytes = Encoding.UTF8.GetBytes(text);
        return (CodePoints(bytes.AsSpan(0, finding.Start)), CodePoints(bytes.AsSpan(0, finding.End)));
    }

    private static int CodePoints(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
        {
            if ((b & 0xC0) != 0x80) count++;
        }
        return count;
    }
}
