using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Data.Common;
using System.Text.Json.Serialization;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

internal sealed record Person(string Id, string Name, string Role, string PushId, DateTimeOffset CreatedAt)
{
    public const string Columns = "id, name, role, push_id, created_at";

    [JsonIgnore]
    public bool IsAdmin => Role == Roles.Admin;

    public static Person Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Time(4));
}

internal sealed record ProjectEntry(string Id, string Name, bool Closed, DateTimeOffset CreatedAt, FrozenSet<string> Members);

/// <summary>
/// People and projects, in memory: every request and every delivered change asks who sees what. Each change of them is taken in before
/// any other reader gets what follows it, and before whoever made it knows that it is done. It costs the one person or project that it
/// is about, however many there are.
/// </summary>
internal sealed class Membership(Dialect dialect, ChangeFollower follower) : IVisibility, IFirstReader
{
    private const string Everybody = $"SELECT {Person.Columns} FROM users";
    private const string AllProjects = "SELECT id, name, closed, created_at FROM projects";
    private const string AllMembers = "SELECT project_id, user_id FROM project_members";

    // Anybody reads; the log applies one change after the other.
    private readonly ConcurrentDictionary<string, Person> _people = new();
    private readonly ConcurrentDictionary<string, Person> _byName = new();
    private readonly ConcurrentDictionary<string, Person> _byPushId = new();
    private readonly ConcurrentDictionary<string, ProjectEntry> _projects = new();

    public bool IsEmpty => _people.IsEmpty;

    public IEnumerable<Person> People => _people.Select(entry => entry.Value);

    public IEnumerable<ProjectEntry> Projects => _projects.Select(entry => entry.Value);

    public Person? Find(string id) => _people.GetValueOrDefault(id);

    public Person? FindByName(string name) => _byName.GetValueOrDefault(NameKey(name));

    public Person? FindByPushId(string pushId) => _byPushId.GetValueOrDefault(pushId);

    public ProjectEntry? FindProject(string id) => _projects.GetValueOrDefault(id);

    public bool Sees(string personId, string projectId) =>
        _projects.TryGetValue(projectId, out var project) && (!project.Closed || project.Members.Contains(personId));

    /// <summary>The project, if it exists and this access may know of it: what is hidden answers like what is not there.</summary>
    public ProjectEntry? FindVisible(Access access, string projectId) =>
        (access.BoundProjectId is null || access.BoundProjectId == projectId) && Sees(access.PersonId, projectId) ? FindProject(projectId) : null;

    public IReadOnlySet<string>? Viewers(string projectId) =>
        _projects.TryGetValue(projectId, out var project)
            ? project.Closed ? project.Members : null
            : FrozenSet<string>.Empty;

    // For doors: before the answer is no, the log's head is looked at, because another node or the command line may have added somebody or
    // something a moment ago.

    // Asked again in any case: the follower may have taken the row in between the first look and the one at the head.
    public async ValueTask<ProjectEntry?> FindVisibleAsync(Access access, string projectId, CancellationToken cancel)
    {
        if (FindVisible(access, projectId) is { } known)
        {
            return known;
        }

        await CatchUpAsync(cancel);
        return FindVisible(access, projectId);
    }

    public async ValueTask<Person?> FindByNameAsync(string name, CancellationToken cancel)
    {
        if (FindByName(name) is { } known)
        {
            return known;
        }

        await CatchUpAsync(cancel);
        return FindByName(name);
    }

    public async ValueTask<bool> IsAdminAsync(string personId, CancellationToken cancel)
    {
        if (Find(personId) is not { IsAdmin: true })
        {
            await CatchUpAsync(cancel);
        }

        return Find(personId) is { IsAdmin: true };
    }

    /// <summary>Takes in what other processes have changed by now.</summary>
    public ValueTask CatchUpAsync(CancellationToken cancel) => follower.CatchUpAsync(cancel);

    public void Apply(ChangeRow row)
    {
        switch (AccountChanges.Read(row))
        {
            case null:
                break;
            case { Person: { } person }:
                Put(person);
                break;
            case { PersonGone: { } gone }:
                // It stays in the sets of members that it was in, which does no harm: no id is given twice, and nobody has this one any more.
                Remove(gone);
                break;
            case { Project: { } project }:
                Put(project, _projects.GetValueOrDefault(project.Id)?.Members ?? FrozenSet<string>.Empty);
                break;
            case { ProjectGone: { } gone }:
                _projects.TryRemove(gone, out _);
                break;
            case { Member: { } member } when _projects.TryGetValue(member.ProjectId, out var project):
                IEnumerable<string> members = member.IsMember ? project.Members.Append(member.PersonId) : project.Members.Where(id => id != member.PersonId);
                _projects[project.Id] = project with { Members = members.ToFrozenSet() };
                break;
            default:
                Open();
                break;
        }
    }

    /// <summary>Reads everything.</summary>
    public void Open()
    {
        using var connection = dialect.CreateReader();
        connection.Open();
        using var sql = new Statements(connection, dialect);
        var members = sql.Query(AllMembers, row => (Project: row.GetString(0), Person: row.GetString(1))).ToLookup(row => row.Project, row => row.Person);
        var people = sql.Query(Everybody, Person.Read);
        people.ForEach(Put);
        foreach (var gone in _people.Keys.Except(people.Select(person => person.Id)))
        {
            Remove(gone);
        }

        var projects = sql.Query(AllProjects, row => new ProjectFacts(row.GetString(0), row.GetString(1), row.GetInt64(2) != 0, row.Time(3)));
        foreach (var gone in _projects.Keys.Except(projects.Select(project => project.Id)))
        {
            _projects.TryRemove(gone, out _);
        }

        foreach (var project in projects)
        {
            Put(project, members[project.Id].ToFrozenSet());
        }
    }

    public static string NameKey(string name) => name.ToLowerInvariant();

    private void Put(Person person)
    {
        var before = _people.GetValueOrDefault(person.Id);
        _byName[NameKey(person.Name)] = person;
        _byPushId[person.PushId] = person;
        _people[person.Id] = person;
        if (before is not null && before.PushId != person.PushId)
        {
            _byPushId.TryRemove(KeyValuePair.Create(before.PushId, before));
        }
    }

    private void Remove(string id)
    {
        if (_people.TryRemove(id, out var person))
        {
            // Not somebody who has the name by now.
            _byName.TryRemove(KeyValuePair.Create(NameKey(person.Name), person));
            _byPushId.TryRemove(KeyValuePair.Create(person.PushId, person));
        }
    }

    private void Put(ProjectFacts project, FrozenSet<string> members) =>
        _projects[project.Id] = new ProjectEntry(project.Id, project.Name, project.Closed, project.CreatedAt, members);
}
