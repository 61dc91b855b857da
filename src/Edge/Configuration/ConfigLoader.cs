namespace Edge.Configuration;

/// <summary>Loads the configuration.</summary>
public static class ConfigLoader
{
    public static ConfigResult Load(string? path, ConfigEnvironment env) => throw new NotImplementedException();
}
