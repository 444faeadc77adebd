using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Carillon.Accounts;
using Carillon.Changes;
using Carillon.Protocol;
using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Under which keys people's programs have reported, so that a report that is sent again counts once.</summary>
internal sealed class ReportKeyTable : IRetained, IErased
{
    // Longer than a hook keeps what it could not send: Spool.Kept.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(2);
    private const long Step = 500;

    private const string FindRequest = "SELECT request FROM report_keys WHERE person_id = $1 AND key = $2";
    private const string Insert = "INSERT INTO report_keys (person_id, key, request, created_at) VALUES ($1, $2, $3, $4)";
    private const string TrimOld = """
        DELETE FROM report_keys WHERE (person_id, key) IN
          (SELECT person_id, key FROM report_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)
        """;
    private const string EraseSome = """
        DELETE FROM report_keys WHERE (person_id, key) IN (SELECT person_id, key FROM report_keys WHERE person_id = $1 LIMIT $2)
        """;

    /// <summary>What was reported under this key; null when nothing was.</summary>
    public string? Find(WriteScope write, string personId, string key) => write.Sql.First(FindRequest, row => row.GetString(0), personId, key);

    public void Add(WriteScope write, string personId, string key, string request) =>
        write.Sql.Execute(Insert, personId, key, request, write.NowMilliseconds);

    public int Trim(WriteScope write, RetentionOptions options) => write.Sql.Execute(TrimOld, (write.Now - Kept).ToUnixTimeMilliseconds(), Step);

    public int Erase(WriteScope write, string personId) => write.Sql.Execute(EraseSome, personId, Step);

    /// <summary>By which a repeat is told from another report.</summary>
    public static string Fingerprint(string sessionId, ActivityReport report) => Base64Url.EncodeToString(SHA256.HashData(
        [.. Encoding.UTF8.GetBytes($"{sessionId}\n"), .. JsonSerializer.SerializeToUtf8Bytes(report, CarillonJson.Default.ActivityReport)]));
}
