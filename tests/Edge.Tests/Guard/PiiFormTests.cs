using System.Text;
using Edge.Guard.Pii;

namespace Edge.Tests.Guard;

/// <summary>Forms that were found in part, as something else, or not at all: what wins where findings overlap, and all of it.</summary>
public class PiiFormTests
{
    private const string Hex40 = "4f9a1c07be52d8e36a0b9d71c5f2e8436d1a7b90", Hex32 = "4f9a1c07be52d8e36a0b9d71c5f2e843";

    [Theory]
    [InlineData("EMAIL_ADDRESS", "to o'brien@example.com.", "o'brien@example.com")]
    [InlineData("EMAIL_ADDRESS", "to john/doe@example.com.", "john/doe@example.com")]
    [InlineData("EMAIL_ADDRESS", "to 'jane@example.com' and", "jane@example.com")]
    [InlineData("EMAIL_ADDRESS", "see /home/users/jane@example.com", "jane@example.com")]
    [InlineData("EMAIL_ADDRESS", "email=jane@example.com", "jane@example.com")]
    [InlineData("EMAIL_ADDRESS", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij@example.com", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij@example.com")]
    [InlineData("API_KEY", "use sbp_" + Hex40 + " now", "sbp_" + Hex40)]
    [InlineData("API_KEY", "patQ8zt51LmWx0bRn." + Hex32 + Hex32, "patQ8zt51LmWx0bRn." + Hex32 + Hex32)]
    [InlineData("API_KEY", "bot MTIzNDU2Nzg5MDEyMzQ1Njc4.GaB3dE.q8Zt51LmWx0bRn7Yc3Vd-2kJd83nSq0LmXb47T", "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaB3dE.q8Zt51LmWx0bRn7Yc3Vd-2kJd83nSq0LmXb47T")]
    [InlineData("API_KEY", "twilio SK" + Hex32, "SK" + Hex32)]
    [InlineData("API_KEY", "sl.Bq8Zt51LmWx0bRn7Yc3Vd2kJd83nSq0LmXb47TzVh5WcRyE91uAoPfG6iQw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0Xc-Vb_Nm1Qa3Ws5Ed7Rf9Tg2Yh4Uj6Ik8Ol0P", "sl.Bq8Zt51LmWx0bRn7Yc3Vd2kJd83nSq0LmXb47TzVh5WcRyE91uAoPfG6iQw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0Xc-Vb_Nm1Qa3Ws5Ed7Rf9Tg2Yh4Uj6Ik8Ol0P")]
    [InlineData("CRYPTO", "send LKDyUEtTR1HXamkiEphisSiBJu6o3ZPE34 to me", "LKDyUEtTR1HXamkiEphisSiBJu6o3ZPE34")]
    [InlineData("CRYPTO", "send M7uBSTV2qNDHDe2tHfNMqhFkZucgRMpJQk to me", "M7uBSTV2qNDHDe2tHfNMqhFkZucgRMpJQk")]
    [InlineData("CRYPTO", "send ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9 to me", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9")]
    [InlineData("STREET_ADDRESS", "Büro: Unter den Linden 77, 10117 Berlin.", "Unter den Linden 77, 10117 Berlin")]
    [InlineData("STREET_ADDRESS", "Am Sandtorkai 12a\n20457 Hamburg", "Am Sandtorkai 12a\n20457 Hamburg")]
    [InlineData("PHONE_NUMBER", "ruf an: 0151-12345678", "0151-12345678")]
    [InlineData("PHONE_NUMBER", "at +1-415-555-2671x123 or", "+1-415-555-2671x123")]
    [InlineData("PHONE_NUMBER", "415 555 2671", "415 555 2671")]
    [InlineData("PHONE_NUMBER", "call me at 415 555 2671", "415 555 2671")]
    [InlineData("UK_NHS", "NHS number 943 476 5919", "943 476 5919")]
    public void Found_whole(string entity, string text, string value) =>
        Assert.Contains((entity, value), Found(text));

    [Fact]
    public void Neighbours_stay_apart() => Assert.Equal([("EMAIL_ADDRESS", "a@x.example"), ("EMAIL_ADDRESS", "b@y.example")], Found("two: a@x.example/b@y.example"));

    [Theory]
    [InlineData("sbp_short1 and sbp_" + "zz9a1c07be52d8e36a0b9d71c5f2e8436d1a7b90")]
    [InlineData("pattern.with.2.points and SK1234")]
    [InlineData("sl.1 and sl.2.3")]
    [InlineData("MyClass.Method1.Call2")]
    [InlineData("LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGcX")]
    [InlineData("Boeing 747, 30000 feet")]
    [InlineData("Siehe Kapitel 12 10117 Wörter")]
    [InlineData("line 0151-12 and 3x123")]
    public void Nothing(string text) => Assert.DoesNotContain(Found(text), static f => f.Entity is "API_KEY" or "CRYPTO" or "STREET_ADDRESS" or "PHONE_NUMBER");

    private static List<(string Entity, string Value)> Found(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var findings = new FindingList([]);
        PiiDetector.Find(utf8, ref findings);
        findings.Resolve(Confidence.Default);
        var found = findings.Items.ToArray().Select(f => (f.Entity.Name(), Encoding.UTF8.GetString(utf8, f.Start, f.Length))).ToList();
        findings.Dispose();
        return found;
    }
}
