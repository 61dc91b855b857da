using System.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>What providers put in front of their keys and tokens, and how long the rest is.</summary>
internal static class TokenPrefixes
{
    /// <param name="Prefix">The literal.</param>
    /// <param name="Min">Fewest bytes after it.</param>
    /// <param name="Max">Most bytes after it.</param>
    /// <param name="Hex">Whether they are hexadecimal digits, hyphens and underscores.</param>
    /// <param name="Underscore">Where the first underscore of the prefix is; -1 where there is none.</param>
    internal readonly record struct Entry(byte[] Prefix, int Min, int Max, bool Hex, int Underscore);

    // "prefix min max", 'h' in front of min: hexadecimal. From the providers' own documentation of their token formats.
    private const string Table = """
        AAAAAAAAAAAAAAAAAAAAA 60 150|s-s4t2ud- h64 64|s-s4t2af- h64 64|AKIA 16 16|ASIA 16 16|ABIA 16 16|ACCA 16 16|ABSK 100 300|bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t 0 2000|LTAI 20 20|AIza 35 35|GOCSPX- 28 28|ya29. 30 2000
        sk-ant-api03- 95 95|sk-ant-admin01- 95 95|sk-ant-oat01- 80 120|sk-proj- 40 250|sk-svcacct- 40 250|sk-admin- 40 250|sk-or-v1- h64 64|sk- 32 80|pplx- 40 60|gsk_ 40 60|xai- 60 100|nvapi- 50 90|hf_ 34 40|api_org_ 34 34|r8_ 37 37
        tvly- 30 50|jina_ 40 80|lsv2_pt_ 32 60|lsv2_sk_ 32 60|fw_ 20 40|tskey- 20 80
        ghp_ 36 36|gho_ 36 36|ghu_ 36 36|ghs_ 36 36|ghr_ 36 76|github_pat_ 82 82
        glpat- 20 60|gldt- 20 60|glptt- h40 40|glrt- 20 60|glcbt- 20 60|glagent- 50 60|glsoat- 20 30|glffct- 20 30|glft- 20 30|glimt- 20 30|gloas- h64 64|GR1348941 20 20
        xoxb- 17 100|xoxp- 30 160|xoxa- 20 160|xoxr- 20 160|xoxs- 20 160|xoxo- 20 160|xoxe- 60 300|xoxe.xoxb- 60 300|xoxe.xoxp- 60 300|xapp- 40 160
        sk_live_ 10 120|sk_test_ 10 120|sk_prod_ 10 120|rk_live_ 10 120|rk_test_ 10 120|rk_prod_ 10 120|whsec_ 24 60
        SG. 60 70|key- h32 32|xkeysib- 64 90|pubkey- h32 32|NRAK- 27 27|NRJS- h19 19|NRII- 32 32|npm_ 36 36|pypi-AgEIcHlwaS5vcmc 50 1000|rubygems_ h48 48|CLOJARS_ 60 60|oy2 43 43
        dop_v1_ h64 64|doo_v1_ h64 64|dor_v1_ h64 64|dp.pt. 40 44|dp.st. 40 60|dp.ct. 40 44|dt0c01. 80 100|duffel_test_ 40 46|duffel_live_ 40 46|dapi h32 34|EZAK 54 54|EZTK 54 54
        FLWSECK_TEST- 12 40|FLWSECK- 12 40|FLWPUBK_TEST- 32 40|fo1_ 40 60|fm1_ 60 2000|fm1a_ 60 2000|fm1r_ 60 2000|fm2_ 60 2000|fio-u- 60 70|glc_ 32 400|glsa_ 40 42
        hvs. 80 150|hvb. 130 300|AKCp 60 80|cmVmd 55 64|lin_api_ 40 40|ntn_ 40 50|secret_ 40 50|pscale_tkn_ 32 64|pscale_pw_ 32 64|pscale_oauth_ 32 64|PMAK- 59 59|pul- h40 40
        sgp_ h40 57|sgp_local_ h40 40|shippo_live_ h40 40|shippo_test_ h40 40|shpat_ h32 32|shpca_ h32 32|shppa_ h32 32|shpss_ h32 32|sntrys_ 80 400|sntryu_ h64 64|sq0atp- 22 60|sq0csp- 43 60|EAAA 20 62
        EAAM 80 400|EAAC 80 400|tk-us- 48 48|ATATT3 100 200|ATCTT3 100 200|AGE-SECRET-KEY-1 58 58|ops_eyJ 200 2000|A3- 30 40|p8e- h32 32|dnkey- 80 90|v1.0- 100 200|sha256~ 43 43|sm_pat_ 16 30
        sm_sat_ 16 30|sm_aat_ 16 30|phx_ 40 50|CFPAT- 43 43|figd_ 40 50|BBDC- 40 50|HRKU-AA 58 70|ico- h32 32|API- 26 26|RGAPI- h36 36|PRIVATE-TOKEN- 20 60|sbp_ h40 40|SK h32 32|sl. 100 1400|sdk- h36 36|api- h36 36|hbp_ 30 40
        """;

    private static readonly Entry[] _entries = Build();

    private static readonly Entry[][] _byFirst = [.. Enumerable.Range(0, 128).Select(first => _entries.Where(entry => entry.Prefix[0] == first).OrderByDescending(entry => entry.Prefix.Length).ToArray())];

    // By the two bytes before the first underscore.
    private static readonly Entry[][] _byUnderscore =
    [
        .. Enumerable.Range(0, 512).Select(hash => _entries.Where(entry => entry.Underscore >= 2 && Hash(entry.Prefix[entry.Underscore - 2], entry.Prefix[entry.Underscore - 1]) == hash).OrderByDescending(entry => entry.Prefix.Length).ToArray()),
    ];

    /// <summary>The entries whose prefix begins with the byte, longer prefixes first.</summary>
    public static ReadOnlySpan<Entry> StartingWith(byte first) => first < 128 ? _byFirst[first] : default;

    /// <summary>The entries whose prefix has its first underscore behind these two bytes, and perhaps others; longer prefixes first.</summary>
    public static ReadOnlySpan<Entry> WithUnderscore(byte first, byte second) => _byUnderscore[Hash(first, second)];

    private static int Hash(byte first, byte second) => ((first * 37) + second) & 511;

    private static Entry[] Build() =>
    [
        .. Table.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static line =>
        {
            var parts = line.Split(' ');
            var hex = parts[1].StartsWith('h');
            return new Entry(Encoding.ASCII.GetBytes(parts[0]), Number(hex ? parts[1][1..] : parts[1]), Number(parts[2]), hex, parts[0].IndexOf('_', StringComparison.Ordinal));
        }),
    ];

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
