using System.Text.Json;
using Edge.Metering;

namespace Edge.Configuration;

/// <summary>The path of a price file, read and checked with the configuration, so that a reload takes both or neither.</summary>
internal sealed class PriceFileKind : ValueKind<PriceFileContent?>
{
    public override string TypeText => "path";

    public override bool TryBind(BindContext context, YamlNode node, string path, PriceFileContent? start, out PriceFileContent? value)
    {
        value = start;
        if (!Kinds.OptionalText.TryBind(context, node, path, null, out var file) || file is null) return false;
        if (context.ReadFile(node, path, file, PriceFile.MaxBytes) is not { } bytes) return false;
        var count = context.Errors.Count;
        var lines = PriceFile.Read(bytes, file, context.Errors);
        if (context.Errors.Count > count) return false;
        value = new PriceFileContent(file, lines);
        return true;
    }

    public override string Format(PriceFileContent? value) => value?.Path ?? "";

    public override void WriteSchema(Utf8JsonWriter json) => Kinds.OptionalText.WriteSchema(json);
}
