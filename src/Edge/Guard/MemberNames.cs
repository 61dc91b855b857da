using Edge.Providers.Json;

namespace Edge.Guard;

/// <summary>What the name of a request's member says about its value.</summary>
internal enum MemberName : byte
{
    /// <summary>Nothing: its strings are text.</summary>
    Other,

    /// <summary>An identifier, a signature, a word of the protocol: no text, and no change would be understood.</summary>
    NoText,

    /// <summary>Of a tool, no text; of whoever speaks, a name as good as any other text.</summary>
    Name,

    /// <summary>Text or base64.</summary>
    Data,

    Url,

    /// <summary>A call's arguments: JSON in a string.</summary>
    Arguments,

    /// <summary>A call's arguments as an object; at the top of the body the prompt.</summary>
    Input,

    /// <summary>Instructions of the application: system prompts, tools, schemas.</summary>
    System,

    /// <summary>Beside the conversation.</summary>
    Aside,

    /// <summary>A map of the application's making, beside the conversation: its members' names are no protocol.</summary>
    Notes,

    /// <summary>The same, and a model reads it.</summary>
    Free,
}

/// <summary>The members of the client dialects' bodies that the guard treats in a way of their own.</summary>
internal static class MemberNames
{
    private static readonly Dictionary<string, MemberName> _names = new(StringComparer.Ordinal)
    {
        ["model"] = MemberName.NoText,
        ["type"] = MemberName.NoText,
        ["role"] = MemberName.NoText,
        ["id"] = MemberName.NoText,
        ["name"] = MemberName.Name,
        ["tool_call_id"] = MemberName.NoText,
        ["tool_use_id"] = MemberName.NoText,
        ["call_id"] = MemberName.NoText,
        ["item_id"] = MemberName.NoText,
        ["file_id"] = MemberName.NoText,
        ["container_id"] = MemberName.NoText,
        ["file_ids"] = MemberName.NoText,
        ["input_file_id"] = MemberName.NoText,
        ["training_file"] = MemberName.NoText,
        ["validation_file"] = MemberName.NoText,
        ["vector_store_ids"] = MemberName.NoText,
        ["endpoint"] = MemberName.NoText,
        ["previous_response_id"] = MemberName.NoText,
        ["conversation"] = MemberName.NoText,
        ["signature"] = MemberName.NoText,
        ["thought_signature"] = MemberName.NoText,
        ["thoughtSignature"] = MemberName.NoText,
        ["encrypted_content"] = MemberName.NoText,
        ["encrypted_index"] = MemberName.NoText,
        ["media_type"] = MemberName.NoText,
        ["mime_type"] = MemberName.NoText,
        ["object"] = MemberName.NoText,
        ["status"] = MemberName.NoText,
        ["effort"] = MemberName.NoText,
        ["reasoning_effort"] = MemberName.NoText,
        ["verbosity"] = MemberName.NoText,
        ["detail"] = MemberName.NoText,
        ["service_tier"] = MemberName.NoText,
        ["cache_control"] = MemberName.NoText,
        ["modalities"] = MemberName.NoText,
        ["include"] = MemberName.NoText,
        ["required"] = MemberName.NoText,
        ["pattern"] = MemberName.NoText,
        ["$ref"] = MemberName.NoText,
        ["$schema"] = MemberName.NoText,
        ["$id"] = MemberName.NoText,
        ["encoding_format"] = MemberName.NoText,
        ["data"] = MemberName.Data,
        ["file_data"] = MemberName.Data,
        ["url"] = MemberName.Url,
        ["uri"] = MemberName.Url,
        ["image_url"] = MemberName.Url,
        ["file_url"] = MemberName.Url,
        ["server_url"] = MemberName.Url,
        ["arguments"] = MemberName.Arguments,
        ["input"] = MemberName.Input,
        ["system"] = MemberName.System,
        ["instructions"] = MemberName.System,
        ["tools"] = MemberName.System,
        ["functions"] = MemberName.System,
        ["response_format"] = MemberName.System,
        ["text_format"] = MemberName.System,
        ["output_config"] = MemberName.System,
        ["user"] = MemberName.Aside,
        ["metadata"] = MemberName.Notes,
        ["attributes"] = MemberName.Notes,
        ["variables"] = MemberName.Free,
        ["examples"] = MemberName.Free,
        ["input_examples"] = MemberName.Free,
        ["chat_template_kwargs"] = MemberName.Free,
        ["env"] = MemberName.Free,
        ["safety_identifier"] = MemberName.Aside,
        ["prompt_cache_key"] = MemberName.Aside,
        ["stop"] = MemberName.Aside,
        ["stop_sequences"] = MemberName.Aside,
        ["tool_choice"] = MemberName.Aside,
        ["reasoning"] = MemberName.Aside,
    };

    // By length, so that a name is compared with the few that could be it: this runs for every member of every message.
    private static readonly (byte[] Name, MemberName Meaning)[][] _byLength = ByLength();

    public static MemberName Find(JsonText name) => Find(name.Bytes, name.IsEscaped);

    /// <param name="name">As it stands in the body.</param>
    /// <param name="isEscaped">It holds escapes.</param>
    public static MemberName Find(ReadOnlySpan<byte> name, bool isEscaped)
    {
        if (name.Length >= _byLength.Length) return MemberName.Other;
        if (isEscaped) return FindEscaped(new JsonText(name, isEscaped: true));
        foreach (var (known, meaning) in _byLength[name.Length])
        {
            if (name.SequenceEqual(known)) return meaning;
        }
        return MemberName.Other;
    }

    private static MemberName FindEscaped(JsonText name) => _names.GetValueOrDefault(name.ToString());

    private static (byte[], MemberName)[][] ByLength()
    {
        var table = new (byte[], MemberName)[_names.Keys.Max(static name => name.Length) + 1][];
        for (var length = 0; length < table.Length; length++)
        {
            table[length] = [.. _names.Where(pair => pair.Key.Length == length).Select(static pair => (System.Text.Encoding.ASCII.GetBytes(pair.Key), pair.Value))];
        }
        return table;
    }
}
