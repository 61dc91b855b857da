using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Auth;
using Edge.Configuration;
using Edge.Model;
using Edge.Tenancy;

namespace Edge.Bench;

/// <summary>Step 1: a key among 10,000, a wrong one, one that is none at sight, and a signed token that was seen before.</summary>
[BenchmarkCategory("auth")]
public class AuthBenchmarks
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly TenancySnapshot _tenancy;
    private readonly JwtTokens _tokens = new(TimeProvider.System);
    private readonly string _key = VirtualKey.Create();
    private readonly string _wrong = VirtualKey.Create();
    private readonly string _token;

    public AuthBenchmarks()
    {
        var source = new TenancySource
        {
            Stored = new StoredTenancy
            {
                Organisations = [new("acme", null, TenantPolicyConfig.None)],
                Keys = [.. Enumerable.Range(0, 10_000).Select(i => new StoredKey { Id = $"key_{i}", Prefix = "", Hash = KeyHasher.OfProcess.Hash(i == 5_000 ? _key : VirtualKey.Create()), Organisation = "acme" })],
            },
        };
        var issuer = new JwtConfig { Issuer = "corp", Audiences = ["edge"], Secret = new Secret(Secret), Organisation = "acme" };
        _tenancy = GatewayStateBuilder.Build(new EdgeConfig { Auth = new AuthConfig { Jwt = new Dictionary<string, JwtConfig> { ["corp"] = issuer } } }, TimeProvider.System, tenancy: source).Tenancy;
        _token = Token();
        if (_tokens.VerifyAsync(_tenancy, _token).AsTask().GetAwaiter().GetResult().Token is null) throw new InvalidOperationException("The token is not taken.");
    }

    [Benchmark]
    public KeyEntry? Known() => Find(_key) ?? throw new InvalidOperationException();

    [Benchmark]
    public KeyEntry? Wrong() => Find(_wrong);

    [Benchmark]
    public KeyEntry? Broken() => Find("edge_sk_0000000000000000000000000000000000000x");

    [Benchmark]
    public Caller KnownToken() => _tokens.Known(_tenancy, _token)!.In(_tenancy).Caller;

    internal static Action Operation(string name)
    {
        var bench = new AuthBenchmarks();
        return name switch
        {
            "key" => () => bench.Known(),
            "wrong" => () => bench.Wrong(),
            "broken" => () => bench.Broken(),
            _ => () => bench.KnownToken(),
        };
    }

    private KeyEntry? Find(string key)
    {
        Span<byte> hash = stackalloc byte[KeyHasher.Length];
        return VirtualKey.IsBroken(key) || !_tenancy.Hasher.TryHash(key, hash) ? null : _tenancy.Keys.Find(hash);
    }

    // About as long as an identity provider's: 900 characters.
    private static string Token()
    {
        var until = DateTimeOffset.UtcNow.AddYears(1).ToUnixTimeSeconds();
        var payload = $$"""{"iss":"corp","aud":"edge","sub":"ann","exp":{{until}},"roles":"{{new string('r', 500)}}"}""";
        var text = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(text)))}";
    }
}
