using System.Text;
using Edge.Pipeline;
using Edge.TestSupport;

namespace Edge.Tests.Pipeline;

public class ErrorTextsTests
{
    [Fact]
    public void Every_code_has_its_row()
    {
        Assert.Equal(Enum.GetValues<ErrorCode>().Length, ErrorTexts.All.Count);
        foreach (var code in Enum.GetValues<ErrorCode>().Skip(1))
        {
            var row = ErrorTexts.Of(code);
            Assert.Equal(code.ToString(), row.Code.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
            Assert.InRange(row.Status, 400, 599);
            Assert.NotEmpty(row.Message);
        }
    }

    [Fact]
    public void The_page_lists_the_table()
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "docs", "errors.md");
        var page = new StringBuilder();
        page.Append("# Errors\n\n");
        page.Append("Errors of the gateway itself, in OpenAI's envelope: `{\"error\": {\"message\", \"type\", \"param\", \"code\"}}`. `code` is stable; `param` names the field, where one is to\n");
        page.Append("blame. A provider's own error passes with its status, type, code and `retry-after`. Generated from `src/Edge/Pipeline/ErrorTexts.cs`.\n\n");
        page.Append("| code | status | type | meaning |\n|---|---|---|---|\n");
        foreach (var row in ErrorTexts.All.Skip(1))
        {
            var retry = row.RetryAfterSeconds > 0 ? $" (`retry-after: {row.RetryAfterSeconds}`)" : "";
            page.Append($"| `{row.Code}` | {row.Status} | `{row.Type}` | {row.Message}{retry} |\n");
        }
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1") File.WriteAllText(path, page.ToString());
        Assert.Equal(page.ToString(), File.ReadAllText(path));
    }
}
