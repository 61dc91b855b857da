using System.Text;
using Edge.Guard.Pii;

namespace Edge.Tests.Guard;

/// <summary>Street addresses and coordinates.</summary>
public class PiiPlaceTests
{
    [Theory]
    [InlineData("Ship it to 1600 Amphitheatre Parkway, Mountain View, CA 94043.", "1600 Amphitheatre Parkway, Mountain View, CA 94043")]
    [InlineData("He lives at 742 Evergreen Terrace, Springfield", "742 Evergreen Terrace")]
    [InlineData("350 Fifth Ave, Apt 4B, New York, NY 10118-0110 is it", "350 Fifth Ave, Apt 4B, New York, NY 10118-0110")]
    [InlineData("office: 1 Market St. NW Suite 300", "1 Market St. NW Suite 300")]
    [InlineData("at 42 W 5th Street.", "42 W 5th Street")]
    [InlineData("221B Baker Street, London NW1 6XE", "221B Baker Street, London NW1 6XE")]
    [InlineData("Flat 3, 12-14 High Street, Stoke-on-Trent, ST1 1AA", "12-14 High Street, Stoke-on-Trent, ST1 1AA")]
    [InlineData("i live at 12 baker street and", "12 baker street")]
    [InlineData("my address is 9 Orchard Close", "9 Orchard Close")]
    [InlineData("P.O. Box 1234, Austin, TX 78701", "P.O. Box 1234, Austin, TX 78701")]
    [InlineData("Er wohnt in der Hauptstraße 5a, 10115 Berlin.", "Hauptstraße 5a, 10115 Berlin")]
    [InlineData("Kölner Str. 12-14", "Kölner Str. 12-14")]
    [InlineData("Karl-Marx-Allee 34", "Karl-Marx-Allee 34")]
    [InlineData("Anschrift: Am Lindenweg 7", "Lindenweg 7")]
    [InlineData("Adresse: Alter Platz 3", "Alter Platz 3")]
    public void Addresses(string text, string value) => Assert.Contains(value, Found(text, PiiEntity.StreetAddress));

    [Theory]
    [InlineData("In 2008 Wall Street fell by 12 percent.")]
    [InlineData("We took 3 Way calls and 5 Star Drive thru")]
    [InlineData("Step 2 Place the part, then 3 Close the lid")]
    [InlineData("the spring 2024 edition, a string 5 long, during 2020")]
    [InlineData("Sie kam auf Platz 3, den Weg 5 Minuten lang")]
    [InlineData("line 12 Street names are read from a file")]
    [InlineData("10 Main ideas for the road ahead")]
    [InlineData("Der Umsatz der Gasse stieg um 3 Prozent")]
    public void No_addresses(string text) => Assert.Empty(Found(text, PiiEntity.StreetAddress));

    [Theory]
    [InlineData("meet me at 52.5200, 13.4050 tomorrow", "52.5200, 13.4050")]
    [InlineData("lat: 40.712, lon: -74.006", "40.712, lon: -74.006")]
    [InlineData("{\"lat\": 40.7128, \"lng\": -74.006}", "40.7128, \"lng\": -74.006")]
    [InlineData("GPS 51.507,-0.127", "51.507,-0.127")]
    [InlineData("40.71° N, 74.01° W", "40.71° N, 74.01° W")]
    [InlineData("-33.8688,151.2093", "-33.8688,151.2093")]
    [InlineData("at 52°31'12.5\"N 13°24'18\"E.", "52°31'12.5\"N 13°24'18\"E")]
    [InlineData("40° 26′ 46″ N, 79° 58′ 56″ W", "40° 26′ 46″ N, 79° 58′ 56″ W")]
    public void Coordinates(string text, string value) => Assert.Contains(value, Found(text, PiiEntity.GeoCoordinates));

    [Theory]
    [InlineData("from 3.14 to 2.72, or 3.141, 2.718")]
    [InlineData("[0.1234, 0.5678, 0.9012]")]
    [InlineData("95.1234, 13.4050")]
    [InlineData("52.5200, 213.4050")]
    [InlineData("it was 25°C and 30° in the shade")]
    [InlineData("version 1.2345, 6.7890.1")]
    public void No_coordinates(string text) => Assert.Empty(Found(text, PiiEntity.GeoCoordinates));

    private static List<string> Found(string text, PiiEntity entity)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var findings = new FindingList([]);
        PiiDetector.Find(utf8, ref findings);
        var found = findings.Items.ToArray().Where(f => f.Entity == entity && f.Confidence >= Confidence.Default).Select(f => Encoding.UTF8.GetString(utf8, f.Start, f.Length)).ToList();
        findings.Dispose();
        return found;
    }
}
