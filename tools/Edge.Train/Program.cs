using Edge.Train;

// dotnet run -c Release --project tools/Edge.Train -- train models/injection.bin FILE.jsonl ...
// dotnet run -c Release --project tools/Edge.Train -- evaluate FILE.jsonl ...
// dotnet run -c Release --project tools/Edge.Train -- unseen FILE.jsonl ...
if (args is ["train", var output, .. var files] && files.Length > 0)
{
    var samples = files.SelectMany(Sample.Read).Where(s => !s.NeedsContext || s.Category == "cse_indirect").ToList();
    var (weights, bias) = Trainer.Train(samples);
    File.WriteAllBytes(output, Edge.Guard.Injection.InjectionClassifier.Write(weights, bias));
    Console.WriteLine($"{samples.Count(s => s.IsAttack)} attacks, {samples.Count(s => !s.IsAttack)} harmless texts -> {output}");
    return 0;
}
if (args is ["evaluate", .. var inputs] && inputs.Length > 0)
{
    Evaluation.Print([.. inputs.SelectMany(Sample.Read)]);
    return 0;
}
if (args is ["unseen", .. var left] && left.Length > 0)
{
    Evaluation.PrintUnseen([.. left.SelectMany(Sample.Read)]);
    return 0;
}
if (args is ["misses", .. var all] && all.Length > 0)
{
    Evaluation.PrintMisses([.. all.SelectMany(Sample.Read)]);
    return 0;
}
if (args is ["flagged", var role, var lines] && Enum.TryParse<Edge.Guard.Injection.TextRole>(role, out var speaker))
{
    Evaluation.PrintFlagged(lines, speaker);
    return 0;
}
if (args is ["content", .. var texts] && texts.Length > 0)
{
    ContentEvaluation.Print(texts);
    return 0;
}
Console.Error.WriteLine("Usage: Edge.Train train OUTPUT FILE.jsonl ... | evaluate FILE.jsonl ... | unseen FILE.jsonl ... | misses FILE.jsonl ... | flagged ROLE LINES.txt | content FILE.jsonl ...");
return 2;
