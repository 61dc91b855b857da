using Edge.Configuration;

namespace Edge.Tests.Configuration;

public class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", ListenKind.Ip, "127.0.0.1:8080")]
    [InlineData("0.0.0.0:0", ListenKind.Ip, "0.0.0.0:0")]
    [InlineData("[::]:8080", ListenKind.Ip, "[::]:8080")]
    [InlineData("[::1]:65535", ListenKind.Ip, "[::1]:65535")]
    [InlineData("*:8080", ListenKind.AnyIp, "*:8080")]
    [InlineData("localhost:8080", ListenKind.Localhost, "localhost:8080")]
    [InlineData("unix:/run/edge.sock", ListenKind.Unix, "unix:/run/edge.sock")]
    public void An_address_is_read(string text, ListenKind kind, string shown)
    {
        Assert.True(ListenAddress.TryParse(text, out var address));
        Assert.Equal(kind, address.Kind);
        Assert.Equal(shown, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":8080")]
    [InlineData("8080")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:+80")]
    [InlineData("127.0.0.1:99999999999")]
    [InlineData("127.1:80")]
    [InlineData("256.0.0.1:80")]
    [InlineData("::1:8080")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("example.com:80")]
    [InlineData("http://127.0.0.1:80")]
    [InlineData("unix:")]
    [InlineData("unix:relative.sock")]
    public void An_address_is_refused(string text) => Assert.False(ListenAddress.TryParse(text, out _));

    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1:80", true)]
    [InlineData("127.0.0.1:80", "127.0.0.1:81", false)]
    [InlineData("127.0.0.1:80", "127.0.0.2:80", false)]
    [InlineData("0.0.0.0:80", "127.0.0.1:80", true)]
    [InlineData("0.0.0.0:80", "[::1]:80", false)]
    [InlineData("[::]:80", "127.0.0.1:80", true)]
    [InlineData("*:80", "[::1]:80", true)]
    [InlineData("localhost:80", "127.0.0.1:80", true)]
    [InlineData("localhost:80", "10.0.0.1:80", false)]
    [InlineData("127.0.0.1:0", "127.0.0.1:0", false)]
    [InlineData("unix:/a", "unix:/a", true)]
    [InlineData("unix:/a", "unix:/b", false)]
    [InlineData("unix:/a", "*:80", false)]
    public void Two_addresses_collide_where_the_system_would_refuse_the_second(string a, string b, bool collide)
    {
        Assert.True(ListenAddress.TryParse(a, out var one));
        Assert.True(ListenAddress.TryParse(b, out var other));
        Assert.Equal(collide, one.Collides(other));
        Assert.Equal(collide, other.Collides(one));
    }
}
