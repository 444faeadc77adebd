using System.Collections.Frozen;
using System.Data.Common;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Accounts;

internal sealed record Person(string Id, string Name, string Role, string PushId, DateTimeOffset CreatedAt)
{
    public bool IsAdmin => Role == Roles.Admin;
}

internal sealed record ProjectEntry(string Id, string Name, bool Closed, DateTimeOffset CreatedAt, FrozenSet<string> Members);

/// <summary>The words of the changes by which nodes tell each other that rights changed. No client reads their topic.</summary>
internal static class AccountChanges
{
    public const string Topic = "accounts";
    public const string PeopleOrProjects = "directory_changed";
    public const string AccessEnded = "access_ended";

    public static NewChange Membership() => new(PeopleOrProjects, Topic, "{}"u8.ToArray());

    public static NewChange Ended(string accessId) => new(AccessEnded, Topic, System.Text.Encoding.UTF8.GetBytes($"\"{accessId}\""));
}

/// <summary>
/// People and projects, in memory: every request and every delivered change asks who sees what. The log says when to read them
/// again, before any other reader gets the changes that follow.
/// </summary>
internal sealed partial class Membership(Dialect dialect, ILogger<Membership> log) : IVisibility, IFirstReader
{
    private const string Everybody = "SELECT id, name, role, push_id, created_at FROM users";
    private const string AllProjects = "SELECT id, name, closed, created_at FROM projects";
    private const string AllMembers = "SELECT project_id, user_id FROM project_members";

    private readonly Lock _reading = new();
    private volatile State _state = State.Empty;
    private volatile bool _isStale = true;

    public IReadOnlyCollection<Person> People => Current.ById.Values;

    public IReadOnlyCollection<ProjectEntry> Projects => Current.Projects.Values;

    private State Current
    {
        get
        {
            if (_isStale)
            {
                Reload();
            }

            return _state;
        }
    }

    public Person? Find(string id) => Current.ById.GetValueOrDefault(id);

    public Person? FindByName(string name) => Current.ByName.GetValueOrDefault(NameKey(name));

    public Person? FindByPushId(string pushId) => Current.ByPushId.GetValueOrDefault(pushId);

    public ProjectEntry? FindProject(string id) => Current.Projects.GetValueOrDefault(id);

    public bool Sees(string personId, string projectId) =>
        Current.Projects.TryGetValue(projectId, out var project) && (!project.Closed || project.Members.Contains(personId));

    /// <summary>The project, if it exists and this access may know of it: what is hidden answers like what is not there.</summary>
    public ProjectEntry? FindVisible(Access access, string projectId) =>
        (access.BoundProjectId is null || access.BoundProjectId == projectId) && Sees(access.PersonId, projectId) ? FindProject(projectId) : null;

    public IReadOnlySet<string>? Viewers(string projectId) =>
        Current.Projects.TryGetValue(projectId, out var project)
            ? project.Closed ? project.Members : null
            : FrozenSet<string>.Empty;

    public void Apply(ChangeRow row)
    {
        if (row.Type != AccountChanges.PeopleOrProjects || row.Topic != AccountChanges.Topic)
        {
            return;
        }

        try
        {
            Reload();
        }
        catch (DbException error)
        {
            // Whoever asks next tries again, and waits for the answer rather than take an old one.
            _isStale = true;
            LogReloadFailed(error);
        }
    }

    public void Reload()
    {
        lock (_reading)
        {
            using var connection = dialect.CreateReader();
            connection.Open();
            using var sql = new Statements(connection, dialect);
            var members = sql.Query(AllMembers, row => (Project: row.GetString(0), Person: row.GetString(1))).ToLookup(row => row.Project, row => row.Person);
            _state = new State(
                sql.Query(Everybody, row => new Person(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Time(4))),
                sql.Query(AllProjects, row => new ProjectEntry(
                    row.GetString(0), row.GetString(1), row.GetInt64(2) != 0, row.Time(3), members[row.GetString(0)].ToFrozenSet())));
            _isStale = false;
        }
    }

    public static string NameKey(string name) => name.ToLowerInvariant();

    [LoggerMessage(Level = LogLevel.Warning, Message = "People and projects could not be read again; the next request tries")]
    private partial void LogReloadFailed(Exception error);

    private sealed class State(IReadOnlyCollection<Person> people, IReadOnlyCollection<ProjectEntry> projects)
    {
        public static readonly State Empty = new([], []);

        public FrozenDictionary<string, Person> ById { get; } = people.ToFrozenDictionary(person => person.Id);

        public FrozenDictionary<string, Person> ByName { get; } = people.ToFrozenDictionary(person => NameKey(person.Name));

        public FrozenDictionary<string, Person> ByPushId { get; } = people.ToFrozenDictionary(person => person.PushId);

        public FrozenDictionary<string, ProjectEntry> Projects { get; } = projects.ToFrozenDictionary(project => project.Id);
    }
}
