using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Tests.Dialects.Anthropic;
using Edge.Providers.Tests.Dialects.Responses;

namespace Edge.Providers.Tests.Dialects;

/// <summary>A search of the web, which several providers run by themselves: asked for in one dialect it is asked for in another, where it is the same; else it is left out by name.</summary>
public sealed class WebSearchTests
{
    private const string Chat = """ "web_search_options":{"search_context_size":"high","user_location":{"type":"approximate","approximate":{"country":"GB","city":"London"}}} """;
    private const string Function = """{"type":"function","function":{"name":"f"}}""";

    public static TheoryData<string, Dialect, string, string> Asked => new()
    {
        { "chat", Dialect.Anthropic, """[{"type":"web_search_20250305","name":"web_search","user_location":{"type":"approximate","city":"London","country":"GB"}}]""", "web_search_options.search_context_size" },
        { "chat", Dialect.Responses, """[{"type":"web_search","search_context_size":"high","user_location":{"type":"approximate","city":"London","country":"GB"}}]""", "" },
        { "chat", Dialect.Gemini, """[{"googleSearch":{}}]""", "web_search_options.search_context_size web_search_options.user_location" },
        { "chat", Dialect.Bedrock, "", "web_search_options" },
        { "chat", Dialect.Cohere, "", "web_search_options" },
        { "chat", Dialect.Ollama, "", "web_search_options" },
        { "messages", Dialect.Anthropic, """[{"type":"web_search_20250305","name":"web_search","max_uses":3,"blocked_domains":["a.example"],"user_location":{"type":"approximate","timezone":"Europe/London"}}]""", "" },
        // Without the domains it would be another search.
        { "messages", Dialect.Responses, "", "tools.web_search_20250305" },
        { "messages", Dialect.Gemini, "", "tools.web_search_20250305" },
        { "responses", Dialect.Anthropic, """[{"name":"f","input_schema":{"type":"object","properties":{}}},{"type":"web_search_20250305","name":"web_search","allowed_domains":["b.example"]}]""", "" },
        { "responses", Dialect.Responses, """[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false},{"type":"web_search","filters":{"allowed_domains":["b.example"]}}]""", "" },
        { "responses", Dialect.Gemini, """[{"functionDeclarations":[{"name":"f"}]}]""", "tools.web_search_preview" },
    };

    [Theory]
    [MemberData(nameof(Asked))]
    public void A_search_is_asked_for_where_it_is_the_same(string client, Dialect dialect, string tools, string dropped)
    {
        var (body, names) = Encode(Of(client), dialect, dialect == Dialect.Gemini ? "gemini-3-pro" : "m");

        Assert.Equal(tools, body.TryGetProperty("tools", out var list) ? Wire.Compact(list.GetRawText()) : "");
        Assert.Equal(dropped.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), names.Order());
    }

    [Fact]
    public void OpenAi_models_that_search_are_told_how_and_others_are_not()
    {
        var request = Messages.Decoded(Messages.With(""" "tools":[{"type":"web_search_20250305","name":"web_search","user_location":{"type":"approximate","country":"GB"}}] """));
        var (body, dropped) = Encode(request, Dialect.OpenAi, "gpt-5-search-api", ProviderCatalog.Find("openai"));
        Assert.Equal("""{"search_context_size":"medium","user_location":{"type":"approximate","approximate":{"type":"approximate","country":"GB"}}}""", body.GetProperty("web_search_options").GetRawText());
        Assert.Empty(dropped);

        (body, dropped) = Encode(request, Dialect.OpenAi, "gpt-5", ProviderCatalog.Find("openai"));
        Assert.False(body.TryGetProperty("web_search_options", out _));
        Assert.Equal(["tools.web_search_20250305"], dropped);
    }

    [Theory]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"web_search"}}], """ + Chat)]
    [InlineData(""" "tools":[""" + Function + """],"tool_choice":"none", """ + Chat)]
    [InlineData(""" "tools":[""" + Function + """],"tool_choice":{"type":"function","function":{"name":"f"}}, """ + Chat)]
    [InlineData(""" "web_search_options":true """)]
    public void No_search_where_the_client_has_its_own_or_wants_none(string members)
    {
        Assert.Null(Requests.Decode(Requests.With(members), out var request));
        var (body, dropped) = Encode(request, Dialect.Anthropic, "claude-sonnet-4-5");

        Assert.DoesNotContain("web_search_20250305", body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("web_search_options", dropped);
    }

    [Theory]
    [InlineData("gemini-1.5-flash", "")]
    [InlineData("gemini-2.5-flash", ""","response_format":{"type":"json_object"}""")]
    public void Gemini_searches_only_where_it_can(string model, string members)
    {
        Assert.Null(Requests.Decode(Requests.With(""" "web_search_options":{} """ + members), out var request));
        var (body, dropped) = Encode(request, Dialect.Gemini, model);

        Assert.False(body.TryGetProperty("tools", out _));
        Assert.Contains("web_search_options", dropped);
    }

    private static ChatRequest Of(string client)
    {
        switch (client)
        {
            case "chat":
                Assert.Null(Requests.Decode(Requests.With(Chat), out var request));
                return request;
            case "messages":
                return Messages.Decoded(Messages.With(
                    """ "tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3,"blocked_domains":["a.example"],"user_location":{"type":"approximate","timezone":"Europe/London"}}] """));
            default:
                return ResponsesWire.Decoded(ResponsesWire.With(
                    """ "tools":[{"type":"function","name":"f"},{"type":"web_search_preview","filters":{"allowed_domains":["b.example"]},"user_location":null}] """));
        }
    }

    private static (JsonElement Body, List<string> Dropped) Encode(ChatRequest request, Dialect dialect, string model, Provider? sheet = null)
    {
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        ChatDialects.Of(dialect)!.CreateRequestEncoder().TryEncode(
            request, new() { Model = Encoding.UTF8.GetBytes(model), DefaultMaxTokens = 100, Sheet = sheet }, output, dropped, out var error);
        Assert.Null(error);
        return (JsonDocument.Parse(output.Span.ToArray()).RootElement, dropped);
    }
}
