using System.Net;
using Edge.Auth;
using Edge.Tests.Simulator;

namespace Edge.Tests.Auth;

public class AddressTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.1.2", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("2001:db8::1/128", "2001:db8::1", true)]
    public void A_range_holds_its_addresses(string range, string address, bool isIn)
    {
        Assert.Null(AddressRange.TryParse(range, out var parsed));
        Assert.Equal(isIn, parsed.Contains(AddressRange.NumberOf(IPAddress.Parse(address))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.1/8")]
    [InlineData("::1/64")]
    [InlineData("::/129")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0A000001")]
    [InlineData("fe80::1%eth0")]
    [InlineData("localhost")]
    public void What_is_no_range_is_refused(string text) => Assert.NotNull(AddressRange.TryParse(text, out _));

    [Fact]
    public void An_address_without_any_is_in_no_range_but_all_of_them()
    {
        Assert.Null(AddressRange.TryParse("10.0.0.0/8", out var range));
        Assert.False(range.Contains(AddressRange.NumberOf(null)));
    }

    [Fact]
    public void A_bucket_fills_again_with_time()
    {
        var time = new ManualTime();
        var throttle = new FailureThrottle(time);
        var address = AddressRange.NumberOf(IPAddress.Parse("192.0.2.1"));
        for (var i = 0; i < 60; i++) Assert.True(throttle.TryAdd(address, 60, out _), $"{i}");
        Assert.False(throttle.TryAdd(address, 60, out var seconds));
        Assert.Equal(1, seconds);
        Assert.True(throttle.IsOver(address, 60, out _));
        // Another one is not held to account.
        Assert.True(throttle.TryAdd(AddressRange.NumberOf(IPAddress.Parse("192.0.2.2")), 60, out _));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(throttle.IsOver(address, 60, out _));
        Assert.True(throttle.TryAdd(address, 60, out _));
        Assert.False(throttle.TryAdd(address, 60, out _));
        time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 60; i++) Assert.True(throttle.TryAdd(address, 60, out _));
    }

    [Fact]
    public void Of_an_IPv6_network_all_addresses_share_one_bucket_and_a_mapped_one_is_the_IPv4_address()
    {
        var throttle = new FailureThrottle(new ManualTime());
        for (var i = 0; i < 5; i++) Assert.True(throttle.TryAdd(AddressRange.NumberOf(IPAddress.Parse($"2001:db8::{i + 1}")), 5, out _));
        Assert.False(throttle.TryAdd(AddressRange.NumberOf(IPAddress.Parse("2001:db8::ffff")), 5, out _));
        Assert.True(throttle.TryAdd(AddressRange.NumberOf(IPAddress.Parse("2001:db8:0:1::1")), 5, out _));
        for (var i = 0; i < 5; i++) Assert.True(throttle.TryAdd(AddressRange.NumberOf(IPAddress.Parse("192.0.2.1")), 5, out _));
        Assert.False(throttle.TryAdd(AddressRange.NumberOf(IPAddress.Parse("::ffff:192.0.2.1")), 5, out _));
    }

    [Fact]
    public void A_million_addresses_need_no_more_memory_than_one()
    {
        var throttle = new FailureThrottle(new ManualTime());
        throttle.TryAdd(1, 10, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 1_000_000; i++) throttle.TryAdd(((UInt128)0xFFFF << 32) | i, 10, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
