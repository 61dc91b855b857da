using System.Buffers;
using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using Microsoft.ML.Tokenizers;

namespace Edge.Metering.Tokens;

/// <summary>A number of tokens.</summary>
/// <param name="Tokens">How many.</param>
/// <param name="IsExact">Whether they were counted; else estimated.</param>
public readonly record struct TokenCount(long Tokens, bool IsExact);

/// <summary>
/// Exact counts for OpenAI's models. A vocabulary takes a quarter of a second and some 50 MB, so it is loaded in the background when something first needs it; until then, and for
/// every other model, counts are estimates. For work beside a request, not on its way: 5 to 25 MB a second. Safe for concurrent use.
/// </summary>
public sealed class TokenCounter
{
    // The search within one piece of a text (a word, or a run without end) takes its length squared: 10,000 letters without a space 60 ms, a megabyte ten minutes. Beyond this sum of
    // squares an estimate must do.
    private const long MaxWork = 1L << 27;

    private static readonly SearchValues<byte> _spaces = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> _marks = SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789"u8);

    // Ordinary text where a client writes it; the package reads them as marks of the format, one token each.
    private static readonly byte[][] _special = ["<|endoftext|>"u8.ToArray(), "<|endofprompt|>"u8.ToArray(), "<|fim_prefix|>"u8.ToArray(), "<|fim_middle|>"u8.ToArray(), "<|fim_suffix|>"u8.ToArray()];

    private readonly Vocabulary _o200k = new("o200k_base");
    private readonly Vocabulary _cl100k = new("cl100k_base");

    /// <summary>Begins to load the vocabulary of a family, if it has one. Returns at once.</summary>
    public void Prepare(TokenFamily family) => Of(family.Encoding)?.Start();

    /// <summary>Done when what <see cref="Prepare"/> began is there. For tests and commands.</summary>
    public Task PreparedAsync(TokenFamily family) => Of(family.Encoding)?.Start() ?? Task.CompletedTask;

    /// <summary>Tokens of a text.</summary>
    /// <param name="utf8">The text as it is, escapes resolved.</param>
    /// <param name="family">Of the model.</param>
    public TokenCount Count(ReadOnlySpan<byte> utf8, TokenFamily family)
    {
        return Of(family.Encoding)?.Tokenizer is { } tokenizer && Work(utf8) <= MaxWork
            ? new(Exact(tokenizer, utf8), IsExact: true)
            : new(TokenEstimator.Estimate(utf8, family), IsExact: false);
    }

    /// <summary>
    /// Input tokens of a request: each message's role and texts, and what the format adds. Exact for plain text; tools, images and whatever else is not text make it an estimate,
    /// for their form at the provider is not public.
    /// </summary>
    public TokenCount CountChat(ChatRequest request, TokenFamily family)
    {
        if (Of(family.Encoding)?.Tokenizer is null || !IsPlain(request)) return new(TokenEstimator.EstimateChat(request, family), IsExact: false);
        var tokens = (long)family.PerRequest;
        var exact = true;
        foreach (ref readonly var message in request.Messages)
        {
            // The role is one token of PerMessage.
            tokens += family.PerMessage;
            if (message.Name.IsPresent)
            {
                tokens++;
                Add(Count(request.Text(message.Name), family));
            }
            foreach (ref readonly var part in request.PartsOf(message)) Add(Count(request.Text(part.Text), family));
        }
        return new(tokens, exact);

        void Add(TokenCount count)
        {
            tokens += count.Tokens;
            exact &= count.IsExact;
        }
    }

    private TokenCount Count(JsonText text, TokenFamily family)
    {
        if (!text.IsEscaped) return Count(text.Bytes, family);
        var plain = ArrayPool<byte>.Shared.Rent(text.Bytes.Length);
        try
        {
            return Count(plain.AsSpan(0, text.Unescape(plain)), family);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static bool IsPlain(ChatRequest request)
    {
        if (request.Tools.Length > 0 || request.ResponseFormat.Schema.IsPresent) return false;
        foreach (ref readonly var message in request.Messages)
        {
            if (message.Role == ChatRole.Tool) return false;
            foreach (ref readonly var part in request.PartsOf(message))
            {
                if (part.Kind != ChatPartKind.Text) return false;
            }
        }
        return true;
    }

    private static long Exact(TiktokenTokenizer tokenizer, ReadOnlySpan<byte> utf8)
    {
        var tokens = 0L;
        while (FindSpecial(utf8) is var at and >= 0)
        {
            // Cut behind its first character: '<|' is no token, and what is left is no mark any more.
            tokens += CountPlain(tokenizer, utf8[..(at + 1)]);
            utf8 = utf8[(at + 1)..];
        }
        return tokens + CountPlain(tokenizer, utf8);
    }

    private static int FindSpecial(ReadOnlySpan<byte> utf8)
    {
        var first = -1;
        if (utf8.IndexOf("<|"u8) < 0) return first;
        foreach (var mark in _special)
        {
            if (utf8.IndexOf(mark) is var at and >= 0 && (first < 0 || at < first)) first = at;
        }
        return first;
    }

    private static int CountPlain(TiktokenTokenizer tokenizer, ReadOnlySpan<byte> utf8)
    {
        var chars = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            return tokenizer.CountTokens(chars.AsSpan(0, Encoding.UTF8.GetChars(utf8, chars)), considerPreTokenization: true, considerNormalization: true);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    // The sum of the squares of the runs that may be one piece each: of spaces, of marks, of anything else.
    private static long Work(ReadOnlySpan<byte> utf8)
    {
        var work = 0L;
        while (!utf8.IsEmpty && work <= MaxWork)
        {
            var values = _spaces.Contains(utf8[0]) ? _spaces : _marks.Contains(utf8[0]) ? _marks : null;
            var run = values is not null ? utf8.IndexOfAnyExcept(values) : EndOfLetters(utf8);
            if (run < 0) run = utf8.Length;
            work += (long)run * run;
            utf8 = utf8[run..];
        }
        return work;
    }

    private static int EndOfLetters(ReadOnlySpan<byte> utf8)
    {
        for (var i = 1; i < utf8.Length; i++)
        {
            if (_spaces.Contains(utf8[i]) || _marks.Contains(utf8[i])) return i;
            // Chinese and Japanese punctuation parts sentences that have no spaces: U+3000 to U+303F, U+FF00 to U+FF1F.
            if (utf8[i] is 0xE3 or 0xEF && i + 1 < utf8.Length && ((utf8[i] == 0xE3 && utf8[i + 1] == 0x80) || (utf8[i] == 0xEF && utf8[i + 1] == 0xBC))) return i + 1;
        }
        return -1;
    }

    private Vocabulary? Of(TokenEncoding encoding) => encoding switch
    {
        TokenEncoding.O200k => _o200k,
        TokenEncoding.Cl100k => _cl100k,
        _ => null,
    };

    private sealed class Vocabulary(string name)
    {
        private readonly Lock _lock = new();
        private volatile TiktokenTokenizer? _tokenizer;
        private Task? _loading;

        /// <summary>Null until it is loaded.</summary>
        public TiktokenTokenizer? Tokenizer => _tokenizer;

        public Task Start()
        {
            lock (_lock) return _loading ??= Task.Run(() => _tokenizer = TiktokenTokenizer.CreateForEncoding(name));
        }
    }
}
