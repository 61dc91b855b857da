using System.Text;
using System.Text.RegularExpressions;
using Edge.Guard.Pii;
using Edge.Guard.Pii.Detectors;
using Edge.TestSupport;

namespace Edge.Tests.Guard;

/// <summary>A detector that nobody calls finds nothing, and no other test would say so.</summary>
public class PiiDetectorListTests
{
    private static readonly string _folder = Path.Combine(SharedData.RepositoryRoot, "src", "Edge", "Guard", "Pii", "Detectors");

    [Fact]
    public void Every_detector_file_is_in_the_list()
    {
        var list = File.ReadAllText(Path.Combine(_folder, "DetectorList.cs"));
        var files = Directory.GetFiles(_folder, "*.cs").Select(Path.GetFileNameWithoutExtension).Where(static name => name is not ("DetectorList" or "DigitGroups" or "NumberInterest" or "PasswordValue" or "Secrets" or "TokenPrefixes")).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, name => Assert.True(list.Contains($"{name}.Detect(", StringComparison.Ordinal) || list.Contains($".. {name}.Shapes", StringComparison.Ordinal) || Regex.IsMatch(list, $@"\b{name}\.(At|De)\w+\(ref"), $"{name} is not in DetectorList.cs."));
    }

    [Fact]
    public void Every_entity_is_found_by_some_detector()
    {
        var sources = string.Concat(Directory.GetFiles(_folder, "*.cs").Select(File.ReadAllText));
        Assert.All(Enum.GetNames<PiiEntity>(), name => Assert.True(Regex.IsMatch(sources, $@"\b{name}\b"), $"No detector reports {name}."));
    }

    [Fact]
    public void Every_shape_can_be_reported()
    {
        Assert.All(DetectorList.Shapes, static shape =>
        {
            Assert.All(shape.Variants(), pattern => Assert.InRange(pattern.Length, 3, 40));
            Assert.True(shape.InContext >= shape.Alone, shape.Pattern);
            Assert.True(shape.Words.Length > 0 || shape.Alone == shape.InContext, $"{shape.Pattern} of {shape.Entity} can be lifted by no word.");
        });
    }

    // The table that passes over most numbers looks at the letter before them in classes: whatever letters a shape takes, it must be looked for.
    [Fact]
    public void No_shape_is_passed_over_for_its_letters()
    {
        var missed = new List<string>();
        foreach (var pattern in DetectorList.Shapes.SelectMany(static shape => shape.Variants()))
        {
            foreach (var letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8)
            {
                byte[] text = [.. "by "u8, .. pattern.Select(p => p switch
                {
                    (byte)'d' or (byte)'X' => (byte)'1',
                    (byte)'L' => letter,
                    (byte)'U' => (byte)(letter & ~0x20),
                    _ => p,
                }), .. " of them"u8];
                var scan = new PiiScan(text, new FindingList([]));
                if ((NumberInterest.Of(new NumberRun(ref scan, text.AsSpan().IndexOfAnyInRange((byte)'0', (byte)'9'))) & (NumberInterest.AnyShape | NumberInterest.Letters)) == 0) missed.Add(Encoding.ASCII.GetString(text));
            }
        }
        Assert.Empty(missed);
    }
}
