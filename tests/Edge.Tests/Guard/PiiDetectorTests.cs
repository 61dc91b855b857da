using System.Text;
using Edge.Guard.Pii;

namespace Edge.Tests.Guard;

public class PiiDetectorTests
{
    // Numbers that standards, authorities and schemes publish as examples, or made up with a right check digit.
    [Theory]
    [InlineData("EMAIL_ADDRESS", "write to jane.doe+news@mail.example.co.uk.", "jane.doe+news@mail.example.co.uk")]
    [InlineData("EMAIL_ADDRESS", "<jörg@münchen.example>", "jörg@münchen.example")]
    [InlineData("CREDIT_CARD", "card 4111 1111 1111 1111, exp 12/29", "4111 1111 1111 1111")]
    [InlineData("CREDIT_CARD", "378282246310005", "378282246310005")]
    [InlineData("IBAN_CODE", "to GB82 WEST 1234 5698 7654 32 today", "GB82 WEST 1234 5698 7654 32")]
    [InlineData("IBAN_CODE", "DE89370400440532013000.", "DE89370400440532013000")]
    [InlineData("IP_ADDRESS", "from 203.0.113.9:8080", "203.0.113.9")]
    [InlineData("IP_ADDRESS", "ping 2001:db8::ff00:42:8329 now", "2001:db8::ff00:42:8329")]
    [InlineData("MAC_ADDRESS", "at AB-CD-EF-AB-CD-EF.", "AB-CD-EF-AB-CD-EF")]
    [InlineData("URL_CREDENTIALS", "use postgres://app:s3cr3t@db.internal:5432/main please", "postgres://app:s3cr3t@db.internal:5432/main")]
    [InlineData("PHONE_NUMBER", "call +44 20 7946 0958 before noon", "+44 20 7946 0958")]
    [InlineData("PHONE_NUMBER", "(212) 555-0187 ext", "(212) 555-0187")]
    [InlineData("DATE_OF_BIRTH", "born 12 March 1984 in", "12 March 1984")]
    [InlineData("DATE_OF_BIRTH", "DOB: 03/12/1984", "03/12/1984")]
    [InlineData("US_SSN", "ssn 536-22-1234", "536-22-1234")]
    [InlineData("UK_NHS", "NHS number 943 476 5919", "943 476 5919")]
    [InlineData("UK_NINO", "AB 12 34 56 C", "AB 12 34 56 C")]
    [InlineData("FR_NIR", "2 55 08 14 168 025 38", "2 55 08 14 168 025 38")]
    [InlineData("CH_AHV", "756.9217.0769.85", "756.9217.0769.85")]
    [InlineData("BR_CPF", "529.982.247-25", "529.982.247-25")]
    [InlineData("CRYPTO", "pay bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 soon", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")]
    [InlineData("CRYPTO", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]
    [InlineData("API_KEY", "export GH=ghp_k2Jd83nSq0LmXb47TzVh5WcRyE91uAoPfG6i", "ghp_k2Jd83nSq0LmXb47TzVh5WcRyE91uAoPfG6i")]
    [InlineData("API_KEY", "my_api_key: 'q8Zt51LmWx0bRn7Yc3Vd'", "q8Zt51LmWx0bRn7Yc3Vd")]
    [InlineData("API_KEY", "use 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 now", "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")]
    [InlineData("JSON_WEB_TOKEN", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlMTIzNDU2Nzg5", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlMTIzNDU2Nzg5")]
    [InlineData("PASSWORD", "password=\"Tr0ub4dor-3\"", "Tr0ub4dor-3")]
    [InlineData("PASSWORD", "curl -u elastic:Zw7!kpQ https://x", "Zw7!kpQ")]
    public void Hits(string entity, string text, string value)
    {
        var found = Find(text);
        Assert.Contains(found, f => f.Entity.Name() == entity && f.Confidence >= Confidence.Default && Text(text, f) == value);
    }

    [Theory]
    [InlineData("The meeting moved to room 12 at 10:30, bring 3 copies of the 2024 report.")]
    [InlineData("Version 10.0.17763.1 of the package, build 4.5.6-beta.2, costs $1,299.99.")]
    [InlineData("4111 1111 1111 1112")]
    [InlineData("GB83 WEST 1234 5698 7654 32")]
    [InlineData("id 0736f5ef-7e88-499a-80cc-90c85d2a5180")]
    [InlineData("std::vector<int> a = b ? c : d; x @ y; user@localhost")]
    [InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")]
    [InlineData("000-12-3456 666-12-3456 987-00-1234")]
    [InlineData("max_tokens=4096, total_tokens: 1234567890")]
    [InlineData("password: ${DB_PASSWORD} and api_key = \"YOUR_API_KEY_HERE_1\"")]
    [InlineData("256.1.1.1 and 1.2.3 and 1.2.3.4.5")]
    public void Misses(string text) =>
        Assert.DoesNotContain(Find(text), f => f.Confidence >= Confidence.Default && f.Entity is not (PiiEntity.Url or PiiEntity.DateTime));

    [Fact]
    public void A_private_key_is_found_whole()
    {
        var key = "-----BEGIN EC PRIVATE KEY-----\n" + string.Concat(Enumerable.Repeat("MHcCAQEEIE7aBcDeFgHiJkLmNoPq", 3)) + "\n-----END EC PRIVATE KEY-----";
        Assert.Contains(Find("x\n" + key + "\ny"), f => f.Entity == PiiEntity.PrivateKey && f.Start == 2 && f.Length == key.Length);
    }

    [Fact]
    public void Context_lifts_a_weak_shape()
    {
        Assert.All(Find("A12803456").Where(f => f.Entity == PiiEntity.UsPassport), f => Assert.True(f.Confidence < Confidence.Default));
        Assert.Contains(Find("my passport is A12803456"), f => f is { Entity: PiiEntity.UsPassport, Confidence: >= Confidence.InContext });
        // Within a longer word it is no context.
        Assert.DoesNotContain(Find("overpassports A12803456"), f => f is { Entity: PiiEntity.UsPassport, Confidence: >= Confidence.Default });
    }

    [Fact]
    public void Resolve_keeps_the_best_and_no_overlap()
    {
        var list = new FindingList([]);
        list.Add(new Finding(10, 5, PiiEntity.UsSsn, 60));
        list.Add(new Finding(0, 12, PiiEntity.PhoneNumber, 50));
        list.Add(new Finding(12, 20, PiiEntity.IbanCode, 100));
        list.Add(new Finding(40, 4, PiiEntity.DePlz, 10));
        list.Resolve(Confidence.Default);
        Assert.Equal([new Finding(0, 12, PiiEntity.PhoneNumber, 50), new Finding(12, 20, PiiEntity.IbanCode, 100)], list.Items.ToArray());
        list.Dispose();
    }

    [Fact]
    public void Nothing_is_allocated_for_a_clean_text()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("In 2024 we met 3 times, at 10:30 each; see chapter 12 of the_book. It cost $25 - no more - and 40% less. ", 20)));
        for (var i = 0; i < 50; i++) Assert.Equal(0, Count(text));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Count(text);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Each of these is quadratic work for a detector that looks left or right without a bound. What counts is how many bytes are read, four times as many for a text four times as long.
    [Theory]
    [InlineData("1")]
    [InlineData("1 ")]
    [InlineData("@")]
    [InlineData("a@")]
    [InlineData("a.")]
    [InlineData("a_")]
    [InlineData("-")]
    [InlineData("1-")]
    [InlineData(":")]
    [InlineData("a://")]
    [InlineData("://")]
    [InlineData("=")]
    [InlineData("a1=")]
    [InlineData("AB-CD-")]
    [InlineData("ya29.x1/")]
    [InlineData("sk-1")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("123456789 ")]
    [InlineData("DE89 3704 ")]
    [InlineData("+49 30 ")]
    [InlineData("(212) ")]
    [InlineData("password=")]
    [InlineData("12 May 1990, born ")]
    [InlineData("eyJ1.")]
    [InlineData("hf_")]
    [InlineData("fm2_/")]
    [InlineData("a1+")]
    [InlineData("12 Main ")]
    [InlineData("1 St ")]
    [InlineData("52.1234, ")]
    [InlineData("52\u00B01'")]
    [InlineData("Am Weg 1 ")]
    [InlineData("1.1.")]
    [InlineData("1a")]
    [InlineData("::")]
    [InlineData("a:b@")]
    [InlineData("token=1")]
    [InlineData("api_key: ")]
    [InlineData("\\u0031\\")]
    public void Floods_stay_linear(string piece)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, 100_000 / piece.Length)));
        CheckSpans(text);
