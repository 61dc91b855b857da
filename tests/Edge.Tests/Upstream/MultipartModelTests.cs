using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class MultipartModelTests
{
    private const string File = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\nContent-Type: text/plain\r\n\r\nname=\"model\"\r\n--not\r\n";

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b--", "m")]
    [InlineData(File + "--b\r\ncontent-disposition: form-data; name=model\r\n\r\nwhisper-1\r\n--b--", "whisper-1")]
    [InlineData("preamble\r\n--b \r\nX: y\r\nCONTENT-DISPOSITION:form-data;NAME=\"model\"\r\n\r\nm\r\nn\r\n--b\r\n", "m\r\nn")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\r\n--b--", "")]
    public void The_field_is_found_at_every_cut(string body, string model)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Equal(MultipartFind.Found, MultipartModel.Find(bytes, "b"u8, out var start, out var length));
        Assert.Equal(model, Encoding.UTF8.GetString(bytes, start, length));
        var last = start + length + "\r\n--b".Length;
        for (var cut = 0; cut < last; cut++) Assert.Equal(MultipartFind.NeedsMore, MultipartModel.Find(bytes.AsSpan(0, cut), "b"u8, out _, out _));
    }

    [Theory]
    [InlineData(File + "--b--\r\n", MultipartFind.Absent)]
    [InlineData("--b--", MultipartFind.Absent)]
    [InlineData("--bx\r\n", MultipartFind.Malformed)]
    [InlineData("", MultipartFind.NeedsMore)]
    [InlineData("{}", MultipartFind.NeedsMore)]
    public void It_may_be_absent(string body, MultipartFind found) => Assert.Equal(found, MultipartModel.Find(Encoding.UTF8.GetBytes(body), "b"u8, out _, out _));

    [Theory]
    [InlineData("multipart/form-data; boundary=abc", "abc")]
    [InlineData("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", "a b")]
    [InlineData("multipart/form-data", null)]
    [InlineData("multipart/form-data; boundary=", null)]
    [InlineData("multipart/form-data; boundary=é", null)]
    [InlineData("application/json", null)]
    public void The_boundary_stands_in_the_content_type(string type, string? boundary) =>
        Assert.Equal(boundary, MultipartModel.BoundaryOf(type) is { } bytes ? Encoding.ASCII.GetString(bytes) : null);

    [Fact]
    public void No_bytes_do_harm()
    {
        var random = new Random(7);
        string[] pieces = ["\r\n", "--b", "--", "Content-Disposition: form-data; name=\"model\"", "\r\n\r\n", "x", "--b--", ":", ";"];
        for (var i = 0; i < 20_000; i++)
        {
            var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)])));
            if (MultipartModel.Find(body, "b"u8, out var start, out var length) == MultipartFind.Found) Assert.True(start >= 0 && length >= 0 && start + length <= body.Length);
        }
    }
}
