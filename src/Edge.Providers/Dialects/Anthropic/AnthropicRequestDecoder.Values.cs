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

        private bool Check(in AnthropicPath field, string? wrong) => wrong is null || Fail(field, wrong);

        private bool Text(in AnthropicPath field, JsonValue value, out BodyRange range) => Check(field, RequestValues.Text(value, out range));

        private bool OptionalText(in AnthropicPath field, JsonValue value, out BodyRange range) => Check(field, RequestValues.OptionalText(value, out range));

        private bool Boolean(in AnthropicPath field, JsonValue value, out bool? flag) => Check(field, RequestValues.Boolean(value, out flag));

        private bool Number(in AnthropicPath field, JsonValue value, double min, double max, out double? number) => Check(field, RequestValues.Number(value, min, max, out number));

        private bool Integer(in AnthropicPath field, JsonValue value, long min, long max, out long? number) => Check(field, RequestValues.Integer(value, min, max, out number));

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
