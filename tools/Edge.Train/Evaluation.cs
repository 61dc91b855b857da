using System.Text;
using Edge.Guard.Injection;

namespace Edge.Train;

/// <summary>What the detector finds, with weights that have seen the case and with weights that have not.</summary>
internal static class Evaluation
{
    private const int Folds = 5;

    public static void Print(IReadOnlyList<Sample> samples)
    {
        Table("rules alone", samples, _ => null);
        var shipped = InjectionClassifier.Embedded;
        Table("shipped weights", samples, _ => shipped);
        Table($"{Folds} folds by group", samples, Models(samples, s => (int)(StableHash(s.Group) % Folds)));
        Table("each source left out", samples, Models(samples, s => (int)(StableHash(s.Source) % 10_007)));
        Table("each category left out", samples, Models(samples, s => (int)(StableHash(s.Category) % 10_007)));
    }

    /// <summary>Only what weights find that have not seen the case's source, by source: the figure to work on, in a fifth of the time.</summary>
    public static void PrintUnseen(IReadOnlyList<Sample> samples)
    {
        var model = Models(samples, s => (int)(StableHash(s.Source) % 10_007));
        foreach (var group in samples.Where(s => !s.NeedsContext).GroupBy(s => (s.IsAttack, s.Source, s.Category)).OrderBy(g => g.Key.IsAttack ? 0 : 1).ThenBy(g => g.Key.Source, StringComparer.Ordinal))
        {
            Console.WriteLine($"{(group.Key.IsAttack ? "attack" : "benign")} {group.Key.Source} {group.Key.Category}: {group.Count(s => Score(s, model(s)).Score >= InjectionDetector.DefaultThreshold)} of {group.Count()}");
        }
        Table("each source left out", samples, model);
    }

    public static void PrintMisses(IReadOnlyList<Sample> samples)
    {
        var model = Models(samples, s => (int)(StableHash(s.Source) % 10_007));
        Span<byte> rules = stackalloc byte[256];
        foreach (var s in samples.OrderBy(s => s.Category, StringComparer.Ordinal))
        {
            var verdict = Score(s, model(s));
            if (verdict.Score >= InjectionDetector.DefaultThreshold == s.IsAttack) continue;
            var text = Encoding.UTF8.GetString(s.Text).ReplaceLineEndings("\\n");
            Console.WriteLine($"{(s.IsAttack ? "miss " : "false")} {verdict.Score:F2} {s.Category} [{Encoding.UTF8.GetString(rules[..verdict.WriteRules(rules)])}] {(text.Length > 300 ? text[..150] + " ~~~ " + text[^150..] : text)}");
        }
    }

    /// <summary>Scores each line of a file (\n in it is a line feed) with the shipped weights and prints those that are flagged.</summary>
    public static void PrintFlagged(string path, TextRole role)
    {
        Span<byte> rules = stackalloc byte[256];
        int flagged = 0, all = 0;
        foreach (var line in File.ReadLines(path).Where(l => l.Length > 0 && l[0] != '%'))
        {
            all++;
            var verdict = default(InjectionVerdict);
            InjectionDetector.Shared.Score(Encoding.UTF8.GetBytes(line.Replace("\\n", "\n", StringComparison.Ordinal)), role, ref verdict);
            if (verdict.Score < InjectionDetector.DefaultThreshold) continue;
            flagged++;
            Console.WriteLine($"{verdict.Score:F2} [{Encoding.UTF8.GetString(rules[..verdict.WriteRules(rules)])}] {line}");
        }
        Console.WriteLine($"{flagged} of {all} are flagged");
    }

    private static Func<Sample, InjectionClassifier?> Models(IReadOnlyList<Sample> samples, Func<Sample, int> fold)
    {
        var models = new Dictionary<int, InjectionClassifier>();
        var folds = samples.Select(fold).Distinct().ToArray();
        Parallel.ForEach(folds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, f =>
        {
            var (weights, bias) = Trainer.Train([.. samples.Where(s => fold(s) != f && (!s.NeedsContext || s.Category == "cse_indirect"))]);
            lock (models) models[f] = InjectionClassifier.Read(InjectionClassifier.Write(weights, bias));
        });
        return s => models[fold(s)];
    }

    private static void Table(string title, IReadOnlyList<Sample> samples, Func<Sample, InjectionClassifier?> model)
    {
        Console.WriteLine($"## {title}");
        foreach (var group in samples.GroupBy(s => (s.IsAttack, s.NeedsContext, s.Category)).OrderBy(g => (g.Key.IsAttack ? 0 : 2) + (g.Key.NeedsContext ? 1 : 0)).ThenBy(g => g.Key.Category, StringComparer.Ordinal))
        {
            var found = group.Count(s => Score(s, model(s)).Score >= InjectionDetector.DefaultThreshold);
            var looked = group.Count(s => s.Windows.Length > 0);
            Console.WriteLine($"{(group.Key.IsAttack ? "attack" : "benign"),-7}{group.Key.Category,-28}{found,5} of {group.Count(),5} = {100.0 * found / group.Count(),5:F1} %   looked at {100.0 * looked / group.Count(),5:F1} %");
        }
        var headline = samples.Where(s => !s.NeedsContext && s.Source != Sample.Written).ToArray();
        var caught = headline.Count(s => s.IsAttack && Score(s, model(s)).Score >= InjectionDetector.DefaultThreshold);
        Console.WriteLine($"recall without those that need context: {100.0 * caught / headline.Count(s => s.IsAttack):F1} %");
        foreach (var kind in new[] { "plain", "hard" })
        {
            var benign = headline.Where(s => !s.IsAttack && s.Category.StartsWith("hard", StringComparison.Ordinal) == (kind == "hard")).ToArray();
            Console.WriteLine($"false positives, {kind}: {100.0 * benign.Count(s => Score(s, model(s)).Score >= InjectionDetector.DefaultThreshold) / benign.Length:F2} %");
        }
        foreach (var threshold in (float[])[0.4f, 0.5f, 0.6f, 0.7f, 0.8f])
        {
            var (attacks, harmless) = (headline.Where(s => s.IsAttack).ToArray(), headline.Where(s => !s.IsAttack).ToArray());
            Console.WriteLine($"at {threshold}: recall {100.0 * attacks.Count(s => Score(s, model(s)).Score >= threshold) / attacks.Length:F1} %, false positives {100.0 * harmless.Count(s => Score(s, model(s)).Score >= threshold) / harmless.Length:F2} %");
        }
    }

    private static InjectionVerdict Score(Sample sample, InjectionClassifier? model)
    {
        var verdict = default(InjectionVerdict);
        new InjectionDetector(model).Score(sample.Text, TextRole.User, ref verdict);
        return verdict;
    }

    private static uint StableHash(string text) => Encoding.UTF8.GetBytes(text).Aggregate(2166136261u, (hash, b) => (hash ^ b) * 16777619u);
}
