using static Edge.Guard.Pii.CheckDigits;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Telephone numbers: international by E.164 and the lengths of each country's plan, national by the North American plan and the plans with a trunk 0.</summary>
internal static class PhoneDetector
{
    private const int MaxGroups = 8, MaxDigits = 17;

    private static readonly byte[][] _words = Shape.WordList(
        "phone|telephone|tel|mobile|cell|call|fax|sms|text me|whatsapp|contact|number|reach|telefon|handy|mobil|rufnummer|téléphone|portable|teléfono|telefone|celular|cep|numara|gsm");

    // Country code: fewest and most digits of the national number.
    private static readonly Dictionary<int, (byte Min, byte Max)> _plans = Plans();

    public static void Detect(ref PiiScan scan, int at)
    {
        if (at < scan.PhoneEnd) return;
        var start = at;
        var plus = false;
        if (scan[start - 1] == '(') start--;
        if (scan[start - 1] == '+')
        {
            start--;
            plus = true;
        }
        var before = scan[start - 1];
        if (!scan.StartsWord(start) || (before is (byte)'.' or (byte)'-' or (byte)'/' or (byte)'#' or (byte)'$' or (byte)'=' or (byte)'+' or (byte)',' && !plus && scan[start] != '(')) return;

        Span<byte> digits = stackalloc byte[MaxDigits];
        Span<(int Digits, int End)> groups = stackalloc (int, int)[MaxGroups];
        var (length, count, end) = (0, 0, at);
        while (true)
        {
            while (char.IsAsciiDigit((char)scan[end]))
            {
                if (length == MaxDigits) return;
                digits[length++] = scan[end++];
            }
            groups[count++] = (length, end);
            if (count == MaxGroups) break;
            var next = end;
            while (next - end < 3 && scan[next] is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'(' or (byte)')' or (byte)'/') next++;
            if (next == end || next - end > 2 && !(scan[end] == ')' || scan[next - 1] == '(') || !char.IsAsciiDigit((char)scan[next])) break;
            end = next;
        }
        if (length < 7) return;
        // Whatever follows a number may be a number too: the longest that is valid wins.
        for (var taken = count; taken > 0; taken--)
        {
            var id = digits[..groups[taken - 1].Digits];
            end = groups[taken - 1].End;
            // An extension.
            if (scan[end] is (byte)'x' or (byte)'X' && char.IsAsciiDigit((char)scan[end + 1]))
            {
                var extension = end + 1;
                while (extension - end < 7 && char.IsAsciiDigit((char)scan[extension])) extension++;
                end = extension;
            }
            if (!scan.EndsWord(end) || (scan[end] == '-' && char.IsAsciiLetterOrDigit((char)scan[end + 1])) || (scan[end] is (byte)'.' or (byte)',' or (byte)':' && char.IsAsciiDigit((char)scan[end + 1]))) continue;
            var confidence = plus ? International(id) : National(id, groups[..taken], scan[start] == '(');
            if (confidence == 0) continue;
            if (confidence < Confidence.InContext && scan.HasContext(start, end, _words)) confidence = Confidence.InContext;
            scan.Add(start, end, PiiEntity.PhoneNumber, confidence);
            scan.PhoneEnd = end;
            return;
        }
    }

    private static byte International(ReadOnlySpan<byte> id)
    {
        for (var length = 1; length <= 3 && length < id.Length; length++)
        {
            if (!_plans.TryGetValue(Number(id[..length]), out var plan)) continue;
            var national = id.Length - length;
            // "+44 (0)20 ...": the trunk 0 in parentheses counts as one more.
            if (id[length] == '0' && length == 2 && national - 1 >= plan.Min && national - 1 <= plan.Max) return Confidence.InContext;
            return national >= plan.Min && national <= plan.Max ? Confidence.InContext : (byte)0;
        }
        return 0;
    }

    private static byte National(ReadOnlySpan<byte> id, ReadOnlySpan<(int Digits, int End)> groups, bool parentheses)
    {
        if (AllSame(id)) return 0;
        if (id.Length == 11 && id[0] == '1' && groups.Length == 4 && IsNorthAmerican(id[1..])) return Confidence.Likely;
        if (id.Length == 10 && id[0] != '0')
        {
            if (!IsNorthAmerican(id)) return groups.Length is 2 && groups[0].Digits == 5 || groups.Length == 1 && id[0] >= '4' ? Confidence.Weak : (byte)0;
            if (groups.Length == 3 && groups[0].Digits == 3 && groups[1].Digits == 6) return Confidence.Likely;
            if (groups.Length == 2 && groups[0].Digits == 3) return parentheses ? Confidence.Likely : Confidence.Possible;
            return groups.Length == 1 ? Confidence.Weak : (byte)0;
        }
        // The international prefix 00 of E.164's recommendation.
        if (id.StartsWith("00"u8) && id.Length >= 11) return International(id[2..]) > 0 ? Confidence.Likely : (byte)0;
        // German mobile numbers with seven or eight digits behind the network's.
        if (id.Length is 11 or 12 && id[0] == '0' && id[1] == '1' && id[2] is (byte)'5' or (byte)'6' or (byte)'7' && groups.Length >= 2) return Confidence.Likely;
        if (id[0] == '0' && id.Length is 10 or 11 && id[1] != '0') return groups.Length >= 3 ? Confidence.Likely : groups.Length == 2 || parentheses ? Confidence.Default : Confidence.Possible;
        if (id[0] == '0' && id.Length is 8 or 9 or 12 && id[1] != '0' && groups.Length == 2) return Confidence.Weak;
        // A country code without its plus.
        return groups.Length >= 3 && id.Length is >= 11 and <= 13 && groups[0].Digits <= 3 && id[0] != '0' && International(id) > 0 ? Confidence.Possible : (byte)0;
    }

    // Area and exchange begin with 2 to 9, and neither is a service code (N11).
    private static bool IsNorthAmerican(ReadOnlySpan<byte> id) =>
        id[0] >= '2' && id[3] >= '2' && !(id[1] == '1' && id[2] == '1') && !(id[4] == '1' && id[5] == '1');

    private static Dictionary<int, (byte Min, byte Max)> Plans()
    {
        var plans = new Dictionary<int, (byte, byte)> { [1] = (10, 10), [7] = (10, 10) };
        foreach (var code in new[]
        {
            20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
        }) plans[code] = (7, 12);
        foreach (var (from, to) in new[] { (211, 213), (216, 216), (218, 218), (220, 269), (290, 291), (297, 299), (350, 359), (370, 389), (420, 423), (500, 509), (590, 599), (670, 692), (850, 856), (870, 888), (960, 998) })
        {
            for (var code = from; code <= to; code++) plans[code] = (4, 12);
        }
        // Where the plan says more.
        plans[33] = plans[34] = plans[45] = plans[48] = (8, 9);
        plans[31] = plans[32] = plans[41] = plans[61] = plans[66] = (8, 9);
        plans[44] = plans[52] = plans[90] = plans[91] = (9, 10);
        plans[55] = (10, 11);
        plans[63] = plans[92] = (8, 10);
        plans[86] = (9, 11);
        plans[81] = plans[82] = (8, 10);
        plans[65] = (8, 10);
        plans[351] = plans[353] = plans[420] = plans[380] = plans[971] = plans[972] = (8, 9);
        return plans;
    }
}
