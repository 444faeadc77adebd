using Carillon.Storage;

namespace Carillon.Sessions;

/// <summary>Knows whether an agent of this server is answering. Sessions asks; Chat knows.</summary>
internal interface IHostedRuns
{
    bool IsUnderWay(WriteScope write, string sessionId);
}
