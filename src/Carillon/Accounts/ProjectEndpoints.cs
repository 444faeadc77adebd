using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Accounts;

internal static class ProjectEndpoints
{
    /// <summary>The projects that the asking person sees; <c>all=true</c> lists every project for an administrator.</summary>
    public static Results<Ok<ProjectList>, Refusal> List(Access access, Membership membership, ProjectTable projects, bool all = false)
    {
        if (all && !Administers(access, membership))
        {
            return Problems.AdminOnly;
        }

        var visible = membership.Projects.Where(project => all || membership.FindVisible(access, project.Id) is not null);
        return TypedResults.Ok(new ProjectList
        {
            Projects = [.. visible.OrderBy(project => project.Name, StringComparer.OrdinalIgnoreCase).Select(projects.View)],
        });
    }

    /// <summary>Adds a project; who adds it is its first member.</summary>
    public static async Task<Results<Created<ProjectAnswer>, Refusal>> Add(
        NewProject request, Access access, Actor by, Membership membership, ProjectTable projects, CancellationToken cancel)
    {
        if ((ProjectTable.ObjectionToId(request.Id) ?? ProjectTable.ObjectionToName(request.Name)) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (access.BoundProjectId is { } bound && bound != request.Id)
        {
            return Problems.ScopeMissing.Because($"The token is bound to the project {bound}.");
        }

        return await projects.AddAsync(request, access.PersonId, by, cancel) is { } refusal ? refusal
            : membership.FindProject(request.Id) is { } added
                ? TypedResults.Created($"/api/v1/projects/{added.Id}", new ProjectAnswer { Project = projects.View(added) })
            : Problems.ProjectExists;
    }

    /// <summary>One project.</summary>
    public static async Task<Results<Ok<ProjectAnswer>, Refusal>> Get(
        string id, Access access, Membership membership, ProjectTable projects, CancellationToken cancel) =>
        await FindAsync(id, access, membership, cancel) is { } project
            ? TypedResults.Ok(new ProjectAnswer { Project = projects.View(project) })
            : Problems.ProjectNotFound;

    /// <summary>Renames, closes or opens a project: its members and administrators may.</summary>
    public static async Task<Results<Ok<ProjectAnswer>, Refusal>> Update(
        string id, ProjectUpdate request, Access access, Actor by, Membership membership, ProjectTable projects, CancellationToken cancel)
    {
        if (await FindAsync(id, access, membership, cancel) is not { } project)
        {
            return Problems.ProjectNotFound;
        }

        if (request is { Name: null, Closed: null })
        {
            return Problems.InvalidRequest.Because("Send name, closed or both.");
        }

        if (request.Name is { } name && ProjectTable.ObjectionToName(name) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (!MayManage(project, access, membership))
        {
            return Problems.AdminOnly.Because("Only members of the project and administrators may change it.");
        }

        await projects.UpdateAsync(project.Id, request, by, cancel);
        return TypedResults.Ok(new ProjectAnswer { Project = projects.View(membership.FindProject(project.Id) ?? project) });
    }

    /// <summary>Deletes a project that has no sessions and no notifications: administrators may. Tokens that are bound to it end.</summary>
    public static async Task<Results<NoContent, Refusal>> Remove(
        string id, Access access, Actor by, Membership membership, ProjectTable projects, CancellationToken cancel)
    {
        if (await FindAsync(id, access, membership, cancel) is not { } project)
        {
            return Problems.ProjectNotFound;
        }

        if (!Administers(access, membership))
        {
            return Problems.AdminOnly;
        }

        return await projects.RemoveAsync(project.Id, by, cancel) is { } refusal ? refusal : TypedResults.NoContent();
    }

    /// <summary>Makes a person a member.</summary>
    public static Task<Results<NoContent, Refusal>> AddMember(
        string id, string name, Access access, Actor by, Membership membership, ProjectTable projects, CancellationToken cancel) =>
        ChangeMembersAsync(id, name, access, by, membership, projects.AddMemberAsync, cancel);

    /// <summary>Ends a membership.</summary>
    public static Task<Results<NoContent, Refusal>> RemoveMember(
        string id, string name, Access access, Actor by, Membership membership, ProjectTable projects, CancellationToken cancel) =>
        ChangeMembersAsync(id, name, access, by, membership, projects.RemoveMemberAsync, cancel);

    private static async Task<Results<NoContent, Refusal>> ChangeMembersAsync(
        string id, string name, Access access, Actor by, Membership membership, Func<string, Person, Actor, CancellationToken, Task> change,
        CancellationToken cancel)
    {
        if (await FindAsync(id, access, membership, cancel) is not { } project)
        {
            return Problems.ProjectNotFound;
        }

        if (!MayManage(project, access, membership))
        {
            return Problems.AdminOnly.Because("Only members of the project and administrators may change its members.");
        }

        if (await membership.FindByNameAsync(name, cancel) is not { } person)
        {
            return Problems.UserNotFound;
        }

        await change(project.Id, person, by, cancel);
        return TypedResults.NoContent();
    }

    // An administrator manages a closed project without seeing what happens in it.
    private static async ValueTask<ProjectEntry?> FindAsync(string id, Access access, Membership membership, CancellationToken cancel) =>
        await membership.FindVisibleAsync(access, id, cancel) ?? (Administers(access, membership) ? membership.FindProject(id) : null);

    private static bool MayManage(ProjectEntry project, Access access, Membership membership) =>
        project.Members.Contains(access.PersonId) || Administers(access, membership);

    private static bool Administers(Access access, Membership membership) =>
        access.BoundProjectId is null && access.May(Scopes.Admin) && membership.Find(access.PersonId) is { IsAdmin: true };
}
