using System.Collections.Concurrent;
using Lib.Net.Http.WebPush.Authentication;

namespace Carillon.Push;

/// <summary>Lib.Net.Http.WebPush signs a token for each message unless it is given a cache; with one the comparison is fair.</summary>
internal sealed class KeptTokens : IVapidTokenCache
{
    private readonly ConcurrentDictionary<string, string> _tokens = new();

    public string? Get(string audience) => _tokens.GetValueOrDefault(audience);

    public void Put(string audience, DateTimeOffset expiration, string token) => _tokens[audience] = token;
}
