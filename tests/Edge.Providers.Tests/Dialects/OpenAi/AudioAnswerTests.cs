using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Tests.Dialects.Anthropic;
using Edge.Providers.Tests.Dialects.Responses;

namespace Edge.Providers.Tests.Dialects.OpenAi;

/// <summary>Spoken answers: other dialects have no sound, but what was said is text. https://platform.openai.com/docs/guides/audio</summary>
public sealed class AudioAnswerTests
{
    private const string Whole = """{"id":"chatcmpl-1","model":"gpt-audio","choices":[{"index":0,"message":{"role":"assistant","content":null,"audio":{"id":"audio_1","data":"UklGRg==","expires_at":1,"transcript":"Good \u00e9vening."}},"finish_reason":"stop"}]}""";

    private static readonly string _stream = Lines(
        """{"role":"assistant","content":null,"audio":{"id":"audio_1"}}""",
        """{"audio":{"transcript":"Good "}}""",
        """{"audio":{"data":"UklG"}}""",
        """{"audio":{"transcript":"\u00e9vening."}}""",
        """{"audio":{"data":"Rg=="}}""",
        """{"audio":{"expires_at":1}}""");

    private static readonly Codec _codec = Codec.Of(Dialect.OpenAi);

    [Fact]
    public void What_was_said_is_the_answers_text()
    {
        foreach (var recorder in new[] { _codec.Whole(Whole), _codec.Stream(_stream) })
        {
            Assert.Equal("Good évening.", recorder["text:0"]);
            Assert.Equal("", recorder["media:0"]);
            Assert.Equal(FinishReason.Stop, recorder.Finishes[0]);
        }
        _codec.CheckCuts(_stream);
    }

    [Fact]
    public void Other_dialects_get_the_words()
    {
        var messages = StrictMessage.Whole(Messages.Stream(sink => Push(_stream, sink))).GetProperty("content");
        Assert.Equal("""[{"type":"text","text":"Good évening."}]""", Wire.Compact(messages.GetRawText()));
        var (_, whole) = ResponsesWire.Encode(sink => Push(_stream, sink));
        Assert.Equal("Good évening.", JsonDocument.Parse(whole).RootElement.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public void A_sound_without_words_is_named_once()
    {
        var stream = Lines("""{"audio":{"data":"UklG"}}""", """{"audio":{"data":"Rg=="}}""");
        Assert.Equal("[audio;]", _codec.Stream(stream)["media:0"]);
        var content = StrictMessage.Whole(Messages.Stream(sink => Push(stream, sink))).GetProperty("content");
        Assert.Equal("""[{"type":"text","text":"[audio left out: the Messages API has no such content]"}]""", Wire.Compact(content.GetRawText()));
    }

    [Theory]
    [InlineData("\"audio\":null")]
    [InlineData("\"audio\":\"x\"")]
    [InlineData("\"audio\":[{}]")]
    [InlineData("\"audio\":{\"transcript\":{},\"data\":1}")]
    public void Anything_else_there_is_no_sound(string member)
    {
        var recorder = _codec.Whole("{\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"," + member + "},\"finish_reason\":\"stop\"}]}");
        Assert.Null(recorder.Failure);
        Assert.Equal(("x", ""), (recorder["text:0"], recorder["media:0"]));
    }

    private static void Push(string stream, IChatEventSink sink)
    {
        var decoder = _codec.Decoder();
        Wire.Events((type, data) => decoder.Push(type, data, sink), System.Text.Encoding.UTF8.GetBytes(stream));
    }

    private static string Lines(params string[] deltas) =>
        string.Concat(deltas.Select(delta => "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":" + delta + "}]}\n\n"))
        + "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
}
