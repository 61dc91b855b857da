using System.Text;

namespace Edge.Configuration;

/// <summary>The reference tables of <c>docs/configuration.md</c>, written from the same declarations that the binder reads by.</summary>
internal static class ConfigReference
{
    public static string Write()
    {
        var text = new StringBuilder();
        foreach (var field in EdgeConfig.Section.Fields) WriteSection(text, field.Name, field.Kind);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void WriteSection(StringBuilder text, string path, ValueKind kind)
    {
        if (kind.Child is not { } section) return;
        path += kind.ChildPath;
        text.Append("### `").Append(path).Append("`\n\n").Append(section.Doc).Append("\n\n");
        text.Append("| key | value | default | |\n| --- | --- | --- | --- |\n");
        foreach (var field in section.Fields.Where(field => field.Kind.Child is null))
        {
            var names = string.Join(" or ", field.Names.Select(name => $"`{name}`"));
            var notBuilt = field.IsNotBuilt ? " *Not enforced yet.*" : "";
            text.Append($"| {names} | {field.Kind.TypeText} | {Default(field.DefaultText)} | {field.Doc}{notBuilt} |\n");
        }
        text.Append('\n');
        foreach (var field in section.Fields) WriteSection(text, path + "." + field.Name, field.Kind);
    }

    // A text with marks or spaces in it is prose; anything else is what one would write in the file.
    private static string Default(string text) => text.Length == 0 || text.AsSpan().ContainsAny('`', ' ') ? text : $"`{text}`";
}
