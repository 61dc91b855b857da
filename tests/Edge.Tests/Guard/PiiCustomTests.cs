using System.Text;
using Edge.Guard.Pii;

namespace Edge.Tests.Guard;

public class PiiCustomTests
{
    [Fact]
    public void Literals_are_found_as_words_in_any_case()
    {
        var set = Make(new CustomDetectorSpec { Name = "PROJECT", Literals = ["Falcon", "blue falcon", "café"] });
        Assert.Equal(["falcon", "Blue Falcon", "café"], Found(set, "A falcon, the Blue Falcon; falcons and a café.", "PROJECT"));
    }

    [Fact]
    public void Expressions_are_found_at_the_right_bytes()
    {
        var set = Make(new CustomDetectorSpec { Name = "EMPLOYEE", Regex = @"\bE-\d{5}\b" });
        Assert.Equal(["E-12345"], Found(set, "E-12345 XE-99999", "EMPLOYEE"));
        // Characters beyond ASCII before it: a character is no byte.
        Assert.Equal(["E-12345", "E-54321"], Found(set, "größe 😀 E-12345, 東京 E-54321", "EMPLOYEE"));
        Assert.Equal(["日本"], Found(Make(new CustomDetectorSpec { Name = "X", Regex = "日本" }), "in 日本 today", "X"));
    }

    [Fact]
    public void A_match_of_half_a_character_takes_all_of_it()
    {
        // To an expression an emoji is two characters.
        var found = Found(Make(new CustomDetectorSpec { Name = "X", Regex = "[^\\x00-\\x7F]" }), "a😀é", "X");
        Assert.Equal(["😀", "é"], found.Distinct());
    }

    [Fact]
    public void Broken_utf8_shifts_nothing()
    {
        var set = Make(new CustomDetectorSpec { Name = "EMPLOYEE", Regex = @"E-\d{5}" });
        byte[] text = [0xFF, 0xC3, .. "é E-12345"u8, 0xE2, 0x82];
        var findings = new FindingList([]);
        Assert.True(PiiDetector.Find(text, set, ref findings));
        Assert.Contains(findings.Items.ToArray(), f => f.Entity == CustomDetectors.First && f.Start == 5 && f.Length == 7);
        findings.Dispose();
    }

    [Theory]
    [InlineData("luhn", "79927398713", "79927398710")]
    [InlineData("iban", "GB82WEST12345698765432", "GB83WEST12345698765432")]
    [InlineData("mod97", "79444", "79445")]
    [InlineData("mod11_10", "07945", "07946")]
    [InlineData("verhoeff", "2363", "2364")]
    [InlineData("none", "anything1", null)]
    public void Validators_decide(string validator, string valid, string? invalid)
    {
        var set = Make(new CustomDetectorSpec { Name = "CASE", Regex = "[A-Za-z0-9]{4,}", Validator = validator });
        Assert.Equal([valid], Found(set, valid, "CASE"));
        if (invalid is not null) Assert.Empty(Found(set, invalid, "CASE"));
    }

    [Fact]
    public void Context_words_lift_a_match()
    {
        var set = Make(new CustomDetectorSpec { Name = "CASE_NUMBER", Regex = @"\d{6}", Context = ["Case"], Confidence = 90 });
        Assert.Equal(90, Confidences(set, "the case 123456")[0]);
        Assert.Equal(Confidence.Possible, Confidences(set, "the number 123456")[0]);
    }

    [Fact]
    public void Names_are_kept_and_a_built_in_one_adds_to_its_entity()
    {
        var set = Make(
            new CustomDetectorSpec { Name = "STAFF", Literals = ["a1"] }, new CustomDetectorSpec { Name = "PHONE_NUMBER", Literals = ["the red line"] },
            new CustomDetectorSpec { Name = "staff", Literals = ["b2"] }, new CustomDetectorSpec { Name = "OTHER", Literals = ["c3"] });
        Assert.Equal(["STAFF", "OTHER"], set.Names);
        Assert.Equal("OTHER", set.NameOf(CustomDetectors.First + 1));
        Assert.Equal("US_SSN", set.NameOf(PiiEntity.UsSsn));
        Assert.True(set.TryParse("other", out var entity));
        Assert.Equal(CustomDetectors.First + 1, entity);
        Assert.False(set.TryParse("NONE_SUCH", out _));
        Assert.Equal(["the red line"], Found(set, "call the red line", "PHONE_NUMBER"));
        Assert.True(Enum.GetValues<PiiEntity>().Max() < CustomDetectors.First);
    }

    [Theory]
    [InlineData("", "x", null, "none", 85, "no name of an entity")]
    [InlineData("A B", "x", null, "none", 85, "'A B'")]
    [InlineData("A", null, null, "none", 85, "neither literals nor a regex")]
    [InlineData("A", "", null, "none", 85, "1 to 256")]
    [InlineData("A", "x", null, "crc", 85, "there are none, luhn, iban, mod97")]
    [InlineData("A", "x", null, "none", 0, "1 to 100")]
    [InlineData("A", null, "(", "none", 85, "cannot be read")]
    [InlineData("A", null, "a*", "none", 85, "matches the empty text")]
    [InlineData("A", null, "(?<=x)y", "none", 85, "is not supported")]
    [InlineData("A", null, @"(a)\1", "none", 85, "is not supported")]
    [InlineData("A", null, "(a{1000}){1000}", "none", 85, "is not supported")]
    public void Errors_say_what_is_wrong(string name, string? literal, string? regex, string validator, int confidence, string part)
    {
        var spec = new CustomDetectorSpec { Name = name, Literals = literal is null ? [] : [literal], Regex = regex, Validator = validator, Confidence = confidence };
        Assert.False(CustomDetectors.TryCreate([spec], out var set, out var error));
        Assert.Null(set);
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    // Catastrophic for a backtracking engine.
    [Fact]
    public void No_text_makes_an_expression_explode()
    {
        var set = Make(new CustomDetectorSpec { Name = "X", Regex = "(a+)+b" });
        var findings = new FindingList([]);
        Assert.True(PiiDetector.Find(Encoding.ASCII.GetBytes(new string('a', 20_000)), set, ref findings));
        findings.Dispose();
    }

    [Fact]
    public void Nothing_is_allocated_where_nothing_is_found()
    {
        var set = Make(new CustomDetectorSpec { Name = "A", Literals = ["falcon", "osprey"] }, new CustomDetectorSpec { Name = "B", Regex = @"\bE-\d{5}\b" });
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Nothing to see in größe 12. ", 40)));
        for (var i = 0; i < 50; i++) Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            Span<Finding> room = stackalloc Finding[4];
            var findings = new FindingList(room);
            PiiDetector.Find(text, set, ref findings);
            findings.Dispose();
        }
    }

    private static CustomDetectors Make(params CustomDetectorSpec[] specs)
    {
        Assert.True(CustomDetectors.TryCreate(specs, out var set, out var error), error);
        return set;
    }

    private static List<int> Confidences(CustomDetectors set, string text) => [.. Find(set, text).Where(static f => f.Entity >= CustomDetectors.First).Select(static f => (int)f.Confidence)];

    private static List<string> Found(CustomDetectors set, string text, string name) =>
        [.. Find(set, text).Where(f => set.NameOf(f.Entity) == name).Select(f => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text), f.Start, f.Length))];

    private static Finding[] Find(CustomDetectors set, string text)
    {
        var findings = new FindingList([]);
        Assert.True(PiiDetector.Find(Encoding.UTF8.GetBytes(text), set, ref findings));
        var all = findings.Items.ToArray();
        findings.Dispose();
        return all;
    }
}
