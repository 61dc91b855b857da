using System.Globalization;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

public static partial class AnthropicRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Fail(in AnthropicPath field, string message)
        {
            Error = new RequestError(field.ToString(), message);
            return false;
        }

        private bool Text(in AnthropicPath field, JsonValue value, out BodyRange range)
        {
            range = BodyRange.Of(value);
            return (value.Kind == JsonKind.String && !value.RawText.IsEmpty) || Fail(field, "Must be a non-empty string.");
        }

        private bool OptionalText(in AnthropicPath field, JsonValue value, out BodyRange range)
        {
            range = BodyRange.Of(value);
            return value.IsNullOrAbsent || value.Kind == JsonKind.String || Fail(field, "Must be a string.");
        }

        private bool Boolean(in AnthropicPath field, JsonValue value, out bool? flag)
        {
            flag = null;
            if (value.IsNullOrAbsent) return true;
            if (!value.TryGetBoolean(out var given)) return Fail(field, "Must be true or false.");
            flag = given;
            return true;
        }

        private bool Number(in AnthropicPath field, JsonValue value, double min, double max, out double? number)
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

        private bool Integer(in AnthropicPath field, JsonValue value, long min, long max, out long? number)
        {
            number = null;
            if (value.IsNullOrAbsent) return true;
            if (!Whole(value, out var given) || given < min || given > max)
            {
                return Fail(field, string.Create(CultureInfo.InvariantCulture, $"Must be an integer of at least {min}."));
            }
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

        private bool CacheControl(in AnthropicPath at, JsonValue value, out BodyRange mark)
        {
            mark = default;
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail(at, "Must be an object with the type ephemeral.");
            if (!value["type"u8].IsString("ephemeral"u8)) return Fail(at.Sub("type"), "Must be ephemeral.");
            var ttl = value["ttl"u8];
            if (!ttl.IsNullOrAbsent && !ttl.IsString("5m"u8) && !ttl.IsString("1h"u8)) return Fail(at.Sub("ephemeral.ttl"), "Must be 5m or 1h.");
            mark = BodyRange.Of(value);
            return true;
        }
    }
}
