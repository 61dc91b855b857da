using Edge.Guard.Injection;

namespace Edge.Train;

/// <summary>
/// Logistic regression with AdaGrad and an L2 penalty over the windows of texts. A text is an attack if one of its windows is: of an attack's windows only those that score highest are trained on
/// after the first rounds, of a harmless text all. Everything is in a fixed order: the same input gives the same weights.
/// </summary>
internal static class Trainer
{
    private const int Rounds = 30, WholeRounds = 4;
    private const float Rate = 0.3f, Penalty = 1e-5f;

    public static (float[] Weights, float Bias) Train(IReadOnlyList<Sample> samples)
    {
        var weights = new float[Features.Count];
        var squares = new float[Features.Count];
        float bias = 0, biasSquares = 0;
        var used = samples.Where(s => s.Windows.Length > 0).ToArray();
        // Variants of one text weigh as one and a half, or a template with hundreds of fillings would be all that is learned.
        var groups = used.GroupBy(s => s.Group).ToDictionary(g => g.Key, g => g.Count());
        var balance = Balance(used, groups);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var i in Order(used.Length, round))
            {
                var sample = used[i];
                var importance = Importance(groups[sample.Group]) * (sample.IsAttack ? balance : 1);
                if (!sample.IsAttack || round < WholeRounds)
                {
                    foreach (var window in sample.Windows) Step(window, sample.IsAttack, importance / sample.Windows.Length);
                    if (!sample.IsAttack) Step(Highest(sample), false, importance);
                    continue;
                }
                Step(Highest(sample), true, importance);
            }
        }
        return (weights, bias);

        ushort[] Highest(Sample sample) => sample.Windows.MaxBy(Sum)!;

        float Sum(ushort[] window)
        {
            var sum = 0f;
            foreach (var feature in window) sum += weights[feature];
            return bias + (sum / MathF.Sqrt(window.Length));
        }

        void Step(ushort[] window, bool isAttack, float importance)
        {
            if (window.Length == 0) return;
            var error = ((1 / (1 + MathF.Exp(-Sum(window)))) - (isAttack ? 1 : 0)) * importance;
            var value = 1 / MathF.Sqrt(window.Length);
            foreach (var feature in window)
            {
                var gradient = (error * value) + (Penalty * weights[feature]);
                squares[feature] += gradient * gradient;
                weights[feature] -= Rate * gradient / (MathF.Sqrt(squares[feature]) + 1e-3f);
            }
            biasSquares += error * error;
            bias -= Rate * error / (MathF.Sqrt(biasSquares) + 1e-3f);
        }
    }

    private static float Importance(int groupSize) => MathF.Sqrt(groupSize) / groupSize;

    private static float Balance(Sample[] samples, Dictionary<string, int> groups)
    {
        var attacks = samples.Where(s => s.IsAttack).Sum(s => Importance(groups[s.Group]));
        var harmless = samples.Where(s => !s.IsAttack).Sum(s => Importance(groups[s.Group]));
        return attacks == 0 ? 1 : Math.Clamp(harmless / attacks, 0.2f, 5f);
    }

    // A fixed permutation for each round: multiplication by a number that shares no factor with the count.
    private static IEnumerable<int> Order(int count, int round)
    {
        if (count == 0) yield break;
        var step = 7919 + (round * 2);
        while (Gcd(step, count) != 1) step++;
        for (var i = 0; i < count; i++) yield return (int)(((long)i * step + round) % count);
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
