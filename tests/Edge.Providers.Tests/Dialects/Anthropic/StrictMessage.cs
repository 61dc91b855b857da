using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Edge.Providers.Tests.Dialects.Anthropic;

/// <summary>
/// Puts a stream of the Messages API together by its documented rules alone, and fails where one is broken: the order of events, indexes without gaps, one open block at
/// a time, deltas of the block's own kind, one signature a block, arguments that parse, an end. It shares no code with the encoder.
/// </summary>
internal sealed class StrictMessage
{
    private static readonly string[] _messageMembers = ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"];

    private readonly JsonArray _content = [];
    private JsonObject? _message;
    private JsonObject? _block;
    private StringBuilder _arguments = new();

    // The block's text, escapes as they came: half a surrogate pair is no string yet.
    private StringBuilder _text = new();
    private JsonElement _delta;
    private bool _isSigned;
    private bool _hasDelta;
    private bool _isStopped;

    /// <summary>The error event that came instead of the end.</summary>
    public JsonElement? Error { get; private set; }

    public JsonElement Message => JsonDocument.Parse(_message!.ToJsonString()).RootElement;

    public static StrictMessage Read(string stream, bool lenientArguments = false)
    {
        var message = new StrictMessage { LenientArguments = lenientArguments };
        foreach (var block in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.StartsWith("event: ", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("data: ", lines[1], StringComparison.Ordinal);
            using var document = JsonDocument.Parse(lines[1][6..]);
            message._delta = document.RootElement.TryGetProperty("delta", out var delta) ? delta : default;
            message.Event(lines[0][7..], JsonNode.Parse(lines[1][6..])!.AsObject());
        }
        return message;
    }

    /// <summary>A stream that must be whole.</summary>
    public static JsonElement Whole(string stream, bool lenientArguments = false)
    {
        Assert.EndsWith("\n\n", stream, StringComparison.Ordinal);
        var message = Read(stream, lenientArguments);
        Assert.Null(message.Error);
        Assert.True(message._isStopped, "no message_stop");
        return message.Message;
    }

    /// <summary>Arguments need not parse: the model's own slip.</summary>
    public bool LenientArguments { get; private init; }

    private void Event(string name, JsonObject data)
    {
        Assert.Equal(name, (string?)data["type"]);
        Assert.False(_isStopped, "an event behind message_stop");
        Assert.Null(Error);
        if (name == "error")
        {
            Error = JsonDocument.Parse(data.ToJsonString()).RootElement;
            return;
        }
        Assert.True(_message is not null || name == "message_start", $"{name} before message_start");
        switch (name)
        {
            case "message_start": Start(data["message"]!.DeepClone().AsObject()); break;
            case "content_block_start": StartBlock(data); break;
            case "content_block_delta": Delta(data); break;
            case "content_block_stop": StopBlock(data); break;
            case "message_delta": MessageDelta(data); break;
            case "message_stop":
                Assert.True(_hasDelta, "message_stop before message_delta");
                _isStopped = true;
                break;
            default: Assert.Fail($"unknown event {name}"); break;
        }
    }

    private void Start(JsonObject message)
    {
        Assert.Null(_message);
        foreach (var member in _messageMembers) Assert.True(message.ContainsKey(member), member);
        Assert.StartsWith("msg_", (string?)message["id"], StringComparison.Ordinal);
        Assert.Equal("assistant", (string?)message["role"]);
        Assert.Empty(message["content"]!.AsArray());
        Assert.Null(message["stop_reason"]);
        foreach (var counter in (string[])["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"])
        {
            Assert.True((long)message["usage"]![counter]! >= 0);
        }
        message["content"] = _content;
        _message = message;
    }

    private void StartBlock(JsonObject data)
    {
        Assert.Null(_block);
        Assert.False(_hasDelta, "a block behind message_delta");
        Assert.Equal(_content.Count, (int)data["index"]!);
        _block = data["content_block"]!.DeepClone().AsObject();
        switch ((string?)_block["type"])
        {
            case "text": Assert.Equal("", (string?)_block["text"]); break;
            case "thinking":
                Assert.Equal("", (string?)_block["thinking"]);
                Assert.Equal("", (string?)_block["signature"]);
                break;
            case "redacted_thinking": Assert.NotEmpty((string)_block["data"]!); break;
            case "tool_use":
                Assert.NotEmpty((string)_block["id"]!);
                Assert.NotEmpty((string)_block["name"]!);
                Assert.Empty(_block["input"]!.AsObject());
                break;
            default: Assert.Fail($"unknown block {_block["type"]}"); break;
        }
        _content.Add(_block);
        _arguments = new();
        _text = new();
        _isSigned = false;
    }

    private void Delta(JsonObject data)
    {
        Assert.NotNull(_block);
        Assert.Equal(_content.Count - 1, (int)data["index"]!);
        var delta = data["delta"]!;
        var (type, expected) = ((string?)_block["type"], (string?)delta["type"] switch
        {
            "text_delta" or "citations_delta" => "text",
            "thinking_delta" or "signature_delta" => "thinking",
            "input_json_delta" => "tool_use",
            var other => $"? {other}",
        });
        Assert.Equal(expected, type);
        Assert.False(_isSigned, "a delta behind the signature");
        switch ((string?)delta["type"])
        {
            case "text_delta": _text.Append(_delta.GetProperty("text").GetRawText()[1..^1]); break;
            case "thinking_delta": _text.Append(_delta.GetProperty("thinking").GetRawText()[1..^1]); break;
            case "input_json_delta": _arguments.Append(_delta.GetProperty("partial_json").GetRawText()[1..^1]); break;
            case "citations_delta":
                if (_block["citations"] is null) _block["citations"] = new JsonArray();
                _block["citations"]!.AsArray().Add(delta["citation"]!.DeepClone());
                break;
            case "signature_delta":
                _block["signature"] = (string)delta["signature"]!;
                _isSigned = true;
                break;
        }
    }

    private void StopBlock(JsonObject data)
    {
        Assert.NotNull(_block);
        Assert.Equal(_content.Count - 1, (int)data["index"]!);
        var type = (string?)_block["type"];
        if (type is "text" or "thinking") _block[type] = Unescaped(_text);
        if (type == "tool_use" && Unescaped(_arguments) is { Length: > 0 } arguments)
        {
            try
            {
                _block["input"] = JsonNode.Parse(arguments)!.AsObject();
            }
            catch (Exception wrong) when (LenientArguments && wrong is JsonException or InvalidOperationException or NullReferenceException)
            {
                _block["input"] = new JsonObject { ["_raw"] = arguments };
            }
        }
        if (type == "text") Assert.NotEqual("", (string?)_block["text"]);
        _block = null;
    }

    private static string Unescaped(StringBuilder raw) => JsonSerializer.Deserialize<string>($"\"{raw}\"")!;

    private void MessageDelta(JsonObject data)
    {
        Assert.Null(_block);
        Assert.False(_hasDelta, "two message_deltas");
        _hasDelta = true;
        foreach (var member in (string[])["stop_reason", "stop_sequence", "stop_details"])
        {
            Assert.True(data["delta"]!.AsObject().ContainsKey(member), member);
            _message![member] = data["delta"]![member]?.DeepClone();
        }
        foreach (var (counter, value) in data["usage"]!.AsObject()) _message!["usage"]![counter] = value?.DeepClone();
    }
}
