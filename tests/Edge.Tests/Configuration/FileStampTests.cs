using Edge.Configuration;

namespace Edge.Tests.Configuration;

/// <summary>What replaces a file on a real file system, and must be noticed.</summary>
public sealed class FileStampTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-stamp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    private static string Stamp(string path) => ConfigEnvironment.Process.Stamp(path);

    [Fact]
    public void An_unchanged_file_keeps_its_stamp_and_no_file_has_none()
    {
        System.IO.File.WriteAllText(File("a"), "x");
        Assert.Equal(Stamp(File("a")), Stamp(File("a")));
        Assert.Equal("", Stamp(File("none")));
        Assert.Equal("", Stamp(Path.Combine(_folder, "a", "below")));
    }

    [Fact]
    public void A_file_written_in_place_changes_its_stamp()
    {
        System.IO.File.WriteAllText(File("a"), "x");
        var before = Stamp(File("a"));
        System.IO.File.WriteAllText(File("a"), "longer");
        Assert.NotEqual(before, Stamp(File("a")));
    }

    [Fact]
    public void A_file_replaced_by_rename_changes_its_stamp_also_with_the_same_size_and_time_of_change()
    {
        System.IO.File.WriteAllText(File("a"), "x");
        var before = Stamp(File("a"));
        System.IO.File.WriteAllText(File("b"), "y");
        System.IO.File.SetLastWriteTimeUtc(File("b"), System.IO.File.GetLastWriteTimeUtc(File("a")));
        System.IO.File.Move(File("b"), File("a"), overwrite: true);
        Assert.NotEqual(before, Stamp(File("a")));
    }

    [Fact]
    public void A_swapped_link_in_the_middle_changes_the_stamp_as_a_kubernetes_mount_does_it()
    {
        foreach (var version in (string[])["..v1", "..v2"])
        {
            Directory.CreateDirectory(File(version));
            System.IO.File.WriteAllText(File(version + "/edge.yaml"), "same size");
            System.IO.File.SetLastWriteTimeUtc(File(version + "/edge.yaml"), DateTime.UnixEpoch);
        }
        System.IO.File.CreateSymbolicLink(File("..data"), "..v1");
        System.IO.File.CreateSymbolicLink(File("edge.yaml"), "..data/edge.yaml");
        var before = Stamp(File("edge.yaml"));
        Assert.StartsWith(Path.Combine(_folder, "..v1", "edge.yaml") + "|", before, StringComparison.Ordinal);

        Directory.Delete(File("..data"));
        System.IO.File.CreateSymbolicLink(File("..data"), "..v2");
        Assert.StartsWith(Path.Combine(_folder, "..v2", "edge.yaml") + "|", Stamp(File("edge.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_a_circle_lead_to_no_file()
    {
        System.IO.File.CreateSymbolicLink(File("a"), File("b"));
        System.IO.File.CreateSymbolicLink(File("b"), File("a"));
        Assert.Equal("", Stamp(File("a")));
    }

    [Fact]
    public void Paths_that_no_file_can_have_are_errors_and_no_crash()
    {
        Assert.Single(ConfigLoader.Load("", ConfigEnvironment.Process).Errors);
        Assert.Single(ConfigLoader.Load(_folder, ConfigEnvironment.Process).Errors);
        Assert.Single(ConfigLoader.Load(File("none/none"), ConfigEnvironment.Process).Errors);

        System.IO.File.WriteAllText(File("a"), "gateway: {version: \"${file:/a\\0b}\", environment: '${file:/}'}");
        Assert.Equal(2, ConfigLoader.Load(File("a"), ConfigEnvironment.Process).Errors.Count);
    }

    [Fact]
    public void A_real_file_is_read_up_to_the_limit_and_one()
    {
        System.IO.File.WriteAllText(File("a"), "0123456789");
        Assert.Equal(5, ConfigEnvironment.Process.ReadFile(File("a"), 4).Length);
        Assert.Equal("0123456789"u8.ToArray(), ConfigEnvironment.Process.ReadFile(File("a"), 100));
        Assert.Equal([$"{File("a")}:1:1"], ConfigLoader.Load(File("a"), ConfigEnvironment.Process).Errors.Select(error => error.ToString().Split(": ")[0]));
    }
}
