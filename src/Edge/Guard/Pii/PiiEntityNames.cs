using System.Text;

namespace Edge.Guard.Pii;

/// <summary>The names of entities in configuration, errors and metrics: <see cref="PiiEntity.UsSsn"/> is <c>US_SSN</c>.</summary>
internal static class PiiEntityNames
{
    private static readonly string[] _names = [.. Enum.GetNames<PiiEntity>().Select(UpperSnake)];
    private static readonly Dictionary<string, PiiEntity> _entities = _names.Select(static (name, index) => (name, index)).ToDictionary(static pair => pair.name, static pair => (PiiEntity)pair.index, StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> All => _names;

    public static string Name(this PiiEntity entity) => _names[(int)entity];

    /// <summary>Case-insensitive; false for a name that no entity has.</summary>
    public static bool TryParse(string name, out PiiEntity entity) => _entities.TryGetValue(name, out entity);

    private static string UpperSnake(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }
        return text.ToString();
    }
}
