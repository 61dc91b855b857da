namespace Edge.Load.SelfTest;

internal static class SelfTests { public static int Run(Args args) { _ = args; return 0; } }
