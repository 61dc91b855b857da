using CsCheck;
using Edge.Ledger;

namespace Edge.Tests.Ledger;

public sealed class LedgerRecordTests
{
    [Fact]
    public void ARowComesBackAsItWas() => RandomRows.One.Sample(row =>
    {
        row = row with { Id = "req_1", Guard = "EMAIL_ADDRESS=tokenize:2", Error = "RATE_LIMIT_EXCEEDED", Region = "eu", TagsDropped = 3, SavedByRouting = long.MinValue / 2, At = long.MaxValue / 2 };
        var bytes = new byte[LedgerRecord.MaxBytes];
        var again = LedgerRecord.Read(bytes.AsSpan(0, RecordText.Write(bytes, row)))!;
        Assert.Equal(row.Tags, again.Tags);
        Assert.Equal(row with { Tags = [] }, again with { Tags = [] });
    });

    [Fact]
    public void WhatIsNoWholeRecordIsNone()
    {
        var bytes = new byte[LedgerRecord.MaxBytes];
        var length = RecordText.Write(bytes, RandomRows.One.Single() with { Id = "req_1" });
        for (var cut = 0; cut < length; cut++) Assert.Null(LedgerRecord.Read(bytes.AsSpan(0, cut)));
        bytes[0] = LedgerRecord.Version + 1;
        Assert.Null(LedgerRecord.Read(bytes.AsSpan(0, length)));
        Gen.Byte.Array[0, 400].Sample(static noise => _ = LedgerRecord.Read(noise));
    }

    [Fact]
    public void TheLongestRecordFits()
    {
        var text = new string('\uffff', 5000);
        var tags = Enumerable.Range(0, 25).Select(i => new KeyValuePair<string, string>($"k{i}", new string('x', 256))).ToList();
        var row = RandomRows.One.Single() with
        {
            Id = text,
            Organisation = text,
            Team = text,
            User = text,
            Key = text,
            CallerKind = text,
            Caller = text,
            Tags = tags,
            Endpoint = text,
            ModelAsked = text,
            Model = text,
            Provider = text,
            Region = text,
            Outcome = text,
            Error = text,
            Guard = text,
            InputCost = long.MaxValue,
            OutputCost = long.MinValue,
        };
        var bytes = new byte[LedgerRecord.MaxBytes];
        var again = LedgerRecord.Read(bytes.AsSpan(0, RecordText.Write(bytes, row)))!;
        Assert.Equal((170, long.MaxValue, long.MinValue), (again.Guard.Length, again.InputCost, again.OutputCost));
    }
}
