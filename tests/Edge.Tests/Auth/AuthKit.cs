using System.Net;
using System.Text;
using Edge.Auth;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tenancy;
using Edge.Tests.Configuration;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Tests.Auth;

/// <summary>A pipeline with keys and tenants of YAML and of a store, whose providers are <c>fake</c> and, where wanted, more.</summary>
internal sealed class AuthKit
{
    /// <param name="yaml">Without providers.</param>
    /// <param name="stored">What the store holds.</param>
    /// <param name="more">Names of further providers, with OpenAI's sheet.</param>
    /// <param name="regionOf">By provider.</param>
    /// <param name="time">Null = a time of its own, which stands still.</param>
    public AuthKit(string yaml, StoredTenancy? stored = null, string[]? more = null, Func<string, string>? regionOf = null, ManualTime? time = null)
    {
        Time = time ?? new();
        var openai = ProviderCatalog.Find("openai")!;
        var providers = string.Join('\n', new[] { "fake" }.Concat(more ?? []).Select(static name => $"  {name}: {{url: 'http://127.0.0.1:1', api_key: k}}"));
        var config = new FakeEnvironment().Load($"{yaml}\nproviders:\n{providers}\n").Valid();
        Source = new TenancySource { Stored = stored ?? StoredTenancy.Empty, TokenKeys = new JwtKeySources(Time, null) };
        Kit = new PipelineKit(config: config, more: [.. (more ?? []).Select(name => openai with { Name = name })], time: Time, tenancy: Source, regionOf: regionOf);
    }

    public ManualTime Time { get; }

    public TenancySource Source { get; }

    public PipelineKit Kit { get; }

    /// <summary>Who sent the last request.</summary>
    public Caller LastCaller()
    {
        var records = new CompletedRequest[64];
        var count = Kit.Completed.Take(records);
        return records[count - 1].Caller!;
    }

    /// <summary>As a change of the store does.</summary>
    public void Store(StoredTenancy stored)
    {
        Source.Stored = stored;
        Kit.State.Update(state => state.WithTenancy(Source));
    }

    public Task<NullTransport> ChatAsync(string? key, string model = "gpt-4o", string from = "192.0.2.1", string more = "") =>
        SendAsync(key, $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""", from);

    public Task<NullTransport> SendAsync(string? key, string body, string from = "192.0.2.1", string path = "/v1/chat/completions", string method = "POST", Action<NullTransport>? configure = null) => Kit.SendAsync(body, transport =>
    {
        if (key is not null) transport.RequestHeaders.Authorization = "Bearer " + key;
        if (body.Length > 0)
        {
            transport.RequestHeaders.ContentType = "application/json";
            transport.RequestHeaders.ContentLength = Encoding.UTF8.GetByteCount(body);
        }
        transport.Path = path;
        transport.RawTarget = path;
        transport.Method = method;
        configure?.Invoke(transport);
        transport.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Parse(from) });
    });

    /// <summary>A key of the store.</summary>
    public static StoredKey Key(string text, string id = "key_01", string? organisation = null, string? team = null, string? user = null) =>
        new() { Id = id, Prefix = VirtualKey.Recognisable(text), Hash = KeyHasher.OfProcess.Hash(text), Organisation = organisation, Team = team, User = user };
}
