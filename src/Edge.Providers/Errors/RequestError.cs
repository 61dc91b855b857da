namespace Edge.Providers.Errors;

/// <summary>Why a request cannot be sent: a value that becomes a 400 for the client, never thrown.</summary>
/// <param name="Field">The field's path in the client's own body, e.g. <c>messages[2].content[0].type</c>.</param>
/// <param name="Message">What is wrong and what is allowed; names the field's value only where it is short and harmless.</param>
public sealed record RequestError(string Field, string Message);
