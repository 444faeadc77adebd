using System.Text.Json;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;
using Directory = Carillon.Accounts.Directory;

namespace Carillon.Notifications;

/// <summary>
/// Follows the log and turns facts about sessions into notifications, or takes them back. What it writes and how far it has come
/// are one commit, so that each fact counts once, after a crash and on many nodes.
/// </summary>
internal sealed partial class Notifier(
    ChangeLog log, ChangeTable table, Writer writer, Inbox inbox, Directory directory, IOptions<NotifierOptions> options, TimeProvider time,
    ILogger<Notifier> logger) : BackgroundService
{
    private const string Name = "notifier";
    private const string Position = "SELECT position FROM followers WHERE name = $1";
    private const string Begin = "INSERT INTO followers (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    private const string Move = "UPDATE followers SET position = $2 WHERE name = $1 AND position = $3";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // While there is nothing for it to do it writes no position; so many changes may be read again after a crash.
    private const long LongestUnnoted = 10_000;
    private const int LongestQuote = 140;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(await OpenPositionAsync(stoppingToken), stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                // Nothing is lost: its position stands, and it goes on from there.
                LogFollowFailed(error);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<long> OpenPositionAsync(CancellationToken cancel)
    {
        var head = log.Window.Head;
        return await writer.RunAsync(write =>
        {
            // A server that is new to this has nothing to say about the past.
            write.Sql.Execute(Begin, Name, head);
            return write.Sql.Number(Position, Name);
        }, cancel);
    }

    private async Task FollowAsync(long position, CancellationToken cancel)
    {
        var noted = position;
        await foreach (var rows in log.FollowAsync(position, table, cancel))
        {
            var facts = rows.Where(row => row.Type == ChangeTypes.SessionUpdated).ToList();
            position = rows[^1].Seq;
            if (facts.Count == 0 && position - noted < LongestUnnoted)
            {
                continue;
            }

            var isOurs = await writer.RunAsync(write =>
            {
                // Another node may have come this far meanwhile; then these facts are told already.
                if (write.Sql.Execute(Move, Name, position, noted) == 0)
                {
                    return false;
                }

                facts.ForEach(fact => Take(write, fact));
                return true;
            }, cancel);
            if (!isOurs)
            {
                return;
            }

            noted = position;
        }
    }

    private void Take(WriteScope write, ChangeRow row)
    {
        var fact = JsonSerializer.Deserialize(row.Payload, CarillonJson.Lenient.SessionChange)!;
        var session = fact.Session;
        var raised = NotifierTable.Find(fact.ActivityBefore, session.Activity);
        if (fact.ActivityBefore == session.Activity)
        {
            return;
        }

        // The opposite fact: whatever this session was waiting for, it is past it now.
        foreach (var rule in NotifierTable.Rules)
        {
            if (rule != raised)
            {
                inbox.Resolve(write, NotifierTable.Cause(session.Id, rule));
            }
        }

        if (raised is not null && (session.ParentSessionId is null || options.Value.Children)
            && directory.FindByName(session.Owner) is { } owner && directory.Sees(owner.Id, session.ProjectId))
        {
            Raise(write, row, session, raised, owner.Id);
        }
    }

    private void Raise(WriteScope write, ChangeRow row, Session session, NotifierRule rule, string personId)
    {
        var changed = options.Value.Rules.GetValueOrDefault(rule.Type);
        if (changed is { Enabled: false })
        {
            return;
        }

        var cause = NotifierTable.Cause(session.Id, rule);
        var words = Words(rule, changed?.Message ?? rule.Message, PlainText.WithoutBidiControls(session.Message ?? string.Empty).Trim());
        var project = directory.FindProject(session.ProjectId);
        inbox.Add(write, personId, new NewNotification(rule.Type, changed?.Priority ?? rule.Priority, words)
        {
            Title = PlainText.WithoutBidiControls(session.Title),
            ProjectId = session.ProjectId,
            SessionId = session.Id,
            Subject = JsonSerializer.Serialize(new NotificationSubject
            {
                Session = new SessionSubject { Id = session.Id, ProjectId = session.ProjectId, Title = session.Title },
                Project = project is null ? null : new ProjectSubject { Id = project.Id, Name = project.Name },
            }, CarillonJson.Compact.NotificationSubject),
            Actions = JsonSerializer.Serialize([.. rule.Actions.Select(kind => Action(kind, session))], CarillonJson.Compact.IReadOnlyListNotificationAction),
            DedupeKey = cause,
            CauseKey = cause,
            OccurredAt = row.CreatedAt,
            CoolDown = changed?.CoolDown ?? rule.CoolDown,
        });
    }

    private static string Words(NotifierRule rule, string message, string own)
    {
        if (own.Length == 0)
        {
            return message;
        }

        // One line of what may be a page: the rest stands in the session.
        var quote = string.Join(' ', own.Split((char[])['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
        return rule.UsesOwnWords ? own
            : rule.QuotesLastWords ? $"{message}: {Shortened(quote)}"
            : message;
    }

    private static string Shortened(string text) =>
        text.Length <= LongestQuote ? text

        // Half a character is none.
        : text[..(char.IsHighSurrogate(text[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote)].TrimEnd() + "…";

    private static NotificationAction Action(string kind, Session session) => new()
    {
        Id = kind,
        Kind = kind,
        Label = kind switch
        {
            ActionKinds.SendMessage => "Reply",
            _ => "Open session",
        },
        Route = kind == ActionKinds.OpenSession
            ? $"/projects/{Uri.EscapeDataString(session.ProjectId)}/sessions/{Uri.EscapeDataString(session.Id)}"
            : null,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The notifier stopped for a moment and goes on from where it was")]
    private partial void LogFollowFailed(Exception error);
}
