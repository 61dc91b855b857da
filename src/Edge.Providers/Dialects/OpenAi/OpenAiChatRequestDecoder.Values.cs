using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

public static partial class OpenAiChatRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Fail(in FieldName field, string message)
        {
            Error = new RequestError(field.ToString(), message);
            return false;
        }

        private bool Check(in FieldName field, string? wrong) => wrong is null || Fail(field, wrong);

        private bool Text(in FieldName field, JsonValue value, out BodyRange range) => Check(field, RequestValues.Text(value, out range));

        private bool OptionalText(in FieldName field, JsonValue value, out BodyRange range) => Check(field, RequestValues.OptionalText(value, out range));

        private bool Object(in FieldName field, JsonValue value) => Check(field, RequestValues.Object(value));

        private bool Boolean(in FieldName field, JsonValue value, out bool? flag) => Check(field, RequestValues.Boolean(value, out flag));

        private bool Number(in FieldName field, JsonValue value, double min, double max, out double? number) => Check(field, RequestValues.Number(value, min, max, out number));

        private bool Integer(in FieldName field, JsonValue value, long min, long max, out long? number) => Check(field, RequestValues.Integer(value, min, max, out number));
    }
}
