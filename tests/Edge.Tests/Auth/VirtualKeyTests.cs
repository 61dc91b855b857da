using System.Security.Cryptography;
using System.Text;
using Edge.Auth;
using Edge.Configuration;
using Edge.Tests.Configuration;

namespace Edge.Tests.Auth;

public class VirtualKeyTests
{
    [Fact]
    public void A_new_key_has_the_form_and_no_two_are_equal()
    {
        var keys = Enumerable.Range(0, 200).Select(_ => VirtualKey.Create()).ToList();
        Assert.Equal(200, keys.Distinct().Count());
        Assert.All(keys, key =>
        {
            Assert.StartsWith("edge_sk_", key, StringComparison.Ordinal);
            Assert.Equal(VirtualKey.Length, key.Length);
            Assert.False(VirtualKey.IsBroken(key));
        });
    }

    [Fact]
    public void Every_slip_of_one_character_is_found()
    {
        var key = VirtualKey.Create();
        for (var i = VirtualKey.Prefix.Length; i < key.Length; i++)
        {
            foreach (var letter in "0Az-é")
            {
                if (key[i] == letter) continue;
                Assert.True(VirtualKey.IsBroken(string.Concat(key.AsSpan(0, i), [letter], key.AsSpan(i + 1))), $"{i} {letter}");
            }
        }
        for (var length = VirtualKey.Prefix.Length; length < key.Length; length++) Assert.True(VirtualKey.IsBroken(key.AsSpan(0, length)));
        Assert.True(VirtualKey.IsBroken(key + "0"));
        Assert.False(VirtualKey.IsBroken("sk-anything-else"));
    }

    [Fact]
    public void A_configured_key_that_is_a_mistyped_virtual_key_is_an_error_of_the_configuration()
    {
        var key = VirtualKey.Create();
        var wrong = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');
        new FakeEnvironment().Load($"auth: {{api_keys: [{key}]}}").Valid();
        var error = Assert.Single(new FakeEnvironment().Load($"auth: {{api_keys: [{wrong}]}}").Errors);
        Assert.Contains("checksum", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_pepper_of_a_data_directory_outlives_the_process_and_is_the_owners_alone()
    {
        var folder = Directory.CreateTempSubdirectory("edge-pepper").FullName;
        try
        {
            var first = KeyHasher.Of(new AuthConfig(), folder).Hash("k");
            Assert.Equal(first, KeyHasher.Of(new AuthConfig(), folder).Hash("k"));
            Assert.NotEqual(first, KeyHasher.OfProcess.Hash("k"));
            Assert.Equal([KeyHasher.FileName], Directory.GetFiles(folder).Select(Path.GetFileName));
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, KeyHasher.FileName)));
            File.WriteAllText(Path.Combine(folder, KeyHasher.FileName), "short");
            Assert.Throws<IOException>(() => KeyHasher.Of(new AuthConfig(), folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("", 16)]
    [InlineData("key", 32)]
    [InlineData("schlüssel", 64)]
    [InlineData("a key that is longer than one block of the hash, which has sixty-four bytes, and so goes on", 33)]
    public void A_hash_is_the_HMAC_of_the_key(string key, int length)
    {
        var pepper = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        Assert.Equal(HMACSHA256.HashData(pepper, Encoding.UTF8.GetBytes(key)), new KeyHasher(pepper).Hash(key));
    }

    [Fact]
    public void A_key_longer_than_any_is_not_hashed()
    {
        Span<byte> hash = stackalloc byte[KeyHasher.Length];
        Assert.True(KeyHasher.OfProcess.TryHash(new string('x', KeyHasher.MaxKeyBytes), hash));
        Assert.False(KeyHasher.OfProcess.TryHash(new string('x', KeyHasher.MaxKeyBytes + 1), hash));
        Assert.False(KeyHasher.OfProcess.TryHash(new string('é', KeyHasher.MaxKeyBytes), hash));
    }
}
