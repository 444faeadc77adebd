using Microsoft.Extensions.Options;

namespace Carillon.Runs;

internal sealed class ChatOptions
{
    public const string Section = "Chat";

    /// <summary>Messages that a person may send in any hour; 0 for as many as they like.</summary>
    public int MessagesPerHour { get; set; } = 60;

    /// <summary>Messages that a person may send in any 24 hours; 0 for as many as they like.</summary>
    public int MessagesPerDay { get; set; } = 500;

    /// <summary>Tokens that agents may use for a person in any 24 hours, read and written; 0 for as many as they like.</summary>
    public long TokensPerDay { get; set; } = 1_000_000;

    /// <summary>Runs at the same time, on all nodes together; the rest queue.</summary>
    public int MaxRuns { get; set; } = 4;
}

internal sealed class ChatOptionsValidator : IValidateOptions<ChatOptions>
{
    public ValidateOptionsResult Validate(string? name, ChatOptions options) =>
        options.MessagesPerHour < 0 ? ValidateOptionsResult.Fail("Chat:MessagesPerHour is not negative; 0 means no limit.")
        : options.MessagesPerDay < 0 ? ValidateOptionsResult.Fail("Chat:MessagesPerDay is not negative; 0 means no limit.")
        : options.TokensPerDay < 0 ? ValidateOptionsResult.Fail("Chat:TokensPerDay is not negative; 0 means no limit.")
        : options.MaxRuns is < 1 or > 1_000 ? ValidateOptionsResult.Fail("Chat:MaxRuns is 1 to 1000.")
        : ValidateOptionsResult.Success;
}
