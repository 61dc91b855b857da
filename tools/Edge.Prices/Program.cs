using Edge.Configuration;
using Edge.Metering;
using Edge.Prices;

// dotnet run --project tools/Edge.Prices -- models/prices.jsonl INPUT.jsonl ... (README.md beside this file tells the form of an input)
if (args is not [var output, .. var inputs] || inputs.Length == 0)
{
    Console.Error.WriteLine("Usage: Edge.Prices OUTPUT.jsonl INPUT.jsonl ...");
    return 2;
}

var catalogue = new Catalogue();
foreach (var record in inputs.SelectMany(Records.Read)) catalogue.Add(record);
Rules.Apply(catalogue);
var text = LineWriter.Write(catalogue);
var errors = new List<ConfigError>();
var lines = PriceFile.Read(System.Text.Encoding.UTF8.GetBytes(text), output, errors);
foreach (var error in errors) Console.Error.WriteLine(error);
if (errors.Count > 0) return 1;
File.WriteAllText(output, text);
Console.WriteLine($"{lines.Count} lines, {lines.Select(line => line.Provider).Distinct().Count()} providers -> {output}");
return 0;
