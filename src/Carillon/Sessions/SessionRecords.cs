using System.Text.Json;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;
using Directory = Carillon.Accounts.Directory;

namespace Carillon.Sessions;

/// <summary>Writes sessions, inside somebody's commit, each with the change that tells of it.</summary>
internal sealed class SessionRecords(ChangeLog changes, Directory directory)
{
    private const string FindOne = $"SELECT {SessionRow.Columns} FROM sessions WHERE id = $1";
    private const string FindMade = $"SELECT {SessionRow.Columns}, creation_request FROM sessions WHERE owner_id = $1 AND creation_key = $2";
    private const string Insert = $"""
        INSERT INTO sessions ({SessionRow.Columns}, creation_key, creation_request)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """;
    private const string Update = """
        UPDATE sessions SET title = $2, activity = $3, message = $4, updated_at = $5, progress_at = $6, agent_state = $7, queue_position = $8 WHERE id = $1
        """;
    private const string SetProgress = "UPDATE sessions SET progress_at = $2 WHERE id = $1";

    public SessionRow? Find(WriteScope write, string id) => write.Sql.First(FindOne, SessionRow.Read, id);

    /// <summary>The session that this person made under this key, and what the request was, if there is one.</summary>
    public (SessionRow Session, string Request)? FindCreated(WriteScope write, string ownerId, CreationKey key) =>
        write.Sql.First(FindMade, row => ((SessionRow, string)?)(SessionRow.Read(row), row.GetString(SessionRow.Width)), ownerId, key.Key);

    public void Add(WriteScope write, SessionRow row, CreationKey? key = null)
    {
        write.Sql.Execute(
            Insert, row.Id, row.ProjectId, row.OwnerId, row.Agent, row.Title, row.Activity, row.Message, row.ParentId, row.CreatedAt, row.UpdatedAt,
            row.ProgressAt, row.IsHosted ? 1L : 0L, row.Folder, row.AgentState, (long?)row.QueuePosition, key?.Key, key?.Request);
        Tell(write, row, before: null, run: null);
    }

    /// <summary>Changes a session, which counts as progress. What stays as it is tells nobody anything, unless a run ended.</summary>
    public SessionRow Change(WriteScope write, SessionRow known, SessionRow wanted, RunEnd? run = null)
    {
        if (wanted == known && run is null)
        {
            return known;
        }

        var row = wanted with { UpdatedAt = write.NowMilliseconds, ProgressAt = write.NowMilliseconds };
        write.Sql.Execute(
            Update, row.Id, row.Title, row.Activity, row.Message, row.UpdatedAt, row.ProgressAt, row.AgentState, (long?)row.QueuePosition);
        Tell(write, row, known.Activity, run);
        return row;
    }

    /// <summary>Notes that the agent gets on, without telling anybody.</summary>
    public void NoteProgress(WriteScope write, string id) => write.Sql.Execute(SetProgress, id, write.NowMilliseconds);

    public Session View(SessionRow row) => new()
    {
        Id = row.Id,
        ProjectId = row.ProjectId,
        Agent = row.Agent,
        Title = row.Title,
        Owner = directory.Find(row.OwnerId)?.Name ?? "somebody who left",
        Activity = row.Activity,
        Message = row.Message,
        ParentSessionId = row.ParentId,
        Hosted = row.IsHosted,
        QueuePosition = row.QueuePosition,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAt),
    };

    private void Tell(WriteScope write, SessionRow row, string? before, RunEnd? run)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new SessionChange { Session = View(row), ActivityBefore = before, Run = run }, CarillonJson.Compact.SessionChange);
        changes.Append(write, new NewChange(ChangeTypes.SessionUpdated, Topics.Sessions, payload) { ProjectId = row.ProjectId, SessionId = row.Id });
    }
}

/// <summary>The key under which somebody made a session, and what was asked for, so that a repeat can be told from another request.</summary>
internal sealed record CreationKey(string Key, string Request);
