using System.Globalization;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects;

/// <summary>Reads a request's values as every client's dialect has them. Each gives null, or what the value must be; absent and null are allowed but where a text is demanded.</summary>
internal static class RequestValues
{
    public static string? Text(JsonValue value, out BodyRange range)
    {
        range = BodyRange.Of(value);
        return value.Kind == JsonKind.String && !value.RawText.IsEmpty ? null : "Must be a non-empty string.";
    }

    public static string? OptionalText(JsonValue value, out BodyRange range)
    {
        range = BodyRange.Of(value);
        return value.IsNullOrAbsent || value.Kind == JsonKind.String ? null : "Must be a string.";
    }

    public static string? Object(JsonValue value) => value.IsNullOrAbsent || value.Kind == JsonKind.Object ? null : "Must be an object.";

    public static string? Boolean(JsonValue value, out bool? flag)
    {
        flag = null;
        if (value.IsNullOrAbsent) return null;
        if (!value.TryGetBoolean(out var given)) return "Must be true or false.";
        flag = given;
        return null;
    }

    public static string? Number(JsonValue value, double min, double max, out double? number)
    {
        number = null;
        if (value.IsNullOrAbsent) return null;
        if (!value.TryGetDouble(out var given) || given < min || given > max) return string.Create(CultureInfo.InvariantCulture, $"Must be a number from {min} to {max}.");
        number = given;
        return null;
    }

    public static string? Integer(JsonValue value, long min, long max, out long? number)
    {
        number = null;
        if (value.IsNullOrAbsent) return null;
        if (!IsWhole(value, out var given) || given < min || given > max)
        {
            return (min, max) switch
            {
                (long.MinValue, long.MaxValue) => "Must be an integer.",
                (_, long.MaxValue or int.MaxValue) => $"Must be an integer of at least {min}.",
                _ => $"Must be an integer from {min} to {max}.",
            };
        }
        number = given;
        return null;
    }

    // Some clients write every number as a double: 100.0 is an integer, 100.5 is none.
    private static bool IsWhole(JsonValue value, out long number)
    {
        if (value.TryGetInt64(out number)) return true;
        if (!value.TryGetDouble(out var real) || real != Math.Floor(real) || Math.Abs(real) > 1L << 53) return false;
        number = (long)real;
        return true;
    }
}
