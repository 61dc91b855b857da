using System.Text;
using System.Text.Json;
using Edge.Guard.Injection;

namespace Edge.Train;

/// <summary>One record of a JSON Lines file: <c>{text, label, category, source, group?, system_prompt?, needs_context?}</c>.</summary>
internal sealed class Sample
{
    public required byte[] Text { get; init; }

    public required bool IsAttack { get; init; }

    public required string Category { get; init; }

    public required string Source { get; init; }

    /// <summary>Records of one group are variants of each other: they stay on one side of a split.</summary>
    public required string Group { get; init; }

    /// <summary>An attack only beside its system prompt or document: neither trained on nor counted among the headline figures.</summary>
    public required bool NeedsContext { get; init; }

    /// <summary>Each window's features.</summary>
    public required ushort[][] Windows { get; init; }

    public static IEnumerable<Sample> Read(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0) continue;
            using var document = JsonDocument.Parse(line);
            var record = document.RootElement;
            var label = record.GetProperty("label").GetString();
            if (label is not ("injection" or "benign")) continue;
            var text = Encoding.UTF8.GetBytes(record.GetProperty("text").GetString()!);
            yield return new Sample
            {
                Text = text,
                IsAttack = label == "injection",
                Category = String(record, "category"),
                Source = String(record, "source"),
                Group = String(record, "group"),
                NeedsContext = record.TryGetProperty("needs_context", out _) || record.TryGetProperty("system_prompt", out _),
                Windows = WindowFeatures.Of(text),
            };
        }
    }

    private static string String(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}

/// <summary>Collects the features of the windows that the detector would look at.</summary>
internal sealed class WindowFeatures : IWindowVisitor
{
    private readonly List<ushort[]> _windows = [];

    public static ushort[][] Of(byte[] text)
    {
        var visitor = new WindowFeatures();
        var length = Math.Min(text.Length, Scratch.Chunk);
        var shapes = TextShape.Look(text.AsSpan(0, length));
        var output = new byte[length];
        var folder = new TextFolder(output, new ushort[length]);
        Guard.Injection.Windows.Visit(output.AsSpan(0, folder.Fold(text.AsSpan(0, length), shapes)), ref visitor);
        return [.. visitor._windows];
    }

    public void Visit(scoped ReadOnlySpan<byte> window, scoped ReadOnlySpan<Token> tokens, int start)
    {
        var features = new ushort[Features.Max];
        _windows.Add(features[..Features.Of(tokens, features)]);
    }
}
