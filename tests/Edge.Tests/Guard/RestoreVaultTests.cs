using System.Text;
using Edge.Guard.Restore;

namespace Edge.Tests.Guard;

public sealed class RestoreVaultTests
{
    [Fact]
    public void A_value_has_one_placeholder_numbered_by_its_first_appearance()
    {
        using var vault = new Vault();
        Assert.True(vault.IsEmpty);
        Assert.Equal("<EMAIL_1>", Placeholder(vault, "EMAIL", "a@x.org"));
        Assert.Equal("<EMAIL_2>", Placeholder(vault, "EMAIL", "b@x.org"));
        Assert.Equal("<PHONE_1>", Placeholder(vault, "PHONE", "555"));
        Assert.Equal("<EMAIL_1>", Placeholder(vault, "EMAIL", "a@x.org"));
        // The same value under another name is another thing to the policy.
        Assert.Equal("<PHONE_2>", Placeholder(vault, "PHONE", "a@x.org"));
        Assert.Equal("<MY_ID_1>", Placeholder(vault, "my-id", "7"));
        Assert.Equal((5, 9, false), (vault.Count, vault.LongestPlaceholder, vault.IsEmpty));
        Assert.True(vault.TryGet("EMAIL_2"u8, out var value, out var name));
        Assert.Equal("b@x.org", Encoding.UTF8.GetString(value));
        Assert.Equal("EMAIL", Encoding.UTF8.GetString(vault.NameAt(name)));
        Assert.False(vault.TryGet("EMAIL_3"u8, out _, out _));
        vault.Clear();
        Assert.True(vault.IsEmpty);
        Assert.False(vault.TryGet("EMAIL_1"u8, out _, out _));
        Assert.Equal("<EMAIL_1>", Placeholder(vault, "EMAIL", "c@x.org"));
    }

    [Theory]
    [InlineData("say <EMAIL_1> twice")]
    [InlineData("<email_1>")]
    [InlineData("&lt;Email_1&gt;")]
    [InlineData("%3cEMAIL_1%3E")]
    [InlineData("%3cEMAIL%5f1%3E")]
    [InlineData("<EMAIL\\_1>")]
    [InlineData("\\<EMAIL\\_1\\>")]
    [InlineData("\\u003cEMAIL_1\\u003E")]
    [InlineData("\\\\u003cEMAIL_1\\\\u003e")]
    [InlineData("a \\\\\\\\\\\\\\\\\\<EMAIL_1>")]
    [InlineData("<<<EMAIL_<EMAIL_1>")]
    public void What_the_client_wrote_itself_is_never_given_away(string text)
    {
        using var vault = new Vault();
        vault.Reserve(Encoding.UTF8.GetBytes(RestoreWire.Quote(text)));
        Assert.True(vault.IsEmpty);
        Assert.False(vault.TryGet("EMAIL_1"u8, out _, out _));
        Assert.Equal("<EMAIL_2>", Placeholder(vault, "EMAIL", "a@x.org"));
        Assert.False(vault.TryGet("EMAIL_1"u8, out _, out _));
    }

    [Theory]
    [InlineData("<EMAIL_>")]
    [InlineData("<EMAIL_01>")]
    [InlineData("<1>")]
    [InlineData("<_1>")]
    [InlineData("EMAIL_1")]
    [InlineData("<EMAIL_1 >")]
    [InlineData("<EMAIL_99999999999999999999999>")]
    [InlineData("<EMAIL_1")]
    public void What_is_no_placeholder_reserves_nothing(string text)
    {
        using var vault = new Vault();
        vault.Reserve(Encoding.UTF8.GetBytes(text));
        Assert.Equal("<EMAIL_1>", Placeholder(vault, "EMAIL", "a@x.org"));
    }

    [Fact]
    public void Many_values_and_many_reservations_stay_exact()
    {
        using var vault = new Vault();
        var text = new StringBuilder();
        for (var i = 1; i <= 20_000; i += 2) text.Append("<ID_").Append(i).Append('>');
        vault.Reserve(Encoding.UTF8.GetBytes(text.ToString()));
        for (var i = 0; i < 10_000; i++) Assert.Equal($"<ID_{2 * (i + 1)}>", Placeholder(vault, "ID", $"value {i}"));
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(vault.TryGet(Encoding.UTF8.GetBytes($"ID_{2 * (i + 1)}"), out var value, out _));
            Assert.Equal($"value {i}", Encoding.UTF8.GetString(value));
        }
    }

    [Fact]
    public void Only_a_possible_prefix_is_one()
    {
        using var vault = new Vault();
        for (var i = 1; i <= 12; i++) Placeholder(vault, "EMAIL", $"{i}");
        Placeholder(vault, "EMAIL_LIST", "l");
        foreach (var yes in new[] { "", "E", "EMAIL", "EMAIL_", "EMAIL_1", "EMAIL_9", "EMAIL_12", "EMAIL_L", "EMAIL_LIST_1" }) Assert.True(vault.IsPrefix(Encoding.UTF8.GetBytes(yes)), yes);
        foreach (var no in new[] { "F", "EMAIL1", "EMAIL_0", "EMAIL_13", "EMAIL_120", "EMAIL_LIST_2", "EMAIL_9999999999999" }) Assert.False(vault.IsPrefix(Encoding.UTF8.GetBytes(no)), no);
    }

    [Fact]
    public void A_value_that_the_client_sent_is_known()
    {
        using var vault = new Vault();
        Placeholder(vault, "EMAIL", "a@x.org");
        vault.Note("b@x.org"u8);
        Assert.True(vault.Knows("a@x.org"u8));
        Assert.True(vault.Knows("b@x.org"u8));
        Assert.False(vault.Knows("c@x.org"u8));
        Assert.Equal(1, vault.Count);
        Assert.Equal("<EMAIL_2>", Placeholder(vault, "EMAIL", "b@x.org"));
    }

    [Fact]
    public void It_is_used_again_without_allocating()
    {
        using var vault = new Vault();
        long bytes = 0;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            vault.Reserve("<EMAIL_3>"u8);
            vault.Placeholder("EMAIL"u8, "a@x.org"u8);
            vault.Clear();
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, bytes);
    }

    private static string Placeholder(Vault vault, string name, string value) =>
        Encoding.UTF8.GetString(vault.Placeholder(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value)));
}
