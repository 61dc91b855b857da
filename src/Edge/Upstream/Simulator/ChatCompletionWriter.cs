using System.Buffers;
using System.Buffers.Text;

namespace Edge.Upstream.Simulator;

/// <summary>
/// Writes an answer as OpenAI does: https://platform.openai.com/docs/api-reference/chat, objects chat.completion and chat.completion.chunk.
/// A stream is made event by event in one buffer that is used again, so its length costs no memory.
/// </summary>
internal sealed class ChatCompletionWriter
{
    private readonly SimulatorAnswer _answer;
    private readonly ArrayBufferWriter<byte> _output;

    /// <param name="answer">What to say.</param>
    /// <param name="output">Receives the bytes; the caller empties it between events.</param>
    public ChatCompletionWriter(SimulatorAnswer answer, ArrayBufferWriter<byte> output)
    {
        _answer = answer;
        _output = output;
    }

    /// <summary>The whole answer as one object.</summary>
    /// <param name="unfinished">Leaves the finish reasons null.</param>
    public void WriteWhole(bool unfinished)
    {
        Head("chat.completion"u8);
        for (var i = 0; i < _answer.Choices.Length; i++)
        {
            var choice = _answer.Choices[i];
            Write(i == 0 ? "{\"index\":"u8 : ",{\"index\":"u8);
            Write(i);
            Write(",\"message\":{\"role\":\"assistant\",\"content\":"u8);
            Content(choice);
            Write(",\"refusal\":null"u8);
            if (choice.Calls.Length > 0) Calls(choice.Calls);
            Write("},\"logprobs\":null,\"finish_reason\":"u8);
            Finish(unfinished ? default : choice.Finish);
            Write("}"u8);
        }
        Write("],\"usage\":"u8);
        Usage();
        Write("}"u8);
    }

    /// <summary>
    /// The answer as a stream: each step writes one event. The value says whether the pace of generation lies between this event and the next; it does so
    /// between texts alone, for the role, the finish, the usage and <c>[DONE]</c> follow at once.
    /// </summary>
    /// <param name="chunkTokens">Tokens in one event.</param>
    /// <param name="noDone">Ends behind the last text.</param>
    public IEnumerator<bool> Events(int chunkTokens, bool noDone)
    {
        var cursors = new Cursor[_answer.Choices.Length];
        for (var i = 0; i < cursors.Length; i++)
        {
            cursors[i] = new Cursor(_answer.Choices[i]);
            ChunkHead(i);
            Write("\"role\":\"assistant\",\"content\":"u8);
            Write(_answer.Choices[i].Calls.Length > 0 ? "null"u8 : "\"\""u8);
            ChunkTail(default);
            yield return false;
        }
        // The choices take turns, as those of a provider do.
        for (var more = true; more;)
        {
            more = false;
            for (var i = 0; i < cursors.Length; i++)
            {
                if (!cursors[i].HasMore) continue;
                Next(i, ref cursors[i], chunkTokens);
                more = AnyHasMore(cursors);
                yield return more;
            }
        }
        if (noDone) yield break;
        for (var i = 0; i < cursors.Length; i++)
        {
            ChunkHead(i);
            ChunkTail(_answer.Choices[i].Finish);
            yield return false;
        }
        if (_answer.IncludeUsage)
        {
            Write("data: "u8);
            Head("chat.completion.chunk"u8);
            Write("],\"usage\":"u8);
            Usage();
            Write("}\n\n"u8);
            yield return false;
        }
        Write("data: [DONE]\n\n"u8);
        yield return false;
    }

    private static bool AnyHasMore(Cursor[] cursors)
    {
        foreach (ref var cursor in cursors.AsSpan())
        {
            if (cursor.HasMore) return true;
        }
        return false;
    }

    private void Next(int index, ref Cursor cursor, int chunkTokens)
    {
        ChunkHead(index);
        if (cursor.Choice.Calls.Length == 0)
        {
            Write("\"content\":\""u8);
            Write(cursor.Take(cursor.Choice.Text, chunkTokens));
            Write("\""u8);
        }
        else
        {
            var call = cursor.Choice.Calls[cursor.Call];
            Write("\"tool_calls\":[{\"index\":"u8);
            Write(cursor.Call);
            if (cursor.Start())
            {
                CallHead(call);
                Write("\"}}]"u8);
            }
            else
            {
                Write(",\"function\":{\"arguments\":\""u8);
                Write(cursor.Take(call.Arguments, chunkTokens));
                Write("\"}}]"u8);
            }
        }
        ChunkTail(default);
    }

