using System.Security.Cryptography;
using System.Text;
using Carillon.Changes;
using Carillon.Storage;

namespace Carillon.Accounts;

/// <summary>
/// A database belongs to one secret. A node with another one signs what the others refuse and names new people as nobody else does. Whoever
/// set it is told at once, and nothing starts; where it is only a file that is not the database's, because that was copied without it or a
/// second node has none, everything else works, and the log says what does not.
/// </summary>
internal sealed partial class SecretBond(Database database, Writer writer, ChangeLog changes, ServerSecret secret, ILogger<SecretBond> log)
{
    private const string Bound = "SELECT value FROM facts WHERE name = 'secret'";
    private const string Bind = "INSERT INTO facts (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING";
    private const string BindAnew = "INSERT INTO facts (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    private const string People = $"SELECT {Person.Columns} FROM users";
    private const string SetPushId = "UPDATE users SET push_id = $2 WHERE id = $1";

    /// <summary>Binds the database to the first secret that comes, and compares later ones.</summary>
    /// <exception cref="InvalidOperationException">The setting is not the database's secret.</exception>
    public async Task CheckAsync(CancellationToken cancel)
    {
        if (await IsBoundAsync(cancel))
        {
            return;
        }

        if (secret.IsSetting)
        {
            throw new InvalidOperationException(
                "The setting Secret is not the secret that the database belongs to. Set it to the one of the other nodes; or, to begin with this one, "
                + "run `carillon secret replace`, which says what that costs.");
        }

        LogOther(secret.Place);
    }

    /// <summary>Binds the database to this node's secret; to a new one when it is bound to this already.</summary>
    /// <returns>How many people have another PN ID now; null when it is for the operator to change the setting first.</returns>
    public async Task<int?> ReplaceAsync(CancellationToken cancel)
    {
        // A process that dies after the file and before the commit leaves a node that refuses to start, and this to be run again.
        if ((secret.IsNew || !await IsBoundAsync(cancel) ? secret : secret.Replace()) is not { } next)
        {
            return null;
        }

        return await writer.RunAsync(write =>
        {
            write.Sql.Execute(BindAnew, next.Mark);
            var people = write.Sql.Query(People, Person.Read).ConvertAll(person => person with { PushId = next.PushIdOf(person.Id) });
            foreach (var person in people)
            {
                write.Sql.Execute(SetPushId, person.Id, person.PushId);
                changes.Append(write, AccountChanges.Is(person));
            }

            return people.Count;
        }, cancel);
    }

    private async Task<bool> IsBoundAsync(CancellationToken cancel)
    {
        if (await database.FirstAsync(Bound, row => row.GetString(0), cancel) is not { } bound)
        {
            // Two nodes may come at the same time: what stands there afterwards counts.
            await writer.RunAsync(write => write.Sql.Execute(Bind, secret.Mark), cancel);
            bound = (await database.FirstAsync(Bound, row => row.GetString(0), cancel))!;
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(bound), Encoding.UTF8.GetBytes(secret.Mark));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Place} is not the secret that the database belongs to. Action tokens of this node mean nothing to others, and people that are added here get PN IDs "
        + "of their own. Put the right one back, or set Secret to it on every node; or run `carillon secret replace`, which says what that costs")]
    private partial void LogOther(string place);
}
