using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Configuration;
using Edge.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Edge.Admin.V1;

/// <summary>One call of an operation: who calls, with what.</summary>
internal sealed class AdminCall
{
    /// <summary>Items of a page where nobody says how many.</summary>
    private const int DefaultLimit = 100;

    private const int MaxLimit = 1000;

    private readonly IReadOnlyDictionary<string, string> _path;
    private readonly Dictionary<string, StringValues> _query;

    public AdminCall(
        AdminOperation operation, GatewayState state, AdminHolder holder, IReadOnlyDictionary<string, string> path, string query, ReadOnlyMemory<byte> body, IHeaderDictionary headers,
        CancellationToken cancel)
    {
        Operation = operation;
        State = state;
        Holder = holder;
        Body = body;
        Headers = headers;
        Cancel = cancel;
        _path = path;
        _query = QueryHelpers.ParseQuery(query);
        foreach (var name in _query.Keys)
        {
            var known = operation.Query.Select(static parameter => parameter.Name).Concat(operation.IsList ? ["limit", "after"] : []);
            if (!known.Contains(name)) AdminRefusal.Invalid(Shown.Text(name), known.Any() ? $"is no parameter of this path; allowed: {string.Join(", ", known)}" : "is no parameter of this path; it takes none");
        }
        foreach (var parameter in operation.Query) Check(parameter);
        if (!operation.IsList) return;
        Limit = Number("limit") ?? DefaultLimit;
        if (Limit is < 1 or > MaxLimit) AdminRefusal.Invalid("limit", $"is out of range; allowed: 1 to {MaxLimit}");
        After = Cursor();
    }

    public AdminOperation Operation { get; }

    /// <summary>One consistent world for the whole call.</summary>
    public GatewayState State { get; }

    public AdminHolder Holder { get; }

    public ReadOnlyMemory<byte> Body { get; }

    public IHeaderDictionary Headers { get; }

    /// <summary>The caller has gone.</summary>
    public CancellationToken Cancel { get; }

    /// <summary>Of a list: how many items at most.</summary>
    public long Limit { get; }

    /// <summary>Of a list: the last item of the page before, as it was given to <see cref="AdminPage"/>; empty = from the start.</summary>
    public string After { get; } = "";

    /// <summary>What the change was made of, and what came of it: for the journal. Set by the operation.</summary>
    public ReadOnlyMemory<byte> Was { get; set; }

    /// <inheritdoc cref="Was"/>
    public ReadOnlyMemory<byte> Became { get; set; }

    /// <summary>Whose thing it is, for the journal; null = as the path says.</summary>
    public string? Owner
    {
        get => field ?? _path.GetValueOrDefault("organisation");
        set;
    }

    /// <summary>A part of the path, unescaped.</summary>
    public string this[string name] => _path[name];

    /// <summary>
    /// The organisation of the path. Another's than the holder's reads as one that cannot exist: the operation then takes the very way that it takes for a name which nobody has, and so does
    /// its answer, in words and in time.
    /// </summary>
    public string Organisation => IsForeign(_path["organisation"]) ? "" : _path["organisation"];

    /// <summary>The holder may see that organisation's things; null = what belongs to nobody.</summary>
    public bool MaySee(string? organisation) => Holder.Organisation is null || Holder.Organisation == organisation;

    /// <summary>A parameter of the query; null = it was not given.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var values) ? values[0] : null;

    /// <inheritdoc cref="Text"/>
    public long? Number(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) AdminRefusal.Invalid(name, "is no whole number");
        return number;
    }

    /// <inheritdoc cref="Text"/>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            AdminRefusal.Invalid(name, "is no time; allowed: a day (2027-01-31) or a moment (2027-01-31T18:00:00Z)");
        }
        return time;
    }

    /// <summary>The body by its declaration.</summary>
    public AdminBody<T> Read<T>(ConfigSection<T> section)
        where T : class => AdminBody.Read(AdminBody.Parse(Body), section);

    /// <summary>What <c>If-Match</c> asks for: null = any revision.</summary>
    public long? ExpectedRevision
    {
        get
        {
            var text = Headers.IfMatch.ToString().Trim();
            if (text is "" or "*") return null;
            // A tag that we never gave matches nothing.
            return text.Length > 2 && text[0] == '"' && text[^1] == '"' && long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : -1;
        }
    }

    private bool IsForeign(string organisation) => Holder.Organisation is { } own && own != organisation;

    private void Check(AdminParameter parameter)
    {
        if (Text(parameter.Name) is not { Length: > 0 } text)
        {
            if (parameter.IsRequired) AdminRefusal.Invalid(parameter.Name, "is missing");
            return;
        }
        if (parameter.Type == "integer") _ = Number(parameter.Name);
        if (parameter.Format is "date-time" or "date") _ = Time(parameter.Name);
        if (parameter.Type == "boolean" && text is not ("true" or "false")) AdminRefusal.Invalid(parameter.Name, "is neither true nor false");
        if (parameter.Allowed is { } allowed && !allowed.Contains(text)) AdminRefusal.Invalid(parameter.Name, $"is unknown; allowed: {string.Join(", ", allowed)}");
    }

    private string Cursor()
    {
        if (Text("after") is not { Length: > 0 } text) return "";
        try
        {
            return Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(text));
        }
        catch (FormatException)
        {
            AdminRefusal.Invalid("after", "is no cursor; allowed: the 'next' of the page before");
            return "";
        }
    }
}

/// <summary>Answers of lists.</summary>
internal static class AdminPage
{
    /// <param name="call">Asked for.</param>
    /// <param name="items">In the order of their cursors, from <see cref="AdminCall.After"/> on; one more than <see cref="AdminCall.Limit"/> where there are more.</param>
    /// <param name="cursor">Of an item: what the next page starts after.</param>
    /// <param name="write">Writes one item.</param>
    public static AdminReply Of<T>(AdminCall call, IReadOnlyList<T> items, Func<T, string> cursor, Action<Utf8JsonWriter, T> write) => AdminReply.Ok(json =>
    {
        var hasMore = items.Count > call.Limit;
        var shown = hasMore ? [.. items.Take((int)call.Limit)] : items;
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var item in shown) write(json, item);
        json.WriteEndArray();
        json.WriteBoolean("has_more"u8, hasMore);
        json.WriteString("next"u8, hasMore ? System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor(shown[^1]))) : null);
        json.WriteEndObject();
    });
}
