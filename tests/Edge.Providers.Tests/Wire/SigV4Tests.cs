using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Wire;

/// <summary>
/// The cases stand in tests/clients/sigv4-cases.json: AWS's published test suite (those marked so) and requests of ours. tests/clients/sigv4.test.js holds the same file to
/// two other implementations.
/// </summary>
public class SigV4Tests
{
    private static readonly JsonElement[] _cases =
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "tests", "clients", "sigv4-cases.json"))).RootElement.EnumerateArray()];

    public static TheoryData<string> Names => [.. _cases.Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Requests_are_signed_as_everywhere(string name)
    {
        var test = _cases.Single(c => c.GetProperty("name").GetString() == name);
        var headers = string.Concat(test.GetProperty("headers").EnumerateArray().Select(h => $"{h[0].GetString()}: {h[1].GetString()}\r\n"));

        var lines = Sign(test, headers);

        var time = Text(test, "time");
        var token = Text(test, "sessionToken");
        var names = test.GetProperty("headers").EnumerateArray().Select(h => h[0].GetString()!.ToLowerInvariant()).Append("x-amz-date")
            .Concat(token.Length > 0 ? ["x-amz-security-token"] : []).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(
            $"authorization: AWS4-HMAC-SHA256 Credential={Text(test, "accessKeyId")}/{time[..8]}/{Text(test, "region")}/{Text(test, "service")}/aws4_request, "
            + $"SignedHeaders={string.Join(';', names)}, Signature={Text(test, "signature")}\r\nx-amz-date: {time}\r\n"
            + (token.Length > 0 ? $"x-amz-security-token: {token}\r\n" : ""),
            lines);
    }

    [Fact]
    public void The_suite_is_there()
    {
        Assert.True(_cases.Count(c => c.GetProperty("published").GetBoolean()) >= 20);
    }

    [Fact]
    public void The_order_of_headers_does_not_matter()
    {
        var test = _cases.Single(c => Text(c, "name") == "post-x-www-form-urlencoded");
        var expected = Sign(test, "host: example.amazonaws.com\r\ncontent-type: application/x-www-form-urlencoded\r\n");

        Assert.Equal(expected, Sign(test, "Content-Type:application/x-www-form-urlencoded \r\nHOST:\t example.amazonaws.com\r\n"));
    }

    [Fact]
    public void Hostile_headers_are_the_callers_defect()
    {
        Assert.Throws<ArgumentException>(() => Sign(_cases[0], "host\r\n"));
        Assert.Throws<ArgumentException>(() => Sign(_cases[0], string.Concat(Enumerable.Range(0, 40).Select(i => $"a{i}: b\r\n"))));
        // And the next request is signed as if nothing had been.
        Assert.Contains(Text(_cases[0], "signature"), Sign(_cases[0], "host: example.amazonaws.com\r\n"), StringComparison.Ordinal);
    }

    private static string Sign(JsonElement test, string headers)
    {
        byte[] Bytes(string name) => Encoding.UTF8.GetBytes(Text(test, name));
        var key = new byte[SigV4.KeySize];
        SigV4.DeriveKey(Bytes("secret"), Bytes("time").AsSpan(0, 8), Bytes("region"), Bytes("service"), key);
        var output = new ByteBuffer();
        SigV4.Sign(
            new SigV4Request
            {
                Method = Bytes("method"),
                Path = Bytes("path"),
                Query = Bytes("query"),
                Headers = Encoding.UTF8.GetBytes(headers),
                BodyHash = SHA256.HashData(Bytes("body")),
                Time = Bytes("time"),
                Region = Bytes("region"),
                Service = Bytes("service"),
                AccessKeyId = Bytes("accessKeyId"),
                SessionToken = Bytes("sessionToken"),
            },
            key,
            output);
        return Encoding.UTF8.GetString(output.Span);
    }

    private static string Text(JsonElement test, string name) => test.GetProperty(name).GetString()!;
}
