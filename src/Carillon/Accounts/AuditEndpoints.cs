using System.Globalization;
using System.Text.Json;
using Carillon.Http;
using Carillon.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Carillon.Accounts;

internal static class AuditEndpoints
{
    /// <summary>The media type of one JSON value a line.</summary>
    public const string Lines = "application/x-ndjson";

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    /// <summary>Who did what to people, rights, tokens and agents, newest first.</summary>
    public static async Task<Results<Ok<AuditList>, Refusal>> List(
        AuditTable audit, CancellationToken cancel, string? kind = null, string? person = null, PageSize? limit = null, long? before = null) =>
        Objection(kind) is { } objection
            ? Problems.InvalidRequest.Because(objection)
            : TypedResults.Ok(await audit.ListAsync(kind, person, before, limit?.Rows ?? PageSize.Default, cancel));

    /// <summary>The whole log as NDJSON, oldest first: one entry a line, as a file.</summary>
    public static Results<PushStreamHttpResult, Refusal> Export(
        AuditTable audit, TimeProvider time, CancellationToken cancel, string? kind = null, string? person = null) =>
        Objection(kind) is { } objection
            ? Problems.InvalidRequest.Because(objection)
            : TypedResults.Stream(
                output => WriteAsync(audit.ReadAsync(kind, person, cancel), output, cancel),
                Lines,
                string.Create(CultureInfo.InvariantCulture, $"carillon-audit-{time.GetUtcNow():yyyy-MM-dd}.ndjson"));

    private static async Task WriteAsync(IAsyncEnumerable<AuditEntry> entries, Stream output, CancellationToken cancel)
    {
        await foreach (var entry in entries)
        {
            await JsonSerializer.SerializeAsync(output, entry, CarillonJson.Compact.AuditEntry, cancel);
            await output.WriteAsync(LineEnd, cancel);
        }
    }

    private static string? Objection(string? kind) =>
        kind is null || AuditKinds.All.Contains(kind) ? null : $"'{kind}' is not a kind. Kinds are {string.Join(", ", AuditKinds.All)}.";
}
