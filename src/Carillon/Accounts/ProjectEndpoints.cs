using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Accounts;

internal static class ProjectEndpoints
{
    /// <summary>The projects that the asking person sees; <c>all=true</c> lists every project for an administrator.</summary>
    public static Results<Ok<ProjectList>, Refusal> List(Access access, Directory directory, ProjectStore projects, bool all = false)
    {
        if (all && !Administers(access, directory))
        {
            return Problems.AdminOnly;
        }

        var visible = directory.Projects.Where(project => all || directory.FindVisible(access, project.Id) is not null);
        return TypedResults.Ok(new ProjectList
        {
            Projects = [.. visible.OrderBy(project => project.Name, StringComparer.OrdinalIgnoreCase).Select(projects.View)],
        });
    }

    /// <summary>Adds a project; who adds it is its first member.</summary>
    public static async Task<Results<Created<ProjectAnswer>, Refusal>> Add(
        NewProject request, Access access, Directory directory, ProjectStore projects, CancellationToken cancel)
    {
        if ((ProjectStore.ObjectionToId(request.Id) ?? ProjectStore.ObjectionToName(request.Name)) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (access.BoundProjectId is { } bound && bound != request.Id)
        {
            return Problems.ScopeMissing.Because($"The token is bound to the project {bound}.");
        }

        return await projects.AddAsync(request, access.PersonId, cancel) is { } refusal ? refusal
            : directory.FindProject(request.Id) is { } added
                ? TypedResults.Created($"/api/v1/projects/{added.Id}", new ProjectAnswer { Project = projects.View(added) })
            : Problems.ProjectExists;
    }

    /// <summary>One project.</summary>
    public static Results<Ok<ProjectAnswer>, Refusal> Get(string id, Access access, Directory directory, ProjectStore projects) =>
        Find(id, access, directory) is { } project
            ? TypedResults.Ok(new ProjectAnswer { Project = projects.View(project) })
            : Problems.ProjectNotFound;

    /// <summary>Renames, closes or opens a project: its members and administrators may.</summary>
    public static async Task<Results<Ok<ProjectAnswer>, Refusal>> Update(
        string id, ProjectUpdate request, Access access, Directory directory, ProjectStore projects, CancellationToken cancel)
    {
        if (Find(id, access, directory) is not { } project)
        {
            return Problems.ProjectNotFound;
        }

        if (request is { Name: null, Closed: null })
        {
            return Problems.InvalidRequest.Because("Send name, closed or both.");
        }

        if (request.Name is { } name && ProjectStore.ObjectionToName(name) is { } objection)
        {
            return Problems.InvalidRequest.Because(objection);
        }

        if (!MayManage(project, access, directory))
        {
            return Problems.AdminOnly.Because("Only members of the project and administrators may change it.");
        }

        await projects.UpdateAsync(project.Id, request, cancel);
        return TypedResults.Ok(new ProjectAnswer { Project = projects.View(directory.FindProject(project.Id) ?? project) });
    }

    /// <summary>Makes a person a member.</summary>
    public static Task<Results<NoContent, Refusal>> AddMember(
        string id, string name, Access access, Directory directory, ProjectStore projects, CancellationToken cancel) =>
        ChangeMembersAsync(id, name, access, directory, projects.AddMemberAsync, cancel);

    /// <summary>Ends a membership.</summary>
    public static Task<Results<NoContent, Refusal>> RemoveMember(
        string id, string name, Access access, Directory directory, ProjectStore projects, CancellationToken cancel) =>
        ChangeMembersAsync(id, name, access, directory, projects.RemoveMemberAsync, cancel);

    private static async Task<Results<NoContent, Refusal>> ChangeMembersAsync(
        string id, string name, Access access, Directory directory, Func<string, string, CancellationToken, Task> change, CancellationToken cancel)
    {
        if (Find(id, access, directory) is not { } project)
        {
            return Problems.ProjectNotFound;
        }

        if (!MayManage(project, access, directory))
        {
            return Problems.AdminOnly.Because("Only members of the project and administrators may change its members.");
        }

        if (directory.FindByName(name) is not { } person)
        {
            return Problems.UserNotFound;
        }

        await change(project.Id, person.Id, cancel);
        return TypedResults.NoContent();
    }

    // An administrator manages a closed project without seeing what happens in it.
    private static ProjectEntry? Find(string id, Access access, Directory directory) =>
        directory.FindVisible(access, id) ?? (Administers(access, directory) ? directory.FindProject(id) : null);

    private static bool MayManage(ProjectEntry project, Access access, Directory directory) =>
        project.Members.Contains(access.PersonId) || Administers(access, directory);

    private static bool Administers(Access access, Directory directory) =>
        access.BoundProjectId is null && access.May(Scopes.Admin) && directory.Find(access.PersonId) is { IsAdmin: true };
}
