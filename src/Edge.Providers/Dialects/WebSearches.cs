using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects;

/// <summary>Reading and writing <see cref="WebSearch"/>, whose members the dialects share but for their places.</summary>
internal static class WebSearches
{
    /// <summary>
    /// Takes the wish of a client; the first one counts. A member of another type than documented is as good as none: what the provider is asked for must be right, not what only another
    /// provider would have read.
    /// </summary>
    /// <param name="request">Takes it.</param>
    /// <param name="name">The name under which it is among what is not supported.</param>
    /// <param name="options">The object that holds the options.</param>
    public static void Read(ChatRequest request, string name, JsonValue options)
    {
        if (request.WebSearch.Name is not null || options.Kind != JsonKind.Object) return;
        var location = options["user_location"u8];
        // Chat completions has the place one level deeper.
        if (location["approximate"u8].Kind == JsonKind.Object) location = location["approximate"u8];
        var filters = options["filters"u8].Kind == JsonKind.Object ? options["filters"u8] : options;
        request.WebSearch = new()
        {
            Name = name,
            ContextSize = Text(options["search_context_size"u8]),
            City = Text(location["city"u8]),
            Region = Text(location["region"u8]),
            Country = Text(location["country"u8]),
            Timezone = Text(location["timezone"u8]),
            MaxUses = options["max_uses"u8].TryGetInt64(out var uses) && uses > 0 ? uses : null,
            AllowedDomains = List(filters["allowed_domains"u8]),
            BlockedDomains = List(filters["blocked_domains"u8]),
        };
    }

    /// <summary>It is wanted in this turn, and no function of the client's has its name.</summary>
    public static bool IsWanted(ChatRequest request)
    {
        if (request.WebSearch.Name is null || request.ToolChoice.IsLimited || request.ToolChoice.Mode is ToolChoiceMode.None or ToolChoiceMode.Named) return false;
        foreach (ref readonly var tool in request.Tools)
        {
            if (request.Text(tool.Name).Is("web_search"u8)) return false;
        }
        return true;
    }

    /// <summary>Names what is not supported.</summary>
    /// <param name="request">The request.</param>
    /// <param name="dropped">Takes the names.</param>
    /// <param name="searches">The encoder asks for a search, so that the wish for it is none of them.</param>
    public static void DropUnsupported(ChatRequest request, List<string>? dropped, bool searches)
    {
        foreach (var name in request.Unsupported)
        {
            if (!searches || name != request.WebSearch.Name) dropped.Drop(name);
        }
    }

    /// <summary><c>,"user_location":{"type":"approximate","city":..}</c> where a place is told.</summary>
    public static void Location(ref JsonOut json, ChatRequest request)
    {
        ref readonly var search = ref request.WebSearch;
        if (!search.HasLocation) return;
        json.Raw(",\"user_location\":{\"type\":\"approximate\""u8);
        Places(ref json, request);
        json.Raw("}"u8);
    }

    /// <summary>The places alone, a comma before each.</summary>
    public static void Places(ref JsonOut json, ChatRequest request)
    {
        ref readonly var search = ref request.WebSearch;
        Member(ref json, ",\"city\":"u8, request.Text(search.City));
        Member(ref json, ",\"region\":"u8, request.Text(search.Region));
        Member(ref json, ",\"country\":"u8, request.Text(search.Country));
        Member(ref json, ",\"timezone\":"u8, request.Text(search.Timezone));
    }

    public static void Member(ref JsonOut json, ReadOnlySpan<byte> name, JsonText text)
    {
        if (text.IsEmpty) return;
        json.Raw(name);
        json.String(text);
    }

    private static BodyRange Text(JsonValue value) => value.Kind == JsonKind.String ? BodyRange.Of(value) : default;

    private static BodyRange List(JsonValue value)
    {
        if (value.Kind != JsonKind.Array) return default;
        var any = false;
        foreach (var element in value.Elements)
        {
            if (element.Kind != JsonKind.String) return default;
            any = true;
        }
        return any ? BodyRange.Of(value) : default;
    }
}
