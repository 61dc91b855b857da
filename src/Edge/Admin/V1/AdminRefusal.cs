using System.Diagnostics.CodeAnalysis;

namespace Edge.Admin.V1;

/// <summary>
/// Ends an operation with an error. Elsewhere expected failures are values; here nothing is hot, and an operation that may be refused at six places reads better as what it does when it is not.
/// Caught by the dispatcher alone.
/// </summary>
internal sealed class AdminRefusal : Exception
{
    public AdminRefusal(AdminReply reply)
        : base($"Answered with {reply.Status}.") => Reply = reply;

    public AdminReply Reply { get; }

    /// <summary>400: what was sent is wrong.</summary>
    /// <param name="field">Where; null = the whole.</param>
    /// <param name="problem">Starts after the field's name: "is missing; allowed: ...".</param>
    [DoesNotReturn]
    public static void Invalid(string? field, string problem) => throw new AdminRefusal(AdminReply.Error(400, "INVALID_REQUEST", field is null ? $"The body {problem}." : $"{field}: {problem}.", field));

    /// <summary>404, the same whether there is no such thing or it is another organisation's.</summary>
    [DoesNotReturn]
    public static void NotFound(string what, string name) => throw new AdminRefusal(AdminReply.Error(404, "NOT_FOUND", $"There is no {what} '{Edge.Configuration.Shown.Text(name)}'."));

    /// <summary>409.</summary>
    [DoesNotReturn]
    public static void Conflict(string code, string message, string? field = null) => throw new AdminRefusal(AdminReply.Error(409, code, message, field));

    /// <summary>412: it was changed since the caller looked.</summary>
    [DoesNotReturn]
    public static void Changed() => throw new AdminRefusal(AdminReply.Error(412, "PRECONDITION_FAILED", "It was changed since: its ETag is not the one of If-Match. Read it again."));

    /// <summary>403.</summary>
    [DoesNotReturn]
    public static void Forbidden(string message) => throw new AdminRefusal(AdminReply.Error(403, "ADMIN_FORBIDDEN", message));
}
