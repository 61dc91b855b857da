using System.Text;
using Edge.Guard.Pii;

namespace Edge.Tests.Guard;

/// <summary>Numbers with a check digit, whatever stands between their groups.</summary>
public class PiiSpacingTests
{
    [Theory]
    [InlineData("4111  1111  1111  1111")]
    [InlineData("4111\u2009\u20091111\u2009\u20091111\u2009\u20091111")]
    [InlineData("4111\t1111\t1111\t1111")]
    [InlineData("4111\n1111\n1111\n1111")]
    [InlineData("4111\r\n1111\r\n1111\r\n1111")]
    [InlineData("4111.1111.1111.1111")]
    [InlineData("4111/1111/1111/1111")]
    [InlineData("4111_1111_1111_1111")]
    [InlineData("4111- 1111- 1111- 1111")]
    [InlineData("4111 - 1111 - 1111 - 1111")]
    [InlineData("4111 1111-1111 1111")]
    [InlineData("3782\t822463\t10005")]
    [InlineData("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    [InlineData("4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1")]
    [InlineData("4\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1")]
    public void Cards(string value)
    {
        Assert.Equal([value], Found($"pay with {value}, please", PiiEntity.CreditCard));
        Assert.Equal([value], Found($"card: {value}", PiiEntity.CreditCard));
        Assert.Equal([value], Found(value, PiiEntity.CreditCard));
    }

    [Theory]
    [InlineData("4111 1111 1111 1111 12/29")]
    [InlineData("4111 1111 1111 1111 123")]
    public void What_stands_behind_a_card_hides_it_not(string text) => Assert.Equal(["4111 1111 1111 1111"], Found(text, PiiEntity.CreditCard));

    [Theory]
    [InlineData("4111  1111  1111  1112")]
    [InlineData("2019\t4111\t1111\t1111\t1111\t2020")]
    [InlineData("0 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 0 0 0")]
    [InlineData("4111.1111 1111.1111")]
    [InlineData("41\t11\t1111\t1111\t1111")]
    [InlineData("4111    1111    1111    1111")]
    public void No_cards(string text) => Assert.Empty(Found(text, PiiEntity.CreditCard));

    [Theory]
    [InlineData("GB82\tWEST\t1234\t5698\t7654\t32")]
    [InlineData("GB82  WEST  1234  5698  7654  32")]
    [InlineData("GB82.WEST.1234.5698.7654.32")]
    [InlineData("GB 82 WEST 1234 5698 7654 32")]
    [InlineData("G B 8 2 W E S T 1 2 3 4 5 6 9 8 7 6 5 4 3 2")]
    [InlineData("DE 89 3704 0044 0532 0130 00")]
    [InlineData("DE89\n3704\n0044\n0532\n0130\n00")]
    public void Ibans(string value) => Assert.Equal([value], Found($"to {value}, please", PiiEntity.IbanCode));

    [Theory]
    [InlineData("to GB82/WEST/1234/5698/7654/32")]
    [InlineData("to GB83\tWEST\t1234\t5698\t7654\t32")]
    [InlineData("to GB 83 WEST 1234 5698 7654 32")]
    public void No_ibans(string text) => Assert.Empty(Found(text, PiiEntity.IbanCode));

    [Theory]
    [InlineData("SSN 5 3 6 2 2 8 1 4 5", "5 3 6 2 2 8 1 4 5")]
    [InlineData("my social security number: 5-3-6-2-2-8-1-4-5.", "5-3-6-2-2-8-1-4-5")]
    public void Spelled(string text, string value) => Assert.Equal([value], Found(text, PiiEntity.UsSsn));

    [Theory]
    [InlineData("scores 5 3 6 2 2 8 1 4 5")]
    [InlineData("SSN 5 3 6 2 2 8 1 4")]
    [InlineData("SSN 6 6 6 2 2 8 1 4 5")]
    public void Not_spelled(string text) => Assert.Empty(Found(text, PiiEntity.UsSsn));

    [Theory]
    [InlineData("4  ")]
    [InlineData("4\t")]
    [InlineData("4111  ")]
    [InlineData("4111.")]
    [InlineData("DE 89 ")]
    [InlineData("D E 8 9 ")]
    public void Floods_stay_linear(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 100_000 / piece.Length));
        Found(text, PiiEntity.CreditCard);
#if DEBUG
        var before = PiiScan.Reads;
        Found(text, PiiEntity.CreditCard);
        Assert.True(PiiScan.Reads - before < 300L * text.Length, $"{PiiScan.Reads - before} bytes read of {text.Length}.");
#endif
    }

    private static List<string> Found(string text, PiiEntity entity)
    {
        var raw = Encoding.UTF8.GetBytes(text);
        var view = new GuardText();
        var findings = new FindingList([]);
        PiiDetector.Find(view.Load(raw), ref findings);
        findings.Resolve(Confidence.Default);
        var found = findings.Items.ToArray().Where(f => f.Entity == entity).Select(f => view.ToRaw(f.Start, f.Length)).Select(r => Encoding.UTF8.GetString(raw, r.Start, r.Length)).ToList();
        findings.Dispose();
        return found;
    }
}
