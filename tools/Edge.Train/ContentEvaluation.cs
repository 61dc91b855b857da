using System.Text.Json;
using Edge.Guard.Content;

namespace Edge.Train;

/// <summary>What the built-in content categories find.</summary>
internal static class ContentEvaluation
{
    public static void Print(IEnumerable<string> files)
    {
        if (!ContentFilter.TryCreate(BuiltInContent.Categories, out var filter, out var error)) throw new InvalidDataException(error);
        Console.WriteLine($"literals: {BuiltInContent.Categories.Sum(c => c.Literals.Count + c.Led.Count)}");
        foreach (var group in files.SelectMany(File.ReadLines).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement).GroupBy(r => r.GetProperty("label").GetString() + " " + r.GetProperty("category").GetString()))
        {
            var found = 0;
            foreach (var record in group)
            {
                var hits = default(ContentHits);
                var text = record.GetProperty("text").GetString()!;
                var isHit = filter.Find(System.Text.Encoding.UTF8.GetBytes(text), ref hits);
                if (isHit) found++;
                var shouldHit = group.Key.StartsWith("harmful", StringComparison.Ordinal);
                if (isHit != shouldHit && (shouldHit || group.Key.StartsWith("benign", StringComparison.Ordinal))) Console.WriteLine($"{(isHit ? "false " + filter.Categories[hits.First.Category] : "miss")}: {text[..Math.Min(150, text.Length)]}");
            }
            Console.WriteLine($"{group.Key,-40} {found,5} of {group.Count()}");
        }
    }
}
