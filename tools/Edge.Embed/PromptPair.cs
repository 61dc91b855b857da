using System.Text.Json;

namespace Edge.Embed;

/// <summary>Two prompts, and whether one answer serves both.</summary>
internal sealed record PromptPair(string A, string B, bool Same, string Kind, string Group)
{
    /// <summary>Reads blocks (a prompt, lines with = for the same and ! for another) or, from .jsonl, records with a, b, hit and kind.</summary>
    public static List<PromptPair> Read(string path) => path.EndsWith(".jsonl", StringComparison.Ordinal) ? [.. File.ReadLines(path).Where(l => l.Length > 0).Select(Record)] : Blocks(path);

    private static PromptPair Record(string line)
    {
        using var document = JsonDocument.Parse(line);
        var record = document.RootElement;
        return new PromptPair(record.GetProperty("a").GetString()!, record.GetProperty("b").GetString()!, record.GetProperty("hit").GetBoolean(), record.GetProperty("kind").GetString()!, record.GetProperty("group").GetString()!);
    }

    // What is asked otherwise is the same as every other line of that kind in its block, and other than all that must not share.
    private static List<PromptPair> Blocks(string path)
    {
        var pairs = new List<PromptPair>();
        foreach (var block in File.ReadAllText(path).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').ToList();
            if (lines.Count == 0) continue;
            var same = lines.Where(l => l[0] is not '=' and not '!').Concat(lines.Where(l => l[0] == '=').Select(l => l[2..])).ToList();
            var kind = Path.GetFileNameWithoutExtension(path);
            for (var i = 0; i < same.Count; i++)
            {
                for (var j = i + 1; j < same.Count; j++) pairs.Add(new PromptPair(same[i], same[j], true, kind, same[0]));
                foreach (var other in lines.Where(l => l[0] == '!')) pairs.Add(new PromptPair(same[i], other[2..], false, kind, same[0]));
            }
        }
        return pairs;
    }
}
