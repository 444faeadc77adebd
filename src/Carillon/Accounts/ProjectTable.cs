using System.Globalization;
using Carillon.Changes;
using Carillon.Http;
using Carillon.Protocol;
using Carillon.Storage;
using Microsoft.Extensions.Options;

namespace Carillon.Accounts;

/// <summary>Projects and their members: who sees what stands here.</summary>
internal sealed class ProjectTable(Writer writer, ChangeLog changes, Membership membership, AuditTable audit, IOptions<ProjectsOptions> options)
{
    private const string Insert = "INSERT INTO projects (id, name, closed, created_at, made_by) VALUES ($1, $2, $3, $4, $5)";
    private const string Exists = "SELECT count(*) FROM projects WHERE id = $1";
    private const string MadeBy = "SELECT count(*) FROM projects WHERE made_by = $1";
    private const string AddMember = "INSERT INTO project_members (project_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    private const string RemoveMember = "DELETE FROM project_members WHERE project_id = $1 AND user_id = $2";
    private const string FindOne = "SELECT id, name, closed, created_at FROM projects WHERE id = $1";
    private const string SetName = "UPDATE projects SET name = $2 WHERE id = $1";
    private const string SessionsIn = "SELECT count(*) FROM sessions WHERE project_id = $1";
    private const string NotificationsIn = "SELECT count(*) FROM notifications WHERE project_id = $1";
    private const string EndBound = "DELETE FROM tokens WHERE project_id = $1 RETURNING id";
    private const string DeleteMembers = "DELETE FROM project_members WHERE project_id = $1";
    private const string Delete = "DELETE FROM projects WHERE id = $1";
    private const string SetClosed = "UPDATE projects SET closed = $2 WHERE id = $1";

    /// <summary>What is wrong with a project's id; null when it will do.</summary>
    public static string? ObjectionToId(string id) =>
        id.Length is < 1 or > 64 || !id.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '-' or '_')
            || id.All(letter => letter == '.')
            ? "A project's id has 1 to 64 lower-case letters, digits, dots, dashes and underscores."
            : null;

    /// <summary>What is wrong with a project's name; null when it will do.</summary>
    public static string? ObjectionToName(string name) =>
        PlainText.Is(name, 80) ? null : "A project's name has 1 to 80 characters, all of them printable.";

    /// <summary>Adds a project whose first member is the person who asks; null when that is done.</summary>
    public Task<Refusal?> AddAsync(NewProject project, string personId, Actor by, CancellationToken cancel) => writer.RunAsync<Refusal?>(write =>
    {
        // What is taken is told first: whoever asks for a project that is there wants to use it.
        if (write.Sql.Number(Exists, project.Id) > 0)
        {
            return Problems.ProjectExists;
        }

        if (options.Value.PerPerson is > 0 and var most && write.Sql.Number(MadeBy, personId) >= most)
        {
            return Problems.TooManyProjects;
        }

        write.Sql.Execute(Insert, project.Id, project.Name, project.Closed is true ? 1L : 0L, write.NowMilliseconds, personId);
        write.Sql.Execute(AddMember, project.Id, personId);
        Tell(write, project.Id);
        changes.Append(write, AccountChanges.Member(project.Id, personId, isMember: true));
        audit.Add(write, by, AuditKinds.ProjectAdded, project.Id, project.Closed is true ? "closed" : "open");
        return null;
    }, cancel);

    public Task UpdateAsync(string id, ProjectUpdate update, Actor by, CancellationToken cancel) => writer.RunAsync(write =>
    {
        var known = Find(write, id);
        if (update.Name is { } name && name != known.Name)
        {
            write.Sql.Execute(SetName, id, name);
            audit.Add(write, by, AuditKinds.ProjectRenamed, id, name);
        }

        if (update.Closed is { } closed && closed != known.Closed)
        {
            write.Sql.Execute(SetClosed, id, closed ? 1L : 0L);
            audit.Add(write, by, closed ? AuditKinds.ProjectClosed : AuditKinds.ProjectOpened, id);
        }

        Tell(write, id);
    }, cancel);

    /// <summary>Deletes a project in which nothing is; null when that is done.</summary>
    public Task<Refusal?> RemoveAsync(string id, Actor by, CancellationToken cancel) => writer.RunAsync<Refusal?>(write =>
    {
        if (write.Sql.Number(Exists, id) == 0)
        {
            return Problems.ProjectNotFound;
        }

        var (sessions, notifications) = (write.Sql.Number(SessionsIn, id), write.Sql.Number(NotificationsIn, id));
        if (sessions + notifications > 0)
        {
            return Problems.ProjectInUse.Because($"It has {Counted(sessions, "session")} and {Counted(notifications, "notification")}.");
        }

        // The id may be given again: a token of the old project must not open the new one.
        foreach (var token in write.Sql.Query(EndBound, row => row.GetString(0), id))
        {
            changes.Append(write, AccountChanges.Ended(token));
        }

        write.Sql.Execute(DeleteMembers, id);
        write.Sql.Execute(Delete, id);
        changes.Append(write, AccountChanges.ProjectGone(id));
        audit.Add(write, by, AuditKinds.ProjectRemoved, id);
        return null;
    }, cancel);

    public Task AddMemberAsync(string projectId, Person person, Actor by, CancellationToken cancel) =>
        ChangeMemberAsync(AddMember, projectId, person, isMember: true, by, cancel);

    public Task RemoveMemberAsync(string projectId, Person person, Actor by, CancellationToken cancel) =>
        ChangeMemberAsync(RemoveMember, projectId, person, isMember: false, by, cancel);

    public Project View(ProjectEntry entry) => new()
    {
        Id = entry.Id,
        Name = entry.Name,
        Closed = entry.Closed,
        Members = [.. entry.Members.Select(membership.Find).OfType<Person>().Select(person => person.Name).Order(StringComparer.OrdinalIgnoreCase)],
        CreatedAt = entry.CreatedAt,
    };

    private Task ChangeMemberAsync(
        string change, string projectId, Person person, bool isMember, Actor by, CancellationToken cancel) => writer.RunAsync(write =>
    {
        if (write.Sql.Execute(change, projectId, person.Id) > 0)
        {
            changes.Append(write, AccountChanges.Member(projectId, person.Id, isMember));
            audit.Add(write, by, isMember ? AuditKinds.MemberAdded : AuditKinds.MemberRemoved, person.Name, projectId);
        }
    }, cancel);

    private static string Counted(long number, string what) => $"{number.ToString(CultureInfo.InvariantCulture)} {what}{(number == 1 ? string.Empty : "s")}";

    /// <summary>Tells how the project is now.</summary>
    private void Tell(WriteScope write, string id) => changes.Append(write, AccountChanges.Is(Find(write, id)));

    private static ProjectFacts Find(WriteScope write, string id) => write.Sql.First(
        FindOne, row => new ProjectFacts(row.GetString(0), row.GetString(1), row.GetInt64(2) != 0, row.Time(3)), id)!;
}
