namespace Edge.Load.SelfTest;

/// <summary>Checks that the tool measures what it says: run by the test command, needs nothing but loopback, takes some seconds.</summary>
internal static class SelfTests
{
    private static int _passed;
    private static readonly List<string> Failures = [];

    public static int Run(Args args)
    {
        args.RejectUnknown();
        foreach (var (name, test) in ParserTests.All.Concat(ReportTests.All).Concat(SocketTests.All))
        {
            var before = Failures.Count;
            try
            {
                test();
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Failures.Add($"{name}: {error.GetType().Name}: {error.Message}\n{error.StackTrace}");
            }
            Console.WriteLine($"{(Failures.Count == before ? "ok    " : "FAILED")}  {name}");
        }
        foreach (var failure in Failures)
            Console.Error.WriteLine(failure);
        Console.WriteLine($"selftest: {_passed} checks passed, {Failures.Count} failed");
        return Failures.Count == 0 ? 0 : 1;
    }

    public static void True(bool holds, string what)
    {
        if (holds)
            _passed++;
        else
            Failures.Add(what);
    }

    public static void Equal<T>(T expected, T actual, string what) =>
        True(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected {expected}, got {actual}");
}
