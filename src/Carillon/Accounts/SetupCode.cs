using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Carillon.Changes;
using Carillon.Http;

namespace Carillon.Accounts;

/// <summary>
/// The code of the first start. It follows from the server's secret, so that every node of a cluster knows it and none stores it;
/// it is worth something only while there is nobody.
/// </summary>
internal sealed partial class SetupCode(ServerSecret secret, ChangeLog changes, Membership membership, OwnAddress address, ILogger<SetupCode> log)
{
    /// <summary>Whether there is nobody yet, also when the command line has just added somebody.</summary>
    public async ValueTask<bool> IsNeededAsync(CancellationToken cancel)
    {
        if (membership.IsEmpty)
        {
            await membership.CatchUpAsync(cancel);
        }

        return membership.IsEmpty;
    }

    public bool IsRight(string code) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(Code));

    /// <summary>Tells whoever reads the log how to begin.</summary>
    public void Announce()
    {
        if (membership.IsEmpty)
        {
            // Behind the #, so that it reaches the page but no server's or proxy's log.
            LogSetup(address, Code);
        }
        else
        {
            LogReady(address);
        }
    }

    private string Code => Base64Url.EncodeToString(secret.Sign($"setup {changes.Epoch}").AsSpan(0, 18));

    [LoggerMessage(Level = LogLevel.Information, Message = "There are no accounts yet. Set up Carillon: {Address}/setup#{Code}")]
    private partial void LogSetup(OwnAddress address, string code);

    [LoggerMessage(Level = LogLevel.Information, Message = "Carillon is ready: {Address}")]
    private partial void LogReady(OwnAddress address);
}
