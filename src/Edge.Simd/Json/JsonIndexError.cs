namespace Edge.Simd.Json;

/// <summary>Why a text is not the JSON that we accept.</summary>
public enum JsonErrorKind : byte
{
    None,

    /// <summary>Nothing but white space.</summary>
    Empty,

    /// <summary>The text ends inside a value.</summary>
    Truncated,

    /// <summary>A byte that cannot stand there.</summary>
    UnexpectedByte,

    /// <summary>Something behind the value.</summary>
    TrailingData,

    /// <summary>A number that RFC 8259 does not know: leading zero, bare minus, missing digits.</summary>
    InvalidNumber,

    /// <summary>A literal that is none of true, false, null.</summary>
    InvalidLiteral,

    /// <summary>A backslash before something that is no escape.</summary>
    InvalidEscape,

    /// <summary>A control character (below 0x20) inside a string.</summary>
    ControlCharacter,

    /// <summary>Not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>Nested deeper than allowed.</summary>
    TooDeep,

    /// <summary>More values than allowed.</summary>
    TooManyValues,
}

/// <param name="Kind">None = no error.</param>
/// <param name="Offset">Byte offset at which it was seen.</param>
public readonly record struct JsonIndexError(JsonErrorKind Kind, int Offset);
