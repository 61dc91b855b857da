using System.Globalization;
using System.Text;

namespace Edge.Tests.Routing.Simulation;

/// <summary>Two plain charts as SVG, without a library: lines over time, and shares over time.</summary>
internal sealed class Plot
{
    private const int Width = 860, Height = 330, Left = 52, Right = 150, Top = 34, Bottom = 40;
    private static readonly string[] _colors = ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf", "#bcbd22", "#e377c2", "#7f7f7f"];
    private readonly StringBuilder _svg = new();
    private readonly double _minutes;
    private readonly double _most;

    public Plot(string title, string unit, double minutes, double most, double step)
    {
        (_minutes, _most) = (minutes, most);
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"11\">\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>\n<text x=\"{Left}\" y=\"18\" font-size=\"13\" font-weight=\"bold\">{title}</text>\n");
        for (var value = 0.0; value <= most + (step / 2); value += step)
        {
            _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(value)}H{Width - Right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(value)}\" dy=\"4\" text-anchor=\"end\">{value:0.##}</text>\n");
        }
        for (var minute = 0; minute <= minutes; minute += 5) _svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(minute)}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{minute}</text>\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right}\" y=\"{Height - 8}\" text-anchor=\"end\">minute</text><text x=\"{Left - 44}\" y=\"{Top - 2}\">{unit}</text>\n");
    }

    /// <summary>A band behind the lines.</summary>
    public void Mark(double from, double to)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{X(from)}\" y=\"{Top}\" width=\"{Number((to - from) / _minutes * (Width - Left - Right))}\" height=\"{Height - Top - Bottom}\" fill=\"#000\" fill-opacity=\"0.05\"/>\n");
    }

    public void Line(int number, string name, IEnumerable<(double Minute, double Value)> points, bool isDashed = false)
    {
        var path = string.Join('L', points.Select(point => $"{X(point.Minute)} {Y(Math.Min(point.Value, _most))}"));
        _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{path}\" fill=\"none\" stroke=\"{_colors[number]}\" stroke-width=\"1.6\"{(isDashed ? " stroke-dasharray=\"5 3\"" : "")}/>\n");
        Legend(number, name);
    }

    /// <summary>One share upon another.</summary>
    public void Area(int number, string name, IReadOnlyList<(double Minute, double From, double To)> points)
    {
        var path = string.Join('L', points.Select(point => $"{X(point.Minute)} {Y(point.To)}").Concat(points.Reverse().Select(point => $"{X(point.Minute)} {Y(point.From)}")));
        _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{path}Z\" fill=\"{_colors[number]}\" fill-opacity=\"0.75\"/>\n");
        Legend(number, name);
    }

    public override string ToString() => _svg + "</svg>\n";

    private void Legend(int number, string name)
    {
        var y = Top + 8 + (number * 18);
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 12}\" y=\"{y - 8}\" width=\"10\" height=\"10\" fill=\"{_colors[number]}\"/><text x=\"{Width - Right + 28}\" y=\"{y + 1}\">{name}</text>\n");
    }

    private string X(double minute) => Number(Left + (minute / _minutes * (Width - Left - Right)));

    private string Y(double value) => Number(Height - Bottom - (value / _most * (Height - Top - Bottom)));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
