using Edge.Providers.Embedding;

namespace Edge.Providers.Tests.Embedding;

public class EmbeddingRequestDecoderTests
{
    [Theory]
    [InlineData("\"a\"", 1, -1, true)]
    [InlineData("\"\"", 1, -1, true)]
    [InlineData("[\"a\",\"b\\n\"]", 2, -1, false)]
    [InlineData("[1,2,3]", 1, 0, false)]
    [InlineData("[[1,2],[3]]", 2, 0, false)]
    public void Every_shape_of_input_is_taken(string input, int count, int firstTokens, bool isString)
    {
        var request = EmbeddingKit.Decoded($$"""{"input":{{input}},"model":"m"}""");

        Assert.Equal((count, firstTokens, isString), (request.Inputs.Length, request.FirstTokens, request.InputIsString));
    }

    [Fact]
    public void Fields_and_their_other_names_are_read()
    {
        var request = EmbeddingKit.Decoded(
            """{"model":"m","input":"x","outputDimensionality":256,"encoding_format":"base64","taskType":"RETRIEVAL_QUERY","truncation":false,"user":"u","x":{"y":[1]},"routing":{},"z":null}""");

        Assert.Equal((256, true, EmbeddingTask.Query, EmbeddingTruncation.None), (request.Dimensions, request.Base64, request.Task, request.Truncation));
        Assert.Equal("u", request.Text(request.User).ToString());
        var (name, member) = Assert.Single(request.Others);
        Assert.Equal("x", request.Text(name).ToString());
        Assert.Equal("\"x\":{\"y\":[1]}"u8, request.Raw(member));
    }

    [Theory]
    [InlineData("search_document", EmbeddingTask.Document)]
    [InlineData("passage", EmbeddingTask.Document)]
    [InlineData("query", EmbeddingTask.Query)]
    [InlineData("CLUSTERING", EmbeddingTask.Clustering)]
    [InlineData("classification", EmbeddingTask.Classification)]
    [InlineData("SEMANTIC_SIMILARITY", EmbeddingTask.Similarity)]
    [InlineData("QUESTION_ANSWERING", EmbeddingTask.QuestionAnswering)]
    [InlineData("FACT_VERIFICATION", EmbeddingTask.FactVerification)]
    [InlineData("CODE_RETRIEVAL_QUERY", EmbeddingTask.CodeQuery)]
    public void Every_providers_task_names_are_known(string name, EmbeddingTask task) =>
        Assert.Equal(task, EmbeddingKit.Decoded($$"""{"model":"m","input":"x","input_type":"{{name}}"}""").Task);

    [Theory]
    [InlineData("[]", "")]
    [InlineData("""{"input":"x"}""", "model")]
    [InlineData("""{"input":"x","model":""}""", "model")]
    [InlineData("""{"input":"x","model":7}""", "model")]
    [InlineData("""{"model":"m"}""", "input")]
    [InlineData("""{"model":"m","input":null}""", "input")]
    [InlineData("""{"model":"m","input":[]}""", "input")]
    [InlineData("""{"model":"m","input":{}}""", "input")]
    [InlineData("""{"model":"m","input":7}""", "input")]
    [InlineData("""{"model":"m","input":["a",1]}""", "input[1]")]
    [InlineData("""{"model":"m","input":[1,"a"]}""", "input[1]")]
    [InlineData("""{"model":"m","input":[1.5]}""", "input[0]")]
    [InlineData("""{"model":"m","input":[[1],[]]}""", "input[1]")]
    [InlineData("""{"model":"m","input":[[1],["a"]]}""", "input[1]")]
    [InlineData("""{"model":"m","input":[[[1]]]}""", "input[0]")]
    [InlineData("""{"model":"m","input":[null]}""", "input[0]")]
    [InlineData("""{"model":"m","input":"x","dimensions":0}""", "dimensions")]
    [InlineData("""{"model":"m","input":"x","dimensions":99999999999999999999}""", "dimensions")]
    [InlineData("""{"model":"m","input":"x","dimensions":"1"}""", "dimensions")]
    [InlineData("""{"model":"m","input":"x","output_dimension":-1}""", "output_dimension")]
    [InlineData("""{"model":"m","input":"x","encoding_format":"int8"}""", "encoding_format")]
    [InlineData("""{"model":"m","input":"x","encoding_format":1}""", "encoding_format")]
    [InlineData("""{"model":"m","input":"x","input_type":"novel"}""", "input_type")]
    [InlineData("""{"model":"m","input":"x","input_type":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", "input_type")]
    [InlineData("""{"model":"m","input":"x","truncate":"MIDDLE"}""", "truncate")]
    [InlineData("""{"model":"m","input":"x","user":1}""", "user")]
    public void What_is_wrong_is_named(string body, string field) => Assert.Equal(field, EmbeddingKit.Decode(body, out _)?.Field);

    [Fact]
    public void More_texts_than_OpenAI_takes_are_refused_but_not_a_long_text_of_tokens()
    {
        var texts = string.Join(',', Enumerable.Repeat("\"a\"", EmbeddingRequestDecoder.MaxInputs + 1));
        Assert.Equal("input", EmbeddingKit.Decode($$"""{"model":"m","input":[{{texts}}]}""", out _)?.Field);
        var tokens = string.Join(',', Enumerable.Repeat("1", EmbeddingRequestDecoder.MaxInputs + 1));
        Assert.Single(EmbeddingKit.Decoded($$"""{"model":"m","input":[{{tokens}}]}""").Inputs.ToArray());
    }
}
