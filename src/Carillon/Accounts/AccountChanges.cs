using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Carillon.Changes;

namespace Carillon.Accounts;

/// <summary>
/// The words of the changes by which nodes tell each other that rights changed. Each says what is so from now on, so that a node takes it
/// in without reading anything. No client reads their topic: they hold names and roles.
/// </summary>
internal static class AccountChanges
{
    public const string Topic = "accounts";
    public const string PeopleOrProjects = "directory_changed";
    public const string AccessEnded = "access_ended";

    /// <summary>A person was added, or is another than before.</summary>
    public static NewChange Is(Person person) => About(new MembershipChange { Person = person }) with { PersonId = person.Id };

    /// <summary>A person was removed.</summary>
    public static NewChange Gone(Person person) => About(new MembershipChange { PersonGone = person.Id }) with { PersonId = person.Id };

    /// <summary>A project was added, or is another than before. Its members are told of one by one.</summary>
    public static NewChange Is(ProjectFacts project) => About(new MembershipChange { Project = project });

    /// <summary>A project was deleted, and everybody's membership with it.</summary>
    public static NewChange ProjectGone(string projectId) => About(new MembershipChange { ProjectGone = projectId });

    /// <summary>Somebody became a member of a project, or is none any more.</summary>
    public static NewChange Member(string projectId, string personId, bool isMember) =>
        About(new MembershipChange { Member = new MemberFact(projectId, personId, isMember) });

    public static NewChange Ended(string accessId) => new(AccessEnded, Topic, Encoding.UTF8.GetBytes($"\"{accessId}\""));

    /// <summary>What the change says; null when it is of another kind.</summary>
    public static MembershipChange? Read(ChangeRow row)
    {
        if (row.Topic != Topic || row.Type != PeopleOrProjects)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(row.Payload, AccountsJson.Default.MembershipChange);
        }
        catch (JsonException)
        {
            // A newer node's. What it changed is in the database.
            return new MembershipChange();
        }
    }

    private static NewChange About(MembershipChange change) =>
        new(PeopleOrProjects, Topic, JsonSerializer.SerializeToUtf8Bytes(change, AccountsJson.Default.MembershipChange));
}

/// <summary>One of its members is set. None is when a node of another version wrote it, or when what it said was erased: then everything is read again.</summary>
internal sealed record MembershipChange
{
    public Person? Person { get; init; }

    public string? PersonGone { get; init; }

    public ProjectFacts? Project { get; init; }

    public string? ProjectGone { get; init; }

    public MemberFact? Member { get; init; }
}

internal sealed record ProjectFacts(string Id, string Name, bool Closed, DateTimeOffset CreatedAt);

internal sealed record MemberFact(string ProjectId, string PersonId, bool IsMember);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MembershipChange))]
internal sealed partial class AccountsJson : JsonSerializerContext;
