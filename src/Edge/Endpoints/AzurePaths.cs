using Edge.Pipeline;

namespace Edge.Endpoints;

/// <summary>
/// Azure OpenAI's paths, as its SDKs ask for them, turned into OpenAI's own before anything else looks at a request: <c>/openai/deployments/{deployment}/...</c> and
/// <c>/openai/...</c> with an <c>api-version</c>, which any value of is taken, and the v1 surface <c>/openai/v1/...</c>. The deployment is the model.
/// <see href="https://learn.microsoft.com/azure/ai-foundry/openai/reference"/>
/// </summary>
public static class AzurePaths
{
    private const string Root = "/openai/";
    private const string Deployments = "/openai/deployments/";

    // OpenAI's client for Node asks for them below a deployment, but they have no model of their own.
    private const string Batches = "/batches";

    // What a deployment serves. A deployment's name may hold a slash (openai/gpt-4o: the SDKs write it as it is), so that the end of the path decides; the longer one first.
    private static readonly string[] _ofDeployments =
    [
        "/chat/completions", "/completions", "/embeddings", "/images/generations", "/images/edits", "/audio/speech", "/audio/transcriptions", "/audio/translations", Batches,
    ];

    /// <summary>Rewrites the request's path and target, and sets the context's deployment. Any other request stays as it is.</summary>
    public static void Normalize(RequestContext context)
    {
        // Apart: what a lambda there captures would be allocated for every request here.
        if (context.Request.Path.StartsWith(Root, StringComparison.Ordinal)) Rewrite(context);
    }

    private static void Rewrite(RequestContext context)
    {
        var request = context.Request;
        var path = request.Path;
        var mark = request.RawTarget.IndexOf('?', StringComparison.Ordinal);
        var target = mark < 0 ? request.RawTarget : request.RawTarget[..mark];
        var query = mark < 0 ? "" : request.RawTarget[mark..];
        if (path.StartsWith(Deployments, StringComparison.Ordinal))
        {
            var served = Array.Find(_ofDeployments, end => path.Length > Deployments.Length + end.Length && path.EndsWith(end, StringComparison.Ordinal));
            if (served is null) return;
            // Kestrel leaves %2F alone when it decodes a path.
            if (served != Batches) context.Deployment = path[Deployments.Length..^served.Length].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
            request.Path = "/v1" + served;
            request.RawTarget = "/v1" + served + Plain(query);
            return;
        }
        var prefix = path.StartsWith("/openai/v1/", StringComparison.Ordinal) ? "/openai/v1/" : Root;
        // Anthropic's dialect lives elsewhere at Azure.
        if (path.AsSpan(prefix.Length).StartsWith("messages", StringComparison.Ordinal)) return;
        request.Path = "/v1/" + path[prefix.Length..];
        // A target whose path was not plain keeps it: what passes it on refuses it.
        if (target.StartsWith(prefix, StringComparison.Ordinal)) request.RawTarget = "/v1/" + target[prefix.Length..] + Plain(query);
    }

    // Without the API's version; realtime's deployment is its model.
    private static string Plain(string query)
    {
        if (query.Length <= 1) return "";
        var kept = query[1..].Split('&').Where(static member => !Is(member, "api-version")).Select(static member => Is(member, "deployment") ? "model" + member["deployment".Length..] : member);
        var text = string.Join('&', kept);
        return text.Length == 0 ? "" : "?" + text;
    }

    private static bool Is(string member, string name) => member.StartsWith(name, StringComparison.Ordinal) && (member.Length == name.Length || member[name.Length] == '=');
}
