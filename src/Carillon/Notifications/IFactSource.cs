using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Notifications;

/// <summary>Something that happened or stands, of which somebody is told.</summary>
internal sealed record Fact(NotifierRule Rule, string Cause)
{
    /// <summary>The ids of those whom it concerns, each once. Who does not see the project is passed over.</summary>
    public required IReadOnlyList<string> People { get; init; }

    public required string ProjectId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>The session that started this one; then nobody is told unless <c>Notifier:Children</c> says so.</summary>
    public string? ParentSessionId { get; init; }

    public required string Title { get; init; }

    /// <summary>The notification's words, made of the rule's message or the operator's.</summary>
    public required Func<string, string> Words { get; init; }

    /// <summary>Instead of the rule's priority, unless the operator set one.</summary>
    public string? Priority { get; init; }

    /// <summary>What it is about. The project is added where it is written.</summary>
    public required NotificationSubject Subject { get; init; }

    public IReadOnlyList<NotificationAction> Actions { get; init; } = [];

    public required DateTimeOffset At { get; init; }
}

/// <summary>What a change comes to: the causes that are over, and what is to be told.</summary>
internal sealed record FactChange(IReadOnlyList<string> Over, IReadOnlyList<Fact> Raised)
{
    public static FactChange None { get; } = new([], []);
}

/// <summary>
/// The facts of one kind, for the notifier: what their changes say, and how things are. Another kind of fact is one class of this and the
/// line in <c>CarillonApp</c> that registers it.
/// </summary>
internal interface IFactSource
{
    /// <summary>All that it may tell, in the order of the documents.</summary>
    IReadOnlyList<NotifierRule> Rules { get; }

    /// <summary>The type of the changes that hold its facts.</summary>
    string ChangeType { get; }

    /// <summary>How its causes begin, and nobody else's. Those of publishers begin with the id of a person.</summary>
    string CausePrefix { get; }

    /// <summary>What a change of its type says.</summary>
    FactChange Read(WriteScope write, ChangeRow change);

    /// <summary>Names what a change is about, in words of its own; null when it is about nothing that could stand.</summary>
    string? KeyOf(ChangeRow change);

    /// <summary>Names what a standing notification is about, by its cause and session.</summary>
    string? KeyOf(string cause, string? sessionId);

    /// <summary>The keys of what somebody may have to be told of, in their order, those behind <paramref name="after"/>.</summary>
    Task<List<string>> InNeedAsync(string after, int limit, CancellationToken cancel);

    /// <summary>What stands about a key in this commit, whether or not it needs somebody.</summary>
    IReadOnlyList<Fact> Standing(WriteScope write, string key);
}