#if DEBUG
        var quarter = Reads(text.AsSpan(0, text.Length / 4));
        var whole = Reads(text);
        Assert.True(whole < (quarter * 5) + 10_000, $"{whole} bytes read of {text.Length}, {quarter} of a quarter of it.");
        Assert.True(whole < 600L * text.Length, $"{whole} bytes read of {text.Length}.");
#endif
    }

#if DEBUG
    private static long Reads(ReadOnlySpan<byte> text)
    {
        var before = PiiScan.Reads;
        Count(text);
        return PiiScan.Reads - before;
    }
#endif

    [Fact]
    public void Blobs_are_skipped_and_what_stands_beside_them_is_not()
    {
        var random = new Random(7);
        var bytes = new byte[60_000];
        random.NextBytes(bytes);
        var blob = Convert.ToBase64String(bytes);
        var text = $"see data:image/png;base64,{blob} or write to jane@mail.example, 536-22-1234";
        Assert.Equal(["EMAIL_ADDRESS", "US_SSN"], Find(text).Where(static f => f.Confidence >= Confidence.Default && f.Entity != PiiEntity.Url).OrderBy(static f => f.Start).Select(static f => f.Entity.Name()));
#if DEBUG
        var utf8 = Encoding.UTF8.GetBytes(text);
        Assert.True(Reads(utf8) < utf8.Length / 20);
#endif
        // A list of numbers is none, however long and however little there is between them.
        var list = string.Join('/', Enumerable.Repeat("4111111111111111", 40));
        Assert.NotEmpty(Find("4111111111111111-" + list + " 378282246310005"));
        Assert.Contains(Find(list + " 378282246310005"), static f => f is { Entity: PiiEntity.CreditCard, Length: 15 });
    }

    // The same text in disguise, read by the view and mapped back: as good as the plain one.
    [Theory]
    [InlineData("EMAIL_ADDRESS", "write to jane.doe@mail.example.com now", "jane.doe@mail.example.com")]
    [InlineData("CREDIT_CARD", "card 4111 1111 1111 1111, exp", "4111 1111 1111 1111")]
    [InlineData("IBAN_CODE", "to GB82 WEST 1234 5698 7654 32 today", "GB82 WEST 1234 5698 7654 32")]
    [InlineData("US_SSN", "ssn 536-22-1234.", "536-22-1234")]
    [InlineData("PHONE_NUMBER", "call +44 20 7946 0958 before", "+44 20 7946 0958")]
    [InlineData("IP_ADDRESS", "from 203.0.113.9 on", "203.0.113.9")]
    [InlineData("DATE_OF_BIRTH", "born 12 March 1984 in", "12 March 1984")]
    [InlineData("UK_NHS", "NHS number 943 476 5919", "943 476 5919")]
    [InlineData("STREET_ADDRESS", "at 12 Baker Street, London NW1 6XE.", "12 Baker Street, London NW1 6XE")]
    [InlineData("GEO_COORDINATES", "gps 52.5200, 13.4050", "52.5200, 13.4050")]
    [InlineData("CRYPTO", "pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]
    [InlineData("MAC_ADDRESS", "at 00:1A:2B:3C:4D:5E now", "00:1A:2B:3C:4D:5E")]
    public void Disguises_hide_nothing(string entity, string text, string value)
    {
        var random = new Random(text.Length);
        var view = new GuardText();
        for (var round = 0; round < 300; round++)
        {
            var at = text.IndexOf(value, StringComparison.Ordinal);
            var hidden = string.Concat(value.Select(c => Disguise(c, random, round % 6)));
            var raw = Encoding.UTF8.GetBytes(text[..at] + hidden + text[(at + value.Length)..]);
            var findings = new FindingList([]);
            PiiDetector.Find(view.Load(raw), ref findings);
            var found = findings.Items.ToArray().Where(f => f.Entity.Name() == entity && f.Confidence >= Confidence.Default).Select(f => view.ToRaw(f.Start, f.Length)).Select(r => Encoding.UTF8.GetString(raw, r.Start, r.Length)).ToList();
            findings.Dispose();
            Assert.True(found.Exists(f => hidden.Trim('\u200B', '\u00AD', '\uFEFF', '\u2060') == f.Trim('\u200B', '\u00AD', '\uFEFF', '\u2060')), $"{hidden}: {string.Join(" | ", found)}");
        }
    }

    private static string Disguise(char c, Random random, int kind) => kind switch
    {
        // Full width.
        0 when c is > ' ' and <= '~' && random.Next(2) == 0 => ((char)(c - '!' + 0xFF01)).ToString(),
        // Invisible characters.
        1 when random.Next(3) == 0 => c + "\u200B\u00AD\uFEFF\u2060"[random.Next(4)].ToString(),
        // Odd spaces and dashes.
        2 when c == ' ' => "\u00A0\u2009\u3000\u202F"[random.Next(4)].ToString(),
        2 when c == '-' => "\u2010\u2011\u2013\u2212\u2014"[random.Next(5)].ToString(),
        // JSON escapes.
        3 when random.Next(2) == 0 => $"\\u{(int)c:x4}",
        // Another script's digits; mathematical ones, escaped as a pair.
        4 when char.IsAsciiDigit(c) => random.Next(3) switch { 0 => ((char)(0x0660 + c - '0')).ToString(), 1 => char.ConvertFromUtf32(0x1D7CE + c - '0'), _ => $"\\ud835\\u{0xDFCE + c - '0':x4}" },
        5 when c == '.' => "\uFF0E\u2024\uFE52"[random.Next(3)].ToString(),
        5 when c == '@' => "\uFF20\uFE6B"[random.Next(2)].ToString(),
        _ => c.ToString(),
    };

    [Fact]
    public void Any_bytes_are_survived()
    {
        var random = new Random(20250703);
        var alphabets = new[] { "0123456789", "01aB:.-@/= _", "0:./[]%", "abcdef0123456789:-", " +()-.0123456789", "\"'=: tokenpasswordKEY0", "MayJun -,0123" };
        var buffer = new byte[300];
        for (var round = 0; round < 20_000; round++)
        {
            var alphabet = random.Next(alphabets.Length + 1);
            foreach (ref var b in buffer.AsSpan()) b = alphabet == alphabets.Length ? (byte)random.Next(256) : (byte)alphabets[alphabet][random.Next(alphabets[alphabet].Length)];
            CheckSpans(buffer.AsSpan(0, random.Next(buffer.Length)));
        }
    }

    [Fact]
    public void Every_cut_of_a_text_is_survived()
    {
        var text = Encoding.UTF8.GetBytes("+1 (415) 555-0132 a@b.co 2001:db8::1 00:1A:2B:3C:4D:5E https://u:p@h.example/x?y 4111-1111-1111-1111 GB82WEST12345698765432 2024-06-05T09:15:30Z May 21, 2021 api_key=\"q8Zt51LmWx0bRn7Yc3Vd\" -----BEGIN PRIVATE KEY-----");
        for (var start = 0; start < text.Length; start++)
        {
            for (var end = start; end <= text.Length; end++) CheckSpans(text.AsSpan(start, end - start));
        }
    }

    [Fact]
    public void Every_entity_has_a_name_that_is_read_back()
    {
        foreach (var entity in Enum.GetValues<PiiEntity>())
        {
            Assert.True(PiiEntityNames.TryParse(entity.Name(), out var read));
            Assert.Equal(entity, read);
        }
        Assert.False(PiiEntityNames.TryParse("EMAIL", out _));
    }

    private static void CheckSpans(ReadOnlySpan<byte> text)
    {
        Span<Finding> room = stackalloc Finding[16];
        var findings = new FindingList(room);
        PiiDetector.Find(text, ref findings);
        foreach (var f in findings.Items) Assert.True(f.Start >= 0 && f.Length > 0 && f.End <= text.Length && f.Confidence is > 0 and <= 100);
        findings.Resolve(1);
        for (var i = 1; i < findings.Count; i++) Assert.True(findings.Items[i - 1].End <= findings.Items[i].Start);
        findings.Dispose();
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        Span<Finding> room = stackalloc Finding[16];
        var findings = new FindingList(room);
        PiiDetector.Find(text, ref findings);
        findings.Resolve(Confidence.Default);
        var count = findings.Count;
        findings.Dispose();
        return count;
    }

    private static string Text(string text, Finding finding) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan(finding.Start, finding.Length));

    private static List<Finding> Find(string text)
    {
        var findings = new FindingList([]);
        PiiDetector.Find(Encoding.UTF8.GetBytes(text), ref findings);
        var list = findings.Items.ToArray().ToList();
        findings.Dispose();
        return list;
    }
}
