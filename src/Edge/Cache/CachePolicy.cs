using System.Text;
using Edge.Configuration;

namespace Edge.Cache;

/// <summary>How fast a kept answer is streamed.</summary>
public enum CacheReplayPace : byte
{
    /// <summary>At once.</summary>
    Immediate,

    /// <summary>As its provider streamed it.</summary>
    Natural,
}

/// <summary>The configuration of the cache, ready to be asked. Immutable.</summary>
public sealed class CachePolicy
{
    private readonly Dictionary<string, ModelCachingConfig>? _models;
    private readonly Dictionary<string, ModelCachingConfig>.AlternateLookup<ReadOnlySpan<char>> _byModel;

    public CachePolicy(CachingConfig config)
    {
        Config = config;
        if (config.Models.Count == 0) return;
        _models = new Dictionary<string, ModelCachingConfig>(config.Models, StringComparer.Ordinal);
        _byModel = _models.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public CachingConfig Config { get; }

    public bool IsOff => Config.EffectiveMode == CachingMode.Off;

    /// <summary>How long answers of a model are kept; null = they are not.</summary>
    /// <param name="model">UTF-8, as the client wrote it between its quotes.</param>
    public TimeSpan? TtlOf(ReadOnlySpan<byte> model)
    {
        if (_models is null) return Config.Ttl;
        // Names are short: the body stage sees to that.
        Span<char> name = stackalloc char[256];
        if (!Encoding.UTF8.TryGetChars(model, name, out var length) || !_byModel.TryGetValue(name[..length], out var known)) return Config.Ttl;
        return known.Enabled ? known.Ttl ?? Config.Ttl : null;
    }
}
