using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Edge.Providers.Tests.Dialects.Responses;

/// <summary>
/// Puts a streamed Responses answer together by the documented rules, independent of the encoder and stricter than any client: numbers without gaps, everything opened before it grows
/// and closed once, every <c>done</c> repeating the sum of its deltas, nothing behind the last event.
/// </summary>
internal sealed class ResponsesAccumulator
{
    private readonly List<JsonObject> _items = [];
    private readonly HashSet<int> _doneItems = [];
    private readonly HashSet<(int, int)> _openParts = [];
    private readonly Dictionary<JsonObject, StringBuilder> _texts = new(ReferenceEqualityComparer.Instance);
    private JsonObject? _created;
    private string _previous = "";

    public JsonObject? Final { get; private set; }

    public JsonObject? Error { get; private set; }

    public List<string> Types { get; } = [];

    public static ResponsesAccumulator Of(string stream)
    {
        var accumulator = new ResponsesAccumulator();
        foreach (var block in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.StartsWith("event: ", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("data: ", lines[1], StringComparison.Ordinal);
            accumulator.Add(lines[0][7..], JsonNode.Parse(lines[1][6..])!.AsObject());
        }
        Assert.True(stream.Length == 0 || stream.EndsWith("\n\n", StringComparison.Ordinal));
        return accumulator;
    }

    private void Add(string type, JsonObject data)
    {
        Assert.Null(Final);
        Assert.Equal(type, (string?)data["type"]);
        Assert.Equal(Types.Count, (int)data["sequence_number"]!);
        Types.Add(type);
        if (Error is not null) Assert.Equal("response.failed", type);
        switch (type)
        {
            case "response.created":
                Assert.Single(Types);
                _created = Response(data, "in_progress");
                Assert.Empty(_created["output"]!.AsArray());
                Assert.Null(_created["usage"]);
                break;
            case "response.in_progress":
                Assert.Equal("response.created", _previous);
                Assert.True(JsonNode.DeepEquals(_created, Response(data, "in_progress")));
                break;
            case "response.output_item.added":
                Assert.Equal(_items.Count, (int)data["output_index"]!);
                var added = data["item"]!.DeepClone().AsObject();
                Assert.DoesNotContain(_items, item => (string?)item["id"] == (string?)added["id"]);
                if ((string?)added["type"] is not "reasoning") Assert.Equal("in_progress", (string?)added["status"]);
                _items.Add(added);
                break;
            case "response.content_part.added":
                Open(data, "content", "content_index");
                break;
            case "response.reasoning_summary_part.added":
                Open(data, "summary", "summary_index");
                break;
            case "response.output_text.delta":
                Assert.NotNull(data["logprobs"]);
                Grow(Part(data, "content", "content_index"), "text", data);
                break;
            case "response.refusal.delta":
                Grow(Part(data, "content", "content_index"), "refusal", data);
                break;
            case "response.reasoning_summary_text.delta":
                Grow(Part(data, "summary", "summary_index"), "text", data);
                break;
            case "response.output_text.annotation.added":
                var annotations = Part(data, "content", "content_index")["annotations"]!.AsArray();
                Assert.Equal(annotations.Count, (int)data["annotation_index"]!);
                annotations.Add(data["annotation"]!.DeepClone());
                break;
            case "response.output_text.done":
                Assert.Equal((string?)Part(data, "content", "content_index")["text"], (string?)data["text"]);
                break;
            case "response.refusal.done":
                Assert.Equal((string?)Part(data, "content", "content_index")["refusal"], (string?)data["refusal"]);
                break;
            case "response.reasoning_summary_text.done":
                Assert.Equal((string?)Part(data, "summary", "summary_index")["text"], (string?)data["text"]);
                break;
            case "response.content_part.done":
                Close(data, "content", "content_index");
                break;
            case "response.reasoning_summary_part.done":
                Close(data, "summary", "summary_index");
                break;
            case "response.function_call_arguments.delta":
                Grow(Item(data, "function_call"), "arguments", data);
                break;
            case "response.function_call_arguments.done":
                Assert.Equal((string?)Item(data, "function_call")["arguments"], (string?)data["arguments"]);
                Assert.Equal((string?)Item(data, "function_call")["name"], (string?)data["name"]);
                break;
            case "response.custom_tool_call_input.delta":
                Grow(Item(data, "custom_tool_call"), "input", data);
                break;
            case "response.custom_tool_call_input.done":
                Assert.Equal((string?)Item(data, "custom_tool_call")["input"], (string?)data["input"]);
                break;
            case "response.output_item.done":
                ItemDone(data);
                break;
            case "error":
                Error = data["error"]!.AsObject();
                break;
            case "response.completed":
            case "response.incomplete":
            case "response.failed":
                Last(type["response.".Length..], data);
                break;
            default:
                Assert.Fail($"{type} is no event");
                break;
        }
        _previous = type;
    }

    private void Last(string status, JsonObject data)
    {
        var response = Response(data, status);
        var done = new JsonArray([.. _items.Where((_, index) => _doneItems.Contains(index)).Select(item => item.DeepClone())]);
        Assert.True(JsonNode.DeepEquals(done, response["output"]), $"{done.ToJsonString()}\n{response["output"]!.ToJsonString()}");
        if (status != "failed")
        {
            Assert.Equal(_items.Count, _doneItems.Count);
            Assert.Empty(_openParts);
            Assert.Null(response["error"]);
        }
        foreach (var (name, value) in _created!)
        {
            if (name is not ("status" or "output" or "usage" or "error" or "incomplete_details")) Assert.True(JsonNode.DeepEquals(value, response[name]), name);
        }
        Final = response;
    }

    private static JsonObject Response(JsonObject data, string status)
    {
        var response = data["response"]!.AsObject();
        Assert.Equal("response", (string?)response["object"]);
        Assert.Equal(status, (string?)response["status"]);
        Assert.StartsWith("resp_", (string?)response["id"], StringComparison.Ordinal);
        Assert.Equal(status == "incomplete", response["incomplete_details"] is not null);
        return response;
    }

    private JsonObject Item(JsonObject data, string? type = null)
    {
        var index = (int)data["output_index"]!;
        Assert.DoesNotContain(index, _doneItems);
        var item = _items[index];
        Assert.Equal((string?)item["id"], (string?)data["item_id"]);
        if (type is not null) Assert.Equal(type, (string?)item["type"]);
        return item;
    }

    private void Open(JsonObject data, string list, string number)
    {
        var parts = Item(data)[list]!.AsArray();
        Assert.Equal(parts.Count, (int)data[number]!);
        var part = data["part"]!.DeepClone();
        Assert.Equal("", (string?)(part["text"] ?? part["refusal"]));
        parts.Add(part);
        Assert.True(_openParts.Add(((int)data["output_index"]!, parts.Count - 1)));
    }

    private JsonObject Part(JsonObject data, string list, string number)
    {
        var part = (int)data[number]!;
        Assert.Contains(((int)data["output_index"]!, part), _openParts);
        return Item(data)[list]![part]!.AsObject();
    }

    private void Close(JsonObject data, string list, string number)
    {
        var part = Part(data, list, number);
        var given = data["part"]!.AsObject();
        // Deltas were sent before their probabilities were known.
        if (part.ContainsKey("logprobs")) part["logprobs"] = given["logprobs"]!.DeepClone();
        Assert.True(JsonNode.DeepEquals(part, given), $"{part.ToJsonString()}\n{given.ToJsonString()}");
        Assert.True(_openParts.Remove(((int)data["output_index"]!, (int)data[number]!)));
    }

    private void ItemDone(JsonObject data)
    {
        var index = (int)data["output_index"]!;
        var (item, given) = (_items[index], data["item"]!.DeepClone().AsObject());
        Assert.DoesNotContain(_openParts, part => part.Item1 == index);
        Assert.True(_doneItems.Add(index));
        foreach (var (name, value) in item)
        {
            if (name == "status") Assert.True((string?)given["status"] is "completed" or "incomplete");
            else if (name is not "result") Assert.True(JsonNode.DeepEquals(value, given[name]), $"{name}: {value?.ToJsonString()} / {given[name]?.ToJsonString()}");
        }
        _items[index] = given;
    }

    // In the escaped form, because a delta may hold half a surrogate pair.
    private void Grow(JsonObject part, string name, JsonObject data)
    {
        if (!_texts.TryGetValue(part, out var text)) _texts[part] = text = new StringBuilder();
        text.Append(data["delta"]!.GetValue<JsonElement>().GetRawText()[1..^1]);
        part[name] = JsonNode.Parse($"\"{text}\"");
    }
}
