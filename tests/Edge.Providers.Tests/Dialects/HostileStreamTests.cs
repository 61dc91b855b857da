using Edge.Providers.Dialects;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects;

/// <summary>What fuzzing found: each holds for every dialect that providers speak.</summary>
public class HostileStreamTests
{
    public static TheoryData<Dialect> All => [.. ChatDialects.All.Select(dialect => dialect.Dialect)];

    [Theory]
    [MemberData(nameof(All))]
    public void Half_a_surrogate_pair_in_a_name_or_a_type_throws_nothing(Dialect dialect)
    {
        var (decoder, recorder) = (ChatDialects.Of(dialect)!.CreateDecoder(), new Recorder());

        decoder.Push("delta"u8, """{"\ud800":1,"type":"\ud83d\ud83d","\udfff\u0074ype":{"\ud800":"\ud800"},"error":{"\udfff":"","type":"\ud800","message":"\ud800"}}"""u8, recorder);

        Assert.Equal(0, recorder.Ends);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Bytes_that_are_not_UTF8_end_a_stream_instead_of_going_on_into_the_clients_JSON(Dialect dialect)
    {
        var (decoder, recorder) = (ChatDialects.Of(dialect)!.CreateDecoder(), new Recorder());

        decoder.Push("delta"u8, [.. "{\"content\":\""u8, 0xFF, .. "\"}"u8], recorder);

        Assert.Equal(ProviderErrorKind.Malformed, recorder.Failure?.Kind);
        Assert.True(decoder.IsClosed);
    }
}
