using Edge.Providers.Embedding;

namespace Edge.Providers.Tests.Embedding;

/// <summary>Golden cases written from the providers' documentation.</summary>
public class EmbeddingCodecTests
{
    private const string Two = """{"model":"gw","input":["a \"q\" \u00e9\n","b"]}""";
    private const string Full =
        """{"model":"gw","input":"x","dimensions":256,"encoding_format":"float","user":"u","input_type":"search_query","truncate":"END","extra":[1]}""";

    public static TheoryData<EmbeddingDialect, string, string, string[]> Bodies => new()
    {
        { EmbeddingDialect.Mistral, "mistral-embed", Two, ["""{"model":"mistral-embed","input":["a \"q\" \u00e9\n","b"]}"""] },
        { EmbeddingDialect.Mistral, "m", Full, ["""{"model":"m","input":"x","output_dimension":256,"extra":[1]}"""] },
        { EmbeddingDialect.Voyage, "voyage-3.5", Two, ["""{"model":"voyage-3.5","input":["a \"q\" \u00e9\n","b"]}"""] },
        {
            EmbeddingDialect.Voyage, "m", Full,
            ["""{"model":"m","input":"x","input_type":"query","output_dimension":256,"truncation":true,"extra":[1]}"""]
        },
        {
            EmbeddingDialect.Gemini, "gemini-embedding-001", Two,
            ["""{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a \"q\" \u00e9\n"}]}},{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]}}]}"""]
        },
        {
            EmbeddingDialect.Gemini, "models/gemini-embedding-001", Full,
            ["""{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"x"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256}]}"""]
        },
        {
            EmbeddingDialect.Gemini, "gemini-embedding-2", Full,
            ["""{"requests":[{"model":"models/gemini-embedding-2","content":{"parts":[{"text":"x"}]},"outputDimensionality":256}]}"""]
        },
        { EmbeddingDialect.Vertex, "text-embedding-005", Two, ["""{"instances":[{"content":"a \"q\" \u00e9\n"},{"content":"b"}]}"""] },
        { EmbeddingDialect.Vertex, "gemini-embedding-001", Two, ["""{"instances":[{"content":"a \"q\" \u00e9\n"}]}""", """{"instances":[{"content":"b"}]}"""] },
        {
            EmbeddingDialect.Vertex, "text-embedding-005", Full,
            ["""{"instances":[{"content":"x","task_type":"RETRIEVAL_QUERY"}],"parameters":{"autoTruncate":true,"outputDimensionality":256}}"""]
        },
        {
            EmbeddingDialect.Vertex, "gemini-embedding-2", Full,
            ["""{"content":{"parts":[{"text":"x"}]},"outputDimensionality":256,"autoTruncate":true}"""]
        },
        { EmbeddingDialect.Bedrock, "amazon.titan-embed-text-v2:0", Two, ["""{"inputText":"a \"q\" \u00e9\n"}""", """{"inputText":"b"}"""] },
        { EmbeddingDialect.Bedrock, "amazon.titan-embed-text-v2:0", Full, ["""{"inputText":"x","dimensions":256}"""] },
        { EmbeddingDialect.Bedrock, "amazon.titan-embed-image-v1", Full, ["""{"inputText":"x","embeddingConfig":{"outputEmbeddingLength":256}}"""] },
        {
            EmbeddingDialect.Bedrock, "amazon.nova-2-multimodal-embeddings-v1:0", Full,
            ["""{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_RETRIEVAL","embeddingDimension":256,"text":{"truncationMode":"END","value":"x"}}}"""]
        },
        { EmbeddingDialect.Bedrock, "us.cohere.embed-v4:0", Two, ["""{"texts":["a \"q\" \u00e9\n","b"],"input_type":"search_document"}"""] },
        {
            EmbeddingDialect.Bedrock, "us.cohere.embed-v4:0", Full,
            ["""{"texts":["x"],"input_type":"search_query","truncate":"END","output_dimension":256}"""]
        },
        {
            EmbeddingDialect.Cohere, "embed-v4.0", Full,
            ["""{"model":"embed-v4.0","texts":["x"],"input_type":"search_query","truncate":"END","output_dimension":256,"embedding_types":["float"]}"""]
        },
        { EmbeddingDialect.HuggingFace, "m", Full, ["""{"inputs":["x"],"truncate":true,"dimensions":256}"""] },
        { EmbeddingDialect.Ollama, "m", Full, ["""{"model":"m","input":"x","truncate":true,"dimensions":256,"extra":[1]}"""] },
        { EmbeddingDialect.Ollama, "m", Two, ["""{"model":"m","input":["a \"q\" \u00e9\n","b"]}"""] },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Requests_say_it_in_the_providers_words(EmbeddingDialect dialect, string model, string request, string[] bodies)
    {
        var (encoded, _, error) = EmbeddingKit.Encode(dialect, request, model);

        Assert.Null(error);
        Assert.Equal(bodies, encoded);
    }

    [Theory]
    [InlineData(EmbeddingDialect.Mistral, "m", "input_type,truncate,user")]
    [InlineData(EmbeddingDialect.Voyage, "m", "user")]
    [InlineData(EmbeddingDialect.Gemini, "gemini-embedding-001", "user,extra")]
    [InlineData(EmbeddingDialect.Gemini, "gemini-embedding-2", "user,extra,input_type")]
    [InlineData(EmbeddingDialect.Vertex, "text-embedding-005", "user,extra")]
    [InlineData(EmbeddingDialect.Bedrock, "titan-embed-text-v2", "user,extra,input_type,truncate")]
    [InlineData(EmbeddingDialect.Bedrock, "cohere.embed-v4:0", "user,extra")]
    [InlineData(EmbeddingDialect.Cohere, "m", "user,extra")]
    [InlineData(EmbeddingDialect.HuggingFace, "m", "user,extra,input_type")]
    [InlineData(EmbeddingDialect.Ollama, "m", "input_type,user")]
    public void What_cannot_be_said_is_named_once(EmbeddingDialect dialect, string model, string dropped) =>
        Assert.Equal(dropped.Split(','), EmbeddingKit.Encode(dialect, Full, model).Dropped);

    [Theory]
    [InlineData(EmbeddingDialect.Gemini)]
    [InlineData(EmbeddingDialect.Vertex)]
    [InlineData(EmbeddingDialect.Bedrock)]
    [InlineData(EmbeddingDialect.Cohere)]
    [InlineData(EmbeddingDialect.HuggingFace)]
    [InlineData(EmbeddingDialect.Ollama)]
    [InlineData(EmbeddingDialect.Mistral)]
    [InlineData(EmbeddingDialect.Voyage)]
    public void Token_ids_are_refused_by_name(EmbeddingDialect dialect)
    {
        Assert.Equal("input", EmbeddingKit.Encode(dialect, """{"model":"m","input":[1,2]}""", "titan-embed").Error?.Field);
        Assert.Equal("input[0]", EmbeddingKit.Encode(dialect, """{"model":"m","input":[[1],[2]]}""", "titan-embed").Error?.Field);
    }

    [Fact]
    public void A_Bedrock_model_of_unknown_family_is_refused_by_name() =>
        Assert.Equal("model", EmbeddingKit.Encode(EmbeddingDialect.Bedrock, Two, "twelvelabs.marengo-embed").Error?.Field);

    [Theory]
    [InlineData(EmbeddingDialect.Gemini, "m", 100)]
    [InlineData(EmbeddingDialect.Vertex, "text-embedding-005", 250)]
    [InlineData(EmbeddingDialect.Cohere, "m", 96)]
    [InlineData(EmbeddingDialect.HuggingFace, "m", 32)]
    [InlineData(EmbeddingDialect.Voyage, "m", 1000)]
    [InlineData(EmbeddingDialect.Bedrock, "titan-embed-text-v2", 1)]
    public void A_request_is_cut_at_the_providers_limit_and_no_text_is_lost(EmbeddingDialect dialect, string model, int limit)
    {
        var texts = Enumerable.Range(0, limit + 1).Select(i => $"text {i};").ToList();
        var (bodies, _, _) = EmbeddingKit.Encode(dialect, $$"""{"model":"m","input":[{{string.Join(',', texts.Select(text => $"\"{text}\""))}}]}""", model);

        Assert.Equal(2, bodies.Count);
        Assert.All(texts[..limit], text => Assert.Contains(text, bodies[0], StringComparison.Ordinal));
        Assert.DoesNotContain(texts[limit], bodies[0], StringComparison.Ordinal);
        Assert.Contains(texts[limit], bodies[1], StringComparison.Ordinal);
    }

    public static TheoryData<EmbeddingDialect, string, string, int> Answers => new()
    {
        {
            EmbeddingDialect.Mistral, "m",
            """{"id":"e","object":"list","data":[{"object":"embedding","embedding":[0.10,-1e-05],"index":0},{"object":"embedding","embedding":[3,4],"index":1}],"model":"x","usage":{"prompt_tokens":7,"total_tokens":9}}""", 7
        },
        {
            EmbeddingDialect.Voyage, "m",
            """{"object":"list","data":[{"object":"embedding","embedding":[0.10,-1e-05],"index":0},{"object":"embedding","embedding":[3,4],"index":1}],"model":"x","usage":{"total_tokens":9}}""", 9
        },
        { EmbeddingDialect.Gemini, "m", """{"embeddings":[{"values":[0.10,-1e-05]},{"values":[3,4]}]}""", 0 },
        {
            EmbeddingDialect.Gemini, "m",
            "{ \"embeddings\": [ { \"values\": [ 0.10,\n -1e-05 ] }, {\"values\": [3, 4], \"shape\": []} ], \"usageMetadata\": {\"promptTokenCount\": 8, \"promptTokenDetails\": [{\"tokenCount\": 8}]}}", 8
        },
        {
            EmbeddingDialect.Vertex, "text-embedding-005",
            """{"predictions":[{"embeddings":{"statistics":{"truncated":false,"token_count":4},"values":[0.10,-1e-05]}},{"embeddings":{"values":[3,4],"statistics":{"token_count":5}}}],"metadata":{"billableCharacterCount":11}}""", 9
        },
        { EmbeddingDialect.Bedrock, "cohere.embed-english-v3", """{"embeddings":[[0.10,-1e-05],[3,4]],"id":"i","response_type":"embeddings_floats","texts":["a","b"]}""", 0 },
        { EmbeddingDialect.Bedrock, "cohere.embed-v4:0", """{"embeddings":{"int8":[[1,2],[3,4]],"float":[[0.10,-1e-05],[3,4]]},"response_type":"embeddings_by_type"}""", 0 },
        {
            EmbeddingDialect.Cohere, "m",
            """{"id":"i","embeddings":{"float":[[0.10,-1e-05],[3,4]]},"texts":["a","b"],"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":6.0,"image_tokens":0}}}""", 6
        },
        { EmbeddingDialect.HuggingFace, "m", "[[0.10,-1e-05],[3,4]]", 0 },
        { EmbeddingDialect.Ollama, "m", """{"model":"x","embeddings":[[0.10,-1e-05],[3,4]],"total_duration":1,"prompt_eval_count":5}""", 5 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Answers_become_OpenAIs_with_the_providers_own_digits(EmbeddingDialect dialect, string model, string body, int tokens) =>
        Assert.Equal(EmbeddingKit.Expected(tokens, "[0.10,-1e-05]", "[3,4]"), EmbeddingKit.Answer(dialect, body, inputs: 2, model: model));

    [Fact]
    public void Answers_of_several_calls_are_joined_in_order_and_their_tokens_added()
    {
        var joined = EmbeddingKit.Answer(
            EmbeddingDialect.Bedrock,
            [
                ("""{"embedding":[1],"embeddingsByType":{"float":[1]},"inputTextTokenCount":2}""", 1),
                ("""{"embeddingsByType":{"float":[2]},"embedding":[2.0],"inputTextTokenCount":3}""", 1),
            ],
            model: "amazon.titan-embed-text-v2:0");

        Assert.Equal(EmbeddingKit.Expected(5, "[1]", "[2.0]"), joined);
        Assert.Equal(
            EmbeddingKit.Expected(0, "[1.5]"),
            EmbeddingKit.Answer(EmbeddingDialect.Bedrock, """{"embeddings":[{"embeddingType":"TEXT","embedding":[1.5]}]}""", model: "amazon.nova-2-multimodal-embeddings-v1:0"));
        Assert.Equal(
            EmbeddingKit.Expected(11, "[1.5]"),
            EmbeddingKit.Answer(EmbeddingDialect.Vertex, """{"embedding":{"values":[1.5]},"usageMetadata":{"promptTokenCount":11}}""", model: "gemini-embedding-2"));
    }

    [Fact]
    public void Numbers_and_base64_become_each_other()
    {
        // 1.5, -0.25 and 3.4028235E+38 (the largest) as little-endian 32-bit floats.
        const string text = "\"AADAPwAAgL7//39/\"";
        Assert.Equal(EmbeddingKit.Expected(0, text), EmbeddingKit.Answer(EmbeddingDialect.HuggingFace, "[[1.5,-0.25,3.4028235E+38]]", base64: true));
        var answer = $$"""{"data":[{"embedding":{{text}},"index":0}]}""";
        Assert.Equal(EmbeddingKit.Expected(0, "[1.5,-0.25,3.4028235E+38]"), EmbeddingKit.Answer(EmbeddingDialect.Mistral, answer));
        Assert.Equal(EmbeddingKit.Expected(0, text), EmbeddingKit.Answer(EmbeddingDialect.Mistral, answer, base64: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[[]]")]
    [InlineData("[[1]")]
    [InlineData("[[1]]x")]
    [InlineData("[[1],[2]]")]
    [InlineData("[1]")]
    [InlineData("[[\"a\"]]")]
    [InlineData("[[null]]")]
    [InlineData("[[NaN]]")]
    [InlineData("[[[1]]]")]
    [InlineData("[\"not base64!\"]")]
    [InlineData("[\"AAAAAAA=\"]")]
    [InlineData("[\"AADAfw==\"]")]
    [InlineData("[\"\"]")]
    public void What_makes_no_sense_is_refused(string body)
    {
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.HuggingFace, body));
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.Ollama, $$"""{"embeddings":{{body}}}"""));
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.Cohere, $$"""{"embeddings":{"float":{{body}} } }"""));
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.Gemini, $$"""{"embeddings":{{body}}}"""));
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.Vertex, $$"""{"predictions":{{body}}}""", model: "text-embedding-005"));
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.Mistral, $$"""{"data":{{body}}}"""));
    }

    [Theory]
    [InlineData("[[1e99]]", true)]
    [InlineData("[[1,2", true)]
    public void What_base64_cannot_hold_is_refused(string body, bool base64) => Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.HuggingFace, body, base64: base64));

    [Fact]
    public void A_vector_out_of_its_place_is_refused() =>
        Assert.Null(EmbeddingKit.Answer(EmbeddingDialect.Mistral, """{"data":[{"embedding":[1],"index":1},{"embedding":[2],"index":0}]}""", inputs: 2));

    [Fact]
    public void Any_cut_of_an_answer_is_refused_and_none_throws()
    {
        foreach (var row in Answers)
        {
            var (dialect, model, body, _) = row.Data;
            for (var length = 0; length < body.Length; length++) Assert.Null(EmbeddingKit.Answer(dialect, body[..length], inputs: 2, model: model));
            for (var at = 0; at < body.Length; at++)
            {
                // Any outcome but an exception.
                foreach (var wrong in "{}[],:\"0x") EmbeddingKit.Answer(dialect, string.Concat(body.AsSpan(0, at), $"{wrong}", body.AsSpan(at + 1)), inputs: 2, model: model);
            }
        }
    }

    [Fact]
    public void Sheets_say_where_embeddings_are_exactly_where_they_offer_them()
    {
        Assert.All(ProviderCatalog.All, sheet =>
        {
            Assert.Equal((sheet.Native & Capability.Embeddings) != 0, sheet.EmbeddingsPath is not null);
            Assert.Equal((sheet.Native & Capability.Rerank) != 0 || sheet.Name == "openai_compatible", (sheet.Endpoints & ProviderEndpoints.Rerank) != 0);
            Assert.Equal(sheet.EmbeddingsDialect is EmbeddingDialect.Gemini or EmbeddingDialect.Vertex, sheet.EmbeddingsPath?.Contains("{method}", StringComparison.Ordinal) == true);
        });
    }

    [Fact]
    public void Every_dialect_but_OpenAIs_has_one_codec()
    {
        var dialects = Enum.GetValues<EmbeddingDialect>().Where(dialect => dialect != EmbeddingDialect.OpenAi);
        Assert.Equal(dialects, EmbeddingCodecs.All.Select(codec => codec.Dialect).Order());
        Assert.Null(EmbeddingCodecs.For(EmbeddingDialect.OpenAi));
    }
}
