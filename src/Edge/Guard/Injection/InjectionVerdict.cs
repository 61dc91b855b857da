namespace Edge.Guard.Injection;

/// <summary>What was found in the texts of one request: the highest score, and the rules that fired in the text that has it.</summary>
internal struct InjectionVerdict
{
    /// <summary>0..1: how much it looks like an attempt to take over the model. <see cref="InjectionDetector.DefaultThreshold"/> is where a policy acts unless it says otherwise.</summary>
    public float Score { get; set; }

    /// <summary>The rules that fired, one bit each (<see cref="InjectionRule"/>).</summary>
    public uint Rules { get; set; }

    /// <summary>The first byte of the evidence in its text, and its length in bytes. Where the text was obfuscated the place is exact to within 64 bytes.</summary>
    public int Start { get; set; }

    /// <inheritdoc cref="Start"/>
    public int Length { get; set; }

    /// <summary>Whose text it stands in.</summary>
    public TextRole Role { get; set; }

    public readonly bool Has(InjectionRule rule) => (Rules & (1u << (int)rule)) != 0;

    /// <summary>Takes the other verdict over if its score is higher.</summary>
    /// <returns>Whether it was.</returns>
    public bool Fold(in InjectionVerdict other)
    {
        if (other.Score <= Score) return false;
        this = other;
        return true;
    }

    /// <summary>Writes the ids of the rules that fired, heaviest first, divided by ", ": for error texts and logs. They never hold the user's text.</summary>
    /// <returns>Bytes written; ids that do not fit are left out.</returns>
    public readonly int WriteRules(Span<byte> output)
    {
        var length = 0;
        for (var i = 0; i < InjectionRules.All.Length; i++)
        {
            if (!Has((InjectionRule)i)) continue;
            var id = InjectionRules.All[i].Utf8Id;
            var comma = length == 0 ? 0 : 2;
            if (length + comma + id.Length > output.Length) break;
            if (comma > 0) ", "u8.CopyTo(output[length..]);
            id.CopyTo(output[(length + comma)..]);
            length += comma + id.Length;
        }
        return length;
    }
}
