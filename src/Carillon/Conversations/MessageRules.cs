using Carillon.Http;
using Carillon.Protocol;

namespace Carillon.Conversations;

/// <summary>What a message must be, wherever it comes from.</summary>
internal static class MessageRules
{
    // As long as a frame of the socket: a pasted log goes in one piece.
    public const int LongestText = 65_536;
    public const int LongestId = 128;
    public const int LongestTitle = 80;

    /// <summary>What is wrong with it; null when it can be sent.</summary>
    public static string? Objection(SendMessage message) =>
        !PlainText.Is(message.Id, LongestId) ? $"id has 1 to {LongestId} characters, all of them printable."
        : TextObjection(message.Message);

    public static string? TextObjection(string text) =>
        string.IsNullOrWhiteSpace(text) ? "message is empty; say something."
        : text.Length > LongestText ? $"message has {text.Length} characters; {LongestText} is the most. Put the rest into a file or a second message."
        : text.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')) ? "message holds control characters; send plain text."
        : null;

    /// <summary>A title out of the first words that were said.</summary>
    public static string TitleOf(string? message)
    {
        var line = Markdown.Words(PlainText.WithoutBidiControls(message ?? string.Empty)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
        return string.IsNullOrEmpty(line) ? "New session" : PlainText.Shortened(line.Replace('\t', ' ').Replace("\r", string.Empty, StringComparison.Ordinal), LongestTitle);
    }
}
