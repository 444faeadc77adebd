using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Carillon.Load;

/// <summary>
/// The limit of a replay: the same rows in the same order, read with the server's own database library in one query and
/// thrown away.
/// </summary>
internal static class RawReadCommand
{
    public static JsonObject Run(Arguments arguments)
    {
        var file = arguments.Text("db");
        var query = arguments.Text("query");
        var rounds = arguments.Count("rounds", 3);
        arguments.RefuseOthers();

        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        var rates = new List<double>();
        long rows = 0;
        for (var round = 0; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            rows = Read(connection, query);
            rates.Add(rows / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return new JsonObject
        {
            ["rows"] = rows,
            ["rowsPerSecond"] = Math.Round(rates.Order().ElementAt(rates.Count / 2)),
            ["rowsPerSecondByRound"] = new JsonArray([.. rates.Select(rate => JsonValue.Create(Math.Round(rate)))]),
            ["ok"] = rows > 0,
        };
    }

    private static long Read(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The query comes from the person who runs the benchmark, against their own file.
        command.CommandText = query;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var isNumber = Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetDataTypeName(column) == "INTEGER").ToArray();
        var isBlob = Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetDataTypeName(column) == "BLOB").ToArray();
        long rows = 0;
        while (reader.Read())
        {
            for (var column = 0; column < isNumber.Length; column++)
            {
                // As a server would: typed, because boxing each number would make the limit look lower than it is.
                if (isNumber[column])
                {
                    _ = reader.GetInt64(column);
                }
                else if (!reader.IsDBNull(column))
                {
                    _ = isBlob[column] ? reader.GetFieldValue<byte[]>(column).Length : reader.GetString(column).Length;
                }
            }

            rows++;
        }

        return rows;
    }
}
