using Edge.Model;
using Edge.Pipeline;

namespace Edge.Endpoints;

/// <summary><c>GET /v1/models/{id}</c>; an id may hold slashes (<c>openai/gpt-4o</c>).</summary>
public static class ModelsEndpoint
{
    /// <summary>Every model, in the shape that the client's SDK reads: Anthropic's always names its API version.</summary>
    public static ReadOnlyMemory<byte> List(RequestContext context) => IsAnthropic(context) ? ListOf(context).Anthropic : ListOf(context).Json;

    /// <summary>False = there is no such model; the error is set.</summary>
    public static async ValueTask<bool> WriteOneAsync(RequestContext context)
    {
        // Kestrel leaves %2F alone when it decodes a path; clients escape the slash of "openai/gpt-4o".
        var id = EndpointTable.ModelOf(context.Request.Path).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (ListOf(context).Find(id, IsAnthropic(context)) is not { } json)
        {
            return context.Fail(ErrorCode.ModelNotFound, "model", $"There is no model '{(id.Length <= 200 ? id : id[..200])}'; GET /v1/models lists them.");
        }
        await ErrorResponse.WriteJsonAsync(context, 200, json);
        return true;
    }

    private static ModelList ListOf(RequestContext context) => context.State.ModelsFor(context.Caller.Access);

    private static bool IsAnthropic(RequestContext context) => context.Request.Headers.ContainsKey("anthropic-version");
}
