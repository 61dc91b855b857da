using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Edge.Upstream.Simulator;

/// <summary>
/// Reads directives: <c>name</c> or <c>name=value</c>, separated by commas or semicolons, white space around them ignored, the last of a name wins.
/// The text comes from a stranger: whatever it holds, the outcome is directives within their ranges or one sentence that says what is allowed.
/// </summary>
public static class SimulatorControlParser
{
    /// <summary>Bytes of the text at most.</summary>
    public const int MaxLength = 8192;

    /// <summary>Words that <c>tokens</c> and the model lorem reach at most: some 700 KB of text.</summary>
    public const int MaxTokens = 100_000;

    private const string Known = "status, retry_after, delay, chunk_delay, cut_after, cut_after_events, hang, hang_after, drip, error_event, no_done, "
        + "malformed, refuse, tokens, text, fault_rate, seed, none";

    private const long MaxBytes = 1L << 40;
    private const int MaxEvents = 1_000_000_000;

    // Behind the role and the first text: late enough that a client has shown something, early enough that most replies reach it.
    private const int DefaultEvent = 2;

    private static readonly TimeSpan _maxDelay = TimeSpan.FromMinutes(10);

    /// <param name="text">The directives.</param>
    /// <param name="defaults">What holds where the text says nothing; the directive <c>none</c> clears it.</param>
    /// <param name="control">The outcome; <paramref name="defaults"/> where the text is wrong.</param>
    /// <param name="problem">Names the directive and what is allowed; printable ASCII.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, SimulatorControl defaults, out SimulatorControl control, out string? problem)
    {
        control = defaults;
        problem = text.Length > MaxLength ? $"the directives are {text.Length} bytes long; at most {MaxLength} are allowed" : null;
        var parsed = defaults;
        while (problem is null && !text.IsEmpty)
        {
            var end = text.IndexOfAny((byte)',', (byte)';');
            var directive = (end < 0 ? text : text[..end]).Trim(" \t"u8);
            text = end < 0 ? default : text[(end + 1)..];
            if (!directive.IsEmpty) problem = Apply(directive, ref parsed);
        }
        if (problem is null && parsed is { Text: not null, Tokens: not null }) problem = "'text' and 'tokens' exclude each other";
        if (problem is null) control = parsed;
        return problem is null;
    }

    private static string? Apply(ReadOnlySpan<byte> directive, ref SimulatorControl control)
    {
        var equals = directive.IndexOf((byte)'=');
        var name = (equals < 0 ? directive : directive[..equals]).TrimEnd(" \t"u8);
        var argument = new Argument(Printable(name), equals < 0 ? default : directive[(equals + 1)..].TrimStart(" \t"u8), equals >= 0);
        control = argument.Name switch
        {
            "status" => control with { Status = (int)argument.Integer(400, 599) },
            "retry_after" => control with { RetryAfter = (int)argument.Integer(0, 86400) },
            "delay" => control with { Delay = argument.Duration() },
            "chunk_delay" => control with { ChunkDelay = argument.Duration() },
            "cut_after" => control with { CutAfter = argument.Integer(0, MaxBytes) },
            "cut_after_events" => control with { CutAfterEvents = (int)argument.Integer(0, MaxEvents) },
            "hang" => control with { Hang = argument.Flag() },
            "hang_after" => control with { HangAfter = argument.Integer(0, MaxBytes) },
            "drip" => control with { Drip = (int)argument.Integer(1, 1_000_000) },
            "error_event" => control with { ErrorEvent = (int)argument.Integer(0, MaxEvents, DefaultEvent) },
            "no_done" => control with { NoDone = argument.Flag() },
            "malformed" => control with { Malformed = (int)argument.Integer(0, MaxEvents, DefaultEvent) },
            "refuse" => control with { Refuse = argument.Flag() },
            "tokens" => control with { Tokens = (int)argument.Integer(0, MaxTokens) },
            "text" => control with { Text = argument.Decoded() },
            "fault_rate" => control with { FaultRate = argument.Fraction() },
            "seed" => control with { Seed = argument.Integer(long.MinValue, long.MaxValue) },
            "none" => argument.Flag() ? SimulatorControl.None : control,
            _ => argument.Unknown(control),
        };
        return argument.Problem;
    }

    /// <summary>What a message may show of a stranger's bytes.</summary>
    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        const int longest = 40;
        var text = string.Create(Math.Min(bytes.Length, longest), bytes, static (chars, source) =>
        {
            for (var i = 0; i < chars.Length; i++) chars[i] = source[i] is >= 0x20 and < 0x7F ? (char)source[i] : '?';
        });
        return bytes.Length > longest ? text + "..." : text;
    }

    /// <summary>One directive's value. Reading it in a way that does not fit sets <see cref="Problem"/> and returns something harmless.</summary>
    private ref struct Argument
    {
        private readonly ReadOnlySpan<byte> _value;
        private readonly bool _present;

        public Argument(string name, ReadOnlySpan<byte> value, bool present)
        {
            Name = name;
            _value = value;
            _present = present;
        }

        public string Name { get; }

        public string? Problem { get; private set; }

        public long Integer(long min, long max, long? byDefault = null)
        {
            if (!_present && byDefault is { } value) return value;
            if (Utf8Parser.TryParse(_value, out value, out var used) && used == _value.Length && value >= min && value <= max) return value;
            Problem = Wrong($"a whole number from {min} to {max}");
            return min;
        }

        public double Fraction()
        {
            if (double.TryParse(_value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1) return value;
            Problem = Wrong("a number from 0 to 1, such as 0.1");
            return 0;
        }

        public TimeSpan Duration()
        {
            var unit = _value.EndsWith("ms"u8) ? 2 : _value.EndsWith("s"u8) ? 1 : 0;
            if (unit != 0 && double.TryParse(_value[..^unit], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number >= 0 && number * (unit == 2 ? 1 : 1000) <= _maxDelay.TotalMilliseconds)
            {
                return TimeSpan.FromMilliseconds(number * (unit == 2 ? 1 : 1000));
            }
            Problem = Wrong("a duration from 0ms to 600s, such as 200ms or 1.5s");
            return TimeSpan.Zero;
        }

        public bool Flag()
        {
            if (_present) Problem = Wrong("the name alone, without a value");
            return true;
        }

        public string Decoded()
        {
            var bytes = new byte[_value.Length];
            var count = 0;
            var valid = _present;
            for (var i = 0; valid && i < _value.Length; i++)
            {
                if (_value[i] != '%')
                {
                    bytes[count++] = _value[i];
                    continue;
                }
                // NumberStyles.AllowHexSpecifier takes hexadecimal digits alone: no sign, no white space.
                valid = i + 2 < _value.Length
                    && byte.TryParse(_value.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count++]);
                i += 2;
            }
            if (valid && Utf8.IsValid(bytes.AsSpan(0, count))) return Encoding.UTF8.GetString(bytes, 0, count);
            Problem = Wrong("percent-encoded UTF-8, such as Hello%2C%20world");
            return "";
        }

        public SimulatorControl Unknown(SimulatorControl control)
        {
            Problem = $"'{Name}' is no directive; known are {Known}";
            return control;
        }

        private readonly string Wrong(string allowed) => _present
            ? $"'{Name}' has the value '{Printable(_value)}'; allowed is {allowed}"
            : $"'{Name}' lacks its value; allowed is {allowed}";
    }
}
