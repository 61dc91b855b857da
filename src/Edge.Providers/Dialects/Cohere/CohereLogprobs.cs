using System.Globalization;
using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Cohere;

/// <summary>
/// Cohere's log probabilities: a text, the ids of its tokens and a figure for each, <c>{"token_ids":[..],"text":"..","logprobs":[..]}</c>. Where one text stands for several
/// tokens nobody says which piece belongs to which; their sum is the text's own log probability, and that is what goes out.
/// </summary>
internal static class CohereLogprobs
{
    public static void Push(JsonValue entry, IChatEventSink sink)
    {
        double sum = 0;
        var any = false;
        foreach (var figure in entry["logprobs"u8].Elements)
        {
            if (!figure.TryGetDouble(out var value)) return;
            sum += value;
            any = true;
        }
        var text = entry["text"u8];
        if (!any || text.Kind != JsonKind.String || !double.IsFinite(sum)) return;
        // Rare: only where the client asked for it. The bytes are left null, as OpenAI writes where it has none.
        var element = string.Create(CultureInfo.InvariantCulture, $"{{\"token\":{text.ToString()},\"logprob\":{sum},\"bytes\":null,\"top_logprobs\":[]}}");
        sink.Logprobs(0, Encoding.UTF8.GetBytes(element));
    }
}
