namespace Edge.Load.Compare;

internal static class CompareCommand { public static int Run(Args args) { _ = args; return 0; } }
