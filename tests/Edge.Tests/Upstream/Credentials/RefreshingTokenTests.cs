using Edge.Tests.Upstream.Credentials.Azure;
using Edge.Upstream.Credentials;

namespace Edge.Tests.Upstream.Credentials;

public class RefreshingTokenTests
{
    [Fact]
    public async Task Whatever_a_fetch_throws_is_a_problem_and_it_is_not_tried_for_each_request()
    {
        var time = new TokenTime();
        var fetches = 0;
        var token = new RefreshingToken(_ => ++fetches == 1 ? throw new ArithmeticException("secret") : Task.FromResult(new FetchedToken("t", TimeSpan.FromHours(1), null)), time, TimeSpan.FromSeconds(5));

        for (var i = 0; i < 3; i++) Assert.Equal("the token could not be fetched: ArithmeticException", (await token.GetAsync(TestContext.Current.CancellationToken)).Problem);
        Assert.Equal(1, fetches);
        time.Advance(RefreshingToken.RetryDelay);
        Assert.Null((await token.GetAsync(TestContext.Current.CancellationToken)).Problem);
    }
}