    private void Calls(SimulatorToolCall[] calls)
    {
        Write(",\"tool_calls\":["u8);
        for (var i = 0; i < calls.Length; i++)
        {
            Write(i == 0 ? "{"u8 : ",{"u8);
            CallHead(calls[i], first: true);
            Write(calls[i].Arguments);
            Write("\"}}"u8);
        }
        Write("]"u8);
    }

    private void CallHead(SimulatorToolCall call, bool first = false)
    {
        Write(first ? "\"id\":\""u8 : ",\"id\":\""u8);
        Write(call.Id);
        Write("\",\"type\":\"function\",\"function\":{\"name\":\""u8);
        Write(call.Name);
        Write("\",\"arguments\":\""u8);
    }

    private void Content(SimulatorChoice choice)
    {
        if (choice.Calls.Length > 0)
        {
            Write("null"u8);
            return;
        }
        Write("\""u8);
        Write(choice.Text);
        Write("\""u8);
    }

    // "created" is a constant, 2025-01-01T00:00:00Z: the same request is answered with the same bytes at any time.
    private void Head(ReadOnlySpan<byte> type)
    {
        Write("{\"id\":\"chatcmpl-"u8);
        Write(_answer.Id);
        Write("\",\"object\":\""u8);
        Write(type);
        Write("\",\"created\":1735689600,\"model\":\""u8);
        Write(_answer.Model);
        Write("\",\"system_fingerprint\":\"fp_simulator\",\"choices\":["u8);
    }

    private void ChunkHead(int index)
    {
        Write("data: "u8);
        Head("chat.completion.chunk"u8);
        Write("{\"index\":"u8);
        Write(index);
        Write(",\"delta\":{"u8);
    }

    // Every chunk but the last of all carries a null usage where the usage was asked for.
    private void ChunkTail(ReadOnlySpan<byte> finish)
    {
        Write("},\"logprobs\":null,\"finish_reason\":"u8);
        Finish(finish);
        Write(_answer.IncludeUsage ? "}],\"usage\":null}\n\n"u8 : "}]}\n\n"u8);
    }

    private void Finish(ReadOnlySpan<byte> finish)
    {
        if (finish.IsEmpty)
        {
            Write("null"u8);
            return;
        }
        Write("\""u8);
        Write(finish);
        Write("\""u8);
    }

    private void Usage()
    {
        Write("{\"prompt_tokens\":"u8);
        Write(_answer.PromptTokens);
        Write(",\"completion_tokens\":"u8);
        Write(_answer.CompletionTokens);
        Write(",\"total_tokens\":"u8);
        Write(_answer.PromptTokens + _answer.CompletionTokens);
        Write("}"u8);
    }

    private void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    private void Write(int number)
    {
        Utf8Formatter.TryFormat(number, _output.GetSpan(11), out var written);
        _output.Advance(written);
    }

    /// <summary>How far a choice has been streamed.</summary>
    private struct Cursor(SimulatorChoice choice)
    {
        private int _at;
        private bool _started;

        public readonly SimulatorChoice Choice => choice;

        public int Call { get; private set; }

        public readonly bool HasMore => choice.Calls.Length == 0 ? _at < choice.Text.Length : Call < choice.Calls.Length;

        /// <summary>True once for each call: its event of id and name comes before its arguments.</summary>
        public bool Start()
        {
            if (_started) return false;
            _started = true;
            if (choice.Calls[Call].Arguments.Length == 0) NextCall();
            return true;
        }

        public ReadOnlySpan<byte> Take(byte[] text, int tokens)
        {
            var from = _at;
            _at = EscapedText.Skip(text, from, tokens);
            var taken = text.AsSpan(from, _at - from);
            if (choice.Calls.Length > 0 && _at == text.Length) NextCall();
            return taken;
        }

        private void NextCall() => (Call, _at, _started) = (Call + 1, 0, false);
    }
}
