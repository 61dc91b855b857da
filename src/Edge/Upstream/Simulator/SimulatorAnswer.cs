namespace Edge.Upstream.Simulator;

/// <summary>A call of a tool. Name and arguments stand as between the quotes of a JSON string.</summary>
internal sealed record SimulatorToolCall(byte[] Id, byte[] Name, byte[] Arguments);

/// <summary>One choice: either text or tool calls.</summary>
/// <param name="Text">Escaped; empty beside tool calls.</param>
/// <param name="Calls">Empty beside text.</param>
/// <param name="Finish">stop, length or tool_calls.</param>
internal sealed record SimulatorChoice(byte[] Text, SimulatorToolCall[] Calls, byte[] Finish);

/// <summary>A complete answer before it is written in one of its two forms; holds nothing of the request's buffers.</summary>
internal sealed class SimulatorAnswer
{
    /// <summary>Sixteen hexadecimal digits.</summary>
    public required byte[] Id { get; init; }

    /// <summary>Escaped, as the request named it.</summary>
    public required byte[] Model { get; init; }

    public required SimulatorChoice[] Choices { get; init; }

    public required int PromptTokens { get; init; }

    public required int CompletionTokens { get; init; }

    public required bool IncludeUsage { get; init; }
}
