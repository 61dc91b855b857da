namespace Edge.Providers.Dialects.Responses;

/// <summary>Events -> the server-sent events of a streamed Responses answer; see <see cref="ResponsesAnswerEncoder"/>. There is no <c>[DONE]</c>: <c>response.completed</c>, <c>.incomplete</c> or <c>.failed</c> is the last event.</summary>
public sealed class ResponsesStreamEncoder() : ResponsesAnswerEncoder(isStream: true);
