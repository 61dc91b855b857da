using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Edge.Guard.Pii;
using Edge.TestSupport;

namespace Edge.Tests.Guard;

/// <summary>Precision and recall on cases that others wrote, with floors below which they may not fall.</summary>
public class PiiQualityTests(ITestOutputHelper output)
{
    private const double FormatFloor = 0.98, DefaultFloor = 0.95, SecretRecallFloor = 0.98, SecretPrecisionFloor = 0.955, BenignCeiling = 0.0125;

    private sealed class Score
    {
        public int Right, Missed, Wrong;

        public double Precision => Right + Wrong == 0 ? 1 : (double)Right / (Right + Wrong);

        public double Recall => Right + Missed == 0 ? 1 : (double)Right / (Right + Missed);

        public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

        public override string ToString() => $"P {Precision:F3}  R {Recall:F3}  F1 {F1:F3}  ({Right} right, {Missed} missed, {Wrong} wrong)";
    }

    // What is one kind of number here and a kind for each country there.
    private static PiiEntity? Entity(string name) => name switch
    {
        "PH_MOBILE_NUMBER" or "TR_PHONE_NUMBER" => PiiEntity.PhoneNumber,
        "FIN" => PiiEntity.SgNricFin,
        _ => PiiEntityNames.TryParse(name, out var entity) ? entity : null,
    };

    /// <summary>Confidence 1: whether the form is recognised at all. Default: what would be acted upon, without the records whose own recogniser is unsure.</summary>
    [Theory]
    [InlineData(1, FormatFloor)]
    [InlineData(Confidence.Default, DefaultFloor)]
    public void Identifiers_of_presidio(byte minimum, double floor)
    {
        var scores = new SortedDictionary<string, Score>(StringComparer.Ordinal);
        var all = new Score();
        foreach (var record in SharedData.Lines("pii/presidio.jsonl"))
        {
            var name = record.GetProperty("entity").GetString()!;
            if (!scores.TryGetValue(name, out var score)) scores[name] = score = new Score();
            var text = record.GetProperty("text").GetString()!;
            var valid = record.GetProperty("valid").GetBoolean();
            if (valid && minimum > 1 && IsUnsure(record)) continue;
            var found = Entity(name) is { } entity ? Find(text, minimum).Where(f => f.Entity == entity).Select(f => Range(text, f)).ToList() : [];
            var (right, missed, wrong) = valid ? Compare(record, found) : (0, 0, Math.Min(found.Count, 1));
            score.Right += right;
            score.Missed += missed;
            score.Wrong += wrong;
            if (missed + wrong > 0) output.WriteLine($"{(missed > 0 ? "missed" : "wrong ")} {name}: {text}");
            all.Right += right;
            all.Missed += missed;
            all.Wrong += wrong;
        }
        foreach (var (name, score) in scores) output.WriteLine($"{name,-28} {score}");
        output.WriteLine($"{"overall",-28} {all}");
        Assert.True(all.F1 >= floor, $"F1 fell to {all.F1:F3}, below {floor}.");
    }

    [Fact]
    public void Secrets_of_gitleaks()
    {
        var scores = new SortedDictionary<string, Score>(StringComparer.Ordinal);
        var all = new Score();
        using var stream = new GZipStream(File.OpenRead(SharedData.Path("pii/secrets_gitleaks.jsonl.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var record = JsonDocument.Parse(line).RootElement;
            var rule = record.GetProperty("rule").GetString()!;
            if (!scores.TryGetValue(rule, out var score)) scores[rule] = score = new Score();
            var text = record.GetProperty("text").GetString()!;
            var valid = record.GetProperty("valid").GetBoolean();
            var found = Find(text, Confidence.Default).Exists(f => f.Entity is >= PiiEntity.PrivateKey or PiiEntity.UrlCredentials);
            foreach (var s in (Score[])[score, all])
            {
                if (valid && found) s.Right++;
                else if (valid) s.Missed++;
                else if (found) s.Wrong++;
            }
            if (found != valid) output.WriteLine($"{(valid ? "missed" : "wrong ")} {rule}: {text.ReplaceLineEndings("\\n")[..Math.Min(160, text.ReplaceLineEndings("\\n").Length)]}");
        }
        foreach (var (rule, score) in scores) output.WriteLine($"{rule,-40} {score}");
        output.WriteLine($"{"overall",-40} {all}");
        Assert.True(all.Recall >= SecretRecallFloor, $"Recall fell to {all.Recall:F3}, below {SecretRecallFloor}.");
        Assert.True(all.Precision >= SecretPrecisionFloor, $"Precision fell to {all.Precision:F3}, below {SecretPrecisionFloor}.");
    }

    [Fact]
    public void Example_numbers_of_every_country_are_telephone_numbers()
    {
        var score = new Score();
        foreach (var record in SharedData.Lines("pii/phone_examples.jsonl"))
        {
            var text = record.GetProperty("text").GetString()!;
            if (Find(text, Confidence.Default).Exists(f => f.Entity == PiiEntity.PhoneNumber)) score.Right++;
            else
            {
                score.Missed++;
                output.WriteLine("missed " + text);
            }
        }
        output.WriteLine(score.ToString());
        Assert.True(score.Recall >= 0.98, $"Recall fell to {score.Recall:F3}.");
    }

    /// <summary>Everyday prompts hold little: whatever is found in many of them is a false alarm, dates and links aside.</summary>
    [Fact]
    public void Everyday_prompts_raise_few_alarms()
    {
        var (prompts, alarmed) = (0, 0);
        foreach (var record in SharedData.Lines("injection/benign.jsonl"))
        {
            var text = record.GetProperty("text").GetString()!;
            prompts++;
            var found = Find(text, Confidence.Default).Where(f => f.Entity is not (PiiEntity.Url or PiiEntity.DateTime)).ToList();
            if (found.Count > 0) alarmed++;
            foreach (var f in found) output.WriteLine($"{f.Entity.Name()} {f.Confidence}: {Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan(f.Start, Math.Min(60, f.Length)))}");
        }
        output.WriteLine($"{alarmed} of {prompts} prompts");
        Assert.True((double)alarmed / prompts <= BenignCeiling, $"{alarmed} of {prompts} prompts raised an alarm.");
    }

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

    private static List<Finding> Find(string text, byte minimum)
    {
        var findings = new FindingList([]);
        PiiDetector.Find(Encoding.UTF8.GetBytes(text), ref findings);
        var list = findings.Items.ToArray().Where(f => f.Confidence >= minimum).ToList();
        findings.Dispose();
        return list;
    }
}
