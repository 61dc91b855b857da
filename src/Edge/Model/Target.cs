using System.Buffers;
using System.Text;
using Edge.Configuration;
using Edge.Providers;
using Edge.Routing.Health;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Microsoft.Extensions.Primitives;

namespace Edge.Model;

/// <summary>A provider inside this process.</summary>
/// <param name="request">As it would go out.</param>
/// <param name="control">The client's <c>x-edge-simulate</c> header, UTF-8; may be empty.</param>
/// <param name="cancel">Fires when the client is gone.</param>
public delegate ValueTask<UpstreamResponse> InProcessProvider(UpstreamRequest request, ReadOnlySpan<byte> control, CancellationToken cancel);

/// <summary>One provider as the request path needs it: everything that is the same for every request is computed once. Immutable.</summary>
public sealed class Target
{
    /// <summary>The provider's name in the configuration.</summary>
    public required string Name { get; init; }

    /// <summary>As a response header value.</summary>
    public required StringValues NameHeader { get; init; }

    public required Provider Sheet { get; init; }

    /// <summary>Answers in process (the simulator); then <see cref="Endpoint"/> is never called. Null for a provider on the network.</summary>
    public InProcessProvider? InProcess { get; init; }

    public required UpstreamEndpoint Endpoint { get; init; }

    /// <summary>Path of the API's root, without a slash at its end.</summary>
    public required string RootPath { get; init; }

    /// <summary>Header lines of every request, see <see cref="UpstreamRequest.TargetHeaders"/>. May hold secrets of the configuration: never logged.</summary>
    public required ReadOnlyMemory<byte> Headers { get; init; }

    /// <summary>What stands for <c>{api-version}</c> in its paths.</summary>
    public string ApiVersion { get; init; } = "";

    /// <summary>Where its data is processed, as configured or as its place says; empty = nobody knows.</summary>
    public string Region { get; init; } = "";

    /// <summary>Shows the provider who we are; null = nothing is shown beyond <see cref="Headers"/>.</summary>
    public ICredential? Credential { get; init; }

    /// <summary>The configured keys. Some compatible servers quote the key in the error that refuses it, and the key is the gateway's, not the client's.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>A provider's words without the configured keys.</summary>
    public string WithoutSecrets(string text)
    {
        foreach (var secret in Secrets) text = text.Replace(secret, Redacted, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The same of a whole body: itself, where it holds none of them.</summary>
    public ReadOnlyMemory<byte> WithoutSecrets(ReadOnlyMemory<byte> body)
    {
        foreach (var secret in Secrets)
        {
            if (body.Span.IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0) return Encoding.UTF8.GetBytes(WithoutSecrets(Encoding.UTF8.GetString(body.Span)));
        }
        return body;
    }

    private const string Redacted = "[redacted]";

    /// <summary>Which identity <see cref="Credential"/> shows, as a hash: where a reload finds the same, it keeps the credential with its tokens and rests.</summary>
    public string Identity { get; init; } = "";

    /// <summary>What was learnt of it, and what its operator said.</summary>
    public ProviderState State => _state ??= new ProviderState(Name, TimeProvider.System);

    /// <summary>Where it lives longer than the target: across reloads.</summary>
    public ProviderState? KnownState { init => _state = value; }

    private ProviderState? _state;

    /// <summary>Time-outs and sizes.</summary>
    public required UpstreamConfig Limits { get; init; }

    /// <summary>Anthropic's max_tokens where the client gives none.</summary>
    public int MaxTokensDefault { get; init; }

    /// <summary>Speaks for models of another family at the same provider (Claude on Vertex AI), which have another surface there; null = there are none.</summary>
    public Target? Sibling { get; init; }

    /// <summary>Which of the two surfaces serves that model.</summary>
    /// <param name="model">JSON text between quotes.</param>
    public Target For(ReadOnlySpan<byte> model)
    {
        if (Sibling is null) return this;
        foreach (var prefix in Sibling.Sheet.ModelPrefixes)
        {
            if (model.Length >= prefix.Length && Ascii.Equals(model[..prefix.Length], prefix)) return Sibling;
        }
        return this;
    }

    /// <summary>No configured list: any model name is passed on.</summary>
    public bool AcceptsAnyModel { get; init; }

    /// <summary>The paths where they are the same for every model; null = each model has its own.</summary>
    public TargetPaths? Paths => _paths ??= TargetPaths.HoldModel(Sheet) ? null : new TargetPaths(RootPath, Sheet, null, ApiVersion);

    /// <summary>The route of requests that name no model.</summary>
    public ModelRoute NoModel => _noModel ??= new ModelRoute(this, default, StringValues.Empty, Paths ?? new TargetPaths(RootPath, Sheet, "", ApiVersion), State.For(""));

    /// <summary><see cref="Headers"/> for bodies and answers of any kind: without content-type and accept, which are the client's then.</summary>
    public ReadOnlyMemory<byte> BareHeaders => _bareHeaders ??= Bare(Headers.Span);

    private TargetPaths? _paths;
    private ModelRoute? _noModel;
    private byte[]? _bareHeaders;

    private static byte[] Bare(ReadOnlySpan<byte> lines)
    {
        var kept = new ArrayBufferWriter<byte>(Math.Max(1, lines.Length));
        while (lines.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            if (!lines.StartsWith("content-type:"u8) && !lines.StartsWith("accept:"u8)) kept.Write(lines[..(end + 2)]);
            lines = lines[(end + 2)..];
        }
        return kept.WrittenSpan.ToArray();
    }

    /// <summary>The dialect in which a client's request is put to this provider: the client's own where it is served, else the provider's.</summary>
    public Dialect WireFor(Dialect client) => client switch
    {
        Dialect.Responses when Sheet.ResponsesPath is not null => client,
        Dialect.Completions when Sheet.CompletionsPath is not null => client,
        _ => Sheet.Dialect,
    };
}
