using Edge.Configuration;

namespace Edge.Admin.V1;

/// <summary>
/// One operation of <c>/admin/v1</c>: how it is reached, what it needs, takes and gives, and what it does. The dispatcher, the OpenAPI document and the tests read this one declaration.
/// </summary>
internal sealed record AdminOperation
{
    /// <summary><c>listOrganisations</c>: the operationId, and what the journal calls it.</summary>
    public required string Id { get; init; }

    public required string Method { get; init; }

    /// <summary>Below <c>/admin/v1</c>: <c>/organisations/{organisation}/teams/{team}</c>. A part in braces takes any text. One called <c>organisation</c> is held against the holder's.</summary>
    public required string Path { get; init; }

    /// <summary>One line for the document.</summary>
    public required string Summary { get; init; }

    /// <summary>The group of operations in the document.</summary>
    public required string Tag { get; init; }

    public required AdminRights Needs { get; init; }

    /// <summary>It concerns every tenant at once: a token of one organisation is refused.</summary>
    public bool IsGlobal { get; init; }

    public IReadOnlyList<AdminParameter> Query { get; init; } = [];

    /// <summary>What its JSON body may hold; null = it takes none.</summary>
    public ConfigSection? Body { get; init; }

    /// <summary>Beside, or instead of, JSON; only described.</summary>
    public string BodyType { get; init; } = "application/json";

    /// <summary>The largest body, in bytes.</summary>
    public int MaxBody { get; init; } = 256 << 10;

    /// <summary>What it answers; null = nothing (204).</summary>
    public AdminShape? Answer { get; init; }

    /// <summary>It answers <c>{"object":"list","data":[...],"has_more":...,"next":...}</c> of <see cref="Answer"/>, and takes <c>limit</c> and <c>after</c>.</summary>
    public bool IsList { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>Other than JSON that it may answer with, for the document: <c>text/csv</c>.</summary>
    public IReadOnlyList<string> OtherTypes { get; init; } = [];

    /// <summary>A read that is sent as POST: it changes nothing, and is not recorded in the journal.</summary>
    public bool IsRead { get; init; }

    public required Func<AdminCall, Task<AdminReply>> Run { get; init; }

    /// <summary>Its answer has an ETag, and it minds <c>If-Match</c> where it changes something.</summary>
    public bool HasETag { get; init; }

    public bool Changes => Method is not "GET" && !IsRead;
}

/// <summary>A parameter of a query.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Doc">For the document.</param>
/// <param name="Type">Of JSON schema: <c>string</c>, <c>integer</c>, <c>boolean</c>.</param>
/// <param name="Format">Of JSON schema: <c>date-time</c>; null = none.</param>
/// <param name="IsRequired">It must be there.</param>
/// <param name="Allowed">The only values; null = any.</param>
internal sealed record AdminParameter(string Name, string Doc, string Type = "string", string? Format = null, bool IsRequired = false, IReadOnlyList<string>? Allowed = null);

/// <summary>What an answer looks like: a schema with a name of its own in the document.</summary>
/// <param name="Name">In CamelCase.</param>
/// <param name="Doc">A sentence.</param>
/// <param name="Fields">Those that only answers have, first.</param>
/// <param name="Section">Of the body that it was made from: its fields are answered as they were given, those that were not set are left out.</param>
internal sealed record AdminShape(string Name, string Doc, IReadOnlyList<AdminField> Fields, ConfigSection? Section = null);

/// <summary>A field of an answer.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Type">Of JSON schema, with <c>?</c> where it may be null: <c>string?</c>.</param>
/// <param name="Doc">A sentence.</param>
internal sealed record AdminField(string Name, string Type, string Doc)
{
    /// <summary>Of JSON schema: <c>date-time</c>; null = none.</summary>
    public string? Format { get; init; }

    /// <summary>It may be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Of an array's items, or of the object: its shape.</summary>
    public AdminShape? Of { get; init; }

    /// <summary>The only values; null = any.</summary>
    public IReadOnlyList<string>? Allowed { get; init; }
}

/// <summary>A part of the admin plane: a file <c>XApi.cs</c>.</summary>
internal interface IAdminResource
{
    IEnumerable<AdminOperation> Operations { get; }
}
