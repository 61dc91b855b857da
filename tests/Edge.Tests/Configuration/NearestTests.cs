using CsCheck;
using Edge.Configuration;

namespace Edge.Tests.Configuration;

public class NearestTests
{
    [Theory]
    [InlineData("tiemout", "timeout")]
    [InlineData("timeout_", "timeout")]
    [InlineData("Max-Body-Size", "max_body_size")]
    [InlineData("maxbodysize", "max_body_size")]
    [InlineData("modles", "models")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void The_likely_word_is_found(string word, string? meant) => Assert.Equal(meant, Nearest.Of(word, ["models", "timeout", "max_body_size"]));

    [Fact]
    public void The_distance_is_symmetric_and_zero_only_for_equal_words() =>
        Gen.Select(Gen.String[Gen.Char["abc"], 0, 6], Gen.String[Gen.Char["abc"], 0, 6]).Sample((a, b) =>
        {
            var distance = Nearest.Distance(a, b);
            return distance == Nearest.Distance(b, a) && distance == 0 == (a == b)
                && distance >= Math.Abs(a.Length - b.Length) && distance <= Math.Max(a.Length, b.Length);
        });
}
