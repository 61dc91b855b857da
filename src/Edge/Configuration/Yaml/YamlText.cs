using System.Text;

namespace Edge.Configuration;

/// <summary>From the bytes of a file to text that YAML may hold, or the reason why not.</summary>
internal static class YamlText
{
    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>False with one error added. The bytes themselves never show up in it.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, string file, List<ConfigError> errors, out string text)
    {
        text = "";
        if (bytes.Length >= 2 && (bytes[0], bytes[1]) is (0xFF, 0xFE) or (0xFE, 0xFF))
        {
            errors.Add(new ConfigError(file, 0, 0, "", "is UTF-16; save it as UTF-8"));
            return false;
        }
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];

        // Looked for in the bytes: a control character is one byte in UTF-8, and a binary file shows one long before its first invalid sequence.
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] >= 0x20 && bytes[i] != 0x7F || bytes[i] is (byte)'\t' or (byte)'\n' or (byte)'\r') continue;
            errors.Add(At(bytes, i, file, $"holds the control character 0x{bytes[i]:X2}; is it a binary file?"));
            return false;
        }
        try
        {
            text = _strictUtf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException e)
        {
            errors.Add(At(bytes, Math.Clamp(e.Index, 0, bytes.Length), file, "holds bytes that are not UTF-8"));
            return false;
        }
    }

    private static ConfigError At(ReadOnlySpan<byte> bytes, int index, string file, string message)
    {
        var before = bytes[..index];
        var lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new ConfigError(file, before.Count((byte)'\n') + 1, index - lineStart + 1, "", message);
    }
}
