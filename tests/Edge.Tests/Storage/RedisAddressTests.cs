using Edge.Storage.Redis;

namespace Edge.Tests.Storage;

public sealed class RedisAddressTests
{
    [Theory]
    [InlineData("redis://localhost", "localhost:6379", null, null, 0, false)]
    [InlineData("REDIS://10.0.0.1:7000/3", "10.0.0.1:7000", null, null, 3, false)]
    [InlineData("rediss://:p%40ss%3Aword@cache.example.com:6380/", "cache.example.com:6380", null, "p@ss:word", 0, true)]
    [InlineData("redis://edge:secret@a:1,b:2,c/1", "a:1,b:2,c:6379", "edge", "secret", 1, false)]
    [InlineData("redis://edge@[::1]:7001", "::1:7001", "edge", null, 0, false)]
    [InlineData("redis://u:p@ss@[fe80::1]", "fe80::1:6379", "u", "p@ss", 0, false)]
    public void An_address_has_its_parts(string text, string hosts, string? user, string? password, int database, bool isTls)
    {
        Assert.True(RedisAddress.TryParse(text, out var address, out var error), error);
        Assert.Equal(hosts, address.ToString());
        Assert.Equal((user, password, database, isTls, null), (address.User, address.Password, address.Database, address.IsTls, address.Primary));
    }

    [Fact]
    public void Sentinels_know_the_primary_by_its_name()
    {
        Assert.True(RedisAddress.TryParse("redis+sentinel://:pw@s1,s2:26380/main/2", out var address, out _));
        Assert.Equal("s1:26379,s2:26380", address.ToString());
        Assert.Equal(("main", 2, "pw"), (address.Primary, address.Database, address.Password));
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:6379")]
    [InlineData("http://localhost")]
    [InlineData("redis://")]
    [InlineData("redis://secret@")]
    [InlineData("redis://host:0")]
    [InlineData("redis://host:65536")]
    [InlineData("redis://host:port")]
    [InlineData("redis://a,,b")]
    [InlineData("redis://host/secret")]
    [InlineData("redis://host/-1")]
    [InlineData("redis://host/1/2")]
    [InlineData("redis://host?db=secret")]
    [InlineData("redis+sentinel://host")]
    [InlineData("redis://ho st")]
    public void What_is_no_address_is_refused_without_being_quoted(string text)
    {
        Assert.False(RedisAddress.TryParse(text, out _, out var error));
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }
}
