using Edge.Pipeline;

namespace Edge.Clients;

/// <summary>OpenAI's operations beside chat: their errors are in its envelope, their bodies are not chat.</summary>
internal sealed class OpenAiBodyClient(BodyShape shape) : OpenAiChatClient
{
    public override BodyShape Shape => shape;
}
