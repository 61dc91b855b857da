using System.Globalization;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

public static partial class ResponsesRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Fail(in FieldName field, string message)
        {
            Error = new RequestError(field.ToString(), message);
            return false;
        }

        private bool Text(in FieldName field, JsonValue value, out BodyRange range)
        {
            range = BodyRange.Of(value);
            return (value.Kind == JsonKind.String && !value.RawText.IsEmpty) || Fail(field, "Must be a non-empty string.");
        }

        private bool OptionalText(in FieldName field, JsonValue value, out BodyRange range)
        {
            range = BodyRange.Of(value);
            return value.IsNullOrAbsent || value.Kind == JsonKind.String || Fail(field, "Must be a string.");
        }

        private bool Object(in FieldName field, JsonValue value) =>
            value.IsNullOrAbsent || value.Kind == JsonKind.Object || Fail(field, "Must be an object.");

        private bool Boolean(in FieldName field, JsonValue value, out bool? flag)
        {
            flag = null;
            if (value.IsNullOrAbsent) return true;
            if (!value.TryGetBoolean(out var given)) return Fail(field, "Must be true or false.");
            flag = given;
            return true;
        }

        private bool Number(in FieldName field, JsonValue value, double min, double max, out double? number)
        {
            number = null;
            if (value.IsNullOrAbsent) return true;
            if (!value.TryGetDouble(out var given) || given < min || given > max)
            {
                return Fail(field, string.Create(CultureInfo.InvariantCulture, $"Must be a number from {min} to {max}."));
            }
            number = given;
            return true;
        }

        private bool Integer(in FieldName field, JsonValue value, long min, long max, out long? number)
        {
            number = null;
            if (value.IsNullOrAbsent) return true;
            if (!Whole(value, out var given) || given < min || given > max) return Fail(field, IntegerRange(min, max));
            number = given;
            return true;
        }

        // Some clients write every number as a double: 100.0 is an integer, 100.5 is none.
        private static bool Whole(JsonValue value, out long number)
        {
            if (value.TryGetInt64(out number)) return true;
            if (!value.TryGetDouble(out var real) || real != Math.Floor(real) || Math.Abs(real) > 1L << 53) return false;
            number = (long)real;
            return true;
        }

        private static string IntegerRange(long min, long max) => (min, max) switch
        {
            (long.MinValue, long.MaxValue) => "Must be an integer.",
            (_, long.MaxValue or int.MaxValue) => $"Must be an integer of at least {min}.",
            _ => $"Must be an integer from {min} to {max}.",
        };
    }
}
