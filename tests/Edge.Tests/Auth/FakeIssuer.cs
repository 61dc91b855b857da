using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Edge.Tests.Auth;

/// <summary>An identity provider on loopback: discovery, keys, and tokens of any kind, right and wrong.</summary>
internal sealed class FakeIssuer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public FakeIssuer()
    {
        _listener.Start();
        _ = ServeAsync();
        Keys = [Rsa("rsa-1", _rsa), Ec("ec-1", _ec)];
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What the JWKS document holds.</summary>
    public List<JsonObject> Keys { get; }

    /// <summary>Answers nothing useful.</summary>
    public bool IsDown { get; set; }

    /// <summary>How often the keys were asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    private int _asked;

    /// <summary>Whom the discovery document says it is; null = itself.</summary>
    public string? Claims { get; set; }

    public RSA RsaKey => _rsa;

    public static JsonObject Rsa(string kid, RSA key)
    {
        var numbers = key.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = kid, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(numbers.Modulus), ["e"] = Base64Url.EncodeToString(numbers.Exponent) };
    }

    public static JsonObject Ec(string kid, ECDsa key)
    {
        var numbers = key.ExportParameters(false);
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = kid, ["x"] = Base64Url.EncodeToString(numbers.Q.X), ["y"] = Base64Url.EncodeToString(numbers.Q.Y) };
    }

    /// <summary>Claims that are right at the beginning of <see cref="Simulator.ManualTime"/>.</summary>
    public JsonObject Right(DateTimeOffset now) => new()
    {
        ["iss"] = Url,
        ["aud"] = "edge",
        ["sub"] = "ann",
        ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
        ["iat"] = now.ToUnixTimeSeconds(),
        ["org"] = "acme",
    };

    /// <summary>A signed token.</summary>
    public string Sign(JsonObject claims, string algorithm = "RS256", string? kid = "rsa-1", Action<JsonObject>? header = null, RSA? with = null)
    {
        var head = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null) head["kid"] = kid;
        header?.Invoke(head);
        return Sign(head.ToJsonString(), claims.ToJsonString(), algorithm, with);
    }

    public string Sign(string header, string payload, string algorithm, RSA? with = null)
    {
        var text = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var hash = algorithm[^3..] switch { "384" => HashAlgorithmName.SHA384, "512" => HashAlgorithmName.SHA512, _ => HashAlgorithmName.SHA256 };
        var signature = algorithm[..2] switch
        {
            "RS" => (with ?? _rsa).SignData(bytes, hash, RSASignaturePadding.Pkcs1),
            "PS" => (with ?? _rsa).SignData(bytes, hash, RSASignaturePadding.Pss),
            "ES" => _ec.SignData(bytes, hash),
            _ => [],
        };
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>An HMAC under any key.</summary>
    public static string Hmac(JsonObject claims, byte[] key, string? kid = null)
    {
        var head = new JsonObject { ["alg"] = "HS256", ["typ"] = "JWT" };
        if (kid is not null) head["kid"] = kid;
        var text = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text)))}";
    }

    public void Dispose()
    {
        _listener.Dispose();
        _rsa.Dispose();
        _ec.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer);
        var path = Encoding.ASCII.GetString(buffer, 0, read).Split(' ')[1];
        if (path == "/keys") Interlocked.Increment(ref _asked);
        var body = path switch
        {
            _ when IsDown => "down",
            "/.well-known/openid-configuration" => new JsonObject { ["issuer"] = Claims ?? Url, ["jwks_uri"] = Url + "/keys" }.ToJsonString(),
            _ => new JsonObject { ["keys"] = new JsonArray([.. Keys.Select(key => key.DeepClone())]) }.ToJsonString(),
        };
        var status = IsDown ? "503 Down" : "200 OK";
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));
    }
}
