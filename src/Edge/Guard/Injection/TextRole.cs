namespace Edge.Guard.Injection;

/// <summary>Who speaks in a text of a request: it decides what an instruction in it means.</summary>
internal enum TextRole : byte
{
    /// <summary>The client's own system or developer prompt. It gives instructions by its nature and weighs least.</summary>
    System,

    /// <summary>The user's turn.</summary>
    User,

    /// <summary>An earlier answer of the model, sent back by the client.</summary>
    Assistant,

    /// <summary>What a tool returned. It is data: an instruction to the model in it weighs most.</summary>
    ToolResult,

    /// <summary>A document or search result that the client attached. As a tool result.</summary>
    Document,
}
