using System.Text;
using Edge.Guard.Pii;

namespace Edge.Tests.Guard;

/// <summary>A password is found whole or not at all: a piece of it that stays is a leak.</summary>
public class PiiPasswordTests
{
    [Theory]
    [InlineData("{\"password\":\"Tr0ub4dor&3x\"}", "Tr0ub4dor&3x")]
    [InlineData("password = \"correct horse battery staple\"", "correct horse battery staple")]
    [InlineData("Server=db;Password=S3cr3t&more;Timeout=3", "S3cr3t&more")]
    [InlineData("Password=S3cr3t&more;", "S3cr3t&more")]
    [InlineData("\"password\": \"abc,def;GHI1\"", "abc,def;GHI1")]
    [InlineData("{\"password\": \"my pass phrase 12\"}", "my pass phrase 12")]
    [InlineData("pass: geheim123", "geheim123")]
    [InlineData("\"pass\": \"geheim\"", "geheim")]
    [InlineData("DB_PASS=q8Zt51Lm", "q8Zt51Lm")]
    [InlineData("Kennwort: Geheim!123", "Geheim!123")]
    [InlineData("The password is Tr0ub4dor3x", "Tr0ub4dor3x")]
    [InlineData("The password is Tr0ub4dor3x.", "Tr0ub4dor3x")]
    [InlineData("the password for the wiki is Geheim!123, he said", "Geheim!123")]
    [InlineData("Das Passwort ist Winter2024!", "Winter2024!")]
    [InlineData("password is: hunter22", "hunter22")]
    [InlineData("my password is 12345678", "12345678")]
    [InlineData("password is \"4 blue cats\" ok", "4 blue cats")]
    [InlineData("redis:6379,password=a,b&c1,ssl=True", "a,b&c1")]
    [InlineData("https://h.example/login?user=x&password=Tr0ub4&next=1", "Tr0ub4")]
    [InlineData("user=x&password=Tr0ub4%263x&next=1", "Tr0ub4%263x")]
    [InlineData("password: 'it\\'s 5 o\\'clock' # comment", "it\\'s 5 o\\'clock")]
    [InlineData("{\\\"password\\\": \\\"Tr0ub4 dor\\\", \\\"x\\\": 1}", "Tr0ub4 dor")]
    [InlineData("password: pa'ss\"word1", "pa'ss\"word1")]
    [InlineData("connect(user, password=Tr0ub4dor3)", "Tr0ub4dor3")]
    [InlineData("{password: Tr0ub4dor3}", "Tr0ub4dor3")]
    [InlineData("password:\t\tTr0ub4dor!", "Tr0ub4dor!")]
    [InlineData("password=P@ssword.Abc1!", "P@ssword.Abc1!")]
    [InlineData("password=\"41111111 11111111x\"", "41111111 11111111x")]
    [InlineData("curl -u 'bob:a b&c;d9' https://x", "a b&c;d9")]
    public void Found_whole(string text, string value)
    {
        var found = Found(text);
        Assert.Equal([value], found);
    }

    [Theory]
    [InlineData("password: required")]
    [InlineData("password: string")]
    [InlineData("\"password\": \"string\"")]
    [InlineData("\"password\": \"Please enter your password\"")]
    [InlineData("\"invalid_password\": \"The password is not correct\"")]
    [InlineData("password is too short")]
    [InlineData("The password is required to have 12 characters")]
    [InlineData("The password is 12 characters long")]
    [InlineData("The password is 12-character or longer")]
    [InlineData("The password is sha256-hashed")]
    [InlineData("Your password is base64 encoded")]
    [InlineData("this is Tr0ub4dor3x")]
    [InlineData("PASS: test_login2")]
    [InlineData("pass: 12, fail: 3")]
    [InlineData("password: ${DB_PASSWORD}")]
    [InlineData("password: z.string().min(8)")]
    [InlineData("password=<your password>")]
    public void No_password(string text) => Assert.Empty(Found(text));

    [Theory]
    [InlineData("password=\"")]
    [InlineData("password=,a")]
    [InlineData("password=&a")]
    [InlineData("the password is a1 ")]
    [InlineData("is a1")]
    [InlineData("password:\\\"")]
    [InlineData("pass: ")]
    public void Floods_stay_linear(string piece)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, 100_000 / piece.Length)));
        _ = Count(text);
#if DEBUG
        var before = PiiScan.Reads;
        Count(text);
        Assert.True(PiiScan.Reads - before < 300L * text.Length, $"{PiiScan.Reads - before} bytes read of {text.Length}.");
#endif
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        var findings = new FindingList([]);
        PiiDetector.Find(text, ref findings);
        var count = findings.Count;
        findings.Dispose();
        return count;
    }

    // As a policy acts: what wins of what overlaps.
    private static List<string> Found(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var findings = new FindingList([]);
        PiiDetector.Find(utf8, ref findings);
        findings.Resolve(Confidence.Default);
        var found = findings.Items.ToArray().Where(static f => f.Entity == PiiEntity.Password).Select(f => Encoding.UTF8.GetString(utf8, f.Start, f.Length)).ToList();
        findings.Dispose();
        return found;
    }
}
