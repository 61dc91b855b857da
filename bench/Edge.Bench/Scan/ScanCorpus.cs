using System.Globalization;
using System.Text;

namespace Edge.Bench.Scan;

/// <summary>English prompts, made from a seed: the same bytes on every machine.</summary>
internal static class ScanCorpus
{
    private static readonly string[] _subjects = ["The committee", "Our team", "A customer", "The report", "My manager", "The second plan", "This function", "Nobody", "The new model", "Every student"];
    private static readonly string[] _verbs = ["decided", "explained", "does not expect", "asked", "believes", "has shown", "would prefer", "keeps saying", "found out", "wants to know"];
    private static readonly string[] _clauses =
    [
        "that the costs had risen by {0} percent", "why the figures of {1} differ from ours", "how a well-founded forecast is made", "that the meeting moves to Tuesday", "whether the text can be shorter",
        "that nothing of it matters before the deadline", "how long the transport takes: {0} days, or more", "that we should wait for the answer", "which of the {0} options is the cheapest",
        "what happens if the list is empty (it must not fail)", "that the author's name is missing", "where the examples in section {0}.{2} come from",
    ];
    private static readonly string[] _tasks =
    [
        "Please summarise the above in {2} sentences.", "Rewrite it in a friendly tone; keep the names.", "Translate this into German.", "What would you answer?", "Explain it step by step, as to a beginner.",
        "Write a unit test for it.", "List the risks and end with a question for the next meeting.", "Correct the grammar, change nothing else.",
    ];

    /// <param name="length">Bytes.</param>
    /// <param name="secretShare">Which part of the bytes is personal data or a key; 0 for none.</param>
    /// <param name="seed">Another seed, another text.</param>
    public static byte[] Make(int length, double secretShare, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder(length + 500);
        var secrets = 0;
        while (text.Length < length)
        {
            if (random.Next(5) == 0)
            {
                text.Append(Figures(random, Pick(random, _tasks))).Append(random.Next(3) == 0 ? "\n\n" : " ");
                continue;
            }
            text.Append(Pick(random, _subjects)).Append(' ').Append(Pick(random, _verbs)).Append(' ').Append(Figures(random, Pick(random, _clauses)));
            if (random.Next(3) == 0) text.Append(", and ").Append(Figures(random, Pick(random, _clauses)));
            text.Append(". ");
            if (secrets >= secretShare * text.Length) continue;
            var secret = Secret(random);
            secrets += secret.Length;
            text.Append("Reach me at ").Append(secret).Append(". ");
        }
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    private static string Figures(Random random, string text) => string.Format(CultureInfo.InvariantCulture, text, random.Next(2, 40), random.Next(1990, 2027), random.Next(1, 9));

    // Check digits are right: what a validator throws away would cost less than what it keeps.
    private static string Secret(Random random) => random.Next(9) switch
    {
        0 => $"{random.Next(100, 665)}-{random.Next(10, 99)}-{random.Next(1000, 9999)}",
        1 => $"{Letters(random, "abcdefghijklmnopqrstuvwxyz", 6)}.{Letters(random, "abcdefghijklmnopqrstuvwxyz", 7)}@{Letters(random, "abcdefghijklmnopqrstuvwxyz", 8)}.com",
        2 => $"{random.Next(212, 899)}-{random.Next(220, 550)}-{random.Next(1000, 9999)}",
        3 => "4111 1111 1111 1111",
        4 => $"{random.Next(11, 223)}.{random.Next(256)}.{random.Next(256)}.{random.Next(1, 255)}",
        5 => "DE89370400440532013000",
        6 => "sk-" + Letters(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 48),
        7 => "ghp_" + Letters(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 36),
        _ => "AKIA" + Letters(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    };

    private static string Letters(Random random, string alphabet, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => alphabet[random.Next(alphabet.Length)]));

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
