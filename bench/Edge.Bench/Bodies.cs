using System.Text;

namespace Edge.Bench;

/// <summary>Request bodies of the sizes that perf-budget.md names; the same in every run.</summary>
internal static class Bodies
{
    private const string Prose =
        "The committee met on Tuesday and decided, after a long discussion of the figures, that the second plan was the cheaper one. " +
        "Nobody asked what \\\"cheaper\\\" meant, so the minutes don't say.\\n\\nPlease summarise the above in two sentences and keep the names. ";

    private const string Chinese = "委員會於週二開會,經過長時間討論後決定第二個方案比較便宜。沒有人問便宜是什麼意思,所以會議記錄沒有寫。";

    private const string Code = "for (int i = 0; i < n; i++) {\\n    if (a[i] == \\\"x\\\") {\\n        count++;\\n    }\\n}\\n";

    /// <summary>A chat request of 1.2 KB: three messages, the usual parameters, one extension field.</summary>
    public static byte[] Chat1K { get; } = Chat(Prose, messages: 3, size: 1_200);

    /// <summary>20 messages and a tool, 10 KB.</summary>
    public static byte[] Chat10K { get; } = Chat(Prose, messages: 20, size: 10_000);

    /// <summary>Two messages, the prompt being 150 KB of English.</summary>
    public static byte[] Prompt150K { get; } = Chat(Prose, messages: 2, size: 150_000);

    /// <summary>The same of Chinese: three bytes a character.</summary>
    public static byte[] Chinese150K { get; } = Chat(Chinese, messages: 2, size: 150_000);

    /// <summary>The same of source code: an escape every 15 bytes or so.</summary>
    public static byte[] Code150K { get; } = Chat(Code, messages: 2, size: 150_000);

    private static byte[] Chat(string text, int messages, int size)
    {
        const string Head = """{"model":"gpt-4o-mini","temperature":0.7,"max_tokens":1024,"stream":true,"stream_options":{"include_usage":true},"user":"u-1842","messages":[""";
        const string Tail = """],"tools":[{"type":"function","function":{"name":"lookup","description":"Looks a word up.","parameters":{"type":"object","properties":{"word":{"type":"string"}},"required":["word"]}}}],"cache":{"enabled":true,"ttl":3600}}""";
        var fixedSize = Head.Length + Tail.Length + (messages * """{"role":"assistant","content":""},""".Length);
        var each = Math.Max(20, (size - fixedSize) / messages);
        var body = new StringBuilder(Head);
        for (var i = 0; i < messages; i++)
        {
            if (i > 0) body.Append(',');
            body.Append("{\"role\":\"").Append(i == 0 ? "system" : i % 2 == 1 ? "user" : "assistant").Append("\",\"content\":\"");
            // Whole repeats and a filler, so that no escape and no character is cut.
            var bytes = Encoding.UTF8.GetByteCount(text);
            for (var left = each; left > 0; left -= bytes)
            {
                if (left >= bytes) body.Append(text);
                else body.Append('.', left);
            }
            body.Append("\"}");
        }
        return Encoding.UTF8.GetBytes(body.Append(Tail).ToString());
    }
}
