using System.Text;
using Edge.Guard.Content;

namespace Edge.Train;

/// <summary>The texts that were written for this project: templates, of each of which some fillings are taken.</summary>
internal static class Corpus
{
    // In a template a bar divides alternatives: a broken bar (U+00A6) is the bar of the text.
    // More fillings of one template teach nothing new; they are spread over all that there are.
    private const int Fillings = 12;

    public static IEnumerable<Sample> Read(string path, bool isAttack)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var all = BuiltInContent.Expand(line.Replace("\\n", "\n", StringComparison.Ordinal)).ToArray();
            var count = Math.Min(all.Length, Fillings);
            for (var i = 0; i < count; i++)
            {
                // The golden section spreads any number of points evenly.
                var at = all.Length <= Fillings ? i : (int)((i * 0.6180339887 % 1) * all.Length);
                var text = Encoding.UTF8.GetBytes(all[at].Replace('¦', '|'));
                yield return new Sample
                {
                    Text = text,
                    IsAttack = isAttack,
                    Category = isAttack ? "written_attacks" : "plain_written",
                    Source = Sample.Written,
                    Group = line,
                    NeedsContext = false,
                    Windows = WindowFeatures.Of(text),
                };
            }
        }
    }
}
