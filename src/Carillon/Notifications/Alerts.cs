using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Notifications;

/// <summary>Turns facts into rows of inboxes, and takes back those whose cause is gone, inside somebody's commit.</summary>
internal sealed class Alerts(Inbox inbox, Membership membership, IEnumerable<IFactSource> sources, IOptions<NotifierOptions> options)
{
    private readonly Dictionary<string, IFactSource> _sources = sources.ToDictionary(source => source.ChangeType);

    /// <summary>Whether the change holds facts.</summary>
    public bool IsFact(ChangeRow row) => _sources.ContainsKey(row.Type);

    /// <summary>Takes in what happened.</summary>
    public void Take(WriteScope write, ChangeRow row)
    {
        var change = _sources[row.Type].Read(write, row);
        foreach (var cause in change.Over)
        {
            inbox.Resolve(write, cause);
        }

        foreach (var fact in change.Raised)
        {
            foreach (var person in Told(fact))
            {
                Raise(write, person, fact);
            }
        }
    }

    /// <summary>Raises what stands and needs somebody, where no row tells of it.</summary>
    public void RaiseMissing(WriteScope write, Fact fact)
    {
        foreach (var person in fact.Rule.NeedsSomebody ? Told(fact) : [])
        {
            if (!inbox.HasUnresolved(write, person, fact.Cause))
            {
                Raise(write, person, fact);
            }
        }
    }

    private IEnumerable<string> Told(Fact fact) => fact.ParentSessionId is not null && !options.Value.Children
        ? []
        : fact.People.Where(person => membership.Sees(person, fact.ProjectId));

    private void Raise(WriteScope write, string personId, Fact fact)
    {
        var rule = fact.Rule;
        var changed = options.Value.Rules.GetValueOrDefault(rule.Type);
        if (changed is { Enabled: false })
        {
            return;
        }

        inbox.Add(write, personId, new NewNotification(
            rule.Type, changed?.Priority ?? fact.Priority ?? rule.Priority, fact.Words(changed?.Message ?? rule.Message))
        {
            Title = fact.Title,
            ProjectId = fact.ProjectId,
            SessionId = fact.SessionId,
            Subject = Subject(fact),
            Actions = JsonSerializer.Serialize(fact.Actions, CarillonJson.Compact.IReadOnlyListNotificationAction),
            OccurredAt = fact.At,
            DedupeKey = fact.Cause,
            CauseKey = fact.Cause,
            CoolDown = changed?.CoolDown ?? rule.CoolDown,
            IsQuestion = rule.IsQuestion,
        });
    }

    private string Subject(Fact fact)
    {
        var project = membership.FindProject(fact.ProjectId);
        return JsonSerializer.Serialize(fact.Subject with
        {
            Project = project is null ? null : new ProjectSubject { Id = project.Id, Name = project.Name },
        }, CarillonJson.Compact.NotificationSubject);
    }
}
