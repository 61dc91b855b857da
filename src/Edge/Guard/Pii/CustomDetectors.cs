namespace Edge.Guard.Pii;
internal sealed class CustomDetectors
{
    public int Count => 0;
    public string NameOf(PiiEntity entity) => "";
    public bool TryParse(string name, out PiiEntity entity) { entity = default; return false; }
}
