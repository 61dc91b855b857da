using System.Buffers.Text;
using System.Text;

namespace Edge.Load.Load;

/// <summary>The bytes of a request, made once; only a counter of eight digits changes.</summary>
internal sealed class RequestTemplate
{
    private const string Counter = "00000000";
    private readonly byte[] _bytes;
    private readonly int _counterAt;
    private readonly bool _unique;
    private uint _next;

    public RequestTemplate(LoadOptions options)
    {
        var body = Body(options);
        var anthropic = options.Path.EndsWith("/messages", StringComparison.Ordinal);
        var head = $"POST {options.Path} HTTP/1.1\r\nHost: 127.0.0.1:{options.Port}\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
            + $"User-Agent: OpenAI/Python 1.99.1\r\nAuthorization: Bearer {options.Key}\r\n"
            + (anthropic ? $"x-api-key: {options.Key}\r\nanthropic-version: 2023-06-01\r\n" : "")
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n";
        _bytes = Encoding.UTF8.GetBytes(head + body);
        _counterAt = _bytes.AsSpan().LastIndexOf(Encoding.UTF8.GetBytes("#" + Counter)) + 1;
        _unique = options.Unique;
    }

    /// <summary>The next request; valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (_unique)
            _ = Utf8Formatter.TryFormat(_next++ % 100_000_000, _bytes.AsSpan(_counterAt, Counter.Length), out _, new('D', 8));
        return _bytes;
    }

    // A chat as an application sends it; ASCII, so that characters are bytes. No personal data in it: a redacting gateway finds nothing, which is
    // the common case and the one whose cost counts.
    private static string Body(LoadOptions options)
    {
        var start = $$"""{"model":"{{options.Model}}","messages":[{"role":"system","content":"You are a helpful assistant. Answer briefly."},{"role":"user","content":" """.TrimEnd();
        if (options.Path.EndsWith("/messages", StringComparison.Ordinal))
            start = $$"""{"model":"{{options.Model}}","system":"You are a helpful assistant. Answer briefly.","messages":[{"role":"user","content":" """.TrimEnd();
        var end = $$""" #{{Counter}}"}],"temperature":0.7,"max_tokens":256{{(options.Stream ? ",\"stream\":true" : "")}}{{(options.IncludeUsage ? ",\"stream_options\":{\"include_usage\":true}" : "")}}}""";
        return start + Prompt(Math.Max(1, options.BodyBytes - start.Length - end.Length)) + end;
    }

    private static string Prompt(int length)
    {
        const string Text = "Summarise the following notes for a colleague who was not at the meeting, and keep the tone friendly. The team moved the "
            + "release by two weeks because the import of old orders is slower than expected, mostly in the step that matches addresses.\\n"
            + "Nobody asked for new features; three people asked for \\\"fewer surprises\\\" in the weekly report. Open questions: who owns the "
            + "staging machines, and is 40 percent of the budget left or less? Next steps are listed in the shared document, section 7.\\n";
        var prompt = new StringBuilder(length + Text.Length);
        while (prompt.Length < length)
            prompt.Append(Text);
        prompt.Length = length;
        // Cut within an escape, the string would not be JSON.
        for (var i = length - 1; i >= 0 && prompt[i] == '\\'; i--)
            prompt[i] = '.';
        return prompt.ToString();
    }
}
