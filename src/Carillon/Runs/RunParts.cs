using System.Text;
using System.Text.Json;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>A piece of what a run says: text, or a step that began or changed.</summary>
/// <param name="Start">
/// How much text stands before it, in UTF-16 units. Text that begins before the end of what was said takes the place of the rest: the agent
/// took that back.
/// </param>
internal sealed record RunPart(long Number, int Start, string? Text, RunStep? Step);

/// <summary>What runs have said so far, in the database.</summary>
internal static class RunParts
{
    private const string TextKind = "text";
    private const string StepKind = "step";

    // A commit may have succeeded although its answer was lost; then it is tried again.
    private const string Insert = """
        INSERT INTO run_parts (run_id, number, kind, start, content) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (run_id, number) DO NOTHING
        """;
    private const string Select = "SELECT number, kind, start, content, run_id FROM run_parts WHERE run_id = $1 AND number >= $2 ORDER BY number";
    private const string Remove = "DELETE FROM run_parts WHERE run_id = $1";

    public static void Add(WriteScope write, string runId, RunPart part) => write.Sql.Execute(
        Insert, runId, part.Number, part.Text is null ? StepKind : TextKind, (long)part.Start,
        part.Text ?? JsonSerializer.Serialize(part.Step!, CarillonJson.Compact.RunStep));

    public static void Delete(WriteScope write, string runId) => write.Sql.Execute(Remove, runId);

    /// <summary>All that a run has said, for whoever ends it in its place.</summary>
    public static (string Text, IReadOnlyList<RunStep> Steps) Read(WriteScope write, string runId)
    {
        var text = new StringBuilder();
        var steps = new List<RunStep>();
        foreach (var part in write.Sql.Query(Select, Read, runId, 0L))
        {
            if (part.Text is not null)
            {
                text.Length = Math.Min(text.Length, part.Start);
                text.Append(part.Text);
            }

            if (part.Step is { } step)
            {
                steps.Put(step);
            }
        }

        return (text.ToString(), steps);
    }

    /// <summary>What a run of another node has said from the part of this number on.</summary>
    public static Task<List<RunPart>> ReadAsync(Database database, string runId, long from, CancellationToken cancel) =>
        database.QueryAsync(Select, Read, cancel, runId, from);

    /// <summary>Adds a step, or changes what is known of it.</summary>
    public static void Put(this List<RunStep> steps, RunStep step)
    {
        var at = steps.FindIndex(known => known.Id == step.Id);
        if (at < 0)
        {
            steps.Add(step);
        }
        else
        {
            steps[at] = step;
        }
    }

    public static RunPart Read(System.Data.Common.DbDataReader row) => row.GetString(1) == TextKind
        ? new RunPart(row.GetInt64(0), (int)row.GetInt64(2), row.GetString(3), null)
        : new RunPart(
            row.GetInt64(0), (int)row.GetInt64(2), null,
            StoredJson.Read(row.GetString(3), CarillonJson.Lenient.RunStep, "run_parts.content", $"{row.GetString(4)}, part {row.GetInt64(0)}"));
}
