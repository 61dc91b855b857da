using Edge.Cache.Semantic.Gate;

namespace Edge.Embed;

/// <summary>Trains the verifier: one hidden layer, Adam (Kingma and Ba, 2015), in doubles and in one thread, seeded: the same samples give the same weights.</summary>
internal sealed class Trainer
{
    private const int Epochs = 60, Batch = 64;
    private const double Rate = 0.01, Decay = 1e-4;

    // A pair passed wrongly costs more than one lost.
    private const double OtherWeight = 2;

    private const int Inputs = PairFeatures.Count, Row = Inputs + 1, First = Verifier.Hidden * Row;

    private readonly double[] _weights = new double[First + Verifier.Hidden + 1], _gradient = new double[First + Verifier.Hidden + 1], _mean = new double[First + Verifier.Hidden + 1], _square = new double[First + Verifier.Hidden + 1];
    private uint _seed = 1;
    private int _step;

    public static double[] Train(IReadOnlyList<Sample> samples)
    {
        var trainer = new Trainer();
        for (var i = 0; i < trainer._weights.Length; i++) trainer._weights[i] = (trainer.Next() - 0.5) * 0.6;
        var order = Enumerable.Range(0, samples.Count).ToArray();
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            for (var i = order.Length - 1; i > 0; i--)
            {
                var j = (int)(trainer.Next() * (i + 1));
                (order[i], order[j]) = (order[j], order[i]);
            }
            foreach (var batch in order.Chunk(Batch)) trainer.Step(batch.Select(i => samples[i]).ToList());
        }
        return trainer._weights;
    }

    /// <summary>Of every sample the score by weights that have not seen its group: five folds.</summary>
    public static float[] CrossValidate(IReadOnlyList<Sample> samples, Func<Sample, bool> isTrained)
    {
        var folds = samples.Select(s => s.Pair.Group).Distinct().Order(StringComparer.Ordinal).Select((g, i) => (g, i)).ToDictionary(p => p.g, p => p.i % 5);
        var scores = new float[samples.Count];
        for (var fold = 0; fold < 5; fold++)
        {
            var verifier = Verifier.Read(Verifier.Write(Train([.. samples.Where(s => folds[s.Pair.Group] != fold && isTrained(s))])));
            for (var i = 0; i < scores.Length; i++)
            {
                if (folds[samples[i].Pair.Group] == fold) scores[i] = verifier.Score(samples[i].Features);
            }
        }
        return scores;
    }

    private void Step(List<Sample> batch)
    {
        Array.Clear(_gradient);
        Span<double> hidden = stackalloc double[Verifier.Hidden];
        foreach (var sample in batch)
        {
            var output = _weights[^1];
            for (var unit = 0; unit < hidden.Length; unit++)
            {
                var sum = _weights[(unit * Row) + Inputs];
                for (var i = 0; i < Inputs; i++) sum += _weights[(unit * Row) + i] * sample.Features[i];
                hidden[unit] = Math.Tanh(sum);
                output += _weights[First + unit] * hidden[unit];
            }
            var error = ((1 / (1 + Math.Exp(-output))) - (sample.Pair.Same ? 1 : 0)) * (sample.Pair.Same ? 1 : OtherWeight) / batch.Count;
            _gradient[^1] += error;
            for (var unit = 0; unit < hidden.Length; unit++)
            {
                _gradient[First + unit] += error * hidden[unit];
                var back = error * _weights[First + unit] * (1 - (hidden[unit] * hidden[unit]));
                for (var i = 0; i < Inputs; i++) _gradient[(unit * Row) + i] += back * sample.Features[i];
                _gradient[(unit * Row) + Inputs] += back;
            }
        }
        _step++;
        for (var i = 0; i < _weights.Length; i++)
        {
            var slope = _gradient[i] + (Decay * _weights[i]);
            _mean[i] = (0.9 * _mean[i]) + (0.1 * slope);
            _square[i] = (0.999 * _square[i]) + (0.001 * slope * slope);
            _weights[i] -= Rate * (_mean[i] / (1 - Math.Pow(0.9, _step))) / (Math.Sqrt(_square[i] / (1 - Math.Pow(0.999, _step))) + 1e-8);
        }
    }

    private double Next()
    {
        _seed = (_seed * 1664525) + 1013904223;
        return (_seed >> 8) / (double)(1 << 24);
    }
}
