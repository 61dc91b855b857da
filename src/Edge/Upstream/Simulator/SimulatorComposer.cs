using System.Buffers;
using System.Globalization;
using System.Text;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Simulator;

/// <summary>
/// Decides what is said. The order: a text that the control asks for; tool calls; JSON that the response format asks for; the result of a tool that was called
/// before; the model's own text (echo, lorem, or the default reply). Then stop sequences and the token limit cut it, as they would cut a model's output.
/// </summary>
internal ref struct SimulatorComposer
{
    private const int DefaultWords = 100;
    private const int QuotedTokens = 16;
    private const int QuotedResultTokens = 64;
    private const int TokensPerMessage = 3;
    private const int MaxCalls = 8;

    private readonly SimulatorRequest _request;
    private readonly SimulatorControl _control;
    private readonly ReadOnlySpan<byte> _reply;
    private readonly ulong _seed;
    private int _completionTokens;

    // Made for the first choice, used by all: a schema may be as costly as SchemaInstance allows.
    private byte[]? _instance;
    private SimulatorToolCall[]? _calls;

    /// <param name="request">Without error.</param>
    /// <param name="control">Text and tokens of it.</param>
    /// <param name="reply">The configured reply, escaped; empty = the default one.</param>
    /// <param name="seed">Of the lorem words and the call ids.</param>
    public SimulatorComposer(SimulatorRequest request, SimulatorControl control, ReadOnlySpan<byte> reply, ulong seed)
    {
        _request = request;
        _control = control;
        _reply = reply;
        _seed = seed;
    }

    public SimulatorAnswer Compose(ulong id)
    {
        var choices = new SimulatorChoice[_request.Choices];
        for (var i = 0; i < choices.Length; i++) choices[i] = Choice(i);
        return new SimulatorAnswer
        {
            Id = Hex(id),
            Model = _request.Model.Bytes.ToArray(),
            Choices = choices,
            PromptTokens = PromptTokens(),
            CompletionTokens = _completionTokens,
            IncludeUsage = _request.IncludeUsage,
        };
    }

    private SimulatorChoice Choice(int choice)
    {
        var seed = SimulatorHash.Mix(_seed ^ (ulong)choice);
        if (_control is { Text: null, Tokens: null } && ToolCalls(seed) is { } called) return called;
        var output = new ArrayBufferWriter<byte>(256);
        WriteText(seed, output);
        var text = output.WrittenSpan;
        var cut = text.Length;
        if (_request.Stop.Kind == JsonKind.String) CutAt(_request.Stop, text, ref cut);
        foreach (var stop in _request.Stop.Elements) CutAt(stop, text, ref cut);
        text = text[..cut];
        var limit = EscapedText.Skip(text, 0, _request.MaxTokens);
        _completionTokens += EscapedText.CountTokens(text[..limit]);
        return new(text[..limit].ToArray(), [], limit < text.Length ? "length"u8.ToArray() : "stop"u8.ToArray());
    }

    private static void CutAt(JsonValue stop, ReadOnlySpan<byte> text, ref int cut)
    {
        var at = EscapedText.IndexOf(text, stop.RawText);
        if (at >= 0) cut = Math.Min(cut, at);
    }

    private void WriteText(ulong seed, ArrayBufferWriter<byte> output)
    {
        if (_control.Text is { } text) output.Write(EscapedText.From(Encoding.UTF8.GetBytes(text)));
        else if (_control.Tokens is { } words) Lorem(words, seed, output);
        else if (_request.Format == SimulatorFormat.JsonSchema) output.Write(_instance ??= Instance(_request.Schema));
        else if (_request.Format == SimulatorFormat.JsonObject) WriteObject(seed, output);
        else WriteModelText(seed, output);
    }

    private static byte[] Instance(JsonValue schema)
    {
        var instance = new ArrayBufferWriter<byte>(256);
        SchemaInstance.Write(schema, instance);
        return EscapedText.From(instance.WrittenSpan);
    }

    private readonly void WriteObject(ulong seed, ArrayBufferWriter<byte> output)
    {
        var json = new ArrayBufferWriter<byte>(256);
        json.Write("{\"reply\":\""u8);
        WriteModelText(seed, json);
        json.Write("\"}"u8);
        output.Write(EscapedText.From(json.WrittenSpan));
    }

    private readonly void WriteModelText(ulong seed, ArrayBufferWriter<byte> output)
    {
        if (_request.AfterTool) WriteQuoting("The tool answered: "u8, _request.LastMessage, QuotedResultTokens, ""u8, output);
        else if (IsModel("echo"u8)) SimulatorRequest.AppendText(_request.LastUser, output);
        else if (IsModel("lorem"u8)) Lorem(LoremWords(), seed, output);
        else if (!_reply.IsEmpty) output.Write(_reply);
        else
        {
            WriteQuoting("You said: "u8, _request.LastUser, QuotedTokens,
                " I am the simulator built into the gateway: no model was called and nothing was spent."u8, output);
        }
    }

    // One word more than the limit allows: it is the limit that ends this text, and so the finish reason is length.
    private readonly int LoremWords() => _request.MaxTokens == int.MaxValue ? DefaultWords : Math.Min(_request.MaxTokens, SimulatorControlParser.MaxTokens - 1) + 1;

    // The model may still carry the provider's name in front: simulator/echo.
    private readonly bool IsModel(ReadOnlySpan<byte> name)
    {
        var model = _request.Model.Bytes;
        return model.EndsWith(name) && (model.Length == name.Length || model[^(name.Length + 1)] == '/');
    }

    private static void WriteQuoting(ReadOnlySpan<byte> before, JsonValue message, int tokens, ReadOnlySpan<byte> behind, ArrayBufferWriter<byte> output)
    {
        var quoted = new ArrayBufferWriter<byte>(256);
        SimulatorRequest.AppendText(message, quoted);
        var length = EscapedText.Skip(quoted.WrittenSpan, 0, tokens);
        output.Write(before);
        output.Write("\\\""u8);
        output.Write(quoted.WrittenSpan[..length]);
        if (length < quoted.WrittenCount) output.Write(" ..."u8);
        output.Write("\\\""u8);
        output.Write(behind);
    }

    private static void Lorem(int words, ulong seed, ArrayBufferWriter<byte> output)
    {
        for (var i = 0; i < words; i++)
        {
            if (i > 0) output.Write(" "u8);
            output.Write(_words[SimulatorHash.Mix(seed + (ulong)i) % (ulong)_words.Length]);
        }
    }

    private SimulatorChoice? ToolCalls(ulong seed)
    {
        _calls ??= FindCalls();
        if (_calls.Length == 0) return null;
        var calls = new List<SimulatorToolCall>();
        foreach (var call in _calls) calls.Add(call with { Id = [.. "call_"u8, .. Hex(SimulatorHash.Mix(seed + (ulong)calls.Count))] });
        return Limit(calls);
    }

    /// <summary>The calls to make, without their ids.</summary>
    private readonly SimulatorToolCall[] FindCalls()
    {
        if (_request.AfterTool || _request.ToolChoice == SimulatorToolChoice.None) return [];
        var said = "";
        if (_request.ToolChoice != SimulatorToolChoice.Named)
        {
            var text = new ArrayBufferWriter<byte>(256);
            SimulatorRequest.AppendText(_request.LastUser, text);
            said = new JsonText(text.WrittenSpan, isEscaped: true).ToString();
        }
        var calls = new List<SimulatorToolCall>();
        var most = _request.ParallelToolCalls ? MaxCalls : 1;
        foreach (var tool in _request.Tools.Elements)
        {
            var name = tool["function"u8]["name"u8].Text;
            var meant = _request.ToolChoice == SimulatorToolChoice.Named ? name.Bytes.SequenceEqual(_request.ToolName.Bytes) : Names(said, name.ToString());
            if (meant && calls.Count < most) calls.Add(Call(tool["function"u8]));
            if (meant && _request.ToolChoice == SimulatorToolChoice.Named) break;
        }
        if (calls.Count == 0 && (_request.ToolChoice == SimulatorToolChoice.Required || Names(said, "call_tool")))
        {
            foreach (var tool in _request.Tools.Elements)
            {
                calls.Add(Call(tool["function"u8]));
                break;
            }
        }
        return [.. calls];
    }

    private static SimulatorToolCall Call(JsonValue function) => new([], function["name"u8].RawText.ToArray(), Instance(function["parameters"u8]));

    /// <summary>The token limit cuts arguments as it cuts text; calls behind the cut are not made.</summary>
    private SimulatorChoice Limit(List<SimulatorToolCall> calls)
    {
        var left = _request.MaxTokens;
        for (var i = 0; i < calls.Count; i++)
        {
            var arguments = calls[i].Arguments;
            var end = EscapedText.Skip(arguments, 0, left);
            var used = EscapedText.CountTokens(arguments.AsSpan(0, end));
            left -= used;
            _completionTokens += used;
            if (end == arguments.Length) continue;
            calls[i] = calls[i] with { Arguments = arguments[..end] };
            return new([], [.. calls.Take(i + 1)], "length"u8.ToArray());
        }
        return new([], [.. calls], "tool_calls"u8.ToArray());
    }

    /// <summary><paramref name="text"/> holds <paramref name="name"/> as a word of its own.</summary>
    private static bool Names(string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var end = at + name.Length;
            if ((at == 0 || !IsNamePart(text[at - 1])) && (end == text.Length || !IsNamePart(text[end]))) return true;
        }
        return false;
    }

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    private readonly int PromptTokens()
    {
        var total = 0;
        var text = new ArrayBufferWriter<byte>(256);
        foreach (var message in _request.Messages.Elements)
        {
            text.ResetWrittenCount();
            SimulatorRequest.AppendText(message, text);
            total += TokensPerMessage + EscapedText.CountTokens(text.WrittenSpan);
        }
        return total;
    }

    private static byte[] Hex(ulong value) => Encoding.ASCII.GetBytes(value.ToString("x16", CultureInfo.InvariantCulture));

    // None is longer than a token, so that words and tokens count alike.
    private static readonly byte[][] _words = [.. ("lorem ipsum dolor sit amet elit sed do eiusmod tempor ut labore et dolore magna aliqua enim ad minim veniam quis nostrud "
        + "ullamco laboris nisi ex ea commodo duis aute irure in velit esse cillum eu fugiat nulla sint occaecat non sunt culpa qui officia mollit anim id est")
        .Split(' ').Select(Encoding.ASCII.GetBytes)];
}
