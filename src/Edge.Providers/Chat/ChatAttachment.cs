namespace Edge.Providers.Chat;

/// <summary>What a URL of the request held.</summary>
/// <param name="MediaType">ASCII, such as <c>image/png</c>.</param>
/// <param name="Base64">The content.</param>
public sealed record ChatAttachment(ReadOnlyMemory<byte> MediaType, ReadOnlyMemory<byte> Base64);
