namespace Edge.Configuration;

/// <summary>
/// A value that must never reach a log line, an error or a dump. Records print their members, so a plain string would
/// leak through any <c>ToString()</c> of the configuration; this type prints <c>***</c> and gives the value only by name.
/// </summary>
public readonly struct Secret : IEquatable<Secret>
{
    private readonly string? _value;

    public Secret(string? value) => _value = value;

    /// <summary>True where a non-empty value is held.</summary>
    public bool HasValue => !string.IsNullOrEmpty(_value);

    /// <summary>The value itself, empty where none is set.</summary>
    public string Reveal() => _value ?? "";

    public bool Equals(Secret other) => string.Equals(Reveal(), other.Reveal(), StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is Secret other && Equals(other);

    public override int GetHashCode() => Reveal().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => HasValue ? "***" : "";

    public static bool operator ==(Secret left, Secret right) => left.Equals(right);

    public static bool operator !=(Secret left, Secret right) => !left.Equals(right);
}
