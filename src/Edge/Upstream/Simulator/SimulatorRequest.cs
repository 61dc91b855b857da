using System.Buffers;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Simulator;

/// <summary>What <c>tool_choice</c> asks for.</summary>
internal enum SimulatorToolChoice
{
    Auto,
    None,
    Required,
    Named,
}

/// <summary>What <c>response_format</c> asks for.</summary>
internal enum SimulatorFormat
{
    Text,
    JsonObject,
    JsonSchema,
}

/// <summary>
/// The fields of a chat-completions body that the simulator looks at, as views of it. Null counts as absent. The gateway has checked the body before,
/// but the simulator is also the provider of last resort in tests, so a field of a wrong type is a 400 here as well.
/// </summary>
internal ref struct SimulatorRequest
{
    public const int MaxChoices = 8;
    private const int MaxStops = 4;
    private const int MaxTools = 128;

    public SimulatorError? Error { get; private set; }

    public JsonText Model { get; private set; }

    public JsonValue Messages { get; private set; }

    public JsonValue LastMessage { get; private set; }

    /// <summary>The last message of role user; Kind None where there is none.</summary>
    public JsonValue LastUser { get; private set; }

    public bool Stream { get; private set; }

    public bool IncludeUsage { get; private set; }

    /// <summary>1..<see cref="int.MaxValue"/>; the latter where the request sets no limit.</summary>
    public int MaxTokens { get; private set; }

    public int Choices { get; private set; }

    public long? Seed { get; private set; }

    /// <summary>A string, an array of strings, or Kind None.</summary>
    public JsonValue Stop { get; private set; }

    public JsonValue Tools { get; private set; }

    public SimulatorToolChoice ToolChoice { get; private set; }

    /// <summary>Of <see cref="SimulatorToolChoice.Named"/>: one of the tools.</summary>
    public JsonText ToolName { get; private set; }

    public bool ParallelToolCalls { get; private set; }

    public SimulatorFormat Format { get; private set; }

    /// <summary>Of <see cref="SimulatorFormat.JsonSchema"/>.</summary>
    public JsonValue Schema { get; private set; }

    public readonly bool AfterTool => LastMessage["role"u8] is var role && (role.IsString("tool"u8) || role.IsString("function"u8));

    public static SimulatorRequest Read(JsonValue root)
    {
        var request = new SimulatorRequest { MaxTokens = int.MaxValue, Choices = 1, ParallelToolCalls = true };
        if (root.Kind != JsonKind.Object) request.Fail("The body is not a JSON object.", null);
        else request.ReadFields(root);
        return request;
    }

    /// <summary>A message's text, still escaped: its content, or its text parts one behind the other.</summary>
    public static void AppendText(JsonValue message, IBufferWriter<byte> output)
    {
        var content = message["content"u8];
        output.Write(content.RawText);
        foreach (var part in content.Elements)
        {
            if (part["type"u8].IsString("text"u8)) output.Write(part["text"u8].RawText);
        }
    }

    private void ReadFields(JsonValue root)
    {
        Model = root["model"u8].Text;
        if (Model.IsEmpty) Fail("'model' must be a non-empty string.", "model");
        ReadMessages(root["messages"u8]);
        Stream = Boolean(root["stream"u8], "stream", false);
        var options = root["stream_options"u8];
        if (options.Kind is not (JsonKind.None or JsonKind.Null or JsonKind.Object)) Fail("'stream_options' must be an object.", "stream_options");
        IncludeUsage = Boolean(options["include_usage"u8], "stream_options.include_usage", false);
        MaxTokens = (int)Integer(root["max_tokens"u8], "max_tokens", 1, int.MaxValue, MaxTokens);
        MaxTokens = (int)Integer(root["max_completion_tokens"u8], "max_completion_tokens", 1, int.MaxValue, MaxTokens);
        Choices = (int)Integer(root["n"u8], "n", 1, MaxChoices, 1);
        if (!root["seed"u8].IsNullOrAbsent) Seed = Integer(root["seed"u8], "seed", long.MinValue, long.MaxValue, 0);
        ReadStop(root["stop"u8]);
        ReadTools(root["tools"u8], root["tool_choice"u8]);
        ParallelToolCalls = Boolean(root["parallel_tool_calls"u8], "parallel_tool_calls", true);
        ReadFormat(root["response_format"u8]);
    }

    private void ReadMessages(JsonValue messages)
    {
        Messages = messages;
        foreach (var message in messages.Elements)
        {
            LastMessage = message;
            if (message["role"u8].Kind != JsonKind.String) Fail("Each of 'messages' must be an object with a string 'role'.", "messages");
            if (message["content"u8].Kind is not (JsonKind.None or JsonKind.Null or JsonKind.String or JsonKind.Array))
            {
                Fail("A message's 'content' must be a string, an array of parts, or null.", "messages");
            }
            if (message["role"u8].IsString("user"u8)) LastUser = message;
        }
        if (LastMessage.Kind == JsonKind.None) Fail("'messages' must be an array with at least one message.", "messages");
    }

    private void ReadStop(JsonValue stop)
    {
        if (stop.IsNullOrAbsent) return;
        Stop = stop;
        var count = 0;
        var valid = stop.Kind == JsonKind.Array || IsStop(stop);
        foreach (var element in stop.Elements) valid &= ++count <= MaxStops && IsStop(element);
        if (!valid) Fail($"'stop' must be a non-empty string or an array of at most {MaxStops} of them.", "stop");
    }

    private static bool IsStop(JsonValue value) => !value.RawText.IsEmpty;

    private void ReadTools(JsonValue tools, JsonValue choice)
    {
        if (tools.Kind is not (JsonKind.None or JsonKind.Null or JsonKind.Array)) Fail("'tools' must be an array.", "tools");
        Tools = tools;
        var count = 0;
        foreach (var tool in tools.Elements)
        {
            if (++count > MaxTools) Fail($"'tools' may hold at most {MaxTools}.", "tools");
            if (tool["function"u8]["name"u8].Text.IsEmpty) Fail("Each of 'tools' must be an object whose 'function' has a 'name'.", "tools");
        }
        if (choice.IsNullOrAbsent || choice.IsString("auto"u8)) return;
        ToolName = choice["function"u8]["name"u8].Text;
        ToolChoice = choice.IsString("none"u8) ? SimulatorToolChoice.None
            : choice.IsString("required"u8) ? SimulatorToolChoice.Required : SimulatorToolChoice.Named;
        if (ToolChoice == SimulatorToolChoice.Named && ToolName.IsEmpty)
        {
            Fail("'tool_choice' must be none, auto, required, or an object whose 'function' has a 'name'.", "tool_choice");
        }
        else if (ToolChoice == SimulatorToolChoice.Named && !HasTool(ToolName)) Fail("'tool_choice' names a function that is not among 'tools'.", "tool_choice");
        else if (ToolChoice == SimulatorToolChoice.Required && count == 0) Fail("'tool_choice' required needs at least one of 'tools'.", "tool_choice");
    }

    private readonly bool HasTool(JsonText name)
    {
        foreach (var tool in Tools.Elements)
        {
            if (tool["function"u8]["name"u8].RawText.SequenceEqual(name.Bytes)) return true;
        }
        return false;
    }

    private void ReadFormat(JsonValue format)
    {
        if (format.IsNullOrAbsent) return;
        var type = format["type"u8];
        if (type.IsString("json_object"u8)) Format = SimulatorFormat.JsonObject;
        else if (type.IsString("json_schema"u8)) Format = SimulatorFormat.JsonSchema;
        else if (!type.IsString("text"u8)) Fail("'response_format.type' must be text, json_object or json_schema.", "response_format");
        if (Format != SimulatorFormat.JsonSchema) return;
        Schema = format["json_schema"u8]["schema"u8];
        if (Schema.Kind != JsonKind.Object) Fail("'response_format.json_schema.schema' must be an object.", "response_format");
    }

    private bool Boolean(JsonValue value, string name, bool byDefault)
    {
        if (value.IsNullOrAbsent) return byDefault;
        if (!value.TryGetBoolean(out var boolean)) Fail($"'{name}' must be true or false.", name);
        return boolean;
    }

    private long Integer(JsonValue value, string name, long min, long max, long byDefault)
    {
        if (value.IsNullOrAbsent) return byDefault;
        if (value.TryGetInt64(out var number) && number >= min && number <= max) return number;
        Fail($"'{name}' must be a whole number from {min} to {max}.", name);
        return byDefault;
    }

    // The first problem in the order of reading is the one that is told.
    private void Fail(string message, string? param) => Error ??= SimulatorError.Invalid(message, param);
}
