namespace Edge.Providers.Dialects.Responses;

/// <summary>Folds events into one whole Responses answer, written when it is whole; see <see cref="ResponsesAnswerEncoder"/>.</summary>
public sealed class ResponsesEncoder() : ResponsesAnswerEncoder(isStream: false);
