using System.Text;
using CsCheck;
using Edge.Providers.Wire;

namespace Edge.Providers.Tests.Wire;

public class EditListTests
{
    private static readonly Gen<(int Gap, int Length, string Replacement)[]> _edits =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4], Gen.String[Gen.Char['A', 'Z'], 0, 5]).Array[0, 20];

    [Fact]
    public void Splicing_equals_replacing_one_by_one()
    {
        Gen.Select(_edits, Gen.Int, Gen.Int[0, 10]).Sample((spaced, order, tail) =>
        {
            // Edits side by side, from gaps: they touch where a gap is 0, and are insertions where a length is 0. At one offset, insertions come first.
            var edits = new List<(int Offset, int Length, string Replacement)>();
            var at = 0;
            foreach (var (gap, length, replacement) in spaced)
            {
                at += gap;
                edits.Add((at, length, replacement));
                at += length;
            }
            var body = new string([.. Enumerable.Range(0, at + tail).Select(i => (char)('a' + (i % 26)))]);

            var expected = new StringBuilder(body);
            foreach (var (offset, length, replacement) in Enumerable.Reverse(edits))
            {
                expected.Remove(offset, length).Insert(offset, replacement);
            }

            // Insertions at one offset keep the order of adding, so only the rest of the order is free.
            var random = new Random(order);
            var groups = edits.GroupBy(e => (e.Offset, Insertion: e.Length == 0)).ToArray();
            random.Shuffle(groups);
            var list = new EditList();
            var segments = new BodySegments();
            foreach (var edit in groups.SelectMany(g => g)) list.Add(edit.Offset, edit.Length, Encoding.ASCII.GetBytes(edit.Replacement));
            list.Splice(Encoding.ASCII.GetBytes(body), segments);

            Assert.Equal(expected.ToString(), Encoding.ASCII.GetString(segments.ToArray()));
            Assert.Equal(expected.Length, segments.Length);
            foreach (var segment in segments.Segments) Assert.False(segment.IsEmpty);
        }, iter: 20_000);
    }

    [Theory]
    [InlineData(10, 5, 12, 1)]
    [InlineData(10, 5, 12, 0)]
    [InlineData(10, 5, 8, 3)]
    [InlineData(10, 5, 14, 9)]
    [InlineData(10, 5, 10, 5)]
    [InlineData(10, 5, 5, 20)]
    public void Overlapping_edits_are_refused_in_either_order(int offset, int length, int otherOffset, int otherLength)
    {
        var list = new EditList();
        list.Add(offset, length, default);
        Assert.Throws<InvalidOperationException>(() => list.Add(otherOffset, otherLength, default));
        list.Clear();
        list.Add(otherOffset, otherLength, default);
        Assert.Throws<InvalidOperationException>(() => list.Add(offset, length, default));
    }

    [Fact]
    public void Segments_are_slices_of_the_body_and_clear_forgets_them()
    {
        var body = "{\"a\":1}"u8.ToArray();
        var list = new EditList();
        var segments = new BodySegments();
        list.Add(5, 1, "22"u8.ToArray());
        list.Splice(body, segments);
        Assert.Equal("{\"a\":22}"u8, segments.ToArray());
        Assert.True(segments.Segments[0].Span.Overlaps(body));
        Assert.True(segments.Segments[2].Span.Overlaps(body));
        list.Clear();
        segments.Clear();
        Assert.Equal(0, list.Count);
        Assert.Equal(0, segments.Length);
        list.Splice(body, segments);
        Assert.Equal(body, segments.ToArray());
    }
}
